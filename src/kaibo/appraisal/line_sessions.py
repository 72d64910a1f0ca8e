"""The sessions of a line as bars and its segments as a table: the largest first, the rest as one sum."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from kaibo.appraisal import sums, wording
from kaibo.appraisal.columns import Choice
from kaibo.appraisal.drawing import SessionBar, session_bars
from kaibo.appraisal.month_lines import MonthLine
from kaibo.appraisal.path import NumberPath, SegmentStep, SessionStep
from kaibo.kpi.values import MEASURED
from kaibo.look import numbers

TOP = 10


# so many bars have room for a day each
ROOMY = 31


@dataclass(frozen=True)
class Bar:
    """A session in the bars of sessions. `day`: what stands below, for some of them only."""

    drawn: SessionBar
    step: SessionStep
    day: str
    text: str
    href: str


@dataclass(frozen=True)
class SegmentLine:
    step: SegmentStep
    session: SessionStep
    top: str
    bottom: str
    number: str
    href: str
    basis: str
    basis_text: str


def bars(path: NumberPath, line: MonthLine, choice: Choice) -> tuple[list[Bar], str]:
    """A bar for each session, oldest first, and the height of the target's line."""
    steps = sorted(path.sessions, key=lambda step: (step.session.start, step.session.pk))
    # a month's amount is no target of one session
    target = line.score.target if path.whole.bottom is not None else None
    drawn, height = session_bars([(s.credited.number, s.credited.measured) for s in steps], target)
    days = _days([localtime(step.session.start).day for step in steps])
    return [
        Bar(
            bar,
            step,
            day,
            f"{numbers.day(step.session.start)} {step.session.account.name} {sums.pair_text(path.kpi, step.credited)}",
            choice.href(session=step.session.pk, segment=None, page=None, row=None) + "#path",
        )
        for bar, step, day in zip(drawn, steps, days, strict=True)
    ], height


def _days(days: Sequence[int]) -> list[str]:
    """The days below the bars: all where there is room, else the first bar of every fifth day."""
    if len(days) <= ROOMY:
        return [str(day) for day in days]
    first = [place == 0 or days[place - 1] != day for place, day in enumerate(days)]
    return [str(day) if new and (day == 1 or day % 5 == 0) else "" for day, new in zip(days, first, strict=True)]


def segment_lines(path: NumberPath, choice: Choice) -> list[SegmentLine]:
    """Largest first: by what is divided by, else by the figure itself."""
    found = [(segment, session) for session in path.sessions for segment in session.segments]
    found.sort(
        key=lambda pair: -(pair[0].credited.bottom if pair[0].credited.bottom is not None else pair[0].credited.top)
    )
    return [
        SegmentLine(
            segment,
            session,
            *_texts(path, segment.credited.top, segment.credited.bottom),
            choice.href(session=segment.session, segment=segment.number, page=None, row=None) + "#path",
            *basis_of(segment.credited.measured),
        )
        for segment, session in found
    ]


def basis_of(measured: Fraction | None) -> tuple[str, str]:
    """The texture of a part, and words where it is of two kinds: 91 % measured."""
    if measured is None or measured == 1:
        return MEASURED, ""
    if measured == 0:
        return "allocated", ""
    return "allocated", _("%(share)s measured") % {"share": numbers.rate(measured)}


def _texts(path: NumberPath, top: int, bottom: int | None) -> tuple[str, str, str]:
    """Numerator, denominator, value of a segment or of several."""
    kpi = path.kpi
    if bottom is None:
        return sums.measure_text(kpi.numerator[0].measure, top), "", ""
    number = wording.figure(kpi.unit, Fraction(top * kpi.scale, bottom)) if bottom else numbers.MISSING
    return (
        sums.measure_text(kpi.numerator[0].measure, top),
        sums.measure_text(kpi.denominator[0].measure, bottom),
        number,
    )


def texts(path: NumberPath, lines: Sequence[SegmentLine]) -> tuple[str, str, str]:
    """Of several segments together: sums, and Σ ÷ Σ."""
    credited = [line.step.credited for line in lines]
    bottom = None if path.whole.bottom is None else sum(c.bottom or 0 for c in credited)
    tops = [c.top for c in credited]
    return _texts(path, max(tops, default=0) if path.kpi.is_peak else sum(tops), bottom)

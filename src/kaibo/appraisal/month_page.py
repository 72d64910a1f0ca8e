"""What the page of a person's month shows, written out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.urls import reverse
from django.utils.translation import gettext as _

from kaibo.appraisal import wording
from kaibo.appraisal.drawing import Spark, spark
from kaibo.appraisal.models import KeptScore, KeptState
from kaibo.appraisal.month import MyMonth
from kaibo.appraisal.month_lines import MonthLine
from kaibo.appraisal.moves import Move, moves
from kaibo.appraisal.period import month_text, previous_month
from kaibo.appraisal.roles import title_of
from kaibo.appraisal.wording import Waiting
from kaibo.kpi.catalog import Direction
from kaibo.kpi.measures import Unit
from kaibo.kpi.rules import Bands, PerOccurrence, Step
from kaibo.kpi.scoring import NOT_COUNTED
from kaibo.kpi.values import Value
from kaibo.look import numbers


@dataclass(frozen=True)
class LineRow:
    """`fill` and `full` in percent of the meter: the points, and where full points are."""

    title: str
    href: str
    value: str
    reached: str
    target: str
    points: str
    weight: str
    fill: str
    full: str
    spark: Spark
    waiting: Waiting | None
    notes: Sequence[str]


@dataclass(frozen=True)
class BarPart:
    """A line in the score bar; see look/includes/score_bar.html."""

    title: str
    width: str
    filled: str
    waiting: bool
    href: str


@dataclass(frozen=True)
class MoveRow:
    title: str
    way: str
    gain: str


@dataclass(frozen=True)
class LaterRow:
    title: str
    weight: str
    comes_with: str


@dataclass(frozen=True)
class RatedRow:
    title: str
    href: str
    best: str
    weight: str


@dataclass(frozen=True)
class RoleLink:
    label: str
    href: str
    current: bool


def line_href(mine: MyMonth, kpi: str, view: str = "appraisal:line") -> str:
    """The address of a line's explanation; the main role needs no naming."""
    path = reverse(view, args=[mine.person.pk, month_text(mine.month), kpi])
    return path if mine.role == next(iter(mine.roles), "") else f"{path}?role={mine.role}"


def month_href(mine: MyMonth) -> str:
    """The address of the month; the main role needs no naming."""
    path = reverse("appraisal:month", args=[mine.person.pk, month_text(mine.month)])
    return path if mine.role == next(iter(mine.roles), "") else f"{path}?role={mine.role}"


def line_rows(mine: MyMonth) -> list[LineRow]:
    return [line_row(mine, line) for line in mine.lines]


def line_row(mine: MyMonth, line: MonthLine) -> LineRow:
    weight = Fraction(line.line.weight)
    # the meter reaches as far as the line can give, and never ends at full points, so that the mark is seen
    most = max(Fraction(line.score.max_points), weight) * Fraction(21, 20)
    points = line.score.points
    return LineRow(
        title=wording.title(line.kpi),
        href=line_href(mine, line.line.kpi),
        value=wording.value_text(line.value),
        reached=wording.attainment_text(line.score),
        target=wording.target_text(line),
        points=numbers.points(points),
        weight=wording.plain(line.line.weight),
        fill=_percent((points or Fraction(0)) / most),
        full=_percent(weight / most),
        spark=spark(line.trend, line.score.target),
        waiting=wording.waiting(line, mine.platforms),
        notes=[*eased(mine, line), *notes(line.value)],
    )


def notes(value: Value, *, partial: bool = True) -> list[str]:
    """What may still change, and how much of it is measured."""
    found: list[str] = []
    if value.missing:
        return found
    if partial and value.is_partial:
        found.append(wording.partial(value.sessions, value.of_sessions, value.in_part))
    if value.provisional:
        found.append(_("shifts to be confirmed"))
    if value.immature_until:
        found.append(_("refunds final on %(day)s") % {"day": numbers.day_short(value.immature_until)})
    share = value.measured_share
    if value.allocated and share is not None:
        found.append(_("%(share)s measured") % {"share": numbers.rate(share)} if share else _("shared out"))
    return found


def eased(mine: MyMonth, line: MonthLine) -> list[str]:
    """How the line is eased for a newcomer, if it is."""
    text = wording.newcomer_note(line, protected=mine.protected is not None)
    return [text] if text else []


def protection(mine: MyMonth) -> str:
    """That and until when the person is protected; empty where they are not."""
    return wording.protection_text(mine.protected) if mine.protected else ""


def left_out_text(mine: MyMonth) -> str:
    """The lines that do not count for newcomers, with their weights."""
    found = [line for line in mine.lines if line.score.waiting == NOT_COUNTED]
    return _listed([(wording.short(line.kpi), line.line.weight) for line in found])


def metric_versions(mine: MyMonth) -> list[str]:
    """Which definition each number was made by."""
    return [f"{wording.short(line.kpi)} v{line.kpi.version}" for line in mine.lines]


def bar_parts(mine: MyMonth) -> list[BarPart]:
    """Every line of the card, waiting ones dashed; widths are the weights."""
    parts = [
        BarPart(
            title=wording.short(line.kpi),
            width=wording.plain(line.line.weight),
            filled=_percent(min(Fraction(1), (line.score.points or Fraction(0)) / Fraction(line.line.weight))),
            waiting=line.score.points is None,
            href=line_href(mine, line.line.kpi),
        )
        for line in mine.lines
    ]
    parts += [
        BarPart(one.rated.title, wording.plain(one.rated.line.weight), "0", True, line_href(mine, one.rated.line.kpi))
        for one in mine.rated
    ]
    return parts + [BarPart(line.title, wording.plain(line.weight), "0", True, "") for line in mine.later]


def later_rows(mine: MyMonth) -> list[LaterRow]:
    return [LaterRow(line.title, wording.plain(line.weight), line.comes_with) for line in mine.later]


def rated_rows(mine: MyMonth) -> list[RatedRow]:
    """Lines that a person rates; `best`: what full points look like."""
    return [
        RatedRow(
            title=one.rated.title,
            href=line_href(mine, one.rated.line.kpi),
            best=wording.anchor_text(max(one.rated.anchors, key=lambda anchor: anchor.points)),
            weight=wording.plain(one.rated.line.weight),
        )
        for one in mine.rated
    ]


def waiting_text(mine: MyMonth) -> str:
    """Which lines wait, with their weights: “Hours 20, refund rate 10”; empty where none does."""
    waits: list[tuple[str, Decimal]] = [
        (wording.short(line.kpi), line.line.weight)
        for line in mine.lines
        if line.score.points is None and line.score.waiting != NOT_COUNTED
    ]
    waits += [(one.rated.title, one.rated.line.weight) for one in mine.rated]
    waits += [(line.title, line.weight) for line in mine.later]
    return _listed(waits)


def _listed(lines: Sequence[tuple[str, Decimal]]) -> str:
    comma = "，" if numbers.in_chinese() else ", "
    return comma.join(f"{title} {wording.plain(weight)}" for title, weight in lines)


def move_rows(mine: MyMonth) -> list[MoveRow]:
    """For a running month only: what is over cannot be moved."""
    return [] if mine.is_over else [_move_row(move) for move in moves(mine.lines)]


def _move_row(move: Move) -> MoveRow:
    kpi = move.line.kpi
    now, goal = (wording.figure(kpi.unit, number, tile=True) for number in (move.now, move.goal))
    if isinstance(move.line.line.rule, PerOccurrence) and move.gain < 0:
        now = _("%(times)s so far") % {"times": now}
        return MoveRow(_step(move), now, numbers.signed(move.gain))
    return MoveRow(_step(move), f"{now} → {goal}", numbers.signed(move.gain))


def _step(move: Move) -> str:
    """What to do, in a sentence: how much more or less, and what that reaches."""
    kpi, score = move.line.kpi, move.line.score
    difference = move.goal - move.now
    if kpi.unit is Unit.RATIO:
        away = numbers.percentage_points(abs(difference)).removeprefix("+")
    else:
        away = wording.figure(kpi.unit, abs(difference), tile=True)
    words = {"kpi": wording.short(kpi), "away": away}
    rule = score.line.rule
    if isinstance(rule, PerOccurrence):
        words["each"] = wording.plain(abs(rule.each))
        return (_("%(kpi)s: each more takes %(each)s points off") if rule.each < 0 else
                _("%(kpi)s: each more adds %(each)s points")) % words  # fmt: skip
    if isinstance(rule, Step):
        return (_("%(kpi)s: %(away)s more reach the next step") if difference > 0 else
                _("%(kpi)s: %(away)s less reach the next step")) % words  # fmt: skip
    if not isinstance(rule, Bands):
        return (_("%(kpi)s: %(away)s more reach the target") if difference > 0 else
                _("%(kpi)s: %(away)s less reach the target")) % words  # fmt: skip
    if not difference:
        # on an edge that belongs to the worse band
        return (_("%(kpi)s: anything less reaches the next band") if kpi.direction is Direction.DOWN else
                _("%(kpi)s: anything more reaches the next band")) % words  # fmt: skip
    return (_("%(kpi)s: %(away)s more reach the next band") if difference > 0 else
            _("%(kpi)s: %(away)s less reach the next band")) % words  # fmt: skip


@dataclass(frozen=True)
class Earlier:
    month: date
    points: str
    weights: str


def earlier(mine: MyMonth) -> list[Earlier]:
    """The scores of the two months before in the same role, the older one first; one query."""
    before = previous_month(mine.month)
    kept = KeptScore.objects.filter(
        person=mine.person, role=mine.role, month__in=[before, previous_month(before)], state=KeptState.CURRENT
    )
    return [
        Earlier(one.month, numbers.points(one.points), wording.plain(one.weights))
        for one in kept.order_by("month")
        if one.weights
    ]


def role_links(mine: MyMonth) -> list[RoleLink]:
    path = reverse("appraisal:month", args=[mine.person.pk, month_text(mine.month)])
    links = [(role, path if place == 0 else f"{path}?role={role}") for place, role in enumerate(mine.roles)]
    return [RoleLink(title_of(role), href, role == mine.role) for role, href in links]


def _percent(share: Fraction) -> str:
    return f"{float(share) * 100:.2f}"

"""The lines of a review as pages and papers show them: title, value, target, points and what stands beside them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from kaibo.appraisal import wording
from kaibo.appraisal.card import comes_with
from kaibo.appraisal.cards import LATER
from kaibo.appraisal.cycle import raters
from kaibo.appraisal.cycle.from_below import FromBelow
from kaibo.appraisal.cycle.graded import moved_weight
from kaibo.appraisal.cycle.models import CycleState
from kaibo.appraisal.cycle.review_models import LineKind, Rating, Review, ReviewLine
from kaibo.appraisal.cycle.said import Came
from kaibo.appraisal.cycle.scores import counts, outcome_of
from kaibo.appraisal.month_page import BarPart
from kaibo.appraisal.own_cards.store import known_kpi
from kaibo.appraisal.period import month_text
from kaibo.kpi.card_result import Outcome
from kaibo.kpi.scoring import NOT_APPLICABLE, NOT_COUNTED, NOT_RATED, as_decimal
from kaibo.kpi.values import Value
from kaibo.look import numbers


@dataclass(frozen=True)
class LineRow:
    """`moved`: against the review of the month before, "" where there is none; `fill` in percent of the meter."""

    line: ReviewLine
    title: str
    href: str
    value: str
    target: str
    points: str
    weight: str
    fill: str
    full: str
    note: str
    moved: str
    up: bool | None
    given: Sequence[Rating] = ()
    # who rates the line, and for whom it waits: (kind, what it is called)
    raters: str = ""
    waits_for: Sequence[tuple[str, str]] = ()
    without: Sequence[tuple[str, str]] = ()


def title_of(line: ReviewLine) -> str:
    """In the reader's language."""
    if line.kind == LineKind.RATED:
        return numbers.either(line.zh, line.en) or line.kpi
    if line.kind == LineKind.LATER:
        return str(LATER.get(line.kpi, line.kpi))
    kpi = known_kpi(line.kpi)
    return wording.title(kpi) if kpi else line.kpi


def line_rows(
    review: Review, lines: Iterable[ReviewLine], before: Mapping[str, ReviewLine], given: Sequence[Rating],
    came: Came | None = None,
) -> list[LineRow]:  # fmt: skip
    """`given`: what the reader may read of the ratings; `came`: which kinds of raters have handed in, None: unsaid."""
    lines = list(lines)
    found = outcome_of(review, lines)
    by_line: dict[int, list[Rating]] = {}
    for rating in given:
        by_line.setdefault(rating.line_id, []).append(rating)
    return [
        _row(
            review, line, before.get(line.key), by_line.get(line.pk, []), found,
            None if came is None else came.get(line.pk, frozenset()),
        )
        for line in lines if not line.gone
    ]  # fmt: skip


def _row(
    review: Review, line: ReviewLine, former: ReviewLine | None, given: Sequence[Rating], found: Outcome,
    came: Collection[str] | None,
) -> LineRow:  # fmt: skip
    weight = Fraction(line.weight)
    most = max(weight, line.points or Fraction(0)) * Fraction(21, 20) or Fraction(1)
    moved, up = "", None
    if former is not None and former.points is not None and line.points is not None and former.weight == line.weight:
        difference = line.points - former.points
        moved, up = (numbers.signed(difference), difference > 0) if difference else ("", None)
    asked = raters.waits_for(line, came or ()) if came is not None and line.points is None else []
    note = raters.waits_text(line, asked, over=review.cycle.since(CycleState.CALIBRATION)) or _note(line)
    notes = [_partial(line), note, _weight_note(line, found)]
    return LineRow(
        line, title_of(line), _path(review, line), _value(line), _target(line), numbers.points(line.points),
        wording.plain(line.weight), _percent((line.points or Fraction(0)) / most), _percent(weight / most),
        " · ".join(filter(None, notes)), moved, up, given, raters.text_of(line), asked,
        raters.without_of(line),
    )  # fmt: skip


def _path(review: Review, line: ReviewLine) -> str:
    """Where the line's figures come from, down to the file."""
    if line.kind != LineKind.KPI or known_kpi(line.kpi) is None:
        return ""
    path = reverse("appraisal:line", args=[review.person_id, month_text(review.cycle.month), line.kpi])
    return f"{path}?{urlencode({'role': review.role})}"


def _value(line: ReviewLine) -> str:
    value = value_of(line)
    return wording.value_text(value) if value else ""


def value_of(line: ReviewLine) -> Value | None:
    """What the line's KPI came to, frozen; None of what people rate, of what waits and of a KPI that is gone."""
    kpi = known_kpi(line.kpi) if line.kind == LineKind.KPI else None
    if kpi is None:
        return None
    return Value(
        line.kpi, numerator=line.numerator, denominator=line.denominator, missing=line.missing, sessions=line.sessions,
        of_sessions=line.of_sessions, in_part=line.in_part, definition=kpi,
    )  # fmt: skip


def _partial(line: ReviewLine) -> str:
    """Of how many sessions its value is made, where not of all."""
    value = value_of(line)
    if value is None or value.missing or not value.is_partial:
        return ""
    return wording.partial(value.sessions, value.of_sessions, value.in_part)


def _target(line: ReviewLine) -> str:
    text = target_of(line)
    return _("target %(target)s") % {"target": text} if text else ""


def target_of(line: ReviewLine) -> str:
    """In the unit in which the value stands beside it: what is held against a plan, in what the target makes of it."""
    kpi = known_kpi(line.kpi)
    if line.target is None or kpi is None:
        return ""
    value = value_of(line)
    if wording.against_plan(kpi) and value is not None and value.bottom is not None:
        return wording.of_plan_text(kpi, round(value.bottom * line.target))
    return wording.figure(kpi.unit, line.target, tile=True)


def _note(line: ReviewLine) -> str:
    """Why there are no points, or what stands beside them."""
    if line.left_out:
        return _("does not apply: %(why)s") % {"why": line.left_out}
    if line.kind == LineKind.LATER:
        return _("%(why)s; it counts nothing") % {"why": comes_with(line.kpi)}
    if line.waiting == NOT_APPLICABLE:
        return _("not applicable this month")
    if line.waiting == NOT_COUNTED:
        return _("does not count for newcomers")
    if line.points is None:
        if line.waiting == NOT_RATED:
            return _("not rated yet")
        why = wording.why_waiting(line.waiting)
        return _("waits for data: %(why)s") % {"why": why} if why else _("waits for data")
    if line.kind == LineKind.KPI and line.points != line.computed_points:
        return _("changed by hand; the rule gave %(points)s") % {"points": numbers.points(line.computed_points)}
    if line.measured_points is not None:
        return _("%(points)s from what was measured alone") % {"points": numbers.points(line.measured_points)}
    return ""


def _weight_note(line: ReviewLine, found: Outcome) -> str:
    """That weight came from items which do not apply, or that the section's scale is another."""
    weight = moved_weight(line, found)
    if weight is None or line.waiting == NOT_APPLICABLE or not counts(line):
        return ""
    told = {"weight": wording.plain(as_decimal(weight)), "points": ""}
    if line.points is None or not line.weight:
        return _("counts with a weight of %(weight)s") % told
    told["points"] = numbers.points(line.points * weight / Fraction(line.weight))
    return _("counts as %(points)s of %(weight)s") % told


def bar(rows: Sequence[LineRow]) -> list[BarPart]:
    """The score as a bar: width = weight, filled = points; what does not count is not in it."""
    counted = [row for row in rows if counts(row.line)]
    whole = sum((row.line.weight for row in counted), Decimal(0)) or Decimal(1)
    return [
        BarPart(
            row.title, f"{float(row.line.weight / whole) * 100:.2f}",
            _percent(min(Fraction(1), (row.line.points or Fraction(0)) / Fraction(row.line.weight or 1))),
            row.line.points is None, row.href,
        )
        for row in counted
    ]  # fmt: skip


def below_items(rows: Iterable[LineRow], below: FromBelow | None) -> list[tuple[str, str, int, Sequence[str]]]:
    """(item, mean, of how many, words) of what was rated from below."""
    if below is None:
        return []
    return [
        (row.title, numbers.points(below.means[row.line.pk][0]), below.means[row.line.pk][1],
         below.words.get(row.line.pk, ()))
        for row in rows if row.line.pk in below.means
    ]  # fmt: skip


def _percent(share: Fraction) -> str:
    return f"{float(share) * 100:.2f}"

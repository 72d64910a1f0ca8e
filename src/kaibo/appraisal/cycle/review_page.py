"""What the page of one review shows, written out: the score, every line with its way, what moved, who said what."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from kaibo.appraisal import wording
from kaibo.appraisal.card import comes_with
from kaibo.appraisal.cards import LATER
from kaibo.appraisal.cycle import raters
from kaibo.appraisal.cycle.access import sees_self_assessment
from kaibo.appraisal.cycle.computing import CARD, DATA, FIGURES, KEPT_BY_HAND, RATERS, RULE, TARGET
from kaibo.appraisal.cycle.from_below import FromBelow, from_below
from kaibo.appraisal.cycle.graded import moved_weight, named_parts, words_of
from kaibo.appraisal.cycle.models import CycleState
from kaibo.appraisal.cycle.rater_models import INVITED
from kaibo.appraisal.cycle.rating import enough
from kaibo.appraisal.cycle.review_models import (
    Assessment,
    ChangeKind,
    LineKind,
    RaterKind,
    Rating,
    Review,
    ReviewChange,
    ReviewLine,
)
from kaibo.appraisal.cycle.scores import TEAM_OUT, counts, outcome_of
from kaibo.appraisal.cycle.terms import terms_of
from kaibo.appraisal.drawing import Spark, spark
from kaibo.appraisal.month_page import BarPart
from kaibo.appraisal.own_cards.store import known_kpi
from kaibo.appraisal.period import month_text, previous_month
from kaibo.appraisal.trend import TrendPoint
from kaibo.kpi.card_result import Outcome
from kaibo.kpi.scoring import NOT_APPLICABLE, NOT_COUNTED, NOT_RATED, as_decimal
from kaibo.kpi.values import Value
from kaibo.login.models import User
from kaibo.look import numbers
from kaibo.org.holders import name_of

# line → the kinds of raters that have handed in points for it
Came = Mapping[int, Collection[str]]


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


@dataclass(frozen=True)
class ChangeRow:
    at: datetime
    title: str
    what: str
    why: str
    by: str


@dataclass(frozen=True)
class Past:
    """A month before, of the same person in the same position: never somebody else's."""

    review: Review
    score: str
    given: Mapping[str, str] = field(default_factory=dict)


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
        of_sessions=line.of_sessions, definition=kpi,
    )  # fmt: skip


def _partial(line: ReviewLine) -> str:
    """Of how many sessions its value is made, where not of all."""
    value = value_of(line)
    if value is None or value.missing or not value.is_partial:
        return ""
    return wording.partial(value.sessions, value.of_sessions)


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


def past_of(review: Review, months: int = 3) -> list[Past]:
    """The person's own last published reviews in the position, the newest first; one query."""
    rows = Review.objects.filter(
        person=review.person_id, role=review.role, cycle__month__lt=review.cycle.month, published_at__isnull=False
    ).select_related("cycle")
    newest = rows.order_by("-cycle__month")[:months]
    return [Past(one, numbers.points(one.per_hundred)) for one in newest]


def with_given(past: Sequence[Past]) -> list[Past]:
    """The same with what was given for each rated item; one query."""
    lines = ReviewLine.objects.filter(
        review__in=[one.review.pk for one in past], kind=LineKind.RATED, points__isnull=False
    )
    given: dict[int, dict[str, str]] = {}
    for line in lines:
        given.setdefault(line.review_id, {})[line.key] = numbers.points(line.points)
    return [replace(one, given=given.get(one.review.pk, {})) for one in past]


def line_of(reviews: Sequence[Review]) -> tuple[Spark, str]:
    """The person's own scores over the months as a small line, and what it says; nothing to draw below two of them."""
    known = sorted(
        ((one.cycle.month, one.per_hundred) for one in reviews if one.per_hundred is not None), key=lambda pair: pair[0]
    )
    if len(known) < 2:
        return Spark(""), ""
    ends = [f"{numbers.month(month)} {numbers.points(score)}" for month, score in (known[0], known[-1])]
    return spark([TrendPoint(month, score) for month, score in known], None), " → ".join(ends)


def past_points(past: Sequence[Past], line: ReviewLine) -> str:
    """“September 7.0, August 10.0”: the person's own points for the item; "" where there are none."""
    comma = "，" if numbers.in_chinese() else ", "
    return comma.join(
        f"{numbers.month(one.review.cycle.month)} {one.given[line.key]}" for one in past if line.key in one.given
    )


def former_lines(review: Review) -> dict[str, ReviewLine]:
    """The lines of the month before, if that was published; one query."""
    before = ReviewLine.objects.filter(
        review__person=review.person_id, review__role=review.role, gone=False,
        review__cycle__month=previous_month(review.cycle.month), review__published_at__isnull=False,
    )  # fmt: skip
    return {line.key: line for line in before}


def lines_of(review: Review, past: Sequence[Past]) -> tuple[list[ReviewLine], dict[str, ReviewLine]]:
    """The review's lines, and those of the month before if that is among its past, as `former_lines`; one query."""
    month = previous_month(review.cycle.month)
    before = [one.review.pk for one in past if one.review.cycle.month == month]
    found = list(ReviewLine.objects.filter(review__in=[review.pk, *before]))
    lines = [line for line in found if line.review_id == review.pk]
    for line in lines:
        line.review = review
    return lines, {line.key: line for line in found if line.review_id in before and not line.gone}


def together(reviews: Sequence[Review]) -> Fraction | None:
    """The score of a month in several positions: each by its part of the hours; None while one of them has none."""
    parts = [(one.share, one.per_hundred) for one in reviews]
    if any(share is None or (hundred is None and share) for share, hundred in parts):
        return None
    return sum((share * (hundred or 0) for share, hundred in parts if share is not None), Fraction(0))


WHYS = {
    CARD: lambda: _("another version of the scorecard"),
    TARGET: lambda: _("another target"),
    DATA: lambda: _("data came or went"),
    FIGURES: lambda: _("other figures"),
    RULE: lambda: _("other points for the same figures"),
    RATERS: lambda: _("other raters, or other weights of theirs"),
    KEPT_BY_HAND: lambda: _("what was changed by hand stays"),
}


# changes that say something: of the sums alone only another grade does beside those of the lines
TELLING = Q(line__isnull=False) | Q(kind__in=[ChangeKind.WRITTEN, ChangeKind.APPEALED]) | Q(after__has_key="grade")


def change_rows(changes: Iterable[ReviewChange], review: Review | None = None) -> list[ChangeRow]:
    """The newest first; see TELLING. `review`: whose they all are, if they are one's; else each has its own with it."""
    found, titles = [], dict[int | None, Mapping[str, str]]()
    for one in changes:
        if one.line_id is None and not _of_a_part(one) and "grade" not in one.after:
            continue
        of = review or one.review
        if of.terms_id not in titles:
            titles[of.terms_id] = _called(of)
        found.append(_change(one, titles[of.terms_id]))
    return found


def _of_a_part(one: ReviewChange) -> bool:
    """Whether it is of what a person says beside the lines: as often as it happened, or the team's part."""
    appealed = one.kind == ChangeKind.APPEALED and bool(one.why) and one.why[0] in one.after
    return one.line_id is None and (one.kind == ChangeKind.WRITTEN or appealed)


def _called(review: Review) -> dict[str, str]:
    """What the review's card calls its grades, gates and items outside the hundred."""
    card = terms_of(review).card
    return {one.key: words_of(one) for one in (*card.grades, *named_parts(card))}


def _change(one: ReviewChange, titles: Mapping[str, str]) -> ChangeRow:
    before, after = one.before.get("points"), one.after.get("points")
    graded = ""
    if "grade" in one.after:
        names = [
            titles.get(told or "", told or numbers.MISSING) for told in (one.before.get("grade"), one.after["grade"])
        ]
        graded = _("grade %(before)s → %(after)s") % {"before": names[0], "after": names[1]}
    if _of_a_part(one):
        key = one.why[0] if one.why else ""
        was, now = (numbers.MISSING if told.get(key) is None else told[key] for told in (one.before, one.after))
        title = _("How often: %(what)s") % {"what": titles.get(key, key)}
        if key == TEAM_OUT:
            title = _("The team's part")
            was, now = (_("left out") if told.get(key) else _("counts") for told in (one.before, one.after))
        return ChangeRow(one.at, title, _(", ").join(filter(None, [f"{was} → {now}", graded])), one.reason, _by(one))
    if one.line is None:
        return ChangeRow(one.at, _("The whole review"), graded, one.reason, _by(one))
    if one.kind == ChangeKind.LEFT_OUT:
        what = _("does not apply") if one.after.get("left_out") else _("applies after all")
    elif "points" in one.after:
        what = f"{_points(before)} → {_points(after)}"
    else:
        what = _("the points are the same")
    what = _(", ").join(filter(None, [what, graded]))
    why = _(", ").join([WHYS[code]() for code in one.why if code in WHYS] + ([one.reason] if one.reason else []))
    return ChangeRow(one.at, title_of(one.line), what, why, _by(one))


def _by(one: ReviewChange) -> str:
    """By name, as everywhere; "" of what nobody did by hand."""
    return name_of(one.by) if one.by else ""


def _points(text: str | None) -> str:
    return numbers.MISSING if text is None else numbers.points(Fraction(text))


def shown_assessments(found: Iterable[Assessment], *, own: bool, manager: bool) -> dict[str, Assessment]:
    """Which sides the reader may read: kind → form."""
    shown = {one.kind: one for one in found if one.submitted_at}
    return {
        kind: one
        for kind, one in shown.items()
        if (kind == RaterKind.SELF and own) or (kind == RaterKind.MANAGER and manager)
    }


@dataclass(frozen=True)
class Said:
    """What a reader may read: the two sides by kind, forms of those who were invited, all points given on these; what
    was rated from below. `came`: which kinds of raters gave which line points, whoever may read them.
    """

    shown: dict[str, Assessment]
    invited: list[Assessment]
    given: list[Rating]
    came: Came
    below: FromBelow | None


def told(user: User, review: Review) -> Said:
    """Two queries."""
    own, published = review.person.user_id == user.pk, review.published_at is not None
    found = [one for one in review.assessments.select_related("rater").order_by("pk") if one.submitted_at]
    sees = sees_self_assessment(user, review, found)
    shown = shown_assessments(found, own=sees, manager=not own or published)
    # the person reads it with the rest, the manager after handing in their own
    invited = [one for one in found if one.kind in INVITED and (published if own else sees)]
    every = Rating.objects.filter(assessment__review=review).exclude(assessment__submitted_at=None)
    given = list(every.select_related("assessment__rater").order_by("line_id", "pk"))
    read = {one.pk for one in (*shown.values(), *invited)}
    return Said(
        shown, invited, [one for one in given if one.assessment_id in read], _came(review, given),
        from_below(review, found, given),
    )  # fmt: skip


def _came(review: Review, given: Iterable[Rating]) -> Came:
    """From below only what is counted: that somebody alone has handed in is told to nobody."""
    found: dict[int, list[tuple[str, Decimal]]] = {}
    for one in given:
        if one.assessment.kind != RaterKind.UPWARD or review.from_below_at is not None:
            found.setdefault(one.line_id, []).append((one.assessment.kind, one.points))
    return {line: {kind for kind, _points in enough(told)} for line, told in found.items()}


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

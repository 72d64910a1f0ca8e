"""The board of a group: scores, how they are spread, how raters compare, what was changed. Never a rank."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from kaibo.appraisal.calibration.access import reviews_to_calibrate
from kaibo.appraisal.calibration.leniency import Given, Leniency, leniency
from kaibo.appraisal.calibration.models import CalibrationLock, PreviewRating
from kaibo.appraisal.cycle.access import sees_everybody
from kaibo.appraisal.cycle.graded import grade_title, grades_in_order, with_terms
from kaibo.appraisal.cycle.models import Cycle
from kaibo.appraisal.cycle.review_models import ChangeKind, RaterKind, Rating, Review, ReviewChange
from kaibo.database.prepared import Prepared
from kaibo.login.models import User
from kaibo.look import numbers

# points per 100 in a bar of the distribution; what lies above the last one is in it
WIDTH, BARS = 10, 11
# of a review and of whom and what it names: all that a board says
SHOWN = (
    "cycle", "role", "card", "points", "weights", "waiting", "hundred", "grade", "terms", "person__name",
    "reviewer__name", "department__name", "department__name_en", "position__key", "position__name", "position__name_en",
)  # fmt: skip


@dataclass(frozen=True)
class BoardRow:
    """`changed`: how many calibrations; `preview`: what this user would give; `previews`: how many did."""

    review: Review
    url: str
    department: str
    score: Fraction | None
    changed: int
    preview: Decimal | None
    previews: int
    grade: str = ""


@dataclass(frozen=True)
class Bar:
    """`share`: of the highest bar, in per cent, for its height."""

    label: str
    count: int
    share: int


@dataclass(frozen=True)
class RaterRow:
    name: str
    told: Leniency
    own: str
    everybody: str
    gap: str


@dataclass(frozen=True)
class Group:
    role: str
    title: str
    count: int
    locked: bool


@dataclass(frozen=True)
class Board:
    """`mean`: the mean of who has a score, by the weights that count, per 100."""

    cycle: Cycle
    groups: Sequence[Group]
    group: Group | None
    departments: Sequence[tuple[int, str]]
    department: int | None
    rows: Sequence[BoardRow]
    bars: Sequence[Bar]
    grades: Sequence[Bar]
    raters: Sequence[RaterRow]
    mean: Fraction | None
    scored: int
    lock: CalibrationLock | None

    @property
    def total(self) -> int:
        return len(self.rows)


def board(user: User, cycle: Cycle, *, role: str = "", department: int | None = None) -> Board:
    """Eight queries, however many people there are. People stand by name."""
    if sees_everybody(user):
        every = _everybodys(cycle=cycle.pk, reader=user.pk)
    else:
        every = list(_on_board(reviews_to_calibrate(user, cycle)))
    locks = {lock.role: lock for lock in CalibrationLock.objects.filter(cycle=cycle, opened_at=None)}
    groups = _groups(every, locks)
    chosen = next((one for one in groups if one.role == role), groups[0] if groups else None)
    there = [one for one in every if chosen and one.role == chosen.role]
    titles = {pk: one.title for pk, one in {one.department_id: one.department for one in there}.items() if pk and one}
    departments = sorted(titles.items(), key=lambda pair: pair[1])
    if department is not None:
        there = [one for one in there if one.department_id == department]
    with_terms(there)
    rows = _rows(user, there, titles)
    weights = sum((Fraction(one.review.weights) for one in rows if one.score is not None), Fraction(0))
    points = sum((one.score * Fraction(one.review.weights) for one in rows if one.score is not None), Fraction(0))
    return Board(
        cycle=cycle, groups=groups, group=chosen, departments=departments, department=department, rows=rows,
        bars=bars([one.score for one in rows]), grades=grade_bars(there), raters=_raters(cycle, there),
        mean=points / weights if weights else None, scored=sum(one.score is not None for one in rows),
        lock=locks.get(chosen.role) if chosen else None,
    )  # fmt: skip


def _on_board(reviews: QuerySet[Review]) -> QuerySet[Review]:
    joined = reviews.select_related("person", "department", "position", "reviewer").only(*SHOWN)
    return joined.order_by("person__name", "pk")


# what `reviews_to_calibrate` gives whoever sees everybody's
_everybodys: Prepared[Review] = Prepared(
    lambda *, cycle, reader: _on_board(Review.objects.filter(cycle=cycle, dropped_at=None).exclude(person__user=reader))
)
# of a position in a cycle
_calibrated: Prepared[int] = Prepared(
    lambda *, cycle, role: ReviewChange.objects.filter(
        review__cycle=cycle, review__role=role, kind=ChangeKind.CALIBRATED
    ).values_list("review", flat=True)
)
_previews: Prepared[Any] = Prepared(
    lambda *, cycle, role: PreviewRating.objects.filter(review__cycle=cycle, review__role=role).values_list(
        "review", "by", "points"
    )
)


def _groups(every: Sequence[Review], locks: dict[str, CalibrationLock]) -> list[Group]:
    counts: dict[str, int] = {}
    titles: dict[str, str] = {}
    for one in every:
        counts[one.role] = counts.get(one.role, 0) + 1
        titles.setdefault(one.role, one.position.title if one.position else one.card or one.role)
    return [Group(role, titles[role], n, role in locks) for role, n in sorted(counts.items())]


def _rows(user: User, reviews: Sequence[Review], departments: Mapping[int, str]) -> list[BoardRow]:
    if not reviews:
        return []
    of = {"cycle": reviews[0].cycle_id, "role": reviews[0].role}
    changed: dict[int, int] = {}
    for pk in _calibrated(**of):
        changed[pk] = changed.get(pk, 0) + 1
    mine: dict[int, Decimal] = {}
    given: dict[int, int] = {}
    for pk, by, points in _previews(**of):
        given[pk] = given.get(pk, 0) + 1
        if by == user.pk:
            mine[pk] = points
    # one address for all of them: looking each up takes as long as its row
    before, after = reverse("appraisal:calibrate", args=[0]).rsplit("0", 1)
    grades = {(one.terms_id, one.grade): one for one in reviews}
    called = {key: grade_title(one) for key, one in grades.items()}
    return [
        BoardRow(
            one, f"{before}{one.pk}{after}", departments.get(one.department_id or 0, ""),
            None if one.waiting else one.per_hundred, changed.get(one.pk, 0), mine.get(one.pk), given.get(one.pk, 0),
            called[one.terms_id, one.grade],
        )
        for one in reviews
    ]  # fmt: skip


@dataclass(frozen=True)
class Spread:
    """Of several reviews: `bars`, how many of `total` have a score, their mean as on the board."""

    bars: Sequence[Bar]
    scored: int
    total: int
    mean: Fraction | None


# of a review: points, weights that count, how many items wait, per 100 with what is outside; exact numbers as text
Told = tuple[str, Any, int, str | None]


def spread(told: Sequence[Told]) -> Spread:
    """Who waits for something has no score. `mean` to nine places: thousands of exact numbers add up to huge ones."""
    known = [
        (_number(points, weights) if per is None else _parts(per), float(weights))
        for points, weights, waiting, per in told
        if weights and not waiting
    ]
    whole = math.fsum(weight for _score, weight in known)
    mean = math.fsum(top / bottom * weight for (top, bottom), weight in known) / whole if known else None
    # which ten points it lies in, to the digit
    counts = _counted(top // (bottom * WIDTH) for (top, bottom), _weight in known)
    return Spread(counts, len(known), len(told), None if mean is None else Fraction(f"{mean:.9f}"))


def _parts(text: str) -> tuple[int, int]:
    """“714/20” as 714 and 20, with none of what a Fraction makes of it."""
    top, slash, bottom = text.partition("/")
    return (int(top), int(bottom)) if slash else Fraction(text).as_integer_ratio()


def _number(points: str, weights: Any) -> tuple[int, int]:
    return (Fraction(points) * 100 / Fraction(weights)).as_integer_ratio()


def bars(scores: Sequence[Fraction | None]) -> list[Bar]:
    """How many scores lie in each ten points; who waits for something is in none."""
    return _counted(int(score // WIDTH) for score in scores if score is not None)


def _counted(places: Iterable[int]) -> list[Bar]:
    counts = [0] * BARS
    for place in places:
        counts[max(0, min(place, BARS - 1))] += 1
    most = max(counts) or 1
    names = [f"{n * WIDTH}–{n * WIDTH + WIDTH - 1}" for n in range(BARS - 1)] + [f"{(BARS - 1) * WIDTH}+"]
    return [Bar(name, count, round(100 * count / most)) for name, count in zip(names, counts, strict=True)]


def grade_bars(reviews: Sequence[Review]) -> list[Bar]:
    """How many have each grade, the best first; none has to be given how often. Who has none yet is in no bar."""
    titles: dict[str, str] = {}
    for one in {one.terms_id: one for one in reversed(reviews)}.values():
        for key, title in grades_in_order(one):
            titles.setdefault(key, title)
    counts = dict.fromkeys(titles, 0)
    for one in reviews:
        if one.grade in counts:
            counts[one.grade] += 1
    most = max(counts.values(), default=0) or 1
    return [Bar(titles[key], count, round(100 * count / most)) for key, count in counts.items()]


def _raters(cycle: Cycle, reviews: Sequence[Review]) -> list[RaterRow]:
    """Of the group's raters, over all their ratings of the cycle in this position."""
    if not reviews:
        return []
    role = reviews[0].role
    given: list[Given] = []
    names: dict[int, str] = {}
    for rater, name, key, points, weight in _given(cycle=cycle.pk, role=role):
        names[rater] = name
        given.append((rater, (role, key), Fraction(points), Fraction(weight)))
    shown = {one.reviewer_id for one in reviews}
    found = [one for rater, one in leniency(given).items() if rater in shown]
    return [
        RaterRow(names[one.rater], one, numbers.rate(one.own), numbers.rate(one.everybody), _gap(one.gap))
        for one in sorted(found, key=lambda one: names[one.rater])
    ]


def _ratings(*, cycle: Any, role: Any) -> QuerySet[Rating, Any]:
    rows = Rating.objects.filter(
        assessment__kind=RaterKind.MANAGER, assessment__review__cycle=cycle, assessment__review__role=role,
        assessment__review__dropped_at=None, line__gone=False, line__left_out="",
    ).exclude(assessment__submitted_at=None).exclude(assessment__rater=None)  # fmt: skip
    return rows.values_list("assessment__rater", "assessment__rater__name", "line__key", "points", "line__weight")


_given: Prepared[Any] = Prepared(_ratings)


def _gap(gap: Fraction | None) -> str:
    return numbers.percentage_points(gap) if gap is not None else numbers.MISSING

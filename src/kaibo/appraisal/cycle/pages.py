"""What the pages of cycles show, written out: the list, and one cycle with its stages, its people and who is late."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, FloatField, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _

from kaibo.appraisal.calibration.board import Told
from kaibo.appraisal.cycle.access import RUNS, counted_reviews, open_to, sees_everybody, visible_reviews
from kaibo.appraisal.cycle.findings import UNRATABLE
from kaibo.appraisal.cycle.graded import grade_title
from kaibo.appraisal.cycle.models import STATES, Cycle, CycleRun, CycleState, CycleStep
from kaibo.appraisal.cycle.review_models import Acknowledgement, Assessment, RaterKind, Review
from kaibo.appraisal.cycle.stages import following
from kaibo.database.prepared import OFFSET, Prepared
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look import numbers

PAGE = 50
# of a review and of whom and what it names: all that its row says
SHOWN = (
    "cycle", "role", "card", "main", "share_ms", "shares_ms", "joined_on", "left_on", "protected", "computed_at",
    "points", "weights", "hundred", "waiting", "grade", "published_at", "dropped_at", "version", "terms__data",
    "person__name", "person__user", "reviewer__name", "department__name", "department__name_en", "position__key",
    "position__name", "position__name_en",
)  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """`mark`: done, now or later; `late`: its deadline is over while it lasts. `progress`: “12 of 14”, where told."""

    number: int
    title: str
    due_at: datetime | None
    mark: str
    late: bool
    progress: str = ""


@dataclass(frozen=True)
class Counts:
    """How far the cycle's reviews are."""

    reviews: int
    computed: int
    own: int
    rated: int
    published: int
    seen: int
    no_reviewer: int
    no_sign_in: int


NONE = Counts(*[0] * 8)


@dataclass(frozen=True)
class PersonRow:
    """A review in the cycle's table. `score` and `waits` only for who may see it; `choosable`: not the reader's own."""

    review: Review
    name: str
    choosable: bool
    department: str
    reviewer: str
    published: bool
    title: str
    url: str
    score: str
    waits: str
    flags: Sequence[str]
    own: bool
    rated: bool
    seen: bool
    grade: str = ""


@dataclass(frozen=True)
class Chip:
    label: str
    href: str
    active: bool


def counts(user: User, cycle: Cycle) -> Counts:
    """Of the reviews that the user may know of; one query."""
    if user.can(*RUNS):
        return _by_cycle(_whole_cycle(cycle=cycle.pk)).get(cycle.pk, NONE)
    return counts_of(counted_reviews(user, cycle)).get(cycle.pk, NONE)


def counts_of(reviews: QuerySet[Review]) -> dict[int, Counts]:
    """Cycle → how far its reviews are, of those in which there are any; one query for all cycles."""
    return _by_cycle(_counted(reviews))


def _counted(reviews: QuerySet[Review]) -> QuerySet[Any, dict[str, Any]]:
    found: QuerySet[Any, dict[str, Any]] = _annotated(reviews).order_by().values("cycle").annotate(**_sums())
    return found


def _by_cycle(rows: Iterable[dict[str, Any]]) -> dict[int, Counts]:
    return {row.pop("cycle"): Counts(**row) for row in rows}


_whole_cycle: Prepared[dict[str, Any]] = Prepared(lambda *, cycle: _counted(Review.objects.filter(cycle=cycle)))


def _annotated(reviews: QuerySet[Review]) -> QuerySet[Any]:
    there = reviews.filter(dropped_at=None)
    handed = Assessment.objects.filter(review=OuterRef("pk")).exclude(submitted_at=None)
    seen = Acknowledgement.objects.filter(review=OuterRef("pk"), version=OuterRef("version"))
    return there.annotate(
        has_own=Exists(handed.filter(kind=RaterKind.SELF)), has_rating=Exists(handed.filter(kind=RaterKind.MANAGER)),
        was_seen=Exists(seen),
    )  # fmt: skip


def _sums() -> dict[str, Count]:
    return {
        "reviews": Count("pk"), "computed": Count("pk", Q(computed_at__isnull=False)),
        "own": Count("pk", Q(has_own=True)), "rated": Count("pk", Q(has_rating=True)),
        "published": Count("pk", Q(published_at__isnull=False)),
        "seen": Count("pk", Q(was_seen=True, published_at__isnull=False)), **UNRATABLE,
    }  # fmt: skip


def waiting_of(user: User, cycles: Sequence[Cycle]) -> dict[int, int]:
    """Cycle → of how many reviews something waits, of those that the user may see: one query for all cycles."""
    rows = visible_reviews(user).filter(cycle__in=cycles, waiting__gt=0).order_by().values("cycle")
    return dict(rows.annotate(n=Count("pk")).values_list("cycle", "n"))


def stage_list(cycle: Cycle, found: Counts, now: datetime) -> list[Stage]:
    """Every stage with its deadline; one query, none where they were read with the cycle."""
    due = {one.state: one.due_at for one in cycle.deadlines.all()}
    progress = {
        CycleState.COMPUTED: found.computed, CycleState.SELF: found.own, CycleState.MANAGER: found.rated,
        CycleState.PUBLISHED: found.published, CycleState.APPEAL_WINDOW: found.seen,
    }  # fmt: skip
    listed = []
    for place, state in enumerate(STATES):
        mark = "now" if place == cycle.place else "done" if place < cycle.place else "later"
        if cycle.state == CycleState.CLOSED:
            mark = "done"
        at = due.get(state)
        text = ""
        if state in progress and found.reviews and place <= cycle.place:
            words = _("%(n)s of %(all)s seen") if state == CycleState.APPEAL_WINDOW else _("%(n)s of %(all)s")
            text = words % {"n": numbers.count(progress[state]), "all": numbers.count(found.reviews)}
        listed.append(Stage(place + 1, str(state.label), at, mark, mark == "now" and at is not None and at < now, text))
    return listed


# what the table can be narrowed to: its name in the address, what it is called
STATES_OF_REVIEWS = ("all", "waiting", "own", "rate", "no_reviewer", "no_sign_in", "dropped")


def narrowed(reviews: QuerySet[Review], state: str, q: str) -> QuerySet[Review]:
    handed = Assessment.objects.filter(review=OuterRef("pk")).exclude(submitted_at=None)
    found = reviews.exclude(dropped_at=None) if state == "dropped" else reviews.filter(dropped_at=None)
    if state == "waiting":
        found = found.filter(waiting__gt=0)
    elif state == "own":
        found = found.filter(~Exists(handed.filter(kind=RaterKind.SELF)))
    elif state == "rate":
        found = found.filter(~Exists(handed.filter(kind=RaterKind.MANAGER)))
    elif state == "no_reviewer":
        found = found.filter(reviewer=None)
    elif state == "no_sign_in":
        found = found.filter(reviewer__isnull=False, reviewer__user=None)
    if q:
        named = Q(person__name__icontains=q) | Q(department__name__icontains=q) | Q(reviewer__name__icontains=q)
        found = found.filter(named)
    return found


def chips(state: str, q: str) -> list[Chip]:
    words = {
        "all": _("All"), "waiting": _("Waiting for data or ratings"), "own": _("No self-assessment"),
        "rate": _("Not rated"), "no_reviewer": _("Without a reviewer"), "no_sign_in": _("Reviewer cannot sign in"),
        "dropped": _("Taken out"),
    }  # fmt: skip
    return [
        Chip(words[one], f"?{urlencode({'state': one} | ({'q': q} if q else {}))}#people", one == (state or "all"))
        for one in STATES_OF_REVIEWS
    ]


def people_page(
    user: User, cycle: Cycle, state: str, q: str, number: str, *, whole: int
) -> tuple[Page[Any], list[PersonRow]]:
    """A page of the cycle's reviews, by name; one query, two more where a page is asked for that is not there.

    `whole`: how many the user may know of.
    """
    everyone = state in ("", "all") and not q
    if everyone and sees_everybody(user):
        page: Page[Any] = Paginator(range(whole), PAGE).get_page(number)
        found = _whole_page(cycle=cycle.pk, offset=page.start_index() - 1) if whole else []
        shown = open_to(user, found)
    else:
        page, found = _narrowed_page(user, _known(user, cycle, state, q), number)
        shown = {one.pk for one in found if one.shown}
    page.object_list = found
    scores = user.can(Right.SEE_NUMBERS)
    return page, [_person_row(user, one, cycle, shown=one.pk in shown, scores=scores) for one in found]


def _narrowed_page(user: User, known: QuerySet[Any], number: str) -> tuple[Page[Any], list[Any]]:
    """Each row says how many there are, which is therefore asked for only where there is no row."""
    asked = int(number) if number.isdecimal() and len(number) < 7 else 1
    found = _rows_of(user, known, max(asked, 1))
    pages = Paginator(known, PAGE)
    if found:
        pages.count = found[0].whole
    elif asked <= 1:
        pages.count = 0
    page = pages.get_page(number)
    return page, found if page.number == asked or not pages.count else _rows_of(user, known, page.number)


def _rows_of(user: User, known: QuerySet[Any], number: int) -> list[Any]:
    seen = Exists(visible_reviews(user).filter(pk=OuterRef("pk")))
    on_it = Review.objects.filter(pk__in=known[(number - 1) * PAGE : number * PAGE])
    return list(_in_table(on_it).annotate(shown=seen, whole=Subquery(_count(known))))


def _count(known: QuerySet[Any]) -> QuerySet[Any]:
    """As one row, for a subquery."""
    found: QuerySet[Any] = known.order_by().annotate(all=Value(1)).values("all").annotate(n=Count("pk")).values("n")
    return found


def _known(user: User, cycle: Cycle, state: str, q: str) -> QuerySet[Any]:
    known = counted_reviews(user, cycle)
    if state == "waiting":
        # where a row hides what waits, this list does not tell it either
        known = known.filter(pk__in=visible_reviews(user).values("pk"))
    return _by_name(narrowed(known, state, q)).values("pk")


def _by_name(reviews: QuerySet[Any]) -> QuerySet[Any]:
    return reviews.order_by("person__name", "-main", "pk")


def _in_table(reviews: QuerySet[Review]) -> QuerySet[Any]:
    """With all that their rows say; of a page's reviews only, since each asks several tables."""
    handed = Assessment.objects.filter(review=OuterRef("pk")).exclude(submitted_at=None)
    seen = Acknowledgement.objects.filter(review=OuterRef("pk"), version=OuterRef("version"))
    joined = reviews.select_related("person", "department", "reviewer", "position", "terms").only(*SHOWN)
    return _by_name(joined.annotate(
        own_done=Exists(handed.filter(kind=RaterKind.SELF)), rated_done=Exists(handed.filter(kind=RaterKind.MANAGER)),
        seen_done=Exists(seen),
    ))  # fmt: skip


def _page_of_whole(*, cycle: Any) -> QuerySet[Any]:
    there = _by_name(narrowed(Review.objects.filter(cycle=cycle), "", ""))
    return _in_table(Review.objects.filter(pk__in=there.values("pk")[OFFSET : OFFSET + PAGE]))


_whole_page: Prepared[Any] = Prepared(_page_of_whole)


def scores_of(user: User, cycle: Cycle) -> list[Told]:
    """What the spread of the scores that this user may see is drawn from, never their own; one query.

    As it stands in the table: reading thousands of exact numbers takes longer than all else on the page.
    """
    if sees_everybody(user):
        return _everybodys(cycle=cycle.pk, reader=user.pk)
    return list(_as_told(visible_reviews(user).filter(cycle=cycle).exclude(person__user=user)))


def _as_told(reviews: QuerySet[Review]) -> QuerySet[Any, Told]:
    points, hundred = (Cast(name, TextField()) for name in ("points", "hundred"))
    return reviews.order_by().values_list(points, Cast("weights", FloatField()), "waiting", hundred)


_everybodys: Prepared[Told] = Prepared(
    lambda *, cycle, reader: _as_told(Review.objects.filter(cycle=cycle, dropped_at=None).exclude(person__user=reader))
)


def _person_row(user: User, review: Review, cycle: Cycle, *, shown: bool, scores: bool) -> PersonRow:
    hundred = review.per_hundred
    told = shown and scores and review.computed_at is not None
    return PersonRow(
        review, str(review.person), review.person.user_id != user.pk,
        review.department.title if review.department else "", str(review.reviewer or ""),
        review.published_at is not None, position_of(review),
        reverse("appraisal:review", args=[review.pk]) if shown else "",
        numbers.points(hundred) if told and hundred is not None else numbers.MISSING if told else "",
        _("%(n)d waiting") % {"n": review.waiting} if shown and review.waiting else "", flags(review, cycle.month),
        bool(getattr(review, "own_done", False)), bool(getattr(review, "rated_done", False)),
        bool(getattr(review, "seen_done", False)), grade_title(review) if told else "",
    )  # fmt: skip


def flags(review: Review, month: date) -> list[str]:
    """What is out of the ordinary of this person's month."""
    found = []
    if review.joined_on:
        found.append(_("came on %(day)s") % {"day": numbers.day_short(review.joined_on)})
    if review.left_on:
        found.append(_("left on %(day)s") % {"day": numbers.day_short(review.left_on)})
    if review.protected:
        found.append(_("newcomer"))
    if review.share is not None and review.share != 1:
        found.append(_("%(share)s of the month's hours") % {"share": numbers.percent(review.share, 0)})
    return found


def position_of(review: Review) -> str:
    return review.position.title if review.position else review.card or review.role


def next_step(cycle: Cycle) -> CycleState | None:
    return following(cycle)


def running_of(cycles: Sequence[Cycle]) -> set[int]:
    """Those of which a computing is under way; one query."""
    newest = dict(CycleRun.objects.filter(cycle__in=cycles).order_by("pk").values_list("cycle", "ended_at"))
    return {pk for pk, ended_at in newest.items() if ended_at is None}


# the newest first, of one cycle
steps: Prepared[CycleStep] = Prepared(
    lambda *, cycle: CycleStep.objects.filter(cycle=cycle).select_related("by__person").order_by("-pk")[:12]
)
computings: Prepared[CycleRun] = Prepared(
    lambda *, cycle: CycleRun.objects.filter(cycle=cycle).select_related("by__person").order_by("-pk")[:6]
)

"""The team's month from kept scores: which months, roles and departments there are, whom the filter leaves, the sums.

Eleven queries with the frame's, for fifty people as for five thousand.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Substr

from kaibo.appraisal.cards import DefaultCard, cards_in, frozen_cards
from kaibo.appraisal.keeping import KIND as KEEP
from kaibo.appraisal.models import KeptLine, KeptMonth, KeptScore, KeptState
from kaibo.appraisal.own_cards.store import own_kpis
from kaibo.appraisal.period import bounds, month_text
from kaibo.appraisal.team_filter import COLUMNS, TeamFilter, Wanted, filtered, ordered, visible_scores
from kaibo.database.prepared import OFFSET, Prepared, among
from kaibo.imports.following import KIND as FOLLOW
from kaibo.jobs.models import Job, JobState
from kaibo.kpi.catalog import KPIS, Kpi
from kaibo.live.models import Account
from kaibo.login.models import User
from kaibo.measurement.definitions import definitions_at
from kaibo.measurement.due import KIND as COMPUTE
from kaibo.measurement.due import months_of, new_events
from kaibo.measurement.models import Closing, ClosingState, Computation, ComputationState
from kaibo.org.access import Circle
from kaibo.org.models import Department

# up to here everyone is on one page; with more, pages have this many
ALL, PAGE = 100, 50
# as on a person's own page: what has hardly begun says little
ENOUGH_DAYS = timedelta(days=3)


@dataclass(frozen=True)
class Sums:
    """Of one KPI over the filter's people: Σ and Σ of those whose value is known, and how many that are.

    `partial`: how many of these are made of some of their sessions only.
    """

    known: int
    top: int | None
    bottom: int | None
    partial: int = 0

    def number(self, kpi: Kpi) -> Fraction | None:
        if self.top is None:
            return None
        top = self.top * kpi.scale
        if not kpi.denominator:
            return Fraction(top)
        return Fraction(top, self.bottom) if self.bottom else None


@dataclass(frozen=True)
class Totals:
    people: int
    sessions: int
    air_ms: int | None
    planned_ms: int | None
    lines: Mapping[str, Sums]


@dataclass(frozen=True)
class Choice:
    """A department and how many people it has, or a room."""

    pk: int
    name: str
    people: int


# the fields of Shown, in its order
SHOWN = (
    "pk", "person_id", "role", "main", "sessions", "air_ms", "planned_ms", "points_text", "weights", "waiting",
    "provisional", "protected", "immature_until", "least_measured", "person__name", "department_id",
    "department__name", "room__name",
)  # fmt: skip


class Shown(NamedTuple):
    """What a row of the table shows of a kept score. `points`: the exact number's text; see KeptScore for the rest."""

    pk: int
    person: int
    role: str
    main: bool
    sessions: int
    air_ms: int | None
    planned_ms: int | None
    points: str
    weights: Decimal
    waiting: int
    provisional: bool
    protected: bool
    immature_until: date | None
    least_measured: float | None
    name: str
    department: int | None
    department_name: str | None
    room: str | None


@dataclass(frozen=True)
class Team:
    """`month` None: nothing kept. `roles`: with how many people, most first. `stale`: the numbers may soon be others.

    `kpis`: by which the month was made. `wanted`: whom the filter leaves.
    """

    asked: TeamFilter
    month: KeptMonth | None
    months: Sequence[date]
    stale: bool
    roles: Sequence[tuple[str, int]]
    departments: Sequence[Choice]
    rooms: Sequence[Choice]
    card: DefaultCard | None
    totals: Totals
    wanted: Wanted | None
    pages: int
    kpis: Mapping[str, Kpi] = field(default_factory=lambda: KPIS)

    @property
    def _sort(self) -> str:
        """The order asked for, where the table has such a column."""
        kpis = [line.kpi for line in self.card.card.lines] if self.card else []
        return self.asked.sort if self.asked.column in (*COLUMNS, *kpis) else ""

    @property
    def rows(self) -> QuerySet[KeptScore]:
        """Everyone whom the filter leaves, in order, with person, department and room."""
        if self.wanted is None:
            return KeptScore.objects.none()
        found = filtered(self.wanted.circle, self.wanted.state, **self.wanted.values)
        return ordered(found, self._sort).select_related("person", "department", "room")

    @property
    def scores(self) -> list[Shown]:
        """Those of the page asked for, with what their rows show."""
        if self.wanted is None:
            return []
        circle, state, values = self.wanted
        if self.pages == 1:
            return [Shown(*row) for row in _shown(circle, state, self._sort, Cut.NONE, **values)]
        before = (self.asked.page - 1) * PAGE
        after = max(0, self.totals.people - before - PAGE)
        if before <= after:
            rows = _shown(circle, state, self._sort, Cut.START, **values, offset=before)
        else:
            rows = _shown(circle, state, self._sort, Cut.END, **values, offset=after)
            # a last page that is not full: those before it were read too
            rows = rows[-min(PAGE, self.totals.people - before) :]
        return [Shown(*row) for row in rows]

    @property
    def grouped(self) -> bool:
        return not self.asked.sort


class KeptCell(NamedTuple):
    """What a cell needs of a kept line, as plain as the database gives it: exact numbers and lists as their text."""

    score: int
    kpi: str
    top: int | None
    bottom: int | None
    measured: int | None
    points: str | None
    waiting: str
    missing: str
    target: str | None
    lacking: str
    sessions: int
    of_sessions: int
    in_part: int


def cells_of(scores: Sequence[Shown]) -> dict[int, dict[str, KeptCell]]:
    """Score → KPI → its line. One query; making whole objects of the lines would take longer than all the rest."""
    found: dict[int, dict[str, KeptCell]] = {}
    for row in _cells(scores=[score.pk for score in scores]) if scores else ():
        found.setdefault(row[0], {})[row[1]] = KeptCell(*row)
    return found


def _lines(*, scores: Any) -> QuerySet[KeptLine, Any]:
    text = {f"{name}_text": Cast(name, TextField()) for name in ("points", "target", "lacking")}
    columns = ("score_id", "kpi", "top", "bottom", "measured", "points_text", "waiting", "missing", "target_text",
               "lacking_text", "sessions", "of_sessions", "in_part")  # fmt: skip
    return KeptLine.objects.filter(among("score", scores)).order_by().annotate(**text).values_list(*columns)


class Cut(StrEnum):
    """From where a page's place is counted: whichever end is nearer, since what lies before it has to be sorted too."""

    NONE = ""
    START = "start"
    END = "end"


def _page(circle: Circle, state: str, sort: str, cut: Cut, **values: Any) -> QuerySet[KeptScore, Any]:
    """What is shown of everyone, or of one page. Only ids are sorted to find out who is on it."""
    rows = ordered(filtered(circle, state, **values), sort)
    if cut:
        from_there = rows.reverse() if cut == Cut.END else rows
        rows = ordered(KeptScore.objects.filter(pk__in=from_there.values("pk")[OFFSET : OFFSET + PAGE]), sort)
    exact = rows.annotate(points_text=Cast("points", TextField()))
    return exact.values_list(*SHOWN)


_cells: Prepared[Any] = Prepared(_lines)
_shown: Prepared[Any] = Prepared(_page)


def team_of(user: User, asked: TeamFilter) -> Team:
    """The table as this user may see it."""
    months = _months()
    month = next((m for m in months if m.month == asked.month), None)
    if month is None and asked.month is None:
        month = _first_to_show(months)
    every = [m.month for m in months if getattr(m, "peopled", False) or m is month]
    if month is None:
        return _empty(asked, every)
    counted = _counted(Wanted.of(user, replace(asked, month=month.month)))
    cards, kpis = _definitions(month)
    roles = _roles(counted, cards)
    role = asked.role if asked.role in dict(roles) else next((name for name, _count in roles), "")
    asked = replace(asked, month=month.month, role=role)
    card = cards.get(role)
    wanted = Wanted.of(user, asked)
    totals = _totals(wanted)
    pages = 1 if totals.people <= ALL else -(-totals.people // PAGE)
    asked = replace(asked, page=min(asked.page, pages))
    return Team(
        asked=asked,
        month=month,
        months=every,
        stale=bool(getattr(month, "busy", False)) or month_text(month.month) in months_of(new_events()),
        roles=roles,
        departments=_named(counted, role),
        rooms=_named(counted, ""),
        card=card,
        totals=totals,
        wanted=wanted,
        pages=pages,
        kpis=kpis,
    )


def kpis_of(month: date) -> Mapping[str, Kpi]:
    """By which the kept scores of the month were made; of a closed month those of then."""
    kept = next((one for one in _months() if one.month == month), None)
    return _definitions(kept)[1] if kept else {}


def _definitions(month: KeptMonth) -> tuple[Mapping[str, DefaultCard], Mapping[str, Kpi]]:
    """Cards by role, and KPIs: of a closed month from its bundle."""
    frozen = definitions_at(getattr(month, "folder", None), getattr(month, "snapshot", None))
    if frozen:
        return frozen_cards(frozen), frozen.kpis
    cards = cards_in(month.month)
    return cards, own_kpis(cards.values()) or KPIS


def newest_kept() -> date | None:
    """The month to show first; None where nothing is kept."""
    month = _first_to_show(_months())
    return month.month if month else None


def _first_to_show(months: Sequence[KeptMonth]) -> KeptMonth | None:
    """The newest with anyone in it, or the one before it while that one has hardly begun."""
    peopled = [month for month in months if getattr(month, "peopled", False)] or list(months)
    told = [month for month in peopled if month.until and month.until - bounds(month.month)[0] >= ENOUGH_DAYS]
    return next(iter(told or peopled), None)


# beside roles, in the query that counts
DEPARTMENT, ROOM = "-department", "-room"
# (role, department or room, its name, how many people); rooms have no role and count nobody
Counted = tuple[str, int | None, str | None, int]


def _counting(circle: Circle, **values: Any) -> QuerySet[Any, Any]:
    """Role, department and number of whom one may see; then of all departments and rooms their names."""
    nobody, nothing = Value(0), Value("", CharField())
    seen = visible_scores(circle, **values).order_by().values(of=F("role"), which=F("department"))
    people = seen.annotate(people=Count("pk"), called=nothing)
    names = [
        rows.order_by().values(of=Value(of, CharField()), which=F("pk")).annotate(people=nobody, called=F("name"))
        for of, rows in ((DEPARTMENT, Department.objects.all()), (ROOM, Account.objects.all()))
    ]
    return people.union(*names, all=True).values_list("of", "which", "people", "called")


_counts: Prepared[Any] = Prepared(_counting)


def _counted(wanted: Wanted) -> list[Counted]:
    """The roles and departments of whom one may see, and all rooms, in one query."""
    values = {name: value for name, value in wanted.values.items() if name not in ("role", "department", "room", "q")}
    rows = _counts(wanted.circle, **values)
    names = {key: name for of, key, _people, name in rows if of == DEPARTMENT}
    people: list[Counted] = [
        (of, key, names.get(key), count) for of, key, count, _name in rows if of not in (DEPARTMENT, ROOM)
    ]
    return people + [("", key, name, 0) for of, key, _people, name in rows if of == ROOM]


def _roles(counted: Sequence[Counted], cards: Mapping[str, DefaultCard]) -> list[tuple[str, int]]:
    people: Counter[str] = Counter()
    for role, _key, _name, count in counted:
        people[role] += count
    return [(role, count) for role, count in people.most_common() if role in cards]


def _named(counted: Sequence[Counted], role: str) -> list[Choice]:
    """The departments of a role, or the rooms, by name; who is nowhere is found without a filter."""
    found = [Choice(key, name or "", count) for of, key, name, count in counted if of == role and key is not None]
    return sorted(found, key=lambda choice: choice.name)


def _kept() -> QuerySet[KeptMonth]:
    """Newest first. `busy`: a job or a computation may change it; `peopled`: anyone has a score in it; `folder` and
    `snapshot`: of its bundle, where it is closed.
    """
    text = Substr(Cast(OuterRef("month"), CharField()), 1, 7)
    begun = Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING]).alias(of=KT("args__month"))
    changing = begun.filter(Q(kind=FOLLOW) | Q(kind__in=[COMPUTE, KEEP], of=text))
    computed = Computation.objects.filter(month=OuterRef("month"), state=ComputationState.CURRENT).filter(
        Q(started_at__gt=OuterRef("began_at")) | Q(finished_at__gt=OuterRef("kept_at"))
    )
    kept = KeptMonth.objects.filter(kept_at__isnull=False).order_by("-month")
    scores = KeptScore.objects.filter(month=OuterRef("month"), state=KeptState.CURRENT)
    changes = Case(When(Exists(changing) | Exists(computed), then=True), default=False)
    closing = Closing.objects.filter(month=OuterRef("month"), state=ClosingState.CLOSED)
    bundle = {name: Subquery(closing.values(name)[:1]) for name in ("folder", "snapshot")}
    return kept.annotate(busy=changes, peopled=Exists(scores), **bundle)


_months: Prepared[KeptMonth] = Prepared(_kept)


def _summing(circle: Circle, state: str, **values: Any) -> QuerySet[Any, Any]:
    """The people's sums and every KPI's, side by side."""
    found = filtered(circle, state, **values)
    people = found.order_by().values(kind=Value("", CharField())).annotate(
        n=Count("pk"), a=Sum("air_ms"), b=Sum("planned_ms"), c=Sum("sessions")
    )  # fmt: skip
    of_month = KeptLine.objects.filter(month=values["month"], score__in=found.order_by().values("pk"))
    by_kpi = of_month.order_by().values(kind=F("kpi"))
    partial = Count("top", filter=Q(sessions__lt=F("of_sessions")))
    lines = by_kpi.annotate(n=Count("top"), a=Sum("top"), b=Sum("bottom"), c=partial)
    return people.union(lines, all=True).values_list("kind", "n", "a", "b", "c")


_sums: Prepared[Any] = Prepared(_summing)


def _totals(wanted: Wanted) -> Totals:
    sums = {kind: rest for kind, *rest in _sums(wanted.circle, wanted.state, **wanted.values)}
    count, air, planned, sessions = sums.pop("", (0, None, None, None))
    return Totals(
        people=count,
        sessions=sessions or 0,
        air_ms=air,
        planned_ms=planned,
        lines={kpi: Sums(*of_kpi) for kpi, of_kpi in sums.items()},
    )


def _empty(asked: TeamFilter, months: Sequence[date]) -> Team:
    nobody = Totals(0, 0, None, None, {})
    return Team(asked, None, months, False, (), (), (), None, nobody, None, 1)

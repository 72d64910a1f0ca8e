"""The team's month from kept scores: which months, roles and departments there are, whom the filter leaves, the sums.

Thirteen queries with the frame's, for fifty people as for five thousand.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
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
from kaibo.appraisal.period import bounds, month_text
from kaibo.appraisal.team_filter import TeamFilter, filtered, ordered, visible_scores
from kaibo.imports.following import KIND as FOLLOW
from kaibo.jobs.models import Job, JobState
from kaibo.kpi.catalog import KPIS, Kpi
from kaibo.live.models import Account
from kaibo.login.models import User
from kaibo.measurement.definitions import definitions_at
from kaibo.measurement.due import KIND as COMPUTE
from kaibo.measurement.due import months_of, new_events
from kaibo.measurement.models import Closing, ClosingState, Computation, ComputationState

# up to here everyone is on one page; with more, pages have this many
ALL, PAGE = 100, 50
# what a row of the table shows
SHOWN = (
    "month", "role", "main", "sessions", "air_ms", "planned_ms", "points", "weights", "waiting", "provisional",
    "protected", "immature_until", "least_measured", "person__name", "department__name", "room__name",
)  # fmt: skip
# as on a person's own page: what has hardly begun says little
ENOUGH_DAYS = timedelta(days=3)


@dataclass(frozen=True)
class Sums:
    """Of one KPI over the filter's people: Σ and Σ of those whose value is known, and how many that are."""

    known: int
    top: int | None
    bottom: int | None

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


@dataclass(frozen=True)
class Team:
    """`month` None: nothing kept. `roles`: with how many people, most first. `stale`: the numbers may soon be others.

    `kpis`: by which the month was made. `rows`: everyone whom the filter leaves, in order, with their lines.
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
    rows: QuerySet[KeptScore]
    pages: int
    kpis: Mapping[str, Kpi] = field(default_factory=lambda: KPIS)

    @property
    def scores(self) -> QuerySet[KeptScore]:
        """Those of the page asked for, with what their rows show. Only ids are sorted to find out who that is."""
        first = (self.asked.page - 1) * PAGE
        rows = self.rows
        if self.pages > 1:
            ids = self.rows.select_related(None).values("pk")[first : first + PAGE]
            rows = _in_order(KeptScore.objects.filter(pk__in=ids), self.asked, self.card)
        return rows.only(*SHOWN)

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


def cells_of(scores: Sequence[KeptScore]) -> dict[int, dict[str, KeptCell]]:
    """Score → KPI → its line. One query; making whole objects of the lines would take longer than all the rest."""
    lines = KeptLine.objects.filter(score__in=[score.pk for score in scores]).order_by()
    text = {f"{name}_text": Cast(name, TextField()) for name in ("points", "target", "lacking")}
    columns = ("score_id", "kpi", "top", "bottom", "measured", "points_text", "waiting", "missing", "target_text",
               "lacking_text", "sessions", "of_sessions")  # fmt: skip
    found: dict[int, dict[str, KeptCell]] = {}
    for row in lines.annotate(**text).values_list(*columns):
        found.setdefault(row[0], {})[row[1]] = KeptCell(*row)
    return found


def team_of(user: User, asked: TeamFilter) -> Team:
    """The table as this user may see it."""
    months = _months()
    month = next((m for m in months if m.month == asked.month), None)
    if month is None and asked.month is None:
        month = _first_to_show(months)
    every = [m.month for m in months if getattr(m, "peopled", False) or m is month]
    if month is None:
        return _empty(asked, every)
    seen = visible_scores(user, month.month)
    counted = _counted(seen)
    frozen = definitions_at(getattr(month, "folder", None), getattr(month, "snapshot", None))
    cards = frozen_cards(frozen) if frozen else cards_in(month.month)
    roles = _roles(counted, cards)
    role = asked.role if asked.role in dict(roles) else next((name for name, _count in roles), "")
    asked = replace(asked, month=month.month, role=role)
    card = cards.get(role)
    found = filtered(seen, asked)
    totals = _totals(found)
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
        rows=_in_order(found, asked, card),
        pages=pages,
        kpis=frozen.kpis if frozen else KPIS,
    )


def _in_order(scores: QuerySet[KeptScore], asked: TeamFilter, card: DefaultCard | None) -> QuerySet[KeptScore]:
    """With the person, department and room of each."""
    kpis = tuple(line.kpi for line in card.card.lines) if card else ()
    return ordered(scores, asked, kpis).select_related("person", "department", "room")


def newest_kept() -> date | None:
    """The month to show first; None where nothing is kept."""
    month = _first_to_show(_months())
    return month.month if month else None


def _first_to_show(months: Sequence[KeptMonth]) -> KeptMonth | None:
    """The newest with anyone in it, or the one before it while that one has hardly begun."""
    peopled = [month for month in months if getattr(month, "peopled", False)] or list(months)
    told = [month for month in peopled if month.until and month.until - bounds(month.month)[0] >= ENOUGH_DAYS]
    return next(iter(told or peopled), None)


# (role, department or room, its name, how many people); rooms have no role and count nobody
Counted = tuple[str, int | None, str | None, int]


def _counted(seen: QuerySet[KeptScore]) -> list[Counted]:
    """The roles and departments of whom one may see, and all rooms, in one query."""
    people = seen.order_by().values(of=F("role"), key=F("department"), name=F("department__name"))
    rooms = Account.objects.order_by().values(of=Value("", CharField()), key=F("pk"), called=F("name"))
    found = people.annotate(people=Count("pk")).union(rooms.annotate(people=Value(0)), all=True)
    return [tuple(row.values()) for row in found]


def _roles(counted: Sequence[Counted], cards: Mapping[str, DefaultCard]) -> list[tuple[str, int]]:
    people: Counter[str] = Counter()
    for role, _key, _name, count in counted:
        people[role] += count
    return [(role, count) for role, count in people.most_common() if role in cards]


def _named(counted: Sequence[Counted], role: str) -> list[Choice]:
    """The departments of a role, or the rooms, by name; who is nowhere is found without a filter."""
    found = [Choice(key, name or "", count) for of, key, name, count in counted if of == role and key is not None]
    return sorted(found, key=lambda choice: choice.name)


def _months() -> list[KeptMonth]:
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
    return list(kept.annotate(busy=changes, peopled=Exists(scores), **bundle))


def _totals(found: QuerySet[KeptScore]) -> Totals:
    """One query: the people's sums and every KPI's, side by side."""
    people = found.order_by().values(kind=Value("", CharField())).annotate(
        n=Count("pk"), a=Sum("air_ms"), b=Sum("planned_ms"), c=Sum("sessions")
    )  # fmt: skip
    by_kpi = KeptLine.objects.filter(score__in=found.order_by().values("pk")).order_by().values(kind=F("kpi"))
    nothing = Value(None, IntegerField())
    lines = by_kpi.annotate(n=Count("top"), a=Sum("top"), b=Sum("bottom"), c=nothing)
    sums = {kind: rest for kind, *rest in people.union(lines, all=True).values_list("kind", "n", "a", "b", "c")}
    count, air, planned, sessions = sums.pop("", (0, None, None, None))
    return Totals(
        people=count,
        sessions=sessions or 0,
        air_ms=air,
        planned_ms=planned,
        lines={kpi: Sums(known, top, bottom) for kpi, (known, top, bottom, _nothing) in sums.items()},
    )


def _empty(asked: TeamFilter, months: Sequence[date]) -> Team:
    nobody = Totals(0, 0, None, None, {})
    return Team(asked, None, months, False, (), (), (), None, nobody, KeptScore.objects.none(), 1)

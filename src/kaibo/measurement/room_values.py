"""What rooms gave in a month and who answers for them: the routes `account` and `team` of the current computations.

Of a closed month who answered then, and only what was fixed.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q, QuerySet

from kaibo.database.prepared import among
from kaibo.kpi import rooms
from kaibo.kpi.catalog import KPIS, PLANNED_BROADCASTS, Kpi
from kaibo.kpi.inputs import AnswerIn
from kaibo.kpi.measures import OUT, TOLD, UNTOLD
from kaibo.kpi.rooms import ANY_DUTY, TEAM, Held, RoomDay
from kaibo.kpi.teams import Teams
from kaibo.kpi.values import Amounts, Piece, Value, untold_in
from kaibo.live.models import Account, Responsibility
from kaibo.measurement.broadcast_plan import BroadcastPlan, broadcast_plan, counted
from kaibo.measurement.closed import Closed, closed_months
from kaibo.measurement.covered import Coverage, coverage, days_of_month
from kaibo.measurement.finders import fact_sums, facts_in
from kaibo.measurement.last_orders import last_orders
from kaibo.measurement.models import SegmentFact
from kaibo.measurement.months import next_month

# the places of facts that are their room's
ROOMS = Q(pk__in=[])
for _place, _kinds in rooms.PLACES.items():
    ROOMS |= Q(place=_place) if _kinds is None else Q(place=_place, kind__in=_kinds)


# what these rooms gave on the days on which they are held: KPI key → value
Worth = Callable[[Sequence[Held]], Mapping[str, Value]]


@dataclass(frozen=True)
class RoomMonth:
    """`answers`: who answers for which rooms in the month. `days`: account → its days, of the rooms asked for.

    `teams`: whose rooms are whose team's, where that was asked for, and `worth` what they gave.
    """

    month: date
    answers: Sequence[Held] = ()
    days: Mapping[int, Sequence[RoomDay]] = field(default_factory=dict)
    values: Mapping[tuple[int, str], Mapping[str, Value]] = field(default_factory=dict)
    teams: Teams | None = None
    worth: Worth = lambda _held: {}

    def of(self, person: int, duty: str = ANY_DUTY, position: str = "") -> Sequence[Held]:
        """What the person answers for in this duty (in any). TEAM: the rooms of their team in that position."""
        if duty == TEAM:
            return self.teams.of(person, position) if self.teams else ()
        return [one for one in self.answers if one.person == person and duty in (ANY_DUTY, one.duty)]

    def days_held(self, answers: Iterable[Held]) -> list[RoomDay]:
        """What was given on the days on which these hold."""
        return rooms.days_held(self.days, answers)

    def value(self, kpi: str, person: int, duty: str = ANY_DUTY, position: str = "") -> Value | None:
        """None where the person answers for no room in this duty, or where rooms have no value of it."""
        if duty == TEAM:
            held = self.of(person, duty, position)
            return self.worth(held).get(kpi) if held else None
        found = self.values.get((person, duty))
        return found.get(kpi) if found else None

    def duties(self, person: int) -> list[str]:
        return list(dict.fromkeys(one.duty for one in self.of(person)))


def answers_in(month: date, closed: Closed | None = None) -> list[Held]:
    """Everyone who answers for a room on any day of the month; one query, none for a closed month."""
    closed = closed_months() if closed is None else closed
    first, after = month.replace(day=1), next_month(month)
    one = closed.get(first)
    if one is not None and "answers" in one.frozen:
        found = rooms.held(AnswerIn(*row) for row in one.frozen["answers"])
    else:
        there = Responsibility.objects.filter(start__lt=after).exclude(end__lte=first)
        columns = ("person", "duty", "account", "start", "end")
        found = [Held(*row) for row in there.order_by("account", "duty", "start", "pk").values_list(*columns)]
    return [one for one in found if one.start < after and (one.end is None or one.end > first)]


def room_month(
    people: Collection[int],
    month: date,
    kpis: Iterable[str],
    closed: Closed | None = None,
    *,
    teams: Teams | None = None,
    plan: BroadcastPlan | None = None,
    definitions: Mapping[str, Kpi] | None = None,
    imported: Coverage | None = None,
) -> RoomMonth:
    """What these people answer for and these KPIs of it; `teams`: and of their teams' rooms. A query or three.

    `plan`: of broadcasts; read here where a KPI asks for it and the caller has none. `imported`: which files there
    are, likewise. `definitions`: those of another time.
    """
    closed = closed_months() if closed is None else closed
    first, after = month.replace(day=1), next_month(month)
    wanted = [(definitions or KPIS)[key] for key in kpis]
    mine = [one for one in answers_in(month, closed) if one.person in set(people)] if wanted else []
    ids = {one.account for one in mine} | set(teams.accounts if teams and wanted else ())
    if not ids:
        return RoomMonth(first, teams=teams)
    measures = {measure for kpi in wanted for measure in kpi.measures}
    measures |= {f"{OUT}{measure}" for kpi in wanted if kpi.leaves_outages for measure in kpi.measures}
    measures |= {f"{UNTOLD}{measure}" for measure in measures & TOLD}
    imported = (imported or coverage(closed)).of(first)
    platforms = dict(Account.everyone.filter(pk__in=ids).values_list("pk", "platform"))
    days = rooms.by_room(_days(facts_of_rooms(first, after, ids, closed), measures, first, platforms, imported))
    ordered = imported.last_orders if first in closed else last_orders(first, ids)
    if plan is None:
        plan = broadcast_plan(first, closed) if PLANNED_BROADCASTS in measures else BroadcastPlan()

    def worth(of: Sequence[Held]) -> Mapping[str, Value]:
        theirs = {platforms[one.account] for one in of}
        of_days = rooms.days_held(days, of)
        return rooms.values_of(
            of_days, wanted,
            covered=imported.heard(imported.tables(*days_of_month(first), theirs), rooms.silent_of(of_days)),
            refund_days=imported.refund_days, after_sales_until=imported.after_sales_until(theirs),
            planned_broadcasts=counted(plan.of_rooms(of)), frozen=definitions is not None, last_orders=ordered,
        )  # fmt: skip

    values = {key: worth(of) for key, of in rooms.of_duties(mine).items()}
    return RoomMonth(first, mine, days, values, teams, _once(worth))


def _once(worth: Worth) -> Worth:
    """Whoever has the same team has the same value."""
    known: dict[tuple[Held, ...], Mapping[str, Value]] = {}

    def found(of: Sequence[Held]) -> Mapping[str, Value]:
        key = tuple(of)
        if key not in known:
            known[key] = worth(key)
        return known[key]

    return found


def facts_of_rooms(
    start: date, end: date, accounts: Collection[int], closed: Closed | None = None
) -> QuerySet[SegmentFact]:
    """The facts of business dates in [start, end) that are these rooms', whoever was on shift."""
    return facts_in(start, end, closed).filter(ROOMS, among("account", accounts))


def _days(
    facts: QuerySet[SegmentFact], measures: Collection[str], month: date, platforms: Mapping[int, str],
    imported: Coverage,
) -> list[RoomDay]:  # fmt: skip
    named = Q(measure__in=measures)
    for measure in sorted(measures):
        # money that waits for a rate stands under a name of its own
        named |= Q(measure__startswith=f"{measure}@") if measure.endswith("_minor") else Q()
    facts = facts.filter(named)
    sums = fact_sums(facts, "account", "session", "date", "session__start")
    pieces = _pieces(facts, {session for (_room, session, *_), amounts in sums.items() if untold_in(amounts)})
    return [
        RoomDay(
            room, session, day, amounts,
            imported.silent_on(month, platforms[room], day) if session is None
            else imported.silent(month, platforms[room], began, session),
            pieces.get((room, session, day), ()),
        )
        for (room, session, day, began), amounts in sums.items()
    ]  # fmt: skip


def _pieces(
    facts: QuerySet[SegmentFact], sessions: Collection[int | None]
) -> dict[tuple[int, int | None, date], tuple[Piece, ...]]:
    """(room, session, day) → the segments of these sessions, of which files tell some only; a query where there are."""
    there = sorted(pk for pk in sessions if pk is not None)
    if not there:
        return {}
    found: dict[tuple[int, int | None, date], dict[int | None, Amounts]] = {}
    by_segment = fact_sums(facts.filter(among("session", there)), "account", "session", "date", "segment")
    for (room, session, day, segment), amounts in by_segment.items():
        found.setdefault((room, session, day), {})[segment] = amounts
    return {key: rooms.in_segments(segments) for key, segments in found.items()}

"""The routes of rooms: what a room sold and spent, on shift or off, is whoever's who answers for it on that day.

A room's day has everything of its segments, whoever was there, what was ordered after its broadcasts (下播后成交) and
the ad spend of its time off air. It is not divided: several people with different duties may each have the whole of it.
The route `team` is the rooms of one's department, or every room: see kpi.teams.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from kaibo.kpi.ad_spend import OFF_AIR_KINDS
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.inputs import AnswerIn, FactOut
from kaibo.kpi.values import (
    Amounts,
    Piece,
    Pool,
    Value,
    immature_until,
    merged,
    ordered_until,
    pieces_of,
    pools,
    untold_in,
    value_of,
)

# (room, session or None for off air, day) → the fact tables that nobody gave for it (see Pool.silent)
Silent = Callable[[int, int | None, date], frozenset[str]]

# the places of a room's facts that are the room's, with the kinds that count there; None: all
PLACES: Mapping[str, frozenset[str] | None] = {
    "segment": None,
    "after": frozenset({"self_live"}),
    "outside": frozenset(OFF_AIR_KINDS),
}
NO_ORDERS: Mapping[int, date] = MappingProxyType({})
# every duty of one person together, and everyone's rooms
ANY_DUTY, TEAM = "", "team"


@dataclass(frozen=True)
class RoomDay:
    """What one session (None: no session's, off air) gave a room on a business date. `silent`, `pieces`: see Pool."""

    account: int
    session: int | None
    date: date
    amounts: Amounts
    silent: frozenset[str] = frozenset()
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True)
class Held:
    """That someone answers for a room from `start` on, until `end` (half-open; None: open).

    `department`: of the route `team`, whose rooms these are (None: all of the company).
    """

    person: int
    duty: str
    account: int
    start: date
    end: date | None = None
    department: int | None = None

    def holds(self, account: int, day: date) -> bool:
        return account == self.account and self.start <= day and (self.end is None or day < self.end)


def held(answers: Iterable[AnswerIn]) -> list[Held]:
    return [
        Held(a.person, a.duty, a.account, date.fromisoformat(a.start), date.fromisoformat(a.end) if a.end else None)
        for a in answers
    ]


def is_rooms(place: str, kind: str) -> bool:
    """Whether a fact of this place and kind is its room's."""
    kinds = PLACES.get(place, frozenset())
    return kinds is None or kind in kinds


def _nothing(_room: int, _session: int | None, _day: date) -> frozenset[str]:
    return frozenset()


def days_of(facts: Iterable[FactOut], first: date, after: date, silent: Silent = _nothing) -> list[RoomDay]:
    """What the facts say of rooms on the days of [first, after). `silent`: of what files lack."""
    low, high = first.isoformat(), after.isoformat()
    found: dict[tuple[int, int | None, str], dict[int | None, list[Amounts]]] = defaultdict(lambda: defaultdict(list))
    for fact in facts:
        if fact.account is not None and is_rooms(fact.place, fact.kind) and low <= fact.date < high:
            of_day = found[fact.account, fact.session, fact.date]
            of_day[fact.segment].append({(fact.measure, fact.basis): fact.amount})
    return [_day(*key, {number: merged(of) for number, of in parts.items()}, silent) for key, parts in found.items()]


def _day(
    room: int, session: int | None, day: str, segments: Mapping[int | None, Amounts], silent: Silent
) -> RoomDay:  # fmt: skip
    on, amounts = date.fromisoformat(day), merged(segments.values())
    pieces = in_segments(segments) if untold_in(amounts) else ()
    return RoomDay(room, session, on, amounts, silent(room, session, on), pieces)


def in_segments(segments: Mapping[int | None, Amounts]) -> tuple[Piece, ...]:
    """The segments of a broadcast (None: what was ordered after it, which is of no segment and of none of these)."""
    return pieces_of(segments[number] for number in sorted(one for one in segments if one is not None))


def of_duties(answers: Iterable[Held]) -> dict[tuple[int, str], list[Held]]:
    """(person, duty) → what they answer for; and under ANY_DUTY all of it."""
    found: dict[tuple[int, str], list[Held]] = defaultdict(list)
    for one in answers:
        found[one.person, one.duty].append(one)
        found[one.person, ANY_DUTY].append(one)
    return dict(found)


def days_held(days: Mapping[int, Sequence[RoomDay]], answers: Iterable[Held]) -> list[RoomDay]:
    """The days of these rooms on which they are held, each once. `days`: account → its days."""
    rooms: dict[int, list[Held]] = defaultdict(list)
    for one in answers:
        rooms[one.account].append(one)
    return [
        day
        for account, of_room in sorted(rooms.items())
        for day in days.get(account, ())
        if any(one.holds(account, day.date) for one in of_room)
    ]


def silent_of(days: Sequence[RoomDay]) -> list[frozenset[str]]:
    """What lacks of each session; where there is none of each day off air."""
    return [day.silent for day in days if day.session is not None] or [day.silent for day in days]


def by_room(days: Iterable[RoomDay]) -> dict[int, list[RoomDay]]:
    found: dict[int, list[RoomDay]] = defaultdict(list)
    for day in days:
        found[day.account].append(day)
    return dict(found)


def values_of(
    days: Sequence[RoomDay],
    kpis: Iterable[Kpi],
    *,
    covered: set[str],
    refund_days: int,
    after_sales_until: date | None,
    planned_broadcasts: int | None = None,
    frozen: bool = False,
    last_orders: Mapping[int, date] = NO_ORDERS,
) -> dict[str, Value]:
    """KPI key → value of these days together, of every KPI that may be credited by room. `planned_broadcasts`: of
    these rooms and days. `frozen`: the definitions are those of another time.

    `last_orders`: session → the last local day on which an order may be its, off air too; where it is not known, as if
    nothing was ordered after the broadcast.
    """
    together = list(_pools(days))
    last = max(
        (last_orders.get(day.session, ordered_until(day.date)) for day in days if day.session is not None), default=None
    )
    return {
        kpi.key: value_of(
            kpi.key,
            together,
            covered=covered,
            immature_until=immature_until(last, refund_days, after_sales_until) if last else None,
            planned_broadcasts=planned_broadcasts,
            definition=kpi if frozen else None,
        )
        for kpi in kpis
        if kpi.of_rooms
    }


def _pools(days: Iterable[RoomDay]) -> Iterator[Pool]:
    """Sessions by what is known of them; what is no session's counts as none, and not where its room's files lack:
    spend whose sales nobody knows stands against none.
    """
    sessions: dict[int, list[RoomDay]] = defaultdict(list)
    off_air: dict[frozenset[str], list[Amounts]] = defaultdict(list)
    for day in days:
        if day.session is None:
            off_air[day.silent].append(day.amounts)
        else:
            sessions[day.session].append(day)
    yield from pools(
        Pool(
            1,
            merged(day.amounts for day in of),
            frozenset().union(*(day.silent for day in of)),
            tuple(piece for day in of for piece in day.pieces),
        )
        for of in sessions.values()
    )
    yield from (Pool(0, merged(of), silent) for silent, of in off_air.items())

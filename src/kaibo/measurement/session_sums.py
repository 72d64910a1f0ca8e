"""All sums that the page of one session shows, in one query: what happened in it, who is credited, its room's day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, CharField, F, Max, QuerySet, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from kaibo.database.prepared import Prepared
from kaibo.kpi.measures import AIR, BROADCASTS, OUT, PEAK, PEOPLE, is_peak
from kaibo.live.models import Session
from kaibo.measurement.closed import Closed
from kaibo.measurement.day_against_plan import OfSession, sold_on
from kaibo.measurement.finders import Part, current_facts
from kaibo.measurement.models import ComputationState, Credit
from kaibo.measurement.room_values import facts_of_rooms
from kaibo.measurement.session_figures import Places

COLUMNS = ("what", "first", "second", "part", "who", "named", "how", "sum", "peak")
FACT, HOST, ROLE, DAY = "fact", "host", "role", "day"
# each person's own, not shared out among a role's people: their time, a peak that each of them had, and viewers whom
# events name, since each of them met every one
PEOPLE_KEYS = tuple(one.key for one in PEOPLE)
OWN = (AIR, BROADCASTS, PEAK, *PEOPLE_KEYS, *(f"{OUT}{key}" for key in PEOPLE_KEYS))


@dataclass(frozen=True)
class SessionSums:
    """`places`: (place, kind, segment) → amounts. `hosts`: orders and sales credited to hosts, by person, segment and
    reason. `roles`: (crew role, measure) → all that is credited in it. `day`: what each
    session of the room gave to the day asked for.
    """

    places: Places
    hosts: Sequence[Part]
    roles: Mapping[tuple[str, str], int]
    day: Sequence[OfSession]


def session_sums(session: Session, day: date | None, closed: Closed) -> SessionSums:
    """`day`: whose sums of the whole room are asked for; None: nobody asks."""
    of_day = {} if day is None else {"day": day, "after": day + timedelta(days=1), "room": session.account_id}
    # what closed months fixed is in no values
    asked = _all_sums if not closed else lambda **values: _all(closed, **values)
    return _sorted_out(asked(session=session.pk, **of_day))


def _all(closed: Closed, *, session: Any, day: Any = None, after: Any = None, room: Any = None) -> "QuerySet[Any, Any]":
    facts = current_facts().filter(session=session)
    credits = Credit.objects.filter(computation__state=ComputationState.CURRENT, session=session)
    of_hosts = credits.filter(role="host", measure__in=("orders", "paid_minor"))
    rows = [
        _sums(facts, FACT, first=F("place"), second=F("kind"), part=F("segment")),
        _sums(of_hosts, HOST, second=F("reason"), part=F("segment"), who=F("person")),
        _sums(credits.exclude(measure__in=OWN), ROLE, first=F("role")),
    ]
    if day is not None:
        of_room = facts_of_rooms(day, after, [room], closed)
        # a union has one kind of value in a column
        began = Cast("session__start", CharField())
        rows.append(_sums(sold_on(of_room), DAY, second=began, part=F("session")))
    return rows[0].union(*rows[1:], all=True).values_list(*COLUMNS)


_all_sums: Prepared[Any] = Prepared(lambda **values: _all({}, **values))


def _sums(rows: "QuerySet[Any]", what: str, **columns: Combinable) -> "QuerySet[Any]":
    """Summed by these columns, measure and basis; a column that it does not have is the same for all."""
    text, number = Value("", CharField()), Value(None, BigIntegerField())
    usual: dict[str, Combinable] = {"first": text, "second": text, "part": number, "who": number}
    by = {"what": Value(what, CharField()), **usual, **columns, "named": F("measure"), "how": F("basis")}
    grouped: QuerySet[Any] = rows.order_by().values(**by).annotate(sum=Sum("amount"), peak=Max("amount"))
    return grouped


def _sorted_out(rows: Iterable[Any]) -> SessionSums:
    places: dict[tuple[Any, ...], dict[tuple[str, str], int]] = defaultdict(dict)
    hosts: dict[tuple[int | None, int, str], dict[tuple[str, str], int]] = defaultdict(dict)
    roles: dict[tuple[str, str], int] = defaultdict(int)
    day: dict[tuple[int | None, datetime | None], dict[tuple[str, str], int]] = defaultdict(dict)
    for what, first, second, part, who, measure, basis, total, peak in rows:
        amount = peak if is_peak(measure) else total
        if what == FACT:
            places[first, second, part][measure, basis] = amount
        elif what == HOST:
            hosts[who, part, second][measure, basis] = amount
        elif what == ROLE:
            roles[first, measure] += total
        else:
            day[part, _instant(second)][measure, basis] = amount
    of_hosts = [
        Part(amounts=amounts, person=person, role="host", segment=segment, reason=reason)
        for (person, segment, reason), amounts in sorted(hosts.items(), key=_order)
    ]
    of_day = [(session, began, amounts) for (session, began), amounts in day.items()]
    return SessionSums(dict(places), of_hosts, dict(roles), of_day)


def _instant(text: str | None) -> datetime | None:
    """As a database writes an instant as text, in UTC."""
    if not text:
        return None
    said = datetime.fromisoformat(text)
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def _order(one: tuple[tuple[int | None, int, str], Any]) -> tuple[bool, int, int, str]:
    """By person, nobody last."""
    person, segment, reason = one[0]
    return person is None, person or 0, segment, reason

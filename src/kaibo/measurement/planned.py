"""Planned hours: a shift counts on its business day, which begins at the boundary hour, not at midnight.

Of a closed month what was planned at closing is what was planned.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime

from django.db.models import QuerySet

from kaibo.kpi.due import Stretch, length
from kaibo.live.business_days import business_start
from kaibo.live.due import DueShift, due_shifts, planned_between
from kaibo.live.instants import to_instant, to_ms
from kaibo.live.models import Account, Shift
from kaibo.measurement.closed import Closed, ClosedMonth, closed_months, closed_shifts
from kaibo.measurement.months import next_month


def planned_now(start: date, end: date) -> QuerySet[Shift]:
    """Shifts planned with a business date in [start, end); cancelled ones were no plan, absent ones were."""
    return planned_between(business_start(start), business_start(end))


def planned_in(
    start: date, end: date, *, role: str = "", people: Collection[int] | None = None, closed: Closed | None = None
) -> list[Shift]:
    """The same with room and person, in the order of their planned start; of closed months as they were."""
    found: list[Shift] = []
    for first, after, one in _stretches(start, end, closed_months() if closed is None else closed):
        if one:
            shifts = closed_shifts(one.id, start=first, end=after, role=role, people=people)
            found += [shift for shift in shifts if shift.planned_start]
        else:
            open_ones = planned_now(first, after).select_related("person", "account").order_by("planned_start", "pk")
            open_ones = open_ones.filter(role=role) if role else open_ones
            found += open_ones if people is None else open_ones.filter(person__in=people)
    return found


def _stretches(start: date, end: date, months: Closed) -> Iterator[tuple[date, date, ClosedMonth | None]]:
    """[start, end) in pieces: each closed month by itself, and what lies between."""
    at = start
    for month, closed in sorted(months.items()):
        first, after = max(month, at), min(next_month(month), end)
        if first < after:
            if at < first:
                yield at, first, None
            yield first, after, closed
            at = after
    if at < end:
        yield at, end, None


def due_in(
    start: date, end: date, *, role: str = "", people: Collection[int] | None = None, closed: Closed | None = None
) -> list[DueShift]:
    """The shifts as they are due: published else planned, less leave; of closed months as it was at closing."""
    found: list[DueShift] = []
    for first, after, one in _stretches(start, end, closed_months() if closed is None else closed):
        if one:
            shifts = closed_shifts(one.id, start=first, end=after, role=role, people=people)
            found += [due for shift in shifts for due in [due_as_closed(shift)] if due]
        else:
            found += due_shifts(first, after, role=role, people=people)
    return found


def due_as_closed(shift: Shift) -> DueShift | None:
    """What was due of a closed month's shift; None where it was not planned, or not published with its month."""
    if shift.planned_start is None or shift.planned_end is None or shift.due == []:
        return None
    start, end = shift.planned_start, shift.planned_end
    pieces: tuple[Stretch, ...] = ((to_ms(start), to_ms(end)),)
    if shift.due is not None:
        begin, stop, left = shift.due
        start, end = to_instant(begin), to_instant(stop)
        pieces = tuple((a, b) for a, b in left)
    return DueShift(shift.pk, shift.person_id, shift.account_id, shift.role, start, end, pieces, published=False)


def due_ms(found: Iterable[DueShift]) -> dict[tuple[int, str], int]:
    """(person, role) → milliseconds of the union of what is due; who had no plan is absent, who was on leave throughout
    has 0. As time on air is: an hour planned in two rooms at once is one hour.
    """
    pieces: dict[tuple[int, str], list[Stretch]] = defaultdict(list)
    for one in found:
        pieces[one.person, one.role].extend(one.pieces)
    return {key: length(of) for key, of in pieces.items()}


def planned_on(
    found: Iterable[DueShift], platforms: Mapping[int, str]
) -> dict[tuple[int, str], set[tuple[str, datetime]]]:
    """(person, role) → of what they were due in the room's platform and its beginning. `platforms`: room → its own."""
    of: dict[tuple[int, str], set[tuple[str, datetime]]] = defaultdict(set)
    for one in found:
        of[one.person, one.role].add((platforms.get(one.account, ""), one.start))
    return dict(of)


def room_platforms() -> dict[int, str]:
    """Of every room, merged ones too; one query."""
    return dict(Account.everyone.order_by().values_list("pk", "platform"))

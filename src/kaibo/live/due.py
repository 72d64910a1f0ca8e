"""What is due of whom: the published roster less approved leave; the plan as it stands where nothing was published.

A published shift is due as it was published, whatever was changed since, unless it was cancelled or given to somebody
else: a change never makes more due before it is published too.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, CharField, DateField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, TruncDate
from django.utils import timezone

from kaibo.database.prepared import Prepared
from kaibo.kpi.due import Stretch, length, without
from kaibo.live.business_days import business_day, business_start
from kaibo.live.instants import to_ms
from kaibo.live.models import Shift, ShiftState
from kaibo.live.plan_models import Leave, LeaveState, PublishedShift

PUBLISHED, PLANNED, LEAVE = "published", "planned", "leave"


@dataclass(frozen=True)
class DueShift:
    """A shift as it is due. `pieces`: what leave leaves of it, ms. `published`: due as published, not as it stands."""

    shift: int | None
    person: int
    account: int
    role: str
    start: datetime
    end: datetime
    pieces: tuple[Stretch, ...]
    published: bool

    @property
    def whole(self) -> Stretch:
        return to_ms(self.start), to_ms(self.end)

    @property
    def whole_ms(self) -> int:
        return self.whole[1] - self.whole[0]

    @property
    def due_ms(self) -> int:
        return length(self.pieces)

    @property
    def away_ms(self) -> int:
        return self.whole_ms - self.due_ms


def due_shifts(first: date, end: date, *, people: Collection[int] | None = None, role: str = "") -> list[DueShift]:
    """Every shift with a business date in [first, end) as it is due, by start; one query. Both are firsts of months,
    or lie in one month that was published or not as a whole.
    """
    start, over = business_start(first), business_start(end)
    wanted = Q() if people is None else Q(person__in=people)
    covered = Covered()
    leaves: dict[int, list[Stretch]] = defaultdict(list)
    shifts: list[_Row] = []
    for row in _rows(wanted, first, start, over):
        if row.kind == LEAVE:
            leaves[row.person].append((to_ms(row.start), to_ms(row.end)))
            continue
        if row.kind == PUBLISHED:
            covered.add(row.person, row.start, row.days_from, row.days_until)
        shifts.append(row)
    found = [
        _due(row, leaves.get(row.person, ()))
        for row in shifts
        if start <= row.start < over
        and (not role or row.role == role)
        and (row.counts if row.kind == PUBLISHED else not covered.has(row.person, row.start))
    ]
    return sorted(found, key=lambda one: (one.start, one.shift or 0))


def due_in_room(account: int, month: date, role: str) -> list[tuple[datetime, datetime]]:
    """[start, end) of the shifts that `due_shifts` gives for this month, room and role, whole; one query.

    Whether the plan of a person counts depends on what was published in any room.
    """
    first = month.replace(day=1)
    start, over = business_start(first), business_start((first + timedelta(days=32)).replace(day=1))
    return _due_in_room(account=account, role=role, first=first, start=start, over=over)


def _in_room(*, account: Any, role: Any, first: Any, start: Any, over: Any) -> QuerySet[Any, tuple[datetime, datetime]]:
    of_month = PublishedShift.objects.filter(publication__month=first)
    counting = of_month.filter(
        replaced_by=None, account=account, role=role, start__gte=start, start__lt=over, shift__person=F("person")
    ).exclude(shift__state=ShiftState.CANCELLED)
    planned = planned_between(start, over).filter(account=account, role=role)
    planned = planned.annotate(day=TruncDate("planned_start", tzinfo=timezone.get_default_timezone()))
    before = Q(days_from=None) | Q(days_from__lte=OuterRef("day"))
    after = Q(days_until=None) | Q(days_until__gt=OuterRef("day"))
    planned = planned.exclude(Exists(of_month.filter(before, after, person=OuterRef("person")).order_by()))
    # several people may be due at the same time
    rows = counting.order_by().values_list("start", "end")
    return rows.union(planned.order_by().values_list("planned_start", "planned_end"), all=True)


_due_in_room: Prepared[tuple[datetime, datetime]] = Prepared(_in_room)


def _month(start: datetime) -> date:
    return business_day(start).replace(day=1)


def planned_between(start: Any, end: Any) -> QuerySet[Shift]:
    """Shifts planned to begin in [start, end); cancelled ones were no plan, absent ones were."""
    return Shift.objects.exclude(state=ShiftState.CANCELLED).filter(planned_start__gte=start, planned_start__lt=end)


class Covered:
    """Of whom which days of a month were published, whatever has replaced it since: there the plan alone is not due."""

    def __init__(self) -> None:
        self._days: dict[tuple[int, date], set[tuple[date, date]]] = defaultdict(set)

    def add(self, person: int, start: datetime, days_from: date | None, days_until: date | None) -> None:
        """By a published shift: its start, and the days for which its publication speaks."""
        self._days[person, _month(start)].add((days_from or date.min, days_until or date.max))

    def has(self, person: int, start: datetime) -> bool:
        """Whether a shift that begins then is on such a day."""
        day = timezone.localdate(start)
        return any(first <= day < until for first, until in self._days.get((person, _month(start)), ()))


class _Row(NamedTuple):
    """A published shift, one of the plan, or a leave. `replaced`, `state`, `now`: what became of a published one;
    `days_from`, `days_until`: what its publication speaks of.
    """

    kind: str
    shift: int | None
    person: int
    account: int
    role: str
    start: datetime
    end: datetime
    replaced: int | None
    state: str | None
    now: int | None
    days_from: date | None
    days_until: date | None

    @property
    def counts(self) -> bool:
        """In force, and still that person's: who gave a shift away owes nothing of it."""
        return self.replaced is None and self.now == self.person and self.state != ShiftState.CANCELLED


def _published(first: date, end: datetime) -> Q:
    return Q(publication__month__gte=first.replace(day=1), publication__month__lt=timezone.localdate(end))


def _rows(wanted: Q, first: date, start: datetime, end: datetime) -> list[_Row]:
    nothing, nobody = Value("", output_field=CharField()), Value(0, output_field=BigIntegerField())
    no_day = Cast(Value(None), DateField())
    published = PublishedShift.objects.filter(wanted, _published(first, end))
    leaves = Leave.objects.filter(wanted, state=LeaveState.APPROVED, start__lt=end, end__gt=start)
    kind = [Value(name, output_field=CharField()) for name in (PUBLISHED, PLANNED, LEAVE)]
    # each begins in its own month: a month's publication is read whole, so that it is known to cover it
    together = (
        published.order_by()
        .annotate(row_kind=kind[0])
        .values_list(
            "row_kind",
            "shift",
            "person",
            "account",
            "role",
            "start",
            "end",
            "replaced_by",
            "shift__state",
            "shift__person",
            "days_from",
            "days_until",
        )
        .union(
            planned_between(start, end)
            .filter(wanted)
            .order_by()
            .annotate(row_kind=kind[1], none=nobody, no_day=no_day)
            .values_list(
                "row_kind", "pk", "person", "account", "role", "planned_start", "planned_end", "none", "state",
                "person", "no_day", "no_day",
            ),
            leaves.order_by()
            .annotate(row_kind=kind[2], none=nobody, empty=nothing, no_day=no_day)
            .values_list(
                "row_kind", "pk", "person", "none", "empty", "start", "end", "none", "state", "person", "no_day",
                "no_day",
            ),
            all=True,
        )
    )  # fmt: skip
    return [_Row(*row) for row in together]


def _due(row: _Row, away: Iterable[Stretch]) -> DueShift:
    pieces = without([(to_ms(row.start), to_ms(row.end))], away)
    published = row.kind == PUBLISHED
    return DueShift(row.shift, row.person, row.account, row.role, row.start, row.end, tuple(pieces), published)

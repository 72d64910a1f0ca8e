"""Planned shifts as the rosters in use say. What people confirmed, refused or cancelled always stays as they said."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from kaibo.audit.record import record
from kaibo.facts.schema import ROSTER_SHIFT
from kaibo.imports.models import Batch
from kaibo.live.models import Account, CrewRole, Shift, ShiftCode, ShiftState
from kaibo.live.months import months_of
from kaibo.live.roster import RosterRow, has_times, known_people, known_rooms, plain, room_of, rows_in_use
from kaibo.login.models import User
from kaibo.org.models import WEIGHT, Appointment, Person

# batch, row, column, person
Key = tuple[int | None, int | None, int | None, int]
# person, room, role, start, end
Seat = tuple[int, int, str, datetime | None, datetime | None]
UNKNOWN_NAME, UNKNOWN_CODE, UNKNOWN_ROOM, UNKNOWN_ROLE, OVERLAPS = "name", "code", "room", "role", "overlap"


@dataclass(frozen=True)
class Planned:
    batch: int
    row: int
    column: int
    account: Account
    person: Person
    role: str
    start: datetime
    end: datetime

    @property
    def key(self) -> Key:
        return self.batch, self.row, self.column, self.person.pk

    @property
    def seat(self) -> Seat:
        return self.person.pk, self.account.pk, self.role, self.start, self.end


@dataclass
class Outcome:
    """What a sync did. `waiting`: cells that made no shift, by why; `unresolved`: those nobody has explained yet."""

    made: int = 0
    changed: int = 0
    removed: int = 0
    waiting: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    months: set[str] = field(default_factory=set)
    members: list[str] = field(default_factory=list)
    unresolved: set[tuple[int | None, int | None, int | None]] = field(default_factory=set)


def sync_roster_shifts(*, by: User | None) -> Outcome:
    """Make, move and remove planned shifts until they equal the rosters in use. Calling it twice changes nothing."""
    with transaction.atomic():
        # one at a time: two would both make the shifts that neither found
        list(Batch.objects.select_for_update().filter(table=ROSTER_SHIFT).order_by("pk").values_list("pk"))
        outcome = Outcome()
        planned = _planned(rows_in_use(), outcome)
        untouched = Q(batch__isnull=False, state=ShiftState.PLANNED, rostered__isnull=True)
        decided = list(Shift.objects.exclude(untouched))
        wanted = _without_overlaps(planned, decided, outcome)
        there = {_key(s): s for s in Shift.objects.filter(untouched)}
        _write(wanted, there, outcome)
        if outcome.months:
            newest = Batch.objects.filter(pk__in={p.batch for p in planned} | {k[0] for k in there}).last()
            if newest:
                record(
                    by=by, verb="shifts planned", target=newest, months=sorted(outcome.months),
                    made=outcome.made, changed=outcome.changed, removed=outcome.removed, members=outcome.members,
                )  # fmt: skip
        return outcome


def _key(shift: Shift) -> Key:
    return shift.batch_id, shift.row, shift.column, shift.person_id


def _seat(shift: Shift) -> Seat:
    return shift.person_id, shift.account_id, shift.role, shift.planned_start, shift.planned_end


def _write(wanted: Mapping[Key, Planned], there: Mapping[Key, Shift], outcome: Outcome) -> None:
    new, changed, kept = [], [], []
    # the same shift in another cell (of a newer roster) stays what it was, with what people said about it
    elsewhere = {_seat(shift): shift for key, shift in there.items() if key not in wanted}
    for key, plan in wanted.items():
        shift = there.get(key)
        if shift is None and plan.seat in elsewhere:
            shift = elsewhere.pop(plan.seat)
            shift.batch_id, shift.row, shift.column = plan.batch, plan.row, plan.column
            kept.append(shift)
        values = {
            "account_id": plan.account.pk,
            "role": plan.role,
            "planned_start": plan.start,
            "planned_end": plan.end,
        }
        if shift is None:
            new.append(Shift(person=plan.person, batch_id=plan.batch, row=plan.row, column=plan.column, **values))
        elif any(getattr(shift, name) != value for name, value in values.items()):
            outcome.months.update(months_of([(shift.planned_start, shift.planned_end)]))
            for name, value in values.items():
                setattr(shift, name, value)
            changed.append(shift)
    # a cell that is no longer understood (its code was forgotten) keeps the shift it once gave
    gone = {key: shift for key, shift in there.items() if key not in wanted and shift not in kept}
    removed = [shift for key, shift in gone.items() if key[:3] not in outcome.unresolved]
    Shift.objects.bulk_create(new, batch_size=500)
    Shift.objects.bulk_update(changed, ["account", "role", "planned_start", "planned_end"], batch_size=200)
    Shift.objects.bulk_update(kept, ["batch", "row", "column"], batch_size=200)
    Shift.objects.filter(pk__in=[shift.pk for shift in removed]).delete()
    outcome.made, outcome.changed, outcome.removed = len(new), len(changed), len(removed)
    for sign, shifts in (("made", new), ("changed", changed), ("removed", removed)):
        outcome.members += [f"{sign} {shift.pk}" for shift in shifts]
    outcome.months.update(months_of((s.planned_start, s.planned_end) for s in [*new, *changed, *removed]))


def _planned(rows: Iterable[RosterRow], outcome: Outcome) -> list[Planned]:
    people, rooms = known_people(), known_rooms()
    codes = {code.code: code for code in ShiftCode.objects.select_related("account")}
    roles = _Roles()
    found = []
    for row in rows:
        code = None if has_times(row) else codes.get(row.code)
        if not has_times(row) and (not row.code or (code and code.off)):
            continue
        person = people.get(plain(row.person_name))
        account = code.account if code else room_of(row, rooms) if has_times(row) else None
        role = (code.role if code else "") or row.role or (roles.of(person, row.date) if person else "")
        missing = (
            UNKNOWN_NAME if person is None
            else UNKNOWN_CODE if code is None and not has_times(row)
            else UNKNOWN_ROOM if account is None
            else UNKNOWN_ROLE if role not in CrewRole.values
            else ""
        )  # fmt: skip
        if missing or person is None or account is None:
            outcome.waiting[missing] += 1
            outcome.unresolved.add((row.batch, row.row, row.column))
            continue
        start, end = _times(row, code, ZoneInfo(account.zone))
        found.append(Planned(row.batch, row.row, row.column, account, person, role, start, end))
    return found


def _times(row: RosterRow, code: ShiftCode | None, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Wall-clock times of the room's zone; a code that ends on the next day does so by its own word.

    As UTC: two times of one zone are compared by their clocks, which jump in spring and autumn.
    """
    if code and code.start is not None and code.end is not None:
        last = row.date + timedelta(days=1) if code.next_day else row.date
        start, end = datetime.combine(row.date, code.start, zone), datetime.combine(last, code.end, zone)
    else:
        midnight = datetime.combine(row.date, time(), zone)
        start = midnight + timedelta(minutes=row.start_minute or 0)
        end = midnight + timedelta(minutes=row.end_minute or 0)
    return start.astimezone(UTC), end.astimezone(UTC)


def _without_overlaps(planned: Sequence[Planned], decided: Iterable[Shift], outcome: Outcome) -> dict[Key, Planned]:
    """Nobody is twice in one role of one room at a time: what people decided comes first, then the earlier cell."""
    taken: dict[tuple[int, int, str], list[tuple[datetime, datetime]]] = defaultdict(list)
    for shift in decided:
        start, end = shift.planned_start or shift.confirmed_start, shift.planned_end or shift.confirmed_end
        if start and end:
            taken[shift.person_id, shift.account_id, shift.role].append((start, end))
        if shift.rostered:
            # moved by a person: the cell's own words are answered too, in whatever roster they come again
            was = shift.rostered
            span = datetime.fromisoformat(was["start"]), datetime.fromisoformat(was["end"])
            taken[was["person"], was["account"], was["role"]].append(span)
    wanted: dict[Key, Planned] = {}
    for plan in sorted(planned, key=lambda p: (p.start, p.batch, p.row, p.column)):
        spans = taken[plan.person.pk, plan.account.pk, plan.role]
        if plan.end <= plan.start or any(start < plan.end and plan.start < end for start, end in spans):
            outcome.waiting[OVERLAPS] += 1
            continue
        spans.append((plan.start, plan.end))
        wanted[plan.key] = plan
    return wanted


class _Roles:
    """A person's crew role by the position held on a day (the main one first), where a roster or code names none."""

    def __init__(self) -> None:
        self._held: dict[int, list[Appointment]] = defaultdict(list)
        for appointment in Appointment.objects.select_related("position").order_by(WEIGHT, "start"):
            self._held[appointment.person_id].append(appointment)

    def of(self, person: Person, on: date) -> str:
        for appointment in reversed(self._held[person.pk]):
            in_force = appointment.start <= on and (appointment.end is None or on < appointment.end)
            if in_force and appointment.position.key in CrewRole.values:
                return str(appointment.position.key)
        return ""

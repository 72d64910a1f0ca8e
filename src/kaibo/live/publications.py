"""A month's published roster, and what was changed since: who, when and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from kaibo.audit.models import AuditEvent
from kaibo.live.access import visible_published, visible_shifts
from kaibo.live.business_days import business_start
from kaibo.live.due import Covered
from kaibo.live.models import Account, CrewRole, PublishedShift, RosterPublication, Shift, ShiftState
from kaibo.login.models import User
from kaibo.org.models import Person

MOVED, TAKEN_OFF, ADDED = "moved", "taken_off", "added"
TOLD_BY = ("move_shift", "plan_shift", "cancel_shift", "add_shift", "undo")
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Change:
    """What is otherwise than published. `who` is empty where a roster's file said so."""

    kind: str
    person: Person
    account: Account
    role: str
    before: Span | None
    after: Span | None
    shift: int | None
    who: str = ""
    why: str = ""
    at: datetime | None = None

    @property
    def role_label(self) -> str:
        return str(CrewRole(self.role).label)


@dataclass(frozen=True)
class Published:
    """`latest`: the newest publication that concerns the reader; None where nothing was published."""

    month: date
    latest: RosterPublication | None
    changes: Sequence[Change] = ()


def published(user: User, month: date) -> Published:
    """The month as this user may see it: their own shifts, their people's, all."""
    month = month.replace(day=1)
    rows = visible_published(user, month)
    latest = RosterPublication.objects.filter(shifts__in=rows.values("pk")).select_related("by").order_by("-pk").first()
    if latest is None:
        return Published(month, None)
    following = (month + timedelta(days=32)).replace(day=1)
    planned = (
        visible_shifts(user)
        .filter(planned_start__gte=business_start(month), planned_start__lt=business_start(following))
        .exclude(state=ShiftState.CANCELLED)
        .select_related("person", "account")
    )
    standing = rows.filter(replaced_by__isnull=True).select_related("person", "account", "shift__account")
    covered = _covered(rows)
    found = differences(
        list(standing), [one for one in planned if one.planned_start and covered.has(one.person_id, one.planned_start)]
    )
    return Published(month, latest, _told(found, latest.at))


def differences(standing: Iterable[PublishedShift], planned: Iterable[Shift]) -> list[Change]:
    """What the plan says otherwise than what was published, in the order of time."""
    now = {shift.pk: shift for shift in planned}
    found: list[Change] = []
    seen: set[int] = set()
    for row in standing:
        shift = now.get(row.shift_id) if row.shift_id else None
        if shift is None or shift.person_id != row.person_id:
            found.append(Change(TAKEN_OFF, row.person, row.account, row.role, (row.start, row.end), None, row.shift_id))
            continue
        seen.add(shift.pk)
        if moved(row, shift) and shift.planned_start and shift.planned_end:
            after = (shift.planned_start, shift.planned_end)
            found.append(Change(MOVED, shift.person, shift.account, shift.role, (row.start, row.end), after, shift.pk))
    for shift in now.values():
        if shift.pk not in seen and shift.planned_start and shift.planned_end:
            span = (shift.planned_start, shift.planned_end)
            found.append(Change(ADDED, shift.person, shift.account, shift.role, None, span, shift.pk))
    return sorted(found, key=lambda one: ((one.before or one.after or (datetime.min,))[0], one.person.name))


def moved(row: PublishedShift, shift: Shift) -> bool:
    was = (row.person_id, row.account_id, row.role, row.start, row.end)
    return was != (shift.person_id, shift.account_id, shift.role, shift.planned_start, shift.planned_end)


def changed_ids(shifts: Sequence[Shift]) -> set[int]:
    """Which of these planned shifts are otherwise than published; none of people whose month was not. Two queries."""
    rows = {
        row.shift_id: row
        for row in PublishedShift.objects.filter(shift__in=[s.pk for s in shifts], replaced_by__isnull=True)
    }
    people = {shift.person_id for shift in shifts}
    covered = _covered(PublishedShift.objects.filter(person__in=people))
    return {
        shift.pk
        for shift in shifts
        if shift.planned_start
        and covered.has(shift.person_id, shift.planned_start)
        and (shift.pk not in rows or moved(rows[shift.pk], shift))
    }


def _covered(rows: QuerySet[PublishedShift]) -> Covered:
    found = Covered()
    for row in rows.order_by().values_list("person", "start", "days_from", "days_until"):
        found.add(*row)
    return found


def _told(changes: Sequence[Change], since: datetime) -> list[Change]:
    """With who said so and why, as the audit has it."""
    ids = [change.shift for change in changes if change.shift]
    events = AuditEvent.objects.about("live.shift", *ids).filter(verb__in=TOLD_BY, at__gt=since)
    newest = {pk: event for event in events.order_by("at", "pk") for pk, _data in event.each()}
    return [_with(change, newest.get(str(change.shift))) for change in changes]


def _with(change: Change, event: AuditEvent | None) -> Change:
    if event is None:
        return change
    why = "" if event.verb == "undo" else event.reason
    return Change(
        change.kind, change.person, change.account, change.role, change.before, change.after, change.shift,
        event.by_name, why, event.at,
    )  # fmt: skip

"""What every change of a shift shares: its former state kept for undo, no impossible times, one audit row."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.audit.record import record_each
from kaibo.live.actions.waiting import lock_people
from kaibo.live.models import Session, Shift, ShiftState
from kaibo.live.months import months_of
from kaibo.login.models import User

# what a change may touch and undo restores
FIELDS = (
    "state", "confirmed_start", "confirmed_end", "confirmed_by_id", "confirmed_at", "flag", "note", "lead",
    "planned_start", "planned_end", "person_id", "account_id", "role", "rostered",
)  # fmt: skip
INSTANTS = ("confirmed_start", "confirmed_end", "confirmed_at", "planned_start", "planned_end")
# always in the audit row, changed or not: whoever reads it wants to know what then stood
TOLD = ("state", "confirmed_start", "confirmed_end", "planned_start", "planned_end")
COUNTING = (ShiftState.PLANNED, ShiftState.CONFIRMED)


def new_act() -> str:
    """Names one act of a person, which may change many shifts and is undone as one."""
    return uuid.uuid4().hex


def state_of(shift: Shift) -> dict[str, Any]:
    """The undoable fields as plain values, as the audit row keeps them."""
    plain: dict[str, Any] = {}
    for name in FIELDS:
        value = getattr(shift, name)
        plain[name] = value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
    return plain


def hold(shifts: Sequence[Shift]) -> None:
    """Lock them until the commit, their people first; what two would say of one shift at once is said by the first.

    Raises ValidationError where one is no longer what it was when it was read: nothing is changed then.
    """
    lock_people(shift.person_id for shift in shifts)
    rows = Shift.objects.select_for_update(no_key=True).filter(pk__in=[shift.pk for shift in shifts]).order_by("pk")
    there = {row.pk: state_of(row) for row in rows}
    for shift in shifts:
        if there.get(shift.pk) != state_of(shift):
            text = _("The shift of %(person)s was changed meanwhile; nothing was saved. Look again and repeat it.")
            raise ValidationError(text % {"person": shift.person.name})


def times(shift: Shift) -> tuple[datetime, datetime]:
    """Confirmed where confirmed, else planned: the stretch that counts now."""
    if shift.confirmed_start is not None and shift.confirmed_end is not None:
        return shift.confirmed_start, shift.confirmed_end
    if shift.planned_start is None or shift.planned_end is None:
        raise ValueError("a shift has planned or confirmed times; the database says so")
    return shift.planned_start, shift.planned_end


def all_times(shift: Shift) -> list[tuple[datetime | None, datetime | None]]:
    return [(shift.planned_start, shift.planned_end), (shift.confirmed_start, shift.confirmed_end)]


def stretches(shift: Shift, former: dict[str, Any]) -> list[tuple[datetime | None, datetime | None]]:
    """Every stretch in which the change may move a number."""
    was = [(_instant(former[f"{kind}_start"]), _instant(former[f"{kind}_end"])) for kind in ("planned", "confirmed")]
    return [*all_times(shift), *was]


def put_times(shift: Shift, start: datetime, end: datetime, by: User | None) -> None:
    """Confirm with these times. Raises ValidationError that names the field when the end is before the start."""
    if end < start:
        raise ValidationError(
            {
                "end": _("%(person)s: the end %(end)s is before the start %(start)s.")
                % {"person": shift.person.name, "end": _clock(end), "start": _clock(start)}
            }
        )
    shift.confirmed_start, shift.confirmed_end = start, end
    shift.state, shift.confirmed_by, shift.confirmed_at = ShiftState.CONFIRMED, by, timezone.now()


def write(
    *,
    by: User | None,
    verb: str,
    shift: Shift,
    former: dict[str, Any],
    act: str,
    reason: str = "",
) -> None:
    """Save what differs from `former` and record it, with the months whose numbers it may change."""
    write_all(by=by, verb=verb, changed=[(shift, former)], act=act, reason=reason)


def write_all(
    *, by: User | None, verb: str, changed: Sequence[tuple[Shift, dict[str, Any]]], act: str, reason: str = ""
) -> None:
    """The same of many shifts with what each was before: one row, with the months of them all."""
    # once for all: a month's confirming is one write transaction, and nobody else writes meanwhile
    months = months_of([pair for shift, former in changed for pair in stretches(shift, former)])
    each = [(shift, _saying(shift, former)) for shift, former in changed]
    names = {name for _shift, said in each for name in said["now"]}
    _save([shift for shift, _said in each], [name.removesuffix("_id") for name in FIELDS if name in names])
    record_each(by=by, verb=verb, each=each, reason=reason, act=act, months=months)


def _save(shifts: Sequence[Shift], fields: Sequence[str]) -> None:
    """What several changes touch, in a few statements however many they are."""
    if len(shifts) == 1:
        shifts[0].save(update_fields=fields)
    elif shifts:
        Shift.objects.bulk_update(shifts, fields, batch_size=200)


def _saying(shift: Shift, former: dict[str, Any]) -> dict[str, Any]:
    now = state_of(shift)
    names = [name for name in FIELDS if now[name] != former[name] or name in TOLD]
    return {"former": {name: former[name] for name in names}, "now": {name: now[name] for name in names}}


def refuse_overlaps(changed: Iterable[Shift]) -> None:
    """Raise ValidationError naming both when two shifts of one person in one role claim the same minutes of a session.

    `changed` are compared as they now stand in memory, with each other and with the stored rest.
    """
    counting = [shift for shift in changed if shift.state in COUNTING]
    if not counting:
        return
    touched = {id(shift) for shift in counting}
    start, end = min(times(s)[0] for s in counting), max(times(s)[1] for s in counting)
    stored = (
        Shift.objects.filter(
            Q(planned_start__lt=end, planned_end__gt=start) | Q(confirmed_start__lt=end, confirmed_end__gt=start),
            person__in={s.person_id for s in counting}, account__in={s.account_id for s in counting},
            state__in=COUNTING,
        )
        .exclude(pk__in=[s.pk for s in counting if s.pk is not None])
        .select_related("person", "account")
    )  # fmt: skip
    seats: dict[tuple[int, str, int], list[Shift]] = {}
    for shift in [*counting, *stored]:
        seats.setdefault((shift.person_id, shift.role, shift.account_id), []).append(shift)
    for seat in seats.values():
        for one, other in combinations(seat, 2):
            if id(one) in touched and _share_a_session(one, other):
                raise ValidationError(clash(one, other))


def _share_a_session(one: Shift, other: Shift) -> bool:
    start, end = max(times(one)[0], times(other)[0]), min(times(one)[1], times(other)[1])
    return (
        start < end
        and Session.objects.filter(account=one.account_id, gone=False, start__lt=end, end__gt=start).exists()
    )


def clash(one: Shift, other: Shift) -> str:
    """The sentence that names both shifts."""
    return _("%(person)s is %(role)s in %(room)s twice at once: %(one)s and %(other)s. Change one of them first.") % {
        "person": one.person.name,
        "role": one.get_role_display(),
        "room": one.account.name,
        "one": stretch(*times(one)),
        "other": stretch(*times(other)),
    }


def stretch(start: datetime, end: datetime) -> str:
    """MM-DD HH:MM–HH:MM in the team's zone."""
    return f"{timezone.localtime(start):%m-%d %H:%M}–{_clock(end)}"


def _clock(instant: datetime) -> str:
    return f"{timezone.localtime(instant):%H:%M}"


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

"""Explaining a roster once: who its names are, what its codes mean, which room is which; then shifts are planned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

from django.core.exceptions import NON_FIELD_ERRORS
from django.db import transaction

from kaibo.audit.record import record
from kaibo.imports.actions import answer_batch
from kaibo.imports.models import Batch
from kaibo.live.actions.explaining import write_code
from kaibo.live.actions.rooms import months_on_air, refuse_shared_names
from kaibo.live.models import Account
from kaibo.live.roster_sync import Outcome, sync_roster_shifts
from kaibo.login.models import User
from kaibo.org.actions import add_alias, add_department, create_person
from kaibo.org.models import Department, Person, Position


@dataclass(frozen=True)
class Newcomer:
    name: str
    position: Position
    start: date


@dataclass(frozen=True)
class Meaning:
    """What a code stands for: a day off, or a room, hours and perhaps a role ("" is the person's own)."""

    code: str
    off: bool = False
    account: Account | None = None
    role: str = ""
    start: time | None = None
    end: time | None = None
    next_day: bool = False


@dataclass(frozen=True)
class Room:
    """A room as written, or (written "") the files that write none."""

    written: str
    batches: tuple[int, ...]
    account: Account


@dataclass(frozen=True)
class Explained:
    """One submitted form. `department`: of the new people, a name that may be new."""

    newcomers: Sequence[Newcomer] = ()
    same: Sequence[tuple[str, Person]] = ()
    codes: Sequence[Meaning] = ()
    rooms: Sequence[Room] = ()
    department: str = ""


@transaction.atomic
def explain_roster(*, by: User | None, explained: Explained) -> Outcome:
    """Make people, aliases, codes and rooms known, then plan every shift that is now understood.

    Raises ValidationError (a name already taken, by another room too, a code without hours), and then nothing has
    happened.
    """
    if explained.newcomers:
        department = _department(by, explained.department)
        for newcomer in explained.newcomers:
            create_person(
                by=by, name=newcomer.name, position=newcomer.position, department=department, start=newcomer.start
            )
    for name, person in explained.same:
        add_alias(by=by, person=person, alias=name)
    for meaning in explained.codes:
        write_code(
            by=by, code=meaning.code, off=meaning.off, account=meaning.account, role=meaning.role,
            start=meaning.start, end=meaning.end, next_day=meaning.next_day,
        )  # fmt: skip
    for room in explained.rooms:
        _remember_room(by, room)
    return sync_roster_shifts(by=by)


def _department(by: User | None, name: str) -> Department:
    return Department.objects.filter(name=name).first() or add_department(by=by, name=name)


def _remember_room(by: User | None, room: Room) -> None:
    if not room.written:
        for batch in Batch.objects.filter(pk__in=room.batches):
            answer_batch(by=by, batch=batch, account=room.account.handle)
        return
    account = Account.objects.select_for_update(no_key=True).get(pk=room.account.pk)
    refuse_shared_names(account, [room.written], NON_FIELD_ERRORS)
    account.other_names = sorted({*map(str, account.other_names), room.written})
    account.save(update_fields=["other_names"])
    record(by=by, verb="room named", target=account, written=room.written, months=months_on_air(account))

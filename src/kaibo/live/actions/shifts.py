"""Changing one shift, or adding one the roster did not know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.audit.seen import claim
from kaibo.live.actions.changing import hold, new_act, put_times, refuse_overlaps, state_of, times, write, write_all
from kaibo.live.actions.waiting import lock_people
from kaibo.live.models import Account, CrewRole, Shift, ShiftState
from kaibo.live.months import months_of
from kaibo.login.models import User
from kaibo.org.actions import create_person
from kaibo.org.models import Department, Person, PersonAlias, Position


@dataclass(frozen=True)
class Newcomer:
    """Someone who is nowhere yet: the name, and the department they help out in."""

    name: str
    department: Department | None = None


@transaction.atomic
def edit_shift(*, by: User | None, shift: Shift, start: datetime, end: datetime, note: str = "", seen: str = "") -> str:
    """Confirm one shift with other times than proposed; returns the act's name, for `undo`.

    A flag is answered by it and taken off. `seen`: what the editor saw of it (audit.seen).
    Raises ValidationError as confirm_shifts does.
    """
    lock_people([shift.person_id])
    claim(shift, seen)
    act, former = new_act(), state_of(shift)
    put_times(shift, start, end, by)
    shift.flag = ""
    shift.note = note or shift.note
    refuse_overlaps([shift])
    write(by=by, verb="edit_shift", shift=shift, former=former, act=act, reason=note)
    return act


@transaction.atomic
def mark_absent(*, by: User | None, shift: Shift, reason: str = "") -> str:
    """Planned, but the person was not there: the shift credits nobody. Returns the act's name, for `undo`.

    Raises ValidationError where somebody changed the shift since it was read; so do cancel and set_aside_shifts.
    """
    return _set_aside(by, shift, ShiftState.ABSENT, "mark_absent", reason)


@transaction.atomic
def cancel(*, by: User | None, shift: Shift, reason: str = "") -> str:
    """The shift did not take place at all; nobody was absent. Returns the act's name, for `undo`."""
    return _set_aside(by, shift, ShiftState.CANCELLED, "cancel_shift", reason)


@transaction.atomic
def set_aside_shifts(*, by: User | None, shifts: Sequence[Shift], state: ShiftState, reason: str, act: str = "") -> str:
    """Say of many shifts at once that they were cancelled, or that nobody came. Returns the act's name, for `undo`."""
    act = act or new_act()
    hold(shifts)
    verb = {ShiftState.CANCELLED: "cancel_shift", ShiftState.ABSENT: "mark_absent"}[state]
    changed = [(shift, _put_aside(by, shift, state, reason)) for shift in shifts]
    write_all(by=by, verb=verb, changed=changed, act=act, reason=reason)
    return act


def _set_aside(by: User | None, shift: Shift, state: ShiftState, verb: str, reason: str) -> str:
    hold([shift])
    act, former = new_act(), _put_aside(by, shift, state, reason)
    write(by=by, verb=verb, shift=shift, former=former, act=act, reason=reason)
    return act


def _put_aside(by: User | None, shift: Shift, state: ShiftState, reason: str) -> dict[str, Any]:
    """Not saved yet; gives what it was before."""
    former = state_of(shift)
    shift.state, shift.confirmed_by, shift.confirmed_at = state, by, timezone.now()
    if shift.planned_start is not None:
        # an added shift has only confirmed times; they stay, for it must have some
        shift.confirmed_start = shift.confirmed_end = None
    shift.flag = ""
    shift.note = reason or shift.note
    return former


@transaction.atomic
def add_shift(
    *,
    by: User | None,
    account: Account,
    role: CrewRole,
    who: Person | Newcomer,
    start: datetime,
    end: datetime,
    lead: bool = False,
    note: str = "",
    instead_of: Shift | None = None,
) -> Shift:
    """Someone was on air whom the roster does not have: a shift confirmed from the start.

    A newcomer becomes a person, with a position from that day if a department is given. `instead_of`: the shift of
    whoever was to come and did not; it becomes an absence. Raises ValidationError as confirm_shifts does.
    """
    if end <= start:
        raise ValidationError({"end": _("The end must be after the start.")})
    person = who if isinstance(who, Person) else _person(by, who, role, start)
    lock_people([person.pk, *([instead_of.person_id] if instead_of else [])])
    shift = Shift(
        account=account, person=person, role=role, lead=lead, note=note, state=ShiftState.CONFIRMED,
        confirmed_start=start, confirmed_end=end, confirmed_by=by, confirmed_at=timezone.now(),
    )  # fmt: skip
    if instead_of is not None:
        mark_absent(by=by, shift=instead_of, reason=note)
    refuse_overlaps([shift])
    shift.save()
    record(
        by=by, verb="add_shift", target=shift, reason=note, person=person.pk, name=person.name, role=role,
        account=account.pk, start=start, end=end, months=months_of([(start, end)]),
    )  # fmt: skip
    return shift


def known_as(typed: str) -> Person | None:
    """The person a typed name means: a known name, else a known other spelling."""
    name = " ".join(typed.split())
    alias = PersonAlias.objects.filter(alias=name).select_related("person")
    return Person.objects.filter(name=name).first() or next((one.person for one in alias), None)


def _person(by: User | None, who: Newcomer, role: CrewRole, start: datetime) -> Person:
    """The person a typed name means, else someone new."""
    known = known_as(who.name)
    if known is not None:
        return known
    return create_person(
        by=by, name=" ".join(who.name.split()), position=Position.objects.filter(key=role).first(),
        department=who.department, start=timezone.localdate(start),
    )  # fmt: skip


@transaction.atomic
def flag_shift(*, by: User | None, shift: Shift, words: str) -> None:
    """The person says that the shift is wrong, and why. It is shown to whoever confirms; numbers do not move yet."""
    words = " ".join(words.split())
    if not words:
        raise ValidationError({"words": _("Say what is wrong, in a few words.")})
    former, shift.flag = shift.flag, words[:300]
    shift.save(update_fields=["flag"])
    record(by=by, verb="flag_shift", target=shift, reason=shift.flag, former=former)


@transaction.atomic
def unflag(*, by: User | None, shift: Shift) -> None:
    """Take the objection back, or answer that the shift is right as it stands."""
    former, shift.flag = shift.flag, ""
    shift.save(update_fields=["flag"])
    record(by=by, verb="unflag", target=shift, former=former)


@transaction.atomic
def set_lead(*, by: User | None, shift: Shift) -> None:
    """Of those in one role at one time, this one leads: the larger part of 7:3, all of 100:0. The others do not."""
    start, end = times(shift)
    beside = [
        other
        for other in Shift.objects.select_for_update().filter(account=shift.account_id, role=shift.role, lead=True)
        if other.pk != shift.pk and times(other)[0] < end and times(other)[1] > start
    ]
    Shift.objects.filter(pk__in=[other.pk for other in beside]).update(lead=False)
    shift.lead = True
    shift.save(update_fields=["lead"])
    record(
        by=by,
        verb="set_lead",
        target=shift,
        instead_of=[other.pk for other in beside],
        months=months_of([(start, end)]),
    )

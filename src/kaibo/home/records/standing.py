"""Outages, who answers for a room, where it belongs, and which rooms an ad account spends for."""

from typing import Any

from django.utils.translation import gettext as _

from kaibo.home.records.saying import (
    Kind,
    Plain,
    Told,
    Verb,
    Wrong,
    at,
    day,
    found_all,
    held,
    mapping,
    number,
    read,
    who,
)
from kaibo.live import actions
from kaibo.live.access import (
    find_account,
    find_outage,
    find_responsibility,
    find_room_department,
    rooms_of,
    visible_outages,
)
from kaibo.live.ad_accounts import AdAccount, known_ad_accounts
from kaibo.live.models import Account, Outage, OutageCause, Responsibility, RoomDepartment, RoomDuty
from kaibo.live.record_forms import AdAccountForm, EndForm, OutageForm, ResponsibilityForm, RoomDepartmentForm
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area
from kaibo.org.access import require


def _outage(one: Outage) -> Plain:
    return {
        "id": one.pk, "room": one.account_id, "start": at(one.start), "end": at(one.end), "cause": one.cause,
        "note": one.note, "recorded_by": who(one.recorded_by), "confirmed_by": who(one.confirmed_by),
        "confirmed_at": at(one.confirmed_at), "taken_back": one.removed,
    }  # fmt: skip


def _record(user: User, _pk: int, told: Told) -> Plain:
    got = read(OutageForm, told, rooms=rooms_of(user))
    return _outage(actions.record_outage(by=user, **{**got, "cause": OutageCause(got["cause"])}))


def _edit(user: User, pk: int, told: Told) -> Plain:
    found = find_outage(user, pk)
    rooms = Account.objects.filter(pk=found.account_id)
    with held(found):
        before = {"start": at(found.start), "end": at(found.end), "cause": found.cause, "note": found.note}
        got = read(OutageForm, {**before, **told, "room": found.account_id}, rooms=rooms)
        edited = actions.edit_outage(
            by=user, outage=found, start=got["start"], end=got["end"], cause=OutageCause(got["cause"]), note=got["note"]
        )
    return _outage(edited)


def _confirm(user: User, pk: int, _told: Told) -> Plain:
    require(user, Right.CORRECT_RECORDS)
    found = find_outage(user, pk)
    actions.confirm_outages(by=user, outages=[found])
    return _outage(found)


def _take_back(user: User, pk: int, _told: Told) -> Plain:
    found = find_outage(user, pk)
    actions.remove_outage(by=user, outage=found)
    return _outage(found)


def _bring_back(user: User, pk: int, _told: Told) -> Plain:
    found = find_outage(user, pk)
    actions.restore_outage(by=user, outage=found)
    return _outage(found)


def _held(one: Responsibility) -> Plain:
    return {
        "id": one.pk, "room": one.account_id, "person": one.person_id, "duty": one.duty, "start": day(one.start),
        "end": day(one.end),
    }  # fmt: skip


def _every_held(user: User) -> Any:
    require(user, Right.SEE_ROOMS)
    return Responsibility.objects.order_by("-start", "-pk")


def _assign(user: User, _pk: int, told: Told) -> Plain:
    require(user, Right.MANAGE_ROOMS)
    [account] = found_all([number(told, "room")], lambda pk: find_account(user, pk), "room")
    got = read(ResponsibilityForm, {name: value for name, value in told.items() if name != "room"})
    return _held(actions.assign_responsibility(by=user, account=account, **{**got, "duty": RoomDuty(got["duty"])}))


def _end(user: User, pk: int, told: Told) -> Plain:
    held = find_responsibility(user, pk)
    actions.end_responsibility(by=user, held=held, end=read(EndForm, told)["end"])
    return _held(held)


def _remove(user: User, pk: int, _told: Told) -> Plain:
    held = find_responsibility(user, pk)
    gone = _held(held)
    actions.remove_responsibility(by=user, held=held)
    return gone


def _placed(one: RoomDepartment) -> Plain:
    return {"id": one.pk, "room": one.account_id, "department": one.department_id, "start": day(one.start)}


def _every_placed(user: User) -> Any:
    require(user, Right.SEE_ROOMS)
    return RoomDepartment.objects.order_by("-start", "-pk")


def _place(user: User, _pk: int, told: Told) -> Plain:
    require(user, Right.MANAGE_ROOMS)
    [account] = found_all([number(told, "room")], lambda pk: find_account(user, pk), "room")
    got = read(RoomDepartmentForm, {name: value for name, value in told.items() if name != "room"})
    return _placed(actions.place_room(by=user, account=account, **got))


def _take_out(user: User, pk: int, _told: Told) -> Plain:
    placed = find_room_department(user, pk)
    gone = _placed(placed)
    actions.take_room_out(by=user, placed=placed)
    return gone


def _ad_account(one: AdAccount) -> Plain:
    parts = [{"room": p.account_id, "part": p.parts, "start": day(p.start), "end": day(p.end)} for p in one.parts]
    return {"id": one.name, "rows": one.rows, "parts": parts}


def _ad_accounts(user: User) -> Any:
    require(user, Right.SEE_ROOMS)
    return known_ad_accounts()


def _map(user: User, _pk: int, told: Told) -> Plain:
    require(user, Right.MANAGE_ROOMS)
    rooms, parts = Account.objects.order_by("pk"), mapping(told, "parts")
    strange = sorted(parts.keys() - {str(room.pk) for room in rooms})
    if strange:
        raise Wrong({"parts": [_("There is no %(n)s, or not for you.") % {"n": ", ".join(strange)}]})
    said = {name: value for name, value in told.items() if name != "parts"}
    form = {**said, **{f"room_{pk}": part for pk, part in parts.items()}}
    got = read(AdAccountForm, form, rooms=rooms)
    chosen = [(room, part) for room in rooms if (part := got.get(f"room_{room.pk}") or 0)]
    made = actions.map_ad_account(by=user, ad_account=got["ad_account"], start=got["start"], parts=chosen)
    return _ad_account(AdAccount(" ".join(got["ad_account"].split()), 0, made))


OUTAGES = Kind(
    "outages", "when a room could not be watched", lambda user: visible_outages(user).order_by("-start", "-pk"),
    _outage,
    (
        Verb("add", "record one; cause: own_equipment, platform, venue, violation",
             ("room", "start", "end", "cause", "note?"), _record, of_one=False),
        Verb("edit", "correct one; it has to be confirmed again", ("start?", "end?", "cause?", "note?"), _edit),
        Verb("confirm", "confirm one that somebody else recorded", (), _confirm),
        Verb("take-back", "take one back; it stays in the history", (), _take_back),
        Verb("bring-back", "let one that was taken back count again", (), _bring_back),
    ), area=Area.LIVE,
)  # fmt: skip
RESPONSIBILITIES = Kind(
    "responsibilities", "who answers for a room from a day to a day", _every_held, _held,
    (
        Verb("add", "from a day on the person has the duty (manager, operator, ads, service); whoever had it ends then",
             ("room", "person", "duty", "start", "end?"), _assign, of_one=False),
        Verb("end", "the first day on which it no longer holds", ("end",), _end),
        Verb("remove", "it was entered by mistake", (), _remove),
    ), area=Area.LIVE,
)  # fmt: skip
ROOM_DEPARTMENTS = Kind(
    "room-departments", "which department a room belongs to from a day on, until a later row; null: to none",
    _every_placed, _placed,
    (
        Verb("add", "from a day on the room belongs to the department, without one to none; what was said of the same "
             "day is corrected", ("room", "department?", "start"), _place, of_one=False),
        Verb("remove", "it was entered by mistake: what held before goes on", (), _take_out),
    ), area=Area.LIVE,
)  # fmt: skip
AD_ACCOUNTS = Kind(
    "ad-accounts", "ad accounts, and the parts in which they spend for rooms", _ad_accounts, _ad_account,
    (
        Verb("map", "from a day on it spends for these rooms: {room: part}", ("ad_account", "start", "parts"), _map,
             of_one=False),
    ), area=Area.LIVE,
)  # fmt: skip

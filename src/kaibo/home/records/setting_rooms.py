"""Rooms: the number that other records name them by, and what their files lack (zone, currency, other names)."""

from typing import Any

from django.utils.translation import gettext as _

from kaibo.home.records.saying import Kind, Plain, Told, Verb, Wrong, day, held, read
from kaibo.live import actions
from kaibo.live.access import find_account
from kaibo.live.forms import NewRoomForm, RoomForm
from kaibo.live.models import Account, SplitRule
from kaibo.live.same_rooms import same_names
from kaibo.live.views.rooms import say_category
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area
from kaibo.org.access import require


def _room(one: Account) -> Plain:
    return {
        "id": one.pk, "platform": one.platform, "handle": one.handle, "name": one.name, "zone": one.zone,
        "currency": one.currency, "other_names": list(one.other_names), "split_rule": one.split_rule,
        "categories": [{"since": f"{c.since:%Y-%m}", "category": c.category} for c in one.categories.all()],
        "departments": [{"start": day(d.start), "department": d.department_id} for d in one.departments.all()],
    }  # fmt: skip


def _rooms(user: User) -> Any:
    require(user, Right.SEE_ROOMS)
    return Account.objects.order_by("pk").prefetch_related("categories", "departments")


def _add(user: User, _pk: int, told: Told) -> Plain:
    require(user, Right.MANAGE_ROOMS)
    return _room(actions.add_account(by=user, **read(NewRoomForm, told)))


def _edit(user: User, pk: int, told: Told) -> Plain:
    room = find_account(user, pk)
    require(user, Right.MANAGE_ROOMS)
    with held(room):
        said = {"split_rule": room.split_rule, "name": room.name, "zone": room.zone, "currency": room.currency, **told}
        names = told.get("other_names", list(room.other_names))
        # a program says a list, a shell a word or one a line
        got = read(RoomForm, {**said, "other_names": "\n".join(map(str, names)) if isinstance(names, list) else names})
        edited = actions.edit_account(
            by=user, account=room, name=got["name"], other_names=str(got["other_names"]).splitlines(),
            zone=got["zone"], currency=got["currency"],
        )  # fmt: skip
        if got["split_rule"] != edited.split_rule:
            edited = actions.set_split_rule(by=user, account=edited, split_rule=SplitRule(got["split_rule"]))
        say_category(user, edited, got["category"], got["category_since"], told="category" in told)
    return _room(edited)


def _merge(user: User, pk: int, _told: Told) -> Plain:
    """Only a pair that the page of rooms offers."""
    room = find_account(user, pk)
    require(user, Right.MANAGE_ROOMS)
    offers = same_names()
    offer = next((one for one in offers if one.room == room), None)
    if offer is None:
        pairs = ", ".join(f"{one.room.pk} → {one.into.pk}" for one in offers) or "—"
        raise Wrong({"": [_("It is no other room's name. These may be one: %(pairs)s.") % {"pairs": pairs}]})
    return _room(actions.merge_rooms(by=user, room=offer.room, into=offer.into))


ROOMS = Kind(
    "rooms", "every room, with the number that other records name it by", _rooms, _room,
    (
        Verb("add", "one that no report has named yet; handle: its number or user name there",
             ("name", "handle", "platform?"), _add, of_one=False),
        Verb("edit", "what its files lack, and how two people in one role share", (
            "name?", "other_names?", "zone?", "currency?", "split_rule?", "category?", "category_since?",
        ), _edit),
        Verb("merge", "it is known by a nickname only: let it be the room that has that name and a number of its own; "
             "answers with that room", (), _merge),
    ), area=Area.LIVE,
)  # fmt: skip

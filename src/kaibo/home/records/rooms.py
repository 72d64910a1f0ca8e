"""Broadcasts and who is protected: their numbers, the kind of air time, joining what broke off, and simulcasts."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404
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
    number,
    numbers,
    read,
    words,
)
from kaibo.live import actions
from kaibo.live.access import find_session, find_simulcast
from kaibo.live.forms import EditSessionForm
from kaibo.live.models import AirKind, Session, Simulcast
from kaibo.live.views.joining import SimulcastForm
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area
from kaibo.measurement.access import find_broadcast
from kaibo.measurement.closed import head_of
from kaibo.measurement.reconciling import Step
from kaibo.measurement.session_page import session_page
from kaibo.measurement.snapshots import snapshots
from kaibo.org.access import find_person, people_within, require, visible_people
from kaibo.org.actions import end_protection, protect
from kaibo.org.forms import EndProtectionForm, ProtectionForm
from kaibo.org.models import Protection


def _protection(one: Protection) -> Plain:
    return {
        "id": one.pk, "person": one.person_id, "start": day(one.start), "end": day(one.end), "reason": one.reason,
    }  # fmt: skip


def _protections(user: User) -> Any:
    require(user, Right.SEE_PEOPLE)
    return Protection.objects.filter(person__in=visible_people(user)).order_by("-start", "-pk")


def _protect(user: User, _pk: int, told: Told) -> Plain:
    require(user, Right.MANAGE_PEOPLE)
    [person] = found_all(
        [number(told, "person")], lambda pk: find_person(user, pk, right=Right.MANAGE_PEOPLE), "person"
    )
    got = read(ProtectionForm, {name: value for name, value in told.items() if name != "person"})
    return _protection(protect(by=user, person=person, **got))


def _end_protection(user: User, pk: int, told: Told) -> Plain:
    require(user, Right.MANAGE_PEOPLE)
    found = Protection.objects.filter(pk=pk, person__in=people_within(user, Right.MANAGE_PEOPLE)).first()
    if found is None:
        raise Http404
    said = _protection(found)
    left = end_protection(by=user, protection=found, end=read(EndProtectionForm, told)["end"])
    return _protection(left) if left else {**said, "end": said["start"]}


def _session(one: Session) -> Plain:
    return {
        "id": one.pk, "room": one.account_id, "start": at(one.start), "end": at(one.end), "title": one.title,
        "air_kind": one.air_kind, "by_hand": one.by_hand, "joined_to": one.joined_to_id,
    }  # fmt: skip


def _sessions(user: User) -> Any:
    require(user, Right.SEE_ROOMS)
    return Session.objects.filter(gone=False).order_by("-start", "-pk")


def _edit_session(user: User, pk: int, told: Told) -> Plain:
    session = find_session(user, pk)
    if not session.by_hand and (timed := sorted({"start", "end"} & told.keys())):
        text = _("The times come from the platform's report and stay as they are.")
        raise Wrong({name: [text] for name in timed})
    with held(session):
        got = read(EditSessionForm, {"title": session.title, **told}, session=session)
        actions.edit_session(by=user, session=session, **{**got, "air_kind": AirKind(got["air_kind"])})
    return _session(session)


def _join(user: User, _pk: int, told: Told) -> Plain:
    sessions = found_all(numbers(told, "sessions"), lambda pk: find_session(user, pk), "sessions")
    return {"act": actions.join_sessions(by=user, sessions=sessions, reason=words(told, "reason"))}


def _history(user: User, pk: int, _told: Told) -> Plain:
    told = [
        {
            "batch": one.batch, "row": one.row, "as_of": at(one.as_of), "counts": one.current,
            **{name: value.now for name, value in one.line},
        }
        for one in snapshots(find_session(user, pk))
    ]  # fmt: skip
    return {"id": pk, "exports": told}


def _bridge(user: User, pk: int, _told: Told) -> Plain:
    head = head_of(find_broadcast(user, pk).session)
    page = session_page(user, find_broadcast(user, head.pk))
    found = page.bridge
    shown = {
        "ours": page.orders_word, "theirs": page.report_word, "currency": page.currency,
        "report_rows": [{"batch": batch, "row": row} for batch, row in page.report_rows],
    }  # fmt: skip
    if found is None:
        no_orders = _("No orders of this day are imported, so there is nothing to share out yet.")
        no_report = _("There is no session report to compare with.")
        return {"id": head.pk, **shown, "bridge": None, "why": no_report if page.conservation else no_orders}
    sums = {
        "from_minor": found.ours, "steps": _steps(found.steps), "to_minor": found.theirs,
        "difference_minor": found.difference, "from_orders": found.our_orders, "order_steps": _steps(found.order_steps),
        "to_orders": found.their_orders,
        "perhaps_rejected": [{"amount_minor": minor, "currency": money} for minor, money in found.perhaps_rejected],
    }  # fmt: skip
    return {"id": head.pk, **shown, "bridge": sums, "why": None}


def _steps(steps: Sequence[Step]) -> list[Plain]:
    return [{"step": one.key, "title": one.word, "amount": one.amount} for one in steps]


def _part(user: User, pk: int, told: Told) -> Plain:
    session = find_session(user, pk)
    return {"act": actions.part_sessions(by=user, session=session, reason=words(told, "reason"))}


def _simulcast(one: Simulcast) -> Plain:
    rooms = sorted(room.pk for room in one.accounts.all())
    return {"id": one.pk, "name": one.name, "rooms": rooms, "start": day(one.start), "end": day(one.end)}


def _simulcasts(user: User) -> Any:
    require(user, Right.SEE_ROOMS)
    return Simulcast.objects.prefetch_related("accounts").order_by("-pk")


def _save_simulcast(user: User, told: Told, simulcast: Simulcast | None) -> Plain:
    require(user, Right.MANAGE_ROOMS)
    got = read(SimulcastForm, told)
    made = actions.save_simulcast(
        by=user, name=got["name"], accounts=list(got["accounts"]), start=got["start"], end=got["end"],
        simulcast=simulcast,
    )  # fmt: skip
    return _simulcast(made)


def _remove_simulcast(user: User, pk: int, _told: Told) -> Plain:
    found = find_simulcast(user, pk)
    require(user, Right.MANAGE_ROOMS)
    gone = _simulcast(found)
    actions.remove_simulcast(by=user, simulcast=found)
    return gone


SIMULCAST = ("name", "rooms", "start", "end?")
PROTECTIONS = Kind(
    "protections", "who is scored as a newcomer, from a day to before a day", _protections, _protection,
    (
        Verb("add", "score a person by the newcomer's rules of their card in every month that it touches; reason: new, "
             "back", ("person", "start", "end", "reason?"), _protect, of_one=False),
        Verb("end", "the first day without it; its first day or one before: it never was", ("end",), _end_protection),
    ), area=Area.PEOPLE,
)  # fmt: skip
SESSIONS = Kind(
    "sessions", "broadcasts, the newest first", _sessions, _session,
    (
        Verb("edit", "say its kind of air time (live, recorded, digital, linked, test) and its title; the times of one "
             "that was made by hand", ("air_kind", "title?", "start?", "end?"), _edit_session),
        Verb("join", "take several as one broadcast that broke off and went on", ("sessions", "reason"), _join,
             of_one=False),
        Verb("part", "take every part of a joined broadcast as one of its own again", ("reason",), _part),
        Verb("history", "what each export of the platform said of it, the oldest first; changes nothing", (), _history,
             reads=True),
        Verb("bridge", "from its orders to the platform's report in named steps, minor units and orders, never forced "
             "to zero; changes nothing", (), _bridge, reads=True),
    ), area=Area.LIVE,
)  # fmt: skip
SIMULCASTS = Kind(
    "simulcasts", "rooms that one crew serves at once", _simulcasts, _simulcast,
    (
        Verb("add", "say that one crew serves these rooms", SIMULCAST,
             lambda user, _pk, told: _save_simulcast(user, told, None), of_one=False),
        Verb("edit", "correct one", SIMULCAST,
             lambda user, pk, told: _save_simulcast(user, told, find_simulcast(user, pk))),
        Verb("remove", "it was never so", (), _remove_simulcast),
    ), area=Area.LIVE,
)  # fmt: skip

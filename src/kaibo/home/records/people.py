"""People and departments: who holds what, on which terms, who came and left; a list of people as text."""

from datetime import date
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.home.records.saying import Kind, Plain, Told, Verb, Wrong, day, held, number, numbers, read, words
from kaibo.imports.sentences import say
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area
from kaibo.org import actions
from kaibo.org.access import find_department, find_person, people_within, require, require_company, visible_people
from kaibo.org.forms import (
    CloseForm,
    DayForm,
    DepartmentWordsForm,
    EngageForm,
    ExitForm,
    FurtherForm,
    NewPersonForm,
    OpenForm,
    ReturnForm,
    StageForm,
)
from kaibo.org.models import Appointment, Department, PeopleList, Person, Position
from kaibo.org.people_file import Plan, plan
from kaibo.org.people_kept import sheet_of
from kaibo.org.people_reading import counts, keep, read_people
from kaibo.org.stages import newest_change
from kaibo.sources.reading import Refused

FILE = "table.csv"


def _person(one: Person) -> Plain:
    """With what they hold or will hold, and the terms and stage of today; None where it is not said."""
    today = timezone.localdate()
    terms = [e.kind for e in one.engagements.all() if e.start <= today and (e.end is None or e.end > today)]
    stages = [change.stage for change in one.stages.all()]
    return {
        "id": one.pk, "name": one.name, "active": one.active,
        "appointments": [_appointment(a) for a in one.appointments.all() if a.end is None or a.end > today],
        "engagement": terms[0] if terms else None, "stage": stages[-1] if stages else None,
    }  # fmt: skip


def _appointment(one: Appointment) -> Plain:
    return {
        "id": one.pk, "position": one.position.key, "position_id": one.position_id, "department": one.department_id,
        "kind": one.kind, "start": day(one.start), "end": day(one.end),
    }  # fmt: skip


def _people(user: User) -> Any:
    return visible_people(user).order_by("pk").prefetch_related("appointments__position", "engagements", "stages")


def _to_change(user: User, pk: int) -> Person:
    require(user, Right.MANAGE_PEOPLE)
    return find_person(user, pk, right=Right.MANAGE_PEOPLE)


def _again(user: User, pk: int) -> Plain:
    return _person(find_person(user, pk))


def _by_key(told: Told) -> Told:
    """A position is named by its key, as rows give it, or by its id. Raises Wrong."""
    key = told.get("position")
    if not isinstance(key, str) or not key or key.isdecimal():
        return told
    found = Position.objects.filter(key=key).values_list("pk", flat=True).first()
    if found is None:
        raise Wrong({"position": [_("There is no position “%(key)s”.") % {"key": key[:40]}]})
    return {**told, "position": found}


def _add(user: User, _pk: int, told: Told) -> Plain:
    require(user, Right.MANAGE_PEOPLE)
    return _again(user, actions.create_person(by=user, **read(NewPersonForm, _by_key(told))).pk)


def _appoint(user: User, pk: int, told: Told) -> Plain:
    actions.appoint(by=user, person=_to_change(user, pk), **read(FurtherForm, _by_key(told)))
    return _again(user, pk)


def _held(user: User, pk: int, told: Told) -> Appointment:
    found = _to_change(user, pk).appointments.filter(pk=number(told, "appointment")).first()
    if found is None:
        raise Http404
    return found


def _end(user: User, pk: int, told: Told) -> Plain:
    held = _held(user, pk, told)
    actions.end_appointment(by=user, appointment=held, end=read(DayForm, {"end": told.get("end")})["end"])
    return _again(user, pk)


def _take_back(user: User, pk: int, told: Told) -> Plain:
    actions.take_back_appointment(by=user, appointment=_held(user, pk, told))
    return _again(user, pk)


def _engage(user: User, pk: int, told: Told) -> Plain:
    actions.engage(by=user, person=_to_change(user, pk), **read(EngageForm, told))
    return _again(user, pk)


def _stage(user: User, pk: int, told: Told) -> Plain:
    person = _to_change(user, pk)
    now = newest_change(person)
    actions.move_host(by=user, person=person, **read(StageForm, told, now=now.stage if now else None))
    return _again(user, pk)


def _leave(user: User, pk: int, told: Told) -> Plain:
    got = read(ExitForm, told)
    actions.deactivate(by=user, person=_to_change(user, pk), day=got["end"], reason=got["reason"])
    return _again(user, pk)


def _return(user: User, pk: int, told: Told) -> Plain:
    actions.reactivate(by=user, person=_to_change(user, pk), day=read(ReturnForm, told)["start"])
    return _again(user, pk)


def _invite(user: User, _pk: int, told: Told) -> Plain:
    """The links stand in the answer alone: where they are kept is the program's business."""
    require(user, Right.MANAGE_PEOPLE)
    wanted = set(numbers(told, "people"))
    found = list(people_within(user, Right.MANAGE_PEOPLE).filter(pk__in=wanted))
    if len(found) != len(wanted):
        raise Http404
    made = actions.invite_many(by=user, people=found)
    return {
        "invited": [
            {
                "id": person.pk, "name": person.name, "path": reverse(f"login:{link.kind}", args=[text]),
                "until": link.expires_at.isoformat(),
            }
            for person, link, text in made.invited
        ],
        "left_out": [{"id": person.pk, "name": person.name, "why": why} for person, why in made.skipped],
    }  # fmt: skip


def _check(user: User, _pk: int, told: Told) -> Plain:
    require_company(user, Right.MANAGE_PEOPLE)
    try:
        return counts(_sound(plan(read_people(words(told, "table").encode(), FILE), by=user)))
    except Refused as refused:
        raise _unread(refused) from refused


def _import(user: User, _pk: int, told: Told) -> Plain:
    require_company(user, Right.MANAGE_PEOPLE)
    content = words(told, "table").encode()
    try:
        made = _sound(plan(read_people(content, FILE), by=user))
        found = keep(user, content, FILE)
    except Refused as refused:
        raise _unread(refused) from refused
    return counts(made) | {"came": actions.import_people(by=user, found=found, made=_sound(_anew(found)))}


def _anew(found: PeopleList) -> Plan:
    """What the kept list makes: the plan that is written is of what is kept."""
    return plan(sheet_of(found), by=found.by)


def _sound(made: Plan) -> Plan:
    """Raises Wrong: of every wrong cell its line, column, value and what to do; then nothing is saved."""
    if not made.rejected:
        return made
    text = _("Line %(line)s, %(column)s, “%(value)s”: %(why)s")
    said = [
        text % {"line": one.line, "column": one.column, "value": one.value, "why": say(one.reason)}
        for one in made.rejected
    ]
    raise Wrong({"table": said})


def _unread(refused: Refused) -> Wrong:
    return Wrong({"table": [f"{say(refused.message)} {say(refused.todo)}"]})


PEOPLE = Kind(
    "people", "the people whom you may see, what they hold and will hold, their terms and stage", _people, _person,
    (
        Verb("add", "somebody new with their first position: its key or its id; the department by its id",
             ("name", "position", "department", "start"), _add, of_one=False),
        Verb("appoint",
             "another main position by its key or id (a transfer), kind=second beside it, kind=acting with its end",
             ("position", "department", "start", "kind?", "end?"), _appoint),
        Verb("end", "the first day without an appointment", ("appointment", "end"), _end),
        Verb("take-back", "an appointment of today or yesterday was a mistake: it never was", ("appointment",),
             _take_back),
        Verb("engage", "terms from a day on; kind: employee, contractor, agency", ("kind", "start", "end?"), _engage),
        Verb("stage", "a host's next stage: candidate, trial, training, regular, paused, out",
             ("stage", "day", "reason?"), _stage),
        Verb("leave", "they left; end: the first day without them", ("end", "reason?"), _leave),
        Verb("return", "they are back from a day on; without one: that they left was a mistake", ("start?",), _return),
        Verb("invite", "invite these, by their ids; of each the path of a link that opens once, to be handed over",
             ("people",), _invite, of_one=False),
        Verb("check", "what a list of people (rows of text with a header) would make; nothing is saved", ("table",),
             _check, of_one=False, reads=True),
        Verb("import", "import a list, all of it or nothing; a shell reads a file by table=@people.xlsx", ("table",),
             _import, of_one=False),
    ), area=Area.PEOPLE,
)  # fmt: skip


def _department(one: Department) -> Plain:
    return {
        "id": one.pk, "key": one.key, "name": one.name, "name_en": one.name_en, "purpose": one.purpose,
        "purpose_en": one.purpose_en, "parent": one.parent_id, "opened_on": day(one.opened_on),
        "closed_on": day(one.closed_on),
        "before": [
            {"from": day(past.start), "until": day(past.until), "name": past.name, "parent": past.parent_id}
            for past in one.pasts.all()
        ],
        "closed": [{"from": day(gap.start), "until": day(gap.until)} for gap in one.gaps.all()],
    }  # fmt: skip


def _add_department(user: User, _pk: int, told: Told) -> Plain:
    require(user, Right.MANAGE_POSITIONS)
    got = read(DepartmentWordsForm, told)
    got["since"] = None
    made = actions.add_department(by=user, name=got["name"])
    return _department(actions.save_department(by=user, department=made, **got))


def _edit_department(user: User, pk: int, told: Told) -> Plain:
    """What is not said stays as it is."""
    require(user, Right.MANAGE_POSITIONS)
    found = find_department(user, pk)
    names = ("name", "name_en", "purpose", "purpose_en")
    with held(found):
        now = {name: getattr(found, name) for name in names} | {"parent": found.parent_id, "opened_on": found.opened_on}
        said = read(DepartmentWordsForm, now | dict(told))
        return _department(actions.save_department(by=user, department=found, **said))


def _close(user: User, pk: int, told: Told) -> Plain:
    require(user, Right.MANAGE_POSITIONS)
    closed_on: date = read(CloseForm, told)["day"]
    return _department(actions.close_department(by=user, department=find_department(user, pk), day=closed_on))


def _open(user: User, pk: int, told: Told) -> Plain:
    require(user, Right.MANAGE_POSITIONS)
    opened: date = read(OpenForm, told)["day"]
    return _department(actions.reopen_department(by=user, department=find_department(user, pk), day=opened))


WORDS = ("name_en?", "purpose?", "purpose_en?", "parent?", "opened_on?")
DEPARTMENTS = Kind(
    "departments", "departments, what they are there for and what they are under",
    lambda _user: Department.objects.order_by("pk").prefetch_related("pasts", "gaps"), _department,
    (
        Verb("add", "a department; parent: the id of the one above", ("name", *WORDS), _add_department, of_one=False),
        Verb("edit", "its words and its place anew, since a day, else it always was so; what is left out stays",
             ("name?", *WORDS, "since?"), _edit_department),
        Verb("close", "the first day without it; nobody may hold a position in it on that day or later", ("day",),
             _close),
        Verb("open", "it is there again from a day on; on the day it closed: that it closed was a mistake", ("day",),
             _open),
    ), area=Area.PEOPLE,
)  # fmt: skip

"""Notes and evidence on a person's month, at any time of it."""

from typing import Any

from django.utils import timezone

from kaibo.appraisal import actions
from kaibo.appraisal.cycle.access import find_note_to_take_back, find_person_to_note, visible_notes
from kaibo.appraisal.cycle.forms import NoteForm
from kaibo.appraisal.cycle.review_models import NoteKind, ReviewNote
from kaibo.home.records.saying import (
    Kind,
    Plain,
    Told,
    Verb,
    at,
    day,
    found_all,
    month_as_text,
    needed_month,
    number,
    read,
    who,
)
from kaibo.login.models import User
from kaibo.login.token_scopes import Area
from kaibo.measurement.months import next_month

NOTE = {
    "id": "int", "person": "int", "month": "month", "kind": "str", "line": "str?", "day": "day", "text": "str",
    "told": "bool", "by": "str?", "at": "at",
}  # fmt: skip


def note_row(one: ReviewNote) -> Plain:
    return {
        "id": one.pk, "person": one.person_id, "month": month_as_text(one.month), "kind": one.kind,
        "line": one.line or None, "day": day(one.day), "text": one.text, "told": one.told, "by": who(one.by),
        "at": at(one.at),
    }  # fmt: skip


def _notes(user: User, told: Told) -> Any:
    month = needed_month(told)
    [person] = found_all([number(told, "person")], lambda pk: find_person_to_note(user, pk, month), "person")
    return visible_notes(user, person, month)


def _add(user: User, _pk: int, told: Told) -> Plain:
    month = needed_month(told)
    [person] = found_all([number(told, "person")], lambda pk: find_person_to_note(user, pk, month), "person")
    last = min(timezone.localdate(), next_month(month) - month.resolution)
    said = {name: value for name, value in told.items() if name not in ("person", "month")}
    got = read(NoteForm, {"day": last, "kind": NoteKind.NOTE, **said})
    made = actions.add_note(
        by=user, person=person, month=month, kind=NoteKind(got["kind"]), day=got["day"], text=got["text"],
        told=got["told"],
    )  # fmt: skip
    return note_row(made)


def _take_back(user: User, pk: int, _told: Told) -> Plain:
    note = find_note_to_take_back(user, pk)
    actions.take_back_note(by=user, note=note)
    return note_row(note)


REVIEW_NOTES = Kind(
    "review-notes", "notes and evidence on a person's month that you may read", _notes, note_row,
    (
        Verb("add", "write one; kind: note or evidence; told=true lets the person read it",
             ("person", "month", "kind?", "day?", "text", "told?"), _add, of_one=False),
        Verb("take-back", "one's own", (), _take_back),
    ),
    asks=("person", "month"), shape=NOTE, personal=True, area=Area.REVIEWS,
)  # fmt: skip

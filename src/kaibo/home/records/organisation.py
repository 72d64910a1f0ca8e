"""Positions and processes: what each is, who has which part, describing them, applying the handbook's or one's own."""

from typing import Any

from django.utils.translation import gettext as _

from kaibo.home.records.saying import Kind, Plain, Told, Verb, Wrong, held, mapping, typed, words, wrong_in
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area
from kaibo.org import actions
from kaibo.org.access import find_position, find_process, require
from kaibo.org.actions.duties import RowChange
from kaibo.org.applying import Plan, plan
from kaibo.org.describing import in_full
from kaibo.org.handbook import Organisation, handbook
from kaibo.org.handbook import read as read_organisation
from kaibo.org.models import Position, Process
from kaibo.org.position_forms import TEXTS, PositionForm, initial

FIELDS = ("name", "name_en", "level", "department", "reports_to", "works_with", "kpis")
ALL = (*FIELDS, *(f"{language}_{name}" for language in ("zh", "en") for name in TEXTS))


def _position(one: Position) -> Plain:
    said = initial(one)
    said.pop("seen")
    return {"id": one.pk, "key": one.key, "crew": one.crew, **said}


def _positions(_user: User) -> Any:
    return in_full().order_by("pk")


def _save(user: User, position: Position | None, told: Told) -> Plain:
    """What is not said stays as it is."""
    require(user, Right.MANAGE_POSITIONS)
    form = PositionForm((initial(position) if position else {"level": "front"}) | typed(told))
    if not form.is_valid():
        raise wrong_in(form)
    saved = actions.save_position(by=user, told=form.told(), position=position, seen=form.cleaned_data["seen"])
    return _position(find_position(user, saved.pk, in_full()))


def _remove(user: User, pk: int, _told: Told) -> Plain:
    require(user, Right.MANAGE_POSITIONS)
    found = find_position(user, pk, in_full())
    gone = _position(found)
    actions.remove_position(by=user, position=found)
    return gone


def _organisation(told: Told) -> Organisation:
    """The one that was told as text, else the handbook's. Raises ValidationError."""
    text = words(told, "organisation")
    return read_organisation(text, "organisation") if text else handbook()


def _said(made: Plan) -> Plain:
    return {
        "new_departments": [one.zh.name for one in made.new_departments],
        "filled_departments": [one.name for _entry, one in made.filled_departments],
        "new_positions": [one.key for one in made.new_positions],
        "filled_positions": [one.key for _entry, one in made.filled_positions],
        "new_processes": [one.zh.name for one in made.new_processes],
        "kept": [one.name for one in made.kept],
    }


def _check(user: User, _pk: int, told: Told) -> Plain:
    require(user, Right.MANAGE_POSITIONS)
    return _said(plan(_organisation(told)))


def _apply(user: User, _pk: int, told: Told) -> Plain:
    require(user, Right.MANAGE_POSITIONS)
    return _said(actions.apply_organisation(by=user, organisation=_organisation(told)))


OPTIONAL = tuple(f"{name}?" for name in ALL)
POSITIONS = Kind(
    "positions", "what each position is and does", _positions, _position,
    (
        Verb("add", "a position of your own; texts are zh_… and en_…, lists one item a line", ("name", *OPTIONAL[1:]),
             lambda user, _pk, told: _save(user, None, told), of_one=False),
        Verb("edit", "describe it anew; what is left out stays", OPTIONAL,
             lambda user, pk, told: _save(user, find_position(user, pk, in_full()), told)),
        Verb("remove", "take away one that nobody ever held", (), _remove),
        Verb("check", "what the handbook, or organisation=@ours.toml, would add; nothing is saved", ("organisation?",),
             _check, of_one=False, reads=True),
        Verb("apply", "add it; what exists is not overwritten", ("organisation?",), _apply, of_one=False),
    ), area=Area.PEOPLE,
)  # fmt: skip


def _process(one: Process) -> Plain:
    parts = {part.position.key: part.letters for part in one.parts.select_related("position").order_by("position")}
    return {
        "id": one.pk, "key": one.key, "name": one.name, "name_en": one.name_en, "purpose": one.purpose,
        "purpose_en": one.purpose_en, "parts": parts,
    }  # fmt: skip


def _save_process(user: User, told: Told, process: Process | None) -> Plain:
    require(user, Right.MANAGE_POSITIONS)
    names = ("name", "name_en", "purpose", "purpose_en")
    said: dict[str, Any] = {name: words(told, name) if name in told else getattr(process, name, "") for name in names}
    return _process(actions.save_process(by=user, process=process, **said))


def _edit_process(user: User, pk: int, told: Told) -> Plain:
    found = find_process(user, pk)
    require(user, Right.MANAGE_POSITIONS)
    with held(found):
        return _save_process(user, told, found)


def _parts(user: User, pk: int, told: Told) -> Plain:
    process = find_process(user, pk)
    require(user, Right.MANAGE_POSITIONS)
    said = {str(key): str(letters).upper() for key, letters in mapping(told, "parts").items()}
    there = {one.key: one for one in Position.objects.filter(key__in=said)}
    for key in said.keys() - there.keys():
        raise Wrong({"parts": [_("There is no position “%(key)s”.") % {"key": key}]})
    row = RowChange(process, {there[key]: letters for key, letters in said.items()})
    actions.set_parts(by=user, rows=[row])
    return _process(process)


def _remove_process(user: User, pk: int, _told: Told) -> Plain:
    process = find_process(user, pk)
    require(user, Right.MANAGE_POSITIONS)
    gone = _process(process)
    actions.remove_process(by=user, process=process)
    return gone


WORDS = ("name_en?", "purpose?", "purpose_en?")
PROCESSES = Kind(
    "processes", "the duty matrix: processes, and the part of each position in them",
    lambda _user: Process.objects.order_by("pk"), _process,
    (
        Verb("add", "a row of the matrix", ("name", *WORDS), lambda user, _pk, told: _save_process(user, told, None),
             of_one=False),
        Verb("edit", "its words anew; what is left out stays", ("name?", *WORDS),
             _edit_process),
        Verb("share", 'who has which part: parts={"host": "R"} with R, A, AR, C, I or an empty text; others stay',
             ("parts",), _parts),
        Verb("remove", "take the row out", (), _remove_process),
    ), area=Area.PEOPLE,
)  # fmt: skip

"""What people said of tables that no source reads: each mapping with what it says, found by its headings."""

from typing import Any

from django.utils.translation import gettext as _

from kaibo.home.mapping_views import LONGEST, files_of
from kaibo.home.records.saying import Kind, Plain, Told, Verb, Wrong, at, who, words
from kaibo.imports.access import find_mapping, visible_mappings
from kaibo.imports.mapping_actions import delete_mapping, rename_mapping, switch_mapping
from kaibo.imports.models import Mapping
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area


def _mappings(user: User, told: Told) -> Any:
    found = visible_mappings(user)
    wanted = words(told, "fingerprint")
    return found.filter(fingerprint=wanted) if wanted else found


def _mapping(one: Mapping) -> Plain:
    """What it says is its newest version's; `files`: imported by any."""
    newest = one.newest
    said = {
        key: newest.data[key] for key in ("platform", "zone", "currency", "whole", "order_kind") if key in newest.data
    }
    columns = {name: {"is": to, "unit": unit} if unit else to for name, to, unit in _columns(newest.data["columns"])}
    return {
        "id": one.pk, "name": one.name, "fingerprint": one.fingerprint, "table": one.table, "on": one.on,
        "version": newest.number, "by": who(newest.by), "at": at(newest.at), "files": files_of(one),
        "header": newest.data["header"], **said, "columns": columns,
    }  # fmt: skip


def _columns(kept: list[list[str]]) -> list[tuple[str, str, str]]:
    return [(name, to, unit[0] if unit else "") for name, to, *unit in kept]


def _rename(user: User, pk: int, told: Told) -> Plain:
    found, name = find_mapping(user, pk, Right.IMPORT_FILES), words(told, "name").strip()
    if not (0 < len(name) <= LONGEST and name.isprintable()):
        raise Wrong({"name": [_("A name of 1 to 80 characters.")]})
    rename_mapping(by=user, mapping=found, name=name)
    return _mapping(found)


def _switch(user: User, pk: int, on: bool) -> Plain:
    found = find_mapping(user, pk, Right.IMPORT_FILES)
    switch_mapping(by=user, mapping=found, on=on)
    return _mapping(found)


def _delete(user: User, pk: int, _told: Told) -> Plain:
    found = find_mapping(user, pk, Right.IMPORT_FILES)
    gone = _mapping(found)
    delete_mapping(by=user, mapping=found)
    return gone


MAPPINGS = Kind(
    "mappings", "what was said of the columns of tables that no source reads; of one header, by its fingerprint",
    _mappings, _mapping,
    (
        Verb("rename", "call such a file otherwise", ("name",), _rename),
        Verb("off", "do not read the next file with its headings by it", (),
             lambda user, pk, _told: _switch(user, pk, False)),
        Verb("on", "read the next file with its headings by it; another one of the same header goes off", (),
             lambda user, pk, _told: _switch(user, pk, True)),
        Verb("delete", "forget one that no file was read by", (), _delete),
    ),
    asks=("fingerprint?",), area=Area.IMPORTS,
)  # fmt: skip

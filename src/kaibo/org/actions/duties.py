"""Changes to the duty matrix: processes, and which position has which part in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from kaibo.audit.record import record, record_each
from kaibo.login.models import User
from kaibo.org.models import Letters, Position, Process, ProcessPart


@dataclass(frozen=True)
class RowChange:
    """New letters (empty: no part) by position, for one process. `seen`: the version that the editor saw."""

    process: Process
    letters: Mapping[Position, str]
    seen: int | None = None


@transaction.atomic
def set_parts(*, by: User | None, rows: Sequence[RowChange]) -> int:
    """Say who has which part, all of it or nothing; positions that are not named stay. Returns how many cells changed.

    A row may be left without an accountable position or with two: the matrix says so until somebody settles it.
    Raises ValidationError: letters that there are not; somebody changed the row since.
    """
    changed = 0
    each: list[tuple[Process, dict[str, Any]]] = []
    for row in rows:
        wrong = sorted({said for said in row.letters.values() if said and said not in Letters.values})
        if wrong:
            text = _("%(process)s: “%(letters)s” is no part. Use R, A, AR, C or I.")
            raise ValidationError(text % {"process": row.process.title, "letters": wrong[0]})
        cells = _set_row(row)
        changed += len(cells)
        each += [(row.process, {"cells": cells})] if cells else []
    record_each(by=by, verb="set_parts", each=each)
    return changed


def _set_row(row: RowChange) -> dict[str, list[str]]:
    """Position → from which part to which."""
    now = {part.position_id: part for part in row.process.parts.select_for_update()}
    cells: dict[str, list[str]] = {}
    for position, letters in row.letters.items():
        part = now.get(position.pk)
        before = part.letters if part else ""
        if letters == before:
            continue
        cells[position.key] = [before, letters]
        if part is None:
            ProcessPart.objects.create(process=row.process, position=position, letters=letters)
        elif letters:
            part.letters = letters
            part.save(update_fields=["letters"])
        else:
            part.delete()
    if cells:
        _claim(row.process, row.seen)
    return cells


def _claim(process: Process, seen: int | None) -> None:
    """Count the change; refuse it where somebody else's came in between."""
    waiting = Process.objects.filter(pk=process.pk)
    if seen is not None:
        waiting = waiting.filter(version=seen)
    if not waiting.update(version=F("version") + 1):
        text = _("Somebody changed “%(process)s” while you were writing; nothing is saved. Open the matrix again.")
        raise ValidationError(text % {"process": process.title})


@transaction.atomic
def save_process(
    *, by: User | None, name: str, name_en: str = "", purpose: str = "", purpose_en: str = "",
    process: Process | None = None, seen: int | None = None,
) -> Process:  # fmt: skip
    """A row of the matrix, or its words anew. `seen`: the version that the editor saw.

    Raises ValidationError: no name, or one that is taken, or somebody else changed it since.
    """
    said = {"name": name, "name_en": name_en, "purpose": purpose, "purpose_en": purpose_en}
    said = {key: " ".join(value.split()) for key, value in said.items()}
    if not said["name"]:
        raise ValidationError({"name": _("Write a name.")})
    if Process.objects.filter(name=said["name"]).exclude(pk=process.pk if process else 0).exists():
        text = _("There is already a process “%(name)s”.")
        raise ValidationError({"name": text % {"name": said["name"]}})
    if process is None:
        process = Process.objects.create(**said)
        record(by=by, verb="save_process", target=process, changed={key: ["", value] for key, value in said.items()})
        return process
    _claim(process, seen)
    process.refresh_from_db()
    changed = {key: [getattr(process, key), value] for key, value in said.items() if getattr(process, key) != value}
    for key, value in said.items():
        setattr(process, key, value)
    process.save(update_fields=list(said))
    if changed:
        record(by=by, verb="save_process", target=process, changed=changed)
    return process


@transaction.atomic
def remove_process(*, by: User | None, process: Process) -> None:
    """Take a row out of the matrix, with its parts; the audit keeps what it said."""
    parts = dict(process.parts.values_list("position__key", "letters"))
    record(by=by, verb="remove_process", target=process, name=process.name, purpose=process.purpose, parts=parts)
    process.delete()

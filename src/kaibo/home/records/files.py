"""What files there are and what each makes possible, how far those in use reach, and what of them could not be used."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.home.reach import Reach, reaches
from kaibo.home.records.saying import Kind, Plain, Told, Wrong, at, number, words
from kaibo.home.sources_page import last_imports
from kaibo.home.unlocks import possible_with
from kaibo.imports.access import find_batch, require_files
from kaibo.imports.models import BatchState, Reject
from kaibo.imports.sentences import fill
from kaibo.login.models import User
from kaibo.login.token_scopes import Area
from kaibo.sources.reading import Cell, Column, Seen, Source
from kaibo.sources.registry import BY_KEY, SOURCES

# a source, when a file of it was imported last, and whether its columns are asked for
Listed = tuple[Source, Mapping[str, datetime], bool]


def _sources(user: User, told: Told) -> Sequence[Listed]:
    require_files(user)
    key, last = words(told, "source"), last_imports()
    if key and key not in BY_KEY:
        raise Wrong({"source": [_("One of these: %(names)s.") % {"names": ", ".join(BY_KEY)}]})
    return [(source, last, bool(key)) for source in SOURCES if key in ("", source.key)]


def _source(listed: Listed) -> Plain:
    source, last, whole = listed
    shown = {
        "source": source.key, "title": _(source.title), "name": source.own_name, "platform": source.platform or None,
        "table": source.table, "makes_possible": _(source.unlocks), "kpis": _kpis(source.table),
        "to_get_it": _(source.export_how), "imported_at": at(last.get(source.key)),
        "unconfirmed": [column.name for column in source.columns if column.seen is Seen.UNCONFIRMED],
    }  # fmt: skip
    return {**shown, "columns": [_column(one) for one in source.columns]} if whole else shown


def _kpis(table: str) -> list[str]:
    return [_(title) for title in possible_with([table])]


def _column(one: Column) -> Plain:
    return {
        "name": one.name, "also": list(one.aliases), "field": one.field or None,
        "read_as": one.cell.value if one.field else None, "required": one.required, "private": one.private,
        "ignored": one.cell is Cell.IGNORED, "status": one.seen.value, "mind": one.meaning or None,
    }  # fmt: skip


def _reaches(user: User) -> Sequence[Reach]:
    require_files(user)
    return reaches()


def _reach(one: Reach) -> Plain:
    """`imported` false: no file of it is in use, and `makes_possible` is what lacks."""
    return {
        "table": one.table, "title": _(one.title), "imported": one.as_of is not None, "as_of": at(one.as_of),
        "last": at(one.last), "old": one.is_stale(timezone.now()), "batches": one.batches, "rejected": one.rejected,
        "makes_possible": _(one.unlocks) if one.unlocks else None, "kpis": _kpis(one.table),
    }  # fmt: skip


def _rejects(user: User, told: Told) -> QuerySet[Reject]:
    require_files(user)
    found = Reject.objects.select_related("batch").order_by("-batch", "line", "pk")
    if told.get("batch") in (None, ""):
        return found.filter(batch__state=BatchState.VISIBLE)
    return found.filter(batch=find_batch(user, number(told, "batch")))


def _reject(one: Reject) -> Plain:
    return {
        "batch": one.batch_id, "file": one.batch.file_name, "row": one.line, "column": one.column or None,
        "value": one.value, "why": fill(one.reason, one.values), "held": one.held, "amount_minor": one.amount_minor,
    }  # fmt: skip


SOURCES_READ = Kind(
    "sources", "every kind of file that is read, what it makes possible and how to get it; of one that is named, its "
    "columns", _sources, _source, asks=("source?",), area=Area.IMPORTS,
)  # fmt: skip
REACH = Kind("reach", "how far each kind of file in use reaches, and what a missing one would make possible",
             _reaches, _reach, area=Area.IMPORTS)  # fmt: skip
REJECTS = Kind(
    "rejects", "file rows that could not be read or used, with what helps; of the batches in use, or of one",
    _rejects, _reject, asks=("batch?",), area=Area.IMPORTS,
)  # fmt: skip

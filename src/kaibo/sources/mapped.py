"""Tables that Kaibo does not know, read as a person said what each column is: a mapping becomes a source."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

from kaibo.message import Message
from kaibo.sources.headers import Header, Match, normal
from kaibo.sources.mapped_rows import rows_of
from kaibo.sources.mapped_targets import (
    CLOCK,
    COUNT,
    DATE,
    DAY,
    DURATION,
    ID,
    INSTANT,
    KIND_OF,
    MONEY,
    TEXT,
    TIME,
    UNITS,
    Read,
    RowKind,
    Target,
    target_of,
)
from kaibo.sources.reading import Cell, Column, Reading, Seen, Source
from kaibo.sources.tabular import Context

PREFIX = "mapped:"
CELLS: dict[Read, Cell] = {
    TEXT: Cell.TEXT, ID: Cell.ID, COUNT: Cell.COUNT, MONEY: Cell.MONEY, INSTANT: Cell.INSTANT,
    DURATION: Cell.FRACTION, DATE: Cell.DATE, CLOCK: Cell.CLOCK,
}  # fmt: skip
EXPORT_HOW = "A table of your own; someone said what its columns are."


@dataclass(frozen=True)
class MappedColumn:
    """A column of the file by its header. `target`: a field, or its day or time alone (start_ms:day); see UNITS."""

    name: str
    target: str
    unit: str = ""

    @property
    def field(self) -> str:
        return self.target.partition(":")[0]

    @property
    def part(self) -> str:
        return self.target.partition(":")[2]


@dataclass(frozen=True)
class Mapping:
    """What someone said of a table. `key`: the source that it makes. `header`: every heading, in the file's order.

    `whole`: the room (or ad account) that the whole file is about; "" where a column says it, or each file is asked.
    `sheet`: which one, where several sheets have this header. `order_kind`: self_live where all orders are own sales.
    """

    key: str
    name: str
    table: str
    header: tuple[str, ...]
    columns: tuple[MappedColumn, ...]
    platform: str = ""
    zone: str = ""
    currency: str = ""
    whole: str = ""
    sheet: str = ""
    order_kind: str = ""

    @property
    def kind(self) -> RowKind:
        return KIND_OF[self.table]

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.header)

    def as_json(self) -> dict[str, Any]:
        """Everything but key and name, which the database keeps beside it."""
        return {
            "table": self.table, "header": list(self.header), "platform": self.platform, "zone": self.zone,
            "currency": self.currency, "whole": self.whole, "sheet": self.sheet, "order_kind": self.order_kind,
            "columns": [[column.name, column.target, column.unit] for column in self.columns],
        }  # fmt: skip


def from_json(key: str, name: str, data: dict[str, Any]) -> Mapping:
    columns = tuple(MappedColumn(*column) for column in data["columns"])
    return Mapping(key, name, **{**data, "columns": columns, "header": tuple(data["header"])})


def fingerprint(names: Iterable[Any]) -> str:
    """The same for the same set of headings, in whatever order and writing (blanks, widths, capitals)."""
    known = sorted({normal(name) for name in names} - {""})
    return blake2b("\n".join(known).encode(), digest_size=16).hexdigest()


def problems(mapping: Mapping) -> list[Message]:
    """Why this mapping cannot be used; empty where it can."""
    return [*_twice(mapping), *_parts(mapping), *_units(mapping), *_missing(mapping)]


def _twice(mapping: Mapping) -> list[Message]:
    found = []
    by_target: dict[str, MappedColumn] = {}
    names: set[str] = set()
    for column in mapping.columns:
        other = by_target.setdefault(column.target, column)
        if other is not column:
            values = {"source": _label(mapping, column), "one": other.name, "other": column.name}
            found.append(Message("Two columns say the same: “%(one)s” and “%(other)s” are both “%(source)s”.", values))
        if normal(column.name) in names:
            found.append(Message("The column %(column)s stands in the file twice.", {"column": column.name}))
        names.add(normal(column.name))
    for column in mapping.columns:
        whole = by_target.get(column.field)
        if column.part and whole:
            values = {"source": _label(mapping, column), "one": whole.name, "other": column.name}
            found.append(Message("Two columns say the same: “%(one)s” and “%(other)s” are both “%(source)s”.", values))
    return found


def _parts(mapping: Mapping) -> list[Message]:
    targets = {column.target for column in mapping.columns}
    found = []
    for column in mapping.columns:
        values = {"column": column.name}
        if column.part == TIME and f"{column.field}:{DAY}" not in targets and column.field != "end_ms":
            found.append(Message("“%(column)s” is a time of day: say which column has its date.", values))
        if column.part == DAY and f"{column.field}:{TIME}" not in targets and not mapping.kind.days:
            found.append(Message("“%(column)s” is a date: say which column has its time of day.", values))
    return found


def _units(mapping: Mapping) -> list[Message]:
    found = []
    for column in mapping.columns:
        target = target_of(mapping.table, column.field)
        if target is None:
            values = {"column": column.name, "target": column.target}
            found.append(Message("“%(column)s”: there is nothing called %(target)s in such a table.", values))
        elif column.part != TIME and column.unit not in UNITS.get(target.read, ("",)):
            found.append(_unit_asked(target, column))
    return found


def _unit_asked(target: Target, column: MappedColumn) -> Message:
    values = {"column": column.name}
    if target.read in (INSTANT, DATE):
        return Message("“%(column)s”: say in which order it writes day and month.", values)
    if target.read is MONEY:
        return Message("“%(column)s”: say how its amounts are written.", values)
    if target.read is DURATION:
        return Message("“%(column)s”: say how its lengths are written.", values)
    return Message("“%(column)s” needs no unit.", values)


def _missing(mapping: Mapping) -> list[Message]:
    fields = {column.field for column in mapping.columns}
    found = []
    for needed in mapping.kind.needed:
        if not fields & set(needed):
            targets = [target_of(mapping.table, name) for name in needed]
            values = {"source": next(t.label for t in targets if t)}
            found.append(Message("No column is “%(source)s” yet, and without it no row can be used.", values))
    return found


def _label(mapping: Mapping, column: MappedColumn) -> str:
    target = target_of(mapping.table, column.field)
    return target.label if target else column.field


def source_of(mapping: Mapping) -> Source:
    """The source that a mapping makes; a mapped field or its part is a field of it."""
    kind = mapping.kind
    columns = []
    for column in mapping.columns:
        target = target_of(mapping.table, column.field)
        if target is None:
            raise ValueError(column.target)
        cell = Cell.TEXT if column.part else CELLS[target.read]
        key = target.read is ID and column.target in kind.ids
        columns.append(Column(column.name, column.target, cell, key=key, seen=Seen.TOLD, meaning=target.label))
    mapped = [column.target for column in mapping.columns]
    keys = [field for name in kind.key for field in (name, f"{name}:{DAY}", f"{name}:{TIME}") if field in mapped]
    return Source(
        key=mapping.key, title=mapping.name, table=mapping.table, columns=tuple(columns), key_fields=tuple(keys),
        unlocks=kind.unlocks, export_how=EXPORT_HOW, platform=mapping.platform, name=mapping.name,
    )  # fmt: skip


def find(mappings: Sequence[Mapping], candidates: Sequence[Header]) -> tuple[Mapping, list[Match]] | None:
    """The mapping whose headings one of the lines has, and the best line of each sheet that has them."""
    prints = [(header, fingerprint(header.cells)) for header in candidates]
    for mapping in mappings:
        own: dict[int, Match] = {}
        for header, print_ in prints:
            if print_ == mapping.fingerprint:
                own.setdefault(id(header.sheet), Match(source_of(mapping), header, len(mapping.columns)))
        if own:
            matches = list(own.values())
            return mapping, [m for m in matches if m.header.sheet.name == mapping.sheet] or matches
    return None


def read(mapping: Mapping, match: Match, context: Context) -> Reading:
    """What the table says, as the mapping says. Answers given for this file go before the mapping's. Raises Refused."""
    told = context.answers
    answers = replace(
        told,
        zone=told.zone or mapping.zone,
        currency=told.currency or mapping.currency,
        platform=told.platform or mapping.platform,
        order_kind=told.order_kind or mapping.order_kind,
    )
    whole = mapping.whole
    if mapping.kind.whole:
        whole = getattr(told, mapping.kind.whole) or mapping.whole
    source = replace(match.source, platform=answers.platform)
    return rows_of(replace(match, source=source), replace(context, answers=answers), mapping, whole)

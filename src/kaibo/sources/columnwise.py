"""Cleans a stretch of rows column by column: what most rows need costs a look-up, what few need is left to others.

A column of an export says the same few things over and over, so each is cleaned once a stretch. Rows in which a cell
cannot be understood, or something needed is missing, are only named: `extraction` takes them one by one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Any

from kaibo.sources.cells import CellError, shown

# rows of a stretch
STRETCH = 4096

Clean = Callable[[Any], Any]
Fact = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """`read`: (place, field, cleaner) of each column read; `kept`: (place, title) of each kept as text.

    `absent`: fields whose column the file does not have. A row is left out where one of `needed` is unknown, all of
    `identity` are, or the label in one of `labels` is one of `totals`; `hashed` has to be known too, where it is named.
    """

    read: Sequence[tuple[int, str, Clean]]
    kept: Sequence[tuple[int, str]]
    absent: Sequence[str]
    needed: Sequence[str]
    identity: Sequence[str]
    labels: Sequence[str]
    hashed: str
    is_total: Callable[[Any], bool]


def cleaned(plan: Plan, lines: Sequence[int], cells: Sequence[Sequence[Any]]) -> Iterator[Fact | None]:
    """A fact of each row in their order, with `row` and `raw`; None for a row that has to be looked at by itself.

    `cells`: the columns of these lines.
    """
    columns: dict[str, Sequence[Any]] = {"row": lines}
    columns |= {name: [None] * len(lines) for name in plan.absent}
    apart: set[int] = set()
    for place, name, clean in plan.read:
        columns[name], wrong = _column(cells[place], clean)
        apart.update(wrong)
    apart.update(_apart(plan, columns))
    columns["raw"] = _raw(plan, cells, len(lines))
    names = list(columns)
    for index, values in enumerate(zip(*columns.values(), strict=True)):
        yield None if index in apart else dict(zip(names, values, strict=True))


def _column(cells: Sequence[Any], clean: Clean) -> tuple[list[Any], list[int]]:
    """The cleaned cells, and where none could be."""
    if _repeats(cells):
        memo, wrong = _each(set(cells), clean)
        at = [index for index, cell in enumerate(cells) if cell in wrong] if wrong else []
        return list(map(memo.__getitem__, cells)), at
    try:
        return list(map(clean, cells)), []
    except CellError:
        values, at = [], []
        for index, cell in enumerate(cells):
            try:
                values.append(clean(cell))
            except CellError:
                values.append(None)
                at.append(index)
        return values, at


def _repeats(cells: Sequence[Any]) -> bool:
    distinct = set(cells)
    if len(distinct) * 2 > len(cells):
        return False
    # True and 1 and 1.0 are equal to a look-up, and different to a cleaner
    return all(type(cell) is str for cell in distinct) or {bool, int}.isdisjoint(map(type, cells))


def _each(cells: set[Any], clean: Clean) -> tuple[dict[Any, Any], set[Any]]:
    memo: dict[Any, Any] = {}
    wrong = set()
    for cell in cells:
        try:
            memo[cell] = clean(cell)
        except CellError:
            memo[cell] = None
            wrong.add(cell)
    return memo, wrong


def _apart(plan: Plan, columns: dict[str, Sequence[Any]]) -> set[int]:
    """The rows that lack something, or may be a total."""
    found: set[int] = set()
    for name in [*plan.needed, plan.hashed] if plan.hashed else plan.needed:
        if None in columns[name]:
            found.update(index for index, value in enumerate(columns[name]) if value is None)
    if not set(plan.identity) & set(plan.needed):
        named = zip(*(columns[name] for name in plan.identity), strict=True)
        found.update(index for index, values in enumerate(named) if values.count(None) == len(values))
    for name in plan.labels:
        totals = {value for value in set(columns[name]) if plan.is_total(value)}
        found.update(index for index, value in enumerate(columns[name]) if value in totals) if totals else None
    return found


def _raw(plan: Plan, cells: Sequence[Sequence[Any]], rows: int) -> list[str]:
    """The kept columns' text as JSON, put together from the pieces of its columns."""
    pieces = [_pieces(cells[place], f", {encode_basestring(title)}: ") for place, title in plan.kept]
    return ["{" + "".join(of_row)[2:] + "}" for of_row in zip(*pieces, strict=True)] if pieces else ["{}"] * rows


def _pieces(cells: Sequence[Any], start: str) -> list[str]:
    def piece(cell: Any) -> str:
        if cell == "":
            return ""
        return start + encode_basestring(cell.strip() if type(cell) is str else shown(cell))

    return _column(cells, piece)[0]

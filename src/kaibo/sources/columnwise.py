"""Cleans a stretch of rows column by column: what most rows need costs a look-up, what few need is left to others.

A column of an export says the same few things over and over, so each is cleaned once and remembered. Rows in which a
cell cannot be understood, or something needed is missing, are only named: `extraction` takes them one by one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from json.encoder import encode_basestring
from typing import Any

from kaibo.facts.columns import Same
from kaibo.sources.cells import CellError, shown
from kaibo.sources.column_cells import stripped
from kaibo.sources.text_stretches import Coded, Cut

# rows of a stretch
STRETCH = 1024
# texts that a column remembers; one that says more is not remembered
REMEMBERED = 8192
# and how many things that are made of it: its value, and its piece of the row's text behind what precedes it
KINDS = 4

Clean = Callable[[Any], Any]
# cleans a whole column, or says None where its cells have to be looked at one by one
CleanAll = Callable[[Sequence[Any]], "Sequence[Any] | None"]
Fact = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """`read`: (place, field, cleaner, cleaner of the whole column if there is one) of each column read.

    `kept`: (place, title) of each kept as text. `absent`: fields whose column the file does not have. A row is left out
    where one of `needed` is unknown, all of `identity` are, or the label in one of `labels` is one of `totals`;
    `hashed` has to be known too, where it is named.
    """

    read: Sequence[tuple[int, str, Clean, CleanAll | None]]
    kept: Sequence[tuple[int, str]]
    absent: Sequence[str]
    needed: Sequence[str]
    identity: Sequence[str]
    labels: Sequence[str]
    hashed: str
    is_total: Callable[[Any], bool]


@dataclass(frozen=True)
class Cleaned:
    """The facts of some rows by field, `row` and `raw` among them; `apart`: the rows to be looked at one by one."""

    columns: dict[str, Sequence[Any]]
    apart: set[int]

    def facts(self, start: int, end: int) -> Iterator[Fact]:
        names = list(self.columns)
        of_rows = zip(*(values[start:end] for values in self.columns.values()), strict=True)
        return (dict(zip(names, values, strict=True)) for values in of_rows)


class Memory:
    """What a column's texts were cleaned to in the stretches before, by what is made of them.

    Only texts, which are equal to nothing else, and only such as could be understood.
    """

    def __init__(self) -> None:
        self._known: dict[Any, dict[Any, Any]] = {}

    def of(self, what: Any, cells: Sequence[Any]) -> list[Any] | None:
        """What these cells were cleaned to; None where not all were met before."""
        known = self._known.get(what)
        if not known:
            return None
        try:
            return list(map(known.__getitem__, cells))
        except KeyError:
            return None

    def keep(self, what: Any, memo: dict[Any, Any], wrong: set[Any]) -> None:
        if set(map(type, memo)) == {str}:
            if what not in self._known and len(self._known) >= KINDS:
                self._known.clear()
            known = self._known.setdefault(what, {})
            known |= {cell: value for cell, value in memo.items() if cell not in wrong} if wrong else memo
            if len(known) > REMEMBERED:
                known.clear()


class Column:
    """A column's cells, looked at once for what is read of them and what is kept."""

    def __init__(self, cells: Sequence[Any], memory: Memory) -> None:
        self.cells = cells = cells.cells if isinstance(cells, Cut) else cells
        self._memory = memory
        # equal texts are the same, whereas True, 1 and 1.0 are equal to a look-up and different to a cleaner
        if isinstance(cells, Coded):
            self.same = len(cells.values) == 1
        else:
            self.same = type(cells[0]) is str and cells[0] == cells[-1] and cells.count(cells[0]) == len(cells)

    def mapped(
        self, clean: Clean, whole: CleanAll | None = None, what: Any = None
    ) -> tuple[Sequence[Any], Iterable[int]]:
        """The cleaned cells, and where none could be. `what`: names what is made of the cells, for the memory."""
        cells = self.cells
        if self.same:
            memo, wrong = _each({cells[0]}, clean)
            return Same(memo[cells[0]], len(cells)), range(len(cells)) if wrong else ()
        if (known := self.known(what)) is not None:
            return known, ()
        if self._distinct is not None:
            memo, wrong = _each(self._distinct, clean)
            self._memory.keep(what, memo, wrong)
            at = [index for index, cell in enumerate(cells) if cell in wrong] if wrong else ()
            if isinstance(cells, Coded):
                return list(map([memo[value] for value in cells.values].__getitem__, cells.codes)), at
            return list(map(memo.__getitem__, cells)), at
        if whole is not None and (values := whole(cells)) is not None:
            return values, ()
        try:
            return list(map(clean, cells)), ()
        except CellError:
            return _one_by_one(cells, clean)

    def known(self, what: Any) -> list[Any] | None:
        """What its cells were cleaned to before, if all were met."""
        if not isinstance(self.cells, Coded):
            return self._memory.of(what, self.cells)
        known = self._memory.of(what, self.cells.values)
        return known and list(map(known.__getitem__, self.cells.codes))

    @cached_property
    def _distinct(self) -> set[Any] | None:
        if isinstance(self.cells, Coded):
            return set(self.cells.values)
        return None if self.same else _repeating(self.cells)

    @property
    def has_blanks(self) -> bool:
        return "" in (self.cells if self._distinct is None else self._distinct)

    @cached_property
    def plain(self) -> list[str] | None:
        """The texts of a column that hardly repeats itself, if JSON takes them as they stand."""
        found = None if self.same or self._distinct is not None else stripped(self.cells)
        joined = "".join(found) if found else ""
        return found if joined.isprintable() and '"' not in joined and "\\" not in joined else None


def cleaned(
    plan: Plan, lines: Sequence[int], cells: Sequence[Sequence[Any]], memories: defaultdict[int, Memory]
) -> Cleaned:
    """A fact of each row. `cells`: the columns of these lines, of which there is one at least; `memories`: by place."""
    used = {place for place, *_ in plan.read} | {place for place, _ in plan.kept}
    looked_at = {place: Column(cells[place], memories[place]) for place in used}
    columns: dict[str, Sequence[Any]] = {"row": lines}
    columns |= {name: Same(None, len(lines)) for name in plan.absent}
    apart: set[int] = set()
    for place, name, clean, whole in plan.read:
        columns[name], wrong = looked_at[place].mapped(clean, whole, name)
        apart.update(wrong)
    apart.update(_apart(plan, columns))
    kept = [(looked_at[place], title) for place, title in plan.kept]
    columns["raw"] = _raw(kept, len(lines)) or _raw_of_any(kept, len(lines))
    return Cleaned(columns, apart)


def _repeating(cells: Sequence[Any]) -> set[Any] | None:
    """The distinct cells of a column that repeats itself."""
    distinct = set(cells)
    if len(distinct) * 2 > len(cells):
        return None
    kinds = set(map(type, distinct))
    # True and 1 and 1.0 are equal to a look-up, and different to a cleaner
    return distinct if kinds == {str} or {bool, int}.isdisjoint(map(type, cells)) else None


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


def _one_by_one(cells: Sequence[Any], clean: Clean) -> tuple[list[Any], list[int]]:
    values, at = [], []
    for index, cell in enumerate(cells):
        try:
            values.append(clean(cell))
        except CellError:
            values.append(None)
            at.append(index)
    return values, at


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


def _raw(kept: Sequence[tuple[Column, str]], rows: int) -> list[str] | None:
    """The kept columns' text as JSON, put together from pieces; None where any column may be a row's first that speaks.

    What is the same in all rows between two pieces goes with the one behind it.
    """
    lead, comma, pieces = "{", "", list[Iterable[str]]()
    for column, title in kept:
        name = f"{comma}{encode_basestring(title)}: "
        if column.same:
            lead += _piece(column.cells[0], name)
        elif comma and (known := column.known((lead, name))) is not None:
            pieces.append(known)
            lead = ""
        elif column.has_blanks and not comma:
            return None
        elif column.plain is not None and not column.has_blanks:
            pieces += [repeat(f'{lead}{name}"', rows), column.plain]
            lead = '"'
        else:
            pieces.append(_pieces(column, lead, name))
            lead = ""
        comma = ", " if lead != "{" else ""
    pieces.append(repeat(lead + "}", rows))
    return list(map("".join, zip(*pieces, strict=True)))


def _raw_of_any(kept: Sequence[tuple[Column, str]], rows: int) -> list[str]:
    pieces = [_pieces(column, "", f", {encode_basestring(title)}: ") for column, title in kept]
    return ["{" + "".join(of_row)[2:] + "}" for of_row in zip(*pieces, strict=True)] if pieces else ["{}"] * rows


def _pieces(column: Column, lead: str, name: str) -> Iterable[str]:
    return column.mapped(lambda cell: lead + _piece(cell, name), what=(lead, name))[0]


def _piece(cell: Any, name: str) -> str:
    """A cell with its name, nothing where it is blank."""
    if cell == "":
        return ""
    return name + encode_basestring(cell.strip() if type(cell) is str else shown(cell))

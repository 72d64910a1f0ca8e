"""Reads the rows of a sheet by its distinct cells: what a column says over and over is understood once.

The spreadsheet library says what a cell holds, and needs a microsecond to say it; a sheet of 200,000 order lines has
15 million cells, nearly all of which say what another one said. So rows are only cut apart here, many at a time and
column by column; plain texts are taken as they stand, and each other distinct cell goes to the library. Nothing is
taken from a sheet that is not written as nearly all are, letter for letter: for such a one `Irregular` is raised, and
the library reads it whole.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from kaibo.sources.blocks import CELLS, Block
from kaibo.sources.row_pattern import POINTED, Part, RowPattern, Seen, learn
from kaibo.sources.shared_strings import INLINE, Irregular, SharedStrings, between, plain_texts

# what a column remembers
REMEMBERED = 4096
# lines above the rows, and one in how many may be written otherwise before the pattern is learned anew
ABOVE, ODD = 5, 50
# patterns that are made anew because few lines were written so
PATTERNS = 40
# ways in which the lines of a sheet are laid out that are told apart at a look
LAYOUTS = 16

ROW_HEAD = re.compile(rb'r="\d{1,7}"(?: [\w:.]+="[^"<>]*")*\s*>\s*')
PLACE = re.compile(rb'([A-Z]{1,3})(\d{1,7})"')
# attributes behind the place, then one whole cell and nothing of its neighbours
CELL = re.compile(
    rb'(?: [\w:.]+="[^"<]*")*\s*(?:/>|>'
    rb"[^<]*(?:<(?![!?]|/?(?:\w+:)?(?:c|row|sheetData)[\s/>])[^<]*)*</(?:\w+:)?c>)\s*"
)

Understand = Callable[[list[bytes]], list[Any]]


@dataclass(frozen=True)
class Layout:
    """Which columns a line has, what follows each of its cells, and what its cells said before."""

    columns: Sequence[int]
    letters: Sequence[bytes]
    ends: Sequence[bytes]
    memos: Sequence[dict[bytes, Any]]


@dataclass
class Group:
    """The lines of a chunk that are laid out alike: where among its lines, and their cells."""

    layout: Layout
    at: list[int] = field(default_factory=list)
    rows: list[list[bytes]] = field(default_factory=list)


@dataclass(frozen=True)
class Waiting:
    """A column in which some cells are not understood yet: None among its values, and in `found` where unknown.

    A cell is its key without what `cut` says at the end, between `before` and `after`.
    """

    values: list[Any]
    keys: Sequence[bytes]
    memo: dict[bytes, Any]
    found: dict[bytes, Any]
    cut: int = 0
    before: bytes = b""
    after: bytes = b""

    def cell(self, key: bytes) -> bytes:
        return self.before + key[: len(key) - self.cut] + self.after


class CellReader:
    """Reads one sheet's lines in their order. `tag`: the prefix of its tags; `understand`: cells → what they hold.

    A line is cut where its number stands, once in each cell's place (A1242, B1242 …) and once above them. What lies
    between is a cell and the letters of the next one, and that is the same again in other lines.
    """

    def __init__(self, tag: bytes, strings: SharedStrings, understand: Understand) -> None:
        self._tag, self._strings, self._understand = tag, strings, understand
        self._row, self._cell, self._close = b"<%brow " % tag, b'<%bc r="' % tag, b"</%brow>" % tag
        self._line = 0
        # what stands before the first cell's number, and how many cells → the layouts of such lines
        self._layouts: dict[tuple[bytes, int], list[Layout]] = {}
        self._of_columns: dict[tuple[int, ...], Layout] = {}
        self._of_column: dict[tuple[bytes, bytes], dict[bytes, Any]] = {}
        # whether lines of one length and beginning were laid out in different ways: then each is looked at
        self._mixed = False
        # how nearly all lines are written, the columns that are not the same in all, and how often that was learned
        self._pattern: RowPattern | None = None
        self._varied: set[int] = set()
        self._learned = 0

    def read(self, chunk: bytes) -> Block:
        """What a chunk of whole lines says. Raises Irregular."""
        if self._pattern and (block := self._by_pattern(chunk, self._pattern)):
            return block
        before, *rows = chunk.split(self._row)
        if before.strip():
            raise Irregular
        lines = self._numbered(row[3 : row.find(b'"', 3)] for row in rows)
        if not all(row.startswith(b'r="') for row in rows):
            raise Irregular
        return Block(lines, self._understood(rows, learning=self._learned < PATTERNS))

    def _numbered(self, numbers: Iterable[bytes]) -> list[int]:
        numbers = list(numbers)
        if not all(map(bytes.isdigit, numbers)):
            raise Irregular
        lines = list(map(int, numbers))
        if any(right <= left for left, right in pairwise([self._line, *lines])):
            raise Irregular
        self._line = lines[-1] if lines else self._line
        return lines

    def _by_pattern(self, chunk: bytes, pattern: RowPattern) -> Block | None:
        """None where most lines are written otherwise."""
        match, at, rows, numbers = pattern.regex.match, 0, list[tuple[bytes, ...]](), list[bytes]()
        odd: list[bytes] = []
        odd_at: list[int] = []
        while at < len(chunk):
            if row := match(chunk, at):
                rows.append(row.groups(b""))
                numbers.append(rows[-1][0])
                at = row.end()
                continue
            end = chunk.find(self._row, at + 1)
            line = chunk[at : end if end >= 0 else len(chunk)]
            if not line.startswith(self._row + b'r="'):
                raise Irregular
            odd_at.append(len(numbers))
            odd.append(line[len(self._row) :])
            numbers.append(odd[-1][3 : odd[-1].find(b'"', 3)])
            at += len(line)
        if len(odd) * ODD > len(numbers):
            self._pattern = None
            if len(odd) * 4 > len(numbers):
                return None
        lines = self._numbered(numbers)
        waiting: list[Waiting] = []
        columns: list[Any] = [[""] * len(rows)] * pattern.width
        for place, value in pattern.fixed.items():
            columns[place] = [value] * len(rows)
        _, *keys = zip(*rows, strict=True)
        for part, of_part in zip(pattern.parts, keys, strict=True):
            columns[part.place] = self._of_part(part, of_part, waiting)
        self._fill(waiting)
        if odd:
            apart = set(odd_at)
            return Block(
                lines,
                _joined(
                    [
                        ([at for at in range(len(lines)) if at not in apart], range(pattern.width), columns),
                        (odd_at, None, self._understood(odd)),
                    ]
                ),
            )
        return Block(lines, columns)

    def _of_part(self, part: Part, keys: Sequence[bytes], waiting: list[Waiting]) -> list[Any]:
        values = list(map(part.memo.get, keys))
        if None in values:
            fresh = list(dict.fromkeys(key for key, value in zip(keys, values, strict=True) if value is None))
            plain = self._strings.texts(list(map(int, fresh))) if part.pointed else self._plain(fresh, b"")
            found = dict(zip(fresh, plain, strict=True))
            waiting.append(Waiting(values, keys, part.memo, found, before=part.before, after=part.after))
        return values

    def _understood(self, rows: list[bytes], *, learning: bool = False) -> list[list[Any]]:
        """The columns of these lines, each cell looked at."""
        found = None if self._mixed else self._looked_at(rows)
        if found is None:
            # lines of one length and beginning are laid out in different ways
            self._mixed = True
            found = self._looked_at(rows)
        if found is None:
            raise Irregular
        if learning and rows:
            self._learn(found, len(rows))
        if len(found) == 1 and _gapless(found[0][0].layout.columns):
            return found[0][1]
        return _joined([(group.at, group.layout.columns, values) for group, values in found])

    def _looked_at(self, rows: list[bytes]) -> list[tuple[Group, list[list[Any]]]] | None:
        """The lines of each layout and what their columns hold; None where one is laid out otherwise than it seemed."""
        waiting: list[Waiting] = []
        read = []
        for group in self._groups(rows):
            layout, values = group.layout, []
            for memo, end, keys in zip(layout.memos, layout.ends, zip(*group.rows, strict=True), strict=True):
                found = self._column(memo, end, keys, waiting)
                if found is None:
                    return None
                values.append(found)
            read.append((group, values))
        self._fill(waiting)
        return read

    def _learn(self, found: list[tuple[Group, list[list[Any]]]], rows: int) -> None:
        seen: dict[int, Seen] = {}
        for group, of_group in found:
            layout = group.layout
            cells = zip(
                layout.columns, layout.letters, layout.ends, zip(*group.rows, strict=True), of_group, strict=True
            )
            for place, letters, end, keys, values in cells:
                column = seen.setdefault(place, Seen(letters))
                for key, count in Counter(keys).items():
                    column.bodies[key[: len(key) - len(end)]] += count
                held = zip(keys, values, strict=True)
                column.values |= {key[: len(key) - len(end)]: value for key, value in held}
        # title and header are written otherwise
        least = rows if self._learned else rows - ABOVE
        self._pattern = learn(self._tag, seen, least, self._varied) if seen and least > 0 else None
        self._learned += 1

    def _groups(self, rows: list[bytes]) -> list[Group]:
        groups: dict[int, Group] = {}
        for at, row in enumerate(rows):
            row = row.rstrip()
            if row.endswith(self._close):
                row = row[: -len(self._close)]
            elif not row.endswith(b"/>") or b"<" in row:
                raise Irregular
            else:
                row = row[:-2] + b">"
            number = row[3 : row.find(b'"', 3)]
            _, head, *keys = row.split(number + b'"')
            layout = self._layout(head, keys)
            if layout is None:
                layout, keys = self._afresh(row, number)
            group = groups.setdefault(id(layout), Group(layout))
            group.at.append(at)
            group.rows.append(keys)
        return list(groups.values())

    def _layout(self, head: bytes, keys: list[bytes]) -> Layout | None:
        known = self._layouts.get((head, len(keys)), ())
        if len(known) == 1 and not self._mixed:
            return known[0]
        for layout in known:
            if all(map(bytes.endswith, keys, layout.ends)):
                return layout
        return None

    def _afresh(self, row: bytes, number: bytes) -> tuple[Layout, list[bytes]]:
        """The slow and certain way, which also learns how such lines are laid out."""
        head, *cells = row.split(self._cell)
        placed = [match for cell in cells if (match := PLACE.match(cell)) and match[2] == number]
        if not ROW_HEAD.fullmatch(head) or len(placed) != len(cells):
            raise Irregular
        letters = [match[1] for match in placed]
        columns = tuple(column_of(name) for name in letters)
        if any(right <= left for left, right in pairwise(columns)):
            raise Irregular
        layout = self._of_columns.get(columns)
        if layout is None:
            ends = [self._cell + name for name in letters[1:]] + [b""] * bool(letters)
            # what is remembered of a cell holds with the same neighbour only: else a line laid out otherwise would pass
            memos = [self._of_column.setdefault(pair, {}) for pair in zip(letters, ends, strict=True)]
            layout = self._of_columns[columns] = Layout(columns, letters, ends, memos)
        start = head.removeprefix(b'r="%b"' % number) + (self._cell + letters[0] if letters else b"")
        known = self._layouts.setdefault((start, len(cells)), [])
        if len(known) < LAYOUTS and not any(layout is other for other in known):
            known.append(layout)
        return layout, [cell[match.end() :] + end for cell, match, end in zip(cells, placed, layout.ends, strict=True)]

    def _column(
        self, memo: dict[bytes, Any], end: bytes, keys: Sequence[bytes], waiting: list[Waiting]
    ) -> list[Any] | None:
        """What the cells hold, None where that is still waited for; None if one has another neighbour."""
        values = list(map(memo.get, keys))
        if None in values:
            fresh = list(dict.fromkeys(key for key, value in zip(keys, values, strict=True) if value is None))
            if not all(key.endswith(end) for key in fresh):
                return None
            found = dict(zip(fresh, self._plain(fresh, end), strict=True))
            waiting.append(Waiting(values, keys, memo, found, cut=len(end)))
        return values

    def _plain(self, keys: list[bytes], end: bytes) -> Sequence[str | None]:
        """The texts of cells that are written in one way; None for each that the library has to look at."""
        first, stop = keys[0], len(keys[0]) - len(end)
        if match := POINTED.fullmatch(first, 0, stop):
            numbers = between(keys, first[: match.start(1)], first[match.end(1) :])
            if numbers and all(numbers) and b"".join(numbers).isdigit():
                return self._strings.texts(list(map(int, numbers)))
        elif match := INLINE.fullmatch(first, 0, stop):
            inside = match.lastindex or 0
            texts = between(keys, first[: match.start(inside)], first[match.end(inside) :])
            if texts and (plain := plain_texts(texts, trimmed=inside == 1)):
                return plain
        return [self._text(key, end) for key in keys]

    def _text(self, key: bytes, end: bytes) -> str | None:
        if match := POINTED.fullmatch(key, 0, len(key) - len(end)):
            return self._strings.texts([int(match[1])])[0]
        if match := INLINE.fullmatch(key, 0, len(key) - len(end)):
            inside = match.lastindex or 0
            plain = plain_texts([match[inside]], trimmed=inside == 1)
            return plain[0] if plain else None
        return None

    def _fill(self, waiting: list[Waiting]) -> None:
        """Ask the library for all that is not understood yet, and put everything in its place."""
        cells: dict[bytes, Any] = {}
        for column in waiting:
            if None in column.found.values():
                cells |= {column.cell(key): None for key, value in column.found.items() if value is None}
        if cells:
            if not all(map(CELL.fullmatch, cells)):
                raise Irregular
            cells = dict(zip(cells, self._understand(list(cells)), strict=True))
        for column in waiting:
            found = column.found
            if None in found.values():
                found |= {key: cells[column.cell(key)] for key, value in found.items() if value is None}
            if len(found) == len(column.keys):
                column.values[:] = found.values()
            else:
                known = zip(column.keys, column.values, strict=True)
                column.values[:] = [found[key] if value is None else value for key, value in known]
            _remember(column.memo, found, len(column.keys))


def _remember(memo: dict[bytes, Any], found: dict[bytes, Any], rows: int) -> None:
    """A column whose cells are nearly all different is not worth remembering."""
    if len(found) > REMEMBERED or 2 * len(found) > max(rows, 64):
        return
    if len(memo) + len(found) > REMEMBERED:
        absent = memo.get(b"")
        memo.clear()
        if absent is not None:
            memo[b""] = absent
    memo.update(found)


def _joined(apart: Sequence[tuple[Sequence[int], Sequence[int] | None, Sequence[Sequence[Any]]]]) -> list[list[Any]]:
    """The columns of lines that were read apart: (where among all lines, the columns' places, the columns)."""
    parts = [(at, range(len(columns)) if places is None else places, columns) for at, places, columns in apart]
    rows = sum(len(at) for at, _, _ in parts)
    width = max((places[-1] + 1 for _, places, _ in parts if places), default=0)
    if width * rows > CELLS:
        # a stray cell far out: what lies between would fill the memory
        raise Irregular
    joined: list[list[Any]] = [[""] * rows for _ in range(width)]
    for at, places, columns in parts:
        for place, column in zip(places, columns, strict=True):
            into = joined[place]
            for line, value in zip(at, column, strict=True):
                into[line] = value
    return joined


def _gapless(columns: Sequence[int]) -> bool:
    return not columns or columns[-1] + 1 == len(columns)


def column_of(letters: bytes) -> int:
    """A → 0, Z → 25, AA → 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1

"""Reads the rows of a sheet by its distinct cells: what a column says over and over is understood once.

The spreadsheet library says what a cell holds, and needs a microsecond to say it; a sheet of 200,000 order lines has
15 million cells, nearly all of which say what another one said. So rows are only cut apart here, and each distinct cell
goes to the library. Nothing is taken from a sheet that is not written as nearly all are, letter for letter: for such
a one `Irregular` is raised, and the library reads it whole.
"""

import re
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

# what a column remembers; one whose cells are all different is not worth more
REMEMBERED = 2048

ROW_HEAD = re.compile(rb'r="\d{1,7}"(?: [\w:.]+="[^"<>]*")*\s*>\s*')
PLACE = re.compile(rb'([A-Z]{1,3})(\d{1,7})"')
# attributes behind the place, then one whole cell and nothing of its neighbours
CELL = re.compile(
    rb'(?: [\w:.]+="[^"<]*")*\s*(?:/>|>'
    rb"[^<]*(?:<(?![!?]|/?(?:\w+:)?(?:c|row|sheetData)[\s/>])[^<]*)*</(?:\w+:)?c>)\s*"
)
SHARED = re.compile(
    rb'((?: [\w:.]+="[^"<]*")*?) t="s"([^<>]*)>\s*<((?:\w+:)?)v[^<>/]*>(\d{1,9})</\3v>\s*(</[^<>]+>)\s*'
)
STRING = re.compile(rb"<((?:\w+:)?)si>([^<]*(?:<(?!/?(?:\w+:)?si[\s/>])[^<]*)*)</\1si>")
STRING_ENDS = re.compile(rb"</(?:\w+:)?si>|<(?:\w+:)?si\s*/>|<!")

# a cell that nobody has understood yet: the values that wait for it, where among them, who will remember it as what,
# and what of that follows the cell
Missing = tuple[list[Any], int, dict[bytes, Any], bytes, bytes]
Understand = Callable[[list[bytes]], list[Any]]


class Irregular(Exception):
    """A sheet that is written in another way than this module knows."""


@dataclass(frozen=True)
class SharedStrings:
    """The texts that cells point at by number, as they stand in the file."""

    part: bytes = b""
    starts: "array[int]" = field(default_factory=lambda: array("Q"))
    ends: "array[int]" = field(default_factory=lambda: array("Q"))

    @staticmethod
    def of(part: bytes) -> "SharedStrings":
        """Raises Irregular."""
        found = SharedStrings(part)
        for match in STRING.finditer(part):
            found.starts.append(match.start(2))
            found.ends.append(match.end(2))
        if sum(1 for _ in STRING_ENDS.finditer(part)) != len(found.starts):
            raise Irregular
        return found

    def inside(self, cell: bytes) -> bytes:
        """The cell with its text in it, where it points at one. Raises IndexError where there is no such text."""
        if b't="s"' not in cell or not (match := SHARED.fullmatch(cell)):
            return cell
        at, tag = int(match[4]), match[3]
        text = self.part[self.starts[at] : self.ends[at]]
        return b'%b t="inlineStr"%b><%bis>%b</%bis>%b' % (match[1], match[2], tag, text, tag, match[5])


class CellReader:
    """Reads one sheet's lines in their order. `tag`: the prefix of its tags; `understand`: cells → what they hold.

    A line is cut where its number stands, once in each cell's place (A1242, B1242 …) and once above them. What lies
    between is a cell and the letters of the next one, and that is the same again in other lines.
    """

    def __init__(self, tag: bytes, understand: Understand) -> None:
        self._understand = understand
        self._row, self._cell, self._close = b"<%brow " % tag, b'<%bc r="' % tag, b"</%brow>" % tag
        self._line = 0
        # of the last line that was laid out in a new way: its columns, what follows each cell, what it said before
        self._columns: Sequence[int] = []
        self._first = b""
        self._ends: list[bytes] = []
        self._memos: list[dict[bytes, Any]] = []
        self._of_column: dict[tuple[bytes, bytes], dict[bytes, Any]] = {}
        # what stands before the first cell's number → that cell's letters
        self._heads: dict[bytes, bytes] = {}

    def read(self, chunk: bytes) -> list[tuple[int, Sequence[int], list[Any]]]:
        """(1-based line, columns from 0, their values) of each line in a chunk of whole lines. Raises Irregular."""
        before, *rows = chunk.split(self._row)
        if before.strip():
            raise Irregular
        found, missing = [], list[Missing]()
        for row in rows:
            number = row[3 : row.find(b'"', 3)]
            if not (row.startswith(b'r="') and number.isdigit() and self._line < int(number)):
                raise Irregular
            self._line = int(number)
            values = self._values(row.rstrip(), number, missing)
            found.append((self._line, self._columns, values))
        self._fill(missing)
        return found

    def _values(self, row: bytes, number: bytes, missing: list[Missing]) -> list[Any]:
        if row.endswith(self._close):
            row = row[: -len(self._close)]
        elif not row.endswith(b"/>") or b"<" in row:
            raise Irregular
        else:
            row = row[:-2] + b">"
        _, head, *keys = row.split(number + b'"')
        if len(keys) != len(self._memos) or self._heads.get(head) != self._first:
            return self._afresh(row, number, missing)
        values = list(map(dict.get, self._memos, keys))
        place = -1
        for _ in range(values.count(None)):
            place = values.index(None, place + 1)
            if not keys[place].endswith(self._ends[place]):
                return self._afresh(row, number, missing)
            missing.append((values, place, self._memos[place], keys[place], self._ends[place]))
        return values

    def _afresh(self, row: bytes, number: bytes, missing: list[Missing]) -> list[Any]:
        """The slow and certain way, which also learns how the lines are laid out now."""
        head, *cells = row.split(self._cell)
        placed = [match for cell in cells if (match := PLACE.match(cell)) and match[2] == number]
        if not ROW_HEAD.fullmatch(head) or len(placed) != len(cells):
            raise Irregular
        letters = [match[1] for match in placed]
        columns = [column_of(name) for name in letters]
        if any(right <= left for left, right in pairwise(columns)):
            raise Irregular
        self._columns, self._first = columns, letters[0] if letters else b""
        self._ends = [self._cell + name for name in letters[1:]] + [b""] * bool(letters)
        # what is remembered of a cell holds with the same neighbour only: else a line laid out otherwise would pass
        self._memos = [self._of_column.setdefault(pair, {}) for pair in zip(letters, self._ends, strict=True)]
        if letters:
            self._heads[head.removeprefix(b'r="%b"' % number) + self._cell + self._first] = self._first
        keys = [cell[match.end() :] + end for cell, match, end in zip(cells, placed, self._ends, strict=True)]
        values = list(map(dict.get, self._memos, keys))
        missing += [
            (values, place, self._memos[place], keys[place], self._ends[place])
            for place, value in enumerate(values)
            if value is None
        ]
        return values

    def _fill(self, missing: list[Missing]) -> None:
        bodies = [key[: len(key) - len(end)] for _, _, _, key, end in missing]
        fresh = list(dict.fromkeys(bodies))
        if not all(map(CELL.fullmatch, fresh)):
            raise Irregular
        understood = dict(zip(fresh, self._understand(fresh), strict=True))
        for (values, place, memo, key, _), body in zip(missing, bodies, strict=True):
            if len(memo) >= REMEMBERED:
                memo.clear()
            values[place] = memo[key] = understood[body]


def column_of(letters: bytes) -> int:
    """A → 0, Z → 25, AA → 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1

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
# the two ways in which nearly every text is written
POINTED = re.compile(rb'(?: s="\d+")? t="s"><v>(\d{1,9})</v></c>')
PLAIN = rb'<%bt>([^<&\s](?:[^<&]*[^<&\s])?)</%bt>|<%bt xml:space="preserve">([^<&]*)</%bt>'
INLINE = re.compile(rb'(?: s="\d+")? t="inlineStr"><is>(?:%b)</is></c>' % PLAIN.replace(b"%b", b""))
STRING = re.compile(
    rb"<((?:\w+:)?)si>(?:%b|[^<]*(?:<(?!/?(?:\w+:)?si[\s/>])[^<]*)*)</\1si>" % PLAIN.replace(b"%b", rb"\1")
)
# a text in which these stand may mean another one
MEANING = (b"\r", b"_x")
STRING_ENDS = re.compile(rb"</(?:\w+:)?si>|<(?:\w+:)?si\s*/>|<!")
OTHER_ENCODING = re.compile(rb"""<\?xml[^>]*encoding=["'](?!utf-8["'])""", re.IGNORECASE)

# a cell that nobody has understood yet: the values that wait for it, where among them, who will remember it as what,
# and what of that follows the cell
Missing = tuple[list[Any], int, dict[bytes, Any], bytes, bytes]
Understand = Callable[[list[bytes]], list[Any]]


class Irregular(Exception):
    """A sheet that is written in another way than this module knows."""


@dataclass(frozen=True)
class SharedStrings:
    """The texts that cells point at by number, as they stand in the file: from the first sign inside to the last."""

    part: bytes = b""
    starts: "array[int]" = field(default_factory=lambda: array("I"))
    ends: "array[int]" = field(default_factory=lambda: array("I"))
    # those that hold more than one plain text
    rich: set[int] = field(default_factory=set)

    @staticmethod
    def of(part: bytes) -> "SharedStrings":
        """Raises Irregular."""
        found = SharedStrings(part)
        doubtful = any(sign in part for sign in MEANING)
        for number, match in enumerate(STRING.finditer(part)):
            inside = match.lastindex or 1
            if inside == 1 or (doubtful and any(sign in match[inside] for sign in MEANING)):
                found.rich.add(number)
                found.starts.append(match.end(1) + 3)
                found.ends.append(match.end() - len(match[1]) - 5)
            else:
                found.starts.append(match.start(inside))
                found.ends.append(match.end(inside))
        if sum(1 for _ in STRING_ENDS.finditer(part)) != len(found.starts) or OTHER_ENCODING.match(part):
            raise Irregular
        return found

    def plain(self, number: int) -> str | None:
        """The text, where it means what it says letter for letter. Raises IndexError where there is no such text."""
        return None if number in self.rich else self.part[self.starts[number] : self.ends[number]].decode()

    def inside(self, cell: bytes) -> bytes:
        """The cell with its text in it, where it points at one. Raises IndexError where there is no such text."""
        if b't="s"' not in cell or not (match := SHARED.fullmatch(cell)):
            return cell
        number, tag = int(match[4]), match[3]
        text = self.part[self.starts[number] : self.ends[number]]
        if number not in self.rich:
            text = b'<%bt xml:space="preserve">%b</%bt>' % (tag, text, tag)
        return b'%b t="inlineStr"%b><%bis>%b</%bis>%b' % (match[1], match[2], tag, text, tag, match[5])


class CellReader:
    """Reads one sheet's lines in their order. `tag`: the prefix of its tags; `understand`: cells → what they hold.

    A line is cut where its number stands, once in each cell's place (A1242, B1242 …) and once above them. What lies
    between is a cell and the letters of the next one, and that is the same again in other lines.
    """

    def __init__(self, tag: bytes, strings: SharedStrings, understand: Understand) -> None:
        self._strings, self._understand = strings, understand
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
            self._look(values, place, keys[place], missing)
        return values

    def _look(self, values: list[Any], place: int, key: bytes, missing: list[Missing]) -> None:
        """Understand a cell here if it is a plain text, else leave it to the library."""
        memo, end, text = self._memos[place], self._ends[place], None
        if match := POINTED.fullmatch(key, 0, len(key) - len(end)):
            text = self._strings.plain(int(match[1]))
        elif match := INLINE.fullmatch(key, 0, len(key) - len(end)):
            found: bytes = match[match.lastindex or 0]
            text = None if any(sign in found for sign in MEANING) else found.decode()
        if text is None:
            missing.append((values, place, memo, key, end))
            return
        if len(memo) >= REMEMBERED:
            memo.clear()
        values[place] = memo[key] = text

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
        for place, value in enumerate(values):
            if value is None:
                self._look(values, place, keys[place], missing)
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

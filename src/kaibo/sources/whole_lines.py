"""The lines below a header that are as wide as it, many at a time; what is cut or shifted is rejected."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from kaibo.message import Message
from kaibo.sources.blocks import Block
from kaibo.sources.columnwise import STRETCH
from kaibo.sources.headers import Header
from kaibo.sources.tables import Row, is_blank
from kaibo.sources.text_stretches import Cut


class WholeLines:
    """`last`: the last column that is read. `reject` hears of each line that is none: its number and why."""

    def __init__(self, header: Header, last: int, reject: Callable[[int, Message], None]) -> None:
        self._header, self._last, self._reject = header, last, reject
        self._width = len(header.cells)
        # lines that say something, whole or not
        self.seen = 0

    def blocks(self) -> Iterator[Block]:
        return self._of_rows() if self._header.sheet.blocks is None else self._of_blocks(self._header.sheet.blocks())

    def _of_rows(self) -> Iterator[Block]:
        line = 0
        for stretch in self._stretches():
            if isinstance(stretch, tuple):
                yield Block(range(line + 1, line + 1 + len(stretch[0])), stretch)
                line += len(stretch[0])
                self.seen += len(stretch[0])
                continue
            above = max(self._header.line - line, 0)
            lines: Sequence[int] = range(line + 1 + above, line + 1 + len(stretch))
            line += len(stretch)
            rows: list[Row] = stretch[above:] if above else stretch
            if set(map(len, rows)) == {self._width} and not any(map(is_blank, rows)):
                self.seen += len(rows)
            else:
                whole = [(at, row) for at, row in zip(lines, rows, strict=True) if self._is_whole(at, row)]
                lines, rows = [at for at, _ in whole], [row for _, row in whole]
            if rows:
                yield Block(lines, list(zip(*rows, strict=False)))

    def _stretches(self) -> Iterator[list[Row] | tuple[Cut, ...]]:
        sheet = self._header.sheet
        if sheet.stretches:
            yield from sheet.stretches(self._header.line, self._width)
            return
        rows = sheet.rows()
        while stretch := list(islice(rows, STRETCH)):
            yield stretch

    def _of_blocks(self, blocks: Iterator[Block]) -> Iterator[Block]:
        width = self._width
        for found in blocks:
            block = found.below(self._header.line)
            self.seen += len(block.lines)
            beyond = {at for column in block.columns[width:] for at, cell in enumerate(column) if cell != ""}
            for at in sorted(beyond):
                self._fits(block.lines[at], [column[at] for column in block.columns])
            if beyond:
                block = block.only([at for at in range(len(block.lines)) if at not in beyond])
            short = [[""] * len(block.lines)] * (width - len(block.columns))
            if block.lines:
                yield Block(block.lines, [*block.columns[:width], *short])

    def _is_whole(self, line: int, row: Row) -> bool:
        if is_blank(row):
            return False
        self.seen += 1
        return len(row) == self._width or self._fits(line, row)

    def _fits(self, line: int, row: Row) -> bool:
        """A text line with another number of cells is cut or shifted: none of its cells can be trusted.

        Spreadsheet programs leave out blank cells at a line's end; harmless beyond the last column that is read.
        """
        width = self._width
        if len(row) > width and is_blank(row[width:]):
            return True
        if len(row) < width and (not self._header.sheet.ragged or len(row) > self._last + 1):
            row.extend([""] * (width - len(row)))
            return True
        values = {"cells": len(row), "width": width}
        self._reject(line, Message("The line has %(cells)s cells where the header has %(width)s.", values))
        return False

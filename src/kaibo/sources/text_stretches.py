"""The lines of a long text table, many at a time and column by column.

A line without quotes is its cells between delimiters; such lines are cut by the columnar library, which also says what
is distinct among a column's cells. Stretches with quotes, blank lines, lone carriage returns or lines of another width
are cut by Python's reader, as all lines of a short table are, so that the two never differ in what a cell is.

The web process imports every source, so the library is loaded when a long table is read.
"""

import csv
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib import import_module
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import IO, Any, overload

from kaibo.facts.watching import EVERY, Watch

Row = list[Any]
# characters of a stretch; shorter files are not worth the library
STRETCH, LEAST = 2 * 1024**2, 4 * 1024**2
# of a stretch in which the header is looked for, and of what is read on for the end of a quoted cell
HEAD, AHEAD = 32 * 1024, 8 * 1024
# cells looked at to see whether a column may repeat itself
SAMPLE = 64
# the longest cell that Python's reader takes
CELL = csv.field_size_limit()


class Coded(Sequence[str]):
    """Texts of a column as their distinct ones, in the order in which they come, and which of them each is."""

    def __init__(self, values: list[str], codes: list[int]) -> None:
        self.values, self.codes = values, codes

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[str]:
        return map(self.values.__getitem__, self.codes)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        found = self.codes[index]
        return self.values[found] if isinstance(found, int) else list(map(self.values.__getitem__, found))


class Cut(Sequence[str]):
    """A column as the library cut it, made into texts when somebody asks."""

    def __init__(self, array: Any) -> None:
        self._array = array

    @cached_property
    def cells(self) -> Sequence[str]:
        """The texts, as `Coded` where they repeat themselves."""
        first = self._array.slice(0, SAMPLE)
        if len(first.unique()) < len(first):
            coded = self._array.dictionary_encode()
            if len(coded.dictionary) * 2 <= len(coded):
                return Coded(coded.dictionary.to_pylist(), coded.indices.to_numpy().tolist())
        texts: list[str] = self._array.to_numpy(zero_copy_only=False).tolist()
        return texts

    @cached_property
    def has_blanks(self) -> bool:
        compute = import_module("pyarrow.compute")
        return bool(compute.min(compute.binary_length(self._array)).as_py() == 0)

    def __len__(self) -> int:
        return len(self._array)

    def __iter__(self) -> Iterator[str]:
        return iter(self.cells)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, int) and "cells" not in self.__dict__:
            # of a column that is not read, one cell of a line to be looked at
            found: str = self._array[index].as_py()
            return found
        return self.cells[index]


class TextStretches:
    """Reads a text table from its first line. `line`: how far it is, in lines of the text."""

    def __init__(self, path: Path, encoding: str, delimiter: str, total: int, watch: Watch) -> None:
        self._path, self._encoding, self._delimiter = path, encoding, delimiter
        self._total, self._watch = total, watch
        self._done = self.line = 0

    def read(self, above: int, width: int) -> Iterator[list[Row] | tuple[Cut, ...]]:
        """Each stretch as rows, or as the columns of lines that have `width` cells and say something.

        The first `above` lines come as rows. Raises csv.Error for a quote that is not closed. `watch` hears of each
        five hundredth line.
        """
        with self._path.open(encoding=self._encoding, newline="") as file:
            text = _Ahead(file)
            while stretch := text.lines(STRETCH if self._done >= above else HEAD):
                columns = self._columns(stretch, width) if self._done >= above else None
                if columns is None:
                    rows = self._rows(text, stretch)
                    self._tell(len(rows))
                    yield rows
                else:
                    self.line += len(columns[0])
                    self._tell(len(columns[0]))
                    yield columns

    def _rows(self, text: "_Ahead", stretch: str) -> list[Row]:
        """The stretch by Python's reader, which takes more lines where a quote is open at its end."""
        lines = list(StringIO(stretch, newline=""))
        reader = csv.reader(chain(lines, text.more()), delimiter=self._delimiter, strict=True)
        before, rows = self.line, []
        try:
            for row in reader:
                rows.append(row)
                if reader.line_num >= len(lines):
                    break
        finally:
            self.line = before + reader.line_num
        return rows

    def _columns(self, stretch: str, width: int) -> tuple[Cut, ...] | None:
        """None where the lines are not all of the one plain kind."""
        if width < 2 or '"' in stretch or stretch.count("\r") != stretch.count("\r\n"):
            return None
        if max(map(len, stretch.split("\n"))) >= CELL:
            return None
        arrow, text = import_module("pyarrow"), import_module("pyarrow.csv")
        names = list(map(str, range(width)))
        try:
            table = text.read_csv(
                arrow.py_buffer(stretch.encode()),
                text.ReadOptions(use_threads=False, column_names=names, block_size=len(stretch) * 4 + 1),
                text.ParseOptions(
                    delimiter=self._delimiter, quote_char=False, escape_char=False, ignore_empty_lines=False
                ),
                text.ConvertOptions(
                    check_utf8=False, column_types=dict.fromkeys(names, arrow.string()), strings_can_be_null=False
                ),
            )
        except arrow.ArrowInvalid:
            return None
        columns = tuple(Cut(column.combine_chunks()) for column in table.columns)
        # a column without a blank cell: no line is blank
        return columns if any(not column.has_blanks for column in columns) else None

    def _tell(self, rows: int) -> None:
        before, self._done = self._done, self._done + rows
        for line in range(before - before % EVERY + EVERY, self._done + 1, EVERY):
            self._watch(line, max(self._total, line) if self._total else 0)


class _Ahead:
    """A text that is read by stretches of whole lines, or by single lines."""

    def __init__(self, file: IO[str]) -> None:
        self._file, self._rest = file, ""

    def lines(self, characters: int) -> str:
        """Some whole lines; the last may lack its end. "" at the end of the text."""
        text = self._rest + self._file.read(characters)
        while text and (end := text.rfind("\n") + 1) == 0:
            more = self._file.read(characters)
            if not more:
                end = len(text)
                break
            text += more
        if not text:
            return ""
        found, self._rest = text[:end], text[end:]
        return found

    def more(self) -> Iterator[str]:
        """One line after the other, as Python's text files cut them."""
        while text := self._rest if "\n" in self._rest else self.lines(AHEAD):
            if text is self._rest:
                self._rest = ""
            line = StringIO(text, newline="").readline()
            self._rest = text[len(line) :] + self._rest
            yield line

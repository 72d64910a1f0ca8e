"""Lines of a sheet that are handed on together, column by column."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kaibo.facts.watching import EVERY, Watch

# lines, and cells, put together that were read one by one
LINES, CELLS = 4096, 4_000_000


@dataclass(frozen=True)
class Block:
    """Some lines of a sheet in their order: their 1-based numbers, and what each column from the first on holds."""

    lines: Sequence[int]
    columns: Sequence[Sequence[Any]]

    def below(self, line: int) -> "Block":
        """The lines below that one."""
        if not self.lines or self.lines[0] > line:
            return self
        return self.only([at for at, number in enumerate(self.lines) if number > line])

    def filled(self) -> "Block":
        """The lines that hold something."""
        if self.columns and "" not in self.columns[0]:
            return self
        blank = [not any(cell != "" for cell in row) for row in zip(*self.columns, strict=True)]
        blank = blank or [True] * len(self.lines)
        return self.only([at for at, nothing in enumerate(blank) if not nothing]) if any(blank) else self

    def only(self, at: Sequence[int]) -> "Block":
        return Block([self.lines[n] for n in at], [[column[n] for n in at] for column in self.columns])


def in_blocks(rows: Iterable[tuple[int, list[Any]]]) -> Iterator[Block]:
    """(1-based line, its cells) of one line after the other, put together; a line may have fewer cells than others."""
    some: list[tuple[int, list[Any]]] = []
    width = 0
    for line, row in rows:
        some.append((line, row))
        width = max(width, len(row))
        if len(some) == LINES or len(some) * width >= CELLS:
            yield _together(some, width)
            some, width = [], 0
    if some:
        yield _together(some, width)


def _together(some: list[tuple[int, list[Any]]], width: int) -> Block:
    for _, row in some:
        row.extend([""] * (width - len(row)))
    return Block([line for line, _ in some], list(zip(*(row for _, row in some), strict=True)))


def watched_blocks(blocks: Iterable[Block], total: int, watch: Watch) -> Iterator[Block]:
    """The blocks; `watch` hears of each five hundredth line."""
    told = 0
    for block in blocks:
        last = block.lines[-1] if block.lines else 0
        for line in range(told + EVERY, last + 1, EVERY):
            watch(line, max(total, line) if total else 0)
            told = line
        yield block

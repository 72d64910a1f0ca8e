"""What a printed document says, in the reader's language; `document.typ` says how it looks and holds no word itself."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """A table's cell: what it says, and below it in small letters what belongs to it."""

    text: str
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Column:
    """`part`: its width against the others'; `number`: set to the right."""

    title: str
    part: int = 1
    number: bool = False


@dataclass(frozen=True)
class Table:
    """`total`: the last row, set apart; empty where there is none. `empty`: what stands where there are no rows."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell | str]]
    total: Sequence[str] = ()
    empty: str = ""


@dataclass(frozen=True)
class Entry:
    """Something said or done: by whom and when, the words, and a note below them."""

    head: str
    text: str = ""
    note: str = ""


@dataclass(frozen=True)
class Entries:
    title: str
    entries: Sequence[Entry]
    empty: str = ""


@dataclass(frozen=True)
class Score:
    """The one large number: “Score” 89.2 “/ 100”, and what stands beside it."""

    label: str
    number: str
    of: str
    beside: Sequence[str] = ()


@dataclass(frozen=True)
class Document:
    """`facts`: a line below the title. `warning`: what a reader must not miss. `foot`: on every page."""

    title: str
    facts: Sequence[str]
    parts: Sequence[Table | Entries]
    foot: str
    score: Score | None = None
    warning: str = ""

"""How far a long reading or writing is: told row by row to whoever wants to know, who stops it by raising."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
# rows done, rows in all; 0 where nobody knows how many there are
Watch = Callable[[int, int], None]
# a few hundredths of a second
EVERY = 500


def unwatched(_done: int, _total: int) -> None:
    """Nobody wants to know."""


def watched(rows: Iterable[T], total: int, watch: Watch) -> Iterator[T]:
    """The rows; `watch` hears of each five hundredth of them."""
    for number, row in enumerate(rows, 1):
        if number % EVERY == 0:
            watch(number, max(total, number) if total else 0)
        yield row

"""Columns of facts that know something of their values, and so need not be gone through one by one."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise, repeat
from typing import Any, Self, overload


class Same(Sequence[Any]):
    """Says the same in each row, without saying it each time."""

    def __init__(self, value: Any, rows: int) -> None:
        self.value, self.rows = value, rows

    def __len__(self) -> int:
        return self.rows

    def __iter__(self) -> Iterator[Any]:
        return repeat(self.value, self.rows)

    def __contains__(self, value: object) -> bool:
        return self.rows > 0 and (self.value is value or self.value == value)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> "Same": ...
    def __getitem__(self, index: int | slice) -> Any:
        places = range(self.rows)[index]
        return self.value if isinstance(places, int) else Same(self.value, len(places))


class Texts(Sequence[str]):
    """Long texts as UTF-8, one behind the other: most are only handed on, and need not become text in between.

    `lengths`: bytes of each, as 32-bit integers.
    """

    def __init__(self, data: bytes, lengths: "array[int]") -> None:
        self.data, self.lengths = data, lengths

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        pieces = list(map(str.encode, texts))
        return cls(b"".join(pieces), array("i", map(len, pieces)))

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[str]:
        return (self.data[start:end].decode() for start, end in pairwise(accumulate(self.lengths, initial=0)))

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        return list(self)[index]

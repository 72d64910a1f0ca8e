"""Facts of one reading in their order: few stay in memory, many lie by column in a temporary file."""

import marshal
import pickle
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any, overload

Fact = dict[str, Any]

# so many dicts are small beside the libraries; a million of them are gigabytes
LIMIT = 20_000
CHUNK = 8_192
# the first version knows no references between objects, which are looked up at a price
PLAIN = 2


@dataclass(frozen=True)
class Part:
    """Facts that lie in the file. `places`: column → offset, length, and whether it needed the slower encoding."""

    rows: int
    places: dict[str, tuple[int, int, bool]]


class Spool(Sequence[Fact]):
    """A sequence of facts that also takes more. The file vanishes with the object.

    Iteration gives dicts, and a change to one is kept if it is made before the next is asked for: so a loop may mend
    facts, whereas a fact fetched by its index is a copy once the facts lie in the file.
    """

    def __init__(self, facts: Iterable[Fact] = (), *, limit: int = LIMIT) -> None:
        self._limit = limit
        self._parts: list[Part] = []
        self._tail: list[Fact] = []
        self._file: IO[bytes] | None = None
        self._end = 0
        self.extend(facts)

    def append(self, fact: Fact) -> None:
        self._tail.append(fact)
        if len(self._tail) >= (CHUNK if self._parts else self._limit):
            rest = iter(self._tail)
            while chunk := list(islice(rest, CHUNK)):
                self._parts.append(Part(len(chunk), self._written(_columns(chunk))))
            self._tail = []

    def extend(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            self.append(fact)

    def __iadd__(self, facts: Iterable[Fact]) -> "Spool":
        self.extend(facts)
        return self

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Spool | list):
            return NotImplemented
        return len(self) == len(other) and all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment] # as of a list

    def __len__(self) -> int:
        return sum(part.rows for part in self._parts) + len(self._tail)

    def __iter__(self) -> Iterator[Fact]:
        for number, part in enumerate(self._parts):
            before = self._columns_of(part)
            facts = _facts(before, part.rows)
            try:
                yield from facts
            finally:
                self._mend(number, before, facts)
        yield from self._tail

    @overload
    def __getitem__(self, index: int) -> Fact: ...
    @overload
    def __getitem__(self, index: slice) -> list[Fact]: ...
    def __getitem__(self, index: int | slice) -> Fact | list[Fact]:
        places = range(len(self))[index]
        if isinstance(places, int):
            return next(self._from(places))
        if not places:
            return []
        # ascending or descending, they lie between two places
        first, last = min(places), max(places)
        between = list(islice(self._from(first), last - first + 1))
        return [between[place - first] for place in places]

    def column(self, name: str) -> Iterator[Any]:
        """The values of one field; cheaper than whole facts."""
        for part in self._parts:
            yield from self._values(part, name)
        yield from [fact.get(name) for fact in self._tail]

    def columns(self) -> Iterator[tuple[int, dict[str, list[Any]]]]:
        """(count of facts, field → values) for one stretch of facts after the other; None where a fact lacks one."""
        for part in self._parts:
            yield part.rows, self._columns_of(part)
        rest = iter(self._tail)
        while chunk := list(islice(rest, CHUNK)):
            yield len(chunk), _columns(chunk)

    def fill(self, name: str, value: Any) -> None:
        """Set a field of every fact."""
        for number, part in enumerate(self._parts):
            written = self._written({name: [value] * part.rows})
            self._parts[number] = Part(part.rows, part.places | written)
        for fact in self._tail:
            fact[name] = value

    def _from(self, start: int) -> Iterator[Fact]:
        for part in self._parts:
            if start < part.rows:
                yield from _facts(self._columns_of(part), part.rows)[start:]
            start = max(start - part.rows, 0)
        yield from self._tail[start:]

    def _mend(self, number: int, before: dict[str, list[Any]], facts: list[Fact]) -> None:
        after = _columns(facts)
        changed = {name: values for name, values in after.items() if before.get(name) != values}
        if changed or before.keys() - after.keys():
            kept = {name: place for name, place in self._parts[number].places.items() if name in after}
            self._parts[number] = Part(len(facts), kept | self._written(changed))

    def _written(self, columns: dict[str, list[Any]]) -> dict[str, tuple[int, int, bool]]:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="kaibo-facts-")  # noqa: SIM115 - lives as long as the object
        places = {}
        self._file.seek(self._end)
        for name, values in columns.items():
            try:
                content, slow = marshal.dumps(values, PLAIN), False
            except ValueError:
                content, slow = pickle.dumps(values), True
            self._file.write(content)
            places[name] = (self._end, len(content), slow)
            self._end += len(content)
        return places

    def _columns_of(self, part: Part) -> dict[str, list[Any]]:
        return {name: self._values(part, name) for name in part.places}

    def _values(self, part: Part, name: str) -> list[Any]:
        if name not in part.places:
            return [None] * part.rows
        offset, length, slow = part.places[name]
        assert self._file is not None  # noqa: S101 - parts lie in it
        self._file.seek(offset)
        content = self._file.read(length)
        # our own bytes, from a file that nobody else can open
        values: list[Any] = pickle.loads(content) if slow else marshal.loads(content)  # noqa: S301, S302
        return values


def _columns(facts: list[Fact]) -> dict[str, list[Any]]:
    first = facts[0].keys()
    if all(fact.keys() == first for fact in facts):
        return {name: [fact[name] for fact in facts] for name in first}
    names = {name: None for fact in facts for name in fact}
    return {name: [fact.get(name) for fact in facts] for name in names}


def _facts(columns: dict[str, list[Any]], rows: int) -> list[Fact]:
    if not columns:
        return [{} for _ in range(rows)]
    names = list(columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]

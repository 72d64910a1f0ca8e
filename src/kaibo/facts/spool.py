"""Facts of one reading in their order: few stay in memory, many lie by column in a temporary file."""

import marshal
import pickle
import tempfile
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import IO, Any, cast, overload

from kaibo.facts.columns import Same, Texts

Fact = dict[str, Any]

# so many dicts are small beside the libraries; a million of them are gigabytes
LIMIT = 20_000
CHUNK = 8_192
# facts that come by column and are fewer than this wait for others: each piece of the file is sought and read by itself
FEW = 1_024
# the first version knows no references between objects, which are looked up at a price
PLAIN = 2


class Written(Enum):
    """How a column lies in the file."""

    PLAIN = 1
    # what the first cannot say
    PICKLED = 2
    TEXTS = 3


# offset, length and how
Place = tuple[int, int, Written]


@dataclass(frozen=True)
class Part:
    """Facts that lie in the file. `places`: where each column lies, or the column itself."""

    rows: int
    places: dict[str, Place | Same]


class Spool(Sequence[Fact]):
    """A sequence of facts that also takes more. The file vanishes with the object.

    Iteration gives dicts, and a change to one is kept if it is made before the next is asked for: so a loop may mend
    facts, whereas a fact fetched by its index is a copy once the facts lie in the file.
    """

    def __init__(self, facts: Iterable[Fact] = (), *, limit: int | None = None) -> None:
        self._limit = LIMIT if limit is None else limit
        self._parts: list[Part] = []
        self._tail: list[Fact] = []
        self._file: IO[bytes] | None = None
        self._end = 0
        self.extend(facts)

    def append(self, fact: Fact) -> None:
        self._tail.append(fact)
        if len(self._tail) >= (CHUNK if self._parts else self._limit):
            self._put_away()

    def extend_columns(self, columns: Mapping[str, Sequence[Any]], rows: int) -> None:
        """Take so many facts, column by column; cheaper than whole facts where there are many."""
        if rows < FEW or (not self._parts and len(self._tail) + rows < self._limit):
            self.extend(_facts(columns, rows))
            return
        self._put_away()
        self._parts.append(Part(rows, self._written(columns)))

    def _put_away(self) -> None:
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
            before = {name: list(values) for name, values in self._columns_of(part).items()}
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

    def columns(self) -> Iterator[tuple[int, Mapping[str, Sequence[Any]]]]:
        """(count of facts, field → values) for one stretch of facts after the other; None where a fact lacks one.

        A field that is the same in all of them may be a `Same`, long texts may be `Texts`.
        """
        for number, rows in enumerate(self.stretches()):
            yield rows, self.stretch(number)

    def stretches(self) -> list[int]:
        """How many facts each stretch has."""
        tail = len(self._tail)
        return [part.rows for part in self._parts] + [min(CHUNK, tail - start) for start in range(0, tail, CHUNK)]

    def stretch(self, number: int) -> Mapping[str, Sequence[Any]]:
        """The columns of one stretch, as `columns` gives them."""
        if number < len(self._parts):
            return self._columns_of(self._parts[number])
        start = (number - len(self._parts)) * CHUNK
        return _columns(self._tail[start : start + CHUNK])

    def fill(self, name: str, value: Any) -> None:
        """Set a field of every fact."""
        for number, part in enumerate(self._parts):
            self._parts[number] = Part(part.rows, part.places | {name: Same(value, part.rows)})
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

    def _written(self, columns: Mapping[str, Sequence[Any]]) -> dict[str, Place | Same]:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="kaibo-facts-")  # noqa: SIM115 - lives as long as the object
        places: dict[str, Place | Same] = {}
        self._file.seek(self._end)
        for name, values in columns.items():
            if isinstance(values, Same):
                places[name] = values
                continue
            content, how = _as_bytes(values)
            self._file.write(content)
            places[name] = (self._end, len(content), how)
            self._end += len(content)
        return places

    def _columns_of(self, part: Part) -> dict[str, Sequence[Any]]:
        return {name: self._values(part, name) for name in part.places}

    def _values(self, part: Part, name: str) -> Sequence[Any]:
        place = part.places.get(name) or Same(None, part.rows)
        if isinstance(place, Same):
            return place
        offset, length, how = place
        assert self._file is not None  # noqa: S101 - parts lie in it
        self._file.seek(offset)
        if how is Written.TEXTS:
            lengths = array("i")
            lengths.fromfile(self._file, part.rows)
            return Texts(self._file.read(length - len(lengths) * lengths.itemsize), lengths)
        content = self._file.read(length)
        # our own bytes, from a file that nobody else can open
        values: list[Any] = pickle.loads(content) if how is Written.PICKLED else marshal.loads(content)  # noqa: S301, S302
        return values


def _as_bytes(values: Sequence[Any]) -> tuple[bytes, Written]:
    if isinstance(values, Texts):
        return values.lengths.tobytes() + values.data, Written.TEXTS
    try:
        return marshal.dumps(cast(Any, values), PLAIN), Written.PLAIN
    except ValueError:
        return pickle.dumps(values), Written.PICKLED


def _columns(facts: list[Fact]) -> dict[str, list[Any]]:
    first = facts[0].keys()
    if all(fact.keys() == first for fact in facts):
        return {name: [fact[name] for fact in facts] for name in first}
    names = {name: None for fact in facts for name in fact}
    return {name: [fact.get(name) for fact in facts] for name in names}


def _facts(columns: Mapping[str, Sequence[Any]], rows: int) -> list[Fact]:
    if not columns:
        return [{} for _ in range(rows)]
    names = list(columns)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)]

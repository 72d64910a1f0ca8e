"""Rows in the order of their instants, a slab at a time: more of them than fit in memory. Worker only."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from kaibo.facts.arrow import arrow_schema, batch_of, order_of, sort_keys
from kaibo.facts.spool import Spool

# what is sorted in memory at once: some 25 MB of orders, twice while they are put in order
SLAB = 20_000
# slabs whose rows may be held at once
HELD = 4


class Batches(Protocol):
    """`order`: the numbers of all rows in the order in which they belong; `sizes`: rows of each batch."""

    order: Any
    sizes: Sequence[int]

    def batch(self, number: int, slab: int) -> pa.RecordBatch:
        """A batch for a slab; slabs come one after the other."""


class Aside:
    """Batches that lie in a file."""

    def __init__(self, order: Any, sizes: Sequence[int], file: pa.ipc.RecordBatchFileReader) -> None:
        self.order, self.sizes, self._file = order, sizes, file

    def batch(self, number: int, slab: int) -> pa.RecordBatch:
        return self._file.get_batch(number)


class Stretches:
    """The stretches of a spool: each becomes a batch once, and is held while rows of it are to come."""

    def __init__(self, facts: Spool, table: str) -> None:
        self.sizes: Sequence[int] = facts.stretches()
        self._facts, self._schema = facts, arrow_schema(table)
        keys = {name: pa.array(list(facts.column(name)), self._schema.field(name).type) for name in sort_keys(table)}
        self.order = order_of(table, pa.table(keys)).to_numpy()
        slab_of = np.empty(len(self.order), np.int64)
        slab_of[self.order] = np.arange(len(self.order)) // SLAB
        starts = np.cumsum([0, *self.sizes[:-1]])
        self._first, self._last = np.minimum.reduceat(slab_of, starts), np.maximum.reduceat(slab_of, starts)
        self._held: dict[int, pa.RecordBatch] = {}

    @property
    def most_held(self) -> int:
        """The most rows that are in memory at once: few where the file is nearly in order, from either end."""
        change = np.zeros(int(self._last.max()) + 2, np.int64)
        np.add.at(change, self._first, self.sizes)
        np.subtract.at(change, self._last + 1, self.sizes)
        return int(np.cumsum(change).max())

    def batch(self, number: int, slab: int) -> pa.RecordBatch:
        found = self._held.pop(number, None)
        if found is None:
            found = batch_of(self._schema, self.sizes[number], self._facts.stretch(number))
        if self._last[number] > slab:
            self._held[number] = found
        return found


def slabs(batches: Batches) -> Iterator[pa.Table]:
    """All rows in their order."""
    starts = np.cumsum([0, *batches.sizes])
    for slab, begin in enumerate(range(0, len(batches.order), SLAB)):
        rows = batches.order[begin : begin + SLAB]
        sorted_rows = np.sort(rows)
        cuts = np.searchsorted(sorted_rows, starts)
        taken = [
            _only(batches.batch(number, slab), sorted_rows[cuts[number] : cuts[number + 1]] - starts[number])
            for number in range(len(starts) - 1)
            if cuts[number] < cuts[number + 1]
        ]
        found = pa.Table.from_batches(taken)
        yield found if (rows == sorted_rows).all() else found.take(pa.array(np.searchsorted(sorted_rows, rows)))


def _only(batch: pa.RecordBatch, rows: Any) -> pa.RecordBatch:
    """These rows of a batch, in its own order."""
    first, count = int(rows[0]), len(rows)
    return batch.slice(first, count) if rows[-1] - first + 1 == count else batch.take(pa.array(rows))

"""Writes the immutable Parquet file of a batch, wholly or not at all. Worker only."""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kaibo.facts.schema import INSTANT, INT, TABLES
from kaibo.facts.spool import Same, Spool
from kaibo.facts.watching import Watch, unwatched

CHUNK = 10_000
# what is sorted in memory at once: some 25 MB of orders, twice while they are put in order
SLAB = 20_000
# small enough that fetching one row of a file decodes little
ROW_GROUP = 10_000
PART = ".part"
SPILL = "unsorted.arrow"

Facts = Iterable[Mapping[str, Any]]


def table_path(folder: Path, table: str) -> Path:
    """The file of a fact table inside a batch's folder."""
    return folder / f"{table}.parquet"


def write_batch(
    folder: Path, table: str, facts: Facts, more: Mapping[str, Facts] | None = None, watch: Watch = unwatched
) -> int:
    """Write `folder/<table>.parquet`, sorted by instant, and say how many facts it holds. `more`: further tables.

    The folder appears under its name only when the file in it is complete and synced: a process killed before leaves a
    `.part` folder beside it, which is swept later. A fact with a field that the table does not know is a KeyError, a
    value of the wrong type a pyarrow.ArrowInvalid or ArrowTypeError; either way nothing is left behind. Raises
    FileExistsError where the folder exists: batches are never overwritten. `watch` hears how many rows are written.
    """
    if folder.exists():
        raise FileExistsError(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f".{folder.name}{PART}")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        written = _write(part, table, facts, watch)
        for other, further in (more or {}).items():
            _write(part, other, further, watch)
        _sync(part)
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    _sync(folder.parent)
    return written


def _write(part: Path, table: str, facts: Facts, watch: Watch) -> int:
    """The facts as Parquet, sorted by instant and row; more of them than fit in memory are sorted in slabs."""
    schema, path = arrow_schema(table), table_path(part, table)
    batches = _batches(schema, facts)
    first = list(_up_to(batches, SLAB))
    few = sum(batch.num_rows for batch in first) < SLAB
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=_repeating(schema)) as writer:
        if few:
            rows = pa.Table.from_batches(first, schema)
            writer.write_table(rows.take(_order(table, rows)), row_group_size=ROW_GROUP)
            written = rows.num_rows
        else:
            written = _write_slabs(writer, table, part / SPILL, chain(_emptied(first), batches), watch)
    _sync(path)
    return int(written)


def _write_slabs(
    writer: pq.ParquetWriter, table: str, spill: Path, batches: Iterable[pa.RecordBatch], watch: Watch
) -> int:
    """Put the batches aside, then gather each slab of the final order from those that it touches."""
    schema = writer.schema
    keys, sizes = [], []
    with pa.OSFile(str(spill), "wb") as file, pa.ipc.new_file(file, schema) as aside:
        for batch in batches:
            aside.write_batch(batch)
            keys.append(batch.select(_sort_keys(table)))
            sizes.append(batch.num_rows)
            watch(0, 0)
    order = _order(table, pa.Table.from_batches(keys)).to_numpy()
    starts = np.cumsum([0, *sizes])
    with pa.OSFile(str(spill)) as file:
        aside = pa.ipc.open_file(file)
        for begin in range(0, len(order), SLAB):
            rows = order[begin : begin + SLAB]
            watch(begin, len(order))
            writer.write_table(_gathered(aside, starts, rows), row_group_size=ROW_GROUP)
    spill.unlink()
    return len(order)


def _gathered(aside: pa.ipc.RecordBatchFileReader, starts: Any, rows: Any) -> pa.Table:
    """The rows of these numbers, in this order."""
    sorted_rows = np.sort(rows)
    cuts = np.searchsorted(sorted_rows, starts)
    taken = [
        aside.get_batch(number).take(pa.array(sorted_rows[cuts[number] : cuts[number + 1]] - starts[number]))
        for number in range(len(starts) - 1)
        if cuts[number] < cuts[number + 1]
    ]
    return pa.Table.from_batches(taken).take(pa.array(np.searchsorted(sorted_rows, rows)))


def arrow_schema(table: str) -> pa.Schema:
    return pa.schema(
        [pa.field(name, pa.int64() if kind == INT else pa.string()) for name, kind in TABLES[table].items()]
    )


def _repeating(schema: pa.Schema) -> list[str]:
    """Columns in which a dictionary spares room: the raw text never says the same twice."""
    return [name for name in schema.names if name not in ("raw", "row")]


def _sort_keys(table: str) -> list[str]:
    return [name for name in (INSTANT[table] or "date", "row") if name in TABLES[table]]


def _order(table: str, rows: pa.Table) -> pa.Array:
    order = pc.sort_indices(rows, sort_keys=[(key, "ascending") for key in _sort_keys(table)])
    return order.cast(pa.int64())


def _batches(schema: pa.Schema, facts: Facts) -> Iterator[pa.RecordBatch]:
    for count, columns in facts.columns() if isinstance(facts, Spool) else _chunks(facts):
        strange = columns.keys() - set(schema.names)
        if strange:
            raise KeyError(f"not in the table: {sorted(strange)}")
        nothing = Same(None, count)
        yield pa.RecordBatch.from_arrays(
            [_array(columns.get(field.name, nothing), field.type) for field in schema], schema=schema
        )


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if not isinstance(values, Same):
        return pa.array(values, kind)
    if values.value is None:
        return pa.nulls(values.rows, kind)
    return pa.repeat(pa.scalar(values.value, kind), values.rows)


def _chunks(facts: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, dict[str, list[Any]]]]:
    rest = iter(facts)
    while chunk := list(islice(rest, CHUNK)):
        names = {name: None for fact in chunk for name in fact}
        yield len(chunk), {name: [fact.get(name) for fact in chunk] for name in names}


def _up_to(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """Batches until they hold that many rows together."""
    for batch in batches:
        yield batch
        rows -= batch.num_rows
        if rows <= 0:
            return


def _emptied(batches: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Batches that nobody holds any more once the next is asked for."""
    while batches:
        yield batches.pop(0)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

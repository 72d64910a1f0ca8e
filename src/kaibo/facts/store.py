"""Writes the immutable Parquet file of a batch, wholly or not at all. Worker only."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kaibo.facts import slabs
from kaibo.facts.arrow import arrow_schema, batch_of, order_of, sort_keys
from kaibo.facts.event_ends import Ends
from kaibo.facts.schema import EVENT
from kaibo.facts.spool import Spool
from kaibo.facts.watching import Watch, unwatched

CHUNK = 10_000
# small enough that fetching one row of a file decodes little
ROW_GROUP = 10_000
PART = ".part"
SPILL = "unsorted.arrow"
# texts that hardly say the same twice: a dictionary would spare no room
UNLIKE = ("raw", "event_id")

Facts = Iterable[Mapping[str, Any]]
Put = Callable[[pa.Table], None]


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
        _sync(table_path(part, table))
        for other, further in (more or {}).items():
            _write(part, other, further, watch)
            _sync(table_path(part, other))
        _sync(part)
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    _sync(folder.parent)
    return written


@contextmanager
def writing(path: Path, table: str) -> Iterator[Put]:
    """Gives what puts rows, which come in their order, into a new file of a table."""
    schema, ends = arrow_schema(table), Ends()
    rising = [name for name in sort_keys(table) if pa.types.is_integer(schema.field(name).type)]
    with pq.ParquetWriter(
        path, schema, compression="zstd",
        use_dictionary=[name for name in schema.names if name not in (*UNLIKE, *rising)],
        # the difference from one row to the next is small: less to keep, and read in a third of the time
        column_encoding=dict.fromkeys(rising, "DELTA_BINARY_PACKED"),
    ) as writer:  # fmt: skip

        def put(rows: pa.Table) -> None:
            writer.write_table(rows, row_group_size=ROW_GROUP)
            if table == EVENT:
                ends.add(rows)

        yield put
        if table == EVENT:
            writer.add_key_value_metadata(ends.foot())


def _write(part: Path, table: str, facts: Facts, watch: Watch) -> int:
    """The facts as Parquet, sorted by instant and row; more of them than fit in memory are sorted in slabs."""
    schema = arrow_schema(table)
    with writing(table_path(part, table), table) as put:
        if isinstance(facts, Spool) and len(facts) >= slabs.SLAB:
            stretches = slabs.Stretches(facts, table)
            if stretches.most_held <= slabs.HELD * slabs.SLAB:
                return _write_slabs(put, stretches, watch)
        return _write_batches(put, table, part / SPILL, _batches(schema, facts), watch)


def _write_batches(
    put: Put, table: str, spill: Path, batches: Iterator[pa.RecordBatch], watch: Watch
) -> int:  # fmt: skip
    schema = arrow_schema(table)
    first = list(_up_to(batches, slabs.SLAB))
    if sum(batch.num_rows for batch in first) < slabs.SLAB:
        rows = pa.Table.from_batches(first, schema)
        put(rows.take(order_of(table, rows)))
        return int(rows.num_rows)
    keys, sizes = [], []
    with pa.OSFile(str(spill), "wb") as file, pa.ipc.new_file(file, schema) as aside:
        for batch in chain(_emptied(first), batches):
            aside.write_batch(batch)
            keys.append(batch.select(sort_keys(table)))
            sizes.append(batch.num_rows)
            watch(0, 0)
    order = order_of(table, pa.Table.from_batches(keys)).to_numpy()
    with pa.OSFile(str(spill)) as file:
        written = _write_slabs(put, slabs.Aside(order, sizes, pa.ipc.open_file(file)), watch)
    spill.unlink()
    return written


def _write_slabs(put: Put, batches: slabs.Batches, watch: Watch) -> int:
    written = 0
    for slab in slabs.slabs(batches):
        watch(written, len(batches.order))
        put(slab)
        written += slab.num_rows
    return written


def _batches(schema: pa.Schema, facts: Facts) -> Iterator[pa.RecordBatch]:
    for count, columns in facts.columns() if isinstance(facts, Spool) else _chunks(facts):
        yield batch_of(schema, count, columns)


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

"""Writes the immutable Parquet file of a batch, wholly or not at all. Worker only."""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kaibo.facts.schema import INSTANT, INT, TABLES

CHUNK = 20_000
# small enough that fetching one row of a file decodes little
ROW_GROUP = 10_000
PART = ".part"

Facts = Iterable[Mapping[str, Any]]


def table_path(folder: Path, table: str) -> Path:
    """The file of a fact table inside a batch's folder."""
    return folder / f"{table}.parquet"


def write_batch(folder: Path, table: str, facts: Facts, more: Mapping[str, Facts] | None = None) -> int:
    """Write `folder/<table>.parquet`, sorted by instant, and say how many facts it holds. `more`: further tables.

    The folder appears under its name only when the file in it is complete and synced: a process killed before leaves a
    `.part` folder beside it, which is swept later. A fact with a field that the table does not know is a KeyError, a
    value of the wrong type a pyarrow.ArrowInvalid or ArrowTypeError; either way nothing is left behind. Raises
    FileExistsError where the folder exists: batches are never overwritten.
    """
    if folder.exists():
        raise FileExistsError(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f".{folder.name}{PART}")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        written = _write(part, table, facts)
        for other, further in (more or {}).items():
            _write(part, other, further)
        _sync(part)
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    _sync(folder.parent)
    return written


def _write(part: Path, table: str, facts: Facts) -> int:
    sorted_facts = _sorted(table, facts)
    path = table_path(part, table)
    pq.write_table(sorted_facts, path, compression="zstd", row_group_size=ROW_GROUP)
    _sync(path)
    return int(sorted_facts.num_rows)


def arrow_schema(table: str) -> pa.Schema:
    return pa.schema(
        [pa.field(name, pa.int64() if kind == INT else pa.string()) for name, kind in TABLES[table].items()]
    )


def _sorted(table: str, facts: Iterable[Mapping[str, Any]]) -> pa.Table:
    schema = arrow_schema(table)
    chunks = pa.Table.from_batches(_chunks(schema, facts), schema)
    keys = [INSTANT[table]] if INSTANT[table] else ["date"]
    return chunks.sort_by([(key, "ascending") for key in [*keys, "row"]])


def _chunks(schema: pa.Schema, facts: Iterable[Mapping[str, Any]]) -> Iterator[pa.RecordBatch]:
    names = set(schema.names)
    rest = iter(facts)
    while chunk := list(islice(rest, CHUNK)):
        for fact in chunk:
            if not fact.keys() <= names:
                raise KeyError(f"not in the table: {sorted(fact.keys() - names)}")
        columns = [pa.array([fact.get(f.name) for fact in chunk], f.type) for f in schema]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

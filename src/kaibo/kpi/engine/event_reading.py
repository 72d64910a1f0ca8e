"""Reads the events of some rooms and of a time as columns of numbers.

What of a batch is replaced by another one's is said in SQL, once (facts.visible). Of a batch of which nothing is, all
rows count: these are read straight from its file, which takes half the time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kaibo.facts.visible import BatchFile, events_sql
from kaibo.kpi.engine.event_files import CODE, batch_files
from kaibo.kpi.engine.run import Run
from kaibo.kpi.matching import accounts_by_name

Column = np.ndarray[Any, np.dtype[Any]]

TEXTS = ("platform", "account", "kind")
COLUMNS = {name: pa.string() for name in (*TEXTS, "event_id")} | {
    name: pa.int64() for name in ("instant_ms", "viewer", "count")
}
# of an instant that is not known
NEVER = -(2**62)


@dataclass(frozen=True)
class Raw:
    """Events as they stand in files, one file after the other. `room`: a place among those asked for, `others`: none of
    them, or another time. `ids`: as they are; None: there are none.
    """

    others: int
    room: Column
    at: Column
    kind: Column
    viewer: Column
    named: Column
    n: Column
    batch: Column
    ids: pa.ChunkedArray | None

    def twice(self, run: Run) -> Column:
        """Where rows are whose id another one may have too: two ids may have the same digest."""
        if self.ids is None:
            return np.zeros(0, dtype=np.int64)
        known = np.flatnonzero(self.ids.is_valid().to_numpy())
        run.con.con.register("event_ids", pa.table({"id": self.ids.drop_null()}))
        digests = run.con.raw_sql("select hash(id) as digest from event_ids").to_arrow_table()["digest"].to_numpy()
        run.con.con.unregister("event_ids")
        told = np.sort(digests)
        again = told[1:][told[1:] == told[:-1]]
        return known[np.isin(digests, again)] if len(again) else known[:0]


def read(run: Run, rooms: Mapping[int, int], low: int, high: int) -> Raw:
    """All that counts of `rooms` (→ place) with an instant in [low, high), and some that is neither."""
    known = accounts_by_name(run.inputs.accounts).items()
    names = {name: rooms[room] for name, room in known if room is not None and room in rooms}
    speak = {
        span.batch for span in run.events.told if span.room in rooms and span.first_ms < high and low < span.end_ms
    }
    files = [file for file in batch_files(run) if file.batch in speak]
    told = [_rows(run, file, low, high) for file in files]
    each = [_numbers(file, rows, names, len(rooms)) for file, rows in zip(files, told, strict=True)]
    columns = each[0] if len(each) == 1 else _together(each)
    columns["room"] = np.where((columns["at"] >= low) & (columns["at"] < high), columns["room"], len(rooms))
    ids = [rows["event_id"] for rows in told]
    some = any(column.null_count < len(column) for column in ids)
    chunks = [chunk for column in ids for chunk in column.chunks]
    return Raw(len(rooms), **columns, ids=pa.chunked_array(chunks, pa.string()) if some else None)


def _together(each: list[dict[str, Column]]) -> dict[str, Column]:
    nothing = _numbers(BatchFile(0, 0, Path()), pa.schema(list(COLUMNS.items())).empty_table(), {}, 0)
    return {name: np.concatenate([one[name] for one in [nothing, *each]]) for name in nothing}


def _rows(run: Run, file: BatchFile, low: int, high: int) -> pa.Table:
    """Those of a file that count, at least from `low` to `high`, in the order of instant and row."""
    if file.batch in run.events.replaced:
        when = f"instant_ms >= {low} and instant_ms < {high}"
        told = events_sql([file], (*COLUMNS, "row"), when, "event_covers")
        found = run.con.raw_sql(f"""select * from ({told}) order by instant_ms, "row" """)  # noqa: S608 - our own names
        return found.to_arrow_table()
    parquet, first, last, told = run.once(file.path, _opened)
    near = np.flatnonzero((first < high) & (last >= low))
    # of a column that says nothing not even that is read
    have = [name for name in COLUMNS if told[name][near].any()]
    found = parquet.read_row_groups(near.tolist(), columns=have or ["instant_ms"], use_threads=False)
    for name in COLUMNS.keys() - found.column_names:
        found = found.append_column(name, pa.nulls(found.num_rows, COLUMNS[name]))
    return found


def _opened(path: Path) -> tuple[pq.ParquetFile, Column, Column, dict[str, Column]]:
    """A file; of each of its groups of rows first and last instant; and by column whether it says anything there."""
    # the files are on this machine's disk: collecting a group's columns first would only copy them
    file = pq.ParquetFile(path, read_dictionary=list(TEXTS), pre_buffer=False)
    about, names = file.metadata, file.schema_arrow.names
    groups = [about.row_group(number) for number in range(about.num_row_groups)]
    when = [group.column(names.index("instant_ms")).statistics for group in groups]
    # where it is not said a group may be of any time
    ends = [(one.min, one.max) if one is not None and one.has_min_max else (NEVER, -NEVER) for one in when]
    first, last = np.array(ends, dtype=np.int64).reshape(-1, 2).T
    return file, first, last, {name: _told(groups, names, name) for name in COLUMNS}


def _told(groups: list[Any], names: list[str], name: str) -> Column:
    if name not in names:
        return np.zeros(len(groups), dtype=bool)
    columns = [group.column(names.index(name)) for group in groups]
    nothing = [(one.statistics.null_count if one.is_stats_set else None) == one.num_values for one in columns]
    return ~np.array(nothing, dtype=bool)


def _numbers(
    file: BatchFile, told: pa.Table, names: Mapping[tuple[str, str], int], others: int
) -> dict[str, Column]:  # fmt: skip
    """Texts stand a few times each in a dictionary: what each of them means is asked once."""
    platforms, platform = _coded(told["platform"], file.platform)
    accounts, account = _coded(told["account"], file.scope)
    kinds, kind = _coded(told["kind"], None)
    room = [[names.get((on or "", (name or "").strip(" ")), others) for name in accounts] for on in platforms]
    viewer, count, rows = told["viewer"], told["count"], told.num_rows
    rooms = np.array(room, dtype=np.int32).reshape(len(platforms), len(accounts))
    one = rows and platform.min() == platform.max()
    return {
        "room": rooms[platform[0]][account] if one else rooms[platform, account],
        "at": told["instant_ms"].fill_null(NEVER).to_numpy(),
        "kind": np.array([CODE.get(name or "", 0) for name in kinds], dtype=np.int8)[kind],
        "viewer": viewer.fill_null(0).to_numpy(),
        "named": viewer.is_valid().to_numpy() if viewer.null_count else same(np.bool_(True), rows),
        "n": count.fill_null(1).to_numpy() if count.null_count < rows else same(np.int64(1), rows),
        "batch": same(np.int64(file.batch), rows),
    }


def same(value: np.generic, rows: int) -> Column:
    """A column that says one thing; it takes no room."""
    return np.broadcast_to(value, rows)


def taken(column: Column, where: Column) -> Column:
    """The rows at these places."""
    if len(column) and column.strides == (0,):
        return same(column[0], len(where))
    return column[where]


def _coded(column: pa.ChunkedArray, unknown: str | None) -> tuple[list[str | None], Column]:
    """The texts of a column, the last one in place of the unknown ones; and of each row the place of its text."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    column = column.unify_dictionaries()
    texts = column.chunk(0).dictionary.to_pylist() if column.num_chunks else []
    places = [chunk.indices.fill_null(len(texts)).to_numpy() for chunk in column.chunks]
    return [*texts, unknown], np.concatenate([np.zeros(0, dtype=np.int32), *places])

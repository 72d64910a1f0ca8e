"""Facts as Arrow's arrays, and the order in which a table's file has them. Worker only."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kaibo.facts.columns import Same, Texts
from kaibo.facts.schema import INSTANT, INT, TABLES

# an array of texts counts its bytes with 32 bits
LARGEST = 2**31 - 1


def arrow_schema(table: str) -> pa.Schema:
    return pa.schema(
        [pa.field(name, pa.int64() if kind == INT else pa.string()) for name, kind in TABLES[table].items()]
    )


def sort_keys(table: str) -> list[str]:
    return [name for name in (INSTANT[table] or "date", "row") if name in TABLES[table]]


def order_of(table: str, rows: pa.Table) -> pa.Array:
    """The numbers of the rows in the order of the file."""
    order = pc.sort_indices(rows, sort_keys=[(key, "ascending") for key in sort_keys(table)])
    return order.cast(pa.int64())


def batch_of(schema: pa.Schema, rows: int, columns: Mapping[str, Sequence[Any]]) -> pa.RecordBatch:
    """That many facts. A field that the table does not know is a KeyError."""
    strange = columns.keys() - set(schema.names)
    if strange:
        raise KeyError(f"not in the table: {sorted(strange)}")
    nothing = Same(None, rows)
    return pa.RecordBatch.from_arrays(
        [_array(columns.get(field.name, nothing), field.type) for field in schema], schema=schema
    )


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if isinstance(values, Texts) and kind == pa.string() and len(values.data) <= LARGEST:
        offsets = np.zeros(len(values) + 1, np.int32)
        np.cumsum(values.lengths, out=offsets[1:])
        return pa.StringArray.from_buffers(len(values), pa.py_buffer(offsets), pa.py_buffer(values.data))
    if not isinstance(values, Same):
        return pa.array(values, kind)
    if values.value is None:
        return pa.nulls(values.rows, kind)
    return pa.repeat(pa.scalar(values.value, kind), values.rows)

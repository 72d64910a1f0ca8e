"""The rows of a Parquet file as plain cells, a few thousand at a time. Worker only.

The web process imports every source, so pyarrow is loaded when a file is read.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from kaibo.message import Message
from kaibo.sources.files import EXPORT_AGAIN
from kaibo.sources.headers import normal
from kaibo.sources.reading import Refused

ROWS = 10_000


def parquet_names(path: Path, known: Collection[str]) -> tuple[str, ...]:
    """The names of its columns. Raises Refused for a damaged file, a known name that stands twice, naive instants."""
    with _Open(path) as file:
        schema = file.schema_arrow
        types = import_module("pyarrow.types")
        ours = Counter(normal(name) for name in schema.names)
        twice = [name for name in known if ours[name] > 1]
        if twice:
            raise Refused(
                Message("The column %(column)s stands in this Parquet file twice.", {"column": twice[0]}),
                Message("Write one of the two only."),
            )
        for column in schema:
            if normal(column.name) == "instant" and types.is_timestamp(column.type) and column.type.tz is None:
                raise Refused(
                    Message("The instants of this Parquet file have no time zone."),
                    Message("Write them as timestamps in UTC, or as milliseconds since 1970 (int64)."),
                )
        return tuple(schema.names)


def parquet_rows(path: Path, known: Collection[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """(number of the row, from 1; cells by column name). Instants become whole milliseconds. Raises Refused."""
    with _Open(path) as file:
        names = [name for name in file.schema_arrow.names if normal(name) in known]
        number = 0
        for columns in _batches(file, names):
            for values in zip(*columns, strict=True):
                number += 1
                yield number, dict(zip((normal(name) for name in names), values, strict=True))


class _Open:
    """A Parquet file that is closed again. Damage is said in words."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Any:
        arrow = import_module("pyarrow")
        try:
            self._file = import_module("pyarrow.parquet").ParquetFile(str(self._path))
        except (arrow.ArrowException, OSError) as error:
            raise _damaged() from error
        return self._file

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _batches(file: Any, names: list[str]) -> Iterator[list[list[Any]]]:
    """The columns of one stretch of rows after the other."""
    arrow = import_module("pyarrow")
    try:
        for batch in file.iter_batches(batch_size=ROWS, columns=names):
            # bytes that are no text, offsets that point nowhere
            batch.validate(full=True)
            yield [_plain(batch.column(name), arrow) for name in names]
    except (arrow.ArrowException, OSError, ValueError, OverflowError) as error:
        raise _damaged() from error


def _plain(column: Any, arrow: Any) -> list[Any]:
    if arrow.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if arrow.types.is_timestamp(column.type):
        in_ms = arrow.timestamp("ms", column.type.tz)
        column = column.cast(in_ms, safe=False).cast(arrow.int64())
    values: list[Any] = column.to_pylist()
    return values


def _damaged() -> Refused:
    return Refused(Message("The Parquet file is damaged or cut off and cannot be read."), EXPORT_AGAIN)

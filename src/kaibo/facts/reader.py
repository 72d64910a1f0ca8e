"""Fetches few rows of Parquet files for a page: by file row from a batch, by place from a computation's rows.

The web process imports this, so DuckDB is loaded on first use and kept to one thread and little memory.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from kaibo.facts.placed import placed_sql
from kaibo.facts.remembered import remembered
from kaibo.facts.visible import BatchFile, marked_sql, told_sql, visible_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# DuckDB's share of a web worker's 150 MB
MEMORY = "64MB"
# process id → its database
_databases: "dict[int, DuckDBPyConnection]" = {}
_making = Lock()


def rows(folder: Path, table: str, row_numbers: Iterable[int]) -> list[dict[str, Any]]:
    """The facts of these lines of the batch's file, in the order of the file (a roster's line gives several).

    `raw` is JSON text. Lines that gave no fact are absent. Raises FileNotFoundError where the file is gone.
    """
    wanted = sorted(set(row_numbers))
    if not wanted:
        return []
    path = folder / f"{table}.parquet"
    # a line's facts come in any order otherwise
    numbered, asked = "read_parquet(?, file_row_number = true)", "list_contains(?, row) order by row, file_row_number"
    found = fetch(path, asked, [str(path), wanted], numbered)
    return [{name: value for name, value in one.items() if name != "file_row_number"} for one in found]


def file_row(folder: Path, table: str, row: int) -> dict[str, Any] | None:
    """The (first) fact of a line of the batch's file, or None."""
    found = rows(folder, table, [row])
    return found[0] if found else None


def columns(folder: Path, table: str, names: Sequence[str]) -> list[dict[str, Any]]:
    """Every fact of a batch, these fields only, in the order of the file. For small tables: reports and rosters."""
    return columns_of([folder], table, names)[folder]


def columns_of(folders: Sequence[Path], table: str, names: Sequence[str]) -> dict[Path, list[dict[str, Any]]]:
    """The same for many batches in one go, by their folders."""
    found: dict[Path, list[dict[str, Any]]] = {folder: [] for folder in folders}
    if not folders:
        return found
    files = {str(folder / f"{table}.parquet"): folder for folder in folders}
    wanted = ", ".join(f'"{name}"' for name in names)
    sql = f'select filename, {wanted} from read_parquet(?, filename = true) order by filename, "row"'  # noqa: S608 - our own column names
    with opened(folders[0] / f"{table}.parquet") as connection:
        for file, *values in run(connection, sql, [list(files)]).fetchall():
            found[files[file]].append(dict(zip(names, values, strict=True)))
    return found


def days(folder: Path, table: str, instant: str) -> list[int]:
    """The UTC days (whole days since the epoch) that a batch's facts speak of."""
    path = folder / f"{table}.parquet"
    sql = f"select distinct {instant} // 86400000 from read_parquet(?) where {instant} is not null"  # noqa: S608 - our own column names
    with opened(path) as connection:
        return sorted(int(day) for (day,) in run(connection, sql, [str(path)]).fetchall())


def order_days(after_sales: Path, orders: Sequence[Path]) -> list[int]:
    """The UTC days on which the orders of a batch of after-sales were placed, as far as these order batches know."""
    path = after_sales / "after_sale.parquet"
    files = [str(folder / "order_line.parquet") for folder in orders]
    if not files:
        return []
    sql = """select distinct ordered_ms // 86400000 from read_parquet(?)
             where sub_order in (select sub_order from read_parquet(?)) and ordered_ms is not null"""
    with opened(path) as connection:
        return sorted(int(day) for (day,) in run(connection, sql, [files, str(path)]).fetchall())


@remembered
def reported_places(rows_parquet: Path, *, session: int, table: str, limit: int) -> list[tuple[int, int]]:
    """(batch, row) of the rows of a file that speak of the session, each once."""
    where = 'session = ? and "table" = ?'
    sql = f'select distinct batch, "row" from {placed_sql(rows_parquet)} where {where} order by all limit ?'  # noqa: S608 - our own column names
    with opened(rows_parquet) as connection:
        return [(int(batch), int(row)) for batch, row in run(connection, sql, [session, table, limit]).fetchall()]


@remembered
def placed_sums(
    rows_parquet: Path, *, session: int, measure: str, place: str = "segment", every_ms: int = 60_000
) -> list[tuple[int, int, int]]:
    """(start in ms, sum of counts, sum of amounts) of the session's measured rows for each `every_ms`, in order."""
    # a row that several places may claim stands once for each: it is in no minute of any
    where = "session = ? and measure = ? and place = ? and basis = 'measured' and instant_ms is not null"
    sums = 'coalesce(sum("count"), 0)::bigint, coalesce(sum(amount), 0)::bigint'
    sql = f"""select instant_ms // ? * ? as begin_ms, {sums}
              from {placed_sql(rows_parquet)} where {where} group by begin_ms order by begin_ms"""  # noqa: S608 - our own column names
    with opened(rows_parquet) as connection:
        found = run(connection, sql, [every_ms, every_ms, session, measure, place])
        return [(int(at), int(count), int(amount)) for at, count, amount in found.fetchall()]


@remembered
def beside_sums(
    rows_parquet: Path, *, account: int, start_ms: int, end_ms: int, measure: str = "paid_minor"
) -> list[tuple[str, str, str, int, int]]:
    """(place, kind, currency, counts, amounts) of rows of no session in [start, end), of the account or of none.

    Currency: what the amounts are in where they wait for a rate, else empty: the team's.
    """
    where = (
        "session is null and split_part(measure, '@', 1) = ? and (account = ? or account is null) "
        "and instant_ms >= ? and instant_ms < ?"
    )
    currency = "split_part(split_part(measure, '@', 2), ' ', 1)"
    sums = 'coalesce(sum("count"), 0)::bigint, coalesce(sum(amount), 0)::bigint'
    source = placed_sql(rows_parquet)
    sql = f"select place, kind, {currency}, {sums} from {source} where {where} group by all order by all"  # noqa: S608 - our own column names
    with opened(rows_parquet) as connection:
        found = run(connection, sql, [measure, account, start_ms, end_ms])
        return [(place, kind or "", *rest) for place, kind, *rest in found.fetchall()]


def fetch(path: Path, where: str, values: Sequence[Any], source: str = "") -> list[dict[str, Any]]:
    """The rows of a file, or of the `source` that reads it, for which `where` holds; `values` fill question marks."""
    with opened(path) as connection:
        values = values if source else [str(path), *values]
        found = run(connection, f"select * from {source or 'read_parquet(?)'} where {where}", values)  # noqa: S608 - our own column names
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, values, strict=True)) for values in found.fetchall()]


def run(connection: "DuckDBPyConnection", sql: str, values: Sequence[Any]) -> "DuckDBPyConnection":
    """Execute `sql` with its question marks filled in.

    Not DuckDB's own binding: the first bound parameter makes it import pandas, numpy and pyarrow, 110 MB that a web
    worker does not have.
    """
    head, *tails = sql.split("?")
    filled = [literal(value) + tail for value, tail in zip(values, tails, strict=True)]
    return connection.execute("".join([head, *filled]))


def literal(value: Any) -> str:
    """As SQL writes it. Raises TypeError for what it has no word for."""
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    raise TypeError(f"no literal for {type(value).__name__}")


def shown(table: str, files: Sequence[BatchFile], names: Sequence[str], where: str = "true") -> list[dict[str, Any]]:
    """These fields, `row`, `batch` and `as_of` of every row that counts (facts.visible), oldest batch first.

    `where`: SQL of our own making over these fields. For small tables and narrow questions.
    """
    return _told(visible_sql(table, files, _with_row(names)), files, where)


def told(table: str, files: Sequence[BatchFile], names: Sequence[str], where: str = "true") -> list[dict[str, Any]]:
    """The same of every row, whether it counts or was replaced."""
    return _told(told_sql(table, files, _with_row(names)), files, where)


@remembered
def marked(table: str, files: Sequence[BatchFile], names: Sequence[str], where: str = "true") -> list[dict[str, Any]]:
    """The same of every row of a table with keys, with `counts`: whether it does."""
    return _told(marked_sql(table, files, _with_row(names)), files, where)


def among(field: str, values: Sequence[str] | Sequence[int]) -> str:
    """A condition for `shown` and `told`: the field is one of these."""
    return f'list_contains({literal(list(values))}, "{field}")'


def counts(table: str, files: Sequence[BatchFile]) -> tuple[int, int]:
    """How many rows the files have, and how many of them count."""
    if not files:
        return 0, 0
    with opened(*[file.path for file in files]) as con:
        sql = [told_sql(table, files, ["row"]), visible_sql(table, files, ["row"])]
        every, visible = [con.execute(f"select count(*) from ({one})").fetchall()[0][0] for one in sql]  # noqa: S608 - our own
        return int(every), int(visible)


def _with_row(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(["row", *names]))


def _told(sql: str, files: Sequence[BatchFile], where: str) -> list[dict[str, Any]]:
    if not files:
        return []
    with opened(*[file.path for file in files]) as con:
        found = con.execute(f'select * from ({sql}) where {where} order by as_of, batch, "row"')  # noqa: S608 - our own column names
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, values, strict=True)) for values in found.fetchall()]


@contextmanager
def opened(*paths: Path) -> "Iterator[DuckDBPyConnection]":
    """A connection of its own that reads these files. Raises FileNotFoundError where one is gone."""
    for path in paths:
        if not path.is_file():
            raise FileNotFoundError(path)
    made = _database().cursor()
    try:
        yield made
    finally:
        made.close()


def _database() -> "DuckDBPyConnection":
    """The process's one empty database in memory. Making it takes 20 ms of CPU, a connection to it a third of one."""
    # not at the top: most pages never need it, and it is the largest library of the web process
    import duckdb

    with _making:
        # a forked process makes its own
        if os.getpid() not in _databases:
            settings: dict[str, str | bool | int | float | list[str]] = {
                "threads": 1,
                "memory_limit": MEMORY,
                # what was read is not kept: a page asks for few rows of many files
                "enable_external_file_cache": False,
                # nothing is ever fetched from another host
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
            _databases[os.getpid()] = duckdb.connect(":memory:", config=settings)
        return _databases[os.getpid()]

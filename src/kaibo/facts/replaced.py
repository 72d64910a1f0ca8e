# ruff: noqa: S608 - our own names, and numbers
"""What one batch replaced: the rows that would count without it, beside its own. For a page: few rows come back.

Rows are compared by a hash of their values, so that a large batch costs little memory; only those that differ are read
whole, and of them at most MOST.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kaibo.facts.reader import opened
from kaibo.facts.schema import AD_SPEND, EVENT, INT, KEYS, MINUTE, SCOPES, TABLES
from kaibo.facts.visible import BatchFile, visible_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# rows that are compared value by value
MOST = 20_000
EXAMPLES = 10
# what names a row of a scope table, so that two exports of it can be laid side by side
SAME_ROW = {
    MINUTE: ("platform", "account", "minute_ms"),
    AD_SPEND: ("ad_account", "start_ms", "end_ms", "campaign", "session_name"),
    EVENT: ("platform", "account", "instant_ms", "kind", "viewer", "event_id"),
}
NOT_COMPARED = ("row", "raw")
# levels, rates and instants: a sum of them says nothing
NOT_SUMMED = ("_ms", "_ppm", "_minute", "pcu", "acu", "online", "column", "viewer")

# an event may stand in a file twice: any of its like is its pair
PAIRS = """select lost.batch, lost."row", lost.k, any_value(own."row") as new_row, bool_or(lost.h = own.h) as same
           from lost join own using (k) group by lost.batch, lost."row", lost.k"""


@dataclass(frozen=True)
class Differing:
    """A field that says something else now: in how many rows; sums before and after where both are known, else None."""

    field: str
    rows: int
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Example:
    """One row before (`batch`, `line`) and after (`new_line` of the batch asked about); only fields that differ."""

    batch: int
    line: int
    new_line: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True)
class Replaced:
    """`counting`: rows of the batch that count; `beaten`: those that a newer export replaced.

    `replaced`: rows of other batches that do not count because of this one, by batch. Of them `same` say the same,
    `changed` say something else, and `gone` have no row in this batch (a stretch in which it says nothing happened).
    """

    counting: int
    beaten: int
    replaced: Mapping[int, int]
    same: int
    changed: int
    gone: int
    fields: Sequence[Differing]
    examples: Sequence[Example]

    @property
    def rows(self) -> int:
        return sum(self.replaced.values())


def replaced(table: str, files: Sequence[BatchFile], batch: int) -> Replaced:
    """`files`: those in use, with the batch's own among them. Raises FileNotFoundError where one is gone."""
    others = [file for file in files if file.batch != batch]
    own = next(file for file in files if file.batch == batch)
    names = SAME_ROW.get(table) or KEYS[table]
    values = [name for name in TABLES[table] if name not in (*NOT_COMPARED, *names)]
    with opened(*[file.path for file in files]) as con:
        con.execute(f"create temp table own as {_hashed(table, files, names, values)} where batch = {own.batch}")
        con.execute(f"create temp table old as {_hashed(table, others, names, values)}")
        if table in SCOPES:
            still = f'select batch, "row" from ({visible_sql(table, files, ["row"])})'
            con.execute(f'create temp table lost as select * from old anti join ({still}) using (batch, "row")')
        else:
            con.execute("create temp table lost as select * from old semi join own using (k)")
        con.execute(f"create temp table pairs as {PAIRS}")
        return _answer(con, table, files, own, values)


def _hashed(table: str, files: Sequence[BatchFile], names: Sequence[str], values: Sequence[str]) -> str:
    hashes = f"hash({_list(names)}) as k, hash({_list(values)}) as h"
    return f'select batch, "row", {hashes} from ({visible_sql(table, files)})'


def _list(names: Sequence[str], prefix: str = "") -> str:
    return ", ".join(f'{prefix}"{name}"' for name in names)


def _answer(
    con: "DuckDBPyConnection", table: str, files: Sequence[BatchFile], own: BatchFile, values: Sequence[str]
) -> Replaced:
    told = _one(con, f"select count(*) from read_parquet('{_escaped(own)}')")
    counting = _one(con, "select count(*) from own")
    by_batch = con.execute("select batch, count(*) from lost group by batch order by batch").fetchall()
    lost = sum(rows for _, rows in by_batch)
    same = _one(con, "select count(*) from pairs where same")
    changed = _one(con, "select count(*) from pairs where not same")
    fields, examples = _differences(con, table, files, own, values) if changed else ([], [])
    return Replaced(
        counting, told - counting, {int(b): int(n) for b, n in by_batch}, same, changed, lost - same - changed,
        fields, examples,
    )  # fmt: skip


def _differences(
    con: "DuckDBPyConnection", table: str, files: Sequence[BatchFile], own: BatchFile, values: Sequence[str]
) -> tuple[list[Differing], list[Example]]:
    con.execute(f'create temp table few as select * from pairs where not same order by new_row, "row" limit {MOST}')
    touched = {batch for (batch,) in con.execute("select distinct batch from few").fetchall()}
    before = " union all by name ".join(_of(table, file, values) for file in files if file.batch in touched)
    both = f"""from few join ({before}) as o on o.batch = few.batch and o."row" = few."row"
               join ({_of(table, own, values)}) as n on n."row" = few.new_row"""
    counts = [f'count(*) filter (o."{v}" is distinct from n."{v}")' for v in values]
    summed = [v for v in values if TABLES[table][v] == INT and not v.endswith(NOT_SUMMED)]
    known = [f'(o."{v}" is not null and n."{v}" is not null)' for v in summed]
    sums = [
        f'(sum({side}."{v}") filter {k})::bigint' for v, k in zip(summed, known, strict=True) for side in ("o", "n")
    ]
    found = con.execute(f"select {', '.join([*counts, *sums])} {both}").fetchall()[0]
    totals = {v: (found[len(values) + 2 * i], found[len(values) + 2 * i + 1]) for i, v in enumerate(summed)}
    fields = [Differing(v, int(n), *(totals.get(v) or (None, None))) for v, n in zip(values, found, strict=False) if n]
    sql = f'select few.batch, few."row", few.new_row, {_list(values, "o.")}, {_list(values, "n.")} {both}'
    rows = con.execute(f'{sql} order by few.new_row, few."row" limit {EXAMPLES}').fetchall()
    return fields, [_example(row, values) for row in rows]


def _of(table: str, file: BatchFile, values: Sequence[str]) -> str:
    return visible_sql(table, [file], ["row", *values])


def _example(row: Sequence[Any], values: Sequence[str]) -> Example:
    batch, line, new_line, *rest = row
    before, after = rest[: len(values)], rest[len(values) :]
    differ = [(v, b, a) for v, b, a in zip(values, before, after, strict=True) if b != a]
    return Example(batch, line, new_line, {v: b for v, b, _ in differ}, {v: a for v, _, a in differ})


def _one(con: "DuckDBPyConnection", sql: str) -> int:
    return int(con.execute(sql).fetchall()[0][0])


def _escaped(file: BatchFile) -> str:
    return str(file.path).replace("'", "''")

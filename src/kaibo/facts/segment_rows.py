"""The placed rows of many segments at once: how many there are, from which batches, and all of them for an export.

Like facts.reader: for the web process, DuckDB on first use, one thread, little memory.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaibo.facts.placed import placed_sql
from kaibo.facts.reader import opened, run

# (session, segment number); by room also (session, AFTER): ordered after the broadcast, and (OFF_AIR + room, day of
# the month): of no session
Place = tuple[int, int]
AFTER, OFF_AIR = 0, 10**12

WHERE = """from {source} as r join (select unnest(?) as s, unnest(?) as n) as p
           on r.session = p.s and r.segment = p.n where r.place = 'segment' and list_contains(?, r.measure)"""
OFF = "r.place = 'outside' and r.kind in ('ad_off_air', 'ad_no_broadcast')"
BY_ROOM = f"""from (select r.* replace (
                 case when {OFF} then {OFF_AIR} + r.account else r.session end as session,
                 case when {OFF} then substr(r.date, 9, 2)::bigint when r.place = 'after' then {AFTER}
                      else r.segment end as segment) from {{source}} as r
               where r.place = 'segment' or (r.place = 'after' and r.kind = 'self_live') or ({OFF})) as r
           join (select unnest(?) as s, unnest(?) as n) as p
           on r.session = p.s and r.segment = p.n where list_contains(?, r.measure)"""  # noqa: S608 - our own words


@dataclass(frozen=True)
class Found:
    """What one batch gave to the places: its rows there, the sums of their counts and of their amounts.

    `lines`: different lines of its file; a line that stands in several places is several rows.
    """

    table: str
    batch: int
    measure: str
    basis: str
    rows: int
    lines: int
    count: int
    amount: int


def sums(rows_parquet: Path, places: Sequence[Place], measures: Sequence[str]) -> list[Found]:
    """By table, batch, measure and basis. A row in several places (basis `allocated`) counts once for each."""
    sql = f"""select r."table", r.batch, r.measure, r.basis, count(*), count(distinct r."row"),
                     coalesce(sum(r."count"), 0)::bigint, coalesce(sum(r.amount), 0)::bigint
                     {_where(rows_parquet, places)} group by all order by all"""
    with opened(rows_parquet) as connection:
        found = run(connection, sql, _values(places, measures))
        return [Found(*row) for row in found.fetchall()]


def rows(
    rows_parquet: Path, places: Sequence[Place], measures: Sequence[str], *, limit: int, offset: int = 0
) -> list[dict[str, Any]]:
    """Rows (see kpi.inputs.PLACED_ROW) in the order of session, segment, instant."""
    sql = f"""select r.* {_where(rows_parquet, places)}
              order by r.session, r.segment, r.instant_ms, r.batch, r."row", r.measure limit ? offset ?"""
    with opened(rows_parquet) as connection:
        found = run(connection, sql, [*_values(places, measures), limit, offset])
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, values, strict=True)) for values in found.fetchall()]


def told_by_events(rows_parquet: Path, places: Sequence[Place], measures: Sequence[str]) -> list[dict[str, Any]]:
    """The rows that stand for the events of each place and measure (see kpi.inputs.PLACED_ROW)."""
    sql = f"""select r.* {_where(rows_parquet, places)} and r."table" = 'event'
              order by r.session, r.segment, r.measure"""
    with opened(rows_parquet) as connection:
        found = run(connection, sql, _values(places, measures))
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, values, strict=True)) for values in found.fetchall()]


def every(
    rows_parquet: Path, places: Sequence[Place], measures: Sequence[str], *, chunk: int = 5_000
) -> Iterator[dict[str, Any]]:
    """All rows, a chunk at a time, so that an export of a busy month stays small in memory."""
    offset = 0
    while found := rows(rows_parquet, places, measures, limit=chunk, offset=offset):
        yield from found
        offset += chunk


def _where(path: Path, places: Sequence[Place]) -> str:
    """Places that only rooms have cost a little more to look for."""
    by_room = any(s >= OFF_AIR or n == AFTER for s, n in places)
    return (BY_ROOM if by_room else WHERE).format(source=placed_sql(path))


def _values(places: Sequence[Place], measures: Sequence[str]) -> list[Any]:
    return [[s for s, _ in places], [n for _, n in places], list(measures)]

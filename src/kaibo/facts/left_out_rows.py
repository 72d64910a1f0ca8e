"""The order lines, minutes and ad spend of a computation that are credited to nobody, wherever their time lies."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaibo.facts.placed import placed_sql
from kaibo.facts.reader import fetch, opened, run
from kaibo.facts.schema import AD_SPEND, MINUTE, ORDER_LINE, READING

# and what waits for a rate is named `paid_minor@IDR 2026-04-03`
MEASURE = "(measure = 'paid_minor' or measure like 'paid_minor@%')"
MEASURES = {
    ORDER_LINE: MEASURE,
    AD_SPEND: "(measure = 'spend_minor' or measure like 'spend_minor@%')",
    MINUTE: "true",
    READING: "true",
}


@dataclass(frozen=True)
class Total:
    """How many rows, the sum of their counts, the sum of their amounts (minor units)."""

    rows: int
    count: int
    amount: int


def left_out_rows(
    rows_parquet: Path,
    *,
    place: str,
    kind: str | None,
    account: int | None = None,
    tag_batch: int | None = None,
    table: str = ORDER_LINE,
    limit: int = 50,
    offset: int = 0,
) -> list[dict[str, Any]]:
    """Rows of `table` (kpi.inputs.PLACED_ROW) of this place and kind, in the order of their time.

    `kind` None: of any. `tag_batch`: only those that this list names.
    """
    where, values = _where(place, kind, account, tag_batch, table)
    order = 'order by instant_ms, batch, "row", segment, measure limit ? offset ?'
    return fetch(rows_parquet, f"{where} {order}", [*values, limit, offset], placed_sql(rows_parquet))


def left_out_within(
    rows_parquet: Path, stretches: Sequence[tuple[int, int, int]]
) -> list[tuple[str, str, int | None, int]]:
    """(place, kind, batch of the list that tagged it, order lines) of what is tagged or unpaid in (session, from, to).

    Such a line stands in no segment; its instant says in whose time it was ordered. Instants are ms, half-open.
    """
    with opened(rows_parquet) as connection:
        # computations of before there were lists do not say
        source = placed_sql(rows_parquet)
        described = connection.execute(f"describe select * from {source}").fetchall()  # noqa: S608 - our own names
        listed = "r.tag_batch" if "tag_batch" in {name for name, *_ in described} else "null::bigint"
        sql = f"""select r.place, coalesce(r.kind, ''), {listed} as listed, count(distinct (r.batch, r."row"))
                  from {source} as r join (select unnest(?) as s, unnest(?) as a, unnest(?) as b) as p
                  on r.session = p.s and r.instant_ms >= p.a and r.instant_ms < p.b
                  where r."table" = ? and r.place in ('tagged', 'unpaid') group by all order by all"""  # noqa: S608 - our own names
        columns = [list(values) for values in zip(*stretches, strict=True)] or [[], [], []]
        found = run(connection, sql, [*columns, ORDER_LINE]).fetchall()
        return [(place, kind, batch, int(lines)) for place, kind, batch, lines in found]


def left_out_total(
    rows_parquet: Path,
    *,
    place: str,
    kind: str,
    account: int | None = None,
    tag_batch: int | None = None,
    table: str = ORDER_LINE,
) -> Total:
    """What `left_out_rows` with the same conditions would show on all its pages together."""
    where, values = _where(place, kind, account, tag_batch, table)
    sums = 'count(*), coalesce(sum("count"), 0)::bigint, coalesce(sum(amount), 0)::bigint'
    with opened(rows_parquet) as connection:
        found = run(connection, f"select {sums} from {placed_sql(rows_parquet)} where {where}", values)  # noqa: S608 - our own column names
        return Total(*found.fetchall()[0])


def _where(
    place: str, kind: str | None, account: int | None, tag_batch: int | None, table: str
) -> tuple[str, list[Any]]:
    wanted = {"place": place, "coalesce(kind, '')": kind, "account": account, "tag_batch": tag_batch, '"table"': table}
    asked = {column: value for column, value in wanted.items() if value is not None}
    return " and ".join([*(f"{column} = ?" for column in asked), MEASURES[table]]), list(asked.values())

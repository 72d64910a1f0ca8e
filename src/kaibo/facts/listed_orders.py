"""Which imported orders a list of orders names: for the preview, the months it touches and its page."""

# ruff: noqa: S608 - our own names, and literals that facts.visible and facts.reader quote

from collections.abc import Sequence
from pathlib import Path

from kaibo.facts.placed import placed_sql
from kaibo.facts.reader import literal, opened
from kaibo.facts.schema import DEFAULT_PLATFORM, ORDER_LINE, TAGGED_LINE
from kaibo.facts.visible import BatchFile, told_sql


def known_numbers(orders: Sequence[BatchFile], platform: str, numbers: Sequence[str]) -> set[str]:
    """Those of the numbers that an imported order of the platform, or a line of one, has.

    Raises FileNotFoundError where a file is gone.
    """
    if not orders or not numbers:
        return set()
    sql = f"""with wanted as (select distinct unnest({literal(list(numbers))}) as number),
                   lines as ({_lines(orders)})
              select number from wanted semi join lines on lines.sub_order = number and lines.platform = {{p}}
              union select number from wanted semi join lines on lines.main_order = number and lines.platform = {{p}}"""
    with opened(*[file.path for file in orders]) as connection:
        return {number for (number,) in connection.execute(sql.format(p=literal(platform))).fetchall()}


def listed_days(tagged: BatchFile, orders: Sequence[BatchFile]) -> list[int]:
    """The UTC days (whole days since the epoch) on which orders that the list names were placed."""
    if not orders:
        return []
    sql = f"""with rows as ({told_sql(TAGGED_LINE, [tagged], ["platform", "sub_order", "main_order"])}),
                   listed as (select coalesce(platform, '{DEFAULT_PLATFORM}') as platform,
                                     coalesce(sub_order, main_order) as number from rows),
                   lines as ({_lines(orders)})
              select ordered_ms // 86400000 as day from lines semi join listed
              on listed.platform = lines.platform and listed.number = lines.sub_order where ordered_ms is not null
              union select ordered_ms // 86400000 from lines semi join listed
              on listed.platform = lines.platform and listed.number = lines.main_order where ordered_ms is not null"""
    with opened(tagged.path, *[file.path for file in orders]) as connection:
        return sorted(int(day) for (day,) in connection.execute(sql).fetchall())


def listed_sums(rows_parquet: Path) -> dict[int, tuple[int, int, int, int]]:
    """Of one computation: a list's batch → order lines it left out, their amount, how many amounts of them wait
    for a rate, and how many of its rows were used.

    A line of it may stand elsewhere all the same, because nobody paid for it; its row is used then too. Computations of
    before there were lists know none.
    """
    with opened(rows_parquet) as connection:
        source = placed_sql(rows_parquet)
        names = connection.execute(f"describe select * from {source}").fetchall()
        if "tag_batch" not in {name for name, *_ in names}:
            return {}
        sql = f"""select tag_batch, count(*) filter (place = 'tagged')::bigint,
                         coalesce(sum(amount) filter (place = 'tagged' and measure = 'paid_minor'), 0)::bigint,
                         count(*) filter (place = 'tagged' and measure != 'paid_minor')::bigint,
                         count(distinct tag_row)::bigint
                  from {source}
                  where "table" = 'order_line' and tag_batch is not null group by tag_batch"""
        return {
            int(batch): (int(a), int(b), int(c), int(d)) for batch, a, b, c, d in connection.execute(sql).fetchall()
        }


def _lines(orders: Sequence[BatchFile]) -> str:
    """Every line of every order file, whether it counts or was replaced: numbers do not change."""
    told = told_sql(ORDER_LINE, orders, ["platform", "sub_order", "main_order", "ordered_ms"])
    columns = f"coalesce(platform, '{DEFAULT_PLATFORM}') as platform, sub_order, main_order, ordered_ms"
    return f"select {columns} from ({told})"

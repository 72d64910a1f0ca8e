"""Order lines that several sessions may claim, grouped by their candidates and product. For the web process."""

# ruff: noqa: S608 - our own names, and literals that facts.visible quotes

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kaibo.facts import reader
from kaibo.facts.placed import placed_sql
from kaibo.facts.schema import ORDER_LINE
from kaibo.facts.visible import BatchFile, told_sql


class OlderRows(Exception):
    """Placed rows of an engine that did not write down all candidates; the next computation does."""


@dataclass(frozen=True)
class Decided:
    """A scope that someone has decided: its lines are no longer doubtful. "": any.

    `sessions`: those it names; it speaks only of lines with one of them among the candidates. None named: of all.
    `rooms`: the accounts whose lines it speaks of.
    """

    start_ms: int
    end_ms: int
    product_id: str = ""
    sub_order: str = ""
    sessions: tuple[int, ...] = ()
    rooms: tuple[int, ...] = ()


@dataclass(frozen=True)
class Group:
    """`sessions`: the candidates of any month, by id. `product_id` is "" where the file names none.

    `amount`: in minor units of the rooms' currency, whether there is a rate for it or not.
    """

    sessions: tuple[int, ...]
    product_id: str
    product: str
    lines: int
    amount: int
    first_ms: int
    last_ms: int
    # its order lines, where no product tells them from others
    sub_orders: tuple[str, ...] = ()


def groups(rows_parquet: Path, orders: Sequence[BatchFile], decided: Sequence[Decided] = ()) -> list[Group]:
    """The doubtful groups of a computation (see kpi.inputs.PLACED_ROW), the largest amount first.

    `orders`: the batches with order lines, which know the products. Raises FileNotFoundError where a file is gone,
    OlderRows where the computation did not write down all candidates yet.
    """
    products = told_sql(ORDER_LINE, orders, ["row", "product_id"])
    sql = f"""with many as (
                select batch, "row", any_value(sub_order) as sub_order, any_value(label) as product,
                       any_value(instant_ms) as instant_ms, any_value(coalesce(original, amount)) as amount,
                       any_value(account) as room,
                       any_value([c::bigint for c in string_split(claimants, ' ')]) as sessions
                from {placed_sql(rows_parquet)}
                where "table" = 'order_line' and place = 'segment' and basis = 'allocated'
                  and split_part(measure, '@', 1) = 'paid_minor'
                group by batch, "row")
              select sessions, coalesce(told.product_id, '') as product, any_value(many.product), count(*),
                     coalesce(sum(amount), 0)::bigint, min(instant_ms), max(instant_ms),
                     list_sort(list(many.sub_order) filter (where coalesce(told.product_id, '') = ''))
              from many left join ({products}) as told on told.batch = many.batch and told."row" = many."row"
              where not ({_any_of(decided)})
              group by all order by 5 desc, 6, 2"""
    with reader.opened(rows_parquet, *[file.path for file in orders]) as connection:
        schema = f"select count(*) from parquet_schema({_text(str(rows_parquet))}) where name = 'claimants'"
        if connection.execute(schema).fetchone() == (0,):
            raise OlderRows(rows_parquet)
        found = connection.execute(sql).fetchall()
    return [
        Group(tuple(sessions), product, label or "", lines, amount, first, last, tuple(numbers or ()))
        for sessions, product, label, lines, amount, first, last, numbers in found
    ]


def _any_of(decided: Sequence[Decided]) -> str:
    tests = []
    for one in decided:
        parts = [f"instant_ms >= {int(one.start_ms)}", f"instant_ms < {int(one.end_ms)}"]
        if one.product_id:
            parts.append(f"coalesce(told.product_id, '') = {_text(one.product_id)}")
        if one.sub_order:
            parts.append(f"many.sub_order = {_text(one.sub_order)}")
        if one.rooms:
            parts.append(f"many.room in ({', '.join(str(int(r)) for r in one.rooms)})")
        if one.sessions:
            parts.append(f"list_has_any(many.sessions, [{', '.join(str(int(s)) for s in one.sessions)}])")
        tests.append(f"({' and '.join(parts)})")
    return " or ".join(tests) or "false"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"

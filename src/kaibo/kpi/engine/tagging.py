"""Which order lines are no sales: those that a list names, and those that a rule recognises.

What beats what: a list before a rule; of lists, one that names the line's own number before one that names its order;
then the newest list (as_of, batch); of rules, the first that was made.
"""

from typing import Any

import ibis

from kaibo.facts.schema import ORDER_LINE, TAGGED_LINE
from kaibo.kpi.engine.run import Run


def with_tags(run: Run, orders: Any) -> Any:
    """Adds `tag`, and what gave it: `tag_batch` and `tag_row` of a list's row, or `tag_rule`."""
    named = run.table("listed")
    found = orders.left_join(
        named, [orders.platform == named.list_platform, orders.sub_order == named.list_line]
    )  # fmt: skip
    by_list = found.tag_batch.notnull()
    rule = _rule(run, found)
    tags = [(rule == one.id, one.tag) for one in run.inputs.tag_rules]
    by_rule = ibis.cases(*tags, else_=ibis.null("string")) if tags else ibis.null("string")
    return found.mutate(
        tag=ibis.cases((by_list, found.list_tag), else_=by_rule),
        tag_rule=ibis.cases((by_list, ibis.null("int64")), else_=rule),
    )


def listed(run: Run) -> Any:
    """Each line that a list names, once: with the row that beats the others."""
    rows, orders = run.table(TAGGED_LINE), run.table(ORDER_LINE)
    rows = rows.select(
        list_platform=rows.platform, number=ibis.coalesce(rows.sub_order, rows.main_order), list_tag=rows.tag,
        narrow=rows.sub_order.notnull(), tag_batch=rows.batch, tag_row=rows.row, list_as_of=rows.as_of,
    )  # fmt: skip
    lines = orders.select("platform", "sub_order", "main_order")
    same = lines.platform == rows.list_platform
    own = lines.join(rows, [same, lines.sub_order == rows.number]).mutate(own=ibis.literal(1))
    wide = rows.filter(~rows.narrow)
    of_order = lines.join(wide, [lines.platform == wide.list_platform, lines.main_order == wide.number])
    of_order = of_order.mutate(own=ibis.literal(0))
    columns = ("list_platform", "sub_order", "list_tag", "tag_batch", "tag_row", "list_as_of", "own")
    every = own.select(*columns).union(of_order.select(*columns))
    best = ibis.window(
        group_by=["list_platform", "sub_order"],
        order_by=[ibis.desc("own"), ibis.desc("list_as_of"), ibis.desc("tag_batch"), ibis.desc("tag_row")],
    )
    ranked = every.mutate(rank=ibis.row_number().over(best))
    first = ranked.filter(ranked.rank == 0).rename(list_line="sub_order")
    return first.select("list_platform", "list_line", "list_tag", "tag_batch", "tag_row")


def _rule(run: Run, orders: Any) -> Any:
    """The id of the first rule that the line meets."""
    tests = []
    for rule in run.inputs.tag_rules:
        if rule.by == "amount_at_most":
            tests.append((orders.payable_minor.fill_null(0) <= int(rule.value), rule.id))
        else:
            tests.append((orders[rule.by] == rule.value, rule.id))
    return ibis.cases(*tests, else_=ibis.null("int64")) if tests else ibis.null("int64")

"""After-sales: joined to their order lines; inside the days of grace (T+N) or late."""

from typing import Any

import ibis

from kaibo.facts.schema import AFTER_SALE
from kaibo.kpi.engine.orders import currency_of, money_of
from kaibo.kpi.engine.run import Run, total

LINE = ["platform", "sub_order"]


def place(run: Run) -> None:
    """Steps `refunds` (after-sales of known lines), `refunded` (their sums by line), `strays` (of unknown lines)."""
    run.keep("sales", _sales)
    run.keep("refunds", _refunds)
    run.keep("refunded", _refunded)
    run.keep("strays", _strays)
    run.drop(AFTER_SALE, "sales")


def _sales(run: Run) -> Any:
    sales = run.table(AFTER_SALE)
    amount = sales.refund_minor.fill_null(0) + sales.freight_refund_minor.fill_null(0)
    back = sales.refunded_ms.notnull()
    return sales.mutate(
        back=back,
        refund=ibis.cases((back, amount), else_=0),
        sale_day=run.local_day(ibis.coalesce(sales.refunded_ms, sales.applied_ms)),
    )


def _refunds(run: Run) -> Any:
    known = run.table("sales").join(run.table("lines").select(*LINE, "day", "product"), LINE)
    late = known.back & (known.sale_day - known.day > run.inputs.settings.refund_days)
    known = known.mutate(late=late, counted=known.back & ~late)
    return known.mutate(count=_first(known, "sub_order"))


def _refunded(run: Run) -> Any:
    refunds = run.table("refunds")
    return refunds.group_by(LINE).aggregate(
        refund_minor=total(ibis.cases((refunds.late, 0), else_=refunds.refund)),
        refund_late_minor=total(ibis.cases((refunds.late, refunds.refund), else_=0)),
        refund_orders=total(refunds["count"]),
    )


def _strays(run: Run) -> Any:
    unknown = run.table("sales").anti_join(run.table("lines"), LINE).mutate(counted=ibis._.back)
    unknown = unknown.mutate(of=ibis.coalesce(unknown.sub_order, unknown.after_sale))
    unknown = unknown.mutate(count=_first(unknown, "of"), money=money_of(run, currency_of(run, unknown)))
    unknown = unknown.filter(run.in_month(unknown.sale_day))
    days = run.table("days")
    return unknown.left_join(days, unknown.sale_day == days.day)


def _first(sales: Any, line: str) -> Any:
    """1 for the first counted refund of each order line, so that a line refunded in parts is one order."""
    order = [sales.refunded_ms, sales.after_sale]
    rank = ibis.row_number().over(group_by=[sales.platform, sales[line], sales.counted], order_by=order)
    return (sales.counted & (rank == 0)).cast("int64")

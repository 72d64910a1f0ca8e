"""Reads the batches: of every table the rows that count."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import ibis

from kaibo.facts.schema import (
    AFTER_SALE,
    EVENT,
    INSTANT,
    INT,
    MINUTE,
    ORDER_LINE,
    READING,
    SESSION_PRODUCT,
    SESSION_REPORT,
    TABLES,
    TAGGED_LINE,
)  # fmt: skip
from kaibo.facts.store import table_path
from kaibo.facts.visible import BatchFile, apart_sql, visible_sql
from kaibo.kpi import reports
from kaibo.kpi.engine import event_files
from kaibo.kpi.engine.run import INTEGER, TEXT, Builder, Run, quoted
from kaibo.kpi.inputs import DOUYIN
from kaibo.kpi.local_days import iso, local_day, offsets
from kaibo.kpi.matching import accounts_by_name
from kaibo.kpi.measures import said_by

READ = (SESSION_REPORT, ORDER_LINE, AFTER_SALE, SESSION_PRODUCT, MINUTE, READING)
# which columns: all where none are named
WANTED = {
    SESSION_REPORT: (
        "row", "platform", "account", "account_name", "start_ms", "end_ms", "currency", *reports.FIELDS,
    ),
    ORDER_LINE: (
        "row", "platform", "account", "sub_order", "main_order", "product", "product_id", "ordered_ms", "paid_ms",
        "payable_minor", "currency", "order_type", "merchant_code", "creator_id", "creator_name", "flow_source",
        "flow_kind",
    ),
    AFTER_SALE: (
        "row", "platform", "after_sale", "main_order", "sub_order", "refund_minor", "freight_refund_minor", "currency",
        "applied_ms", "refunded_ms",
    ),
    SESSION_PRODUCT: ("row", "platform", "account", "account_name", "session_ms", "session_end_ms", "product_id"),
    MINUTE: ("row", "platform", "account", "minute_ms", "length_ms", "currency", "online", *said_by("minute")),
    READING: ("row", "platform", "account", "instant_ms", "currency", *said_by("reading")),
}  # fmt: skip


def read(run: Run) -> dict[str, dict[str, int]]:
    """Steps named as the fact tables, and `days`; gives the coverage of each table that has any row."""
    coverage = {}
    for table in READ:
        visible(run, table)
        (found,) = run.rows(_about(table))
        if found["rows"]:
            coverage[table] = found
    # events are read later, in slices
    if (found := event_files.know(run))["rows"]:
        coverage[EVENT] = found
    # a list speaks of orders and of no time of its own: it covers nothing
    visible(run, TAGGED_LINE)
    rows = run.rows(_reports)
    aside = set(run.inputs.aside)
    rows = [row for row in rows if (row["batch"], row["row"]) not in aside]
    run.reports = reports.matched(rows, run.inputs.accounts, run.month.all_sessions)
    _know_days(run)
    return coverage


@cache
def _about(table: str) -> Builder:
    def about(run: Run) -> Any:
        counted = run.table(table)
        until = counted[INSTANT[table]].max()
        return counted.aggregate(as_of_ms=counted.as_of.max(), until_ms=until, rows=counted.count())

    return about


def _reports(run: Run) -> Any:
    return run.table(SESSION_REPORT).order_by(["start_ms", "batch", "row"])


def visible(run: Run, table: str) -> Any:
    """The step of a fact table: each row that counts (facts.visible), once. A file that names no platform: 抖音."""
    files = [
        BatchFile(b.id, b.as_of_ms, table_path(b.folder, table), b.platform or DOUYIN, b.scope)
        for b in run.inputs.batches
        if b.table == table
    ]
    columns = WANTED.get(table) or [name for name in TABLES[table] if name != "raw"]
    run.con.raw_sql(f'create temp table "{table}" as {_near(run, table, files, columns)}')
    kinds = {**TABLES[table], "batch": INT, "as_of": INT}
    run.know(table, [(name, INTEGER if kinds[name] == INT else TEXT) for name in (*columns, "batch", "as_of")])
    return run.table(table)


def _near(run: Run, table: str, files: Sequence[BatchFile], columns: Sequence[str]) -> str:
    """The rows that count; where only some time is asked for (`MonthInputs.within`), those that tell of it.

    An order line is found by any version of it, and so is an after-sale, by its line: the newest may say otherwise.
    """
    if run.inputs.within is None:
        return visible_sql(table, files, columns)
    low, high = run.inputs.within
    if table == ORDER_LINE:
        then = f"ordered_ms >= {low} and ordered_ms < {high}"
        # one batch has a key once
        alike = len(files) == 1 or run.con.raw_sql(apart_sql(table, files, then)).fetchone() is None
        return f"select * from ({visible_sql(table, files, columns, then, alike=alike)}) where {_may_be_ours(run)}"  # noqa: S608 - our own names
    if table == AFTER_SALE:
        return visible_sql(table, files, columns, f'sub_order in (select sub_order from "{ORDER_LINE}")')  # noqa: S608 - our own names
    near = {
        SESSION_REPORT: f"start_ms < {high} and coalesce(end_ms, start_ms + 1) > {low}",
        **{one: f"{INSTANT[one]} >= {low} and {INSTANT[one]} < {high}" for one in (MINUTE, READING)},
    }
    return f"select * from ({visible_sql(table, files, columns)}) where {near.get(table, 'true')}"  # noqa: S608 - our own names


def _may_be_ours(run: Run) -> str:
    """A condition on lines: false only for those whose creator is a room that none of the sessions is in."""
    rooms = {session.account for session in run.inputs.sessions}
    names = accounts_by_name(run.inputs.accounts)
    others = [f"({quoted(on)}, {quoted(name)})" for (on, name), owner in names.items() if owner and owner not in rooms]
    return f"not coalesce((platform, creator_id) in ({', '.join(others)}), false)" if others else "true"


def _ends(run: Run) -> Any:
    orders, sales, minutes = run.table(ORDER_LINE), run.table(AFTER_SALE), run.table(MINUTE)
    instants = (orders.ordered_ms, sales.refunded_ms, sales.applied_ms, minutes.minute_ms)
    return ibis.union(*[one.as_table().aggregate(low=one.min(), high=one.max()) for one in instants])


def _know_days(run: Run) -> None:
    """The zone's offsets, and the ISO text of every local day, between the first and the last instant."""
    known = [end for ends in run.rows(_ends) for end in ends.values() if end is not None]
    low, high = min(known, default=0), max(known, default=0)
    zone = run.inputs.settings.zone
    run.offsets = offsets(low, high, zone)
    days = range(local_day(low, zone), local_day(high, zone) + 1)
    run.make("days", {"day": INTEGER, "day_text": TEXT}, [(day, iso(day)) for day in days])

"""Reads the batches: of every table the rows that count."""

from typing import Any

from kaibo.facts.schema import (
    AFTER_SALE,
    EVENT,
    INSTANT,
    MINUTE,
    ORDER_LINE,
    READING,
    SESSION_PRODUCT,
    SESSION_REPORT,
    TABLES,
    TAGGED_LINE,
)  # fmt: skip
from kaibo.facts.store import table_path
from kaibo.facts.visible import BatchFile, visible_sql
from kaibo.kpi import reports
from kaibo.kpi.engine.run import INTEGER, TEXT, Run
from kaibo.kpi.inputs import DOUYIN
from kaibo.kpi.local_days import iso, local_day, offsets
from kaibo.kpi.measures import said_by

READ = (SESSION_REPORT, ORDER_LINE, AFTER_SALE, SESSION_PRODUCT, MINUTE, READING, EVENT)
# which columns: all where none are named
WANTED = {
    SESSION_PRODUCT: ("row", "platform", "account", "account_name", "session_ms", "session_end_ms", "product_id"),
    MINUTE: ("row", "platform", "account", "minute_ms", "length_ms", "currency", "online", *said_by("minute")),
    EVENT: ("row", "platform", "account", "instant_ms", "kind", "viewer", "event_id", "count"),
    READING: ("row", "platform", "account", "instant_ms", "currency", *said_by("reading")),
}


def read(run: Run) -> dict[str, dict[str, int]]:
    """Steps named as the fact tables, and `days`; gives the coverage of each table that has any row."""
    coverage = {}
    for table in READ:
        counted = visible(run, table)
        until = counted[INSTANT[table]].max()
        about = counted.aggregate(as_of_ms=counted.as_of.max(), until_ms=until, rows=counted.count())
        (found,) = run.rows(about)
        if found["rows"]:
            coverage[table] = found
    # a list speaks of orders and of no time of its own: it covers nothing
    visible(run, TAGGED_LINE)
    rows = run.rows(run.table(SESSION_REPORT).order_by(["start_ms", "batch", "row"]))
    aside = set(run.inputs.aside)
    rows = [row for row in rows if (row["batch"], row["row"]) not in aside]
    run.reports = reports.matched(rows, run.inputs.accounts, run.month.all_sessions)
    _know_days(run)
    return coverage


def visible(run: Run, table: str) -> Any:
    """The step of a fact table: each row that counts (facts.visible), once. A file that names no platform: 抖音."""
    files = [
        BatchFile(b.id, b.as_of_ms, table_path(b.folder, table), b.platform or DOUYIN, b.scope)
        for b in run.inputs.batches
        if b.table == table
    ]
    columns = WANTED.get(table) or [name for name in TABLES[table] if name != "raw"]
    run.con.raw_sql(f'create temp table "{table}" as {visible_sql(table, files, columns)}')
    return run.table(table)


def _know_days(run: Run) -> None:
    """The zone's offsets, and the ISO text of every local day, between the first and the last instant."""
    orders, sales, minutes = run.table(ORDER_LINE), run.table(AFTER_SALE), run.table(MINUTE)
    known = []
    for instant in (orders.ordered_ms, sales.refunded_ms, sales.applied_ms, minutes.minute_ms):
        (ends,) = run.rows(instant.as_table().aggregate(low=instant.min(), high=instant.max()))
        known += [end for end in ends.values() if end is not None]
    low, high = min(known, default=0), max(known, default=0)
    zone = run.inputs.settings.zone
    run.offsets = offsets(low, high, zone)
    days = range(local_day(low, zone), local_day(high, zone) + 1)
    run.make("days", {"day": INTEGER, "day_text": TEXT}, [(day, iso(day)) for day in days])

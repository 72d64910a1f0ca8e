"""Reads the batches: of every key the row that is visible."""

from typing import Any

import ibis

from kaibo.facts.schema import AFTER_SALE, INSTANT, INT, KEYS, ORDER_LINE, SESSION_REPORT, TABLES
from kaibo.kpi import reports
from kaibo.kpi.engine.run import INTEGER, TEXT, Run
from kaibo.kpi.local_days import iso, local_day, offsets


def read(run: Run) -> dict[str, dict[str, int]]:
    """Steps named as the fact tables, and `days`; gives the coverage of each table that has any row."""
    coverage = {}
    for table in (SESSION_REPORT, ORDER_LINE, AFTER_SALE):
        visible = run.keep(table, _visible(run, table))
        until = visible[INSTANT[table]].max()
        about = visible.aggregate(as_of_ms=visible.as_of.max(), until_ms=until, rows=visible.count())
        (found,) = run.rows(about)
        if found["rows"]:
            coverage[table] = found
    rows = run.rows(run.table(SESSION_REPORT).order_by(["start_ms", "batch", "row"]))
    run.reports = reports.matched(rows, run.inputs.accounts, run.month.all_sessions)
    _know_days(run)
    return coverage


def _visible(run: Run, table: str) -> Any:
    """The highest (as_of, batch) of every key; of a key twice in one file, the later line."""
    kinds = {n: "int64" if kind == INT else "string" for n, kind in TABLES[table].items() if n != "raw"}
    kinds |= {"batch": "int64", "as_of": "int64"}
    files = {str(b.folder / f"{table}.parquet"): b for b in run.inputs.batches if b.table == table}
    if not files:
        return ibis.memtable([], schema=kinds)
    columns = {"filename": TEXT, "batch": INTEGER, "as_of": INTEGER}
    about = [(name, batch.id, batch.as_of_ms) for name, batch in files.items()]
    batches = run.make(f"batches_of_{table}", columns, about)
    read_files = run.con.read_parquet(list(files), table_name=f"files_of_{table}", filename=True)
    joined = read_files.join(batches, "filename")
    typed = joined.select(**{name: joined[name].cast(kind) for name, kind in kinds.items()})
    newest = [ibis.desc("as_of"), ibis.desc("batch"), ibis.desc("row")]
    rank = ibis.row_number().over(group_by=KEYS[table], order_by=newest)
    return typed.mutate(rank=rank).filter(ibis._.rank == 0).drop("rank")


def _know_days(run: Run) -> None:
    """The zone's offsets, and the ISO text of every local day, between the first and the last instant."""
    orders, sales = run.table(ORDER_LINE), run.table(AFTER_SALE)
    known = []
    for instant in (orders.ordered_ms, sales.refunded_ms, sales.applied_ms):
        (ends,) = run.rows(instant.as_table().aggregate(low=instant.min(), high=instant.max()))
        known += [end for end in ends.values() if end is not None]
    low, high = min(known, default=0), max(known, default=0)
    zone = run.inputs.settings.zone
    run.offsets = offsets(low, high, zone)
    days = range(local_day(low, zone), local_day(high, zone) + 1)
    run.make("days", {"day": INTEGER, "day_text": TEXT}, [(day, iso(day)) for day in days])

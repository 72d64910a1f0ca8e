"""Ad spend: read as it is, since its rows are few, and placed by kpi.ad_spend."""

from kaibo.facts.schema import AD_SPEND
from kaibo.facts.store import table_path
from kaibo.facts.visible import BatchFile, visible_sql
from kaibo.kpi.ad_spend import AdSpend
from kaibo.kpi.engine.run import INTEGER, TEXT, Run
from kaibo.kpi.inputs import DOUYIN, PLACED_ROW
from kaibo.kpi.local_days import DAY_MS
from kaibo.kpi.measures import ADS

COLUMNS = ("row", "platform", "ad_account", "start_ms", "end_ms", "currency", *ADS.values())
AROUND_DAYS = 2


def place(run: Run) -> None:
    """The month's facts of ad spend, and step `ads`: the placed rows, if there are any."""
    files = [batch for batch in run.inputs.batches if batch.table == AD_SPEND]
    if not files:
        return
    sessions, days = run.inputs.sessions, (run.month.first_day * DAY_MS, run.month.next_day * DAY_MS)
    first, last = run.inputs.within or days
    low = min([first, *(s.start_ms for s in sessions)]) - AROUND_DAYS * DAY_MS
    high = max([last, *(s.end_ms for s in sessions)]) + AROUND_DAYS * DAY_MS
    visible = visible_sql(
        AD_SPEND,
        [BatchFile(b.id, b.as_of_ms, table_path(b.folder, AD_SPEND), b.platform or DOUYIN, b.scope) for b in files],
        COLUMNS,
    )
    near = f"start_ms < {high} and coalesce(end_ms, start_ms + 1) > {low}"
    found = run.con.raw_sql(f"select * from ({visible}) where {near}")  # noqa: S608 - our own names
    names = [column[0] for column in found.description]
    rows = [dict(zip(names, values, strict=True)) for values in found.fetchall()]
    scopes = {batch.id: batch.scope for batch in files}
    for row in rows:
        row["ad_account"] = row["ad_account"] or scopes[row["batch"]]
    spend = AdSpend(run.inputs, run.month.segments, run.month.rates, run.month.days)
    run.ad_facts, pieces = spend.placed(rows)
    values = [
        (AD_SPEND, p.batch, p.row, p.place, p.kind, p.account, p.session, p.segment, p.instant_ms, p.date, p.measure,
         p.amount, 1, p.basis, p.label, p.currency or None, p.original)
        for p in pieces
    ]  # fmt: skip
    if values:
        columns = (
            "table", "batch", "row", "place", "kind", "account", "session", "segment", "instant_ms", "date",
            "measure", "amount", "count", "basis", "label", "currency", "original",
        )  # fmt: skip
        run.make("ads", {name: INTEGER if PLACED_ROW[name] == "int64" else TEXT for name in columns}, values)

"""Writes rows.parquet: where each file row of the month went (kpi.inputs.PLACED_ROW)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import ibis

from kaibo.facts.schema import AFTER_SALE, ORDER_LINE, SESSION_REPORT
from kaibo.kpi.engine import events, exchange, minute_money, minutes, off_air, reading_money, readings
from kaibo.kpi.engine.run import INTEGER, TEXT, Run
from kaibo.kpi.inputs import PLACED_ROW, FactOut, SegmentOut
from kaibo.kpi.local_days import iso, local_day
from kaibo.kpi.reports import Report

ORDER = ("session", "segment", "instant_ms", "table", "batch", "row", "measure")
# rows that are sorted at once
SLICE = 250_000


def write(run: Run, facts: Sequence[FactOut]) -> Path:
    """All placed rows, sorted by (session, segment, instant); those of no session come last. `facts`: their sums."""
    path = run.out_dir / "rows.parquet"
    _place_reports(run)
    events.place_rows(run, facts)
    minutes.narrow(run)
    foreign = exchange.is_needed(run)
    run.drop("lines", "placed", "refunded", "cells", "pieces", "listed", "near")
    if foreign:
        run.keep("all_rows", _numbered)
        exchange.convert(run, facts)
    # saying which slices costs a small month a tenth of its time
    run.write(_rows, path, ORDER, ["true"] if run.part or run.held() < SLICE else _slices(run))
    return path


def _slices(run: Run) -> list[str]:
    """Conditions on sessions, in order, of some SLICE rows each."""
    found: list[str] = []
    first, rows = 0, 0
    for row in run.rows(_by_session):
        if rows and rows + row["n"] > SLICE:
            found.append(f"session >= {first} and session < {row['session']}")
            first, rows = row["session"], 0
        rows += row["n"]
    return [*found, f"session >= {first}", "session is null"]


def _by_session(run: Run) -> Any:
    rows = _rows(run)
    rows = rows.filter(rows.session.notnull())
    return rows.group_by("session").aggregate(n=rows.count()).order_by("session")


def _rows(run: Run) -> Any:
    in_team_money = exchange.converted(run) if run.has("changed") else _whole(run).mutate(currency=ibis.null("string"))
    if run.has("ads"):
        # converted part by part already
        ads = run.table("ads")
        in_team_money = in_team_money.select(*PLACED_ROW).union(ads.select(**_typed(ads)))
    if run.part:
        # what stands in no session is the whole month's to say
        in_team_money = in_team_money.filter(in_team_money.session.notnull())
    return in_team_money.select(*PLACED_ROW)


def _numbered(run: Run) -> Any:
    return _whole(run).mutate(n=ibis.row_number())


def _whole(run: Run) -> Any:
    parts = (_orders(run), _refunds(run), _strays(run), run.table("report_rows"), minutes.rows(run), off_air.rows(run))
    told = (minute_money.rows(run), reading_money.rows(run), readings.rows(run), events.rows(run))
    return ibis.union(*[part.select(**_typed(part)) for part in (*parts, *told) if part is not None])


def _typed(part: Any) -> dict[str, Any]:
    """The columns of a placed row; those that the part does not have are null."""
    kinds = {name: "int64" if kind == "int64" else "string" for name, kind in PLACED_ROW.items()}
    return {n: part[n].cast(kind) if n in part.columns else ibis.null(kind) for n, kind in kinds.items()}


def _orders(run: Run) -> Any:
    spots = run.table("spots").rename(instant_ms="ordered_ms", label="product", currency="money")
    literals = {"table": ORDER_LINE, "measure": "paid_minor", "count": 1}
    return spots.mutate(**{name: ibis.literal(value) for name, value in literals.items()})


def _refunds(run: Run) -> Any:
    """An after-sale stands where its order line does."""
    spots = run.table("spots").drop("batch", "row", "amount")
    columns = ("platform", "sub_order", "batch", "row", "refund", "count", "late", "refunded_ms")
    joined = run.table("refunds").select(*columns).join(spots, ["platform", "sub_order"])
    joined = joined.rename(instant_ms="ordered_ms", label="product", amount="refund", currency="money")
    measure = ibis.cases((joined.late, "refund_late_minor"), else_="refund_minor")
    return joined.mutate(table=ibis.literal(AFTER_SALE), measure=measure)


def _strays(run: Run) -> Any:
    strays = run.table("strays").select(
        "sub_order", "batch", "row", "refund", "count", "refunded_ms", "day_text", "money"
    )
    literals = {
        "table": AFTER_SALE, "place": "unmatched", "kind": "unknown_line", "measure": "refund_minor",
        "basis": "measured",
    }  # fmt: skip
    named = strays.rename(amount="refund", date="day_text", currency="money")
    return named.mutate(**{name: ibis.literal(value) for name, value in literals.items()})


def _place_reports(run: Run) -> None:
    """Step `report_rows`: a session report stands in every segment of its session, whole.

    The sum of its views is shared out over them.
    """
    segments: dict[int, list[SegmentOut]] = defaultdict(list)
    for segment in run.month.segments:
        segments[segment.session].append(segment)
    rows = [row for report in run.reports for row in _report_rows(run, report, segments)]
    whole = {"batch": INTEGER, "row": INTEGER, "instant_ms": INTEGER, "amount": INTEGER, "count": INTEGER}
    place = {"place": TEXT, "kind": TEXT, "account": INTEGER, "session": INTEGER, "segment": INTEGER}
    rest = {"date": TEXT, "basis": TEXT, "table": TEXT, "measure": TEXT, "label": TEXT}
    run.make("report_rows", whole | place | rest, rows)


def _report_rows(run: Run, report: Report, segments: dict[int, list[SegmentOut]]) -> Iterator[tuple[Any, ...]]:
    row, session = report.row, report.session
    whole = (row["batch"], row["row"], row["start_ms"], row["views"], 1)
    about = (SESSION_REPORT, "views", row["account_name"] or row["account"])
    if session is None:
        day = local_day(row["start_ms"], run.inputs.settings.zone)
        if run.month.first_day <= day < run.month.next_day:
            place = ("unmatched", "no_session", report.account, None, None)
            yield (*whole, *place, iso(day), "measured", *about)
        return
    parts = segments.get(session.id, [])
    whole_said = len(parts) == 1 and (session.id, "views") not in run.known
    basis = "measured" if whole_said else "allocated"
    for part in parts:
        where = ("segment", "", session.account, session.id, part.number)
        yield (*whole, *where, part.date, basis, *about)

"""Readings of rooms' running totals at handovers: what they say where minutes say nothing, and their rows."""

from typing import Any

import ibis

from kaibo.facts.schema import READING
from kaibo.kpi import totals
from kaibo.kpi.engine import reading_money
from kaibo.kpi.engine.run import INTEGER, TEXT, Run
from kaibo.kpi.matching import account_of, accounts_by_name
from kaibo.kpi.money import is_money
from kaibo.kpi.totals import Knowledge


def read(run: Run, found: Knowledge) -> None:
    """Adds what readings say to what is `found` already, which outranks it.

    Step `reading_parts`: each reading once for each measure and segment that it says something of, with its part.
    """
    names = accounts_by_name(run.inputs.accounts)
    readings = [
        {**row, "whose": row["account"], "account": account_of(names, row["platform"], row["account"])}
        for row in run.rows(_readings)
    ]
    known = [row for row in readings if row["account"] is not None and row["instant_ms"] is not None]
    reading_money.place(run, known, found.keys())
    said, parts = totals.from_readings(
        [row if reading_money.fits(run, row) else reading_money.without(row) for row in known],
        run.month.all_sessions, run.month.segments, run.inputs.settings.handover_gap_ms,
    )  # fmt: skip
    used = said.keys() - found.keys()
    found |= {key: said[key] for key in used}
    rows = [
        (
            part.reading["batch"], part.reading["row"], part.reading["account"], part.segment.session,
            part.segment.number, part.reading["instant_ms"], part.segment.date, part.measure, part.amount, part.basis,
            part.reading["whose"], _money(run, part),
        )
        for part in parts
        if (part.segment.session, part.measure) in used
    ]  # fmt: skip
    columns = {
        "batch": INTEGER, "row": INTEGER, "account": INTEGER, "session": INTEGER, "segment": INTEGER,
        "instant_ms": INTEGER, "date": TEXT, "measure": TEXT, "amount": INTEGER, "basis": TEXT, "label": TEXT,
        "money": TEXT,
    }  # fmt: skip
    run.make("reading_parts", columns, rows)


def _readings(run: Run) -> Any:
    return run.table(READING).order_by(["instant_ms", "batch", "row"])


def rows(run: Run) -> Any:
    """Placed rows of readings."""
    literals = {"table": READING, "place": "segment", "kind": "", "count": 1}
    parts = run.table("reading_parts").rename(currency="money")
    return parts.mutate(**{name: ibis.literal(value) for name, value in literals.items()})


def _money(run: Run, part: totals.Read) -> str | None:
    return run.month.accounts[part.reading["account"]].currency if is_money(part.measure) else None

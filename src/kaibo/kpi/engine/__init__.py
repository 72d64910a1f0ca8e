"""Computes a month: files of facts in, integers out. This package alone knows Ibis.

Named steps, each materialised, since a reused sub-expression would be computed again. No time functions of the engine:
instants are int64 ms, local days come from offsets and timetables made in Python. Integers only; ratios are made later.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kaibo.facts.schema import CLOCK_IN
from kaibo.kpi import counted
from kaibo.kpi.engine import (
    ads,
    event_files,
    events,
    minute_money,
    minutes,
    named,
    off_air,
    orders,
    reading,
    refunds,
    rows,
    sums,
)
from kaibo.kpi.engine.run import Run
from kaibo.kpi.inputs import DirectOut, MonthInputs, MonthResult
from kaibo.kpi.month import Month
from kaibo.kpi.msgid import gettext_noop as _

VERSION = "19"

Step = Callable[[int, int, str], None]


def compute(inputs: MonthInputs, out_dir: Path, step: Step, before: Path | None = None) -> MonthResult:
    """Everything about the sessions that start in `inputs.month`, and the orders of its days that no session has.

    With `inputs.within` only what falls to its sessions, and nobody is credited by name. Writes `out_dir`/rows.parquet.
    `step(done, total, what)`: `what` is an English msgid. `before`: the folder of a computation by this VERSION; the
    events of sessions about which nothing differs are not counted again (kpi.counted).
    """
    step(0, 5, _("Reading the files"))
    with Run(Month(inputs), out_dir, before) as run:
        coverage = reading.read(run)
        run.known, run.seen = minutes.read(run)
        run.crowd, run.crowds = events.read(run)
        step(1, 5, _("Sorting orders by kind"))
        orders.sort(run)
        step(2, 5, _("Placing orders and refunds"))
        orders.place(run)
        refunds.place(run)
        off_air.place(run)
        minute_money.place(run)
        ads.place(run)
        step(3, 5, _("Adding up segments"))
        facts = sums.facts(run)
        if run.part:
            facts = [fact for fact in facts if fact.session is not None]
        path = rows.write(run, facts)
        step(4, 5, _("Crediting people"))
        credits = run.month.credits(facts, run.crowd)
        direct = [] if run.part else named.credits(run)
        step(5, 5, _("Done"))
        return MonthResult(run.month.segments, facts, credits, path, coverage, direct, run.crowds)


def differing_events(inputs: MonthInputs, before: Path) -> tuple[set[int], dict[str, Any]]:
    """The sessions whose events may say something else than in the computation of that folder; and the coverage."""
    with Run(Month(inputs), before, before) as run:
        coverage = event_files.know(run)
        return counted.differing(before, event_files.marks(run).counts), coverage


def clock_in(inputs: MonthInputs, out_dir: Path) -> list[DirectOut]:
    """What clock-in rows say of people: of all credits the only ones that rest on what was planned."""
    with Run(Month(inputs), out_dir) as run:
        return named.credits(run, (CLOCK_IN,))

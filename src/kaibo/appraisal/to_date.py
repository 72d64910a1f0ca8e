"""Values of a running month: what is measured against a plan is measured against the plan that the data reaches."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from kaibo.appraisal.period import bounds
from kaibo.appraisal.roster import Roster
from kaibo.facts.schema import AFTER_SALE, ORDER_LINE, SESSION_REPORT
from kaibo.kpi.catalog import KPIS, PLANNED, PLANNED_BROADCASTS, Kpi
from kaibo.kpi.values import MEASURED, ZERO_DENOMINATOR, Value
from kaibo.measurement.broadcast_plan import PlannedBroadcast
from kaibo.measurement.finders import from_ms
from kaibo.measurement.models import Computation


def data_reaches(month: date, computation: Computation | None) -> datetime:
    """Until when the month's plan is measured: the newest export, at most the month's end.

    Without any session report, sessions are made by hand: then the whole month.
    """
    _start, end = bounds(month)
    coverage = computation.coverage if computation else {}
    known = [coverage[t]["as_of_ms"] for t in (SESSION_REPORT, ORDER_LINE, AFTER_SALE) if _seen(coverage, t)]
    reports = coverage[SESSION_REPORT]["as_of_ms"] if _seen(coverage, SESSION_REPORT) else None
    newest = reports if reports is not None else max(known, default=None)
    return end if newest is None else min(end, from_ms(newest))


def _seen(coverage: dict[str, dict[str, int]], table: str) -> bool:
    return coverage.get(table, {}).get("as_of_ms") is not None


def counts_broadcasts(kpi: str, definitions: Mapping[str, Kpi] | None) -> bool:
    """Whether it is divided by planned broadcasts. `definitions`: those of another time; else the catalog's."""
    found = (definitions or KPIS).get(kpi)
    return found is not None and PLANNED_BROADCASTS in found.measures


def of_shifts(value: Value, roster: Roster, role: str, broadcasts: Sequence[PlannedBroadcast]) -> Value:
    """Against the shifts that the data reaches, and what these planned to put on air: those to come are no arrears."""
    if value.missing or PLANNED not in value.declared.measures:
        return of_broadcasts(value, broadcasts)
    planned = roster.planned_to_date_ms(role)
    return value if planned is None else _divided_by(value, planned)


def of_broadcasts(value: Value, broadcasts: Sequence[PlannedBroadcast]) -> Value:
    """Against these planned broadcasts, where it counts any."""
    if value.missing or PLANNED_BROADCASTS not in value.declared.measures:
        return value
    return _divided_by(value, len(broadcasts))


def _divided_by(value: Value, planned: int) -> Value:
    to_date = replace(value, denominator={MEASURED: planned})
    return to_date if planned else replace(to_date, missing=ZERO_DENOMINATOR)

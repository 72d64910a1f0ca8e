"""Amounts of readings in other money than their room's: no room's, and named in their own currency.

Each currency's readings are running totals of their own. Where minutes say the session's amount, none is missing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import ibis

from kaibo.facts.schema import READING
from kaibo.kpi import totals
from kaibo.kpi.engine.run import INTEGER, TEXT, Run, total
from kaibo.kpi.inputs import FactOut
from kaibo.kpi.money import is_money
from kaibo.kpi.off_air import READ_MONEY

WHERE = ("account", "date", "money", "measure")
Reading = Mapping[str, Any]


def fits(run: Run, reading: Reading) -> bool:
    """Whether its money is its room's."""
    return reading["currency"] in (None, run.month.accounts[reading["account"]].currency)


def without(reading: Reading) -> Reading:
    """Without its money."""
    return {name: None if is_money(name) else value for name, value in reading.items()}


def place(run: Run, readings: Sequence[Reading], told: Collection[tuple[int, str]]) -> None:
    """Step `reading_money`: what came in between them, of sessions and measures that are not `told` by minutes."""
    by_currency: dict[str, list[Reading]] = defaultdict(list)
    for reading in readings:
        if not fits(run, reading):
            by_currency[reading["currency"]].append(_only_money(reading))
    amounts: dict[tuple[Any, ...], int] = defaultdict(int)
    for currency, of_currency in sorted(by_currency.items()):
        near = run.inputs.settings.handover_gap_ms
        _, parts = totals.from_readings(of_currency, run.month.all_sessions, run.month.segments, near)
        for part in parts:
            if (part.segment.session, part.measure) not in told and part.amount:
                row = part.reading
                where = (row["account"], part.segment.date, currency, part.measure)
                amounts[*where, row["batch"], row["row"], row["instant_ms"], row["whose"]] += part.amount
    columns = {"account": INTEGER, "date": TEXT, "money": TEXT, "measure": TEXT, "batch": INTEGER, "row": INTEGER}
    more = {"instant_ms": INTEGER, "label": TEXT, "amount": INTEGER}
    run.make("reading_money", columns | more, [(*key, amount) for key, amount in sorted(amounts.items(), key=str)])


def _only_money(reading: Reading) -> Reading:
    counts = {measure.reading for measure in totals.READ if not is_money(measure.key)}
    return {name: None if name in counts else value for name, value in reading.items()}


def facts(run: Run) -> Iterator[FactOut]:
    """What they come to, of each room, day, currency and measure."""
    table = run.table("reading_money")
    for row in run.rows(table.group_by(*WHERE).aggregate(amount=total(table.amount))):
        where = ("unmatched", READ_MONEY, row["account"], None, None, row["date"])
        yield FactOut(*where, row["measure"], "measured", row["amount"], run.foreign(row["money"]))


def rows(run: Run) -> Any:
    """Their placed rows."""
    literals = {"table": READING, "kind": READ_MONEY, "count": 1, "basis": "measured", "place": "unmatched"}
    named = run.table("reading_money").rename(currency="money")
    return named.mutate(**{name: ibis.literal(value) for name, value in literals.items()})

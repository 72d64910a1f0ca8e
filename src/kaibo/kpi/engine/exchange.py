"""Placed rows of another currency in the team's: each fact's rows share its converted amount."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import ibis

from kaibo.kpi.credit import split
from kaibo.kpi.engine.run import INTEGER, TEXT, Run
from kaibo.kpi.inputs import FactOut
from kaibo.kpi.money import MISFIT, UNKNOWN, is_money, waiting

PLACE = ("place", "kind", "account", "session", "segment", "date", "measure", "currency")


def is_needed(run: Run) -> bool:
    """Whether any money is in another currency than the team's."""
    return any(row["n"] for row in run.rows(_others))


def _others(run: Run) -> Any:
    team = run.inputs.settings.currency
    steps = [
        run.table(name)
        for name in ("lines", "strays", "minute_money", "reading_money", "reading_parts")
        if run.has(name)
    ]
    return ibis.union(*[step.aggregate(n=(step.money != team).sum()) for step in steps])


def convert(run: Run, facts: Sequence[FactOut]) -> None:
    """Step `changed`: what rows of step `all_rows` are in the team's currency, by their number `n`."""
    columns = {"n": INTEGER, "new_amount": INTEGER, "new_measure": TEXT, "new_kind": TEXT}
    run.make("changed", columns, _amounts(run, run.rows(_foreign), facts))


def _foreign(run: Run) -> Any:
    rows, team = run.table("all_rows"), run.inputs.settings.currency
    foreign = rows.filter(rows.currency.notnull() & (rows.currency != team) & rows.measure.endswith("_minor"))
    return foreign.order_by("batch", "row", "n").select("n", "amount", "basis", *PLACE)


def converted(run: Run) -> Any:
    """The rows with `amount` in the team's currency and, where the file's was another, `original` and `currency`.

    Rows that make a fact add up to it; one that several places may claim is converted by itself. Without a rate a row
    keeps its amount, and its measure waits as its fact's does.
    """
    joined = run.table("all_rows").left_join(run.table("changed"), "n")
    other = joined.new_measure.notnull()
    return joined.mutate(
        amount=ibis.cases((other, joined.new_amount), else_=joined.amount),
        original=ibis.cases((other, joined.amount), else_=joined.original),
        currency=ibis.cases((other, joined.currency), else_=ibis.null("string")),
        measure=joined.new_measure.fill_null(joined.measure),
        kind=joined.new_kind.fill_null(joined.kind),
    ).drop("n", "n_right", "new_amount", "new_measure", "new_kind")


def _amounts(run: Run, rows: Sequence[dict[str, Any]], facts: Sequence[FactOut]) -> list[tuple[int, int, str, str]]:
    """(row, amount, measure, kind)."""
    sums = {
        (f.place, f.kind, f.account, f.session, f.segment, f.date, f.measure, f.currency): f.amount
        for f in facts
        if f.basis == "measured" and f.currency and is_money(f.measure)
    }
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[*(row[name] for name in PLACE), row["basis"]].append(row)
    found = []
    for (place, kind, *_where, session, _segment, date, measure, currency, basis), of_fact in groups.items():
        day = date if session is None else run.month.days[session]
        never = kind == MISFIT or currency == UNKNOWN
        rate = None if never else run.month.rates.on(currency, day)
        amounts = [row["amount"] or 0 for row in of_fact]
        if rate is None:
            waits = waiting(measure, currency, "" if never else day)
            name = MISFIT if place == "segment" else kind
            found += [(row["n"], amount, waits, name) for row, amount in zip(of_fact, amounts, strict=True)]
            continue
        whole = sums.get((place, kind, *_where, session, _segment, date, measure, currency), 0)
        parts = split(whole, amounts) if basis == "measured" else [rate.convert(amount) for amount in amounts]
        found += [(row["n"], part, measure, kind) for row, part in zip(of_fact, parts, strict=True)]
    return found

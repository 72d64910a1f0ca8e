"""The fast engine against the slow one, and what must hold whatever the month looks like."""

from collections import Counter
from dataclasses import fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings

from kaibo.kpi.engine import sums
from kaibo.kpi.inputs import FactOut, MonthInputs, MonthResult
from kaibo.kpi.measures import CREDITED
from kaibo.kpi.tests.effort import many
from kaibo.kpi.tests.generated import Case
from kaibo.kpi.tests.generated_more import every_case
from kaibo.kpi.tests.month_files import run, write
from kaibo.kpi.tests.reference import Reference
from kaibo.kpi.tests.slow_ads import FIELDS, ad_rows
from kaibo.kpi.tests.slow_numbers import newest
from kaibo.kpi.tests.slow_totals import PEOPLE

# a peak is everyone's, time on air and broadcasts each person's own
SHARED = frozenset(CREDITED) - {"pcu", "air_ms", "broadcasts"}
ORDER = ("platform", "sub_order")
few = settings(max_examples=many(2, 4), deadline=None, suppress_health_check=list(HealthCheck))
often = settings(max_examples=many(15, 80), deadline=None, suppress_health_check=list(HealthCheck))


def computed(case: Case, inputs: MonthInputs) -> tuple[MonthResult, list[dict]]:
    with TemporaryDirectory() as folder:
        batches = write(Path(folder) / "facts", case.tables, case.said)
        result = run(replace(inputs, batches=batches), Path(folder) / "out")
        return result, pq.read_table(result.rows_path).to_pylist()


def agree(case: Case) -> None:
    result, _ = computed(case, case.inputs)
    expected = Reference(case.inputs, case.plain).compute()
    segments = {(s.session, s.start_ms, s.end_ms, s.date) for s in result.segments}
    assert segments == {tuple(segment[:4]) for segment in expected.segments}
    facts: Counter = Counter()
    for f in result.facts:
        if f.place != "report":
            facts[f.place, f.kind, f.account, f.session, f.segment, f.date, f.measure, f.basis] += f.amount
    assert +facts == +expected.facts
    credits: Counter = Counter()
    for c in result.credits:
        credits[c.session, c.segment, c.role, c.person, c.shift, c.date, c.measure, c.basis, c.reason] += c.amount
    assert +credits == +expected.credits


def conserve(case: Case) -> None:
    result, rows = computed(case, case.inputs)
    # people whom events name are met by everyone who was there, and are not shared out
    shared_out = SHARED - frozenset(PEOPLE) if case.tables["event"] else SHARED
    for segment in result.segments:
        place = (segment.session, segment.number)
        facts = Counter()
        for f in result.facts:
            if f.place == "segment" and (f.session, f.segment) == place and f.measure in shared_out:
                facts[f.measure] += f.amount
        for role in segment.crew:
            shared: Counter = Counter()
            for c in result.credits:
                if (c.session, c.segment) == place and c.role == role and c.measure in shared_out:
                    shared[c.measure] += c.amount
            assert +shared == +facts
    rows_match_facts(result, rows)


def rows_match_facts(result: MonthResult, rows: list[dict]) -> None:
    """The measured rows of every place add up to its facts."""
    summed: Counter = Counter()
    for row in rows:
        if row["basis"] == "measured" and row["amount"]:
            summed[row["place"], row["kind"], row["session"], row["segment"], row["date"], row["measure"]] += row[
                "amount"
            ]
    measures = {"paid_minor", "refund_minor", "refund_late_minor", *(m for m in FIELDS if m.endswith("_minor"))}
    facts: Counter = Counter()
    for f in result.facts:
        if f.basis == "measured" and f.measure.partition("@")[0] in measures:
            facts[f.place, f.kind, f.session, f.segment, f.date, f.measure] += f.amount
    assert Counter({k: v for k, v in summed.items() if k[-1].partition("@")[0] in measures}) == facts


def key_of(row: dict) -> tuple[str, str | None]:
    return row["platform"] or "douyin", row["sub_order"]


def whole(case: Case) -> None:
    """Over all months, every paid line and every refund is somewhere, once."""
    found: Counter = Counter()
    tables = case.plain
    for month in case.months:
        for fact in computed(case, case.of(month))[0].facts:
            if fact.place != "unpaid":
                # in the file's own currency
                measure = fact.measure.partition("@")[0]
                found[measure] += fact.amount if fact.original is None else fact.original
    paid = [o for _, _, o in newest(tables["order_line"], ORDER) if o["paid_ms"] is not None]
    assert found["paid_minor"] == sum(order["payable_minor"] for order in paid)
    assert found["orders"] == len(paid)
    lines = [order for _, _, order in newest(tables["order_line"], ORDER)]
    unpaid = {key_of(order) for order in lines if order["paid_ms"] is None}
    back = [
        s
        for _, _, s in newest(tables["after_sale"], ("platform", "after_sale"))
        if s["refunded_ms"] and key_of(s) not in unpaid
    ]
    for measure, field in FIELDS.items():
        told = [row[field] for _, row in ad_rows(tables) if row[field] is not None]
        assert found[measure] == sum(told), measure
    refunded = sum((s["refund_minor"] or 0) + (s["freight_refund_minor"] or 0) for s in back)
    assert found["refund_minor"] + found["refund_late_minor"] == refunded


@few
@given(every_case())
def test_engine_equals_reference(case: Case) -> None:
    agree(case)


def test_facts_have_one_order() -> None:
    """Two facts that differ in nothing but one field are never equal in order: the rows of a query come in any."""
    fact = FactOut("unmatched", "currency", 1, 1, 1, "2026-10-31", "orders", "measured", 2, "USD", 2)
    others: list[dict[str, Any]] = [
        {"place": "outside"}, {"kind": "tagged"}, {"account": 2}, {"session": 2}, {"segment": 2},
        {"date": "2026-10-30"}, {"measure": "buyers"}, {"basis": "allocated"}, {"amount": 1}, {"currency": "JPY"},
        {"original": 3},
    ]  # fmt: skip
    assert {name for other in others for name in other} == {field.name for field in fields(FactOut)}
    for other in others:
        assert sums.in_order([fact, replace(fact, **other)]) == sums.in_order([replace(fact, **other), fact]), other


@pytest.mark.months
@few
@given(every_case())
def test_nothing_is_lost_in_any_session_measure_and_role(case: Case) -> None:
    conserve(case)


@pytest.mark.slow
@often
@given(every_case())
def test_engine_equals_reference_on_many_months(case: Case) -> None:
    agree(case)


@pytest.mark.slow
@often
@given(every_case())
def test_nothing_is_lost_in_many_months(case: Case) -> None:
    conserve(case)


@pytest.mark.slow
@settings(max_examples=many(5, 20), deadline=None, suppress_health_check=list(HealthCheck))
@given(every_case())
def test_every_paid_line_is_in_one_month(case: Case) -> None:
    whole(case)

"""The explanation makes every number again, and notices when a part is wrong."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import HealthCheck, example, given, settings

from kaibo.kpi.catalog import KPIS
from kaibo.kpi.explanation import Explanation, SegmentPart
from kaibo.kpi.inputs import MonthResult
from kaibo.kpi.rules import Line, Linear
from kaibo.kpi.scoring import score
from kaibo.kpi.tests.generated import Case, case
from kaibo.kpi.tests.generated_more import every_case
from kaibo.kpi.tests.test_engine import computed
from kaibo.kpi.values import Pool, pools, speaks_of, value_of

COVERED = ("order_line", "after_sale", "session_report")


def explanations(result: MonthResult, rows: list[dict]) -> list[Explanation]:
    """Every KPI of everybody in every role."""
    keys = {(c.person, c.role) for c in result.credits if c.person}
    return [explanation(result, rows, kpi, *key) for key in sorted(keys) for kpi in KPIS]


def explanation(result: MonthResult, rows: list[dict], kpi: str, person: int, role: str) -> Explanation:
    credited: dict = defaultdict(lambda: defaultdict(int))
    sessions: dict = defaultdict(lambda: defaultdict(int))
    for c in result.credits:
        if (c.person, c.role) == (person, role):
            credited[c.session, c.segment][c.measure, c.basis] += c.amount
            so_far = sessions[c.session][c.measure, c.basis]
            sessions[c.session][c.measure, c.basis] = max(so_far, c.amount) if c.measure == "pcu" else so_far + c.amount
    facts: dict = defaultdict(dict)
    pieces: dict = defaultdict(list)
    for f in result.facts:
        if f.place == "segment":
            of, key = facts[f.session, f.segment], (f.measure, f.basis)
            of[key] = max(of.get(key, 0), f.amount) if f.measure == "pcu" else of.get(key, 0) + f.amount
            pieces[f.session, f.segment].append((f.measure, f.amount))
    sums = sums_of(result, rows)
    crew = {(s.session, s.number): s.crew for s in result.segments}
    parts = [
        SegmentPart(*at, credited[at], facts[at], [(m.person, m.weight) for m in crew[at][role]], sums[at], pieces[at])
        for at in sorted(credited)
        if speaks_of(KPIS[kpi], sessions[at[0]])
    ]
    value = value_of(kpi, pools(Pool(1, one) for one in sessions.values()), covered=COVERED, planned_ms=3_600_000)
    line = Line(kpi, Decimal(20), Linear(), Fraction(1, 3))
    return Explanation(score(line, value), person, parts)


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
# minutes: their rows stand beside the views that they are counted as
@example(case(4294967295))
# ad views shared out with other rooms and not, in one segment: 3 and 15 among two
@example(case(974295420))
# two reports of one broadcast; readings beside events
@example(case(3112986562))
@example(case(844846557))
@given(every_case())
def test_every_number_is_what_its_parts_make_it(world: Case) -> None:
    result, rows = computed(world, world.inputs)
    for one in explanations(result, rows):
        assert one.check() == []


# of what stands beside what counts: events before minutes before readings
BESIDE = ("event", "minute", "reading")


def sums_of(result: MonthResult, rows: list[dict]) -> dict:
    """(session, segment) → measure → the sum of its rows, of the source that counts where several tell the same."""
    starts: dict = {}
    for segment in result.segments:
        starts[segment.session] = min(segment.start_ms, starts.get(segment.session, segment.start_ms))
    measured = [row for row in rows if row["place"] == "segment" and row["basis"] == "measured"]
    tables, exact = defaultdict(set), set()
    for row in measured:
        tables[row["session"], row["measure"]].add(row["table"])
        if row["table"] == "session_report" and row["instant_ms"] == starts[row["session"]]:
            exact.add(row["session"])
    sums: dict = defaultdict(lambda: defaultdict(int))
    for row in measured:
        session, table = row["session"], row["table"]
        first = next((one for one in BESIDE if one in tables[session, row["measure"]]), None)
        # a report of the exact times goes before one that begins nearby
        near = table == "session_report" and session in exact and row["instant_ms"] != starts[session]
        if not near and (table not in BESIDE or table == first):
            sums[session, row["segment"]][row["measure"]] += row["amount"] or 0
    return sums


def simple(credited: int = 70, rows: int = 100) -> Explanation:
    part = SegmentPart(
        1, 1, {("paid_minor", "measured"): credited}, {("paid_minor", "measured"): 100}, [(1, 7), (2, 3)],
        {"paid_minor": rows},
    )  # fmt: skip
    value = value_of("paid", {("paid_minor", "measured"): 70}, covered=COVERED)
    return Explanation(score(Line("paid", Decimal(10), Linear(), Fraction(100)), value), 1, [part])


def test_a_right_path_has_no_faults() -> None:
    assert simple().check() == []


def test_facts_that_were_shared_out_by_themselves_are_each_shared_out_again() -> None:
    amounts = {("ad_views", "allocated"): 10}
    # 3 and 15 among two: 2 + 8, where 18 at once would be 9
    part = SegmentPart(1, 1, amounts, {("ad_views", "allocated"): 18}, [(1, 1), (2, 1)])
    value = value_of("ad_views", amounts, covered=(*COVERED, "ad_spend"))
    right = Explanation(score(Line("ad_views", Decimal(10), Linear(), Fraction(100)), value), 1, [part])
    assert [fault.step for fault in right.check()] == ["credit"]
    assert replace(right, segments=[replace(part, pieces=[("ad_views", 3), ("ad_views", 15)])]).check() == []


def test_a_wrong_credit_is_found_at_every_step_it_spoils() -> None:
    assert {fault.step for fault in simple(credited=71).check()} == {"value", "points", "credit"}


def test_rows_that_do_not_make_the_segment_are_found() -> None:
    (fault,) = simple(rows=99).check()
    assert (fault.step, fault.measure, fault.expected, fault.found) == ("rows", "paid_minor", 100, 99)


def test_points_that_were_typed_over_are_found() -> None:
    right = simple()
    wrong = replace(right, score=replace(right.score, points=Fraction(8)))
    assert [fault.step for fault in wrong.check()] == ["points"]

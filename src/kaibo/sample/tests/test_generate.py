"""The sample's generator: the same every time, true to itself, in the platforms' own shapes."""

import csv
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from kaibo.sample import cast, order_export, report
from kaibo.sample.generate import Sample, generate, tell
from kaibo.sample.truth import MEASURES, NOBODY, PersonMonth, split, union

MONTH = date(2026, 10, 1)


@dataclass(frozen=True)
class Made:
    sample: Sample
    sessions: list[list[object]]
    orders: list[dict[str, str]]


def sheet(path: Path) -> list[list[object]]:
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    sample = generate(tmp_path_factory.mktemp("sample"), MONTH)
    with sample.files.orders.open(encoding="gb18030", newline="") as file:
        orders = list(csv.DictReader(file))
    return Made(sample, sheet(sample.files.report), orders)


def test_the_same_arguments_give_the_same_bytes(made: Made, tmp_path: Path) -> None:
    again = generate(tmp_path, MONTH)
    assert [p.read_bytes() for p in again.files] == [p.read_bytes() for p in made.sample.files]
    assert again.truth.people == made.sample.truth.people


def test_another_seed_tells_another_story() -> None:
    assert len(tell(MONTH).lines) != len(tell(MONTH, seed=1).lines)


@pytest.mark.slow
@pytest.mark.parametrize(
    "month", [date(2026, 2, 1), date(2028, 2, 1), date(2026, 12, 1), date(2026, 3, 1), date(2026, 4, 1)]
)
def test_every_length_of_month_can_be_told(month: date, tmp_path: Path) -> None:
    sample = generate(tmp_path, month)
    labels = {b.label for b in sample.story.broadcasts}
    assert {"never_sets", "over_midnight", "over_month_end", "late_host", "absent_host", "substitute"} <= labels
    assert 60 <= len(sample.story.broadcasts) <= 75


def test_the_report_holds_the_platforms_own_identities(made: Made) -> None:
    head, *rows = made.sessions
    assert tuple(head) == report.COLUMNS
    assert len(rows) == len(made.sample.story.broadcasts)
    at = {name: number for number, name in enumerate(report.COLUMNS)}
    assert [r[at["直播间成交金额"]] for r in rows] == sorted((r[at["直播间成交金额"]] for r in rows), reverse=True)
    for row in rows:
        cell = {name: row[number] for name, number in at.items()}
        assert round(float(cell["净成交金额"]) * 100) == round(float(cell["直播间成交金额"]) * 100) - round(
            float(cell["1小时退款金额"]) * 100
        )
        assert float(cell["直播间用户支付金额"]) <= float(cell["直播间成交金额"])
        assert cell["净成交订单数"] == cell["直播间成交订单数"] - cell["1小时退款订单数"]
        assert float(cell["直播间观看人数"]) <= float(cell["直播间观看次数"])


def test_orders_have_the_platforms_columns_ids_and_ciphers(made: Made) -> None:
    row = made.orders[0]
    assert tuple(row) == order_export.COLUMNS
    assert row["子订单编号"].startswith("\t")
    assert len(row["子订单编号"].strip()) == 19
    assert all(row[name].startswith("##") for name in order_export.PRIVATE)
    assert len({row["子订单编号"] for row in made.orders}) == len(made.orders)
    assert 6000 <= len(made.orders) <= 10500


def test_two_lines_of_the_orders_cannot_be_read(made: Made) -> None:
    bad = {r["子订单编号"].strip(): (r["订单应付金额"], r["商品数量"]) for r in made.orders}
    assert sorted(made.sample.truth.rejects.values()) == [("商品数量", "-1"), ("订单应付金额", "1.2.3")]
    assert all(cell in bad[sub] for sub, (_, cell) in made.sample.truth.rejects.items())


def test_the_story_has_every_kind_of_line(made: Made) -> None:
    places = Counter((line.place, line.kind) for line in made.sample.story.lines)
    for wanted in [("sold", ""), ("after", ""), ("unpaid", ""), ("doubtful", ""), ("pending", "")]:
        assert places[wanted] > 0
    for kind in ("达播", "商品卡", "短视频"):
        assert places["outside", kind] > 0
    assert places["tagged", "福袋"] > 0
    assert places["tagged", "测试"] == 2
    lines = made.sample.story.lines
    assert any(line.presale and line.paid and line.paid > line.ordered + 86_400 for line in lines)
    late = [r for r in made.sample.story.refunds if r.refunded and r.refunded - r.line.ordered > 15 * 86_400]
    assert late
    assert max(Counter(line.main for line in lines).values()) == 3


def test_nobody_is_planned_twice_at_once_in_one_room() -> None:
    seats: dict[tuple[str, str, str], list[tuple[int, int]]] = {}
    for shift in tell(MONTH).shifts:
        if shift.state != "absent":
            times = shift.told or (shift.start, shift.end)
            seats.setdefault((shift.room.handle, shift.role, shift.person), []).append(times)
    for spans in seats.values():
        assert all(one[1] <= two[0] for one, two in zip(sorted(spans), sorted(spans)[1:], strict=False))


def test_shares_and_unassigned_add_up_to_what_was_sold(made: Made) -> None:
    truth = made.sample.truth
    for measure in MEASURES:
        hosts = sum(c[measure] for key, c in truth.people.items() if key.role == cast.HOST)
        assert hosts == sum(total[measure] for total in truth.sessions.values())
    assert truth.people[PersonMonth("2026-10", NOBODY, cast.HOST)]["paid_minor"] > 0
    assert truth.people[PersonMonth("2026-10", cast.SUBSTITUTE, cast.HOST)]["paid_minor"] > 0


def test_one_person_in_two_rooms_is_on_air_once(made: Made) -> None:
    key = PersonMonth("2026-10", cast.OPERATOR_ONE, cast.OPERATOR)
    stints = [
        min(s.end, b.end) - s.start
        for b in made.sample.story.broadcasts
        for s in b.stints
        if (s.person, s.role) == (cast.OPERATOR_ONE, cast.OPERATOR) and b.day.month == MONTH.month
    ]
    assert made.sample.truth.on_air_ms[key] < sum(stints) * 1000


@given(st.integers(0, 10**9), st.lists(st.integers(0, 9), min_size=1).filter(sum))
def test_split_loses_nothing(total: int, weights: list[int]) -> None:
    parts = split(total, weights)
    assert sum(parts) == total
    assert all(abs(part - total * w / sum(weights)) < 1.001 for part, w in zip(parts, weights, strict=True))


def test_a_union_counts_an_overlap_once() -> None:
    assert union([(10, 20), (15, 30), (40, 41)]) == 21_000

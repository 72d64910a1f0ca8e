"""Column by column says what row by row says, whatever stands in the cells."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaibo.facts import spool
from kaibo.sources import cells as single_cells
from kaibo.sources import column_cells, columnwise, doudian_orders, douyin_sessions, extraction, whole_lines
from kaibo.sources.clocks import Clock
from kaibo.sources.columnwise import Cleaned
from kaibo.sources.extraction import Extractor, Rules
from kaibo.sources.headers import Header
from kaibo.sources.reading import Refused, Source
from kaibo.sources.tables import Sheet
from kaibo.sources.tests.making import ORDER_COLUMNS, SESSION_COLUMNS, csv_file, order, reading, session

extend = spool.Spool.extend_columns
KEPT = {column.name for column in doudian_orders.COLUMNS if not column.private}
TEXTS = [
    "", "-", " ", "合计", "总计：", "0", "1", "1.5", "-5", "1,234.50", "1.2万", "5.3%", "Rp9.467.316", "6.9E+18", "a",
    '"\\', "\t6917926768823643751", "2026-04-18 20:00:01", "2026/04/18 9:05", "2026-02-30 00:00:00",
]  # fmt: skip
ODD = st.sampled_from([*TEXTS, True, False, 0.0, 1.0, 1.5, -0.0, 1e16, 46113.5, datetime(2026, 4, 18, 20)])


def one_by_one(plan: Any, lines: Any, cells: Any, memories: Any) -> Cleaned:
    return Cleaned({}, set(range(len(lines))))


@pytest.fixture(autouse=True)
def _together_however_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "FEW", 2)
    monkeypatch.setattr(spool, "FEW", 1)
    monkeypatch.setattr(spool, "LIMIT", 3)
    # what one stretch remembers is used in the next
    monkeypatch.setattr(whole_lines, "STRETCH", 4)
    monkeypatch.setattr(columnwise, "REMEMBERED", 2)


def outcome(source: Source, rules: Rules, header: list[Any], rows: list[list[Any]]) -> Any:
    sheet = Sheet("", lambda: iter([list(row) for row in [header, *rows]]), ragged=True)
    try:
        found = Extractor(source, Header(sheet, 1, header), rules, Clock(""), 2).run()
    except Refused as refused:
        return refused.message, refused.todo
    return {**vars(found), "facts": list(found.facts), "rows": list(found.facts.column("row"))}


@st.composite
def tables(draw: st.DrawFn, columns: list[str], row: Any) -> list[list[Any]]:
    rows = [row(draw(st.integers(0, 5))) for _ in range(draw(st.integers(1, 12)))]
    for _ in range(draw(st.integers(0, 8))):
        line, place = draw(st.integers(0, len(rows) - 1)), draw(st.integers(0, len(columns) - 1))
        rows[line][place] = draw(ODD)
        if draw(st.integers(0, 9)) == 0:
            rows[line] = draw(st.sampled_from([rows[line][:place], [""] * len(columns), rows[line] + ["x"]]))
            rows[line] += [""] * (1 if not rows[line] else 0)
        if len(rows[line]) != len(columns):
            break
    return rows


@settings(max_examples=300)
@given(tables(ORDER_COLUMNS, order), st.booleans(), st.booleans())
def test_orders(rows: list[list[Any]], contested: bool, labels: bool) -> None:
    rules = replace(doudian_orders.RULES, contested=contested, labels=("product",) if labels else ())
    both = [outcome(doudian_orders.SOURCE, rules, ORDER_COLUMNS, rows)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extraction, "cleaned", one_by_one)
        both.append(outcome(doudian_orders.SOURCE, rules, ORDER_COLUMNS, rows))
    assert both[0] == both[1]


@settings(max_examples=300)
@given(tables(SESSION_COLUMNS, lambda n: session(直播开始时间=f"2026/04/{n + 1:02} 10:00:00")))
def test_sessions(rows: list[list[Any]]) -> None:
    both = [outcome(douyin_sessions.SOURCE, douyin_sessions.RULES, SESSION_COLUMNS, rows)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extraction, "cleaned", one_by_one)
        both.append(outcome(douyin_sessions.SOURCE, douyin_sessions.RULES, SESSION_COLUMNS, rows))
    assert both[0] == both[1]


def test_a_reading_of_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows keep their lines over several stretches, and facts their fields once they lie in a file."""
    monkeypatch.setattr(whole_lines, "STRETCH", 7)
    rows = [order(n, 订单应付金额=f"{n}.05", 流量体裁="数据将于第二天更新" if n % 3 else "直播") for n in range(50)]
    found = reading(csv_file(tmp_path / "a.csv", [ORDER_COLUMNS, *rows, rows[4], order(5)]))
    assert [fact["row"] for fact in found.facts] == list(range(2, 52))
    assert [fact["payable_minor"] for fact in found.facts] == [n * 100 + 5 for n in range(50)]
    assert [(reject.line, reject.value) for reject in found.rejects] == [(53, rows[5][1].strip())]
    assert any(w.values == {"count": 1} for w in found.warnings)
    assert any(w.values == {"count": 33} for w in found.warnings)


CELLS = st.lists(
    st.sampled_from([*TEXTS, "12.50", "0.07", "１.00", "1.00\n2.00", "#CALC!", "a\tb", "٣", "2026-04-18 20:00:1"])
    | st.text(max_size=3)
    | st.integers(0, 10**6).map(lambda n: f"{n}.25")
    | st.integers(10**17, 10**18).map(str),
    min_size=1,
    max_size=4,
)


@given(CELLS)
def test_a_whole_column_says_what_its_cells_say(cells: list[Any]) -> None:
    clock = Clock("")
    for cell in ("2026-04-18 20:00:01", "2026-04-19 21:10:00"):
        clock.instant(cell)
    for whole, single in (
        (column_cells.text, single_cells.text),
        (column_cells.identifier, single_cells.identifier),
        (column_cells.minor, single_cells.minor),
        (clock.instants, clock.instant),
    ):
        found = whole(cells)
        assert found is None or list(found) == [single(cell) for cell in cells]


def test_whole_columns_of_what_exports_write() -> None:
    """Not None, or all this would be for nothing."""
    clock = Clock("Asia/Shanghai")
    assert clock.instants(["2026-04-18 20:01"]) is None
    first = Clock("Asia/Shanghai").instant("2026-04-18 20:00:01")
    assert first is not None
    assert clock.instants(["2026-04-18 20:00:01", "2026-04-18 20:00:04"]) == [first, first + 3000]
    assert clock.instants(["", "2026-04-18 21:30:01"]) == [None, first + 90 * 60_000]
    assert column_cells.identifier(["\t6917926768823643751", "7"]) == ["6917926768823643751", "7"]
    assert column_cells.minor(["12.50", "0.07"]) == [1250, 7]
    assert column_cells.text([" a", "b "]) == ["a", "b"]
    for cells in (["1.00\n2.00"], [1.5], ["1.5"], ["-"], [""]):
        assert column_cells.minor(cells) is None


@pytest.mark.parametrize("kept", ["x\n", '"', "\\", "\u3000x", "", " "])
@pytest.mark.parametrize("title", ["货号", "支付方式", "主订单编号"])
def test_the_text_of_rows_is_json_whatever_it_holds(tmp_path: Path, kept: str, title: str) -> None:
    rows = [order(n, **{title: kept if n % 5 == 2 else f"v{n}"}) for n in range(300)]
    found = reading(csv_file(tmp_path / "a.csv", [ORDER_COLUMNS, *rows]))
    facts = list(found.facts)
    assert len(facts) == 300
    for row, fact in zip(rows, facts, strict=True):
        expected = {name: cell.strip() for name, cell in zip(ORDER_COLUMNS, row, strict=True) if cell != ""}
        assert json.loads(fact["raw"]) == {name: expected[name] for name in expected if name in KEPT}


def test_a_line_wrong_among_many_leaves_the_others_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "FEW", 8)
    monkeypatch.setattr(whole_lines, "STRETCH", 64)
    together = list[int]()
    monkeypatch.setattr(
        spool.Spool, "extend_columns", lambda self, columns, rows: together.append(rows) or extend(self, columns, rows)
    )
    rows = [order(n) for n in range(64)]
    rows[20] = order(20, 支付完成时间="2020-01-01 00:00:00")
    rows[40] = order(3)
    found = reading(csv_file(tmp_path / "a.csv", [ORDER_COLUMNS, *rows]))
    assert [(reject.line, reject.column) for reject in found.rejects] == [(22, "支付完成时间")]
    assert [fact["row"] for fact in found.facts] == [n + 2 for n in range(64) if n not in (20, 40)]
    assert sum(together) >= 40

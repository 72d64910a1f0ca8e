"""Column by column says what row by row says, whatever stands in the cells."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaibo.sources import doudian_orders, douyin_sessions, extraction
from kaibo.sources.clocks import Clock
from kaibo.sources.extraction import Extractor, Rules
from kaibo.sources.headers import Header
from kaibo.sources.reading import Refused, Source
from kaibo.sources.tables import Sheet
from kaibo.sources.tests.making import ORDER_COLUMNS, SESSION_COLUMNS, csv_file, order, reading, session

TEXTS = [
    "", "-", " ", "合计", "总计：", "0", "1", "1.5", "-5", "1,234.50", "1.2万", "5.3%", "Rp9.467.316", "6.9E+18", "a",
    '"\\', "\t6917926768823643751", "2026-04-18 20:00:01", "2026/04/18 9:05", "2026-02-30 00:00:00",
]  # fmt: skip
ODD = st.sampled_from([*TEXTS, True, False, 0.0, 1.0, 1.5, -0.0, 1e16, 46113.5, datetime(2026, 4, 18, 20)])


def one_by_one(plan: Any, lines: Any, cells: Any) -> Iterator[None]:
    return iter([None] * len(lines))


def outcome(source: Source, rules: Rules, header: list[Any], rows: list[list[Any]]) -> Any:
    sheet = Sheet("", lambda: iter([list(row) for row in [header, *rows]]), ragged=True)
    try:
        found = Extractor(source, Header(sheet, 1, header), rules, Clock(""), 2).run()
    except Refused as refused:
        return refused.message, refused.todo
    return {**vars(found), "facts": list(found.facts)}


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
    monkeypatch.setattr(extraction, "STRETCH", 7)
    rows = [order(n, 订单应付金额=f"{n}.05", 流量体裁="数据将于第二天更新" if n % 3 else "直播") for n in range(50)]
    found = reading(csv_file(tmp_path / "a.csv", [ORDER_COLUMNS, *rows, rows[4], order(5)]))
    assert [fact["row"] for fact in found.facts] == list(range(2, 52))
    assert [fact["payable_minor"] for fact in found.facts] == [n * 100 + 5 for n in range(50)]
    assert [(reject.line, reject.value) for reject in found.rejects] == [(53, rows[5][1].strip())]
    assert any(w.values == {"count": 1} for w in found.warnings)
    assert any(w.values == {"count": 33} for w in found.warnings)

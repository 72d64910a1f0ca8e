"""Whatever happens to these files: they are refused with a word, or their reading is consistent."""

import io
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from kaibo.facts.schema import INT, TABLES
from kaibo.kpi.tests.effort import many
from kaibo.sources.reading import Answers, Reading, Refused
from kaibo.sources.registry import SOURCES, read
from kaibo.sources.tests import (
    test_compass_session,
    test_doudian_settlement,
    test_douyin_minutes,
    test_feige_results,
    test_handover_readings,
    test_qianchuan_hours,
)
from kaibo.sources.tests.making import NOW_MS
from kaibo.sources.tests.test_mutations import CHANGES, Rows, written

NAMES = ["a.csv", test_feige_results.NAME, test_compass_session.NAME]


def minutes() -> Rows:
    return [test_douyin_minutes.HEADER, *test_douyin_minutes.minutes(*[(n, 1, 2) for n in range(6)])]


def hours() -> Rows:
    rows = (test_qianchuan_hours.hour(小时区间=f"{hour}:00 - {hour + 1}:00") for hour in range(10, 16))
    return [test_qianchuan_hours.HEADER, *rows]


def people() -> Rows:
    return [["客服账号", *test_feige_results.COLUMNS], *(test_feige_results.person(f"店:{n}") for n in range(6))]


def settlements() -> Rows:
    rows = (test_doudian_settlement.settled(n) for n in range(6))
    return [test_doudian_settlement.COLUMNS, test_doudian_settlement.EXPLAINED, *rows]


def screens() -> Rows:
    rows = (test_handover_readings.screen(时间=f"2026-04-18 {hour}:00") for hour in range(10, 16))
    return [test_handover_readings.HEADER, *rows]


def goods() -> Rows:
    return list(test_compass_session.GOODS)


KINDS: list[Callable[[], Rows]] = [minutes, hours, people, settlements, screens, goods]


def check_consistent(found: Reading) -> None:
    for table, facts in [(found.source.table, found.facts), *found.more.items()]:
        for fact in facts:
            assert set(fact) <= set(TABLES[table])
            for name, kind in TABLES[table].items():
                assert fact.get(name) is None or type(fact[name]) is (int if kind == INT else str), (name, fact[name])
            assert fact["row"] >= 2
            assert fact.get("end_ms") is None or fact["end_ms"] > fact["start_ms"]
    keys = [tuple(fact.get(name) for name in found.source.key_fields) for fact in found.facts]
    assert len(keys) == len(set(keys))
    assert all(reject.line >= 1 and str(reject.reason) for reject in found.rejects)
    if not found.more and not found.questions:
        lines = {fact["row"] for fact in found.facts} | {reject.line for reject in found.rejects}
        assert len(lines) + found.dropped_totals <= found.rows_seen
    assert all(str(warning) for warning in found.warnings)


def changed(rng: random.Random, rows: Rows, times: int) -> Rows:
    rows = [list(row) for row in rows]
    for change in rng.choices(CHANGES, k=times):
        # the changes want rows of one width; the stacked ones have several
        if rows and rows[-1] and any(rows[:2]) and len(max(rows[:2], key=len)) > 0:
            change(rng, rows)
    return rows


def workbook(rng: random.Random, rows: Rows) -> bytes:
    stream = io.BytesIO()
    sheets = [
        ("基本信息", test_compass_session.INFO),
        ("商品", rows),
        ("流量分析-渠道分析", test_compass_session.CHANNELS),
    ]
    with xlsxwriter.Workbook(stream) as book:
        for name, lines in sheets:
            page = book.add_worksheet(name)
            for line, row in enumerate(changed(rng, lines, rng.randrange(2)) if lines is not rows else rows):
                page.write_row(line, 0, row)
    return stream.getvalue()


def try_seeds(folder: Path, seeds: range) -> set[str]:
    """The sources whose mutated files were read; the others were refused with a message and what to do."""
    accepted = set()
    for seed in seeds:
        rng = random.Random(seed)
        kind = rng.choice(KINDS)
        rows = changed(rng, kind(), rng.randrange(4))
        path = folder / "upload"
        path.write_bytes(workbook(rng, rows) if kind is goods else written(rng, rows))
        source = rng.choice(["", "", "", rng.choice(SOURCES).key])
        try:
            found = read(path, rng.choice(NAMES), Answers(), now_ms=NOW_MS, source=source)
        except Refused as refused:
            assert str(refused.message), seed  # noqa: PT017 - most seeds end in a reading
            assert str(refused.todo), seed  # noqa: PT017
            continue
        check_consistent(found)
        accepted.add(found.source.key)
    return accepted


ALL = {
    "douyin_minutes", "qianchuan_hours", "feige_results", "doudian_settlement", "handover_readings",
    "compass_session",
}  # fmt: skip


def test_200_mutated_files(tmp_path: Path) -> None:
    assert try_seeds(tmp_path, range(200)) >= ALL


@pytest.mark.slow
def test_many_mutated_files(tmp_path: Path) -> None:
    assert try_seeds(tmp_path, range(1000, 1000 + many(1000, 3000))) >= ALL

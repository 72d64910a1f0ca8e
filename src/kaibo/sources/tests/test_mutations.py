"""Whatever happens to a file: it is refused with a word, or its reading is consistent. Never anything else."""

import io
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from xlsxwriter.exceptions import OverlappingRange

from kaibo.sources.reading import Answers, Cell, Reading, Refused
from kaibo.sources.registry import BY_KEY, SOURCES, read
from kaibo.sources.roster_list import ROLE_COLUMNS
from kaibo.sources.tests import test_taobao_sessions as taobao
from kaibo.sources.tests import test_tiktok_ads as ads
from kaibo.sources.tests import test_tiktok_orders as tiktok
from kaibo.sources.tests import test_tiktok_sessions as lives
from kaibo.sources.tests.consistency import check_consistent as check_consistent
from kaibo.sources.tests.making import NOW_MS, ORDER_COLUMNS, SALE_COLUMNS, SESSION_COLUMNS, order, sale, session, xlsx

Rows = list[list[Any]]
JUNK = [
    "", "-", "1.2.3", "-5", "合计", "2026-04-18", "18/04/2026 10:00", "19:00", 0.5, -1.0, 1e16, 46113.0, True, "A1",
    "休",
    "6.9E+18", "\ufeff", "'", "\t", "a;b", "１２", "9" * 400, "\n", '"', ",", "null", "=1+1",
    "2026-02-30 25:61:61",
]  # fmt: skip


# how a file begins is known where its source is; where a person has to say something, they have
OWN = {
    "sessions": "douyin_sessions", "orders": "doudian_orders", "sales": "doudian_after_sales", "list": "roster_list",
    "wide": "roster_wide", "lives": "tiktok_lives", "analysis": "tiktok_analysis", "lines": "tiktok_orders",
    "ads": "tiktok_ads", "taobao": "taobao_sessions",
}  # fmt: skip
TOLD = Answers(account="shop", zone="Asia/Jakarta", currency="IDR", ad_account="ads", day_order="DM")
HOURS = range(10, 16)
ABROAD: dict[str, Callable[[], Rows]] = {
    "lives": lambda: [
        ["2026-04-13 ~ 2026-05-10"], [], lives.LIVES,
        *(lives.live(**{"Start time": f"2026-05-02 {hour}:00:00", "Duration": 600.0}) for hour in HOURS),
    ],
    "analysis": lambda: [
        ["Date Range: 2026-04-12 ~ 2026-04-18"], [], lives.ANALYSIS,
        *(lives.analysed(**{"Launched Time": f"2026/04/18/ {hour}:14", "Duration": "40min"}) for hour in HOURS),
    ],
    "lines": lambda: [tiktok.COLUMNS, *(tiktok.line(n) for n in range(6))],
    "ads": lambda: [ads.COLUMNS, *(ads.ad(**{"Launched time": f"2026-05-04 {hour}:00:06"}) for hour in HOURS)],
    "taobao": lambda: [
        taobao.COLUMNS, *(taobao.row(直播开播时间=f"2026-04-18 {hour}:00:00", 开播时长="3000") for hour in HOURS),
    ],
}  # fmt: skip


def base(kind: str) -> Rows:
    if kind == "sessions":
        starts = [f"2026/04/{n:02} 10:00:00" for n in range(1, 7)]
        ends = [f"2026/04/{n:02} 12:16:00" for n in range(1, 7)]
        return [SESSION_COLUMNS, *(session(直播开始时间=a, 直播结束时间=b) for a, b in zip(starts, ends, strict=True))]
    if kind == "orders":
        return [ORDER_COLUMNS, *(order(n) for n in range(6))]
    if kind == "sales":
        return [SALE_COLUMNS, *(sale(n) for n in range(6))]
    if kind == "list":
        header = ["日期", "上播时间", "下播时间", *ROLE_COLUMNS, "直播间"]
        return [header, *([f"2026-04-{n:02}", "19:00", "02:00", *"甲乙丙丁戊己庚", "一号"] for n in range(1, 7))]
    if kind in ABROAD:
        return ABROAD[kind]()
    days = [f"2026-04-{n:02}" for n in range(1, 7)]
    return [["四月排班"], ["姓名", *days], *([f"员工{n}", *["A1", "休"] * 3] for n in range(8))]


def _cell(rng: random.Random, rows: Rows) -> None:
    row = rng.choice(rows)
    if row:
        row[rng.randrange(len(row))] = rng.choice(JUNK)


def _swap_columns(rng: random.Random, rows: Rows) -> None:
    a, b = (rng.randrange(len(rows[-1])) for _ in range(2))
    for row in rows[1:] if rng.random() < 0.7 else rows:
        if len(row) > max(a, b):
            row[a], row[b] = row[b], row[a]


def _drop_column(rng: random.Random, rows: Rows) -> None:
    place = rng.randrange(len(rows[-1]))
    for row in rows:
        del row[place : place + 1]


def _double_column(rng: random.Random, rows: Rows) -> None:
    place = rng.randrange(len(rows[-1]))
    for row in rows:
        row.extend(row[place : place + 1])


def _total(rng: random.Random, rows: Rows) -> None:
    total: list[Any] = [rng.choice(["", "-", 5.0, "12"]) for _ in rows[-1]]
    total[rng.randrange(len(total))] = rng.choice(["合计", "总计", ""])
    rows.insert(rng.randrange(len(rows) + 1), total)


def _rename_header(rng: random.Random, rows: Rows) -> None:
    header = max(rows[:2], key=len)
    place = rng.randrange(len(header))
    header[place] = rng.choice(["", "别的", str(header[place]) + "(新)", "\t" + str(header[place]), header[0]])


def _shuffle(rng: random.Random, rows: Rows) -> None:
    rng.shuffle(rows)


def _repeat(rng: random.Random, rows: Rows) -> None:
    rows.insert(rng.randrange(len(rows) + 1), list(rng.choice(rows)))


def _shift_row(rng: random.Random, rows: Rows) -> None:
    row = rng.choice(rows)
    if rng.random() < 0.5:
        row.insert(rng.randrange(len(row) + 1), rng.choice(JUNK))
    else:
        del row[rng.randrange(len(row) + 1) :]


def _title(rng: random.Random, rows: Rows) -> None:
    rows[:0] = [["导出", "说明"], []] * rng.randrange(1, 20)


CHANGES: list[Callable[[random.Random, Rows], None]] = [
    _cell, _cell, _cell, _swap_columns, _drop_column, _double_column, _total, _rename_header, _shuffle, _repeat,
    _shift_row, _title,
]  # fmt: skip


def _as_programs_do(rng: random.Random, book: Any, page: Any, lines: int, width: int) -> None:
    """What spreadsheet programs leave behind: formulas with and without a result, merged cells, a tail of formats."""
    if rng.random() < 0.1 and lines > 2 and width:
        result = rng.choice([2, "", "2", "#N/A"])
        page.write_formula(rng.randrange(1, lines), rng.randrange(width), "=1+1", None, result)
    if rng.random() < 0.1 and lines > 3 and width > 1:
        top, left = rng.randrange(lines - 2), rng.randrange(width - 1)
        page.merge_range(top, left, top + rng.randrange(2), left + 1, rng.choice(JUNK))
    if rng.random() < 0.1 and lines > 3 and width:
        top, place = rng.randrange(lines - 2), rng.randrange(width)
        # where the two would overlap there is one: no program writes such a file
        with suppress(OverlappingRange):
            page.merge_range(top, place, top + 2, place, rng.choice(JUNK))
    if rng.random() < 0.05:
        bold = book.add_format({"bold": True})
        for line in range(lines, lines + 300):
            page.write_blank(line, 0, None, bold)


def written(rng: random.Random, rows: Rows) -> bytes:
    """The rows as a workbook or as text in some encoding, perhaps cut or with bytes changed."""
    if rng.random() < 0.5:
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream) as book:
            page = book.add_worksheet()
            for line, row in enumerate(rows):
                page.write_row(line, 0, row)
            _as_programs_do(rng, book, page, len(rows), max(map(len, rows), default=0))
        content = stream.getvalue()
    else:
        text = "\r\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)
        content = text.encode(rng.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16", "big5"]), errors="replace")
    if rng.random() < 0.2:
        content = content[: rng.randrange(len(content) + 1)]
    if rng.random() < 0.2 and content:
        broken = bytearray(content)
        for _ in range(rng.randrange(1, 20)):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        content = bytes(broken)
    return content


def try_seeds(folder: Path, seeds: range) -> int:
    """How many of the mutated files were read; the others were refused with a message and what to do."""
    accepted = 0
    for seed in seeds:
        rng = random.Random(seed)
        kind = rng.choice([*OWN])
        rows = [list(row) for row in base(kind)]
        for change in rng.choices(CHANGES, k=rng.randrange(4)):
            if rows and rows[-1] and any(rows[:2]):
                change(rng, rows)
        path = folder / "upload"
        path.write_bytes(written(rng, rows))
        answers = TOLD if kind in ABROAD and kind != "taobao" else Answers()
        chosen = rng.choice(["", "", OWN[kind], rng.choice(SOURCES).key])
        try:
            found = read(path, "a.csv", answers, now_ms=NOW_MS, source=chosen)
        except Refused as refused:
            assert str(refused.message), seed  # noqa: PT017 - most seeds end in a reading
            assert str(refused.todo), seed  # noqa: PT017
            continue
        check_consistent(found)
        accepted += 1
    return accepted


def test_300_mutated_files(tmp_path: Path) -> None:
    assert try_seeds(tmp_path, range(300)) > 20


@pytest.mark.slow
def test_10_000_mutated_files(tmp_path: Path) -> None:
    assert try_seeds(tmp_path, range(1000, 11_000)) > 1000


@pytest.mark.parametrize("junk", ["", "乱", "6.9E+18", "1.2.3"])
@pytest.mark.parametrize("kind", [kind for kind in OWN if kind != "wide"])
def test_a_destroyed_column_is_never_taken_for_right(tmp_path: Path, kind: str, junk: str) -> None:
    """Ids that are gone or became numbers, and instants and amounts that are none, never become facts unnoticed."""
    source = BY_KEY[OWN[kind]]
    cells = () if junk == "" else (Cell.INSTANT, Cell.MONEY)
    vital = [c for c in source.columns if c.field and ((c.key and junk in ("", "6.9E+18")) or c.cell in cells)]
    answers = TOLD if kind in ABROAD and kind != "taobao" else Answers()
    whole = len(understood(tmp_path, base(kind), answers, source.key).facts)
    assert whole
    for column in vital:
        rows = [list(row) for row in base(kind)]
        header = max(rows[:3], key=len)
        if column.name not in header:
            continue
        for row in rows[rows.index(header) + 1 :]:
            row[header.index(column.name)] = junk
        try:
            found = understood(tmp_path, rows, answers, source.key)
        except Refused as refused:
            assert str(refused.todo)  # noqa: PT017 - or it is read
            continue
        check_consistent(found)
        noticed = len(found.facts) < whole and (found.rejects or found.dropped_totals)
        unknown = all(fact[column.field] is None for fact in found.facts)
        assert noticed or found.warnings or unknown, column.name


def understood(folder: Path, rows: Rows, answers: Answers, source: str) -> Reading:
    return read(xlsx(folder / "a.xlsx", rows), "a.xlsx", answers, now_ms=NOW_MS, source=source)

"""Whatever happens to a recording, a clock-in report or a list of conversations: refused with a word, or consistent."""

import csv
import io
import json
import random
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from kaibo.facts.schema import INT, TABLES
from kaibo.kpi.tests.effort import many
from kaibo.sources.reading import Answers, Reading, Refused
from kaibo.sources.registry import read
from kaibo.sources.tests import test_bililive_recorder as bililive
from kaibo.sources.tests import test_csat_cases as csat
from kaibo.sources.tests import test_kaibo_events as events
from kaibo.sources.tests import test_wecom_clock_in as wecom
from kaibo.sources.tests.making import NOW_MS
from kaibo.sources.tests.test_bilibili_chat import message

ANSWERS = Answers(account="r", platform="douyin", currency="CNY", zone="Asia/Shanghai")
PIECES = [
    b"", b"\0", b"\0" * 9, b"\xff", b"\n", b'"', b",", b"<", b"</d>", b"&a;", b"-1", b"1e18", b"9" * 400, b"{", b"null",
    b"NaN", b"Infinity", b"\xef\xbb\xbf", b"1647777083", "１２".encode(), b"--", b"24:00", b"true", b"[" * 3000,
]  # fmt: skip


def _csv(rows: Sequence[Sequence[Any]]) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(rows)
    return stream.getvalue().encode()


def _xlsx(rows: Sequence[Sequence[Any]]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        page = book.add_worksheet()
        for line, row in enumerate(rows):
            page.write_row(line, 0, row)
    return stream.getvalue()


def _event_rows() -> list[list[Any]]:
    return [events.HEADER, *(list(events.event(n, count=n, viewer=n).values()) for n in range(6))]


def _clock_in_rows() -> list[list[Any]]:
    heads = [wecom.head(date(2026, 3, n)) for n in range(1, 8)]
    people = [wecom.person(f"员工{n}", *["08:38、18:00", "--", "", "09:30"] * 2) for n in range(5)]
    return [["打卡时间记录"], [wecom.PERIOD + wecom.MADE], ["姓名", "账号", "部门", "职务", "工号", *heads], *people]


def _parquet() -> bytes:
    stream = io.BytesIO()
    columns = {name: [str(row[place]) for row in _event_rows()[1:]] for place, name in enumerate(events.HEADER)}
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


MADE: dict[str, Callable[[], bytes]] = {
    "events.csv": lambda: _csv(_event_rows()),
    "events.parquet": _parquet,
    "chat.txt": lambda: "".join(json.dumps(message(n)) + "\n" for n in range(6)).encode(),
    "recording.xml": lambda: bililive.recording(
        *(bililive.comment(n) for n in range(3)), bililive.gift({"tid": "1", "uid": 5}), bililive.gift(),
        '<sc ts="1" uid="5" price="30">x</sc>', '<guard ts="1" uid="5" level="3" count="1"/>',
    ).encode(),
    "cases.csv": lambda: _csv([csat.HEADER, *(csat.case(n) for n in range(5))]),
    "cases.xlsx": lambda: _xlsx([csat.HEADER, *(csat.case(n) for n in range(5))]),
    "clock.xlsx": lambda: _xlsx(_clock_in_rows()),
    "clock.csv": lambda: _csv(_clock_in_rows()),
}  # fmt: skip


def mutated(rng: random.Random, content: bytes) -> bytes:
    """A few places overwritten, widened or left out; lines moved, repeated or dropped; perhaps the end cut off."""
    for _ in range(rng.randrange(4)):
        at = rng.randrange(len(content) + 1)
        content = content[:at] + rng.choice(PIECES) + content[at + rng.choice([0, 0, 1, 5, 40]) :]
    lines = content.split(b"\n")
    if rng.random() < 0.4:
        lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))
    if rng.random() < 0.2:
        rng.shuffle(lines)
    content = b"\n".join(lines)
    return content[: rng.randrange(len(content) + 1)] if rng.random() < 0.3 else content


def check(found: Reading) -> None:
    table = TABLES[found.source.table]
    facts = list(found.facts)
    for fact in facts:
        assert set(fact) <= set(table)
        for name, kind in table.items():
            assert fact.get(name) is None or type(fact[name]) is (int if kind == INT else str), (name, fact[name])
            assert not isinstance(fact.get(name), int) or abs(fact[name]) < 2**63
        assert isinstance(json.loads(fact["raw"]), dict)
    lines = {fact["row"] for fact in facts} | {reject.line for reject in found.rejects}
    assert min(lines, default=1) >= 1
    assert len(lines) + found.dropped_totals <= found.rows_seen
    assert not facts or not found.questions
    assert all(str(warning) for warning in found.warnings)
    assert all(str(reject.reason) for reject in found.rejects)


def try_seeds(folder: Path, seeds: range) -> int:
    accepted = 0
    for seed in seeds:
        rng = random.Random(seed)
        name = rng.choice([*MADE])
        path = folder / name
        path.write_bytes(mutated(rng, MADE[name]()))
        try:
            found = read(path, name, rng.choice([ANSWERS, ANSWERS, Answers()]), now_ms=NOW_MS, secret=b"k")
        except Refused as refused:
            assert str(refused.message), seed  # noqa: PT017 - many seeds end in a reading
            assert str(refused.todo), seed  # noqa: PT017
            continue
        check(found)
        accepted += 1
    return accepted


def test_400_mutated_files(tmp_path: Path) -> None:
    assert try_seeds(tmp_path, range(400)) > 100


@pytest.mark.slow
def test_many_mutated_files(tmp_path: Path) -> None:
    assert try_seeds(tmp_path, range(1000, 1000 + many(1200, 4000))) > 300

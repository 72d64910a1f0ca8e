"""Bilibili's chat as JSON lines: when, and how many viewers; never who wrote what."""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from kaibo.sources.reading import Answers, Reading, Refused
from kaibo.sources.registry import read
from kaibo.sources.tests.making import NOW_MS, raw

START = 1_588_497_268
ROOM = Answers(account="22637261")
FILE = f"{START}.txt"


def message(number: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "uid": 3194761 + number, "uname": "小明", "font_size": 25, "color": 65532, "msg": "来了来了",
        "timestamp": START * 1000 + 15_616 + number, "danmaku.msg_type": 0,
    } | more  # fmt: skip


def read_text(tmp_path: Path, text: str | bytes, name: str = FILE, answers: Answers = ROOM) -> Reading:
    path = tmp_path / "up"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read(path, name, answers, now_ms=NOW_MS, secret=b"k")


def read_rows(tmp_path: Path, *rows: dict[str, Any], **more: Any) -> Reading:
    return read_text(tmp_path, "".join(json.dumps(row) + "\n" for row in rows), **more)


def test_a_message_is_an_event_without_its_words(tmp_path: Path) -> None:
    found = read_rows(tmp_path, message())
    [fact] = found.facts
    assert (fact["kind"], fact["platform"], fact["account"], fact["instant_ms"], fact["count"]) == (
        "comment", "bilibili", "22637261", START * 1000 + 15_616, 1,
    )  # fmt: skip
    assert raw(fact) == {"timestamp": START * 1000 + 15_616, "msg_type": 0, "length": 4}
    told = json.dumps(dict(fact), ensure_ascii=False) + str(found.sample)
    assert not [word for word in ("小明", "来了", "3194761") if word in told]
    assert (found.rejects, found.warnings, found.questions, found.source.key) == ([], [], [], "bilibili_chat")


def test_the_room_is_asked_for(tmp_path: Path) -> None:
    asked = read_rows(tmp_path, message(), answers=Answers())
    assert (asked.questions, len(asked.facts)) == (["account"], 0)


def test_the_same_viewer_is_one_viewer(tmp_path: Path) -> None:
    rows = [message(), message(timestamp=START * 1000 + 20_000), message(uid="3194761", msg="hi"), message(5)]
    a, b, as_text, other = [fact["viewer"] for fact in read_rows(tmp_path, *rows).facts]
    assert a == b == as_text != other


def test_viewers_who_are_not_named_or_damaged_are_unknown(tmp_path: Path) -> None:
    found = read_rows(tmp_path, message(uid=0), message(1, uid=0, timestamp=START * 1000 + 15_616),
                      message(2, uid=6.917926768823643e18), message(3, uid=None), message(4, uid="\ud800"))  # fmt: skip
    assert [fact["viewer"] for fact in found.facts] == [None] * 5
    assert [str(w) for w in found.warnings] == ["Viewers whose ids lost their last digits and are unknown now: 1."]


def test_a_message_told_twice_counts_once(tmp_path: Path) -> None:
    found = read_rows(tmp_path, message(), message(), message(msg="别的"))
    assert [fact["row"] for fact in found.facts] == [1, 3]
    assert str(found.warnings[0]) == "Events that stand in the file twice: 1. They count once."


def test_messages_out_of_order_keep_their_instants(tmp_path: Path) -> None:
    found = read_rows(tmp_path, message(9), message(2), message(5))
    assert [fact["instant_ms"] % 1000 for fact in found.facts] == [625, 618, 621]
    assert (found.first_instant_ms, found.last_instant_ms) == (START * 1000 + 15_618, START * 1000 + 15_625)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (json.dumps(message(timestamp=START)), "counts seconds"),
        (json.dumps(message(timestamp=START * 1_000_000)), "counts microseconds"),
        (json.dumps(message(timestamp=f"{START}000")), "no message"),
        (json.dumps(message(msg=None)), "no message"),
        (json.dumps({"cmd": "WATCHED_CHANGE", "num": 12}), "no message"),
        ("[1, 2]", "no message"),
        ("nonsense", "no whole JSON"),
        (json.dumps(message())[:60], "cut off"),
        ("[" * 5000, "no whole JSON"),
    ],
)
def test_lines_that_are_no_message_are_rejected_without_their_text(tmp_path: Path, line: str, why: str) -> None:
    found = read_text(tmp_path, f"{json.dumps(message())}\n\n{line}\n{json.dumps(message(1))}\n")
    assert [fact["row"] for fact in found.facts] == [1, 4]
    [reject] = found.rejects
    assert reject.line == 3
    assert why in str(reject.reason)
    assert "小明" not in reject.value


@pytest.mark.parametrize("missing", [1, 2, 30, 117])
def test_a_file_that_ends_within_a_line(tmp_path: Path, missing: int) -> None:
    whole = "".join(json.dumps(message(n), ensure_ascii=False) + "\n" for n in range(3)).encode()
    found = read_text(tmp_path, whole[:-missing])
    if missing == 1:
        assert (len(found.facts), found.rejects) == (3, [])
    else:
        assert len(found.facts) == 2
        assert [(r.line, "cut off" in str(r.reason)) for r in found.rejects] == [(3, True)]


def test_damage_in_the_middle_is_refused(tmp_path: Path) -> None:
    lines = [json.dumps(message(n), ensure_ascii=False).encode() for n in range(2)]
    with pytest.raises(Refused, match="characters cannot be read"):
        read_text(tmp_path, lines[0] + b"\n\xff\xfe\n" + lines[1])


def test_a_file_whose_name_says_another_time(tmp_path: Path) -> None:
    day = 86_400_000
    rows = [message(), message(1, timestamp=START * 1000 + 3 * day), message(2, timestamp=START * 1000 - day)]
    found = read_rows(tmp_path, *rows)
    assert len(found.facts) == 3
    assert "far from the session's start in the file's name: 2" in str(found.warnings[0])
    assert not read_rows(tmp_path, *rows, name="chat.jsonl").warnings


def test_another_shape_of_the_same_line_with_mark_and_carriage_returns(tmp_path: Path) -> None:
    nested = {name: value for name, value in message().items() if "." not in name} | {"danmaku": {"msg_type": 2}}
    found = read_text(tmp_path, f"\ufeff{json.dumps(nested)}\r\n{json.dumps(message(1))}\r\n")
    assert [raw(fact)["msg_type"] for fact in found.facts] == [2, 0]


@pytest.mark.real
@pytest.mark.parametrize(("start", "count"), [(1585665799, 7906), (1588497268, 4416), (1588768053, 6404)])
def test_the_real_chats(real_files: Path, start: int, count: int) -> None:
    path = real_files / "bilibili_live_danmaku_jsonl" / f"{start}.txt"
    found = read(path, path.name, ROOM, now_ms=NOW_MS, secret=b"k")
    said = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert (len(found.facts), found.rejects, found.warnings, found.rows_seen) == (count, [], [], count)
    assert [fact["instant_ms"] for fact in found.facts] == [row["timestamp"] for row in said]
    assert len({fact["viewer"] for fact in found.facts}) == len({row["uid"] for row in said})
    assert found.first_instant_ms == min(row["timestamp"] for row in said)
    assert {fact["row"] for fact in found.facts} == set(range(1, count + 1))


@pytest.mark.real
def test_a_real_chat_crosses_midnight_and_the_month(real_files: Path) -> None:
    path = real_files / "bilibili_live_danmaku_jsonl" / "1585665799.txt"
    found = read(path, path.name, ROOM, now_ms=NOW_MS)
    assert found.first_instant_ms is not None
    assert found.last_instant_ms is not None
    edges = [found.first_instant_ms, found.last_instant_ms]
    beijing = timezone(timedelta(hours=8))
    assert [f"{datetime.fromtimestamp(ms / 1000, beijing):%m-%d}" for ms in edges] == ["03-31", "04-01"]

"""Recordings of B站录播姬: instants from the platform where it says them, viewers hashed, words and names dropped."""

import json
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest

from kaibo.sources.reading import Answers, Reading, Refused
from kaibo.sources.registry import read
from kaibo.sources.tests.making import NOW_MS, raw

START_MS = int(datetime(2022, 3, 20, 11, 51, 23, tzinfo=UTC).timestamp()) * 1000 + 634
HEAD = """<?xml version="1.0" encoding="utf-8"?>
<i>
<!-- B站录播姬 1.3.11 -->
<chatserver>chat.bilibili.com</chatserver>
<chatid>0</chatid>
<BililiveRecorder version="1.3.11" />
"""
INFO = (
    '<BililiveRecorderRecordInfo roomid="22637261" shortid="0" name="某" title="t" areanameparent="a" '
    'areanamechild="b" start_time="2022-03-20T19:51:23.6348295+08:00" />\n'
    "<BililiveRecorderXmlStyle><z:s xmlns:z='x'><d p='not one of ours'>x</d></z:s></BililiveRecorderXmlStyle>\n"
)


def comment(
    number: int = 0, *, sent: Any = None, ts: str = "0.581", uid: Any = 767513325, words: str = "快快快"
) -> str:
    sent = START_MS + 500 + number if sent is None else sent
    return f'<d p="{ts},1,25,14893055,{sent},0,{uid},0" user="小明">{words}</d>\n'


def gift(raw: dict[str, Any] | None = None, **at: Any) -> str:
    told = f' raw="{escape(json.dumps(raw))}"' if raw is not None else ""
    at = {"ts": "0.576", "user": "小明", "giftname": "小心心", "giftcount": "3"} | at
    return "<gift " + " ".join(f'{name}="{value}"' for name, value in at.items()) + told + " />\n"


def recording(*elements: str, info: str = INFO, end: str = "</i>") -> str:
    return HEAD + info + "".join(elements) + end


def read_text(tmp_path: Path, text: str | bytes, answers: Answers | None = None) -> Reading:
    path = tmp_path / "up.xml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read(path, path.name, answers or Answers(), now_ms=NOW_MS, secret=b"k")


def only(found: Reading) -> dict[str, Any]:
    [fact] = found.facts
    return fact


def test_a_comment(tmp_path: Path) -> None:
    found = read_text(tmp_path, recording(comment(words="快\n快 &lt;")))
    fact = only(found)
    assert (fact["kind"], fact["account"], fact["platform"], fact["instant_ms"], fact["count"]) == (
        "comment", "22637261", "bilibili", START_MS + 500, 1,
    )  # fmt: skip
    assert raw(fact) == {"element": "d", "ts": "0.581", "sent": str(START_MS + 500), "length": 5}
    told = json.dumps(dict(fact), ensure_ascii=False) + str(found.sample)
    assert not [word for word in ("小明", "快", "767513325") if word in told]
    assert (found.accounts, found.rejects, found.warnings) == (["22637261"], [], [])
    assert found.source.key == "bililive_recorder"


def test_without_the_time_of_sending_the_recording_counts(tmp_path: Path) -> None:
    facts = read_text(tmp_path, recording(comment(sent=0, ts="61.5"), comment(sent="", ts="2"))).facts
    assert [fact["instant_ms"] - START_MS for fact in facts] == [61_500, 2_000]


def test_a_gift_of_an_old_version_has_no_viewer(tmp_path: Path) -> None:
    fact = only(read_text(tmp_path, recording(gift())))
    assert (fact["kind"], fact["item"], fact["count"], fact["viewer"], fact["amount_minor"]) == (
        "gift", "小心心", 3, None, None,
    )  # fmt: skip
    assert fact["instant_ms"] == START_MS + 576


def test_a_gift_with_what_the_platform_sent(tmp_path: Path) -> None:
    said = {"uid": 767513325, "tid": "1647777083120900002", "coin_type": "gold", "total_coin": 5200, "uname": "小明"}
    found = read_text(
        tmp_path, recording(gift(said), gift(said), comment(), gift(said | {"tid": 7, "coin_type": "silver"}))
    )
    first, chat, silver = found.facts
    assert (first["amount_minor"], first["currency"], first["event_id"]) == (520, "CNY", "1647777083120900002")
    assert first["viewer"] == chat["viewer"] is not None
    assert (silver["amount_minor"], silver["currency"], silver["event_id"]) == (None, None, "7")
    assert [str(w) for w in found.warnings] == ["Events that stand in the file twice: 1. They count once."]
    assert "小明" not in str([dict(fact) for fact in found.facts])


@pytest.mark.parametrize(
    "said",
    [
        "{",
        "[1]",
        '{"tid": "\\ud800", "uid": "\\ud800"}',
        '{"total_coin": "x", "uid": [1], "tid": 1.5, "coin_type": "gold"}',
    ],
)
def test_nonsense_in_raw_says_nothing(tmp_path: Path, said: str) -> None:
    fact = only(read_text(tmp_path, recording(gift(raw=None, raw_="").replace('raw_=""', f'raw="{escape(said)}"'))))
    assert (fact["event_id"], fact["viewer"], fact["amount_minor"]) == (None, None, None)


def test_a_paid_message_is_a_gift_in_yuan(tmp_path: Path) -> None:
    fact = only(read_text(tmp_path, recording('<sc ts="10.5" user="小明" uid="5" price="30" time="60">加油</sc>\n')))
    assert (fact["kind"], fact["item"], fact["amount_minor"], fact["currency"], fact["count"]) == (
        "gift", "SuperChat", 3000, "CNY", 1,
    )  # fmt: skip
    assert fact["instant_ms"] == START_MS + 10_500
    assert "加油" not in fact["raw"]


def test_guards_and_the_same_guard_twice(tmp_path: Path) -> None:
    one = '<guard ts="10.5" user="小明" uid="5" level="3" count="2" />\n'
    found = read_text(tmp_path, recording(one, one, one.replace("10.5", "99.5")))
    assert [(f["item"], f["count"], f["amount_minor"]) for f in found.facts] == [("舰长", 2, None)] * 2


def test_a_comment_told_twice_counts_once(tmp_path: Path) -> None:
    found = read_text(
        tmp_path, recording(comment(), comment(ts="7.9"), comment(words="慢"), comment(uid=0), comment(uid=0))
    )
    assert [fact["viewer"] is None for fact in found.facts] == [False, False, True, True]
    assert "twice: 1" in str(found.warnings[0])


def test_each_event_has_a_line_of_its_own(tmp_path: Path) -> None:
    text = recording(comment(0), comment(1), comment(2)).replace("</d>\n", "</d>")
    rows = [fact["row"] for fact in read_text(tmp_path, text).facts]
    assert rows == [rows[0], rows[0] + 1, rows[0] + 2]
    assert text.splitlines()[rows[0] - 1].startswith("<d ")


@pytest.mark.parametrize(
    ("element", "why"),
    [
        (comment(sent=1647777083), "counts seconds"),
        (comment(sent=1647777083220000), "counts microseconds"),
        ('<d p="1,2,3">x</d>', "lacks its numbers"),
        ('<sc ts="1" price="30.999">x</sc>', "more decimals"),
        ('<sc ts="1">x</sc>', "no price"),
        ('<sc ts="x" price="30">x</sc>', "does not say when"),
        (gift(giftcount="-1"), "negative"),
    ],
)
def test_elements_that_cannot_be_are_rejected(tmp_path: Path, element: str, why: str) -> None:
    found = read_text(tmp_path, recording(comment(), element, comment(1)))
    assert len(found.facts) == 2
    [reject] = found.rejects
    assert why in str(reject.reason)
    assert (reject.value, found.rows_seen) == ("", 3)


def test_a_clock_that_drifts_is_said(tmp_path: Path) -> None:
    found = read_text(tmp_path, recording(comment(), comment(1, ts="400")))
    assert "more than 5 minutes: 1" in str(found.warnings[0])
    assert len(found.facts) == 2


def test_a_recording_without_its_room_or_start(tmp_path: Path) -> None:
    nowhere = INFO.replace('roomid="22637261"', "")
    asked = read_text(tmp_path, recording(comment(), info=nowhere))
    assert (asked.questions, len(asked.facts)) == (["account"], 0)
    told = read_text(tmp_path, recording(comment(), info=nowhere), Answers(account="r"))
    assert only(told)["account"] == "r"
    found = read_text(tmp_path, recording(comment(), gift(), info='<BililiveRecorderRecordInfo roomid="1"/>'))
    assert (len(found.facts), [r.column for r in found.rejects]) == (1, ["gift"])


# longer than what a file's kind is told by
LONG = recording(*(comment(n) for n in range(100)), end="").encode()
WHOLE = recording(comment(0), gift(), comment(1), end="").encode()


@pytest.mark.parametrize("cut", range(1, len(comment(1).encode()) + 1, 7))
def test_a_last_part_that_breaks_off_is_read_as_far_as_whole_elements_go(tmp_path: Path, cut: int) -> None:
    found = read_text(tmp_path, WHOLE[:-cut])
    assert len(found.facts) == (3 if cut == 1 else 2)
    assert "breaks off in line" in str(found.warnings[0])
    assert found.rejects == []


def test_zeros_where_the_end_would_be(tmp_path: Path) -> None:
    found = read_text(tmp_path, LONG[:-20] + b"\0" * 100_000)
    assert len(found.facts) == 99
    assert "breaks off" in str(found.warnings[0])


@pytest.mark.parametrize("damage", [b"<d p='1'", b"\0\0\0", b"</x>", b"\xff\xfe", b"&nbsp;"])
def test_damage_in_the_middle_is_refused(tmp_path: Path, damage: bytes) -> None:
    with pytest.raises(Refused, match="damaged in line"):
        read_text(tmp_path, LONG + damage + comment(5).encode() * 3 + b"</i>")


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE i [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE i [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE i SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE i [<!ENTITY % p "x">]>',
        "<!DOCTYPE i>",
    ],
)
def test_declarations_are_refused(tmp_path: Path, declared: str) -> None:
    text = recording(comment(words="&b;&x;")).replace("<i>", f"{declared}\n<i>")
    with pytest.raises(Refused, match="declares a document type or an entity"):
        read_text(tmp_path, text)


def test_an_encoding_that_nobody_knows_does_not_matter(tmp_path: Path) -> None:
    assert only(read_text(tmp_path, recording(comment()).replace('encoding="utf-8"', 'encoding="x-none"')))


def test_a_byte_order_mark(tmp_path: Path) -> None:
    assert only(read_text(tmp_path, "\ufeff" + recording(comment()).replace("\n", "\r\n")))


def test_a_long_recording_streams(tmp_path: Path) -> None:
    found = read_text(tmp_path, recording(*(comment(n) for n in range(30_000))))
    assert len(found.facts) == 30_000
    assert not isinstance(found.facts, list)


def test_comments_of_a_video_are_refused_and_told_apart(tmp_path: Path) -> None:
    video = '<?xml version="1.0"?><i><chatid>3</chatid><d p="0.4,4,25,15138834,1626077354,0,5bd04b14,5187,10">x</d></i>'
    with pytest.raises(Refused, match="Bilibili video") as caught:
        read_text(tmp_path, video)
    assert "BililiveRecorder" in str(caught.value.todo)
    with pytest.raises(Refused, match="not of B站录播姬") as caught:
        read_text(tmp_path, video.replace("1626077354", "1626077354000"))
    assert "docs/events.md" in str(caught.value.todo)


@pytest.mark.real
def test_the_real_fragment(real_files: Path) -> None:
    path = real_files / "danmaku_xml" / "bililive_recorder_fragment.xml"
    found = read(path, path.name, Answers(), now_ms=NOW_MS, secret=b"k")
    assert [fact["kind"] for fact in found.facts] == [
        "gift", "comment", "comment", "gift", "gift", "comment", "comment", "comment",
    ]  # fmt: skip
    assert [fact["row"] for fact in found.facts] == list(range(25, 33))
    assert (found.rejects, found.warnings, found.accounts) == ([], [], ["22637261"])
    assert (found.first_instant_ms, found.last_instant_ms) == (1647777083220, START_MS + 583)
    assert {fact["count"] for fact in found.facts} == {1}
    # silver coins: given for nothing
    assert {fact["amount_minor"] for fact in found.facts} == {None}
    told = json.dumps([dict(fact) for fact in found.facts], ensure_ascii=False)
    assert not [word for word in ("快快快", "uf3fcd276", "767513325", "uname", "face") if word in told]


@pytest.mark.real
def test_the_real_video_is_refused(real_files: Path) -> None:
    path = real_files / "danmaku_xml" / "bilibili_video_danmaku01.xml"
    with pytest.raises(Refused, match="Bilibili video"):
        read(path, path.name, Answers(), now_ms=NOW_MS)

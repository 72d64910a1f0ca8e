"""A file that Kaibo knows and does not read is refused by its name; an unknown one by its first line."""

import json
from pathlib import Path

import pytest

from kaibo.sources.reading import Refused
from kaibo.sources.tests.making import ORDER_COLUMNS, SESSION_COLUMNS, csv_file, order, reading, session, xlsx
from kaibo.sources.unsupported import TABLES


@pytest.mark.parametrize("known", TABLES, ids=lambda known: known.columns[0])
def test_known_tables_by_their_columns(tmp_path: Path, known) -> None:  # type: ignore[no-untyped-def]
    rows = [["period 2026-04"], [], ["更多", *known.columns], ["x"] * (len(known.columns) + 1)]
    with pytest.raises(Refused) as caught:
        reading(csv_file(tmp_path / "a.csv", rows))
    assert (caught.value.message, caught.value.todo) == (known.message, known.todo)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ('<?xml version="1.0"?><i><chatserver>x</chatserver><chatid>1</chatid>', "Bilibili video"),
        ('<?xml version="1.0"?><i><d p="1,1,25,1,1626077354000,0,5bd04b14,0">x</d>', "not of B站录播姬"),
        ('<?xml version="1.0"?><note>x</note>', "XML, not a table"),
        (json.dumps({"data": {"live_stream_sessions": []}}), "TikTok"),
        (json.dumps({"replayChatItemAction": {}}), "live chat"),
    ],
)
def test_known_texts(tmp_path: Path, content: str, word: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content)
    with pytest.raises(Refused, match=word):
        reading(path)


def test_the_clock_in_report(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="clock-in report, but no line"):
        reading(xlsx(tmp_path / "b.xlsx", [["打卡时间记录"], ["姓名", "账号"], ["甲", "a"]]))


def test_an_unknown_table_shows_its_first_line(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="甲, 乙, 丙"):
        reading(csv_file(tmp_path / "a.csv", [["甲", "乙", "丙"], ["1", "2", "3"]]))


def test_a_source_that_someone_chose_has_to_fit(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [SESSION_COLUMNS, session()])
    assert reading(path, source="douyin_sessions").facts
    with pytest.raises(Refused):
        reading(path, source="doudian_orders")
    with pytest.raises(KeyError):
        reading(path, source="nonsense")


def test_orders_beside_a_sheet_of_something_else(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", [["渠道", "消耗"], ["x", 1]], "别的", more=[("订单", [ORDER_COLUMNS, order()])])
    assert reading(path).source.key == "doudian_orders"

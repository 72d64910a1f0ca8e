"""Files as teams really have them."""

from collections import Counter
from pathlib import Path

import pytest

from kaibo.sources.reading import Refused
from kaibo.sources.registry import detect
from kaibo.sources.tests.making import reading
from kaibo.sources.tests.test_mutations import check_consistent

pytestmark = pytest.mark.real
SESSIONS = "直播明细_自营账号_20260414_20260528.xlsx"
ROSTER = "shift_roster_202604_wide.xlsx"
REFUSED = {
    "danmaku_xml/bilibili_video_danmaku01.xml": "no live session",
    "youtube_live_chat/chatreplay.json": "live chat",
    "youtube_live_chat/default_superchat.json": "live chat",
    "facebook_live_thailand_Live.csv": "Facebook",
    "headers.json": "JSON",
    "README.md": "does not know",
}


def test_the_session_list(real_files: Path) -> None:
    found = reading(real_files / SESSIONS)
    assert (len(found.facts), found.rejects, found.dropped_totals, found.rows_seen) == (131, [], 0, 131)
    assert (found.warnings, found.missing_columns, found.unknown_columns, found.questions) == ([], [], [], [])
    assert len(found.accounts) == 2
    check_consistent(found)


def test_the_roster(real_files: Path) -> None:
    found = reading(real_files / ROSTER)
    assert len({fact["person_name"] for fact in found.facts}) == 36
    assert len({fact["date"] for fact in found.facts}) == 30
    assert Counter(f["code"] for f in found.facts) == {"A1": 109, "A2": 100, "B1": 239, "B2": 247, "休": 385}
    assert (found.rejects, found.questions, found.rows_seen) == ([], [], 36)
    check_consistent(found)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_read_yet_is_refused_by_name(real_files: Path, name: str) -> None:
    with pytest.raises(Refused, match=REFUSED[name]) as caught:
        detect(real_files / name, Path(name).name)
    assert str(caught.value.todo)


def test_every_file_is_read_or_refused(real_files: Path) -> None:
    read = set()
    for path in sorted(real_files.rglob("*")):
        try:
            read.add(detect(path, path.name).key)
        except Refused as refused:
            assert str(refused.message)  # noqa: PT017
            continue
    assert read >= {"douyin_sessions", "roster_wide", "tiktok_lives", "tiktok_analysis", "tiktok_orders", "tiktok_ads"}

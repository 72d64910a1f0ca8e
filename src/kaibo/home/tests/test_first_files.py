"""What a newcomer's first files and slips meet: words instead of keys, years, and pages that say what to do."""

from datetime import date

import pytest
from django.test import Client
from django.utils import timezone, translation

from kaibo.home.preview_rows import preview_rows
from kaibo.look import numbers
from kaibo.measurement.words import place_word


@pytest.fixture(autouse=True)
def _in_chinese():
    with translation.override("zh-hans"):
        yield


def test_a_recording_is_previewed_in_words():
    preview = {
        "table": "event", "heads": ["instant", "kind", "item"],
        "sample": [["2026-03-20 19:51:24", "gift", "小心心"], ["2026-03-20 19:51:25", "comment", ""]],
    }  # fmt: skip
    heads, rows = preview_rows(preview)
    assert heads == ["时间", "发生了什么", "礼物或商品"]
    assert rows == [["2026-03-20 19:51:24", "送礼", "小心心"], ["2026-03-20 19:51:25", "评论", ""]]


def test_headings_of_a_table_stand_as_in_the_file():
    """“Views” is a word of ours, too: beside headings that are not, a translated one looks like another file."""
    preview = {"table": "session_report", "heads": ["Views", "Start time"], "sample": [["7", "x"]]}
    assert preview_rows(preview) == (["Views", "Start time"], [["7", "x"]])


def test_a_day_of_another_year_says_which():
    this_year = timezone.localdate().year
    assert numbers.day_dated(date(2023, 8, 3)) == "2023-08-03"
    assert numbers.day_dated(date(2023, 8, 3), "short") == "2023-08-03"
    assert numbers.day_dated(date(this_year, 8, 3), "short") == "08-03"
    assert numbers.day_dated(date(this_year, 8, 3)).startswith("08-03 周")
    assert numbers.day_dated(None) == "—"


def test_lines_that_nobody_paid_for_are_named_in_words():
    for kind in ("unknown", "what nobody has a word for"):
        assert kind not in place_word("outside", kind)


@pytest.mark.parametrize("path", ["/rooms/add/", "/shifts/confirm/", "/people/add/"])
def test_where_a_form_is_sent_to_cannot_be_opened_and_says_so(cast, path):
    """One comes here by signing in again in the middle of something."""
    told = cast.client("owner").get(path)
    assert told.status_code == 405
    assert told["Allow"] == "POST"
    assert "什么都没有保存" in told.content.decode()


def test_programs_get_no_page_for_it(cast):
    from kaibo.login.tokens import make_token

    _row, token = make_token(by=cast.owner, name="test")
    told = Client().get("/api/v1/batches/1/withdraw/", headers={"Authorization": f"Bearer {token}"})
    assert told.status_code in (404, 405)
    assert "<html" not in told.content.decode()


@pytest.mark.parametrize(
    ("path", "expected", "href"),
    [
        ("/months/2020-03/", "2020年3月还没有数字", "/months/"),
        ("/reviews/cycles/2020-03/", "2020年3月还没有考核周期", "/reviews/cycles/"),
        ("/calibration/2020-03/", "2020年3月还没有考核周期", "/reviews/cycles/"),
    ],
)
def test_a_month_without_data_is_said_to_who_may_know(cast, path, expected, href):
    told = cast.client("owner").get(path)
    page = told.content.decode()
    assert told.status_code == 404
    assert expected in page
    assert f'class="button" href="{href}"' in page
    # without the right it looks like any other page that there is not
    assert expected not in cast.client("host").get(path).content.decode()


def test_a_shift_planned_from_nowhere_shows_its_days(cast, db):
    from kaibo.live.models import Account

    room = Account.objects.create(platform="douyin", handle="a", name="旗舰店")
    said = {
        "person": cast.host.pk, "role": "host", "account": room.pk,
        "start": "2026-05-05T19:00", "end": "2026-05-05T23:00", "note": "",
    }  # fmt: skip
    client = cast.client("owner")
    assert client.post("/calendar/plan/", said).url.startswith("/calendar/?day=2026-05-05&done=")
    there = said | {
        "start": "2026-05-06T19:00",
        "end": "2026-05-06T23:00",
        "next": "/calendar/?view=month&day=2026-05-01",
    }
    assert client.post("/calendar/plan/", there).url.startswith("/calendar/?view=month&day=2026-05-01&done=")

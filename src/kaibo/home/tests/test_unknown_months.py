"""A month that the calendar does not have: pages say so, files and programs get none."""

import re
from html import unescape

import pytest

from kaibo.appraisal.tests.conftest import Evening
from kaibo.login.tokens import make_token

SAID = "没有“2025-13”这个月。"
PAGES = (
    "/team/?month=2025-13", "/targets/?month=2025-13", "/shifts/?month=2025-13&person={host}",
    "/left-out/?month=2025-13", "/appeals/?month=2025-13", "/rooms/{room}/?month=2025-13",
    "/roster/publish/?month=2025-13",
)  # fmt: skip


def text(answer) -> str:  # type: ignore[no-untyped-def]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


@pytest.fixture
def evening(cast):  # type: ignore[no-untyped-def]
    return Evening(cast)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_says_that_there_is_no_such_month(evening, address):
    url = address.format(host=evening.cast.host.pk, room=evening.account.pk)
    got = evening.cast.client("owner").get(url)
    assert got.status_code == 200
    assert SAID + "请按年-月书写，如 2026-11，或在页面上选择。" in text(got)
    fine = evening.cast.client("owner").get(url.replace("2025-13", "2026-10"))
    assert "没有“" not in text(fine)


def test_a_month_in_the_path_and_a_day_of_the_calendar_are_named_too(evening):
    got = evening.cast.client("owner").get(f"/people/{evening.cast.host.pk}/2025-13/")
    assert got.status_code == 404
    assert SAID in text(got)
    calendar = evening.cast.client("owner").get("/calendar/?day=2026-02-30", headers={"accept-language": "en"})
    assert "There is no day “2026-02-30”. Write year, month and day, like 2026-11-18" in text(calendar)


@pytest.mark.parametrize("address", ["/team.xlsx?month=2025-13", "/left-out.xlsx?month=2025-13"])
def test_no_file_is_made_of_another_month(evening, address):
    client = evening.cast.client("owner")
    got = client.get(address)
    assert got.status_code == 404
    assert SAID in text(got)
    assert client.get(address.replace("2025-13", "2026-10")).status_code == 200


def test_programs_are_told_which_field_is_no_month(evening):
    _row, token = make_token(by=evening.cast.owner, name="test")
    headers = {"Authorization": f"Bearer {token}"}
    got = evening.cast.client("nobody").get("/api/v1/team/?month=2025-13", headers=headers)
    assert (got.status_code, got.json()["fields"]) == (422, {"month": ["请把月份写成 2026-11。"]})
    path = evening.cast.client("nobody").get(f"/api/v1/people/{evening.cast.host.pk}/2025-13/", headers=headers)
    assert path.status_code == 404
    assert SAID in path.json()["error"]

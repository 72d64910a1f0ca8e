"""Batches, a batch, a row of its file, its rejects as a file."""

import io

import pytest
from python_calamine import CalamineWorkbook

from kaibo.imports.tests.made import ORDERS, ROSTER, SESSIONS, cell, landed, order, session

pytestmark = pytest.mark.django_db
ONE = [session(2, "2026-10-03 19:00:00", "2026-10-03 23:00:00")]


def page(client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("url", ["/batches/", "/batches/{}/", "/batches/{}/rows/2/", "/batches/{}/rejects.csv"])
def test_leads_and_owners_see_batches_and_nobody_else_does(cast, url) -> None:
    url = url.format(landed(SESSIONS, ONE, sha="a", rejects=1).pk)
    codes = [cast.client(who).get(url).status_code for who in ("owner", "lead", "host", "outsider", "nobody")]
    assert codes == [200, 200, 404, 404, 302]


def test_an_empty_list_says_what_will_stand_there(cast) -> None:
    assert "/upload/" in page(cast.client("owner"), "/batches/")


def test_a_batch_shows_its_checksum_rejects_warnings_and_first_rows(cast) -> None:
    text = page(cast.client("owner"), f"/batches/{landed(SESSIONS, ONE, sha='c0ffee', rejects=1).pk}/")
    for part in ("c0ffee", "1.2.3", "直播间成交金额", "2026-10-03 19:00:00", "rejects.xlsx"):
        assert part in text


def test_a_row_shows_the_files_text_and_what_was_understood(cast) -> None:
    text = page(cast.client("owner"), f"/batches/{landed(SESSIONS, ONE, sha='a').pk}/rows/2/")
    assert "直播开始时间" in text
    assert "¥123.45" in text


def test_a_rejected_row_has_a_page_and_a_row_that_never_was_has_none(cast) -> None:
    batch = landed(SESSIONS, ONE, sha="a", rejects=1)
    client = cast.client("owner")
    assert "1.2.3" in page(client, f"/batches/{batch.pk}/rows/90/")
    assert client.get(f"/batches/{batch.pk}/rows/777/").status_code == 404


def test_rejects_go_out_as_text_never_as_formulas(cast) -> None:
    batch = landed(SESSIONS, ONE, sha="a", rejects=2)
    batch.rejects.update(value="=1+1")
    client = cast.client("owner")
    sheet = client.get(f"/batches/{batch.pk}/rejects.xlsx").content
    cells = CalamineWorkbook.from_filelike(io.BytesIO(sheet)).get_sheet_by_index(0).to_python()
    assert [row[2] for row in cells[1:]] == ["=1+1", "=1+1"]
    text = client.get(f"/batches/{batch.pk}/rejects.csv").content.decode("utf-8-sig")
    assert "90,直播间成交金额,'=1+1," in text


def test_withdraw_needs_a_reason_and_can_be_taken_back(cast) -> None:
    batch = landed(SESSIONS, ONE, sha="a")
    client = cast.client("lead")
    url = f"/batches/{batch.pk}/"
    assert client.post(url, {"act": "withdraw", "reason": ""}).status_code == 422
    assert client.post(url, {"act": "withdraw", "reason": "别的店"}).status_code == 302
    batch.refresh_from_db()
    assert batch.state == "withdrawn"
    client.post(url, {"act": "restore", "reason": "是本店"})
    batch.refresh_from_db()
    assert batch.state == "visible"


def test_withdrawing_twice_is_said_not_done(cast) -> None:
    batch = landed(SESSIONS, ONE, sha="a")
    client = cast.client("lead")
    for code in (302, 422):
        answer = client.post(f"/batches/{batch.pk}/", {"act": "withdraw", "reason": "x"})
        assert answer.status_code == code


def test_a_batch_whose_facts_are_gone_still_has_its_page(cast, settings, tmp_path) -> None:
    batch = landed(SESSIONS, ONE, sha="a")
    settings.FACTS_ROOT = tmp_path / "elsewhere"
    assert batch.file_name in page(cast.client("owner"), f"/batches/{batch.pk}/")


@pytest.mark.parametrize("source", [ORDERS, ROSTER])
def test_every_kind_of_batch_has_a_page(cast, source) -> None:
    facts = [order(2, "s1", "2026-10-03 20:00:00")] if source is ORDERS else [cell(3, 2, "周可", "2026-10-03", "A1")]
    batch = landed(source, facts, sha="a")
    client = cast.client("owner")
    assert batch.file_name in page(client, f"/batches/{batch.pk}/")
    assert ("周可" if source is ROSTER else "s1") in page(client, f"/batches/{batch.pk}/rows/{facts[0]['row']}/")

"""What counts for nobody, for programs and the shell; and readings whose room, or whose broadcast, is not known."""

import csv
import json
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from kaibo.audit.models import AuditEvent
from kaibo.live.models import Account, Session
from kaibo.measurement.tests.conftest import at, evening  # noqa: F401 - fixtures
from kaibo.measurement.tests.test_left_out import month  # noqa: F401 - fixtures
from kaibo.site import import_cli, records_cli
from kaibo.site.tests.test_records import Speaker

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(cast) -> Speaker:  # type: ignore[no-untyped-def]
    return Speaker(cast.lead.user)


def test_reasons_and_their_file_rows(lead, month, cast, capsys) -> None:  # type: ignore[no-untyped-def] # noqa: F811
    told = {(one["place"], one["kind"]): one for one in lead.get("left-out/?month=2026-10").json()["left-out"]}
    card = told["outside", "product_card"]
    assert (card["orders"], card["amount_minor"], card["views"], card["todo"]) == (1, 9900, None, None)
    assert card["why"]
    assert told["after", "minute_break"]["views"] == 12
    assert lead.get("left-out/").json()["left-out"] == list(told.values())
    rows = lead.get("left-out-rows/?month=2026-10&place=tagged&kind=福袋").json()["left-out-rows"]
    assert [(row["batch"], row["row"], row["amount_minor"], row["currency"]) for row in rows] == [
        (1, 2, 1, "CNY"), (1, 3, 1, "CNY"),
    ]  # fmt: skip
    assert rows[0]["session"] == month.session.pk
    # what the month has not is named
    wrong = lead.get("left-out-rows/?month=2026-10&place=moon")
    assert wrong.status_code == 422
    assert "outside product_card" in wrong.json()["fields"]["place"][0]
    assert list(lead.get("left-out/?month=October").json()["fields"]) == ["month"]
    assert lead.get("left-out-rows/?list=999").status_code == 404
    assert Speaker(cast.host.user).get("left-out/").status_code == 404
    asked = ["left-out-rows", "month=2026-10", "place=tagged", "kind=福袋", "--as", cast.owner.username]
    assert records_cli.run([*asked, "--json"]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == rows
    assert records_cli.run([*asked, "--csv"]) == 0
    table = list(csv.DictReader(StringIO(capsys.readouterr().out.removeprefix("\ufeff"))))
    assert [(row["row"], row["amount_minor"], row["views"]) for row in table] == [("2", "1", ""), ("3", "1", "")]


def test_the_file_of_the_page(month) -> None:  # type: ignore[no-untyped-def] # noqa: F811
    client = month.cast.client("lead")
    assert "/left-out.xlsx?month=2026-10" in client.get("/left-out/?month=2026-10").content.decode()
    reasons = _sheet(client.get("/left-out.xlsx?month=2026-10"))
    assert [row[1:5] for row in reasons[1:]] == [
        [1, 99, "CNY", ""], [2, 0.02, "CNY", ""], [1, 5, "CNY", ""], ["", "", "", 12],
    ]  # fmt: skip
    lines = _sheet(client.get("/left-out.xlsx?month=2026-10&place=tagged&kind=福袋"))
    assert [(row[3], row[4], row[5], row[8], row[9]) for row in lines[1:]] == [
        ("商品2", 0.01, "CNY", 1, 2), ("商品3", 0.01, "CNY", 1, 3),
    ]  # fmt: skip


def test_more_rows_than_a_workbook_takes_are_sent_as_text(month, monkeypatch) -> None:  # type: ignore[no-untyped-def] # noqa: F811
    monkeypatch.setattr("kaibo.measurement.left_out_file.MOST_IN_A_WORKBOOK", 1)
    monkeypatch.setattr("kaibo.look.downloads.LINES_SENT", 1)
    monkeypatch.setattr("kaibo.measurement.left_out_asked.STRIDE", 1)
    answer = month.cast.client("lead").get("/left-out.xlsx?month=2026-10&place=tagged&kind=福袋")
    assert answer["Content-Disposition"].endswith('.csv"')
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    rows = list(csv.reader(StringIO(text.removeprefix("\ufeff"))))
    assert [(row[1], row[3], row[4], row[8], row[9]) for row in rows[1:]] == [
        ("2026-10-14 20:00:00", "商品2", "0.01", "1", "2"), ("2026-10-14 20:00:00", "商品3", "0.01", "1", "3"),
    ]  # fmt: skip


def _sheet(answer: Any) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()


SHEET = """\
时间,直播间,平台,累计观看次数,累计订单数,累计成交金额
2026-10-18 20:30,qinghe,抖音,900,12,365.80
2026-10-18 20:30,清河新号,抖音,700,,1280.00
2026-10-19 09:00,qinghe,抖音,300,,
"""


def test_readings_of_unknown_rooms_are_named_and_count_once_the_room_has_the_name(  # type: ignore[no-untyped-def]
    lead, cast, tmp_path: Path, monkeypatch, capsys
) -> None:
    monkeypatch.setattr(import_cli, "compute_stale_now", list)
    room = Account.objects.create(handle="qinghe", name="生活旗舰店")
    Session.objects.create(account=room, start=at("19:00", 18), end=at("22:00", 18), by_hand=True)
    path = tmp_path / "交接.csv"
    path.write_text(SHEET, encoding="utf-8")
    # said before it is imported, in the shell as on the page
    told = ["--zone", "Asia/Shanghai", "--currency", "CNY", "--as-of", "2026-10-19T10:00+08:00"]
    assert import_cli.run(["--check", str(path), *told]) == 0
    said = capsys.readouterr().out
    assert "清河新号" in said
    assert "第 3 行" in said
    assert import_cli.run([str(path), *told]) == 0
    found = {one["kind"]: one for one in lead.get("left-out/?month=2026-10").json()["left-out"]}
    assert {kind: one["readings"] for kind, one in found.items()} == {"reading_no_room": 1, "reading_off_air": 1}
    assert found["reading_no_room"]["amount_minor"] is None
    assert "直播间" in found["reading_no_room"]["todo"]
    asked = "left-out-rows/?month=2026-10&place=unmatched&kind="
    [row] = lead.get(f"{asked}reading_no_room").json()["left-out-rows"]
    assert (row["row"], row["room"], row["at"]) == (3, "清河新号", "2026-10-18T12:30:00+00:00")
    assert "1,280.00" in row["what"]
    [late] = lead.get(f"{asked}reading_off_air").json()["left-out-rows"]
    assert (late["row"], late["room"]) == (4, "生活旗舰店")
    page = cast.client("lead").get("/left-out/?month=2026-10&place=unmatched&kind=reading_no_room").content.decode()
    assert f"/batches/{row['batch']}/rows/3/" in page
    assert "清河新号" in page
    # nothing is imported again: the name is enough, and the month it is in is computed anew
    edited = Speaker(cast.owner).say(f"rooms/{room.pk}/edit/", other_names=["清河新号"])
    assert edited.status_code == 200, edited.content
    assert AuditEvent.objects.filter(verb="edit_account").latest("pk").data["months"] == ["2026-10"]
    kinds = [one["kind"] for one in lead.get("left-out/?month=2026-10").json()["left-out"]]
    assert kinds == ["reading_off_air"]

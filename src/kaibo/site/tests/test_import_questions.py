"""`kaibo import` of a file that leaves questions open: flags answer them, and so does what is known of its room."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kaibo.imports.models import Batch
from kaibo.live.models import Account, Session
from kaibo.site import import_cli

pytestmark = pytest.mark.django_db
ORDERS = """\
Order ID,SKU ID,Product Name,Quantity,SKU Subtotal After Discount,Order Amount,Created Time,Paid Time
583591642362381385,1729522211955443124,Buku,1,148.99,148.99,5/6/26 23:45,5/6/26 23:46
"""
LIVES = """\
Livestream,Start time,Duration,Direct GMV,Views,Viewers,Likes
LIVE,2026-05-06 15:00:00,10823,Rp128.756.628,83863,68367,40924
"""


@pytest.fixture(autouse=True)
def _no_computing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_cli, "compute_stale_now", list)


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_flags_answer_every_question(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "a.csv", ORDERS)
    assert import_cli.run([file, "--json"]) == 1
    asked = json.loads(capsys.readouterr().out)
    assert asked["questions"] == ["account", "zone", "currency", "day_order", "order_kind"]
    told = ["--account=7001", "--zone=Asia/Kuala_Lumpur", "--currency=MYR", "--day-order=DM", "--order-kind=self_live"]
    assert import_cli.run([file, *told]) == 0
    batch = Batch.objects.get()
    assert batch.answers["day_order"] == "DM"
    # 5 June, not 6 May; 23:45 there is 15:45 UTC
    assert batch.first_instant == datetime(2026, 6, 5, 15, 45, tzinfo=UTC)


def test_what_is_known_of_a_room_is_not_asked_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Account.objects.create(handle="7001", name="Jakarta", platform="tiktok", zone="Asia/Jakarta", currency="IDR")
    file = write(tmp_path / "a.csv", LIVES)
    # a room of another platform with the same handle knows nothing
    Account.objects.create(handle="7002", name="七号间", platform="douyin")
    assert import_cli.run([file, "--account=7002", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["questions"] == ["zone"]
    assert import_cli.run([file, "--account=7001", "--json"]) == 0
    warnings = [one["values"] for one in json.loads(capsys.readouterr().out)["warnings"]]
    assert {"known": "Asia/Jakarta"} in warnings
    session = Session.objects.get()
    assert (session.account.handle, session.start) == ("7001", datetime(2026, 5, 6, 8, 0, tzinfo=UTC))
    assert session.end - session.start == datetime(1, 1, 1, 3, 0, 23) - datetime(1, 1, 1)


def test_a_flag_that_makes_no_sense_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        import_cli.run([write(tmp_path / "a.csv", ORDERS), "--day-order=YMD"])

"""`kaibo import`: exit codes, reports, and every kind of bad input, through the product's own readers."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import xlsxwriter
from django.utils import timezone

from kaibo.imports.models import Batch
from kaibo.jobs.models import Job
from kaibo.live.models import Session
from kaibo.measurement.models import Computation
from kaibo.site import import_cli

pytestmark = pytest.mark.django_db
COLUMNS = [
    "主播昵称",
    "主播抖音号",
    "直播开始时间",
    "直播结束时间",
    "直播间观看次数",
    "直播间成交订单数",
    "直播间成交金额",
    "直播间用户支付金额",
]
ROW = ["一号间", "101", "2026/10/03 19:00:00", "2026/10/03 23:00:00", 100, 3, 300.5, 299.0]


@pytest.fixture(autouse=True)
def _no_computing(monkeypatch) -> None:
    monkeypatch.setattr(import_cli, "compute_stale_now", list)


def sheet(path: Path, *rows: list[object], heads: list[str] = COLUMNS) -> str:
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("直播间明细")
        for number, row in enumerate([heads, *rows]):
            page.write_row(number, 0, row)
    return str(path)


def with_(**changes: object) -> list[object]:
    return [changes.get(name, value) for name, value in zip(COLUMNS, ROW, strict=True)]


def orders(path: Path, *, key: str = "6917926768823643751", amount: str = "99.00") -> str:
    columns = [
        "主订单编号", "子订单编号", "选购商品", "商品ID", "商品数量", "商品金额", "订单应付金额", "订单提交时间",
        "支付完成时间", "订单状态", "达人ID", "达人昵称", "流量体裁",
    ]  # fmt: skip
    row = [
        key,
        key,
        "被子",
        "35",
        "1",
        amount,
        amount,
        "2026-10-03 20:00:00",
        "2026-10-03 20:01:00",
        "已完成",
        "",
        "",
        "直播",
    ]
    path.write_text("\n".join([",".join(columns), ",".join(row)]) + "\n", encoding="gb18030")
    return str(path)


def told(capsys) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_clean_files_exit_0_and_make_sessions(tmp_path, capsys) -> None:
    assert import_cli.run(["--json", sheet(tmp_path / "直播明细.xlsx", ROW)]) == 0
    report = told(capsys)[0]
    assert (report["state"], report["accepted"], report["batch"]) == ("imported", 1, Batch.objects.get().pk)
    assert Session.objects.count() == 1


def test_again_is_no_fault_and_doubles_nothing(tmp_path, capsys) -> None:
    name = sheet(tmp_path / "直播明细.xlsx", ROW)
    assert [import_cli.run([name]), import_cli.run([name])] == [0, 0]
    assert "已经是批次" in capsys.readouterr().out
    assert Batch.objects.count() == 1


def test_pages_say_who_imported_it_or_that_a_shell_did(tmp_path, cast, capsys) -> None:
    owner = cast.owner
    assert import_cli.run(["--as", owner.username, sheet(tmp_path / "a.xlsx", ROW)]) == 0
    assert import_cli.run([sheet(tmp_path / "b.xlsx", with_(直播间观看次数=7))]) == 0
    assert [batch.brought_by for batch in Batch.objects.order_by("pk")] == [str(owner), "命令行"]
    page = cast.client("owner").get("/batches/").content.decode()
    assert "命令行" in page
    capsys.readouterr()
    assert import_cli.run(["--as", "nobody", sheet(tmp_path / "c.xlsx", ROW)]) == 1
    assert "nobody" in capsys.readouterr().err
    assert Batch.objects.count() == 2


def test_check_writes_nothing(tmp_path, capsys, settings) -> None:
    assert import_cli.run(["--check", sheet(tmp_path / "直播明细.xlsx", ROW)]) == 0
    assert "会导入" in capsys.readouterr().out
    assert not Batch.objects.exists()
    assert not Path(settings.FACTS_ROOT).exists()


def test_rejects_exit_3_and_name_line_column_and_value(tmp_path, capsys) -> None:
    rows = [ROW, with_(直播开始时间="2026/10/04 19:00:00", 直播结束时间="2026/10/04 20:00:00", 直播间成交金额="1.2.3")]
    assert import_cli.run(["--json", sheet(tmp_path / "直播明细.xlsx", *rows)]) == 3
    report = told(capsys)[0]
    assert (report["accepted"], report["rejected"]) == (1, 1)
    assert {"line": 3, "column": "直播间成交金额", "value": "1.2.3"}.items() <= report["rejects"][0].items()


@pytest.mark.parametrize(
    "wrong",
    [{"直播结束时间": "2026/10/02 10:00:00"}, {"直播间观看次数": -3}, {"直播开始时间": "yesterday"}],
    ids=["end before start", "negative count", "no time"],
)  # fmt: skip
def test_a_row_that_cannot_be_is_rejected_alone(tmp_path, wrong) -> None:
    rows = [ROW, with_(**{"主播抖音号": "102"} | wrong)]
    assert import_cli.run([sheet(tmp_path / "直播明细.xlsx", *rows)]) == 3
    assert Session.objects.get().account.handle == "101"


def test_overlapping_sessions_of_one_account(tmp_path, capsys) -> None:
    rows = [ROW, with_(直播开始时间="2026/10/03 22:00:00", 直播结束时间="2026/10/04 01:00:00")]
    name = sheet(tmp_path / "直播明细.xlsx", *rows)
    assert [import_cli.run(["--check", name]), import_cli.run([name])] == [3, 3]
    assert Session.objects.count() == 1
    batch = Batch.objects.get()
    assert batch.left_out == 1
    assert batch.rejects.get().line == 3


def test_an_older_export_after_a_newer_one_changes_nothing(tmp_path) -> None:
    newer = sheet(tmp_path / "直播明细_自营账号_20261001_20261005.xlsx", with_(直播结束时间="2026/10/03 23:30:00"))
    older = sheet(tmp_path / "直播明细_自营账号_20261001_20261004.xlsx", ROW)
    import_cli.run(["--as-of", "2026-10-06T08:00:00+08:00", newer])
    import_cli.run(["--as-of", "2026-10-05T08:00:00+08:00", older])
    assert f"{Session.objects.get().end:%H:%M}" == "15:30"


def refused_file(kind: str, folder: Path) -> str:
    path = folder / "直播明细.xlsx"
    whole = Path(sheet(folder / "whole.xlsx", *[ROW] * 50)).read_bytes()
    ole = bytes.fromhex("D0CF11E0A1B11AE1") + "EncryptedPackage".encode("utf-16-le") * 40
    made = {
        "empty": b"",
        "truncated": whole[: len(whole) // 2],
        "encrypted": ole,
        "wrong": b"\x89PNG\r\n\x1a\n" + b"\0" * 99,
    }
    if kind in made:
        path.write_bytes(made[kind])
    elif kind == "mistyped":
        path = folder / "orders.csv"
        path.write_bytes(whole)
        path.write_text("a,b\n1,2\n", encoding="utf-8")
    elif kind == "column missing":
        sheet(path, ROW[:2] + ROW[3:], heads=COLUMNS[:2] + COLUMNS[3:])
    elif kind == "no rows":
        sheet(path)
    elif kind == "damaged key":
        return orders(folder / "订单.csv", key="6.91793E+18")
    else:
        return str(folder / "not there.xlsx")
    return str(path)


REFUSED = [
    "empty", "truncated", "encrypted", "wrong", "mistyped", "column missing", "no rows", "damaged key", "not there",
]  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_not_understood_exits_1_with_one_clear_message_and_writes_nothing(
    kind, tmp_path, capsys, settings
) -> None:
    assert import_cli.run([refused_file(kind, tmp_path)]) == 1
    said = capsys.readouterr().out
    assert "Traceback" not in said
    assert 1 <= len(said.strip().splitlines()) <= 3
    assert not Batch.objects.exists()
    assert not Path(settings.FACTS_ROOT).exists()


def test_a_shop_that_sold_nothing_states_for_which_days(tmp_path, capsys) -> None:
    name = orders(tmp_path / "订单.csv")
    head = Path(name).read_bytes().splitlines(keepends=True)[0]
    Path(name).write_bytes(head)
    assert import_cli.run([name]) == 1
    said = capsys.readouterr().out
    assert "--start" in said
    assert "没有任何一行" in said
    assert not Batch.objects.exists()
    days = ["--start", "2026-10-01", "--end", "2026-10-31"]
    assert import_cli.run(["--json", *days, name]) == 0
    assert [one["state"] for one in told(capsys)] == ["imported"]
    assert import_cli.run(["--json", "--check", *days, name]) == 0
    assert [one["state"] for one in told(capsys)] == ["already"]
    assert import_cli.run(["--start", "2026-11-01", "--end", "2026-11-15", "--as-of", "2026-11-16T08:00", name]) == 0
    assert sorted(batch.covers[1].day for batch in Batch.objects.all()) == [15, 31]


def test_one_bad_file_does_not_stop_the_good_one(tmp_path) -> None:
    good = sheet(tmp_path / "good.xlsx", ROW)
    assert import_cli.run([refused_file("empty", tmp_path), good]) == 1
    assert Batch.objects.count() == 1


def test_orders_are_read_as_the_platform_writes_them(tmp_path) -> None:
    assert import_cli.run([orders(tmp_path / "订单.csv")]) == 0
    assert Batch.objects.get().table == "order_line"


def test_what_changed_is_computed(tmp_path, monkeypatch) -> None:
    monkeypatch.undo()
    import_cli.run([sheet(tmp_path / "直播明细.xlsx", ROW)])
    assert {f"{c.month:%Y-%m}" for c in Computation.objects.filter(state="current")} == {"2026-10"}


def test_a_follow_up_that_is_killed_is_done_by_the_next_worker(tmp_path, monkeypatch) -> None:
    class Killed(BaseException):
        pass

    def killed(_progress: object, *, batch: int) -> None:
        raise Killed

    path = sheet(tmp_path / "直播明细.xlsx", ROW)
    with monkeypatch.context() as broken:
        broken.setitem(import_cli.HANDLERS, "follow_batch", killed)
        with pytest.raises(Killed):
            import_cli.run([path])
    assert not Session.objects.exists()
    Job.objects.filter(heartbeat_at__isnull=False).update(heartbeat_at=timezone.now() - timedelta(minutes=2))
    import_cli.follow_up()
    assert Session.objects.count() == 1


def test_stopped_while_reading_nothing_is_in_use(tmp_path, monkeypatch, capsys) -> None:
    def stopped(*_args: object, **_more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(import_cli, "read_file", stopped)
    assert import_cli.run([sheet(tmp_path / "直播明细.xlsx", ROW)]) == 130
    assert "已停止" in capsys.readouterr().err
    assert not Batch.objects.exists()


@pytest.mark.real
@pytest.mark.slow
def test_the_real_files(real_files, capsys) -> None:
    names = ["直播明细_自营账号_20260414_20260528.xlsx", "shift_roster_202604_wide.xlsx"]
    assert import_cli.run([str(real_files / name) for name in names]) == 0
    assert Session.objects.count() == 131
    assert import_cli.run([str(real_files / "tiktokshop_my_orders_20250605_0609_redacted.csv")]) == 1

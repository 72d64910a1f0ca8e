"""Targets for programs and the shell: one, or a whole sheet of them, all of it or nothing."""

import json
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from kaibo.live.models import Account, Target
from kaibo.site import records_cli
from kaibo.site.tests.test_records import Speaker

pytestmark = pytest.mark.django_db
SHEET = "直播间,月份,目标\na,2026-11,1200\nb,2026-11,50.5\n"


@pytest.fixture
def rooms() -> list[Account]:
    return [Account.objects.create(handle=name, name=name, currency="CNY") for name in ("a", "b")]


def test_a_sheet_is_checked_then_saved_as_a_whole(cast, rooms) -> None:  # type: ignore[no-untyped-def]
    owner, lead = Speaker(cast.owner), Speaker(cast.lead.user)
    checked = owner.say("targets/check/", table=SHEET).json()["targets"]
    assert [(one["room"], one["amount_minor"]) for one in checked] == [(rooms[0].pk, 120_000), (rooms[1].pk, 5_050)]
    assert lead.say("targets/import/", table=SHEET).status_code == 404
    refused = owner.say("targets/import/", table=SHEET + "c,2026-11,1\n")
    assert refused.status_code == 422
    assert "“c”" in refused.json()["fields"]["table"][0]
    assert not Target.objects.exists()
    assert owner.say("targets/import/", table=SHEET).json()["changed"] == 2
    assert owner.say("targets/import/", table=SHEET).json()["changed"] == 0
    told = lead.get("targets/").json()["targets"]
    assert [(one["month"], one["amount_minor"], one["currency"]) for one in told] == [
        ("2026-11", 120_000, "CNY"), ("2026-11", 5_050, "CNY"),
    ]  # fmt: skip


def test_one_target_is_set_and_taken_away(cast, rooms) -> None:  # type: ignore[no-untyped-def]
    owner = Speaker(cast.owner)
    owner.say("targets/set/", room=rooms[0].pk, month="2026-11", amount_minor=700)
    assert Target.objects.get().amount_minor == 700
    assert owner.say("targets/set/", room=rooms[0].pk, month="November", amount_minor=7).status_code == 422
    assert owner.say("targets/set/", room=rooms[0].pk, month="2026-11", amount_minor=-7).status_code == 422
    owner.say("targets/set/", room=rooms[0].pk, month="2026-11")
    assert not Target.objects.exists()


def test_the_shell_reads_a_workbook(cast, rooms, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "targets.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate([["直播间", "2026-11", "2026-12"], ["a", 1200, 1300.25]]):
            sheet.write_row(line, 0, row)
    assert records_cli.run(["targets", "import", f"table=@{path}", "--json", "--later"]) == 0
    assert json.loads(capsys.readouterr().out)["changed"] == 2
    found = dict(Target.objects.values_list("month", "amount_minor"))
    assert found == {date(2026, 11, 1): 120_000, date(2026, 12, 1): 130_025}
    assert records_cli.run(["targets", "import", "table=@/nowhere.csv", "--later"]) == 1
    assert "/nowhere.csv" in capsys.readouterr().err

"""An unknown table is explained by a program, or from the shell, and the next one is read by itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from kaibo.home.tests.test_upload import work
from kaibo.home.tests.test_wizard import APRIL, MAY
from kaibo.imports.models import Batch, Mapping, Upload
from kaibo.site import columns_cli, import_cli
from kaibo.site.tests.test_records import Speaker

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(cast) -> Speaker:  # type: ignore[no-untyped-def]
    return Speaker(cast.lead.user)


def sent(program: Speaker, text: str, name: str = "记录_202604.csv") -> str:
    """The path of a file that was received and read."""
    upload = program.send(name, text.encode()).json()["upload"]
    work()
    return f"uploads/{upload}/"


def corrected(proposed: dict[str, Any]) -> dict[str, Any]:
    """What is proposed, with what is asked said, and without a name that says nothing."""
    said = proposed["said"]
    assert [one["heading"] for one in proposed["columns"] if one["asked"]] == ["开播日期"]
    columns = {**said["columns"], "开播日期": {"is": "start_ms:day", "unit": "dmy"}}
    return {**said, "name": "我们的直播记录", "columns": columns}


def test_proposed_looked_at_saved_and_imported(lead) -> None:  # type: ignore[no-untyped-def]
    one = sent(lead, APRIL)
    assert lead.get(one).json()["state"] == "refused"
    proposed = lead.get(f"{one}columns/").json()
    # the second line is the header, the first a title
    assert (proposed["said"]["line"], proposed["said"]["table"]) == (2, "session_report")
    found = {column["heading"]: column for column in proposed["columns"]}
    assert (found["开播时刻"]["is"], found["手机"]["is"]) == ("start_ms:time", None)
    assert "start_ms:day" in {field["field"] for field in proposed["fields"]}
    said = corrected(proposed)
    looked = lead.say(f"{one}columns/", **said)
    assert looked.status_code == 200, looked.content
    assert (looked.json()["rows"][0]["开播日期"], looked.json()["mapping"]) == ("2026-04-01", None)
    # what was understood can be sent back as it is
    assert lead.say(f"{one}columns/", **looked.json()["said"]).json()["rows"] == looked.json()["rows"]
    assert not Mapping.objects.exists()
    saved = lead.say(f"{one}columns/", **said, save=True)
    assert (saved.status_code, saved.json()["version"]) == (202, 1)
    work()
    assert (lead.get(one).json()["state"], lead.get(one).json()["preview"]["accepted"]) == ("preview", 12)
    assert lead.say(f"{one}confirm/").status_code == 202
    work()
    assert Batch.objects.get().mapping.mapping_id == saved.json()["mapping"]
    assert lead.get(f"{one}columns/").status_code == 409
    # the next file with these headings, in another order
    assert lead.get(sent(lead, MAY, "五月.csv")).json()["preview"]["accepted"] == 1


def test_what_cannot_be_is_named_and_nothing_is_kept(lead, cast) -> None:  # type: ignore[no-untyped-def]
    one = f"{sent(lead, APRIL)}columns/"
    said = corrected(lead.get(one).json())

    def refused(**wrong: Any) -> dict[str, list[str]]:
        answer = lead.say(one, **{**said, **wrong, "save": True})
        assert answer.status_code == 422, answer.content
        fields: dict[str, list[str]] = answer.json()["fields"]
        return fields

    def columns(**changed: Any) -> str:
        return " ".join(refused(columns={**said["columns"], **changed})["columns"])

    assert "没有列名“开播日”" in columns(开播日="start_ms")
    assert "这种表里没有 moon" in columns(手机="moon")
    assert "不能写作 parsec" in columns(直播时长={"is": "duration_ms", "unit": "parsec"})
    assert "“观看人次”和“手机”都是“观看次数”" in columns(手机="views")
    assert "请选日和月谁在前" in columns(开播日期={"is": "start_ms:day", "unit": ""})
    nothing = refused(columns={**said["columns"], "直播账号": "views", "观看人次": "pcu", "GMV（元）": "orders"})
    assert "第 3 行" in nothing["rows"][0]
    assert list(refused(zone="Mars")) == ["zone"]
    assert list(refused(table="moon")) == ["table"]
    assert list(refused(line=99)) == ["line"]
    assert list(refused(colour="red")) == ["colour"]
    assert not Mapping.objects.exists()
    assert Speaker(cast.host.user).get(one).status_code == 404
    assert lead.get("uploads/999/columns/").status_code == 404


def test_mappings_are_found_by_header_renamed_switched_and_deleted(lead) -> None:  # type: ignore[no-untyped-def]
    one = sent(lead, APRIL)
    said = corrected(lead.get(f"{one}columns/").json())
    lead.say(f"{one}columns/", **said, save=True)
    [found] = lead.get("mappings/").json()["mappings"]
    assert found["columns"] == said["columns"]
    assert lead.get(f"mappings/?fingerprint={found['fingerprint']}").json()["mappings"] == [found]
    assert lead.get("mappings/?fingerprint=x").json()["mappings"] == []
    path = f"mappings/{found['id']}"
    assert lead.say(f"{path}/rename/", name=" ").status_code == 422
    assert lead.say(f"{path}/rename/", name="直播台账").json()["name"] == "直播台账"
    assert lead.say(f"{path}/off/").json()["on"] is False
    assert lead.say(f"{path}/on/").json()["on"] is True
    # a file waits that was read by it
    assert lead.say(f"{path}/delete/").status_code == 409
    lead.say(f"{one}cancel/")
    assert lead.say(f"{path}/delete/").json()["id"] == found["id"]
    assert not Mapping.objects.exists()
    assert lead.say(f"{path}/delete/").status_code == 404


def test_a_mapping_that_a_batch_rests_on_stays(lead, cast) -> None:  # type: ignore[no-untyped-def]
    one = sent(lead, APRIL)
    lead.say(f"{one}columns/", **corrected(lead.get(f"{one}columns/").json()), save=True)
    pk = Mapping.objects.get().pk
    page = cast.client("lead")
    assert 'value="delete"' in page.get(f"/mappings/{pk}/").content.decode()
    work()
    lead.say(f"{one}confirm/")
    work()
    assert 'value="delete"' not in page.get(f"/mappings/{pk}/").content.decode()
    page.post(f"/mappings/{pk}/", {"act": "delete"})
    assert lead.say(f"mappings/{pk}/delete/").status_code == 409
    assert Mapping.objects.get().versions.count() == 1


def test_the_same_in_the_shell(cast, tmp_path: Path, monkeypatch, capsys) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(import_cli, "compute_stale_now", list)
    path, draft = tmp_path / "记录_202604.csv", tmp_path / "said.json"
    path.write_text(APRIL, encoding="utf-8")
    assert import_cli.run([str(path)]) == 1
    assert columns_cli.run([str(path), "--draft", str(draft)]) == 0
    assert "开播日期 → start_ms:day" in capsys.readouterr().out
    # the order of day and month is asked: the draft alone is not enough
    assert columns_cli.run([str(path), "--said", str(draft), "--save"]) == 1
    assert "请选日和月谁在前" in capsys.readouterr().err
    said = json.loads(draft.read_text(encoding="utf-8"))
    said["columns"]["开播日期"]["unit"] = "dmy"
    draft.write_text(json.dumps(said), encoding="utf-8")
    assert columns_cli.run([str(path), "--said", str(draft)]) == 0
    assert "2026-04-09" in capsys.readouterr().out
    assert not Mapping.objects.exists()
    assert columns_cli.run([str(path), "--said", str(draft), "--save", "--as", cast.owner.username, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["version"] == 1
    assert Mapping.objects.get().newest.by == cast.owner
    assert import_cli.run([str(path)]) == 0
    assert Batch.objects.get().accepted == 12
    assert not Upload.objects.exists()
    # read by a source already; no table; nothing there
    sheet = tmp_path / "交接.csv"
    sheet.write_text("时间,直播间,平台,累计观看次数\n2026-10-18 20:30,qinghe,抖音,900\n", encoding="utf-8")
    assert columns_cli.run([str(sheet)]) == 1
    assert "交接" in capsys.readouterr().err
    assert columns_cli.run([str(tmp_path / "nowhere.csv")]) == 1
    assert columns_cli.run([str(path), "--said", str(sheet)]) == 1

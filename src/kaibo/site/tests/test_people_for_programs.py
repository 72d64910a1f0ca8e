"""People and departments for programs and the shell: the verbs of the pages, and a list as a whole."""

from datetime import date, timedelta

import pytest
import xlsxwriter
from django.utils import timezone

from kaibo.login.actions import prepare_sign_in
from kaibo.login.models import Role, Scope, User
from kaibo.org import actions
from kaibo.org.models import Department, Person, Position
from kaibo.site import records_cli
from kaibo.site.tests.test_records import Speaker

pytestmark = pytest.mark.django_db
LIST = "姓名,部门,岗位,开始,用工方式\n周可,直播一部,主播,2026-11-01,劳动合同\n何川,投放部,场控,2026-11-01,\n"


def test_who_holds_what_is_changed_step_by_step(cast) -> None:  # type: ignore[no-untyped-def]
    owner, lead = Speaker(cast.owner), Speaker(cast.lead.user)
    post = {"position": Position.objects.get(key="ads").pk, "department": Department.objects.get(name="投放部").pk}
    one = f"people/{cast.host.pk}"
    assert lead.say(f"{one}/appoint/", **post, start="2026-11-01").status_code == 404
    refused = owner.say(f"{one}/appoint/", **post, start="2026-11-01", kind="acting")
    assert (refused.status_code, list(refused.json()["fields"])) == (422, ["end"])
    told = owner.say(f"{one}/appoint/", **post, start="2026-11-01", kind="second").json()
    assert [(a["position"], a["kind"]) for a in told["appointments"]] == [("host", "main"), ("ads", "second")]
    second = told["appointments"][1]["id"]
    assert owner.say(f"people/{cast.host2.pk}/take-back/", appointment=second).status_code == 404
    assert len(owner.say(f"{one}/take-back/", appointment=second).json()["appointments"]) == 1
    assert owner.say(f"{one}/engage/", kind="agency", start="2026-01-01").json()["engagement"] == "agency"
    assert owner.say(f"{one}/stage/", stage="trial", day="2026-01-01").json()["stage"] == "trial"
    assert owner.say(f"{one}/stage/", stage="paused", day="2026-01-02").status_code == 422
    assert owner.say(f"{one}/leave/", end="2026-11-10", reason="合同到期").json()["active"] is False
    assert owner.say(f"{one}/return/", start="2026-11-20").json()["active"] is True
    assert cast.host.departures.get().back_on == date(2026, 11, 20)


def test_a_position_is_named_by_its_key_or_its_id(cast) -> None:  # type: ignore[no-untyped-def]
    owner = Speaker(cast.owner)
    ads, department = Position.objects.get(key="ads"), Department.objects.get(name="投放部").pk
    for name, said in (("甲", "ads"), ("乙", ads.pk), ("丙", str(ads.pk))):
        new = {"name": name, "position": said, "department": department, "start": "2026-11-01"}
        (held,) = owner.say("people/add/", **new).json()["appointments"]
        assert (held["position"], held["position_id"], held["department"]) == ("ads", ads.pk, department)
    # what a row gives is what a verb takes
    one = f"people/{Person.objects.get(name='甲').pk}"
    again = {"position": held["position"], "department": held["department"], "kind": "second", "start": "2026-12-01"}
    assert owner.say(f"people/{cast.host.pk}/appoint/", **again).status_code == 200
    for wrong in ("no-such", 99_999_999):
        refused = owner.say(f"{one}/appoint/", **again | {"position": wrong})
        assert (refused.status_code, list(refused.json()["fields"])) == (422, ["position"])


def test_many_are_invited_at_once(cast) -> None:  # type: ignore[no-untyped-def]
    one = Person.objects.create(name="新人甲")
    answer = Speaker(cast.owner).say("people/invite/", people=[one.pk, cast.host.pk])
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert [row["name"] for row in told["invited"]] == ["新人甲"]
    assert told["invited"][0]["path"].startswith("/invitation/")
    assert [row["name"] for row in told["left_out"]] == ["林晓彤"]
    assert Speaker(cast.lead.user).say("people/invite/", people=[one.pk]).status_code == 404


def test_a_program_opens_no_invitation_of_somebody_who_may_more(cast) -> None:  # type: ignore[no-untyped-def]
    hr = User.objects.create_user("hr", role=Role.HR)
    boss = Person.objects.create(
        name="新老板", user=prepare_sign_in(by=cast.owner, username="", email="", role=Role.PERSON)
    )
    start = timezone.localdate() + timedelta(days=30)
    actions.give_role(by=cast.owner, user=boss.user, role=Role.OWNER, scope=Scope.COMPANY, start=start)
    told = Speaker(hr).say("people/invite/", people=[boss.pk]).json()
    assert (told["invited"], [row["name"] for row in told["left_out"]]) == ([], ["新老板"])


def test_a_list_is_checked_then_imported_as_a_whole(cast) -> None:  # type: ignore[no-untyped-def]
    owner = Speaker(cast.owner)
    assert Speaker(cast.lead.user).say("people/check/", table=LIST).status_code == 404
    checked = owner.say("people/check/", table=LIST).json()
    assert (checked["new"], checked["changed"], Person.objects.count()) == (1, 1, 4)
    refused = owner.say("people/import/", table=LIST + "吴可,没有的部,主播,2026-11-01,\n")
    assert refused.status_code == 422
    assert "没有的部" in refused.json()["fields"]["table"][0]
    assert Person.objects.count() == 4
    assert owner.say("people/import/", table=LIST).json()["came"]["people"] == 1
    assert owner.say("people/import/", table=LIST).json()["same"] == 2


def test_a_workbook_is_imported_in_the_shell(cast, tmp_path, capsys) -> None:  # type: ignore[no-untyped-def]
    book = xlsxwriter.Workbook(tmp_path / "people.xlsx")
    sheet = book.add_worksheet()
    for number, line in enumerate(LIST.splitlines()):
        sheet.write_row(number, 0, line.split(","))
    book.close()
    assert records_cli.run(["people", "import", f"table=@{tmp_path / 'people.xlsx'}", "--later"]) == 0
    assert Person.objects.get(name="周可").appointments.get().position.key == "host"
    assert "people" in capsys.readouterr().out


def test_departments_are_added_described_closed_and_opened(cast) -> None:  # type: ignore[no-untyped-def]
    owner = Speaker(cast.owner)
    above = Department.objects.get(name="投放部").pk
    made = owner.say("departments/add/", name="直播二部", name_en="Live 2", parent=above).json()
    assert (made["parent"], made["name_en"]) == (above, "Live 2")
    one = f"departments/{made['id']}"
    assert owner.say(f"{one}/edit/", purpose="夜场").json() | {"purpose": ""} == made
    assert owner.say(f"departments/{above}/edit/", parent=made["id"]).status_code == 422
    assert owner.say(f"departments/{above}/close/", day="2026-11-01").status_code == 422
    assert owner.say(f"{one}/close/", day="2026-11-01").json()["closed_on"] == "2026-11-01"
    assert owner.say(f"{one}/open/").status_code == 422
    opened = owner.say(f"{one}/open/", day="2026-11-05").json()
    assert (opened["closed_on"], opened["closed"]) == (None, [{"from": "2026-11-01", "until": "2026-11-05"}])
    assert Speaker(cast.lead.user).say(f"{one}/edit/", name="x").status_code == 404

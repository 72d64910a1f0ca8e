"""People from a file: what is understood, what is refused and where, all or nothing, and reading one's own export."""

import csv
import io
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import override

from kaibo.audit.models import AuditEvent
from kaibo.jobs.models import Job, JobState
from kaibo.jobs.queue import Progress
from kaibo.org import actions
from kaibo.org.models import Appointment, Department, EngagementKind, PeopleList, Person
from kaibo.org.people_kept import planned
from kaibo.org.people_reading import check_list, counts, import_list, keep
from kaibo.sources.reading import Refused

pytestmark = pytest.mark.usefixtures("in_chinese")

HEAD = ["姓名", "部门", "岗位", "任职类型", "开始", "结束", "用工方式", "其他写法", "用户名", "邮箱"]
NEW = ["周可", "直播一部", "主播", "", "2026-11-01", "", "劳动合同", "可可、周小可", "zhouke", "zhouke@example.com"]


def table(*rows, head=HEAD):
    text = io.StringIO()
    csv.writer(text).writerows([head, *rows])
    return text.getvalue().encode()


def kept(cast, *rows, head=HEAD):
    return keep(cast.owner, table(*rows, head=head), "people.csv")


def run(found):
    import_list(Progress(), people_list=found.pk)
    found.refresh_from_db()
    return found


def test_new_people_come_with_all_that_is_said_of_them(cast):
    found = run(kept(cast, NEW, ["周可", "投放部", "投流", "兼岗", "2026-11-05"]))
    person = Person.objects.get(name="周可")
    held = [(one.kind, one.position.key, one.department.name, one.start) for one in person.appointments.all()]
    assert held == [
        ("main", "host", "直播一部", date(2026, 11, 1)), ("second", "ads", "投放部", date(2026, 11, 5)),
    ]  # fmt: skip
    assert person.engagements.get().kind == EngagementKind.EMPLOYEE
    assert set(person.aliases.values_list("alias", flat=True)) == {"可可", "周小可"}
    assert (person.user.username, person.user.email, person.user.is_invited) == ("zhouke", "zhouke@example.com", True)
    assert [role.value for role in person.user.roles] == ["person"]
    assert (found.rows, found.came["people"], found.came["appointments"]) == ([], 1, 2)
    told = AuditEvent.objects.get(verb="import_people")
    assert (told.by_id, told.data["came"]["people"], told.data["members"]["count"]) == (cast.owner.pk, 1, 6)


def test_people_with_an_address_only_choose_their_name_later(cast):
    rows = [[f"新人{n}", "", "", "", "", "", "", "", "", f"n{n}@example.com"] for n in range(3)]
    assert run(kept(cast, *rows)).came["sign_ins"] == 3


def test_who_is_there_is_transferred_and_nobody_is_made_twice(cast):
    found = kept(
        cast, ["林晓彤", "直播一部", "场控", "", "2026-11-01"], ["陈嘉禾", "直播一部", "主播", "", "2026-01-01"]
    )
    assert counts(planned(found)) | {"new": 0, "changed": 1, "same": 1} == counts(planned(found))
    run(found)
    first, second = cast.host.appointments.all()
    assert (first.end, second.start, second.follows_id) == (date(2026, 11, 1), date(2026, 11, 1), first.pk)
    actions.take_back_appointment(by=cast.owner, appointment=second)
    assert cast.host.appointments.get().end is None
    assert Person.objects.count() == 4


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        (["", "直播一部", "主播", "", "2026-11-01"], "姓名", ""),
        (["周可", "没有的部", "主播", "", "2026-11-01"], "部门", "没有的部"),
        (["周可", "直播一部", "宇航员", "", "2026-11-01"], "岗位", "宇航员"),
        (["周可", "直播一部", "主播", "", "下周"], "开始", "下周"),
        (["周可", "直播一部", "主播", "", ""], "开始", ""),
        (["周可", "直播一部", "主播", "客串", "2026-11-01"], "任职类型", "客串"),
        (["周可", "直播一部", "主播", "代理", "2026-11-01"], "结束", ""),
        (["周可", "直播一部", "主播", "", "2026-11-01", "2026-10-01"], "结束", "2026-10-01"),
        (["林晓彤", "直播一部", "场控", "", "2025-12-01"], "开始", "2025-12-01"),
        (["周可", "直播一部", "主播", "", "2026-11-01", "", "志愿者"], "用工方式", "志愿者"),
        (["吴可", "", "", "", "", "", "劳动合同"], "用工方式", "劳动合同"),
        (["吴可", "", "", "", "", "", "", "林晓彤"], "其他写法", "林晓彤"),
        (["吴可", "", "", "", "", "", "", "", "wutong"], "用户名", "wutong"),
        (["吴可", "", "", "", "", "", "", "", "zk", "zk"], "邮箱", "zk"),
        (["吴可", "", "", "", "", "", "", "", "zk", "WT@example.com"], "邮箱", "WT@example.com"),
        (["何川", "投放部", "投流", "兼岗", "2026-03-01"], "岗位", "投流"),
    ],
)
def test_a_wrong_cell_is_named_and_nothing_is_made(cast, row, column, value):
    cast.lead.user.email = "wt@example.com"
    cast.lead.user.save()
    found = kept(cast, NEW, row)
    [fault] = planned(found).rejected
    assert (fault.line, fault.column, fault.value) == (3, column, value)
    with pytest.raises(RuntimeError):
        import_list(Progress(), people_list=found.pk)
    assert Person.objects.count() == 4
    assert not AuditEvent.objects.filter(verb="import_people").exists()


def test_an_address_twice_in_the_list_and_somebody_who_left(cast):
    actions.deactivate(by=cast.owner, person=cast.host2, day=date(2026, 11, 1))
    again = ["吴可", "", "", "", "", "", "", "", "", "zhouke@example.com"]
    made = planned(kept(cast, NEW, again, ["陈嘉禾", "直播一部", "主播", "", "2026-12-01"]))
    assert [(one.line, one.column) for one in made.rejected] == [(3, "邮箱"), (4, "姓名")]


def test_a_list_with_passwords_or_without_names_is_refused(cast):
    for head in (["姓名", "部门", "密码"], ["工号", "部门"]):
        with pytest.raises(Refused):
            kept(cast, ["周可", "直播一部", "geheim"], head=head)
    assert not PeopleList.objects.exists()


def test_the_plan_of_before_is_not_written_over_what_came_since(cast):
    found = kept(cast, NEW)
    made = planned(found)
    actions.create_person(by=cast.owner, name="周可")
    with pytest.raises(ValidationError):
        actions.import_people(by=cast.owner, found=found, made=made)
    assert not Person.objects.get(name="周可").appointments.exists()


def test_the_export_is_read_again_and_changes_nothing(cast):
    department = Department.objects.get(name="投放部")
    position = cast.outsider.appointments.get().position
    actions.appoint(
        by=cast.owner, person=cast.host, position=position, department=department, start=date(2026, 2, 1), kind="second"
    )
    actions.engage(by=cast.owner, person=cast.host, kind=EngagementKind.CONTRACTOR, start=date(2026, 2, 1))
    actions.add_alias(by=cast.owner, person=cast.host, alias="晓晓")
    before = Appointment.objects.count()
    for language in ("zh-hans", "en"):
        client = cast.client("owner")
        client.cookies["django_language"] = language
        file = client.get("/people.xlsx", headers={"accept-language": language}).content
        made = planned(keep(cast.owner, file, "people.xlsx"))
        assert (made.rejected, made.is_empty, made.same) == ([], True, 5)
    assert Appointment.objects.count() == before


def test_the_page_previews_and_starts_the_job_once(cast):
    client = cast.client("owner")
    assert client.post("/people/import/").status_code == 422
    assert client.post("/people/import/", {"file": SimpleUploadedFile("a.csv", b"x\n1\n")}).status_code == 422
    answer = client.post("/people/import/", {"file": SimpleUploadedFile("people.csv", table(NEW))})
    page = client.get(answer["Location"])
    assert "周可" in page.content.decode()
    assert page.context["made"]["faults"] == []
    for _again in range(2):
        assert client.post(answer["Location"]).status_code == 302
    job = Job.objects.get(kind="import_people")
    import_list(Progress(), **job.args)
    assert "✓" in client.get("/people/import/").content.decode()
    assert client.post(answer["Location"]).status_code == 422
    assert Person.objects.filter(name="周可").count() == 1


def test_a_faulty_list_is_refused_before_a_job_begins_that_could_only_fail(cast, monkeypatch):
    """The page has no button for it; who posts all the same is told what the import itself would say."""
    wrong = ["周可二", "无此部门", "主播", "", "2026-11-01"]
    client, found = cast.client("owner"), kept(cast, NEW, wrong)
    page = f"/people/import/{found.pk}/"
    for _again in range(2):
        refused = client.post(page)
        assert refused.status_code == 422
        told = refused.content.decode()
        assert "有单元格不对，改正之前什么都不会导入。" in told
        assert "无此部门" in told
    with pytest.raises(ValidationError, match="有单元格不对"), override("zh-hans"):
        actions.import_people(by=cast.owner, found=found, made=planned(found))
    assert not Job.objects.exists()
    assert not AuditEvent.objects.filter(verb="start_people_import").exists()
    # what was wrong about the company, and not in the file, is looked at again
    actions.add_department(by=cast.owner, name="无此部门")
    assert client.post(page).status_code == 302
    assert Job.objects.get().kind == "import_people"
    # of a long list nobody can say so before it was checked
    monkeypatch.setattr("kaibo.org.actions.importing.CHECKED_AT_ONCE", 1)
    monkeypatch.setattr("kaibo.org.import_views.CHECKED_AT_ONCE", 1)
    long = kept(cast, NEW, ["周可三", "又无此部门", "主播", "", "2026-11-01"])
    Job.objects.filter(pk=long.job.pk).update(state=JobState.FAILED)
    page = f"/people/import/{long.pk}/"
    assert "这份名单还没有检查" in client.post(page).content.decode()
    check_list(Progress(), people_list=long.pk)
    refused = client.post(page)
    assert (refused.status_code, "有单元格不对" in refused.content.decode()) == (422, True)
    assert Job.objects.filter(kind="import_people").count() == 1


def test_a_list_of_names_alone_is_read_and_one_with_passwords_is_told_so(cast):
    found = run(kept(cast, ["新人甲"], ["新人乙"], head=["姓名"]))
    assert found.came["people"] == 2
    with pytest.raises(Refused) as secret:
        kept(cast, ["新人丙", "abc"], head=["姓名", "密码"])
    assert "密码" in str(secret.value.message)
    with pytest.raises(Refused) as none:
        kept(cast, ["x"], head=["花名"])
    assert "用工方式、用工自" in str(none.value.todo)


def test_a_long_list_is_checked_in_the_background_and_its_page_only_tells(cast, monkeypatch):
    monkeypatch.setattr("kaibo.org.actions.importing.CHECKED_AT_ONCE", 1)
    monkeypatch.setattr("kaibo.org.import_views.CHECKED_AT_ONCE", 1)
    client, found = cast.client("owner"), kept(cast, NEW, ["周可", "无此部门", "主播", "", "2026-11-01"])
    assert (found.job.kind, found.job.args) == ("check_people", {"people_list": found.pk})
    page = f"/people/import/{found.pk}/"
    assert "正在检查" in client.get(page).content.decode()
    assert client.post(page).status_code == 422, "nothing is imported before it is checked"
    check_list(Progress(), people_list=found.pk)
    Job.objects.filter(pk=found.job.pk).update(state=JobState.DONE)
    told = client.get(page).content.decode()
    assert "无此部门" in told
    assert "1 个单元格不对" in told
    # somebody corrected the department meanwhile
    actions.add_department(by=cast.owner, name="无此部门")
    assert client.post(page, {"check": "1"}).status_code == 302
    found.refresh_from_db()
    check_list(Progress(), people_list=found.pk)
    Job.objects.update(state=JobState.DONE)
    found.refresh_from_db()
    assert found.checked["counts"]["new"] == 1
    assert found.checked["counts"]["wrong"] == 1, "the second main position on one day"

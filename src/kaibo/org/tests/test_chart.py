"""The organisation chart as of a day, and departments: their place, their closing."""

import io
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from kaibo.audit.models import AuditEvent
from kaibo.login.models import Role, Scope, User
from kaibo.login.rights import Right
from kaibo.org import actions
from kaibo.org.access import people_within
from kaibo.org.chart import ALL_NAMES_UP_TO, Chart, Node, Reader, chart
from kaibo.org.handbook import handbook
from kaibo.org.models import Appointment, AppointmentKind, Department, Person, Position
from kaibo.org.reporting import Reporting

pytestmark = pytest.mark.usefixtures("in_chinese")

DAY = date(2026, 11, 20)


def drawn(user: User, on: date) -> Chart:
    return chart(Reader(user, on))


@pytest.fixture
def placed(cast):
    """The handbook's departments, and 直播一部 under 直播部."""
    actions.apply_organisation(by=cast.owner, organisation=handbook())
    actions.save_department(
        by=cast.owner, department=named("直播一部"), name="直播一部", parent=Department.objects.get(key="live")
    )
    return cast


def named(name: str) -> Department:
    return Department.objects.get(name=name)


def flat(shown) -> dict[str, Node]:
    found, todo = {}, [*shown.tops, *shown.alone]
    while todo:
        node = todo.pop()
        found[node.department.name] = node
        todo += node.children
    return found


def names(node: Node) -> dict[str, list[str]]:
    return {position.key: [one.name for one in there] for position, there in node.teams}


def test_a_day_shows_who_was_there_then(placed):
    host, ads = Position.objects.get(key="host"), Position.objects.get(key="ads")
    actions.appoint(by=placed.owner, person=placed.host2, position=ads, department=named("投放部"), start=DAY)
    before, after = drawn(placed.owner, date(2026, 11, 19)), drawn(placed.owner, DAY)
    assert names(flat(before)["直播一部"])["host"] == ["林晓彤", "陈嘉禾"]
    assert names(flat(after)["直播一部"])["host"] == ["林晓彤"]
    assert names(flat(after)["投放部"])["ads"] == ["何川", "陈嘉禾"]
    assert drawn(placed.owner, date(2025, 12, 31)).people == 0
    assert (before.people, after.people) == (4, 4)
    assert host.title == "主播"


def test_departments_stand_under_each_other_and_add_up(placed):
    manager = Position.objects.get(key="live_manager")
    actions.create_person(by=placed.owner, name="傅行知", position=manager, department=named("直播部"), start=DAY)
    shown = drawn(placed.owner, DAY)
    nodes = flat(shown)
    assert [one.department.key for one in shown.tops] == ["management"]
    assert [one.department.name for one in shown.alone] == ["投放部"]
    assert [one.name for one in nodes["直播部"].heads] == ["傅行知"]
    assert (nodes["直播部"].count, nodes["直播部"].total, nodes["直播一部"].count) == (1, 4, 3)
    assert nodes["总经办"].total == 4


def test_everyone_sees_the_chart_and_only_their_own_doors(placed):
    page = placed.client("host").get("/organisation/").content.decode()
    assert "何川" in page
    assert f"/people/{placed.outsider.pk}/" not in page
    assert f"/people/{placed.host.pk}/" in page
    assert "/departments/" not in page
    found = placed.client("lead").get("/organisation/", {"q": "投流"})
    assert [one.name for one in found.context["found"]] == ["何川"]
    assert found.context["found"][0].open is False
    # a day that is none is today
    assert placed.client("host").get("/organisation/?on=2026-13-01&open=x").status_code == 200


def test_the_export_is_of_the_day_shown(placed):
    answer = placed.client("host").get("/organisation.xlsx?on=2026-11-20")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert ["直播一部", "主播", "基层", "林晓彤", "2026-01-01", "总经办 / 直播部"] in [row[:6] for row in rows]
    assert len(rows) == 5


def test_a_department_is_not_under_itself(placed):
    live = Department.objects.get(key="live")
    with pytest.raises(ValidationError) as refused:
        actions.save_department(by=placed.owner, department=live, name="直播部", parent=named("直播一部"))
    assert "直播部 → 直播一部 → 直播部" in refused.value.messages[0]
    answer = placed.client("owner").post(f"/departments/{live.pk}/", {"name": "直播一部"})
    assert answer.status_code == 422
    placed.client("owner").post(f"/departments/{live.pk}/", {"name": "直播中心", "parent": ""})
    assert drawn(placed.owner, DAY).tops[-1].department.name in ("直播中心", "总经办")
    assert AuditEvent.objects.filter(verb="save_department").latest("pk").data["changed"]["name"] == [
        "直播部", "直播中心",
    ]  # fmt: skip


def test_the_tree_is_the_one_of_the_day(placed):
    """Renamed and moved from a day on: the chart, its export and whom a head reaches are those of the day asked for."""
    live, head = Department.objects.get(key="live"), placed.outsider
    actions.give_role(
        by=placed.owner, user=head.user, role=Role.DEPARTMENT_HEAD, scope=Scope.DEPARTMENT, department=live,
        start=date(2026, 1, 1),
    )  # fmt: skip
    tech, team = Department.objects.get(key="tech"), named("直播一部")
    before, moved = date(2026, 11, 1), date(2026, 11, 10)

    def reached(on: date) -> bool:
        return people_within(User.objects.get(pk=head.user_id), Right.SEE_PEOPLE, on).filter(pk=placed.host.pk).exists()

    def save(since: date | None, name: str = "直播一部", parent: Department = live) -> None:
        actions.save_department(
            by=placed.owner, department=named(team.name), name=name, parent=parent, since=since
        )  # fmt: skip

    with pytest.raises(ValidationError, match="今天"):
        save(timezone.localdate() + timedelta(days=9), name="直播甲部")
    save(moved, name="直播甲部", parent=tech)
    team.refresh_from_db()
    assert (reached(before), reached(moved), reached(date(2026, 11, 9))) == (True, False, True)
    old, new = flat(drawn(placed.owner, before)), flat(drawn(placed.owner, moved))
    assert "直播一部" in [one.department.name for one in old["直播部"].children]
    assert "直播甲部" in [one.department.name for one in new[tech.name].children]
    assert "直播一部" not in new
    export = placed.client("host").get(f"/organisation.xlsx?on={before}").content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(export)).get_sheet_by_index(0).to_python()
    assert ["直播一部", "主播", "基层", "林晓彤", "2026-01-01", "总经办 / 直播部"] in [row[:6] for row in rows]
    with pytest.raises(ValidationError, match="2026-11-10"):
        save(before, parent=live)
    # to come, and a ring on a day to come
    later = timezone.localdate() + timedelta(days=30)
    save(later, name="直播甲部", parent=live)
    assert (reached(later), reached(timezone.localdate())) == (True, False)
    with pytest.raises(ValidationError, match="自己"):
        actions.save_department(by=placed.owner, department=live, name="直播部", parent=named("直播甲部"), since=moved)
    with pytest.raises(ValidationError, match=r"先关闭|移走"):
        actions.close_department(by=placed.owner, department=tech, day=moved)
    page = placed.client("owner").get(f"/departments/{team.pk}/").content.decode()
    assert "直播一部" in page
    # the same by the API's verb, and a first day
    with pytest.raises(ValidationError, match="2026-01-01"):
        actions.save_department(
            by=placed.owner, department=named("直播甲部"), name="直播甲部", parent=live, opened_on=before
        )
    made = actions.add_department(by=placed.owner, name="新部门")
    actions.save_department(by=placed.owner, department=made, name="新部门", opened_on=before)
    assert "新部门" not in flat(drawn(placed.owner, date(2026, 10, 31)))
    # renamed while a move lies ahead: the new name stands at once
    actions.save_department(by=placed.owner, department=named("直播甲部"), name="直播乙部", parent=live)
    assert {"直播乙部", "直播甲部"} & set(flat(drawn(placed.owner, timezone.localdate()))) == {"直播乙部"}
    with pytest.raises(ValidationError, match="2026-11-01"):
        actions.appoint(
            by=placed.owner, person=placed.host2, position=Position.objects.get(key="ads"), department=made,
            start=date(2026, 10, 1), kind=AppointmentKind.SECOND,
        )  # fmt: skip


def test_a_department_where_positions_sit_is_not_closed(placed):
    made = actions.add_department(by=placed.owner, name="新部门")
    Position.objects.filter(key="host").update(department=made)
    client = placed.client("owner")
    refused = client.post(f"/departments/{made.pk}/close/", {"day": "2026-11-20"})
    assert refused.status_code == 422
    assert "还有 1 个岗位设在该部门：主播" in refused.content.decode()
    assert (
        f'href="/positions/{Position.objects.get(key="host").pk}/"'
        in client.get(f"/departments/{made.pk}/").content.decode()
    )
    Position.objects.filter(key="host").update(department=None)
    assert client.post(f"/departments/{made.pk}/close/", {"day": "2026-11-20"}).status_code == 302


def test_a_department_is_closed_only_when_nobody_is_in_it(placed):
    client, live, ads = placed.client("owner"), Department.objects.get(key="live"), named("投放部")
    refused = client.post(f"/departments/{ads.pk}/close/", {"day": "2026-11-20"})
    assert refused.status_code == 422
    assert "还有 1 人在里面：何川" in refused.content.decode()
    with pytest.raises(ValidationError, match="直播一部"):
        actions.close_department(by=placed.owner, department=live, day=DAY)
    actions.end_appointment(by=placed.owner, appointment=placed.outsider.appointments.get(), end=DAY)
    # until the day itself somebody is in it
    with pytest.raises(ValidationError):
        actions.close_department(by=placed.owner, department=ads, day=date(2026, 11, 19))
    client.post(f"/departments/{ads.pk}/close/", {"day": "2026-11-20"})
    assert "投放部" not in flat(drawn(placed.owner, DAY))
    assert "投放部" in flat(drawn(placed.owner, date(2026, 11, 19)))
    host = Position.objects.get(key="host")
    ads.refresh_from_db()
    with pytest.raises(ValidationError) as closed:
        actions.appoint(by=placed.owner, person=placed.outsider, position=host, department=ads, start=DAY)
    assert "已撤销" in closed.value.messages[0]
    client.post(f"/departments/{ads.pk}/open/", {"day": "2026-11-20"})
    # opened on the day it closed: it never was
    assert "投放部" in flat(drawn(placed.owner, DAY))
    actions.close_department(by=placed.owner, department=ads, day=DAY)
    assert client.post(f"/departments/{ads.pk}/open/", {"day": ""}).status_code == 422
    client.post(f"/departments/{ads.pk}/open/", {"day": "2026-11-25"})
    there = {day: "投放部" in flat(drawn(placed.owner, date(2026, 11, day))) for day in (19, 20, 24, 25)}
    assert there == {19: True, 20: False, 24: False, 25: True}
    assert "什么时候撤销过" in client.get(f"/departments/{ads.pk}/").content.decode()
    with pytest.raises(ValidationError, match="2026-11-25"):
        actions.appoint(
            by=placed.owner, person=placed.outsider, position=host, department=named("投放部"), start=date(2026, 11, 21)
        )
    for day in (DAY, date(2026, 11, 25)):
        with pytest.raises(ValidationError, match="2026-11-25"):
            actions.close_department(by=placed.owner, department=ads, day=day)
    assert client.post(f"/departments/{ads.pk}/open/", {"day": "2026-11-26"}).status_code == 422
    actions.appoint(
        by=placed.owner, person=placed.outsider, position=host, department=named("投放部"), start=date(2026, 11, 25)
    )


def test_a_big_company_is_asked_for_as_often_and_names_whom_one_opens(placed):
    client, live = placed.client("owner"), named("直播一部")
    path = f"/organisation/?open={live.pk}&q=人1"

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(path).status_code == 200
        return len(seen)

    few = asked()
    Person.objects.bulk_create([Person(name=f"人{n}") for n in range(ALL_NAMES_UP_TO + 1)])
    host = Position.objects.get(key="host")
    Appointment.objects.bulk_create(
        [
            Appointment(person=one, position=host, department=live, start="2026-01-01")
            for one in Person.objects.filter(name__startswith="人")
        ]
    )
    assert asked() == few
    assert few <= 15
    closed = client.get("/organisation/").content.decode()
    assert "人150<" not in closed
    assert "显示 304 人" in closed
    # on paper nothing opens: how many there are
    assert '<span class="note on-paper">304 人</span>' in closed
    assert closed.partition("显示 304 人")[0].rpartition("<a ")[2].startswith('class="note on-screen"')
    opened = client.get(path).content.decode()
    assert "人150<" in opened
    assert "还有 104 人" in opened


def test_whom_one_reports_to_is_who_holds_the_next_position_in_the_tree_of_the_day(placed):
    host, manager = Position.objects.get(key="host"), Position.objects.get(key="live_manager")
    assert host.reports_to_id is not None
    boss = actions.create_person(
        by=placed.owner, name="傅行知", position=manager, department=named("直播部"), start=DAY
    )

    def told(on: date, who: Person = placed.host) -> list[str]:
        held = who.appointments.get()
        return [name for _pk, name in Reporting(on).superiors(who.pk, held.position, held.department_id)]

    assert told(date(2026, 11, 19)) == []
    host.reports_to = manager
    host.save()
    assert told(DAY) == ["傅行知"]
    assert "傅行知" not in told(DAY, boss)
    page = placed.client("owner").get(f"/people/{placed.host.pk}/").content.decode()
    assert "汇报给" in page
    assert f"/people/{boss.pk}/" in page
    # by another in their own department, who is nearer
    near = actions.create_person(
        by=placed.owner, name="近处的", position=manager, department=named("直播一部"), start=DAY
    )
    assert told(DAY) == ["近处的"]
    for path, column in (("/people.xlsx", -1), ("/organisation.xlsx?on=2026-11-20", 6)):
        content = placed.client("owner").get(path).content
        rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
        assert rows[0][column] == "汇报给"
        assert {row[column] for row in rows if "林晓彤" in row} == {near.name}


def test_what_is_refused_is_said_on_the_page_of_oneself_too(placed):
    own = Person.objects.create(name="苏敏", user=placed.owner)
    answer = placed.client("owner").post(f"/people/{own.pk}/leave/", {"end": "2026-11-20"})
    assert answer.status_code == 422
    assert "不能办理自己离队" in answer.content.decode()


def test_the_chart_is_drawn_smaller_and_larger_by_address(cast):
    """Without script; a search keeps the size, and what is no size is the usual one."""
    client = cast.client("owner")
    usual = client.get("/organisation/").content.decode()
    assert 'class="zoom-100' in usual
    assert "?zoom=75" in usual
    assert "?zoom=125" in usual
    small = client.get("/organisation/?zoom=50&q=林").content.decode()
    assert 'class="zoom-50' in small
    assert '<input type="hidden" name="zoom" value="50">' in small
    assert "zoom=25" not in small
    assert "zoom=75&amp;q=" in small or "q=%E6%9E%97&amp;zoom=75" in small
    for nonsense in ("7", "-1", "x", "100000"):
        assert 'class="zoom-100' in client.get(f"/organisation/?zoom={nonsense}").content.decode()

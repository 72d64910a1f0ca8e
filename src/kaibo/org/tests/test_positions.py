"""Positions: described, edited, guarded, listed, exported."""

import io

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from kaibo.audit.models import AuditEvent
from kaibo.org import actions
from kaibo.org.actions.positions import Told
from kaibo.org.handbook import handbook
from kaibo.org.models import Appointment, Department, Person, Position

pytestmark = pytest.mark.usefixtures("in_chinese")


def by_key(key: str) -> Position:
    return Position.objects.get(key=key)


def posted(**changes) -> dict[str, object]:
    return {
        "name": "选品",
        "level": "front",
        "zh_purpose": "把对的货放进直播间",
        "zh_duties": "选品\n\n 比价 ",
        **changes,
    }


def test_everyone_sees_positions_and_only_the_owner_changes_them(described):
    page = described.client("host").get("/positions/").content.decode()
    assert "直播推广" in page
    assert "/positions/add/" not in page
    host = by_key("host")
    page = described.client("outsider").get(f"/positions/{host.pk}/").content.decode()
    assert "按排班上播，按方案讲解" in page
    assert "退后成交（T+N）" in page
    assert f"/positions/{host.pk}/edit/" not in page
    # who holds it is no secret; the way to somebody's numbers is only there for who may see them
    assert "林晓彤" in page
    assert f"/people/{described.host.pk}/" not in page


def test_the_list_is_searched_filtered_and_grouped_by_level(described):
    client = described.client("owner")

    def titles(**query):
        return [one.title for group in client.get("/positions/", query).context["groups"] for one in group.positions]

    assert titles(q="推流") == ["技术"]
    assert titles(level="executive") == ["CEO", "COO", "CFO"]
    assert titles(department="0") == ["部门经理"]
    groups = client.get("/positions/", {"by": "level"}).context["groups"]
    assert [group.title for group in groups] == ["高层", "中层", "基层"]
    assert titles(q="没有这样的") == []


def test_a_position_of_ones_own_is_made_edited_and_removed(described):
    client = described.client("owner")
    made = client.post("/positions/add/", posted(kpis=["net_paid"], reports_to=by_key("live_manager").pk))
    own = Position.objects.get(name="选品")
    assert made["Location"] == f"/positions/{own.pk}/"
    assert own.texts.get(language="zh").duties == "选品\n比价"
    # a key is never taken twice, and a name neither
    assert client.post("/positions/add/", posted()).status_code == 422
    client.post(f"/positions/{own.pk}/edit/", posted(name="选品经理", level="middle", seen="0"))
    own.refresh_from_db()
    assert (own.name, own.level, own.version, own.reports_to) == ("选品经理", "middle", 1, None)
    row = AuditEvent.objects.filter(verb="save_position").latest("pk")
    assert row.data["changed"]["name"] == ["选品", "选品经理"]
    client.post(f"/positions/{own.pk}/remove/")
    assert not Position.objects.filter(pk=own.pk).exists()


def test_an_edit_that_is_late_is_refused_and_keeps_what_was_written(described):
    host, client = by_key("host"), described.client("owner")
    client.post(f"/positions/{host.pk}/edit/", posted(name="主播", seen="0"))
    late = client.post(f"/positions/{host.pk}/edit/", posted(name="主播", zh_purpose="晚到的", seen="0"))
    assert late.status_code == 422
    assert "晚到的" in late.content.decode()
    assert host.texts.get(language="zh").purpose == "把对的货放进直播间"


def test_nobody_reports_to_themselves(described):
    manager, host = by_key("live_manager"), by_key("host")
    for boss in (manager, host):
        with pytest.raises(ValidationError) as refused:
            actions.save_position(by=described.owner, position=manager, told=Told("直播运营经理", reports_to=boss))
        assert "→" in refused.value.messages[0]
        manager.refresh_from_db()
        assert manager.reports_to.key == "coo"


def test_two_who_put_each_others_below_at_once_wait_for_one_another(described):
    """Before anything is looked at, every row that a ring could go through is locked, in one order."""
    manager, place, boss = by_key("live_manager"), Department.objects.get(name="直播一部"), by_key("coo")
    for table, verb, told in [
        ("org_position", actions.apply_organisation, {"organisation": handbook()}),
        ("org_department", actions.apply_organisation, {"organisation": handbook()}),
        ("org_position", actions.save_position,
         {"position": manager, "told": Told("直播运营经理", reports_to=boss, level="middle")}),
        ("org_department", actions.save_department, {"department": place, "name": "直播一部", "parent": None}),
    ]:  # fmt: skip
        with CaptureQueriesContext(connection) as asked:
            verb(by=described.owner, **told)
        first = next(one["sql"] for one in asked if f'FROM "{table}"' in one["sql"] and '"key" = ' not in one["sql"])
        assert "WHERE" not in first
        assert f'ORDER BY "{table}"."id"' in first
        assert "FOR NO KEY UPDATE" in first or not connection.features.has_select_for_update


@pytest.mark.parametrize("key", ["ads", "ceo"])
def test_what_is_held_or_scored_is_not_removed(described, key):
    position = by_key(key)
    if key == "ceo":
        Appointment.objects.create(
            person=described.host2, position=position, department=Department.objects.first(), start="2020-01-01",
            end="2020-02-01",
        )  # fmt: skip
    with pytest.raises(ValidationError):
        actions.remove_position(by=described.owner, position=position)


def test_titles_speak_the_readers_language(described):
    client = described.client("host")
    client.cookies["django_language"] = "en"
    page = client.get("/positions/").content.decode()
    assert "Project manager" in page
    assert "Customer service" in page
    assert "项目经理" not in page


def test_the_export_holds_everything_that_is_said(described):
    answer = described.client("host").get("/positions.xlsx?level=executive")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[1:]] == ["CEO", "COO", "CFO"]
    assert rows[2][3] == "CEO"
    assert len(rows[2][6].splitlines()) == 3


def test_pages_ask_as_often_for_many_people_as_for_few(described):
    host, live = by_key("host"), Department.objects.get(name="直播一部")
    client = described.client("owner")

    def asked() -> list[int]:
        counts = []
        for path in ("/positions/", f"/positions/{host.pk}/", "/positions/handbook/"):
            with CaptureQueriesContext(
                connection,
            ) as seen:
                assert client.get(path).status_code == 200
            counts.append(len(seen))
        return counts

    asked()
    few = asked()
    Person.objects.bulk_create([Person(name=f"人{n}") for n in range(300)])
    Appointment.objects.bulk_create(
        [
            Appointment(person=one, position=host, department=live, start="2026-01-01")
            for one in Person.objects.filter(name__startswith="人")
        ]
    )
    assert asked() == few
    assert max(few) <= 15, few

"""The handbook's organisation: what it holds, what a faulty file is told, what applying it does and leaves alone."""

import pytest
from django.core.exceptions import ValidationError

from kaibo.audit.models import AuditEvent
from kaibo.org import actions
from kaibo.org.applying import plan
from kaibo.org.handbook import FILE, handbook, read, ring
from kaibo.org.models import Department, Language, Position, PositionText
from kaibo.org.positions import KNOWN

GOOD = """
[[department]]
key = "live"
zh = { name = "直播部", purpose = "开播" }
en = { name = "Live", purpose = "On air" }
[[position]]
key = "host"
level = "front"
department = "live"
kpis = ["net_paid"]
zh = { name = "主播", purpose = "讲货" }
en = { name = "Host", purpose = "Presents" }
"""


def test_it_has_what_the_handbook_names():
    """S1–S3, and every position that rosters and cards know."""
    made = handbook()
    assert {"content", "tech", "marketing", "service"} <= {one.key for one in made.departments}
    keys = {one.key for one in made.positions}
    assert {known.key for known in KNOWN} <= keys
    assert {"ceo", "coo", "cfo", "department_manager", "project_manager", "service_manager", "service_supervisor",
            "ops_specialist", "service_specialist", "live_execution", "promotion", "live_service"} <= keys  # fmt: skip
    by_key = {one.key: one for one in made.positions}
    for known in KNOWN:
        assert (by_key[known.key].zh.name, by_key[known.key].level) == (known.name, known.level)
    for one in made.positions:
        for words in (one.zh, one.en):
            assert all((words.duties, words.contents, words.skills)), one.key
        assert one.kpis or one.zh.judged, one.key
        assert (len(one.zh.duties), len(one.zh.judged)) == (len(one.en.duties), len(one.en.judged)), one.key
        assert one.reports_to or one.key == "ceo"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("[[department]]", "[[departments]]"), "departments"),
        (('kpis = ["net_paid"]', 'kpis = ["netpaid"]'), "netpaid"),
        (('department = "live"', 'department = "nowhere"'), "nowhere"),
        (('level = "front"', 'level = "low"'), "low"),
        (('en = { name = "Host", purpose = "Presents" }', ""), "en"),
        (('zh = { name = "主播", purpose = "讲货" }', 'zh = { name = "", purpose = "讲货" }'), "name"),
        (('level = "front"', 'level = "front"\nreports_to = "host"'), "host → host"),
        (('level = "front"', 'level = "front"\nbos = "x"'), "bos"),
        (('level = "front"', 'level = "front"\nworks_with = "host"'), "works_with"),
        (('key = "host"', "key = 5"), "key"),
        (('key = "host"', "key = "), "TOML"),
    ],
)
def test_a_fault_is_named_with_its_entry(change, said):
    assert read(GOOD, "ours.toml").positions[0].key == "host"
    with pytest.raises(ValidationError) as refused:
        read(GOOD.replace(*change), "ours.toml")
    text = " ".join(refused.value.messages)
    assert "ours.toml" in text
    assert said in text


def test_every_fault_is_told_at_once():
    with pytest.raises(ValidationError) as refused:
        read(GOOD.replace('"front"', '"low"').replace("net_paid", "netpaid"), "ours.toml")
    assert len(refused.value.messages) == 2


def test_a_ring_is_found_from_any_of_its_entries():
    above = {1: 2, 2: 3, 3: 1, 4: 1, 5: None}
    assert [ring(above, one) for one in (1, 3, 4, 5)] == [[1, 2, 3], [3, 1, 2], [], []]


def test_applying_adds_and_describes_and_a_second_time_does_nothing(cast):
    made = actions.apply_organisation(by=cast.owner, organisation=handbook())
    assert {one.key for one in made.new_positions} == {one.key for one in handbook().positions} - {
        known.key for known in KNOWN
    }
    host = Position.objects.get(key="host")
    assert host.reports_to.key == "live_manager"
    assert set(host.works_with.values_list("key", flat=True)) >= {"floor_manager", "planner"}
    assert host.texts.get(language=Language.EN).duties.splitlines()[0].startswith("On air")
    assert Department.objects.get(key="live").parent.key == "management"
    assert AuditEvent.objects.filter(verb="apply_organisation").count() == 1
    before = list(Position.objects.values())
    assert actions.apply_organisation(by=cast.owner, organisation=handbook()).changes == 0
    assert list(Position.objects.values()) == before
    assert AuditEvent.objects.filter(verb="apply_organisation").count() == 1


def test_what_the_company_said_stays(cast):
    host = Position.objects.get(key="host")
    Position.objects.filter(pk=host.pk).update(name="带货主播", level="middle")
    PositionText.objects.create(position=host, language=Language.ZH, purpose="我们自己写的")
    own = Department.objects.create(name="内容策划", purpose="我们的内容")
    planner = Position.objects.get(key="planner")
    # reports to the host here: nothing the handbook says may make a ring of it
    Position.objects.filter(key="coo").delete()
    Position.objects.filter(key="live_manager").update(reports_to=planner)
    made = plan(handbook())
    assert host in made.kept
    actions.apply_organisation(by=cast.owner, organisation=handbook())
    host.refresh_from_db()
    own.refresh_from_db()
    assert (host.name, host.level, host.kpis, host.reports_to) == ("带货主播", "middle", [], None)
    assert host.texts.get().purpose == "我们自己写的"
    assert (own.key, own.purpose, own.name_en) == ("content", "我们的内容", "Content planning")
    assert Position.objects.get(key="live_manager").reports_to == planner
    above = dict(Position.objects.values_list("pk", "reports_to"))
    assert not any(ring(above, one) for one in above)


def test_a_name_that_a_position_of_ones_own_has_is_that_position(cast):
    """Nothing stands twice."""
    own = Position.objects.create(key="own_1", name="项目经理")
    actions.apply_organisation(by=cast.owner, organisation=handbook())
    assert list(Position.objects.filter(name="项目经理")) == [own]
    assert own.texts.count() == 2


def test_the_file_says_how_it_is_applied():
    assert "kaibo records positions apply" in FILE.read_text(encoding="utf-8")

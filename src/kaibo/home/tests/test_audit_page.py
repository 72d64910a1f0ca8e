"""The page of what was done: in words, narrowed, paged, as files."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from conftest import Cast
from django.db import transaction
from django.test import Client
from django.utils import translation
from python_calamine import CalamineWorkbook

from kaibo.audit.models import AuditEvent
from kaibo.audit.record import record, record_each
from kaibo.home.audit.page import Change, changes
from kaibo.live.models import Account, Shift
from kaibo.login.models import Grant, Role, Scope, User
from kaibo.org import actions
from kaibo.org.models import Person

SOME = datetime(2026, 11, 20, 11, tzinfo=UTC)


@pytest.fixture
def done(cast: Cast) -> Cast:
    actions.rename(by=cast.owner, person=cast.host, name="林晓桐")
    actions.add_alias(by=cast.owner, person=cast.host2, alias="=1+1")
    with transaction.atomic():
        record(by=cast.lead.user, verb="what nobody put into words", target=cast.host, reason="试试")
    return cast


def listed(client: Client, query: str = "") -> str:
    answer = client.get(f"/audit/{query}")
    assert answer.status_code == 200
    return str(answer.content.decode()).split("<tbody>")[-1]


def test_it_is_told_in_words(done: Cast) -> None:
    page = listed(done.client("owner"))
    assert "改了姓名" in page
    assert "<s>林晓彤</s> → <b>林晓桐</b>" in page
    assert f'href="/people/{done.host.pk}/"' in page
    # no word for it yet: its name
    assert "what nobody put into words" in page
    assert "试试" in page


def test_what_no_record_can_be_is_told_all_the_same(done: Cast) -> None:
    with transaction.atomic():
        record(by=done.owner, verb="about nothing", target=Person(pk=10**30, name="无"), reason="查无此人")
    assert "查无此人" in listed(done.client("owner"))


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        ("?who=吴桐", "试试", "改了姓名"),
        ("?who=wutong", "试试", "改了姓名"),
        ("?verb=rename", "改了姓名", "试试"),
        # words, or a part of them
        ("?verb=改了姓名", "改了姓名", "试试"),
        ("?verb=姓名", "改了姓名", "试试"),
        ("?verb=没有这样的事", "没有符合", "试试"),
        ("?kind=org.position", "", "试试"),
        ("?since=2020-01-01&until=2020-01-31", "", "试试"),
        ("?since=2020-01-01&until=2099-01-31", "试试", "\0"),
        # what is no day is not asked for
        ("?since=nonsense&until=2026-02-31", "试试", "\0"),
        ("?since=0001-01-01&until=9999-12-31", "试试", "\0"),
        ("?page=99", "试试", "\0"),
    ],
)
def test_it_is_narrowed(done: Cast, query: str, there: str, not_there: str) -> None:
    page = listed(done.client("owner"), query)
    assert there in page
    assert not_there not in page


def test_all_of_one_thing(done: Cast) -> None:
    page = listed(done.client("owner"), f"?target=org.person:{done.host2.pk}")
    assert "添加了姓名的其他写法" in page
    assert "林晓桐" not in page


def test_a_bulk_row_is_told_of_all_and_of_each(done: Cast) -> None:
    people = [done.host, done.host2, done.lead, *(Person.objects.create(name=f"新人{n}") for n in range(4))]
    with transaction.atomic():
        each = [(one, {"former": {"name": "旧"}, "name": f"名{n}"}) for n, one in enumerate(people)]
        record_each(by=done.owner, verb="rename", each=each, reason="改制", note="全部")
    page = listed(done.client("owner"), "?verb=rename")
    assert "林晓桐，另有 6 项" in page
    assert "吴桐 · 名称: 旧 → 名2" in page
    assert "另有 2 项" in page
    assert "sha256" not in page
    mine = listed(done.client("owner"), f"?target=org.person:{people[6].pk}")
    assert mine.count("<tr>") == 1
    assert "<s>旧</s> → <b>名6</b>" in mine
    assert "全部" in mine
    assert "名2" not in mine


def test_whoever_may_read_it_and_nobody_else(done: Cast) -> None:
    auditor = User.objects.create_user("auditor", password=None, role=None)
    client = Client()
    client.force_login(auditor)
    assert client.get("/audit/").status_code == 404
    Grant.objects.create(user=auditor, role=Role.AUDITOR, scope=Scope.COMPANY, start=date(2026, 1, 1))
    assert client.get("/audit/").status_code == 200
    assert done.client("lead").get("/audit/").status_code == 404


def test_as_many_questions_for_fifty_rows_as_for_five(done: Cast, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    with transaction.atomic():
        for n in range(60):
            record(by=done.owner, verb="rename", target=[done.host, done.host2, done.lead][n % 3], name=str(n))
    client = done.client("owner")
    with django_assert_max_num_queries(15):
        page = listed(client)
    assert page.count("<tr>") == 50
    assert "page=2" in page


def test_the_files(done: Cast) -> None:
    client = done.client("owner")
    text = b"".join(client.get("/audit/export/?as=csv&verb=add_alias").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert "添加了姓名的其他写法" in text.splitlines()[1]
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/audit/export/").content))
    rows = book.get_sheet_by_index(0).to_python()
    assert len(rows) == 1 + AuditEvent.objects.count()
    assert rows[1][7] == "试试"


def test_the_ways_in_which_verbs_say_what_changed() -> None:
    with translation.override("en"):
        told = {
            "a": {"changed": {"name": ["x", "y"]}, "act": "0"},
            "b": {"former": {"start": "2026-10-02T12:00:00+00:00"}, "now": {"start": "2026-10-02T13:00:00+00:00"}},
            "c": {"former": {"name": "x", "zone": "UTC"}, "name": "y", "zone": "UTC"},
            "d": {"former": None, "amount_minor": 5},
            "e": {"old": "zh", "new": "en"},
            "f": {"parts": {"3": 1}, "empty": None},
        }
        assert {key: list(changes(data)) for key, data in told.items()} == {
            "a": [Change("Name", "x", "y")],
            "b": [Change("Start", "2026-10-02 20:00", "2026-10-02 21:00")],
            "c": [Change("Name", "x", "y")],
            "d": [Change("Amount", "—", "¥0.05")],
            "e": [Change("", "Chinese", "English")],
            "f": [Change("Shares", None, "#3 × 1")],
        }


def test_values_are_told_as_people_read_them(cast: Cast) -> None:
    """Names for numbers, words for keys, amounts in the room's currency, points to one place, no digest."""
    room = Account.objects.create(name="印尼间", handle="id", currency="IDR", zone="Asia/Jakarta")
    part = Shift.objects.create(
        account=room, person=cast.host, role="host", planned_start=SOME, planned_end=SOME + timedelta(hours=3)
    )
    with transaction.atomic():
        record(by=cast.owner, verb="set_target", target=room, former=None, amount_minor=1_250_000, of="2026-11-01")
        record(
            by=cast.owner, verb="move_shift", target=part, former={"person_id": cast.host2.pk, "account_id": room.pk},
            now={"person_id": cast.host.pk, "account_id": room.pk}, act="0",
        )  # fmt: skip
        record(by=cast.owner, verb="change_reviewer", target=room, former=cast.lead.pk, reviewer=cast.outsider.pk)
        record(by=cast.owner, verb="appoint", target=cast.host, position="floor_manager", kind="acting", start=SOME)
        record(by=cast.owner, verb="move_host", target=cast.host, former="trial", stage="regular")
        record(by=cast.owner, verb="calibrate_line", target=room, former="244000/17703", points="95", line="net_paid")
        record(by=cast.owner, verb="advance_cycle", target=room, state="self")
        record(by=cast.owner, verb="give_role", target=cast.host.user, grant=1, role="hr", scope="company")
        record(by=cast.owner, verb="assign_responsibility", target=room, duty="manager", person=cast.lead.pk)
        record(by=cast.owner, verb="map_ad_account", target=room, parts={room.pk: 2}, former=[])
        record(by=cast.owner, verb="publish_reviews", target=room, members=range(28))
        record(by=cast.owner, verb="write_times", target=room, item="net_paid", former=None, times="2")
        record(by=cast.owner, verb="save_card", target=room, role="host", changed=["gate", "line", "outside"])
    page = listed(cast.client("owner"))
    for text in (
        "金额: <s>—</s> → <b>Rp12,500.00</b>", "<s>陈嘉禾</s> → <b>林晓彤</b>", "<s>吴桐</s> → <b>何川</b>",
        "岗位: <b>场控</b>", "种类: <b>代理</b>", "2026-11-20 19:00", "<s>试播</s> → <b>正式</b>",
        "<s>13.8</s> → <b>95.0</b>", "印尼间 × 2", "涉及的记录: <b>28</b>", "月份: <b>2026-11</b>",
        "<s>—</s> → <b>2</b>", "<b>分区、等级、红线、加减分、考核项</b>",
    ):  # fmt: skip
        assert text in page, text
    for raw in ("net_paid", "acting", "floor_manager", "manager", "company", "sha256", "trial", ">self<", "grant"):
        assert raw not in page.partition("</table>")[0], raw

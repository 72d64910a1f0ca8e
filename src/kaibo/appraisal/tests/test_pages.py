import re
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from kaibo.appraisal.keeping import keep_month
from kaibo.appraisal.tests.test_line import HOSTS
from kaibo.jobs.models import Job
from kaibo.jobs.queue import Progress, enqueue
from kaibo.live.models import Account, Session, Shift
from kaibo.login.models import Right, Role, Scope, User
from kaibo.login.tokens import make_token
from kaibo.measurement.due import enqueue_stale
from kaibo.measurement.models import Credit
from kaibo.org import actions
from kaibo.org.access import sees_amounts
from kaibo.org.models import Appointment, Department, Person, Position


def month_url(person: Person, month: str = "2026-10") -> str:
    return reverse("appraisal:month", args=[person.pk, month])


def line_url(person: Person, kpi: str, query: str = "") -> str:
    return reverse("appraisal:line", args=[person.pk, "2026-10", kpi]) + query


@pytest.mark.parametrize(
    ("who", "status"),
    [("host", 200), ("host2", 404), ("lead", 200), ("outsider", 404), ("owner", 200), ("nobody", 302)],
)
def test_ones_own_month_ones_leads_and_the_owners(evening, who, status):
    client, host = evening.cast.client(who), evening.cast.host
    export = reverse("appraisal:export", args=[host.pk, "2026-10", "net_paid"])
    for url in (month_url(host), line_url(host, "net_paid"), export):
        assert client.get(url).status_code == status


def test_who_sees_scores_without_money_reads_no_amount(evening):
    """HR over the company: points, shares and hours stand, every amount is withheld; one's own are one's own."""
    hr = User.objects.create_user("hr", role=Role.HR)
    me = Person.objects.create(name="人事", user=hr)
    client, host = Client(headers={"accept-language": "zh-hans"}), evening.cast.host
    client.force_login(hr)
    keep_month(Progress(), "2026-10")
    amounts = ("¥", "440.01", "390.01", "44,001", "39001", "44001")
    compared = f"/team/compare/?month=2026-10&people={host.pk}&people={evening.cast.host2.pk}"
    for url in (month_url(host), line_url(host, "net_paid"), "/team/?month=2026-10&role=host", compared):
        page = client.get(url)
        text = re.sub(r"<svg.*?</svg>", "", page.content.decode(), flags=re.DOTALL)
        assert page.status_code == 200, url
        assert "无金额权限" in text, url
        assert [amount for amount in amounts if amount in text] == [], url
        assert "¥" in evening.cast.client("lead").get(url).content.decode(), url
    assert client.get(reverse("appraisal:export", args=[host.pk, "2026-10", "net_paid"])).status_code == 404
    book = CalamineWorkbook.from_filelike(BytesIO(client.get("/team.xlsx?month=2026-10&role=host").content))
    cells = [cell for row in book.get_sheet_by_index(0).to_python() for cell in row]
    assert "无金额权限" in cells
    assert not {390.01, 440.01, 39001, 44001} & {cell for cell in cells if isinstance(cell, float | int)}
    token = {"Authorization": f"Bearer {make_token(by=hr, name='x')[1]}"}
    told = Client().get(f"/api/v1/people/{host.pk}/2026-10/", headers=token)
    paid = next(line for line in told.json()["lines"] if line["kpi"] == "net_paid")
    assert (paid["value"], paid["numerator"], paid["withheld"]) == (None, None, "amounts")
    assert paid["points"] is not None or paid["waiting"]
    assert b"39001" not in told.content
    assert "无金额权限" not in client.get(month_url(me)).content.decode()
    # a program that was not given the scope for amounts reads none either, whoever it acts for, and of themselves too
    token = {"Authorization": f"Bearer {make_token(by=evening.cast.owner, name='x', scopes=['scores:read'])[1]}"}
    told = Client().get(f"/api/v1/people/{host.pk}/2026-10/", headers=token)
    paid = next(line for line in told.json()["lines"] if line["kpi"] == "net_paid")
    assert (paid["value"], paid["withheld"]) == (None, "amounts")
    assert b"39001" not in told.content
    assert sees_amounts(host.user, host)
    host.user.withheld = frozenset({Right.SEE_MONEY})
    assert not sees_amounts(host.user, host)
    whole = {
        "Authorization": f"Bearer {make_token(by=evening.cast.owner, name='x', scopes=['scores:read', 'money'])[1]}"
    }
    assert b"39001" in Client().get(f"/api/v1/people/{host.pk}/2026-10/", headers=whole).content
    # over their line the right to amounts holds, over the rest it does not
    actions.give_role(by=evening.cast.owner, user=hr, role=Role.LEAD, scope=Scope.LINE, start=date(2026, 1, 1))
    Appointment.objects.create(
        person=me, position=Position.objects.get(key="ads"), department=Department.objects.get(name="直播一部"),
        start=date(2026, 1, 1),
    )  # fmt: skip
    assert "¥" in client.get(month_url(host)).content.decode()
    assert "无金额权限" in client.get("/team/?month=2026-10&role=host").content.decode()


def test_mine_is_the_newest_month_with_data(evening):
    client = evening.cast.client("host")
    assert client.get("/me/").url == month_url(evening.cast.host)
    assert "还没有对应的人员" in evening.cast.client("owner").get("/me/").content.decode()
    Person.objects.filter(pk=evening.cast.host2.pk).update(user=None)
    assert "请所有者在你的人员页" in evening.cast.client("host2").get("/me/").content.decode()


def test_a_month_that_has_hardly_begun_is_not_shown_first(evening):
    host, credit = evening.cast.host, Credit.objects.filter(person=evening.cast.host).first()
    assert credit
    for day in ("2026-10-02", "2026-10-03", "2026-11-01"):
        credit.pk, credit.date = None, day
        credit.save()
    client = evening.cast.client("host")
    assert client.get("/me/").url == month_url(host)
    for day in ("2026-11-02", "2026-11-03"):
        credit.pk, credit.date = None, day
        credit.save()
    assert client.get("/me/").url == month_url(host, "2026-11")


def test_the_month_shows_what_it_says_it_does(evening):
    evening.target(100_000)
    page = evening.cast.client("host").get(month_url(evening.cast.host)).content.decode()
    for text in (
        "试运行·只作参考",
        "退后成交（T+15）",
        "¥390.01",
        "54.6",
        "4.0\u00a0小时",
        "5.0\u00a0小时（至今排班）",
        "生活旗舰店",
    ):
        assert text in page, text


def test_a_waiting_line_is_no_zero_and_says_what_to_do(evening):
    page = evening.cast.client("lead").get(month_url(evening.cast.host)).content.decode()
    assert "另有 40 分在等：退后成交 40。" in page
    assert "没有数据，不算零分。" in page
    assert f'请给直播间定月目标。 <a href="{reverse("live:rooms")}">' in page


def test_a_value_of_some_sessions_says_of_how_many(evening):
    client, url = evening.cast.client("host"), month_url(evening.cast.host)
    assert "场计算" not in client.get(url).content.decode()
    start = evening.session.start + timedelta(days=2)
    other = Session.objects.create(account=evening.account, start=start, end=start + timedelta(hours=1))
    # on air, and no file tells its views
    Credit.objects.create(
        computation=evening.computation, session=other, segment=1, role="host", person=evening.cast.host,
        date=start.date(), measure="air_ms", basis="measured", amount=3_600_000,
    )  # fmt: skip
    assert "按 1 / 2 场计算" in client.get(url).content.decode()


def test_other_roles_and_later_lines(evening):
    evening.shift(evening.cast.host, "10:00", "11:00", role="editor")
    page = evening.cast.client("host").get(month_url(evening.cast.host) + "?role=editor").content.decode()
    assert "作品与效果" in page
    assert f'href="{line_url(evening.cast.host, "airtime_attainment")}?role=editor"' in page


@pytest.mark.parametrize("kpi", HOSTS)
def test_every_line_opens_and_equals_itself(evening, kpi):
    evening.target(100_000)
    page = evening.cast.client("host").get(line_url(evening.cast.host, kpi)).content.decode()
    assert "已重算，与显示值一致" in page
    assert "column-foot wrong" not in page


def test_a_number_that_cannot_be_made_again_is_loud(evening):
    Credit.objects.filter(measure="paid_minor", segment=2, person=evening.cast.host).update(amount=1)
    page = evening.cast.client("host").get(line_url(evening.cast.host, "net_paid", "?segment=2")).content.decode()
    assert "重算的结果与显示值不同" in page
    assert "column-foot wrong" in page


def test_unknown_lines_and_months_are_no_pages(evening):
    client, host = evening.cast.client("host"), evening.cast.host
    assert client.get(line_url(host, "glory")).status_code == 404
    assert client.get(line_url(host, "orders")).status_code == 404  # not on a host's card
    for month in ("2026-13", "1999-10", "2026-1"):
        assert client.get(f"/people/{host.pk}/{month}/").status_code == 404


def test_a_month_with_nothing_says_what_to_do(evening):
    page = evening.cast.client("lead").get(month_url(evening.cast.host, "2026-12")).content.decode()
    assert "这个月还没有班次和数据" in page
    assert reverse("home:upload") in page


def test_a_shift_can_be_said_to_be_wrong_from_here(evening):
    host = evening.cast.host
    shift = reverse("live:shift", args=[evening.shifts[0].pk])
    client = evening.cast.client("host")
    assert shift in client.get(month_url(host)).content.decode()
    assert shift in client.get(line_url(host, "airtime_attainment")).content.decode()


@pytest.mark.parametrize(("url", "most"), [(month_url, 24), (lambda p: line_url(p, "net_paid"), 27)])
def test_few_queries_and_a_small_page(evening, url, most):
    evening.target(100_000)
    client = evening.cast.client("owner")
    with CaptureQueriesContext(connection) as queries:
        page = client.get(url(evening.cast.host))
    assert len(queries) <= most
    assert len(page.content) < 150_000


def test_a_month_that_is_about_to_change_says_so(evening):
    client, host = evening.cast.client("host"), evening.cast.host
    pages = [month_url(host), line_url(host, "net_paid")]
    Job.objects.all().delete()
    enqueue_stale()
    Job.objects.all().delete()
    assert not any('id="computing"' in client.get(page).content.decode() for page in pages)
    Job.objects.create(kind="compute_month", args={"month": "2026-10"})
    assert all('id="computing"' in client.get(page).content.decode() for page in pages)


def test_the_export_holds_the_whole_path(evening):
    url = reverse("appraisal:export", args=[evening.cast.host.pk, "2026-10", "net_paid"])
    book = CalamineWorkbook.from_filelike(BytesIO(evening.cast.client("host").get(url).content))
    assert book.sheet_names == ["考核项", "场次", "分段", "原始记录"]
    head, *segments = book.get_sheet_by_name("分段").to_python()
    sales = head.index("成交 (CNY)")
    assert [row[sales] for row in segments] == [300.0, 140.01]
    head, *records = book.get_sheet_by_name("原始记录").to_python()
    assert len(records) == 6
    assert sum(row[head.index("金额")] for row in records if row[2] == "订单") == 500.01
    assert {row[head.index("文件")] for row in records} == {"order_line.xlsx", "after_sale.xlsx"}


def test_english(evening):
    client = evening.cast.client("host")
    client.cookies["django_language"] = "en"
    page = client.get(line_url(evening.cast.host, "net_paid")).content.decode()
    assert "All the way to the file row" in page
    assert "Sales after refunds (T+15)" in page


def test_months_are_chosen_by_a_link(evening):
    page = evening.cast.client("host").get(month_url(evening.cast.host, "2026-12")).content.decode()
    assert month_url(evening.cast.host) in page


def test_before_anything_is_computed_the_month_of_the_last_shift_is_shown_and_it_says_so(cast):
    from_, to = datetime(2026, 10, 5, 11, tzinfo=UTC), datetime(2026, 10, 5, 13, tzinfo=UTC)
    room = Account.objects.create(handle="room", name="生活旗舰店")
    Shift.objects.create(account=room, person=cast.host, role="host", planned_start=from_, planned_end=to)
    with time_machine.travel(datetime(2026, 11, 19, 1, tzinfo=UTC), tick=False):
        assert cast.client("host").get("/me/").url == month_url(cast.host)
        empty = month_url(cast.host2, "2026-11")
        assert "这个月还没有班次和数据" in cast.client("lead").get(empty).content.decode()
        enqueue(kind="compute_month", by=None, args={"month": "2026-11"})
        assert "几秒钟就好" in cast.client("lead").get(empty).content.decode()

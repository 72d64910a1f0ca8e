"""Today: what needs whom, what happened, how far the data reaches."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from kaibo.appraisal.models import Cycle, CycleState, Review
from kaibo.home import needs
from kaibo.imports.models import Batch, Upload, UploadState
from kaibo.jobs.models import Job, JobState
from kaibo.live.models import Account, Session, Shift, ShiftState, Target
from kaibo.live.roster import Offers
from kaibo.login.models import User
from kaibo.login.tokens import make_token
from kaibo.measurement.models import Computation, ComputationState, SegmentFact
from kaibo.org.models import Appointment, Department, Person, Position

# 08:00 in Shanghai, the morning after the sessions below
NOW = datetime(2026, 11, 19, 0, 0, tzinfo=UTC)
EVENING = datetime(2026, 11, 18, 11, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _morning():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def room(db) -> Account:
    return Account.objects.create(handle="life", name="生活旗舰店")


def shift(room, person, **more):
    times = {"planned_start": EVENING, "planned_end": EVENING + timedelta(hours=3)}
    return Shift.objects.create(account=room, person=person, role="host", **(times | more))


def batch(table, **more):
    fields = {
        "source": table, "table": table, "file_name": f"{table}.xlsx", "sha256": table, "as_of": NOW, "folder": table,
        "accepted": 10, "rejected": 0,
    }  # fmt: skip
    return Batch.objects.create(**(fields | more))


def facts(room, day, **measures):
    computation, _new = Computation.objects.get_or_create(
        month=day.replace(day=1), state=ComputationState.CURRENT, defaults={"engine_version": "1"}
    )
    for measure, amount in measures.items():
        SegmentFact.objects.create(
            computation=computation, place="segment", account=room, date=day, measure=measure, basis="measured",
            amount=amount,
        )  # fmt: skip
    return computation


def page(cast, who) -> str:
    answer = cast.client(who).get("/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_empty_installation_shows_three_steps_and_one_filled_button(cast):
    html = page(cast, "owner")
    assert "三步看到第一个数字" in html
    assert html.count("button filled") == 1
    assert html.count(">缺<") == 4


def test_a_plain_person_sees_nothing_of_the_team(cast, room):
    facts(room, date(2026, 11, 18), paid_minor=3_590_000)
    html = page(cast, "host")
    assert "数据到哪了" not in html
    assert "35,900" not in html
    assert 'href="/people/"' not in html


def test_last_nights_open_shifts_are_one_line_with_the_way_to_confirm_them(cast, room):
    shift(room, cast.host)
    shift(room, cast.host2)
    html = page(cast, "lead")
    assert "昨晚 2 班待确认" in html
    assert re.search(r'href="/shifts/\?from=2026-11-18&amp;to=2026-11-18"', html)
    assert '<span class="badge">2<' in html


def test_older_open_shifts_widen_the_range(cast, room):
    shift(room, cast.host)
    early = EVENING - timedelta(days=3)
    shift(room, cast.host, planned_start=early, planned_end=early + timedelta(hours=2))
    html = page(cast, "owner")
    assert "2 班待确认" in html
    assert "from=2026-11-15&amp;to=2026-11-18&amp;open=1" in html


def test_a_shift_said_to_be_wrong_leads_to_it(cast, room):
    found = shift(room, cast.host, flag="我 22:40 才走")
    html = page(cast, "owner")
    assert "我 22:40 才走" in html
    assert f'href="/shifts/{found.pk}/"' in html


def test_a_person_is_told_of_freshly_confirmed_shifts(cast, room):
    shift(
        room, cast.host, state=ShiftState.CONFIRMED, confirmed_start=EVENING,
        confirmed_end=EVENING + timedelta(hours=3), confirmed_at=NOW - timedelta(hours=1),
    )  # fmt: skip
    assert "你有 1 个班次已确认" in page(cast, "host")
    assert "你有 1 个班次已确认" not in page(cast, "host2")


def test_files_waiting_rows_left_out_and_failed_jobs_are_listed(cast):
    Upload.objects.create(file_name="订单.csv", sha256="a", size=1, stored_as="a", state=UploadState.PREVIEW)
    left = batch("order_line", rejected=4)
    job = Job.objects.create(kind="compute_month", state=JobState.FAILED, ended_at=NOW)
    html = page(cast, "owner")
    assert "1 份文件等你确认" in html
    assert "4 行没有计入" in html
    assert f'href="/batches/{left.pk}/"' in html
    assert f'href="/jobs/{job.pk}/"' in html


def test_a_failed_job_that_worked_later_is_no_news(cast):
    Job.objects.create(kind="compute_month", state=JobState.FAILED, ended_at=NOW)
    Job.objects.create(kind="compute_month", state=JobState.DONE, ended_at=NOW)
    assert "有一项后台任务没有完成" not in page(cast, "owner")


def test_orders_without_a_source_ask_for_a_new_export(cast, room):
    computation = facts(room, date(2026, 11, 18), paid_minor=1)
    for measure, amount in [("orders", 12), ("paid_minor", 99_00)]:
        SegmentFact.objects.create(
            computation=computation, place="outside", kind="pending", date=date(2026, 11, 17), measure=measure,
            basis="measured", amount=amount,
        )  # fmt: skip
    html = page(cast, "owner")
    assert "12 单还没写明来源" in html
    assert "重新导出 11-17 的订单" in html


def test_a_room_on_air_without_target_asks_for_one(cast, room):
    Session.objects.create(account=room, start=EVENING, end=EVENING + timedelta(hours=3))
    assert "1 个直播间还没有2026年11月的目标" in page(cast, "owner")
    Target.objects.create(account=room, month=date(2026, 11, 1), amount_minor=1_200_0000_00)
    assert "还没有2026年11月的目标" not in page(cast, "owner")


def test_yesterdays_tiles_are_sums_of_the_current_computation(cast, room):
    facts(room, date(2026, 11, 18), paid_minor=35_900_000, refund_minor=5_000_000, views=62_100, orders=2_310)
    html = page(cast, "owner")
    assert ">昨天<" in html
    assert '¥35.9\xa0<span class="unit">万</span>' in html
    assert '¥30.9\xa0<span class="unit">万</span>' in html
    assert "2,310" in html


def test_unknown_views_are_a_dash_and_an_older_day_says_so(cast, room):
    facts(room, date(2026, 11, 16), paid_minor=35_900_000, orders=2_310)
    html = page(cast, "owner")
    assert "最近有数字的一天" in html
    assert "昨天的数据还没有来" in html
    assert re.search(r"观看次数</div><div class=\"value\">—", html)


def test_money_of_other_currencies_is_not_added(cast, room):
    abroad = Account.objects.create(handle="id", name="Jakarta", currency="IDR")
    facts(room, date(2026, 11, 18), paid_minor=10_000)
    facts(abroad, date(2026, 11, 18), paid_minor=99_000_000)
    assert "¥100.00" in page(cast, "owner")


def test_the_month_is_drawn_against_its_target_with_its_table(cast, room):
    Target.objects.create(account=room, month=date(2026, 11, 1), amount_minor=30_000_00)
    for day in (1, 2, 18):
        facts(room, date(2026, 11, day), paid_minor=1_000_00, refund_minor=0)
    html = page(cast, "owner")
    assert "2026年11月到第 18 天" in html
    assert "到 11-18，退后成交 ¥3,000.00；月目标 ¥3.00\xa0万。" in html
    # the even share of the target: 30,000 × 18 ÷ 30
    assert "计划到这天" in html
    assert '¥1.80\xa0<span class="unit">万</span>' in html
    assert html.count("<tr><td>") == 3


def test_a_part_of_the_rooms_targets_is_no_target_of_the_month(cast, room):
    """One room's target beside two rooms' sales would look like a target reached."""
    second = Account.objects.create(handle="home", name="家纺")
    Target.objects.create(account=room, month=date(2026, 11, 1), amount_minor=1_000_00)
    for place in (room, second):
        facts(place, date(2026, 11, 18), paid_minor=1_000_00, refund_minor=0)
    html = page(cast, "owner")
    assert "到 11-18，退后成交 ¥2,000.00" in html
    assert "月目标 ¥" not in html
    assert "计划到这天" not in html
    Target.objects.create(account=second, month=date(2026, 11, 1), amount_minor=5_000_00)
    assert "月目标 ¥6,000.00" in page(cast, "owner")


def test_rooms_whose_sales_nobody_knows_are_in_no_sum_of_the_day(cast, room):
    """A TikTok room in the team's currency, whose orders and refunds no file tells; Douyin's refunds are a file's 0."""
    abroad = Account.objects.create(handle="tt", name="TT", platform="tiktok")
    days = {"first_instant": EVENING - timedelta(days=9), "last_instant": EVENING}
    for table in ("order_line", "after_sale"):
        batch(table, **(days | {"source": {"order_line": "doudian_orders"}.get(table, "doudian_after_sales")}))
    facts(room, date(2026, 11, 17), paid_minor=50_00)
    facts(room, date(2026, 11, 18), paid_minor=100_00, orders=1)
    facts(abroad, date(2026, 11, 18), air_ms=3_600_000)
    html = page(cast, "owner")
    # sales, and sales after refunds
    assert html.count("按 1 / 2 个直播间计算") == 2
    assert html.count("¥100.00") == 2
    assert "到 11-18，退后成交 ¥150.00" in html
    assert "按 2 / 3 个开播日计算" in html


def test_what_came_back_unknown_makes_no_curve_of_sales_after_refunds(cast, room):
    facts(room, date(2026, 11, 18), paid_minor=100_00)
    html = page(cast, "owner")
    assert "还没有售后数据" in html
    assert "退后成交 ¥" not in html


def test_every_source_says_how_far_it_reaches_and_an_old_one_is_amber(cast):
    batch("session_report", last_instant=EVENING)
    batch("order_line", as_of=NOW - timedelta(days=3), last_instant=EVENING - timedelta(days=3))
    html = page(cast, "owner")
    assert "到 11-18" in html
    assert html.count(">缺<") == 2
    assert "freshness phone-hide stale" in html
    assert "数据截至 11-16" in html


def test_recomputing_is_said_in_the_frame(cast):
    Job.objects.create(kind="compute_month", args={"month": "2026-11"})
    assert "正在重算" in page(cast, "host")


@pytest.mark.parametrize(
    ("hour", "said"), [(6, "早上好"), (12, "中午好"), (15, "下午好"), (22, "晚上好"), (2, "晚上好")]
)
def test_the_greeting_follows_the_clock_of_the_team(cast, hour, said):
    local = timezone.make_aware(datetime(2026, 11, 19, hour))
    with time_machine.travel(local, tick=False):
        assert f"{cast.owner}，{said}" in page(cast, "owner")


def test_somebody_elses_month_stands_under_people(cast):
    def marked(who: str) -> str:
        html = cast.client(who).get(f"/people/{cast.host.pk}/2026-11/").content.decode()
        return re.search(r'<a class="rail-link" href="([^"]*)" aria-current="page">', html)[1]

    assert (marked("host"), marked("lead")) == ("/me/", "/people/")


def test_the_frame_costs_three_queries(cast, django_assert_max_num_queries):
    client = cast.client("owner")
    client.get("/look/")
    # session, user, and the frame's three
    with django_assert_max_num_queries(5):
        answer = client.get("/look/")
    assert answer.status_code == 200


def test_the_latest_day_says_when_its_refunds_are_final(cast, room):
    facts(room, date(2026, 10, 31), paid_minor=3_754_398, refund_minor=163_938)
    days = {"first_instant": EVENING, "last_instant": EVENING}
    sales = batch("after_sale", as_of=datetime(2026, 11, 15, 1, tzinfo=UTC), **days)
    assert "退款 11-16 定稿" in page(cast, "owner")
    sales.as_of = datetime(2026, 11, 16, 1, tzinfo=UTC)
    sales.save()
    assert page(cast, "owner").count("已定稿") == 1


def test_the_third_step_points_at_the_numbers_for_a_day(cast, room, monkeypatch):
    monkeypatch.setattr(needs, "offers", Offers)
    for table in ("session_report", "order_line", "roster_shift"):
        batch(table)
    facts(room, date(2026, 11, 18), paid_minor=100)
    confirmed = shift(room, cast.host, state=ShiftState.CONFIRMED, confirmed_start=EVENING,
                      confirmed_end=EVENING + timedelta(hours=3), confirmed_at=NOW)  # fmt: skip
    assert "三步看到第一个数字" in page(cast, "owner")
    Shift.objects.filter(pk=confirmed.pk).update(confirmed_at=NOW - timedelta(days=2))
    assert "三步看到第一个数字" not in page(cast, "owner")


def test_english_is_complete(cast):
    client = cast.client("owner")
    client.cookies["django_language"] = "en"
    html = re.sub(r"<svg.*?</svg>|中文", "", client.get("/").content.decode(), flags=re.S)
    assert "Three steps to the first number" in html
    assert not re.findall(r"[一-鿿]+", html)


def test_a_failed_list_of_people_is_told_to_nobody_else(cast) -> None:
    Job.objects.create(
        kind="import_people", args={"people_list": 1}, about="花名册.csv", state="failed", ended_at=timezone.now()
    )
    _token, text = make_token(by=cast.lead.user, name="x")
    told = Client(headers={"Authorization": f"Bearer {text}"}).get("/api/v1/jobs/").json()
    assert told["jobs"] == []
    assert not [one for one in needs.needs_of(cast.lead.user, timezone.now()) if "/jobs/" in one.url]
    assert [one for one in needs.needs_of(cast.owner, timezone.now()) if "/jobs/" in one.url]


def test_money_that_waits_for_a_rate_is_said_until_it_is_there(cast, room):
    computation = facts(room, date(2026, 11, 18), views=1)
    fact = SegmentFact.objects.create(
        computation=computation, account=room, date=date(2026, 11, 18), place="segment", kind="self_live",
        measure="paid_minor@IDR 2026-11-18", basis="measured", amount=100, currency="IDR",
    )  # fmt: skip
    SegmentFact.objects.create(
        computation=computation, account=room, date=date(2026, 11, 19), place="segment", kind="self_live",
        measure="paid_minor@IDR 2026-11-19", basis="measured", amount=100, currency="IDR",
    )  # fmt: skip
    page = cast.client("owner").get("/", headers={"accept-language": "zh-hans"}).content.decode()
    assert "缺 2 个汇率" in page
    assert "2026-11-18" in page
    assert 'href="/rates/"' in page
    # who cannot enter one is not told
    assert "缺 2 个汇率" not in cast.client("host").get("/", headers={"accept-language": "zh-hans"}).content.decode()
    SegmentFact.objects.filter(measure__contains="@").exclude(pk=fact.pk).delete()
    fact.measure = "paid_minor"
    fact.save()
    cache.clear()
    assert "个汇率" not in cast.client("owner").get("/", headers={"accept-language": "zh-hans"}).content.decode()


def test_ones_published_review_stands_beside_what_the_data_say(cast) -> None:  # type: ignore[no-untyped-def]
    boss = Person.objects.create(name="何总", user=User.objects.create_user("boss", password="kaibo-demo-1"))
    position = Position.objects.get_or_create(key="coo", defaults={"name": "COO"})[0]
    place = Department.objects.get(name="直播一部")
    Appointment.objects.create(person=boss, position=position, department=place, start="2026-01-01")
    client = Client()
    client.force_login(boss.user)
    mine = client.get("/").context["mine"]
    cycle = Cycle.objects.create(month=mine.month, pay_on=mine.month + timedelta(days=50), state=CycleState.CALIBRATION)
    told = {"points": 43, "weights": 50, "computed_at": timezone.now()}
    review = Review.objects.create(cycle=cycle, person=boss, role=mine.role, **told)
    address = f'href="/reviews/{review.pk}/"'
    assert address not in client.get("/").content.decode()
    Review.objects.filter(pk=review.pk).update(published_at=timezone.now(), version=1)
    page = client.get("/").content.decode()
    assert "本月考核已公布：86.0 / 100" in page
    assert address in page.split('aria-labelledby="mine"')[1].split("</section>")[0]

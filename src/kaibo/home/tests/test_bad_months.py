"""A month that lacks something says so in words, on the page and for programs; what is unknown is never 0."""

import re
from fractions import Fraction
from html import unescape

import pytest
from django.urls import reverse

from kaibo.appraisal import cards, month, month_data
from kaibo.appraisal.completeness import data_findings
from kaibo.appraisal.keeping import enqueue_unkept, keep_month
from kaibo.appraisal.tests.conftest import OCTOBER, Evening, at
from kaibo.imports.actions import state_period
from kaibo.imports.models import Batch
from kaibo.jobs.models import Job
from kaibo.jobs.queue import Progress
from kaibo.live.models import Session, Shift
from kaibo.login.tokens import make_token
from kaibo.measurement.models import Credit, DirectCredit, Segment, SegmentFact


@pytest.fixture
def evening(cast):  # type: ignore[no-untyped-def]
    return Evening(cast)


def text(evening, path: str = "2026-10", language: str = "zh-hans", kpi: str = "") -> str:  # type: ignore[no-untyped-def]
    args = [evening.cast.host.pk, path, *([kpi] if kpi else [])]
    url = reverse(f"appraisal:{'line' if kpi else 'month'}", args=args)
    got = evening.cast.client("owner").get(url, headers={"accept-language": language})
    assert got.status_code == 200
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", got.content.decode().replace("\u202f", ""))))


def told(evening, path: str = "2026-10", language: str = "zh-hans") -> dict:  # type: ignore[no-untyped-def, type-arg]
    _row, token = make_token(by=evening.cast.owner, name="test")
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
    got = evening.cast.client("nobody").get(f"/api/v1/people/{evening.cast.host.pk}/{path}/", headers=headers)
    assert got.status_code == 200
    found: dict = got.json()  # type: ignore[type-arg]
    return found


def lines(found: dict) -> dict:  # type: ignore[type-arg]
    return {line.get("kpi", line.get("rated")): line for line in found["lines"]}


def test_a_month_in_full_is_the_same_for_programs(evening):
    evening.target(100_000)
    found = told(evening)
    assert (found["card"], found["faults"], found["points"] is None) == ({"title": "主播", "version": 1}, [], False)
    net = lines(found)["net_paid"]
    assert (net["value"], net["target"], net["points"], net["why"]) == ("39001", "71429", "1560040/71429", None)
    assert found["waiting"] is None


def test_a_month_without_data(evening):
    assert "没有" in text(evening, "2026-07")
    found = told(evening, "2026-07")
    assert (found["role"], found["card"], found["points"], found["lines"]) == (None, None, None, [])
    assert found["why"] == "这个月还没有班次和数据"
    assert told(evening, "2026-07", "en")["why"] == "No shifts and no data in this month yet"
    assert told(evening)["why"] is None
    # planned and nothing imported
    Shift.objects.create(
        account=evening.account, person=evening.cast.host, role="host", planned_start=at("19:00", 14, 9),
        planned_end=at("23:00", 14, 9),
    )  # fmt: skip
    assert "这个月还没有计算结果" in text(evening, "2026-09") or "还没有" in text(evening, "2026-09")
    found = told(evening, "2026-09", "en")
    assert found["points"] is None
    assert {line["value"] for line in found["lines"]} == {None}
    assert {line["why"] for line in found["lines"]} == {"Nothing computed for this month yet"}


def test_one_source_missing(evening):
    evening.target(100_000)
    Batch.objects.filter(table="after_sale").delete()
    assert "还没有售后数据" in text(evening)
    found = lines(told(evening))
    assert (found["net_paid"]["value"], found["net_paid"]["points"]) == (None, None)
    assert found["net_paid"]["why"] == "还没有售后数据"
    assert found["net_paid"]["todo"].startswith("请上传抖店售后")
    assert found["view_order_rate"]["points"] is not None


def test_a_hole_in_the_roster(evening):
    """Shifts of a month that nobody planned: hours against plan wait, and so does the part of the room's target."""
    evening.target(100_000)
    Shift.objects.filter(state="absent").delete()
    Shift.objects.update(planned_start=None, planned_end=None)
    said = text(evening)
    assert "还没有排班" in said or "没有排班" in said
    found = lines(told(evening, language="en"))
    for kpi in ("airtime_attainment", "net_paid"):
        assert (found[kpi]["points"], found[kpi]["why"]) == (None, "No shifts planned")


def test_two_currencies_and_no_rate(evening):
    evening.target(100_000)
    Credit.objects.filter(segment=2, measure="paid_minor", person=evening.cast.host).update(
        measure="paid_minor@USD 2026-10-14"
    )
    assert "USD" in text(evening)
    found = lines(told(evening, language="en"))["net_paid"]
    assert (found["value"], found["points"]) == (None, None)
    assert found["why"] == "No rate for USD on 2026-10-14"
    assert found["todo"] == "Add the rate of that day."


def test_a_target_of_zero(evening):
    evening.target(0)
    assert "目标是 0" in text(evening)
    found = lines(told(evening, language="en"))["net_paid"]
    assert (found["points"], found["why"]) == (None, "The month target is 0: nothing can be attained")


def test_a_card_whose_weights_do_not_add_up(evening, monkeypatch):
    evening.target(100_000)
    card = cards.cards_in(OCTOBER)["host"]
    wrong = cards.DefaultCard("host", 7, cards.Card(card.card.lines[:2]), by_person=card.by_person)
    monkeypatch.setattr(month_data, "cards_in", lambda first: {"host": wrong})
    sentence = "权重合计 60，应为 100。还差 40：增加一项，或改一项的权重。"
    assert sentence in text(evening)
    assert sentence in text(evening, kpi="net_paid")
    found = told(evening)
    assert (found["faults"], found["points"]) == ([sentence], None)
    assert {(line["points"], line["why"]) for line in found["lines"]} == {(None, "考核表自相矛盾")}
    # values are what they are
    assert lines(found)["net_paid"]["value"] == "39001"


def test_the_months_card_for_programs(evening):
    _row, token = make_token(by=evening.cast.owner, name="test")
    got = evening.cast.client("nobody").get("/api/v1/months/2026-10/", headers={"Authorization": f"Bearer {token}"})
    found = {card["role"]: card for card in got.json()["cards"]}
    assert (found["floor_manager"]["version"], found["floor_manager"]["since"]) == (2, "2026-10")
    assert [one["key"] for one in found["floor_manager"]["rated"]] == ["handling"]
    assert all(card["faults"] == [] for card in found.values())


def test_a_month_with_one_person(evening):
    """Nobody to stand beside: the table, the comparison and the day say what there is, and nothing divides by zero."""
    evening.target(100_000)
    only = evening.cast.host
    Credit.objects.exclude(person=only).delete()
    Shift.objects.exclude(person=only).delete()
    keep_month(Progress(), "2026-10")
    client = evening.cast.client("owner")
    team = client.get("/team/?month=2026-10&role=host")
    assert [row.name for group in team.context["page"].groups for row in group.rows] == ["林晓彤"]
    found = lines(told(evening))
    # alone on the roster, the whole of the room's target is theirs
    assert found["net_paid"]["target"] == "100000"
    for url in (
        "/",
        "/daily/?from=2026-10-14&to=2026-10-14",
        "/people/",
        f"/team/compare/?month=2026-10&person={only.pk}",
    ):
        assert client.get(url).status_code in (200, 302), url


def test_one_person_whom_the_source_does_not_name(evening):
    """The file of customer service names somebody else: of this person it says nothing, which is not 0."""
    other = evening.cast.host2
    for person in (evening.cast.host, other):
        Shift.objects.filter(person=person).delete()
        Credit.objects.filter(person=person).delete()
        Shift.objects.create(
            account=evening.account, person=person, role="service", planned_start=at("19:00"), planned_end=at("23:00"),
        )  # fmt: skip
    for measure, amount in (("ratings", 20), ("good_ratings", 19)):
        DirectCredit.objects.create(
            computation=evening.computation, table="service_result", batch=1, row=2, person=other, name="kf02",
            date=OCTOBER.replace(day=14), measure=measure, amount=amount,
        )  # fmt: skip
    found = lines(told(evening, language="en"))["satisfaction"]
    assert (found["value"], found["points"]) == (None, None)
    assert found["why"] == "No row of the files names this person"
    assert "没有一行写着" in text(evening) or "没有" in text(evening)
    theirs = month.month_of(other, OCTOBER).line("satisfaction")
    assert theirs is not None
    assert theirs.value.number == Fraction(19, 20)


@pytest.fixture
def three(evening):  # type: ignore[no-untyped-def]
    """Orders until the 20th: an evening with sales on the 14th, 300 views on the 18th, 400 on the 25th."""
    evening.target(100_000)
    SegmentFact.objects.filter(place="segment").update(account=evening.account)
    Batch.objects.filter(table="order_line").update(source="doudian_orders", last_instant=at("21:00", 20))
    Batch.objects.filter(table="after_sale").update(source="doudian_after_sales")
    shift = Shift.objects.filter(person=evening.cast.host, state="confirmed").first()
    for day, views in ((18, 300), (25, 400)):
        session = Session.objects.create(account=evening.account, start=at("19:00", day), end=at("21:00", day))
        member = {"person": evening.cast.host.pk, "name": "", "weight": 1, "shift": shift.pk, "lead": True,
                  "confirmed": True}  # fmt: skip
        Segment.objects.create(
            computation=evening.computation, session=session, number=1, start=session.start, end=session.end,
            crew={"host": [member]},
        )  # fmt: skip
        of = {"computation": evening.computation, "session": session, "segment": 1, "date": OCTOBER.replace(day=day)}
        for measure, amount in (("air_ms", 7_200_000), ("views", views)):
            said = {**of, "measure": measure, "basis": "measured", "amount": amount}
            SegmentFact.objects.create(place="segment", kind="", account=evening.account, **said)
            Credit.objects.create(role="host", person=evening.cast.host, shift=shift, weight=1, weights=1, **said)
        evening.sessions = [*getattr(evening, "sessions", []), session]
    return evening


def page(evening, url: str, language: str = "zh-hans") -> str:  # type: ignore[no-untyped-def]
    got = evening.cast.client("owner").get(url, headers={"accept-language": language})
    assert got.status_code == 200
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", got.content.decode().replace("\u202f", ""))))


def test_orders_only_until_the_20th(three):
    """What began after the last day is left out on both sides; on the 18th nothing was sold, and that is known."""
    found = lines(told(three))
    rate = found["view_order_rate"]
    assert (rate["numerator"], rate["denominator"], rate["value"]) == (4, 2_000, "1/500")
    assert "2 / 3" in rate["partial"]
    assert (found["net_paid"]["value"], "2 / 3" in found["net_paid"]["partial"]) == ("39001", True)
    assert found["airtime_attainment"]["partial"] is None
    said = text(three, kpi="view_order_rate")
    assert "没有抖音订单文件覆盖这一天）：10-25 周日 生活旗舰店" in said
    assert "10-18 周日 生活旗舰店" not in said
    # where it stands by itself
    known, unknown = (page(three, reverse("measurement:session", args=[one.pk])) for one in three.sessions)
    assert ("没有文件覆盖这一天的订单" in known, "没有文件覆盖这一天的订单" in unknown) == (False, True)
    assert ("¥0.00" in known, "¥0.00" in unknown) == (True, False)
    days = {day: page(three, f"/daily/?from=2026-10-{day}&to=2026-10-{day}") for day in (18, 25)}
    assert ("成交 ¥0.00 退后成交 ¥0.00" in days[18], "成交 — 退后成交 —" in days[25]) == (True, True)
    titles = {one.code: one.todo for one in data_findings(OCTOBER, at("12:00", 20, 11))}
    assert "10-25" in titles["missing_order_line"]
    assert "10-18" not in titles["missing_order_line"]


def test_who_was_on_only_after_the_last_day_has_no_sales_that_anybody_knows(three):
    Batch.objects.filter(table="order_line").update(last_instant=at("12:00", 13))
    found = lines(told(three))
    assert {
        (found[kpi]["value"], found[kpi]["points"], found[kpi]["why"]) for kpi in ("net_paid", "view_order_rate")
    } == {(None, None, "还没有订单数据")}


def test_said_to_cover_the_whole_month(three):
    """A shop that sold nothing in its last days: whoever knows says until when the file speaks, and 0 is 0."""
    keep_month(Progress(), "2026-10")
    assert enqueue_unkept() == []
    kept = three.cast.client("owner").get("/team/?month=2026-10&role=host").content.decode()
    assert "按 2 / 3 场计算" in kept
    orders = Batch.objects.get(table="order_line")
    state_period(by=three.cast.owner, batch=orders, first=OCTOBER, last=OCTOBER.replace(day=31))
    # what is kept for the team is made anew, once the computation of the month that was named is over
    Job.objects.all().delete()
    assert enqueue_unkept() == ["2026-10"]
    keep_month(Progress(), "2026-10")
    assert "按 2 / 3 场计算" not in three.cast.client("owner").get("/team/?month=2026-10&role=host").content.decode()
    found = lines(told(three))
    assert (found["view_order_rate"]["numerator"], found["view_order_rate"]["denominator"]) == (4, 2_400)
    assert found["view_order_rate"]["partial"] is None
    assert "¥0.00" in page(three, reverse("measurement:session", args=[three.sessions[1].pk]))


def test_after_sales_exported_before_a_broadcast(three):
    """What came back of it nobody knows: it is in no sales after refunds, while its sales count."""
    Batch.objects.filter(table="order_line").update(last_instant=at("21:00", 31))
    Batch.objects.filter(table="after_sale").update(as_of=at("09:00", 22))
    found = lines(told(three, language="en"))
    assert "2 of 3 sessions" in found["net_paid"]["partial"]
    assert found["view_order_rate"]["partial"] is None
    assert "exported before" in text(three, kpi="net_paid", language="en")

"""Pages: who may open them, what they say, and how much they ask of the database."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kaibo.imports.models import Batch
from kaibo.jobs.queue import enqueue
from kaibo.live.models import Account, Session
from kaibo.measurement.models import AuditCursor, Credit

from .conftest import at

LEADS_ONLY = ["/daily/", "/daily.xlsx", "/daily.svg"]


def say(answer) -> str:  # type: ignore[no-untyped-def]
    return str(answer.content.decode())


@pytest.mark.parametrize("url", LEADS_ONLY)
def test_the_daily_report_is_for_leads(evening, url: str) -> None:  # type: ignore[no-untyped-def]
    got = {who: evening.cast.client(who).get(url).status_code for who in ("owner", "lead", "host", "nobody")}
    assert got == {"owner": 200, "lead": 200, "host": 404, "nobody": 302}


def test_a_session_is_for_leads_and_its_crew(evening) -> None:  # type: ignore[no-untyped-def]
    url = f"/sessions/{evening.session.pk}/"
    everyone = ("owner", "lead", "host", "host2", "outsider", "nobody")
    got = {who: evening.cast.client(who).get(url).status_code for who in everyone}
    assert got == {"owner": 200, "lead": 200, "host": 200, "host2": 200, "outsider": 404, "nobody": 302}


def test_an_absent_colleague_and_a_withdrawn_session_open_nothing(evening) -> None:  # type: ignore[no-untyped-def]
    url = f"/sessions/{evening.session.pk}/"
    evening.shift(evening.cast.outsider, "19:00", "24:00", state="absent", role="ads")
    assert evening.cast.client("outsider").get(url).status_code == 404
    evening.session.gone = True
    evening.session.save()
    assert evening.cast.client("owner").get(url).status_code == 404


def test_the_list_holds_ones_own_sessions(evening) -> None:  # type: ignore[no-untyped-def]
    assert "秋冬专场" in say(evening.cast.client("host").get("/sessions/"))
    assert "秋冬专场" not in say(evening.cast.client("outsider").get("/sessions/"))


def test_the_lists_sums_are_of_the_sessions_that_tell_them(evening) -> None:  # type: ignore[no-untyped-def]
    """400 views of a room whose orders nobody imported lower no rate, and its refunds are no 0 of the day's sales."""
    evening.imported("after_sale")
    evening.fact("views", 100, segment=2)
    room = Account.objects.create(handle="tt", name="TT", platform="tiktok")
    Batch.objects.filter(table="after_sale").update(source="doudian_after_sales")
    other = Session.objects.create(account=room, start=at("19:00"), end=at("21:00"))
    evening.fact("views", 400, session=other, segment=1)
    listed = evening.cast.client("lead").get("/sessions/")
    (day,) = listed.context["days"]
    assert (day.totals.orders, day.totals.views, day.totals.figures.views) == (6, 100, 500)
    assert (day.totals.net, day.totals.partial) == (45_100, "退后成交按 1 / 2 场计算")
    assert say(listed).count("退后成交按 1 / 2 场计算") == 2
    assert "6.00" in say(listed)


def test_the_check_stands_on_the_page(evening) -> None:  # type: ignore[no-untyped-def]
    text = say(evening.cast.client("lead").get(f"/sessions/{evening.session.pk}/"))
    assert "抖店订单 6 单 = 2 位主播 + 未归属，差 ¥0.00" in text
    assert "¥501.00" in text


def test_a_sum_that_does_not_hold_is_never_called_equal(evening) -> None:  # type: ignore[no-untyped-def]
    Credit.objects.filter(measure="paid_minor", amount=20_000).update(amount=19_000)
    text = say(evening.cast.client("lead").get(f"/sessions/{evening.session.pk}/"))
    assert "差 ¥0.00" not in text
    assert "¥10.00" in text


def test_a_colleagues_amount_is_not_on_a_persons_page(evening) -> None:  # type: ignore[no-untyped-def]
    evening.sell(3, evening.cast.outsider, paid=1_234)
    text = say(evening.cast.client("host").get(f"/sessions/{evening.session.pk}/"))
    assert "其他同事" in text
    assert "¥200.00" not in text
    assert "¥12.34" not in text
    assert "陈嘉禾" in text


def test_a_month_being_recomputed_says_so(evening) -> None:  # type: ignore[no-untyped-def]
    enqueue(kind="compute_month", by=None, args={"month": "2026-10"})
    assert "正在重算" in say(evening.cast.client("lead").get(f"/sessions/{evening.session.pk}/"))


def test_an_empty_installation_says_what_to_do(cast) -> None:  # type: ignore[no-untyped-def]
    assert "直播明细" in say(cast.client("owner").get("/sessions/"))
    assert cast.client("owner").get("/daily/").status_code == 200
    assert cast.client("host").get("/sessions/").status_code == 200


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("", True),
        ("?from=2026-10-14&to=2026-10-14", True),
        ("?from=2026-10-15", False),
        ("?to=2026-10-13", False),
        ("?q=秋冬", True),
        ("?q=林晓", True),
        ("?q=何川", False),
        ("?state=unconfirmed", False),
        ("?state=unstaffed", False),
    ],
)
def test_the_list_is_filtered(evening, query: str, there: bool) -> None:  # type: ignore[no-untyped-def]
    assert ("秋冬专场" in say(evening.cast.client("owner").get(f"/sessions/{query}"))) is there


@pytest.mark.parametrize("url", ["/sessions/", "/sessions.xlsx", "/daily/", "/daily.xlsx", "/daily.svg"])
@pytest.mark.parametrize("query", ["from=2026-10-14&to=2026-10-01", "from=nonsense", "from=2026-01-01&to=2026-12-31"])
def test_a_range_that_makes_no_sense_is_422(cast, url: str, query: str) -> None:  # type: ignore[no-untyped-def]
    assert cast.client("owner").get(f"{url}?{query}").status_code == 422


@pytest.mark.parametrize(
    "url", ["/sessions/", "/sessions/{}/", "/daily/", "/daily/?from=2026-10-01&to=2026-10-31", "/sessions.xlsx"]
)
@pytest.mark.parametrize("who", ["owner", "host"])
def test_few_queries(evening, django_assert_max_num_queries, url: str, who: str) -> None:  # type: ignore[no-untyped-def]
    client: Client = evening.cast.client(who)
    # as in any installation whose worker has run
    AuditCursor.objects.create(pk=1, at=timezone.now())
    # the daily report also says what each room's day plan and month are at
    with django_assert_max_num_queries(18 if url.startswith("/daily/") else 15):
        answer = client.get(url.format(evening.session.pk))
    assert answer.status_code == (404 if who == "host" and url.startswith("/daily/") else 200)


@pytest.mark.parametrize("url", ["/sessions/", "/sessions/{}/", "/daily/"])
def test_both_languages(evening, url: str) -> None:  # type: ignore[no-untyped-def]
    client = evening.cast.client("owner")
    chinese = say(client.get(url.format(evening.session.pk)))
    client.cookies["django_language"] = "en"
    english = say(client.get(url.format(evening.session.pk)))
    assert "zh-Hans" in chinese
    assert 'lang="en"' in english


def test_a_few_minutes_are_proposed_as_a_test(evening) -> None:  # type: ignore[no-untyped-def]
    assert "不到 10 分钟" not in say(evening.cast.client("lead").get("/sessions/"))
    evening.session.end = evening.session.start + timedelta(minutes=9)
    evening.session.save()
    assert f"/sessions/{evening.session.pk}/edit/" in say(evening.cast.client("lead").get("/sessions/"))
    assert "/edit/" not in say(evening.cast.client("host").get("/sessions/"))

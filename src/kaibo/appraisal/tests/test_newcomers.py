"""A month that a protection touches is scored by the newcomers' rules, and every page says so."""

import re
from datetime import date
from fractions import Fraction
from html import unescape

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse

from kaibo.appraisal import keeping
from kaibo.appraisal.models import KeptScore, KeptState
from kaibo.appraisal.month import month_of
from kaibo.jobs.queue import Progress
from kaibo.org.actions import end_protection, protect
from kaibo.org.models import ProtectionReason

from .conftest import OCTOBER


@pytest.fixture
def newcomer(evening):  # type: ignore[no-untyped-def]
    """The host, protected until the 13th: a day of October is enough."""
    evening.target(100_000)
    evening.protection = protect(
        by=evening.cast.owner, person=evening.cast.host, start=date(2026, 8, 20), end=date(2026, 10, 2)
    )
    return evening


def text(evening, url: str, language: str = "zh-hans") -> str:  # type: ignore[no-untyped-def]
    got = evening.cast.client("owner").get(url, headers={"accept-language": language})
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", got.content.decode().replace("\u202f", ""))))


def test_targets_are_lower_and_what_cannot_be_expected_yet_does_not_count(newcomer):
    month = month_of(newcomer.cast.host, OCTOBER)
    lines = {line.line.kpi: line for line in month.lines}
    # 80 % of the host's 5 of 7 planned hours' part of ¥1,000
    assert lines["net_paid"].score.target == Fraction(71_429 * 4, 5)
    assert lines["net_paid"].score.points == min(Fraction(39_001 * 5, 71_429 * 4), Fraction(6, 5)) * 40
    assert lines["view_order_rate"].score.target == Fraction(12, 1000)
    assert lines["airtime_attainment"].score.points == 16
    refunds = lines["refund_rate"]
    assert (refunds.value.number, refunds.score.points, refunds.score.waiting) == (
        Fraction(5_000, 44_001), None, "not_counted",
    )  # fmt: skip
    # taken out of the whole: neither counted nor waited for
    assert (month.total.weights, month.total.left_out_weights, month.waiting_weight) == (80, 20, 0)


def test_the_pages_say_so_in_both_languages(newcomer):
    url = reverse("appraisal:month", args=[newcomer.cast.host.pk, "2026-10"])
    said = text(newcomer, url)
    assert "新人保护期：2026-08-20 起，到 2026-10-02 前。 本月按考核表的新人标准计分" in said
    assert "新人不计 20 分：退款率 20。" in said
    assert "新人目标为 80%" in said
    assert "项在等" not in said
    english = text(newcomer, url, "en")
    assert "Protected as new in the team, from 2026-08-20 to before 2026-10-02." in english
    assert "20 points do not count for newcomers: Refund rate 20." in english
    line = reverse("appraisal:line", args=[newcomer.cast.host.pk, "2026-10", "refund_rate"])
    assert "新人不计这一项，满分里也去掉它的权重。" in text(newcomer, line)
    assert "It does not count for newcomers; its weight is taken out of the whole." in text(newcomer, line, "en")
    # made again from its rows like any other
    assert "已重算，与显示值一致" in text(newcomer, line)


def test_the_kept_score_is_the_newcomers_and_waits_for_nothing(newcomer):
    keeping.keep_month(Progress(), "2026-10")
    kept = KeptScore.objects.get(person=newcomer.cast.host, state=KeptState.CURRENT)
    assert (kept.protected, kept.waiting, kept.weights, kept.waiting_weights) == (True, 0, 80, 0)
    assert "新人不计" in text(newcomer, "/team/?month=2026-10")
    # ended before it began: kept again, by the usual rules
    end_protection(by=newcomer.cast.owner, protection=newcomer.protection, end=date(2026, 8, 20))
    assert keeping.keep_unkept_now() == ["2026-10"]
    kept = KeptScore.objects.get(person=newcomer.cast.host, state=KeptState.CURRENT)
    assert (kept.protected, kept.weights) == (False, 100)


def test_the_month_after_and_everyone_else_are_scored_as_ever(newcomer):
    end_protection(by=newcomer.cast.owner, protection=newcomer.protection, end=date(2026, 10, 1))
    month = month_of(newcomer.cast.host, OCTOBER)
    assert (month.protected, month.total.weights) == (None, 100)
    assert "保护期" not in text(newcomer, reverse("appraisal:month", args=[newcomer.cast.host.pk, "2026-10"]))


# while the protection that is typed lasts: the page asks for its end then
@time_machine.travel("2026-11-20 12:00:00+08:00")
def test_the_owner_protects_on_the_persons_page_and_ends_it_there(evening):
    client, host = evening.cast.client("owner"), evening.cast.host
    page = client.get(reverse("org:person", args=[host.pk])).content.decode()
    assert 'id="protection"' in page
    assert "结束保护" not in page
    add = reverse("org:protect", args=[host.pk])
    wrong = client.post(add, {"start": "2026-10-01", "end": "2026-10-01", "reason": "new"})
    assert wrong.status_code == 422
    assert "请选开始之后的日子。" in wrong.content.decode()
    assert client.post(add, {"start": "2026-10-01", "end": "2026-12-01", "reason": "back"}).status_code == 302
    page = client.get(reverse("org:person", args=[host.pk])).content.decode()
    assert "长假返岗" in page
    (held,) = host.protections.all()
    assert held.reason == ProtectionReason.BACK
    end = reverse("org:end_protection", args=[host.pk, held.pk])
    assert "要继续" in client.post(end, {"end": "2027-01-01"}).content.decode()
    client.post(end, {"end": "2026-11-15"})
    held.refresh_from_db()
    assert held.end == date(2026, 11, 15)
    twice = client.post(add, {"start": "2026-11-01", "end": "2026-12-01"})
    assert "已在保护期内" in twice.content.decode()


def test_what_contradicts_itself_is_refused(cast):
    with pytest.raises(ValidationError, match="一年"):
        protect(by=cast.owner, person=cast.host, start=date(2026, 1, 1), end=date(2027, 6, 1))

"""Lines by steps, by occurrence and rated ones, as the pages say them."""

import re
from html import unescape

import pytest
from django.urls import reverse

from kaibo.appraisal.month import month_of
from kaibo.measurement.models import Credit

from .conftest import OCTOBER


@pytest.fixture
def manager(evening):  # type: ignore[no-untyped-def]
    """The evening's 场控: alone in the role, 68 comments on 2,000 views."""
    cast = evening.cast
    shift = evening.shift(cast.host2, "19:00", "23:00", day=14, role="floor_manager")
    for segment in (1, 2):
        for measure, amount in {"air_ms": 7_200_000, "views": 1_000, "comments": 34}.items():
            Credit.objects.create(
                computation=evening.computation, session=evening.session, segment=segment, role="floor_manager",
                person=cast.host2, shift_id=shift.pk, date=OCTOBER.replace(day=14), measure=measure, basis="measured",
                amount=amount, weight=1, weights=1,
            )  # fmt: skip
    return cast


def page(cast, kpi: str = "", language: str = "zh-hans") -> str:  # type: ignore[no-untyped-def]
    client = cast.client("lead")
    args = [cast.host2.pk, "2026-10", *([kpi] if kpi else [])]
    url = reverse(f"appraisal:{'line' if kpi else 'month'}", args=args)
    got = client.get(url + "?role=floor_manager", headers={"accept-language": language})
    assert got.status_code == 200
    text = unescape(re.sub(r"<[^>]+>", " ", got.content.decode().replace("\u202f", "")))
    return re.sub(r"\s+", " ", text)


def test_a_line_by_steps_says_its_rule_and_where_one_stands(manager):
    text = page(manager, "comment_rate")
    # 68 ÷ 2,000 = 3.4 %: no whole half percentage point above 3 %
    rule = "3% 得 10 分，每高 0.5 个百分点加 1 分，每低 0.5 个百分点扣 1 分；最低 0 分，最高 15 分；不满一档不计"
    assert rule in text
    assert "在基准上" in text
    english = page(manager, "comment_rate", "en")
    assert "10 points at 3%, each 0.5 percentage points above adds 1" in english
    assert "only whole steps count" in english
    line = month_of(manager.host2, OCTOBER, role="floor_manager").line("comment_rate")
    assert line is not None
    assert line.score.points == 10


def test_a_step_further_counts(manager):
    Credit.objects.filter(measure="comments", segment=1).update(amount=48)
    # 82 ÷ 2,000 = 4.1 %: two whole steps of 0.5 above 3 %
    assert "高于基准 2 档" in page(manager, "comment_rate")
    assert "2 steps above the base" in page(manager, "comment_rate", "en")


def test_occurrences_nobody_has_counted_wait(manager):
    text = page(manager, "late_times")
    assert "没有导入打卡" in text or "打卡" in text
    assert "从 5 分起，每次扣 1 分，最低 0 分" in text
    line = month_of(manager.host2, OCTOBER, role="floor_manager").line("late_times")
    assert line is not None
    assert (line.score.points, line.score.waiting) == (None, "no_clock_in")


def test_a_rated_line_waits_and_says_what_its_points_mean(manager):
    month = month_of(manager.host2, OCTOBER, role="floor_manager")
    (handling,) = month.rated
    assert (handling.number, handling.score.points, handling.score.waiting) == (9, None, "not_rated")
    # the rated 10, and whatever waits for files
    assert month.waiting_weight == 10 + month.total.waiting_weights
    whole = page(manager)
    assert "突发情况处置 10 分：断播、改价、违规提醒都当场处理，并在群里说明 — 还没有评分" in whole
    text = page(manager, "handling")
    assert "还没有评分 · 这一项由人评分；评分之前等待，不算零分。" in text
    assert "要别人提醒才处理 4 分" in text
    assert "Handles them when reminded 4 pts" in page(manager, "handling", "en")


def test_september_keeps_the_version_before(manager):
    assert "v2" in page(manager)
    client = manager.client("lead")
    evening = client.get(reverse("appraisal:line", args=[manager.host2.pk, "2026-09", "handling"]))
    assert evening.status_code == 404

"""A draft of a scorecard: tried on a real month, its steps undone and done again, and what its page asks."""

import re
from datetime import UTC, date, datetime
from fractions import Fraction

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kaibo.appraisal.actions import begin_draft, save_draft
from kaibo.appraisal.keeping import keep_unkept_now
from kaibo.appraisal.models import CardState, CardStep, CardVersion, KeptMonth, KeptScore, Review
from kaibo.appraisal.own_cards import effect as effects
from kaibo.appraisal.own_cards.effect import Effect
from kaibo.appraisal.own_cards.models import digest
from kaibo.appraisal.tests.cycles import kept, opened
from kaibo.appraisal.tests.drafts import clear, draft_of, post, text_of
from kaibo.audit.models import AuditEvent
from kaibo.audit.seen import mark
from kaibo.login.models import Grant, Role


def test_a_draft_shows_a_real_month_and_what_it_would_change(boss, evening):
    evening.target(100_000)
    keep_unkept_now()
    draft = draft_of(boss)
    page = text_of(boss.get(reverse("appraisal:card_draft", args=[draft.pk]), {"person": evening.cast.host.pk}))
    assert "草稿下的分" in page
    clear(boss, draft)
    post(
        boss,
        "card_draft_line",
        draft.pk,
        "new",
        form="bands",
        kpi="orders",
        weight="100",
        on="value",
        **{"bands-0-at_least": "4", "bands-0-points": "100", "bands-1-below": "4", "bands-1-points": "0"},
    )
    effect = boss.get(reverse("appraisal:card_draft_effect", args=[draft.pk]))
    made = effect.context["effect"]
    # the host sold 4 and has everything, the other host sold less and has nothing
    told = {one.person.pk: one.draft for one in made.changes}
    assert told == {evening.cast.host.pk: 100, evening.cast.host2.pk: 0}
    assert {one.person.pk for one in made.gains} == {evening.cast.host.pk}
    assert "林晓彤" in text_of(effect)
    assert not CardVersion.objects.filter(state=CardState.PUBLISHED).exists()


def test_changes_of_a_draft_are_undone_and_done_again_step_by_step(boss, evening):
    draft = draft_of(boss)
    at = reverse("appraisal:card_draft", args=[draft.pk])
    said = [draft.data]

    def now() -> CardVersion:
        draft.refresh_from_db()
        return draft

    def offered() -> list[str]:
        return re.findall(r'name="act" value="(undo|redo)"', boss.get(at).content.decode())

    def act(what: str, status: int = 302, seen: str = "") -> None:
        assert boss.post(at, {"act": what, "seen": seen or mark(now())}).status_code == status

    assert offered() == []
    act("undo", 422)
    post(boss, "card_draft", draft.pk, act="down:line-1")
    said.append(now().data)
    post(boss, "card_draft", draft.pk, act="remove:line-1")
    said.append(now().data)
    post(boss, "card_draft", draft.pk, note="试行")
    assert [one["kpi"] for one in said[1]["line"][:2]] == [one["kpi"] for one in said[0]["line"][1::-1]]
    assert offered() == ["undo"]
    # nothing differs: no step
    steps = CardStep.objects.count()
    post(boss, "card_draft", draft.pk)
    assert CardStep.objects.count() == steps == 4

    act("undo")
    assert (now().note, now().data) == ("", said[2])
    act("undo")
    act("undo")
    assert (now().data, now().digest, offered()) == (said[0], digest(said[0]), ["redo"])
    act("undo", 422)
    act("redo")
    assert (now().data, offered()) == (said[1], ["undo", "redo"])
    # somebody else was there in between
    before = mark(now())
    act("redo")
    act("undo", 422, seen=before)
    assert now().data == said[2]
    # who goes back and changes something else begins another branch; what was there stays
    act("undo")
    act("undo")
    post(boss, "card_draft", draft.pk, act="remove:line-2")
    other = now().data
    act("redo", 422)
    act("undo")
    act("redo")
    assert now().data == other
    assert [one.data for one in CardStep.objects.filter(draft=draft)[:3]] == said
    told = [row.data for row in AuditEvent.objects.filter(verb__in=["undo_card", "redo_card"]).order_by("pk")]
    assert (told[0]["changed"], told[-1]["digest"]) == (["note"], now().digest)


def test_a_draft_s_page_asks_no_more_after_many_steps(boss):
    draft = draft_of(boss)
    at = reverse("appraisal:card_draft", args=[draft.pk])

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert boss.get(at).status_code == 200
        return len(found)

    for n in range(2):
        post(boss, "card_draft", draft.pk, note=f"{n}")
    few = asked()
    for n in range(2, 9):
        post(boss, "card_draft", draft.pk, note=f"{n}")
    assert asked() == few


BANDS = [{"at_least": "4", "points": "100"}, {"below": "4", "points": "0"}]
GRADED = {
    "line": [{"kpi": "orders", "weight": "100", "rule": {"form": "bands", "on": "value", "bands": BANDS}}],
    "outside": [{"key": "late", "each": "-5", "floor": "-20", "cap": "0", "zh": "迟交", "en": "Late"}],
    "gate": [{"key": "fine", "at_least": "1", "grade": "low", "zh": "罚单", "en": "Fine"}],
    "grade": [{"key": "high", "at_least": "90", "coefficient": "1.2", "zh": "高", "en": "High"},
              {"key": "low", "coefficient": "0.5", "zh": "低", "en": "Low"}],
}  # fmt: skip


def graded_draft(cast) -> CardVersion:
    """100 for four orders, 5 less each time something came late, low at best after a fine."""
    draft = begin_draft(by=cast.owner, role="host")
    save_draft(by=cast.owner, draft=draft, data=GRADED)
    return draft


def test_one_real_month_under_a_draft_is_shown_with_gates_what_is_outside_and_the_grade(boss, evening):
    cast = evening.cast
    keep_unkept_now()
    draft = graded_draft(cast)
    at = f"{reverse('appraisal:card_draft', args=[draft.pk])}?person={cast.host.pk}"

    def shown() -> tuple[list[tuple[str, str, str]], dict[str, tuple[str, str]], str]:
        found = boss.get(at).context["preview"]
        parts = [(one.title, one.value, one.draft) for one in found.parts]
        return parts, {one.title: (one.now, one.draft) for one in found.sums}, found.lacking

    parts, sums, lacking = shown()
    assert parts == [("迟交", "—", "—"), (parts[1][0], "—", "—")]
    assert parts[1][0].startswith("罚单 · ")
    gate = parts[1][0]
    # nobody has said how often: neither score nor grade is guessed
    assert ([sums[name][1] for name in ("得分（含百分之外的项目）", "等级")], lacking) == (["—", "—"], "迟交；罚单")
    cycle = opened(cast.owner)
    mine = Review.objects.filter(cycle=cycle, person=cast.host)
    mine.update(written={"late": "2", "fine": "0"})
    parts, sums, lacking = shown()
    assert (parts, lacking) == ([("迟交", "2", "−10.0"), (gate, "0", "未生效")], "")
    # by the card of now there is neither a grade nor anything outside
    assert sums["等级"] == ("—", "高 × 1.2")
    assert sums["得分（含百分之外的项目）"][1] == "90.0"
    mine.update(written={"late": "2", "fine": "1"})
    parts, sums, _lacking = shown()
    assert (parts[1], sums["等级"][1]) == ((gate, "1", "生效"), "低 × 0.5")
    page = text_of(boss.get(at))
    for text in ("迟交", gate, "低 × 0.5", "90.0"):
        assert text in page
    told = boss.get(reverse("appraisal:card_draft", args=[draft.pk]))
    assert not told.context["preview"].parts


def test_what_a_draft_changes_goes_by_what_reviews_say_outside_the_hundred_and_names_what_is_unknown(boss, evening):
    cast = evening.cast
    keep_unkept_now()
    draft = graded_draft(cast)

    def effect() -> tuple[dict[str, tuple[object, ...]], Effect]:
        made = boss.get(reverse("appraisal:card_draft_effect", args=[draft.pk])).context["effect"]
        return {one.person.name: (one.draft, one.grade, one.bare) for one in made.changes}, made

    host, other = cast.host.name, cast.host2.name
    told, made = effect()
    # nobody has a review of the month: points without what is outside, and no grade
    assert told == {host: (100, "", True), other: (0, "", True)}
    assert (made.lacking, made.coefficients[1], made.of) == ({"迟交": 2, "罚单": 2}, None, 0)
    cycle = opened(cast.owner)
    Review.objects.filter(cycle=cycle, person=cast.host).update(written={"late": "2", "fine": "0"})
    told, made = effect()
    # two times 5 less; the other's is still unknown, and no 0
    assert told == {host: (90, "high", False), other: (0, "", True)}
    assert (made.lacking, made.coefficients[1], made.of) == ({"迟交": 1, "罚单": 1}, Fraction("1.2"), 1)
    page = text_of(boss.get(reverse("appraisal:card_draft_effect", args=[draft.pk])))
    assert "迟交（1 人）" in page
    assert "不含百分之外" in page
    assert "— → 高" in page
    Review.objects.filter(cycle=cycle, person=cast.host).update(written={"late": "2", "fine": "1"})
    told, made = effect()
    assert (told[host], made.coefficients[1]) == ((90, "low", False), Fraction("0.5"))
    # HR, who may make cards, reads nothing here of what stands in their own review while it is open
    Grant.objects.create(user=cast.host.user, role=Role.HR, scope="company", start=date(2026, 1, 1))
    boss = cast.client("host")
    told, made = effect()
    assert (told[host], made.lacking) == ((100, "", True), {"迟交": 2, "罚单": 2})
    Review.objects.filter(cycle=cycle, person=cast.host).update(published_at=timezone.now(), version=1)
    assert effect()[0][host] == (90, "low", False)


def test_gaps_and_overlaps_are_said_in_the_kpis_own_unit(boss, evening):
    """Milliseconds and minor units are the program's; managers write seconds, hours, yuan and per cent."""
    draft = draft_of(boss)
    clear(boss, draft)
    typed = {
        "mean_stay": (
            "50",
            "60",
            "第 1 项在 50 秒 到 60 秒 之间没有分值。",
            "Item 1 gives no points from 50 s to 60 s.",
        ),
        "net_paid": (
            "5000",
            "6,000",
            "第 2 项在 ¥5,000.00 到 ¥6,000.00 之间",
            "Item 2 gives no points from ¥5,000.00 to ¥6,000.00.",
        ),
        "outage_time": ("1.5", "2", "第 3 项在 1.5 小时 到 2 小时 之间", "Item 3 gives no points from 1.5 h to 2 h."),
        "interaction_rate": ("3.5", "4", "第 4 项在 3.5 % 到 4 % 之间", "Item 4 gives no points from 3.5 % to 4 %."),
    }
    for kpi, (below, at_least, _chinese, _english) in typed.items():
        bands = {"bands-0-at_least": at_least, "bands-0-points": "25", "bands-1-below": below, "bands-1-points": "5"}
        post(boss, "card_draft_line", draft.pk, "new", form="bands", kpi=kpi, weight="25", on="value", **bands)
    url = reverse("appraisal:card_draft", args=[draft.pk])
    english = text_of(boss.get(url, headers={"accept-language": "en"}))
    chinese = text_of(boss.get(url, headers={"accept-language": "zh-hans"}))
    for _below, _at_least, chinese_said, english_said in typed.values():
        assert english_said in english
        assert chinese_said in chinese


def test_an_item_without_a_target_is_named_not_keyed(boss, evening):
    draft = draft_of(boss)
    clear(boss, draft)
    post(boss, "card_draft_line", draft.pk, "new", form="linear", kpi="net_paid", weight="100", cap="120")
    shown = text_of(boss.get(reverse("appraisal:card_draft", args=[draft.pk]), headers={"accept-language": "en"}))
    assert "Item 1: “Sales after refunds (T+15)” has no target." in shown


def test_a_draft_is_tried_on_the_newest_month_that_is_over_and_another_may_be_chosen(boss, evening):
    evening.target(100_000)
    keep_unkept_now()
    october, november = date(2026, 10, 1), date(2026, 11, 1)
    # November has begun: kept as far as the files go
    kept(evening.cast.host, "host", [1, 2], month=november)
    until = datetime(2026, 11, 3, 4, tzinfo=UTC)
    KeptMonth.objects.filter(month=november).update(is_over=False, until=until)
    draft = draft_of(boss)
    at = reverse("appraisal:card_draft", args=[draft.pk])
    page = boss.get(at, {"person": evening.cast.host.pk})
    assert page.context["preview"].month == october
    assert "这个月还没有结束" not in text_of(page)
    options = [one for one in page.content.decode().split("<option") if "未结束" in one]
    assert [one.startswith(' value="2026-11"') for one in options] == [True]
    chosen = boss.get(at, {"person": evening.cast.host.pk, "month": "2026-11"})
    assert chosen.context["preview"].month == november
    assert "这个月还没有结束：数据到 11-03 为止" in text_of(chosen)
    # a month that is none of these is as if none were said
    assert boss.get(at, {"month": "2020-01"}).context["preview"].month == october
    effect = reverse("appraisal:card_draft_effect", args=[draft.pk])
    assert boss.get(effect).context["month"] == october
    running = boss.get(effect, {"month": "2026-11"})
    assert running.context["month"] == november
    assert "这个月还没有结束：数据到 11-03 为止" in text_of(running)
    # where nothing else is there, the running one is tried
    KeptScore.objects.filter(month=october).delete()
    assert boss.get(at).context["preview"].month == november
    assert effects.months_kept("host").chosen() == november

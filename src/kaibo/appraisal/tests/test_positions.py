"""Cards of positions without shifts: every position of the handbook is reviewed, by what there is to review it by."""

import re
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from kaibo.appraisal import keeping, roles, wording
from kaibo.appraisal.actions import begin_draft, import_cards, publish_card, save_draft
from kaibo.appraisal.card import COMES_WITH, LATER, comes_with
from kaibo.appraisal.cards import CARDS, cards_in, newest
from kaibo.appraisal.cycle import opening
from kaibo.appraisal.cycle.opening import Asked
from kaibo.appraisal.models import CardVersion, KeptMonth, KeptScore, KeptState, LineKind, Review
from kaibo.appraisal.month import month_of
from kaibo.appraisal.own_cards import effect as effects
from kaibo.jobs.queue import Progress
from kaibo.kpi.catalog import KPIS, Route
from kaibo.live.models import CrewRole, Target
from kaibo.measurement.models import DirectCredit, SegmentFact
from kaibo.org.handbook import handbook
from kaibo.org.models import Appointment, AppointmentKind, Department, Person, Position

from .conftest import OCTOBER
from .cycles import computed, opened

pytestmark = pytest.mark.usefixtures("in_english")

HANDBOOK = {one.key: one for one in handbook().positions}
WITHOUT_SHIFTS = sorted(HANDBOOK.keys() - set(CrewRole.values) - roles.NO_CARD.keys())


def position(key: str) -> Position:
    entry = HANDBOOK.get(key)
    return Position.objects.get_or_create(key=key, defaults={"name": entry.zh.name if entry else key})[0]


def holder(name: str, key: str, start: date = date(2026, 1, 1), **other) -> Person:  # type: ignore[no-untyped-def]
    person = Person.objects.filter(name=name).first() or Person.objects.create(name=name)
    place = Department.objects.get(name="直播一部")
    Appointment.objects.create(person=person, position=position(key), department=place, start=start, **other)
    return person


def keep() -> None:
    keeping.keep_month(Progress(), "2026-10")


def score_of(person: Person, role: str) -> KeptScore:
    return KeptScore.objects.get(person=person, role=role, state=KeptState.CURRENT)


def reviewed(evening, *people: Person):  # type: ignore[no-untyped-def]
    """The month kept, and a cycle of these people computed from it."""
    keep()
    cycle = opened(evening.cast.owner, asked=Asked(people=frozenset(one.pk for one in people)))
    computed(cycle)
    return cycle


def owner(evening):  # type: ignore[no-untyped-def]
    client = evening.cast.client("owner")
    client.cookies["django_language"] = "en"
    return client


def test_every_position_of_the_handbook_has_a_card_or_a_reason_why_none():
    for month in (date(2020, 1, 1), date(2026, 10, 1), date(2030, 1, 1)):
        cards = newest(CARDS, month)
        assert cards.keys() | roles.NO_CARD.keys() == HANDBOOK.keys() | set(CrewRole.values)
        assert not cards.keys() & roles.NO_CARD.keys()
        assert {card.weight for card in cards.values()} == {100}
    assert "Nobody in the company stands above" in str(roles.NO_CARD["ceo"])


# what the handbook judges positions by (S4–S10): keys of KPIs, of rated items and of those that wait for facts
JUDGED_BY = {
    "host": {"views", "interactions", "interaction_rate", "view_order_rate"},
    "operator": {"view_order_rate", "net_paid"},
    "planner": {"planning", "production", "mean_stay", "interaction_rate", "view_order_rate", "plans_in_time"},
    "editor": {"planning", "production", "work"},
    "tech": {"lost_share", "outages", "restoring", "smoothness", "room_experience"},
    "promotion": {"promotion_effect", "entry_rate", "partners", "partner_satisfaction"},
    "service": {"satisfaction", "reply_3min_rate", "first_reply", "service_quality"},
    "service_specialist": {"case_satisfaction", "case_wait", "case_handling", "case_quality"},
    "analyst": {"reports_in_time", "corrections", "findings"},
    "live_manager": {"net_paid", "people", "feedback_in_time"},
    "department_manager": {"department_goals", "people", "feedback_in_time"},
    "service_manager": {"satisfaction", "people", "feedback_in_time"},
    "service_supervisor": {"satisfaction", "people", "feedback_in_time"},
}


@pytest.mark.parametrize("key", JUDGED_BY)
def test_a_card_judges_by_what_the_handbook_names(key):
    card = newest(CARDS, date(2027, 1, 1))[key]
    named = {line.kpi for line in card.whole.lines} | {one.key for one in card.later}
    assert JUDGED_BY[key] <= named


def test_every_card_is_called_as_its_position_in_both_languages():
    for card in CARDS:
        with override("zh-hans"):
            zh = card.title
        if card.role not in CrewRole.values:
            assert (zh, card.title) == (HANDBOOK[card.role].zh.name, HANDBOOK[card.role].en.name)
        for one in card.rated:
            assert all(anchor.zh and anchor.en for anchor in one.anchors)
            assert {Decimal(0), one.line.weight} <= {anchor.points for anchor in one.anchors}


def test_what_waits_for_facts_says_with_what_they_come():
    assert COMES_WITH.keys() == LATER.keys()
    assert comes_with("budget") == "no data yet: comes with budgets"
    with override("zh-hans"):
        assert comes_with("budget") == "还没有数据：等有了预算"


@pytest.mark.parametrize("key", WITHOUT_SHIFTS)
def test_a_person_of_each_position_is_reviewed_and_nothing_unknown_is_a_zero(evening, key):
    """Only an appointment, no shift: every line is a figure, to be rated, or says what it waits for."""
    person = holder("某人", key)
    cycle = reviewed(evening, person)
    review = Review.objects.get(cycle=cycle, person=person)
    assert (review.role, review.main, review.position.key) == (key, True, key)
    lines = list(review.lines.order_by("number"))
    assert sum(line.weight for line in lines) == 100
    assert any(line.kind == LineKind.RATED for line in lines)
    for line in lines:
        known = line.top is not None and not line.missing
        if line.kind == LineKind.RATED:
            assert (line.waiting, line.points, len(line.anchors)) == ("not_rated", None, 4)
        elif line.kind == LineKind.LATER:
            assert (line.waiting, line.points) == ("no_data", None)
        elif known:
            assert line.points is not None or line.waiting in ("no_target", "zero_denominator")
        else:
            assert (line.points, bool(line.waiting)) == (None, True)
            assert line.missing not in ("", "no_shift", "not_computed")
    client = owner(evening)
    month = reverse("appraisal:month", args=[person.pk, "2026-10"])
    pages = [reverse("appraisal:review", args=[review.pk]), month]
    pages += [reverse("appraisal:line", args=[person.pk, "2026-10", one.kpi]) + f"?role={key}"
              for one in lines if one.kind == LineKind.KPI]  # fmt: skip
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
    shown = unescape(client.get(pages[0]).content.decode())
    for line in lines:
        if line.kind == LineKind.LATER:
            assert comes_with(line.kpi) in shown
        elif line.waiting in wording.WHY:
            assert f"waits for data: {wording.why_waiting(line.waiting)}" in shown
    assert "Shifts this month" not in client.get(month).content.decode()
    kept = score_of(person, key)
    assert (kept.air_ms, kept.planned_ms, kept.sessions) == (None, None, 0)


def test_a_manager_is_measured_by_all_rooms_together_against_what_they_aim_at(evening):
    evening.target(100_000)
    SegmentFact.objects.update(account=evening.account)
    manager = holder("经理", "live_manager")
    keep()
    lines = {line.kpi: line for line in score_of(manager, "live_manager").lines.all()}
    # ¥500.01 paid in the room's evening, ¥50 came back; the room aims at ¥1,000
    assert (lines["net_paid"].top, lines["net_paid"].target) == (45_001, 100_000)
    assert lines["net_paid"].points == 30 * lines["net_paid"].attainment == pytest.approx(30 * 0.45001)
    Target.objects.all().delete()
    keep()
    line = score_of(manager, "live_manager").lines.get(kpi="net_paid")
    assert (line.top, line.points, line.waiting) == (45_001, None, "no_target")


def named(evening, person: Person | None, **measures: int) -> None:  # type: ignore[no-untyped-def]
    for measure, amount in measures.items():
        DirectCredit.objects.create(
            computation=evening.computation, person=person, date=date(2026, 10, 14), table="service_result", batch=1,
            row=1, measure=measure, amount=amount,
        )  # fmt: skip


def test_the_service_lead_has_what_rows_tell_of_the_department_and_an_agent_what_they_tell_of_them(evening):
    lead, one, other = (holder(*who) for who in (
        ("主管", "service_supervisor"), ("在线", "live_service"), ("无名", "live_service"),
    ))  # fmt: skip
    named(evening, one, good_ratings=9, ratings=10)
    named(evening, evening.cast.host2, good_ratings=11, ratings=15)
    # of another department
    named(evening, evening.cast.outsider, good_ratings=5, ratings=50)
    keep()

    def satisfaction(person: Person, role: str):  # type: ignore[no-untyped-def]
        line = score_of(person, role).lines.get(kpi="satisfaction")
        return line.top, line.bottom, line.points, line.waiting

    assert satisfaction(lead, "service_supervisor") == (20, 25, 12, "")
    assert satisfaction(one, "live_service") == (9, 10, 17, "")
    assert satisfaction(other, "live_service")[2:] == (None, "not_named")
    url = reverse("appraisal:line", args=[lead.pk, "2026-10", "satisfaction"])
    path = owner(evening).get(url, {"role": "service_supervisor"}).context["path"]
    assert (path.people, path.holds, path.sums, path.count) == (2, True, ["20", "25"], 2)
    assert sorted(one.name for one in path.members) == sorted(["在线", evening.cast.host2.name])
    # no row tells a time of reply
    assert score_of(lead, "service_supervisor").lines.get(kpi="reply_3min_rate").waiting == "not_said"
    assert score_of(lead, "service_supervisor").lines.get(kpi="case_wait").waiting == "no_cases"


def test_whoever_came_or_left_inside_the_month_is_in_it_and_whoever_held_it_before_is_not(evening):
    came = holder("新来", "planner", date(2026, 10, 12))
    left = holder("走了", "planner", end=date(2026, 10, 9))
    before = holder("以前", "planner", end=date(2026, 10, 1))
    after = holder("以后", "planner", date(2026, 11, 1))
    cycle = reviewed(evening, came, left, before, after)
    found = Review.objects.filter(cycle=cycle, role="planner")
    assert {one.person: one.joined_on for one in found} == {came: date(2026, 10, 12), left: None}
    assert set(KeptScore.objects.filter(role="planner").values_list("person", flat=True)) == {came.pk, left.pk}


def test_a_second_position_is_a_second_review_and_how_the_month_is_split_is_said_to_be_unknown(evening):
    host = evening.cast.host
    holder(host.name, "planner", date(2026, 10, 5), kind=AppointmentKind.SECOND)
    cycle = reviewed(evening, host)
    found = {one.role: one for one in Review.objects.filter(cycle=cycle)}
    assert found.keys() == {"host", "planner"}
    assert (found["host"].main, found["planner"].main) == (True, False)
    assert [one.share for one in found.values()] == [None, None]
    assert month_of(host, OCTOBER).roles == ["host", "planner"]
    page = owner(evening).get(reverse("appraisal:review", args=[found["planner"].pk])).content.decode()
    assert "how the month is split between them is not known" in page


def test_who_holds_a_crew_role_without_a_shift_can_be_rated(evening):
    """No score is kept, the review has the card's items all the same."""
    tech = holder("技术", "tech")
    cycle = reviewed(evening, tech)
    assert not KeptScore.objects.filter(person=tech).exists()
    lines = {line.kpi: line for line in Review.objects.get(cycle=cycle, person=tech).lines.all()}
    assert (lines["lost_share"].waiting, lines["restoring"].waiting) == ("no_room", "not_rated")
    assert sum(line.weight for line in lines.values()) == 100


def test_nobody_is_named_for_want_of_a_card_but_the_one_above_whom_nobody_is(evening):
    holder("老板", "ceo")
    holder("助理", "assistant")
    found = opening.candidates(OCTOBER)
    names = Person.objects.filter(pk__in=found.without_card).order_by("name").values_list("name", flat=True)
    assert set(names) == {"老板", "助理"}
    page = owner(evening).get(reverse("appraisal:cards")).content.decode()
    assert "Nobody in the company stands above" in page
    assert reverse("appraisal:card_begin", args=["assistant"]) in page
    assert reverse("appraisal:card", args=["coo"]) in page


OWN = """
[[card]]
role = "assistant"
version = 1

[[card.line]]
kpi = "broadcast_attainment"
weight = 40
target = "1"
route = "team"
rule = { form = "linear", cap = "1" }

[[card.rated]]
key = "minutes"
weight = 60
zh = "会议纪要"
en = "Minutes"
anchors = [{ points = "60", zh = "当天发出", en = "The same day" }, { points = "0", zh = "没有", en = "None" }]
"""


def test_a_companys_own_position_gets_a_card_is_tried_out_and_counts(evening):
    assistant = holder("助理", "assistant")
    Position.objects.filter(key="assistant").update(name="经理助理", name_en="Assistant")
    roles._own.clear()
    keep()
    [draft] = import_cards(by=evening.cast.owner, text=OWN)
    assert effects.months_kept("assistant").complete == [OCTOBER]
    page = owner(evening).get(reverse("appraisal:card_draft_effect", args=[draft.pk]))
    assert (page.status_code, "助理" in page.content.decode()) == (200, True)
    made = page.context["effect"]
    assert [(one.person, one.now) for one in made.changes] == [(assistant, None)]
    tried = owner(evening).get(reverse("appraisal:card_draft", args=[draft.pk]) + f"?person={assistant.pk}")
    assert tried.status_code == 200
    publish_card(by=evening.cast.owner, draft=draft, since=OCTOBER)
    assert cards_in(OCTOBER)["assistant"].title == "Assistant"
    cycle = reviewed(evening, assistant)
    review = Review.objects.get(cycle=cycle, person=assistant)
    assert (review.role, review.card, review.lines.count()) == ("assistant", "Assistant", 2)
    told = owner(evening).get(reverse("appraisal:team") + "?month=2026-10&role=assistant")
    assert "Assistant" in told.content.decode()


def test_a_card_is_for_what_there_is_and_credits_nothing_by_shift_where_nobody_is_on_shift(evening):
    boss = evening.cast.owner
    with pytest.raises(ValidationError, match="There is no position “king”"):
        begin_draft(by=boss, role="king")
    assert owner(evening).get("/cards/king/").status_code == 404
    draft = begin_draft(by=boss, role="planner")
    assert draft.data["rated"]
    line = {"kpi": "airtime_attainment", "weight": "100", "target": "1", "rule": {"form": "linear", "cap": "1"}}
    save_draft(by=boss, draft=draft, data={"line": [line]})
    with pytest.raises(ValidationError) as refused:
        publish_card(by=boss, draft=draft, since=OCTOBER)
    said = "Item 1: “Hours on air against plan” goes by shift, and nobody is on shift in this position."
    assert said in str(refused.value)
    assert CardVersion.objects.get(pk=draft.pk).state == "draft"


def test_no_card_that_comes_with_kaibo_credits_by_shift_where_nobody_is_on_shift():
    for card in CARDS:
        if card.role not in CrewRole.values:
            ways = {line.by for line in card.card.lines}
            assert ways <= {Route.TEAM, Route.DIRECT}, card.role
            assert all(KPIS[line.kpi].is_direct for line in card.card.lines if line.by is Route.DIRECT)


def test_keeping_asks_no_more_for_people_without_shifts(evening):
    """One more person costs no query, and so many people cost no query more than before."""
    keep()
    counts = []
    for names in ("乙丙", "丁戊己庚"):
        for name in names:
            holder(name, "planner")
        KeptScore.objects.all().delete()
        KeptMonth.objects.update(ground="")
        with CaptureQueriesContext(connection) as asked:
            keep()
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_teams_table_says_nothing_of_broadcasts_of_people_without_shifts(evening):
    holder("策划", "planner")
    keep()
    page = owner(evening).get(reverse("appraisal:team"), {"month": "2026-10", "role": "planner"}).content.decode()
    row = re.search(r"<tr[^>]*>(?:(?!</tr>).)*策划(?:(?!</tr>).)*</tr>", page, re.DOTALL)[0]
    assert re.findall(r'<td class="num">([^<]*)</td>', row)[0] == "—"
    assert "0 sessions" not in row
    assert "session short" not in row

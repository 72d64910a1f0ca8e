"""The team's table: who is seen, in which order, what the last row adds, and what it costs."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from kaibo.appraisal import cards, keeping, month_data, team, team_filter
from kaibo.appraisal.models import KeptLine, KeptMonth, KeptScore
from kaibo.imports.models import Batch
from kaibo.jobs.queue import Progress, enqueue
from kaibo.login.models import User
from kaibo.measurement.due import KIND as COMPUTE
from kaibo.measurement.models import Credit
from kaibo.org.models import Appointment, Department, Person, Position

from .conftest import OCTOBER

URL = "/team/?month=2026-10"


def keep() -> None:
    keeping.keep_month(Progress(), "2026-10")


def text(cast, url: str = URL, who: str = "owner") -> str:  # type: ignore[no-untyped-def]
    got = cast.client(who).get(url)
    assert got.status_code == 200
    return got.content.decode()


def page(cast, url: str = URL, who: str = "owner"):  # type: ignore[no-untyped-def]
    return cast.client(who).get(url).context["page"]


def names(shown) -> list[list[str]]:  # type: ignore[no-untyped-def]
    """Group by group."""
    return [[row.name for row in group.rows] for group in shown.groups]


@pytest.fixture
def crew(evening):  # type: ignore[no-untyped-def]
    """Two hosts of one department with credit, one of another who is only planned."""
    evening.target(100_000)
    person = Person.objects.create(name="安然")
    Appointment.objects.create(
        person=person, position=Position.objects.get(key="host"), department=Department.objects.get(name="投放部"),
        start=date(2026, 1, 1),
    )  # fmt: skip
    evening.shift(person, "10:00", "12:00")
    evening.planned_only = person
    keep()
    return evening


def test_by_department_and_by_name_within_it(crew):
    shown = page(crew.cast)
    assert [group.title for group in shown.groups] == ["投放部", "直播一部"]
    assert names(shown) == [["安然"], ["林晓彤", "陈嘉禾"]]
    assert [group.count for group in shown.groups] == [1, 2]
    assert "名次" in text(crew.cast)


def test_sorting_by_a_column_drops_the_groups_and_puts_the_unknown_last(crew):
    shown = page(crew.cast, f"{URL}&sort=-net_paid")
    assert [group.title for group in shown.groups] == [""]
    # 安然 was not on air: ¥0.00 of sales is known, orders per view has nothing to divide by
    assert names(shown) == [["林晓彤", "陈嘉禾", "安然"]]
    assert names(page(crew.cast, f"{URL}&sort=net_paid")) == [["安然", "陈嘉禾", "林晓彤"]]
    assert names(page(crew.cast, f"{URL}&sort=view_order_rate"))[0][-1] == "安然"
    assert names(page(crew.cast, f"{URL}&sort=-points"))[0][-1] == "安然"
    assert [head.sorted for head in shown.lines if head.key == "net_paid"] == ["descending"]
    # anything that is no column of the table sorts nothing
    assert names(page(crew.cast, f"{URL}&sort=password")) == [["安然", "林晓彤", "陈嘉禾"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=晓", {"林晓彤"}),
        ("state=waiting", {"安然"}),
        ("state=shared", {"林晓彤", "陈嘉禾"}),
        ("state=provisional", set()),
        ("state=immature", set()),
        ("department={ads}", {"安然"}),
        ("room={room}", {"林晓彤", "陈嘉禾"}),
        ("room={room}&q=陈", {"陈嘉禾"}),
        ("department=x&room=99999999999999999999&state=king&page=-1", {"安然", "林晓彤", "陈嘉禾"}),
    ],
)
def test_filters(crew, query, found):
    ads = Department.objects.get(name="投放部").pk
    shown = page(crew.cast, f"{URL}&{query.format(ads=ads, room=crew.account.pk)}")
    assert {name for group in names(shown) for name in group} == found


def test_each_filter_can_be_taken_off_again(crew):
    ads = Department.objects.get(name="投放部").pk
    shown = page(crew.cast, f"{URL}&department={ads}&q=安&state=waiting&sort=-hours")
    assert [chip.label for chip in shown.chips] == ["部门：投放部", "姓名：安"]
    without = page(crew.cast, f"/team/{shown.chips[0].href}")
    assert [chip.label for chip in without.chips] == ["姓名：安"]
    active = next(chip for chip in shown.states if chip.active)
    assert "state" not in active.href
    assert "sort=-hours" in active.href


def test_every_number_opens_its_line(crew):
    client = crew.cast.client("owner")
    for group in page(crew.cast).groups:
        for row in group.rows:
            assert client.get(row.href).status_code == 200
            for cell in row.cells:
                assert client.get(cell.href).status_code == 200
    kept = KeptScore.objects.get(person=crew.cast.host)
    row = next(row for group in page(crew.cast).groups for row in group.rows if row.pk == crew.cast.host.pk)
    assert row.cells[0].href == reverse("appraisal:line", args=[kept.person_id, "2026-10", "net_paid"])


def test_the_last_row_is_sum_over_sum(crew):
    feet = dict(zip([head.key for head in page(crew.cast).lines], page(crew.cast).feet, strict=True))
    # (3 + 1 + 1) orders ÷ 2,000 views; ¥50 of ¥500.01 came back
    assert (feet["view_order_rate"].value, feet["refund_rate"].value) == ("0.25", "10.0")
    assert feet["net_paid"].value == "450.01"
    # 安然 has nothing to divide by: the sum is of two of three, and says so
    assert feet["view_order_rate"].note == "按 2 / 3 人计"


def test_what_is_unknown_is_never_zero(crew):
    Batch.objects.filter(table="session_report").delete()
    Credit.objects.filter(measure="views").delete()
    keep()
    shown = page(crew.cast)
    place = [head.key for head in shown.lines].index("view_order_rate")
    cells = [row.cells[place] for group in shown.groups for row in group.rows]
    assert [(cell.value, cell.points, cell.why) for cell in cells] == [("—", "", "还没有直播明细")] * 3
    assert (shown.feet[place].value, shown.feet[place].note) == ("—", "")


@pytest.mark.parametrize(
    ("who", "status", "seen"),
    [
        ("owner", 200, {"安然", "林晓彤", "陈嘉禾"}),
        ("lead", 200, {"林晓彤", "陈嘉禾"}),
        ("host", 404, set()),
        ("nobody", 302, set()),
    ],
)
def test_a_lead_sees_their_department_and_the_owner_all(crew, who, status, seen):
    got = crew.cast.client(who).get(URL)
    assert got.status_code == status
    assert crew.cast.client(who).get("/team.xlsx").status_code == status
    if status == 200:
        assert {row.name for group in got.context["page"].groups for row in group.rows} == seen
        assert got.context["team"].totals.people == len(seen)


def test_a_month_about_to_change_says_so(crew):
    # after everything that the month's page goes by was made, whenever that is
    later = timezone.now() + timedelta(days=1)
    KeptMonth.objects.update(kept_at=later, began_at=later)
    assert "正在重算" not in text(crew.cast)
    for kind, args in ((COMPUTE, {"month": "2026-10"}), (keeping.KIND, {"month": "2026-10"}), ("follow_batch", {})):
        job = enqueue(kind=kind, by=None, args=args)
        assert 'id="computing"' in text(crew.cast), kind
        job.delete()
    job = enqueue(kind=keeping.KIND, by=None, args={"month": "2026-09"})
    assert 'id="computing"' not in text(crew.cast)
    job.delete()
    # computed since it was kept
    KeptMonth.objects.update(kept_at="2026-11-19T00:00Z", began_at="2026-11-19T00:00Z")
    crew.computation.finished_at = "2026-11-20T00:00Z"
    crew.computation.save()
    assert 'id="computing"' in text(crew.cast)


def test_without_any_month_it_says_what_to_do(cast):
    assert "还没有算过任何月份" in text(cast, "/team/")
    assert cast.client("owner").get("/team.xlsx").status_code == 200


def test_a_month_that_was_never_computed(crew):
    assert "这个月还没有成绩" in text(crew.cast, "/team/?month=2020-01")
    assert names(page(crew.cast, "/team/?month=2026-13")) == [["安然"], ["林晓彤", "陈嘉禾"]]


def test_a_month_with_one_person(evening):
    Credit.objects.filter(person=evening.cast.host2).delete()
    evening.cast.host2.shifts.all().delete()
    keep()
    shown = page(evening.cast)
    assert names(shown) == [["林晓彤"]]
    assert shown.feet[1].value == shown.groups[0].rows[0].cells[1].value


def test_a_target_of_zero_is_said(crew):
    crew.account.targets.update(amount_minor=0)
    keep()
    row = next(row for group in page(crew.cast).groups for row in group.rows if row.name == "林晓彤")
    assert (row.cells[0].why, row.cells[0].points) == ("目标是 0", "")
    assert row.of == "等 1 项"


def test_a_card_that_contradicts_itself_is_said_and_scores_nobody(crew, monkeypatch):
    card = cards.cards_in(date(2026, 10, 1))["host"]
    wrong = cards.DefaultCard(card.role, card.version, cards.Card(card.card.lines[:2]), (), card.by_person)
    for module in (team, month_data):
        monkeypatch.setattr(module, "cards_in", lambda first: {"host": wrong})
    keep()
    body = text(crew.cast)
    assert "考核表“主播 v1”自相矛盾，所以没有人按它计分" in body
    assert "权重合计 60，应为 100。还差 40：增加一项，或改一项的权重。" in body
    kept = KeptScore.objects.filter(state="current")
    assert {(one.weights, one.waiting) for one in kept} == {(0, 2)}


def test_few_sessions_are_far_from_any_comparison(crew):
    body = text(crew.cast)
    assert "还差 4 场" in body
    assert "在那之前不下结论" in body


def test_the_export_has_what_is_seen_and_what_it_is_made_of(crew):
    got = crew.cast.client("owner").get("/team.xlsx?month=2026-10&sort=-net_paid")
    rows = CalamineWorkbook.from_filelike(BytesIO(got.content)).get_sheet_by_index(0).to_python()
    head, first = rows[0], dict(zip(rows[0], rows[1], strict=True))
    assert [row[0] for row in rows[1:]] == ["林晓彤", "陈嘉禾", "安然"]
    rate = "观看-成交率（次数）"
    assert (first[f"{rate} · 分子"], first[f"{rate} · 分母（n）"]) == (4, 1_700)
    assert first[f"{rate} · 实测占比"] == 0
    assert first["退后成交（T+15）"] == 390.01
    assert (first["场次"], first["上播时长"]) == (1, 4)
    last = dict(zip(head, rows[3], strict=True))
    # what is unknown is an empty cell, with the reason in another
    assert (last[rate], last[f"{rate} · 得分"], last[f"{rate} · 在等什么"]) == ("", "", "分母还是 0")


def test_paged_in_the_database(crew, monkeypatch):
    monkeypatch.setattr(team, "ALL", 2)
    monkeypatch.setattr(team, "PAGE", 2)
    monkeypatch.setattr("kaibo.appraisal.team_page.PAGE", 2)
    first, second = page(crew.cast), page(crew.cast, f"{URL}&page=2")
    assert names(first) + names(second) == [["安然"], ["林晓彤"], ["陈嘉禾"]]
    assert (first.first, first.last, second.first, second.last) == (1, 2, 3, 3)
    assert (first.before, second.after) == ("", "")
    assert names(page(crew.cast, f"/team/{first.after}")) == names(second)
    assert names(page(crew.cast, f"/team/{second.before}")) == names(first)
    # the sums are of everyone, and the group says how many it has on all pages
    assert first.feet[0].value == "450.01"
    assert [group.count for group in first.groups] == [1, 2]
    assert names(page(crew.cast, f"{URL}&page=99")) == names(second)
    # a page counted from the end holds what the order says, unknown last either way
    for sort in ("-net_paid", "net_paid", "view_order_rate", "-points", "hours"):
        cut = [one for n in (1, 2) for group in names(page(crew.cast, f"{URL}&sort={sort}&page={n}")) for one in group]
        whole = team.team_of(User.objects.get(username="owner"), team_filter.TeamFilter(month=OCTOBER, sort=sort)).rows
        assert cut == [score.person.name for score in whole], sort


def test_names_are_shown_as_they_are_written(crew):
    written, shown = '<b>"&', "&lt;b&gt;&quot;&amp;"
    Person.objects.filter(pk=crew.cast.host.pk).update(name=written)
    crew.account.name = written
    crew.account.save()
    body = text(crew.cast)
    # the box, the name, the main room of two, the room to choose
    assert body.count(shown) == 5
    assert written not in body


def many(crew, number: int) -> None:
    """So many more people whose kept scores are like the host's."""
    kept = KeptScore.objects.get(person=crew.cast.host)
    lines, start = list(kept.lines.all()), Person.objects.count()
    people = Person.objects.bulk_create(Person(name=f"{start + n:05d}") for n in range(number))
    for one in people:
        kept.pk, kept.person = None, one
        kept.save(force_insert=True)
        for line in lines:
            line.pk, line.score = None, kept
        KeptLine.objects.bulk_create(lines)


def test_no_more_queries_for_many_than_for_few(crew):
    client = crew.cast.client("owner")
    counts = []
    for number in (50, 450):
        many(crew, number)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(URL).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


def test_the_address_holds_everything():
    asked = team_filter.TeamFilter.of(
        {"month": "2026-10", "role": "host", "department": "3", "room": "4", "state": "waiting", "q": "林",
         "sort": "-points", "page": "2"}
    )  # fmt: skip
    again = dict(pair.split("=") for pair in asked.query(page=2)[1:].split("&"))
    assert team_filter.TeamFilter.of(again | {"q": "林"}) == asked
    assert asked.month == OCTOBER
    assert "page" not in asked.query(sort="")

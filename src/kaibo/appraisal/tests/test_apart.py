"""Rooms of a platform with orders and of one without, in one month: a value is made of the former, and says so."""

import re
from dataclasses import replace
from datetime import date
from fractions import Fraction
from html import unescape
from io import BytesIO

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from kaibo.appraisal import keeping
from kaibo.appraisal.explaining import faults, whole_of
from kaibo.appraisal.month import MyMonth, month_of
from kaibo.appraisal.month_lines import MonthLine
from kaibo.appraisal.path import path_of
from kaibo.appraisal.room_path import path_of_line
from kaibo.appraisal.sums import of_sessions
from kaibo.facts.schema import AFTER_SALE, ORDER_LINE
from kaibo.imports.models import Batch
from kaibo.jobs.queue import Progress
from kaibo.kpi.catalog import KPIS, Route
from kaibo.kpi.rooms import Held
from kaibo.kpi.values import Value
from kaibo.live.actions import assign_responsibility
from kaibo.live.models import Account, RoomDuty, Session
from kaibo.login.tokens import make_token
from kaibo.measurement.closed import ClosedMonth
from kaibo.measurement.covered import as_frozen, coverage
from kaibo.measurement.models import Credit, Segment, SegmentFact
from kaibo.measurement.person_values import kpi_values
from kaibo.measurement.room_values import room_month
from kaibo.measurement.teams import teams_in

from .conftest import OCTOBER, at
from .cycles import computed, opened

KPIS_OF_ROOMS = [key for key, kpi in KPIS.items() if kpi.of_rooms]
DAY = OCTOBER.replace(day=17)
URL = reverse("appraisal:month", args=[1, "2026-10"]).replace("/1/", "/{}/")


class Both:
    """The host's evening in a Douyin room with Doudian's files, and one of 400 views in a TikTok room without any."""

    def __init__(self, evening) -> None:  # type: ignore[no-untyped-def]
        self.evening, self.cast, self.host = evening, evening.cast, evening.cast.host
        evening.target(100_000)
        self.files(ORDER_LINE, "doudian_orders")
        self.files(AFTER_SALE, "doudian_after_sales")
        SegmentFact.objects.filter(place="segment").update(account=evening.account)
        self.room = Account.objects.create(handle="tt", name="TT Shop", platform="tiktok")
        self.session = Session.objects.create(account=self.room, start=at("19:00", 17), end=at("21:00", 17))
        members = [{"person": self.host.pk, "name": "", "weight": 1, "shift": evening.shifts[0].pk, "lead": True,
                    "confirmed": True}]  # fmt: skip
        Segment.objects.create(
            computation=evening.computation, session=self.session, number=1, start=self.session.start,
            end=self.session.end, crew={"host": members},
        )  # fmt: skip
        for measure, amount in {"air_ms": 7_200_000, "views": 400}.items():
            self.credit(measure, amount)

    @staticmethod
    def files(table: str, source: str) -> None:
        Batch.objects.filter(table=table).update(source=source)

    def also(self, table: str, source: str, **other) -> Batch:  # type: ignore[no-untyped-def]
        """Another file of the table beside the evening's."""
        made = self.evening.batch(f"{table}-{source}")
        for name, said in {"table": table, "source": source, **other}.items():
            setattr(made, name, said)
        made.save()
        return made

    def credit(self, measure: str, amount: int) -> None:
        where = {"computation": self.evening.computation, "session": self.session, "segment": 1, "date": DAY,
                 "measure": measure, "basis": "measured", "amount": amount}  # fmt: skip
        SegmentFact.objects.create(place="segment", kind="", account=self.room, **where)
        Credit.objects.create(role="host", person=self.host, shift=self.evening.shifts[0], weight=1, weights=1, **where)

    @property
    def mine(self) -> MyMonth:
        return month_of(self.host, OCTOBER)

    def value(self, kpi: str) -> Value:
        return kpi_values([self.host], OCTOBER)[self.host.pk, "host"][kpi]

    def text(self, url: str, language: str = "zh-hans") -> str:
        got = self.cast.client("owner").get(url, headers={"accept-language": language})
        assert got.status_code == 200
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", got.content.decode())))

    def line(self, kpi: str, language: str = "zh-hans") -> str:
        return self.text(reverse("appraisal:line", args=[self.host.pk, "2026-10", kpi]), language)


@pytest.fixture
def both(evening) -> Both:  # type: ignore[no-untyped-def]
    return Both(evening)


def counted(value: Value) -> tuple[Fraction | None, int, int]:
    return value.number, value.sessions, value.of_sessions


def test_values_are_of_the_sessions_whose_orders_are_known(both):
    assert counted(both.value("net_paid")) == (39_001, 1, 2)
    # 400 views of the other room are in no side
    assert counted(both.value("view_order_rate")) == (Fraction(4, 1_700), 1, 2)
    assert counted(both.value("gpm")) == (Fraction(44_001 * 1000, 1_700), 1, 2)
    assert counted(both.value("refund_rate")) == (Fraction(5_000, 44_001), 1, 2)
    # what needs no orders is of both
    assert counted(both.value("views")) == (2_100, 2, 2)
    assert counted(both.value("airtime")) == (6 * 3_600_000, 0, 0)


def test_they_are_whole_again_once_the_other_platforms_files_are_there(both):
    both.also(ORDER_LINE, "tiktok_orders")
    assert counted(both.value("view_order_rate")) == (Fraction(4, 2_100), 2, 2)
    assert counted(both.value("net_paid")) == (39_001, 1, 2)
    both.also(AFTER_SALE, "mapped", answers={"platform": "tiktok"})
    assert counted(both.value("net_paid")) == (39_001, 0, 0)
    assert not both.value("net_paid").is_partial


def test_orders_without_after_sales_tell_sales_and_not_what_came_back(both):
    Batch.objects.filter(table=ORDER_LINE).update(source="mapped", answers={})
    assert counted(both.value("paid")) == (44_001, 0, 0)
    assert counted(both.value("net_paid")) == (39_001, 1, 2)
    assert "未计入（还没有导入TikTok Shop的售后）：10-17 周六 TT Shop。" in both.line("net_paid")


def test_refunds_are_final_once_they_are_for_every_platform(both):
    """A newer export of one shop says nothing of what may still come back to another."""
    both.also(ORDER_LINE, "tiktok_orders")
    other = both.also(AFTER_SALE, "mapped", answers={"platform": "tiktok"}, as_of=at("09:00", 25))
    assert both.value("net_paid").immature_until == date(2026, 11, 3)
    other.as_of = at("09:00", 20, 11)
    other.save()
    assert both.value("net_paid").immature_until is None


def test_my_month_says_of_how_many_sessions_values_are_made(both):
    url = URL.format(both.host.pk)
    assert "按 1 / 2 场计算" in both.text(url)
    assert "3 项只按部分场次计算" in both.text(url)
    assert "from 1 of 2 sessions" in both.text(url, "en")


def test_the_path_leaves_the_session_out_and_says_why(both):
    for kpi in ("net_paid", "view_order_rate", "refund_rate"):
        line = both.mine.line(kpi)
        assert line is not None
        path = path_of(both.mine, line.value)
        assert [step.session for step in path.sessions] == [both.evening.session]
        assert [(one, set(tables)) for one, tables in path.without] == [
            (both.session, {ORDER_LINE, AFTER_SALE} & set(line.kpi.needs))
        ]
        assert path.silent == []
        assert of_sessions(path).holds
        assert faults(line, path, whole_of(path, both.mine, line), both.host.pk) == []
        # its trend ends at the value
        assert line.trend[-1].value == line.value.number
        said = both.line(kpi)
        assert "按 1 / 2 场计算，补齐后会重算。未计入（还没有导入TikTok Shop的订单）：10-17 周六 TT Shop。" in said
        assert "先别用这个数" not in said
    assert (
        "From 1 of 2 sessions; it is computed again once the rest is there. "
        "Left out, since no orders of TikTok Shop are imported: Sat 17 Oct TT Shop."
    ) in both.line("net_paid", "en")
    assert "场计算" not in both.line("airtime_attainment")


def test_the_workbook_of_a_line_says_it_too(both):
    address = reverse("appraisal:export", args=[both.host.pk, "2026-10", "net_paid"])
    got = both.cast.client("owner").get(address)
    sheets = CalamineWorkbook.from_filelike(BytesIO(got.content))
    item = dict(row[:2] for row in sheets.get_sheet_by_index(0).to_python())
    assert "未计入（还没有导入TikTok Shop的订单）：10-17 周六 TT Shop。" in item["计入场次"]
    assert [row[1] for row in sheets.get_sheet_by_index(1).to_python()[1:]] == ["生活旗舰店"]


def test_what_is_unknown_stands_in_no_workbook_as_0(both):
    Batch.objects.filter(table=ORDER_LINE).delete()
    address = reverse("appraisal:export", args=[both.host.pk, "2026-10", "view_order_rate"])
    got = both.cast.client("owner").get(address)
    item = dict(
        row[:2] for row in CalamineWorkbook.from_filelike(BytesIO(got.content)).get_sheet_by_index(0).to_python()
    )
    assert (item["分子"], item["分母"], item["指标值"]) == ("—", "—", "—")


def test_programs_are_told(both):
    _token, text = make_token(by=both.cast.owner, name="t", scopes=["scores:read", "money"])
    headers = {"authorization": f"Bearer {text}", "accept-language": "zh-hans"}
    got = both.cast.client("nobody").get(f"/api/v1/people/{both.host.pk}/2026-10/", headers=headers).json()
    lines = {line["kpi"]: line for line in got["lines"]}
    assert (lines["net_paid"]["value"], lines["net_paid"]["sessions"], lines["net_paid"]["of_sessions"]) == (
        "39001", 1, 2,
    )  # fmt: skip
    assert "1 / 2" in lines["net_paid"]["partial"]
    assert (lines["view_order_rate"]["numerator"], lines["view_order_rate"]["denominator"]) == (4, 1_700)
    assert lines["airtime_attainment"]["partial"] is None


def test_the_team_and_its_sums_say_it(both):
    keeping.keep_month(Progress(), "2026-10")
    client = both.cast.client("owner")
    body = client.get("/team/?month=2026-10").content.decode()
    assert 'title="按 1 / 2 场计算' in body
    assert "1 人只按部分场次计算" in both.text("/team/?month=2026-10")
    assert "1 from some sessions only" in both.text("/team/?month=2026-10", "en")
    head, *rows = CalamineWorkbook.from_filelike(
        BytesIO(client.get("/team.xlsx?month=2026-10").content)
    ).get_sheet_by_index(0).to_python()  # fmt: skip
    column = head.index("退后成交（T+15） · 计入场次")
    assert {row[0]: row[column] for row in rows} == {"林晓彤": "1 / 2", "陈嘉禾": ""}


def test_a_review_copies_it_and_says_it(both):
    keeping.keep_month(Progress(), "2026-10")
    cycle = opened(both.cast.owner)
    computed(cycle, by=both.cast.owner)
    review = cycle.reviews.get(person=both.host)
    line = review.lines.get(kpi="net_paid")
    assert (line.top, line.sessions, line.of_sessions) == (39_001, 1, 2)
    assert "按 1 / 2 场计算" in both.text(f"/reviews/{review.pk}/")


def test_a_month_that_was_closed_before_keeps_what_it_had(both):
    """Values of then counted every session: the closing says no word of leaving any out."""
    last = OCTOBER.replace(day=31)
    frozen = {"coverage": as_frozen(coverage(), OCTOBER, last), "refund_days": 15}
    closed = {OCTOBER: ClosedMonth(1, OCTOBER, "s", both.evening.computation.pk, frozen)}
    values = kpi_values([both.host], OCTOBER, closed)[both.host.pk, "host"]
    assert counted(values["view_order_rate"]) == (Fraction(4, 2_100), 2, 2)
    assert counted(values["net_paid"]) == (39_001, 0, 0)
    closed = {OCTOBER: ClosedMonth(1, OCTOBER, "s", both.evening.computation.pk, frozen | {"leaves_out": True})}
    values = kpi_values([both.host], OCTOBER, closed)[both.host.pk, "host"]
    assert counted(values["view_order_rate"]) == (Fraction(4, 1_700), 1, 2)


def answers(both: Both, *rooms: Account) -> None:
    for room in rooms:
        assign_responsibility(by=None, account=room, person=both.host, duty=RoomDuty.MANAGER, start=OCTOBER)


def test_rooms_that_one_answers_for_are_asked_each_by_its_platform(both):
    answers(both, both.evening.account, both.room)
    found = room_month([both.host.pk], OCTOBER, KPIS_OF_ROOMS, teams=teams_in(OCTOBER, {}, ()))
    for values in (found.values[both.host.pk, "manager"], found.worth(found.of(both.host.pk, "team"))):
        # the room's five orders, whoever sold them
        assert counted(values["view_order_rate"]) == (Fraction(5, 2_000), 1, 2)
        assert counted(values["net_paid"]) == (45_001, 1, 2)
        assert counted(values["views"]) == (2_400, 2, 2)


def test_the_path_of_rooms_leaves_sessions_and_off_air_out(both):
    """What was spent off air in a room whose sales nobody knows stands against no sales."""
    answers(both, both.evening.account, both.room)
    for room, amount in ((both.evening.account, 700), (both.room, 9_000)):
        both.evening.fact(None, "spend_minor", amount, place="outside", kind="ad_off_air", session=None, account=room)
    both.evening.batch("ad_spend")
    values = room_month([both.host.pk], OCTOBER, KPIS_OF_ROOMS).values[both.host.pk, "manager"]
    assert (values["roi"].top, values["roi"].bottom, values["spend"].top) == (50_001, 700, 9_700)
    line = line_of(both, values["roi"])
    path = path_of_line(both.mine, line)
    assert [(step.session.account, step.off_air) for step in path.sessions] == [
        (both.evening.account, False), (both.evening.account, True),
    ]  # fmt: skip
    assert [one for one, _tables in path.without] == [both.session]
    assert of_sessions(path).holds


def test_spend_off_air_is_in_the_path_where_it_is_in_the_value(both):
    """Off air nobody viewed anything: what a view cost is made of the broadcasts' spend alone."""
    answers(both, both.evening.account)
    both.evening.batch("ad_spend")
    place = {"place": "outside", "kind": "ad_off_air", "session": None}
    both.evening.fact(None, "spend_minor", 700, account=both.evening.account, **place)
    both.evening.fact(1, "spend_minor", 4_000, account=both.evening.account)
    value = room_month([both.host.pk], OCTOBER, KPIS_OF_ROOMS).values[both.host.pk, "manager"]["view_cost"]
    assert counted(value) == (2, 1, 1)
    path = path_of_line(both.mine, line_of(both, value))
    assert [step.off_air for step in path.sessions] == [False]
    assert of_sessions(path).holds


def line_of(both: Both, value: Value) -> MonthLine:
    """A line by room with this value, as a card of the team's could have it."""
    line = both.mine.lines[0]
    score = replace(line.score, line=replace(line.line, kpi=value.kpi, route=Route.ACCOUNT), value=value)
    rooms = [both.evening.account, both.room] if value.is_partial else [both.evening.account]
    return replace(line, score=score, answers=[Held(both.host.pk, "manager", one.pk, OCTOBER) for one in rooms])


def test_where_only_rooms_without_files_are_nothing_is_known(both):
    Credit.objects.filter(session=both.evening.session, person=both.host).delete()
    value = both.value("net_paid")
    assert (value.number, value.missing) == (None, "no_orders")
    assert "还没有订单数据" in both.text(URL.format(both.host.pk))
    # the item's own page says which room waits, and what is known of it all the same
    said = both.line("view_order_rate")
    assert "TT Shop（TikTok Shop）" in said
    assert "1 场在等" in said
    assert "400" in said


def test_who_was_planned_in_rooms_without_files_alone_has_no_sales_of_0(both):
    """No session of theirs is known; whether they sold anything, only their platform's files tell."""
    both.evening.shift(both.cast.outsider, "19:00", "21:00", day=18, account=both.room)
    (values,) = kpi_values([both.cast.outsider], OCTOBER).values()
    assert (values["net_paid"].number, values["net_paid"].missing) == (None, "no_orders")
    assert month_of(both.cast.outsider, OCTOBER).line("net_paid").score.points is None
    # whose platform's files are there, and who was in no session, sold nothing
    both.evening.shift(both.cast.outsider, "19:00", "21:00", day=19)
    (values,) = kpi_values([both.cast.outsider], OCTOBER).values()
    assert counted(values["net_paid"]) == (0, 0, 0)

"""A closed month: what stands against closing it, what is fixed, and that it stays so until it is reopened."""

from datetime import date
from pathlib import Path

import pytest
from django.test import Client

from kaibo.audit.models import AuditEvent
from kaibo.closing.actions import close_month, reopen_month
from kaibo.closing.changes import Changes, changes
from kaibo.closing.findings import findings
from kaibo.closing.freezing import freeze
from kaibo.closing.stopped import let_go
from kaibo.imports.actions import NotNow
from kaibo.jobs.models import Job
from kaibo.jobs.queue import Progress
from kaibo.kpi.inputs import MonthResult
from kaibo.live.models import Account, Session, Shift, TagRule
from kaibo.login.models import Role, User
from kaibo.login.tokens import make_token
from kaibo.measurement.computing import compute_month, compute_stale_now
from kaibo.measurement.daily import daily
from kaibo.measurement.finders import credits_of_month, session_summary
from kaibo.measurement.models import Closing, ClosingState, Computation, ComputationState, Credit
from kaibo.measurement.person_values import kpi_values
from kaibo.measurement.planned import planned_in
from kaibo.org.models import Appointment, Department, Person, Position

from .conftest import NOVEMBER, NOW, OCTOBER, Autumn, at


def codes(month: date = OCTOBER) -> dict[str, bool]:
    return {one.code: one.blocking for one in findings(month, NOW)}


def shown(month: date = OCTOBER) -> object:
    """Everything pages say of the month, as plain values."""
    people = list(Person.objects.order_by("pk"))
    values = {key: dict(of) for key, of in kpi_values(people, month).items()}
    last = date(month.year, month.month, 31 if month.month == 10 else 30)
    report = daily(month, last)
    sums = [
        (row.date, row.kind, row.start, row.end, row.air_ms, row.views, row.paid, row.refund, row.target)
        for row in report.rows
    ]
    credits = sorted(
        credits_of_month(month).values_list("session", "person", "measure", "basis", "amount", "date"), key=str
    )
    return values, sums, credits


def disturb(autumn: Autumn) -> None:
    """A late order, a corrected shift and a new target: each would change October."""
    autumn.batch("order_line", [autumn.order(90, at(14, "20:30"), 555_00)], as_of=at(15, "09:00", 12), name="晚到.xlsx")
    Shift.objects.filter(pk=autumn.first.pk).update(confirmed_end=at(14, "20:00"), planned_end=at(14, "20:00"))
    autumn.target.amount_minor = 1
    autumn.target.save()
    autumn.compute()


def test_a_month_with_everything_there_can_be_closed(autumn: Autumn) -> None:
    before = shown()
    closing = autumn.close()
    assert closing.state == ClosingState.CLOSED, closing.problem
    assert len(closing.snapshot) == 64
    assert shown() == before
    assert Computation.objects.get(month=OCTOBER, state=ComputationState.CURRENT) == closing.computation
    assert AuditEvent.objects.filter(verb="month closed", by_id=autumn.cast.owner.pk).exists()


def test_its_numbers_stay_whatever_comes(autumn: Autumn) -> None:
    closing = autumn.close()
    before, sessions = shown(), session_summary([autumn.evening.pk, autumn.night.pk])
    disturb(autumn)
    assert shown() == before
    assert session_summary([autumn.evening.pk, autumn.night.pk]) == sessions
    closing.refresh_from_db()
    assert closing.candidate is not None
    assert closing.candidate.state == ComputationState.CANDIDATE


def test_who_was_planned_in_it_is_told_after_its_room_turned_out_to_be_another_one(autumn: Autumn) -> None:
    def told() -> list[object]:
        return [(one.person.name, one.account.pk, one.planned_start) for one in planned_in(OCTOBER, NOVEMBER)]

    autumn.close()
    before = told()
    assert before
    into = Account.objects.create(platform="douyin", handle="qinghe2", name="生活旗舰二店")
    Account.objects.filter(pk=autumn.room.pk).update(merged_into=into)
    assert told() == before


def test_what_changed_since_stands_beside_by_person_and_kpi(autumn: Autumn) -> None:
    closing = autumn.close()
    autumn.batch("order_line", [autumn.order(90, at(14, "20:30"), 555_00)], as_of=at(15, "09:00", 12))
    compute_month(Progress(), "2026-10")
    closing.refresh_from_db()
    rows = changes(closing, autumn.cast.owner).rows
    found = {(one.person.name, one.kpi): (one.closed, one.now, one.difference) for one in rows}
    sales = next(value for (name, kpi), value in found.items() if name == "林晓彤" and kpi in ("成交", "Sales"))
    assert sales[2].startswith("+")
    assert "555" in sales[2]
    assert {name for name, _kpi in found} == {"林晓彤"}


@pytest.mark.parametrize("who", ["other", "steward", "head"])
def test_what_changed_since_is_told_of_whose_numbers_one_sees(autumn: Autumn, who: str) -> None:
    """林晓彤's figures are her department's: no other lead's, and nobody's who only looks after files."""
    closing, cast = autumn.close(), autumn.cast
    autumn.batch("order_line", [autumn.order(90, at(14, "20:30"), 555_00)], as_of=at(15, "09:00", 12))
    compute_month(Progress(), "2026-10")
    differences = [{"table": "values", "key": "person 林晓彤", "frozen": "46332", "computed": "101832"}]
    Closing.objects.filter(pk=closing.pk).update(verification={"code": 1, "found": 1, "differences": differences})
    role = {"other": Role.LEAD, "steward": Role.DATA_STEWARD, "head": Role.LEAD}[who]
    user = User.objects.create_user(who, password="kaibo-demo-1", role=role)
    department = cast.host.appointments.get().department
    Appointment.objects.create(
        person=Person.objects.create(name=who, user=user), position=Position.objects.get(key="ads"),
        department=department if who == "head" else Department.objects.create(name="别处"), start=date(2026, 1, 1),
    )  # fmt: skip
    client = Client()
    client.force_login(user)
    page = client.get("/months/2026-10/").content.decode()
    assert ("林晓彤" in page) == (who == "head")
    assert ("555" in page) == (who == "head")
    assert "101832" not in page
    _token, text = make_token(by=user, name="x")
    told = Client(headers={"Authorization": f"Bearer {text}"}).get("/api/v1/months/2026-10/").content.decode()
    assert "101832" not in told
    assert "101832" in cast.client("owner").get("/months/2026-10/").content.decode()


def test_taking_back_what_came_leaves_nothing_beside(autumn: Autumn) -> None:
    closing = autumn.close()
    late = autumn.batch("order_line", [autumn.order(90, at(14, "20:30"), 555_00)], as_of=at(15, "09:00", 12))
    compute_month(Progress(), "2026-10")
    late.state = "withdrawn"
    late.save()
    compute_month(Progress(), "2026-10")
    closing.refresh_from_db()
    assert closing.candidate is None
    assert changes(closing, autumn.cast.owner) == Changes()


def test_the_night_that_begins_in_the_next_month_is_fixed_too(autumn: Autumn) -> None:
    """Its business day is 31 October, so October's figures rest on it; November computes it no more."""
    autumn.close()
    fixed = Credit.objects.filter(session=autumn.night, computation__state=ComputationState.CURRENT)
    assert set(fixed.values_list("computation__month", flat=True)) == {OCTOBER}
    autumn.batch("order_line", [autumn.order(91, at(31, "27:00"), 10_00)], as_of=at(15, "09:00", 12))
    before = shown()
    autumn.compute()
    assert shown() == before
    assert not Credit.objects.filter(session=autumn.night, computation__month=NOVEMBER).exists()
    assert not credits_of_month(NOVEMBER).filter(session=autumn.night).exists()


def test_a_session_that_comes_to_reach_into_it_later_counts_nothing(autumn: Autumn) -> None:
    """A report found late tells of one more night of 31 October, in November's computation."""
    autumn.close()
    before = shown()
    late = autumn.session(at(31, "29:10"), at(31, "29:50"))
    autumn.shift(autumn.cast.host, at(31, "29:10"), at(31, "29:50"))
    autumn.compute()
    assert Credit.objects.filter(session=late, computation__state=ComputationState.CURRENT).exists()
    assert shown() == before
    closing = Closing.objects.get()
    assert {one.person.name for one in changes(closing, autumn.cast.owner).rows} == {"林晓彤"}


def test_reopening_lets_the_files_speak_again_and_doubles_nothing(autumn: Autumn) -> None:
    autumn.close()
    disturb(autumn)
    reopen_month(by=autumn.cast.owner, month=OCTOBER, reason="补单")
    compute_stale_now()
    values, _rows, _credits = shown()  # type: ignore[misc]
    assert values[autumn.cast.host.pk, "host"]["paid"].number != 0
    sessions = credits_of_month(OCTOBER).filter(measure="paid_minor", session=autumn.night)
    assert sum(sessions.values_list("amount", flat=True)) == 77_77
    whole = sum(credits_of_month(OCTOBER).filter(measure="paid_minor", role="host").values_list("amount", flat=True))
    assert whole == 300_00 + 33_33 + 200_00 + 100_01 + 77_77 + 1 + 555_00
    closing = Closing.objects.get()
    assert (closing.state, closing.reopen_reason) == (ClosingState.REOPENED, "补单")
    assert closing.snapshot


def test_both_months_closed_count_each_credit_once(autumn: Autumn) -> None:
    both = shown(OCTOBER), shown(NOVEMBER)
    autumn.close(OCTOBER)
    autumn.close(NOVEMBER)
    assert (shown(OCTOBER), shown(NOVEMBER)) == both
    disturb(autumn)
    assert (shown(OCTOBER), shown(NOVEMBER)) == both


def test_unconfirmed_shifts_stop_it_and_others_need_a_reason(autumn: Autumn) -> None:
    Shift.objects.filter(pk=autumn.first.pk).update(state="planned", confirmed_start=None, confirmed_end=None)
    autumn.compute()
    assert codes()["shifts"] is True
    with pytest.raises(NotNow):
        close_month(by=autumn.cast.owner, month=OCTOBER, accepted={"shifts": "算了"})
    Shift.objects.filter(pk=autumn.first.pk).update(
        state="confirmed", confirmed_start=at(14, "19:00"), confirmed_end=at(14, "21:30")
    )
    autumn.orders.rejected = 3
    autumn.orders.save()
    autumn.compute()
    assert codes() == {"batches": False}
    with pytest.raises(NotNow, match="3"):
        close_month(by=autumn.cast.owner, month=OCTOBER)
    closing = close_month(by=autumn.cast.owner, month=OCTOBER, accepted={"batches": "三行是测试单"})
    assert [(one["code"], one["reason"]) for one in closing.accepted] == [("batches", "三行是测试单")]


def test_what_each_finding_is_about(autumn: Autumn) -> None:
    assert codes() == {}
    autumn.sales.as_of = at(1, "09:00", 11)
    autumn.sales.save()
    assert codes() == {"refunds": False}
    autumn.sales.state = "withdrawn"
    autumn.sales.save()
    assert codes() == {"refunds": False, "missing_after_sale": False}
    Shift.objects.filter(pk=autumn.first.pk).update(flag="不是我")
    Session.objects.create(account=autumn.room, start=at(20, "19:00"), end=at(20, "21:00"))
    autumn.compute()
    assert codes() == {"refunds": False, "missing_after_sale": False, "flags": False, "holes": False}
    assert findings(OCTOBER, at(31, "12:00"))[0].code == "running"


def test_a_computation_that_is_due_stops_it(autumn: Autumn) -> None:
    from kaibo.live.actions.tagging import save_tag_rule

    save_tag_rule(by=autumn.cast.owner, tag="福袋", how=TagRule.By.AMOUNT_AT_MOST, value="1", reason="抽奖")
    assert codes()["computing"] is True


def test_numbers_that_move_while_it_is_closed_leave_it_open(autumn: Autumn) -> None:
    closing = close_month(by=autumn.cast.owner, month=OCTOBER)
    before = shown()
    TagRule.objects.create(tag="福袋", by="amount_at_most", value="1", reason="抽奖")
    freeze(Progress(), closing.pk)
    closing.refresh_from_db()
    assert closing.state == ClosingState.FAILED
    assert closing.problem["text"].startswith("The numbers changed")
    assert shown() == before
    assert (closing.sessions.count(), closing.shifts.count(), closing.folder) == (0, 0, "")
    assert Computation.objects.filter(state=ComputationState.BUILDING).count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("amended", [{"inputs_sha256": "other"}, {"folder": "other"}])
def test_figures_amended_while_it_is_closed_leave_it_open(amended: dict[str, str]) -> None:
    """An amendment keeps the computation's row: it is another one by what it was made of, and where its rows lie."""
    from kaibo.closing import freezing

    seen = Computation.objects.create(month=OCTOBER, state=ComputationState.CURRENT, folder="a", inputs_sha256="a")
    made = Computation.objects.create(month=OCTOBER, state=ComputationState.BUILDING, folder="b", inputs_sha256="b")
    closing = Closing.objects.create(month=OCTOBER, state=ClosingState.FREEZING)
    Computation.objects.filter(pk=seen.pk).update(**amended)
    nothing = MonthResult((), (), (), Path(), {})
    with pytest.raises(freezing.NotClosed, match="The numbers changed"):
        freezing._fix(closing, made, nothing, {}, "0" * 64, seen)
    states = Computation.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["current", "building"]
    Computation.objects.filter(pk=seen.pk).update(inputs_sha256="a", folder="a")
    freezing._fix(closing, made, nothing, {}, "0" * 64, seen)
    assert list(states.all()) == ["old", "current"]


def test_words_that_are_not_kept_whole_are_refused(autumn: Autumn) -> None:
    autumn.close()
    client = autumn.cast.client("owner")
    page = client.post("/months/2026-10/reopen/", {"reason": "改" * 301})
    assert (page.status_code, "301" in page.content.decode()) == (422, True)
    assert client.post("/months/2026-10/reopen/", {"reason": "改" * 300}).status_code == 302
    reasons = {f"reason-{one.code}": "核" * 300 for one in findings(OCTOBER, NOW) if not one.blocking}
    assert client.post("/months/2026-10/close/", {**reasons, "note": "注" * 501}).status_code == 422
    assert not Closing.objects.filter(state=ClosingState.FREEZING).exists()


@pytest.mark.parametrize("ended", ["cancelled", "failed"])
def test_a_closing_whose_job_never_ran_leaves_the_month_to_be_closed(autumn: Autumn, ended: str) -> None:
    reasons = {one.code: "都核对过" for one in findings(OCTOBER, NOW) if not one.blocking}
    closing = close_month(by=autumn.cast.owner, month=OCTOBER, accepted=reasons)
    assert let_go() == 0, "its job waits"
    job = Job.objects.get(kind="close_month")
    assert autumn.cast.client("owner").post(f"/jobs/{job.pk}/").status_code == 302
    Job.objects.filter(pk=job.pk).update(state=ended)
    assert let_go() == 1
    closing.refresh_from_db()
    assert closing.state == ClosingState.FAILED
    assert AuditEvent.objects.filter(verb="month not closed", target_id=str(closing.pk)).exists()
    assert "已被停止" in autumn.cast.client("owner").get("/months/2026-10/").content.decode()
    assert autumn.close().state == ClosingState.CLOSED
    assert let_go() == 0


def test_a_killed_attempt_is_done_again_wholly(autumn: Autumn, monkeypatch: pytest.MonkeyPatch) -> None:
    from kaibo.closing import freezing

    closing = close_month(by=autumn.cast.owner, month=OCTOBER)

    def killed(*_all: object) -> None:
        raise SystemExit

    monkeypatch.setattr(freezing, "_fix", killed)
    monkeypatch.setattr(freezing, "discard", lambda computation: None)
    with pytest.raises(SystemExit):
        freeze(Progress(), closing.pk)
    monkeypatch.undo()
    freeze(Progress(), closing.pk)
    closing.refresh_from_db()
    assert closing.state == ClosingState.CLOSED
    assert closing.sessions.count() == 3


def test_a_month_that_another_rests_on_is_not_reopened_first(autumn: Autumn) -> None:
    """A shift of 1 November in a session of 31 October: November, closed later, carries its credit."""
    autumn.shift(
        autumn.cast.lead,
        at(31, "20:00"),
        at(31, "24:30"),
        role="floor_manager",
        planned_start=at(1, "06:30", 11),
        planned_end=at(1, "07:00", 11),
    )
    Credit.objects.all()
    autumn.compute()
    autumn.close(OCTOBER)
    Credit.objects.filter(session=autumn.last, role="floor_manager").update(date=date(2026, 11, 1))
    autumn.close(NOVEMBER)
    with pytest.raises(NotNow, match="2026-11"):
        reopen_month(by=autumn.cast.owner, month=OCTOBER, reason="x")
    with pytest.raises(NotNow, match="why"):
        reopen_month(by=autumn.cast.owner, month=NOVEMBER, reason=" ")

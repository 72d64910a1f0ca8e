"""What is kept for the team's table is what each person's own page says, and only what differs is written."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaibo.appraisal import keeping
from kaibo.appraisal.finders import is_unkept
from kaibo.appraisal.models import KeptMonth, KeptRoom, KeptScore, KeptState
from kaibo.appraisal.month import month_of
from kaibo.imports.models import Batch
from kaibo.jobs.models import Job
from kaibo.jobs.queue import Progress, enqueue
from kaibo.live.actions import set_target
from kaibo.measurement.due import KIND as COMPUTE
from kaibo.measurement.models import Computation, Credit
from kaibo.org.actions import appoint
from kaibo.org.actions.lifecycle import move_host, take_back_stage
from kaibo.org.actions.positions import Told, save_position
from kaibo.org.models import Department, Level, Person, Position, Stage, StageChange

from .conftest import HOUR, OCTOBER

MONTH = "2026-10"


def keep() -> int:
    return keeping.keep_month(Progress(), MONTH)


def current() -> dict[tuple[str, str], KeptScore]:
    rows = KeptScore.objects.filter(state=KeptState.CURRENT).select_related("person")
    return {(row.person.name, row.role): row for row in rows}


def told(score: KeptScore) -> list[object]:
    """A kept score in the words of MyMonth."""
    lines = [
        (line.number, line.kpi, line.weight, line.numerator, line.denominator, line.missing, line.provisional,
         line.immature_until, line.target, line.attainment, line.points, line.measured_points, line.waiting)
        for line in score.lines.order_by("number")
    ]  # fmt: skip
    return [score.points, score.weights, score.waiting_weights, score.provisional, score.immature_until, lines]


def shown(person: Person, role: str) -> list[object]:
    """The same from the person's own page."""
    month = month_of(person, OCTOBER, role=role)
    assert month.role == role
    lines = [
        (one.number, one.line.kpi, one.line.weight, dict(one.value.numerator), dict(one.value.denominator),
         one.value.missing, one.value.provisional, one.value.immature_until, one.score.target, one.score.attainment,
         one.score.points, one.score.measured_points, one.score.waiting)
        for one in month.lines
    ]  # fmt: skip
    total = month.total
    return [total.points, total.weights, month.waiting_weight, month.provisional, month.immature_until, lines]


def test_what_is_kept_is_what_the_page_says(evening):
    evening.target(100_001)
    evening.shift(evening.cast.host, "10:00", "11:00", role="tech")
    evening.shift(evening.cast.lead, "18:00", "23:00", role="floor_manager")
    Credit.objects.filter(segment=2).update(provisional=True)
    assert keep() == 4
    kept = current()
    people = [("林晓彤", "host"), ("林晓彤", "tech"), ("陈嘉禾", "host"), ("吴桐", "floor_manager")]
    assert sorted(kept) == sorted(people)
    for (name, role), score in kept.items():
        assert told(score) == shown(Person.objects.get(name=name), role)
    # a third of a fen more or less would be another number
    assert kept["林晓彤", "host"].lines.get(kpi="net_paid").points.denominator > 1
    assert [kept["林晓彤", role].main for role in ("host", "tech")] == [True, False]


def test_what_stands_beside_the_score(evening):
    keep()
    host = current()["林晓彤", "host"]
    assert (host.sessions, host.air_ms, host.planned_ms) == (1, 4 * HOUR, 5 * HOUR)
    assert (host.department.name, host.room) == ("直播一部", evening.account)
    # views are a session's total, shared out: 1,700 of them, none measured
    assert host.least_measured == 0
    room = KeptRoom.objects.get(score=host)
    assert (room.account, room.sessions, room.air_ms) == (evening.account, 1, 4 * HOUR)
    # the line on sales waits for the room's target: a sum of the other lines is no sum to sort by
    assert (host.waiting, host.points_order, host.weights, host.waiting_weights) == (1, None, 60, 40)


def test_nothing_new_writes_nothing(evening):
    keep()
    before = set(KeptScore.objects.values_list("pk", flat=True))
    assert keep() == 0
    assert set(KeptScore.objects.values_list("pk", flat=True)) == before


def test_only_whose_result_changed_is_written(evening):
    keep()
    before = current()
    evening.shift(evening.cast.host2, "09:00", "10:00", role="tech")
    credit = Credit.objects.get(person=evening.cast.host2, measure="paid_minor")
    credit.amount += 1
    credit.save()
    assert keep() == 2
    after = current()
    assert after["林晓彤", "host"].pk == before["林晓彤", "host"].pk
    assert after["陈嘉禾", "host"].pk != before["陈嘉禾", "host"].pk
    assert ("陈嘉禾", "tech") in after


def test_who_is_in_the_month_no_more_is_gone(evening):
    keep()
    Credit.objects.filter(person=evening.cast.host2).delete()
    evening.cast.host2.shifts.all().delete()
    assert keep() == 1
    assert list(current()) == [("林晓彤", "host")]


class Killed(BaseException):
    pass


class Dying(Progress):
    """The process ends after the first people."""

    def step(self, done: int, total: int, note: str = "", *, force: bool = False) -> None:
        assert KeptScore.objects.filter(state=KeptState.BUILDING).exists()
        raise Killed


def test_killed_in_between_everything_kept_before_stays(evening, monkeypatch):
    keep()
    before = {key: told(score) for key, score in current().items()}
    ground = KeptMonth.objects.get().ground
    evening.target(100_000)
    monkeypatch.setattr(keeping, "CHUNK", 1)
    with pytest.raises(Killed):
        keeping.keep_month(Dying(), MONTH)
    assert {key: told(score) for key, score in current().items()} == before
    assert KeptMonth.objects.get().ground == ground
    # the next run writes them all, the one after it throws away what the dead one left
    assert keep() == 2
    KeptScore.objects.exclude(state=KeptState.CURRENT).update(changed_at="2026-01-01T00:00Z")
    keeping.sweep()
    assert set(KeptScore.objects.values_list("state", flat=True)) == {KeptState.CURRENT}


def test_another_worker_that_was_faster_wins(evening):
    class Slow(Progress):
        def step(self, done: int, total: int, note: str = "", *, force: bool = False) -> None:
            evening.target(100_000)
            keep()

    keeping.keep_month(Slow(), MONTH)
    assert {key: told(score) for key, score in current().items()} == {
        (name, "host"): shown(Person.objects.get(name=name), "host") for name in ("林晓彤", "陈嘉禾")
    }
    assert KeptScore.objects.filter(state=KeptState.BUILDING).count() == 0


def test_a_month_is_kept_again_when_what_it_rests_on_changes(evening, settings):
    assert keeping.enqueue_unkept() == [MONTH]
    assert Job.objects.get().kind == keeping.KIND
    keep()
    assert keeping.enqueue_unkept() == []
    changes = [
        lambda: Computation.objects.update(started_at="2026-11-21T00:00Z"),
        lambda: Batch.objects.filter(table="session_report").delete(),
        lambda: Batch.objects.update(as_of="2026-10-20T00:00Z"),
        lambda: setattr(settings, "REFUND_DAYS", 7),
        lambda: appoint(
            by=None, person=evening.cast.host, position=Position.objects.get(key="host"),
            department=Department.objects.get(name="投放部"), start=date(2026, 10, 20),
        ),
        # a card's targets and rules may differ by stage and by level
        lambda: move_host(by=None, person=evening.cast.host, stage=Stage.CANDIDATE, day=date(2026, 10, 2)),
        lambda: take_back_stage(by=None, change=StageChange.objects.get()),
        lambda: save_position(
            by=None, told=Told("主播", level=Level.MIDDLE), position=Position.objects.get(key="host")
        ),
    ]  # fmt: skip
    for change in changes:
        change()
        assert keeping.keep_unkept_now() == [MONTH]
        assert keeping.keep_unkept_now() == []
    assert current()["林晓彤", "host"].department.name == "投放部"


def test_months_around_it_count_too(evening):
    """A session that begins at 02:00 of the next month belongs to the last evening of this one."""
    keep()
    Computation.objects.create(month=date(2026, 11, 1), state="current", engine_version="1")
    assert keeping.enqueue_unkept() == [MONTH, "2026-11"]


def test_a_month_about_to_be_computed_is_kept_after_that(evening):
    set_target(by=None, account=evening.account, month=OCTOBER, amount_minor=100)
    enqueue(kind=COMPUTE, by=None, args={"month": MONTH})
    assert keeping.enqueue_unkept() == []
    Job.objects.update(state="done")
    assert keeping.enqueue_unkept() == [MONTH]


def test_as_many_queries_for_many_people(evening):
    """One more person costs no query."""
    evening.shift(Person.objects.create(name="甲"), "10:00", "11:00")
    keep()
    counts = []
    for names in ("乙丙", "丁戊己庚"):  # their lines are still one INSERT of SQLite
        KeptScore.objects.all().delete()
        for name in names:
            evening.shift(Person.objects.create(name=name), "10:00", "11:00")
        with CaptureQueriesContext(connection) as queries:
            keep()
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_text_that_is_no_month():
    with pytest.raises(ValueError, match="not a month"):
        keeping.keep_month(Progress(), "2026-13")


def test_exact_points_survive_the_database(evening):
    evening.target(99_991)
    keep()
    line = current()["林晓彤", "host"].lines.get(kpi="net_paid")
    assert line.points == month_of(evening.cast.host, OCTOBER).line("net_paid").score.points
    assert line.weight == Decimal(40)


def test_a_month_that_was_computed_since_it_was_kept_is_about_to_be_kept_again(evening):
    computed = evening.computation
    assert is_unkept(computed)
    kept = KeptMonth.objects.create(month=OCTOBER, ground="g", is_over=True, kept_at=computed.started_at)
    assert not is_unkept(computed)
    # found unchanged a moment later: what is said of people beside it may be another thing
    computed.started_at += timedelta(seconds=1)
    assert is_unkept(computed)
    kept.kept_at = computed.started_at
    kept.save()
    assert not is_unkept(computed)
    assert not is_unkept(None)

"""Who held which position stays as at closing: their kept scores of a closed month hang on it."""

from datetime import date, timedelta
from fractions import Fraction

from kaibo.appraisal.actions import begin_draft, publish_card, save_draft
from kaibo.appraisal.cards import cards_in
from kaibo.appraisal.month import month_of
from kaibo.appraisal.places import places_of
from kaibo.closing.actions import reopen_month
from kaibo.kpi.rules import By
from kaibo.measurement.closed import closed_months
from kaibo.measurement.computing import compute_stale_now
from kaibo.measurement.holdings import holdings_in
from kaibo.measurement.models import Closing
from kaibo.org.models import Appointment, Department, Level, Person, Position

OCTOBER = date(2026, 10, 1)


def test_who_held_a_position_is_as_at_closing(autumn):
    person = Person.objects.create(name="策划")
    place = Department.objects.get(name="直播一部")
    planner = Position.objects.get_or_create(key="planner", defaults={"name": "直播策划"})[0]
    Appointment.objects.create(person=person, position=planner, department=place, start=date(2026, 10, 20))
    autumn.compute()
    closing = autumn.close()
    assert [person.pk, "planner"] in closing.frozen["held"]
    Appointment.objects.filter(person=person).delete()
    assert [one.position for one in holdings_in(OCTOBER, closed_months(), [person.pk])] == ["planner"]
    assert holdings_in(OCTOBER, {}, [person.pk]) == []
    assert month_of(person, OCTOBER).roles == ["planner"]


def levelled(autumn) -> None:
    """The hosts' card: who stands at a middle level is held against twice the target."""
    draft = begin_draft(by=autumn.cast.owner, role="host")
    rule = {"form": "linear", "cap": "1"}
    line = {"kpi": "views", "weight": "100", "target": "1000", "rule": rule}
    variants = [{"by": "level", "key": "middle", "target": "2000"}]
    save_draft(by=autumn.cast.owner, draft=draft, data={"line": [{**line, "variants": variants}]})
    publish_card(by=autumn.cast.owner, draft=draft, since=OCTOBER)


def test_at_which_level_somebody_stood_is_as_at_closing(autumn):
    """Whoever is transferred, or whose position is moved up, after the month was closed keeps the month's target."""
    levelled(autumn)
    compute_stale_now()
    host, other = autumn.cast.host, autumn.cast.host2

    def targets() -> list[Fraction]:
        return [month_of(one, OCTOBER).line("views").score.target for one in (host, other)]

    assert targets() == [1000, 1000]
    autumn.close()
    hosts = Position.objects.get(key="host")
    hosts.level = Level.MIDDLE
    hosts.save()
    assert places_of([host.pk], OCTOBER, cards_in(OCTOBER).values(), {}).of(host.pk, "host")[By.LEVEL] == {"middle": 1}
    assert targets() == [1000, 1000]
    # an appointment that somebody writes down later, for the days of then
    hosts.level = Level.FRONT
    hosts.save()
    boss = Position.objects.create(key="boss", name="主管", level=Level.MIDDLE)
    Appointment.objects.filter(person=host).update(end=date(2026, 10, 2))
    place = Department.objects.get(name="直播一部")
    Appointment.objects.create(person=host, position=boss, department=place, start=date(2026, 10, 2))
    assert targets() == [1000, 1000]
    # the month reopened is one of today again
    reopen_month(by=autumn.cast.owner, month=OCTOBER, reason="岗位级别补录")
    assert targets() == [2000, 1000]


def test_a_month_that_was_closed_before_levels_were_kept_asks_what_was_written_down_by_then(autumn):
    levelled(autumn)
    compute_stale_now()
    closing = autumn.close()
    kept = {name: said for name, said in closing.frozen.items() if name != "levels"}
    Closing.objects.filter(pk=closing.pk).update(frozen=kept)
    host = autumn.cast.host
    boss = Position.objects.create(key="boss", name="主管", level=Level.MIDDLE)
    place = Department.objects.get(name="直播一部")
    later = closing.closed_at + timedelta(minutes=1)
    Appointment.objects.filter(person=host).update(end=date(2026, 10, 20))
    Appointment.objects.create(person=host, position=boss, department=place, start=date(2026, 10, 20), made_at=later)
    assert month_of(host, OCTOBER).line("views").score.target == 1000

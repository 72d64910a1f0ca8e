"""Who held which position stays as at closing: their kept scores of a closed month hang on it."""

from datetime import date

from kaibo.appraisal.month import month_of
from kaibo.measurement.closed import closed_months
from kaibo.measurement.holdings import holdings_in
from kaibo.org.models import Appointment, Department, Person, Position

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

"""What somebody is first of all is their main position, wherever numbers ask for one."""

from datetime import date

from kaibo.appraisal.kept import around
from kaibo.measurement.holdings import holdings_in
from kaibo.measurement.named import positions_in
from kaibo.org import actions
from kaibo.org.models import AppointmentKind, Department, Position

MONTH = date(2026, 11, 1)


def test_a_months_card_and_department_are_the_main_positions(cast):
    def appoint(key, department, start, kind):
        actions.appoint(
            by=cast.owner, person=cast.host, position=Position.objects.get(key=key), start=start, kind=kind,
            department=Department.objects.get(name=department),
        )  # fmt: skip

    live = Department.objects.get(name="直播一部").pk
    appoint("ads", "投放部", MONTH, AppointmentKind.SECOND)
    assert positions_in(MONTH, [cast.host.pk]) == {cast.host.pk: "host"}
    assert around([cast.host.pk], MONTH, holdings_in(MONTH, {}, [cast.host.pk])).departments == {cast.host.pk: live}
    appoint("floor_manager", "直播一部", date(2026, 11, 20), AppointmentKind.MAIN)
    assert positions_in(MONTH, [cast.host.pk]) == {cast.host.pk: "floor_manager"}
    assert cast.host.appointments.get(kind=AppointmentKind.SECOND).end is None

"""What is asked of rooms, and they have not, is unknown."""

from datetime import date

from kaibo.kpi.rooms import TEAM
from kaibo.kpi.teams import Teams
from kaibo.kpi.values import Value
from kaibo.measurement.room_values import RoomMonth


def test_a_kpi_that_no_room_has_is_unknown_and_breaks_no_month() -> None:
    """Cards that were published before such a KPI was refused may still ask."""
    month = date(2026, 10, 1)
    teams = Teams(month, date(2026, 11, 1), accounts=(1,))
    rooms = RoomMonth(month, teams=teams, worth=lambda _held: {"net_paid": Value("net_paid", {"measured": 5})})
    told = rooms.value("net_paid", 7, TEAM)
    assert told is not None
    assert (told.top, rooms.value("satisfaction", 7, TEAM), rooms.value("net_paid", 7)) == (5, None, None)

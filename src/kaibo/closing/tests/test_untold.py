"""A month in which no file tells the views of half an evening: what its people have, closed and verified."""

from typing import Any

import pytest

from kaibo.closing.bundle import Bundle, closed_root
from kaibo.closing.verifying import EQUAL, verify_closing
from kaibo.kpi.measures import UNTOLD
from kaibo.measurement.models import SegmentFact
from kaibo.measurement.person_values import kpi_values
from kaibo.measurement.session_list import lines

from .conftest import MINUTE, OCTOBER, Autumn, at, fact, ms


@pytest.fixture
def half(autumn: Autumn) -> Autumn:
    """Minutes to the handover at 21:30 and no report: whoever came later is in no file. The lead watches all of it."""
    autumn.reports.state = "withdrawn"
    autumn.reports.save()
    autumn.shift(autumn.cast.lead, at(14, "19:00"), at(14, "24:00"), role="floor_manager")
    first = fact(
        "minute", 1, account="qinghe", platform="douyin", minute_ms=ms(at(14, "19:00")), length_ms=150 * MINUTE,
        entries=800,
    )  # fmt: skip
    autumn.batch("minute", [first], as_of=at(10, "09:00", 12))
    autumn.compute()
    return autumn


def told(half: Autumn, person: Any, role: str, kpi: str) -> tuple[object, ...]:
    value = kpi_values([person], OCTOBER)[person.pk, role][kpi]
    return value.number, value.sessions, value.of_sessions, value.in_part


def test_a_person_of_both_halves_has_the_told_one_with_a_word_and_the_month_verifies(half: Autumn) -> None:
    cast = half.cast
    assert told(half, cast.lead, "floor_manager", "views") == (800, 0, 1, 1)
    # 300.00, 33.33 and 0.01 were sold before the handover, 200.00 after it: that stands against no views
    gpm = told(half, cast.lead, "floor_manager", "gpm")
    assert gpm == (1000 * 333_34 / 800, 0, 1, 1)
    # the first host has all of the own half, the second nothing: of neither is anything said in part
    assert told(half, cast.host, "host", "views")[1:] == (1, 2, 0)
    assert told(half, cast.host2, "host", "views") == (None, 0, 2, 0)
    # what half of it had is no sum of the evening
    (line,) = lines([half.evening])
    assert line.figures.views is None
    closing = half.close()
    found = verify_closing(closing)
    assert (found.problem, found.differences) == ("", [])
    assert found.code == EQUAL
    rows = [row for row in Bundle(closed_root() / closing.folder).lines("values") if row["kpi"] == "views"]
    assert {row["person"]: row["in_part"] for row in rows if "in_part" in row} == {cast.lead.pk: 1}
    assert told(half, cast.lead, "floor_manager", "views") == (800, 0, 1, 1)


def test_once_a_report_tells_the_rest_nothing_is_said_any_more(half: Autumn) -> None:
    half.reports.state = "visible"
    half.reports.save()
    half.compute()
    assert not SegmentFact.objects.filter(measure__startswith=UNTOLD, computation__state="current").exists()
    # the report's 1,002, of which 800 lie before the handover
    assert told(half, half.cast.lead, "floor_manager", "views") == (1002, 1, 1, 0)

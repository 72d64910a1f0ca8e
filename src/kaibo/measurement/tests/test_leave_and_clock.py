"""Who clocks in is measured against the shifts that approved leave leaves."""

from datetime import datetime
from typing import Any

import pytest
from django.conf import settings

from kaibo.facts.store import write_batch
from kaibo.imports.models import Batch
from kaibo.jobs.queue import Progress
from kaibo.live.actions.leave import ask_leave, decide_leave
from kaibo.live.models import Account, Shift
from kaibo.live.plan_models import LeaveKind
from kaibo.measurement.computing import compute_month, compute_stale_now
from kaibo.measurement.named import direct_credits

from .conftest import OCTOBER, at

DAY = "2026-10-14"


class Rota:
    """林晓彤 is planned from 14:00 to 18:00 and from 20:00 to 24:00; what the clock says of her is one row."""

    def __init__(self, cast: Any) -> None:
        self.cast = cast
        account = Account.objects.create(handle="qinghe", name="生活旗舰店")
        for start, end in (("14:00", "18:00"), ("20:00", "24:00")):
            Shift.objects.create(
                person=cast.host, account=account, role="host", planned_start=at(start), planned_end=at(end)
            )

    def punched(self, first: int | None) -> None:
        row = {"row": 1, "raw": "{}", "person_name": self.cast.host.name, "date": DAY}
        row |= {"first_minute": first, "last_minute": None if first is None else 24 * 60 - 1}
        write_batch(settings.FACTS_ROOT / "clock", "clock_in", [row])
        Batch.objects.create(
            source="wecom", table="clock_in", file_name="clock.xlsx", sha256="c", as_of=at("09:00", 16),
            folder="clock", accepted=1, rejected=0,
        )  # fmt: skip

    def away(self, start: datetime, end: datetime) -> None:
        leave = ask_leave(by=None, person=self.cast.host, kind=LeaveKind.SICK, start=start, end=end)
        decide_leave(by=self.cast.owner, leave=leave, approve=True)

    def said(self) -> dict[str, int]:
        return dict(direct_credits(OCTOBER).filter(person=self.cast.host).values_list("measure", "amount"))


@pytest.fixture
def rota(cast: Any) -> Rota:
    return Rota(cast)


def test_who_is_on_leave_all_day_is_not_absent(rota: Rota) -> None:
    rota.punched(None)
    compute_month(Progress(), "2026-10")
    assert rota.said()["absent_days"] == 1
    rota.away(at("06:00"), at("30:00"))
    # approving it is what computes the month again
    assert compute_stale_now() == ["2026-10"]
    assert rota.said() == {}


@pytest.mark.parametrize(
    ("came", "late_minutes"),
    [(19 * 60 + 50, 0), (20 * 60 + 7, 7)],
)
def test_who_is_on_leave_at_noon_is_due_when_it_is_over(rota: Rota, came: int, late_minutes: int) -> None:
    """The first shift is leave altogether: the second one is the day's first."""
    rota.away(at("12:00"), at("19:00"))
    rota.punched(came)
    compute_month(Progress(), "2026-10")
    late = {"late_times": int(late_minutes > 0), "late_ms": late_minutes * 60_000}
    assert rota.said() == {"due_days": 1, "absent_days": 0, **late}


def test_leave_in_a_shift_moves_its_beginning(rota: Rota) -> None:
    rota.away(at("06:00"), at("16:30"))
    rota.punched(16 * 60 + 40)
    compute_month(Progress(), "2026-10")
    assert rota.said()["late_ms"] == 10 * 60_000


def test_leave_that_is_only_asked_for_changes_nothing(rota: Rota) -> None:
    ask_leave(by=None, person=rota.cast.host, kind=LeaveKind.SICK, start=at("06:00"), end=at("30:00"))
    rota.punched(None)
    compute_month(Progress(), "2026-10")
    assert rota.said()["absent_days"] == 1

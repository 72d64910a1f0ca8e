"""Leave as its page shows it: what waits for a decision, what was decided, and which shifts it touches."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaibo.kpi.due import length, without
from kaibo.live.access import leaves_to_decide, visible_leaves
from kaibo.live.business_days import business_day, business_start
from kaibo.live.due import planned_between
from kaibo.live.instants import to_ms
from kaibo.live.models import Leave, LeaveState, Shift
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look import numbers

DAY = timedelta(days=1)


@dataclass(frozen=True)
class LeaveRow:
    """`shifts`: planned ones it touches; `ms`: how much of them it takes off."""

    leave: Leave
    shifts: Sequence[Shift]
    ms: int
    may_decide: bool
    may_withdraw: bool
    may_end_early: bool = False

    @property
    def when(self) -> str:
        return when(self.leave.start, self.leave.end)


def when(start: datetime, end: datetime) -> str:
    """Whole business days as days, everything else with clock times."""
    first, after = business_day(start), business_day(end)
    if start == business_start(first) and end == business_start(after):
        days = (after - first).days
        last = after - DAY
        span = numbers.day(first) if days == 1 else f"{numbers.day(first)}{numbers.DASH}{numbers.day(last)}"
        return _("%(span)s, %(days)s") % {
            "span": span,
            "days": ngettext("%(n)d day", "%(n)d days", days) % {"n": days},
        }
    if end - start < DAY:
        return f"{numbers.day(start)} {numbers.clock_range(start, end)}"
    return f"{numbers.day_clock(start)}{numbers.DASH}{numbers.day_clock(end)}"


def waiting(user: User) -> list[LeaveRow]:
    """Requests that this user may decide, the earliest first."""
    if not user.can(Right.DECIDE):
        return []
    asked = leaves_to_decide(user).filter(state=LeaveState.ASKED)
    return rows(user, asked.select_related("person").order_by("start", "pk"))


def decided(user: User) -> list[LeaveRow]:
    """Everything else that this user may see, the newest first; one's own requests stand here, decided or not."""
    seen = visible_leaves(user).filter(Q(person__user=user) | ~Q(state=LeaveState.ASKED))
    return rows(user, seen.select_related("person", "decided_by").order_by("-start", "-pk")[:60])


def rows(user: User, leaves: Iterable[Leave]) -> list[LeaveRow]:
    found = list(leaves)
    if not found:
        return []
    lo, hi = min(one.start for one in found), max(one.end for one in found)
    near = planned_between(lo - DAY, hi).filter(person__in={one.person_id for one in found})
    shifts = list(near.select_related("account").order_by("planned_start"))
    decides = set[int]()
    if user.can(Right.DECIDE):
        mine = leaves_to_decide(user).filter(pk__in=[one.pk for one in found])
        decides = set(mine.order_by().values_list("pk", flat=True))
    return [_row(user, one, shifts, decides) for one in found]


def _row(user: User, leave: Leave, shifts: Iterable[Shift], decides: Collection[int]) -> LeaveRow:
    touched = [
        shift
        for shift in shifts
        if shift.person_id == leave.person_id
        and shift.planned_start
        and shift.planned_end
        and shift.planned_start < leave.end
        and shift.planned_end > leave.start
    ]
    spans = [(to_ms(s.planned_start), to_ms(s.planned_end)) for s in touched if s.planned_start and s.planned_end]
    taken = length(spans) - length(without(spans, [(to_ms(leave.start), to_ms(leave.end))]))
    own = leave.person.user_id == user.pk
    open_still = leave.state == LeaveState.ASKED or (
        leave.state == LeaveState.APPROVED and leave.start > timezone.now()
    )
    return LeaveRow(
        leave,
        touched,
        taken,
        may_decide=leave.pk in decides and leave.state != LeaveState.WITHDRAWN,
        may_withdraw=own and open_still,
        may_end_early=leave.pk in decides and leave.state == LeaveState.APPROVED and leave.end - leave.start > DAY,
    )

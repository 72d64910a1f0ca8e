"""The months there are, and how each stands."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.closing.covering import covered_otherwise
from kaibo.live.models import Session
from kaibo.live.nights import business_start
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.measurement.due import is_computing
from kaibo.measurement.finders import computed_months
from kaibo.measurement.models import Closing, ClosingState
from kaibo.measurement.months import month_bounds, next_month

OPEN, RUNNING, FREEZING, CLOSED = "open", "running", "freezing", "closed"


@dataclass(frozen=True)
class MonthRow:
    """`state`: open, running (not over), freezing, closed. `closing`: the one that holds or is being made.

    `changed`: something came, was corrected or was said since it was closed; figures would differ now, or not.
    """

    month: date
    state: str
    closing: Closing | None
    sessions: int
    computing: bool
    changed: bool = False

    @property
    def word(self) -> str:
        return {
            OPEN: _("Open · figures provisional"), RUNNING: _("Running"), FREEZING: _("Being closed"),
            CLOSED: _("Closed"),
        }[self.state]  # fmt: skip


def known_months() -> list[date]:
    """Months with a computation or a closing, newest first."""
    return sorted({*computed_months(), *Closing.objects.values_list("month", flat=True)}, reverse=True)


def month_rows() -> list[MonthRow]:
    rows = [_row(month) for month in known_months()]
    otherwise = covered_otherwise(row.closing for row in rows if row.closing)
    return [_with_changes(row, otherwise) for row in rows]


def month_row(month: date) -> MonthRow:
    row = _row(month)
    return _with_changes(row, covered_otherwise([row.closing] if row.closing else []))


def _with_changes(row: MonthRow, otherwise: set[int]) -> MonthRow:
    closing = row.closing
    return replace(row, changed=bool(closing and (closing.candidate_id or closing.pk in otherwise)))


def _row(month: date) -> MonthRow:
    held = [ClosingState.FREEZING, ClosingState.CLOSED]
    closing = (
        Closing.objects.filter(month=month, state__in=held)
        .select_related("by__person", "computation", "candidate")
        .first()
    )
    start, end = month_bounds(month)
    sessions = Session.objects.filter(gone=False, start__gte=start, start__lt=end).aggregate(n=Count("pk"))["n"]
    state = closing.state if closing else RUNNING if timezone.now() < business_start(next_month(month)) else OPEN
    return MonthRow(month, str(state), closing, sessions, is_computing(month))


def history(month: date) -> list[Closing]:
    """Every attempt to close the month, newest first."""
    rows = Closing.objects.filter(month=month).select_related("by__person", "reopened_by__person").order_by("-pk")
    return list(rows)


def as_json(row: MonthRow, user: User) -> Mapping[str, Any]:
    """How the month stands. What a check found is named only to who closes months: it tells people's figures."""
    closing = row.closing
    check = dict(closing.verification) if closing else {}
    if not may_see_differences(user):
        check.pop("differences", None)
    return {
        "month": f"{row.month:%Y-%m}", "state": row.state, "sessions": row.sessions, "computing": row.computing,
        "snapshot": closing.snapshot or None if closing else None,
        "closed_at": closing.closed_at.isoformat() if closing and closing.closed_at else None,
        "closed_by": str(closing.by or "") if closing else None,
        "accepted": closing.accepted if closing else [],
        "changed_since": row.changed,
        "verification": check or None,
    }  # fmt: skip


def may_see_differences(user: User) -> bool:
    """Who closes months, or reads the audit: what differs is named by person, with figures."""
    return user.can(Right.CLOSE_MONTHS, Right.READ_AUDIT)

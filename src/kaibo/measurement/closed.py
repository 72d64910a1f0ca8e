"""Closed months as pages and computations ask about them. Read only."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from kaibo.live.models import Account, Session, Shift
from kaibo.live.spans import OnAir, whole
from kaibo.measurement.models import ClosedSession, ClosedShift, Closing, ClosingState, Computation
from kaibo.org.models import Person
from kaibo.org.protection import Protected

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ClosedMonth:
    """`frozen`: what else its numbers rest on: `targets` (account → minor units), `coverage`, `refund_days`."""

    id: int
    month: date
    snapshot: str
    computation: int | None
    frozen: Mapping[str, Any]
    folder: str = ""

    @property
    def short(self) -> str:
        """The first letters of the snapshot's name, as pages write it."""
        return self.snapshot[:12]

    @property
    def protected(self) -> dict[int, Protected]:
        """Who was scored as a newcomer."""
        rows = self.frozen.get("protected", {}).items()
        return {
            int(person): Protected(date.fromisoformat(start), date.fromisoformat(end), reason)
            for person, (start, end, reason) in rows
        }

    @property
    def targets(self) -> dict[int, int]:
        return {int(account): amount for account, amount in self.frozen.get("targets", {}).items()}


# what a page asks once and hands on
Closed = Mapping[date, ClosedMonth]


def closed_months() -> dict[date, ClosedMonth]:
    """Every closed month by its first day; one query."""
    rows = Closing.objects.filter(state=ClosingState.CLOSED).order_by("month")
    columns = ("pk", "month", "snapshot", "computation", "frozen", "folder")
    return {row[1]: ClosedMonth(*row) for row in rows.values_list(*columns)}


def closed_among(computations: Iterable[Computation]) -> dict[date, ClosedMonth]:
    """The same of these current computations, which were read with their `closing`: no query more."""
    found: dict[date, ClosedMonth] = {}
    for computation in computations:
        found |= closed_by(getattr(computation, "closing", None))
    return found


def closed_by(closing: Closing | None) -> dict[date, ClosedMonth]:
    """The same of one closing, if it still holds: for a page about one computation."""
    if closing is None or closing.state != ClosingState.CLOSED:
        return {}
    one = ClosedMonth(
        closing.pk, closing.month, closing.snapshot, closing.computation_id, closing.frozen, closing.folder
    )
    return {closing.month: one}


def closed_month(month: date) -> ClosedMonth | None:
    return closed_months().get(month.replace(day=1))


def is_closed(month: date) -> bool:
    return Closing.objects.filter(state=ClosingState.CLOSED, month=month.replace(day=1)).exists()


def fixed_sessions(*, without: date | None = None) -> set[int]:
    """The sessions whose figures closed months fixed (other than the month `without`)."""
    found = ClosedSession.objects.filter(closing__state=ClosingState.CLOSED)
    if without is not None:
        found = found.exclude(closing__month=without.replace(day=1))
    return set(found.order_by().values_list("session", flat=True))


def fixed_of(month: date) -> set[int]:
    """The sessions that this closed month fixed."""
    found = ClosedSession.objects.filter(closing__state=ClosingState.CLOSED, closing__month=month.replace(day=1))
    return set(found.order_by().values_list("session", flat=True))


def as_closed(sessions: Iterable[Session]) -> dict[int, OnAir]:
    """The broadcasts among these that are fixed, as they were at closing; one query."""
    by_id = {session.pk: session for session in sessions}
    rows = ClosedSession.objects.filter(closing__state=ClosingState.CLOSED, session__in=by_id)
    found = {}
    for row in rows:
        session = by_id[row.session_id]
        session.start, session.end, session.air_kind = row.start, row.end, row.air_kind
        breaks = tuple((_instant(start), _instant(end)) for start, end in row.breaks)
        found[session.pk] = OnAir(session, row.start, row.end, breaks, (session,))
    return found


def closed_shifts(
    closing: int, *, start: date | None = None, end: date | None = None, people: Collection[int] | None = None,
    role: str = "",
) -> list[Shift]:  # fmt: skip
    """The shifts of a closed month with a business date in [start, end), as they were; not to be saved."""
    rows = ClosedShift.objects.filter(closing=closing)
    if start is not None:
        rows = rows.filter(date__gte=start)
    if end is not None:
        rows = rows.filter(date__lt=end)
    if people is not None:
        rows = rows.filter(person__in=people)
    if role:
        rows = rows.filter(role=role)
    found = list(rows)
    people_by_id = Person.objects.in_bulk({row.person_id for row in found}) if found else {}
    accounts = Account.everyone.in_bulk({row.account_id for row in found}) if found else {}
    for row in found:
        row.person, row.account = people_by_id[row.person_id], accounts[row.account_id]
    return [row.as_shift() for row in found]


def head_of(session: Session) -> Session:
    """The broadcast that a part of it stands for; of a closed month what it was then."""
    return whole(session).session if session.joined_to_id and not as_closed([session]) else session


def shifts_as_closed(closings: Sequence[int], shifts: Collection[int]) -> dict[int, Shift]:
    """These shifts as the closings knew them, by id."""
    if not closings or not shifts:
        return {}
    rows = ClosedShift.objects.filter(closing__in=closings, shift__in=shifts).select_related("person", "account")
    return {row.shift: row.as_shift() for row in rows}


def _instant(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)

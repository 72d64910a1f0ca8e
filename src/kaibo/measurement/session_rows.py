"""What the page of one broadcast asks the database beside its sums: segments, shifts, files, outages, notes.

Each is one query whose text is compiled once in a process.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from kaibo.database.prepared import Prepared, among
from kaibo.facts.schema import AFTER_SALE
from kaibo.imports.files import in_use
from kaibo.imports.models import Batch, Reject
from kaibo.live.models import CrewRole, Outage, Session, SessionNote, Shift
from kaibo.live.spans import OnAir
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.measurement import finders
from kaibo.measurement.access import Broadcast
from kaibo.measurement.closed import Closed, as_closed, closed_by
from kaibo.measurement.crew import stints_of
from kaibo.measurement.models import ClosedShift, Computation, Segment
from kaibo.org.access import own_person

# a file may reach to the end of its days
AROUND = timedelta(days=2)


@dataclass(frozen=True)
class SessionRows:
    """`closed`: where its month is closed, by month; then segments, times and shifts are those of the closing.

    `viewer`, `own`: see `viewer_of` and `own_stretches`. `removed_notes`: what was taken away. `spans` has the whole
    broadcast, and `session` ends where that does.
    """

    session: Session
    segments: Sequence[Segment]
    computation: Computation | None
    closed: Closed
    spans: OnAir
    shifts: Sequence[Shift]
    viewer: int | None
    own: Sequence[tuple[datetime, datetime]] | None
    batches: Sequence[Batch]
    outages: Sequence[Outage]
    notes: Sequence[SessionNote]
    removed_notes: Sequence[SessionNote]


def rows_of(user: User, broadcast: Broadcast) -> SessionRows:
    """`broadcast` comes from access.find_broadcast, which checked the right."""
    session, viewer = broadcast.session, viewer_of(user)
    segments = segments_with_closing(session)
    computation = segments[0].computation if segments else None
    closed = closed_by(getattr(computation, "closing", None))
    spans = (as_closed([session]).get(session.pk) if closed else None) or broadcast.on_air
    # for this page only: the broadcast goes on in its parts
    session.end = spans.end
    notes = _notes(sessions=[part.pk for part in broadcast.on_air.parts])
    return SessionRows(
        session=session,
        segments=segments,
        computation=computation,
        closed=closed,
        spans=spans,
        shifts=_shifts_of(session, closed),
        viewer=viewer,
        own=own_stretches(segments, viewer),
        batches=batches_around(session),
        outages=outages_of(session),
        notes=[one for one in notes if not one.removed],
        removed_notes=[one for one in notes if one.removed],
    )


def viewer_of(user: User) -> int | None:
    """The plain person whose colleagues' amounts are shown only together; None: a lead or owner."""
    if user.can(Right.SEE_ROOMS):
        return None
    person = own_person(user)
    return person.pk if person else 0


def own_stretches(segments: Sequence[Segment], viewer: int | None) -> Sequence[tuple[datetime, datetime]] | None:
    """When a plain person was on; None: everything may be seen."""
    if viewer is None:
        return None
    return [(stint.start, stint.end) for stint in stints_of(segments) if stint.person == viewer]


def segments_with_closing(session: Session) -> list[Segment]:
    """The current segments, in order, each with its computation and that one's closing, if any."""
    return _segments(session=session.pk)


def batches_around(session: Session) -> list[Batch]:
    """What is in use of the session's days, and every export of after-sales; all that the page asks of batches."""
    before, after = session.start - AROUND, session.end + AROUND
    days = {"first": timezone.localdate(session.start), "last": timezone.localdate(session.end)}
    return _batches(start=session.start, end=session.end, before=before, after=after, **days)


def outages_of(session: Session) -> list[Outage]:
    """Those of the room during the session, taken-back ones aside; whoever may open the session may see them."""
    return _outages(account=session.account_id, start=session.start, end=session.end)


def _shifts_of(session: Session, closed: Closed) -> list[Shift]:
    """Every shift planned or confirmed over this session, by role and time; of a closed month as at closing.

    Absent ones too: the page says who was not there.
    """
    where = {"account": session.account_id, "start": session.start, "end": session.end}
    found: Iterable[Shift] = () if closed else _shifts(**where)
    for one in closed.values():
        found = [row.as_shift() for row in _closed_shifts(closing=one.id, **where)]
    # a stable sort: inside a role they keep the order of time
    return sorted(found, key=lambda shift: CrewRole.values.index(shift.role))


def _over(start: Any, end: Any) -> Q:
    return Q(planned_start__lt=end, planned_end__gt=start) | Q(confirmed_start__lt=end, confirmed_end__gt=start)


def _around(*, start: Any, end: Any, before: Any, after: Any, first: Any, last: Any) -> QuerySet[Batch]:
    near = Q(first_instant__lt=after, last_instant__gt=before) | Q(period_first__lte=last, period_last__gte=first)
    # a rejected order of this session may stand in a file whose other rows are of other days
    timed = Reject.objects.filter(batch=OuterRef("pk"), instant__gte=start, instant__lt=end)
    found = in_use().filter(near | Q(table=AFTER_SALE) | Exists(timed))
    return found.select_related("minute_place__session__account")


def _during(*, account: Any, start: Any, end: Any) -> QuerySet[Outage]:
    there = Outage.objects.filter(account=account, removed=False, start__lt=end, end__gt=start)
    return there.order_by("start", "pk").select_related("recorded_by__person", "confirmed_by__person")


_segments = Prepared(lambda *, session: finders.segments_of([session]).select_related("computation__closing"))
_shifts = Prepared(
    lambda *, account, start, end: Shift.objects.filter(_over(start, end), account=account).select_related("person")
)
_closed_shifts = Prepared(
    lambda *, closing, account, start, end: ClosedShift.objects.filter(
        _over(start, end), closing=closing, account=account
    ).select_related("person", "account")
)
_notes = Prepared(
    lambda *, sessions: SessionNote.objects.filter(among("session", sessions)).select_related("by__person")
)
_batches = Prepared(_around)
_outages = Prepared(_during)

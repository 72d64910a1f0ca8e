"""Which sessions a user may see: leads and owners all, a plain person those they were on shift in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import TruncDate
from django.http import Http404
from django.utils import timezone

from kaibo.database.prepared import Prepared
from kaibo.live.models import MatchDecision, Session, SessionNote, Shift, ShiftState
from kaibo.live.spans import OnAir, folded
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look.ids import held
from kaibo.measurement.models import ClosedSession, ClosingState
from kaibo.org.access import require


@dataclass(frozen=True)
class Broadcast:
    """A session with all its parts, and those that were on air with the same crew (`seen`: this user may open it).

    `decided`: people said something of whose its orders are; where nobody did, a page need not ask what.
    """

    session: Session
    on_air: OnAir
    partners: Sequence[Session] = ()
    decided: bool = True


def shifts_of_session() -> QuerySet[Shift]:
    """Shifts that overlap the outer query's session, by their confirmed times where confirmed, else the planned."""
    confirmed = Q(state=ShiftState.CONFIRMED, confirmed_start__lt=OuterRef("end"), confirmed_end__gt=OuterRef("start"))
    planned = Q(state=ShiftState.PLANNED, planned_start__lt=OuterRef("end"), planned_end__gt=OuterRef("start"))
    return Shift.objects.filter(confirmed | planned, account=OuterRef("account")).order_by()


def visible_sessions(user: User) -> QuerySet[Session]:
    """The sessions this user may open; withdrawn ones are nobody's, unless a closed month counts them."""
    return _sessions_of(user.can(Right.SEE_ROOMS), user.pk)


def _sessions_of(all_rooms: bool, reader: Any) -> QuerySet[Session]:
    fixed = ClosedSession.objects.filter(closing__state=ClosingState.CLOSED, session=OuterRef("pk"))
    sessions = Session.objects.filter(Q(gone=False) | Exists(fixed))
    if all_rooms:
        return sessions
    return sessions.filter(Exists(shifts_of_session().filter(person__user=reader)))


def find_session(user: User, pk: int) -> Session:
    """The session with its account; no row and no right are the same Http404."""
    session = visible_sessions(user).select_related("account").filter(pk=pk).first()
    if session is None:
        raise Http404
    return session


def visible_notes(user: User) -> QuerySet[SessionNote]:
    """The review notes of the sessions this user may open; taken-back ones aside."""
    return SessionNote.objects.filter(removed=False, session__in=visible_sessions(user))


def find_note(user: User, pk: int) -> SessionNote:
    """A note to edit, take back or bring back: one's own, a lead's and the owner's any; else Http404."""
    require(user, Right.ACT_OWN, Right.CORRECT_RECORDS)
    notes = SessionNote.objects.filter(session__in=visible_sessions(user))
    if not user.can(Right.CORRECT_RECORDS):
        notes = notes.filter(by=user)
    note = notes.select_related("session__account", "by__person").filter(pk=pk).first()
    if note is None:
        raise Http404
    return note


def _decisions() -> QuerySet[MatchDecision]:
    """What may be said of the outer query's session, or of another room without a name of its own."""
    lane = Q(account=OuterRef("account")) | Q(account=None)
    over = Q(start__lt=OuterRef("end"), end__gt=OuterRef("start"))
    return MatchDecision.objects.filter(Q(choices__session=OuterRef("pk")) | (lane & over)).order_by()


def find_broadcast(user: User, pk: int) -> Broadcast:
    """The session with its parts and simulcast partners, in one query; no row and no right are the same Http404."""
    found = _broadcast(user.can(Right.SEE_ROOMS), pk=held(pk), reader=user.pk)
    session = next((one for one in found if one.pk == pk and one.seen), None)
    if session is None:
        raise Http404
    parts = [one for one in found if pk in (one.pk, one.joined_to_id)]
    others = [one for one in found if pk not in (one.pk, one.joined_to_id)]
    return Broadcast(session, folded(parts)[0], others, any(one.decided for one in parts))


def _about(all_rooms: bool, *, pk: Any, reader: Any) -> QuerySet[Session]:
    """A broadcast's parts and partners."""
    here = Session.objects.filter(Q(pk=pk) | Q(joined_to=pk), gone=False)
    day = TruncDate("start", tzinfo=timezone.get_default_timezone())
    served = Q(account__simulcasts__accounts=OuterRef("account"), account__simulcasts__start__lte=F("day")) & (
        Q(account__simulcasts__end__isnull=True) | Q(account__simulcasts__end__gt=F("day"))
    )
    beside = here.annotate(day=day).filter(served, start__lt=OuterRef("end"), end__gt=OuterRef("start"))
    beside = beside.exclude(account=OuterRef("account"))
    seen = Exists(_sessions_of(all_rooms, reader).filter(pk=OuterRef("pk")).order_by())
    wanted = Q(pk=pk) | Q(joined_to=pk) | Q(Exists(beside.order_by()))
    every = Session.objects.filter(wanted, gone=False).select_related("account")
    return every.annotate(seen=seen, decided=Exists(_decisions())).order_by("start", "pk")


_broadcast: Prepared[Any] = Prepared(_about)

"""Which sessions a user may see: leads and owners all, a plain person those they were on shift in."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from kaibo.live.models import Session, Shift, ShiftState
from kaibo.login.models import User
from kaibo.measurement.models import ClosedSession, ClosingState


def shifts_of_session() -> QuerySet[Shift]:
    """Shifts that overlap the outer query's session, by their confirmed times where confirmed, else the planned."""
    confirmed = Q(state=ShiftState.CONFIRMED, confirmed_start__lt=OuterRef("end"), confirmed_end__gt=OuterRef("start"))
    planned = Q(state=ShiftState.PLANNED, planned_start__lt=OuterRef("end"), planned_end__gt=OuterRef("start"))
    return Shift.objects.filter(confirmed | planned, account=OuterRef("account")).order_by()


def visible_sessions(user: User) -> QuerySet[Session]:
    """The sessions this user may open; withdrawn ones are nobody's, unless a closed month counts them."""
    fixed = ClosedSession.objects.filter(closing__state=ClosingState.CLOSED, session=OuterRef("pk"))
    sessions = Session.objects.filter(Q(gone=False) | Exists(fixed))
    if user.is_lead:
        return sessions
    return sessions.filter(Exists(shifts_of_session().filter(person__user=user)))


def find_session(user: User, pk: int) -> Session:
    """The session with its account; no row and no right are the same Http404."""
    session = visible_sessions(user).select_related("account").filter(pk=pk).first()
    if session is None:
        raise Http404
    return session

"""Who may see and change which shifts, sessions and rooms. No row and no right look the same: 404."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, TruncDate
from django.http import Http404
from django.utils import timezone

from kaibo.imports.models import Upload
from kaibo.live.models import (
    Account,
    Leave,
    Outage,
    PublishedShift,
    Responsibility,
    Session,
    Shift,
    ShiftCode,
    ShiftState,
    Simulcast,
    TagRule,
)
from kaibo.login.grants import Reach
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.org.access import Circle, may_decide_on, people_within, reaching, require
from kaibo.org.models import Appointment
from kaibo.org.tree import reached_on

READINGS = "handover_readings"
Row = TypeVar("Row", bound=Model)


def visible_shifts(user: User, right: Right = Right.SEE_ROSTER) -> QuerySet[Shift]:
    """One's own; of whoever was in the departments one reached on the day, or nowhere; over the company: all.

    The day is the shift's, for the person, for one's own line and for the tree: who was moved away since, whose
    department was, or who moved away oneself, changes nothing of what was then.
    """
    circle, who = reaching(user, right)
    return shifts_of(circle, **who)


def shifts_of(
    circle: Circle, *, reader: Any = None, lines: Iterable[Any] = (), grants: Iterable[Any] = (), **_today: Any
) -> QuerySet[Shift]:
    """The shifts within the circle; see `org.access.reaching`, whose day is not asked: each shift has its own."""
    begins = Coalesce("confirmed_start", "planned_start")
    return _of_their_day(Shift.objects.all(), begins, circle, reader, lines, grants)


def visible_published(user: User, right: Right = Right.SEE_ROSTER) -> QuerySet[PublishedShift]:
    """What was published, as far as `visible_shifts` goes: of each shift's own day, not of whom one sees today."""
    circle, who = reaching(user, right)
    found = PublishedShift.objects.all()
    return _of_their_day(found, F("start"), circle, *(who.get(name, ()) for name in ("reader", "lines", "grants")))


def _of_their_day(
    rows: QuerySet[Row], begins: Any, circle: Circle, reader: Any, lines: Iterable[Any], grants: Iterable[Any]
) -> QuerySet[Row]:
    if circle.company:
        return rows
    own = Q(person__user=reader) if circle.reads or not circle.narrow else Q(pk__in=())
    if circle.narrow:
        return rows.filter(own)
    reach = Reach(lines=frozenset(lines), grants=frozenset(grants))
    day = TruncDate(begins, tzinfo=timezone.get_default_timezone())
    held = Appointment.objects.filter(
        Q(end__isnull=True) | Q(end__gt=OuterRef("day")), person=OuterRef("person"), start__lte=OuterRef("day")
    )
    line = held.filter(reached_on(reach, "department", OuterRef("day")))
    return rows.annotate(day=day).filter(own | Exists(line) | ~Exists(held))


def shifts_between(user: User, start: datetime, end: datetime) -> QuerySet[Shift]:
    """Visible shifts that begin in [start, end), with what a list shows of them."""
    begins = Q(planned_start__gte=start, planned_start__lt=end) | Q(
        planned_start__isnull=True, confirmed_start__gte=start, confirmed_start__lt=end
    )
    return visible_shifts(user).filter(begins).select_related("person", "account", "confirmed_by")


def find_shift(user: User, pk: int, right: Right = Right.SEE_ROSTER) -> Shift:
    """The shift, if this user may see it; else Http404."""
    shift = visible_shifts(user, right).select_related("person", "account", "confirmed_by").filter(pk=pk).first()
    if shift is None:
        raise Http404
    return shift


def find_shift_to_edit(user: User, pk: int) -> Shift:
    """The shift, if this user plans for its person; else Http404."""
    require(user, Right.PLAN_ROSTER)
    return find_shift(user, pk, Right.PLAN_ROSTER)


def find_own_shift(user: User, pk: int) -> Shift:
    """The shift, if it is this user's own: only oneself says that it is wrong; else Http404."""
    require(user, Right.ACT_OWN)
    shift = find_shift(user, pk)
    if shift.person.user_id != user.pk:
        raise Http404
    return shift


def find_flagged_shift(user: User, pk: int) -> Shift:
    """The shift whose flag this user may take down: one's own, or one that one plans; else Http404."""
    shift = find_shift(user, pk)
    own = shift.person.user_id == user.pk and user.can(Right.ACT_OWN)
    return shift if own else find_shift_to_edit(user, pk)


def find_account(user: User, pk: int) -> Account:
    """A room; rooms are shown to who may see them, else Http404."""
    require(user, Right.SEE_ROOMS)
    account = Account.objects.filter(pk=pk).first()
    if account is None:
        raise Http404
    return account


def find_session(user: User, pk: int) -> Session:
    """A broadcast that a lead or owner may change; else Http404."""
    require(user, Right.CORRECT_RECORDS)
    session = Session.objects.select_related("account").filter(pk=pk, gone=False).first()
    if session is None:
        raise Http404
    return session


def find_code(user: User, pk: int) -> ShiftCode:
    """A roster code, for leads and owners; else Http404."""
    require(user, Right.PLAN_ROSTER)
    code = ShiftCode.objects.filter(pk=pk).first()
    if code is None:
        raise Http404
    return code


def find_tag_rule(user: User, pk: int) -> TagRule:
    """A tag rule, for leads and owners; else Http404."""
    require(user, Right.SEE_FILES)
    rule = TagRule.objects.filter(pk=pk).first()
    if rule is None:
        raise Http404
    return rule


def rooms_of(user: User) -> QuerySet[Account]:
    """The rooms one may record something about: who corrects records all, else those of one's own shifts."""
    if user.can(Right.CORRECT_RECORDS):
        return Account.objects.all()
    if not user.can(Right.ACT_OWN):
        return Account.objects.none()
    own = Shift.objects.filter(person__user=user).exclude(state=ShiftState.CANCELLED)
    return Account.objects.filter(pk__in=own.values("account"))


def visible_leaves(user: User, right: Right = Right.SEE_ROSTER) -> QuerySet[Leave]:
    """One's own, and of those over whom the right reaches."""
    return Leave.objects.filter(Q(person__user=user) | Q(person__in=people_within(user, right).values("pk")))


def find_leave(user: User, pk: int, right: Right = Right.SEE_ROSTER) -> Leave:
    """The leave, if this user may see it; else Http404."""
    leave = visible_leaves(user, right).select_related("person").filter(pk=pk).first()
    if leave is None:
        raise Http404
    return leave


def find_own_leave(user: User, pk: int) -> Leave:
    """One's own leave, to take back; somebody else's is decided, not withdrawn: Http404."""
    require(user, Right.ACT_OWN)
    leave = find_leave(user, pk)
    if leave.person.user_id != user.pk:
        raise Http404
    return leave


def find_leave_to_decide(user: User, pk: int) -> Leave:
    """Somebody else's leave that this user decides; else Http404: nobody on themselves or on their own superior."""
    require(user, Right.DECIDE)
    leave = find_leave(user, pk, Right.DECIDE)
    if not may_decide_on(user, leave.person):
        raise Http404
    return leave


def visible_outages(user: User) -> QuerySet[Outage]:
    """Leads and owners: all; others: what they recorded themselves."""
    return Outage.objects.all() if user.can(Right.SEE_ROOMS) else Outage.objects.filter(recorded_by=user)


def find_outage(user: User, pk: int) -> Outage:
    """The outage, if this user may change it: who corrects records any, else what one recorded oneself; or Http404."""
    require(user, Right.CORRECT_RECORDS, Right.ACT_OWN)
    every = Outage.objects.all() if user.can(Right.CORRECT_RECORDS) else Outage.objects.filter(recorded_by=user)
    outage = every.select_related("account").filter(pk=pk).first()
    if outage is None:
        raise Http404
    return outage


def find_responsibility(user: User, pk: int) -> Responsibility:
    """Who answers for a room, for the owner to change; else Http404."""
    require(user, Right.MANAGE_ROOMS)
    held = Responsibility.objects.select_related("account", "person").filter(pk=pk).first()
    if held is None:
        raise Http404
    return held


def visible_readings(user: User) -> QuerySet[Upload]:
    """Readings typed at handover: one's own; leads and owners see everybody's."""
    typed = Upload.objects.filter(source=READINGS).order_by("-pk")
    return typed if user.can(Right.SEE_FILES) else typed.filter(by=user)


def find_reading(user: User, pk: int) -> Upload:
    """A reading to take back: who imports files any, else what one typed oneself; or Http404."""
    require(user, Right.IMPORT_FILES, Right.ACT_OWN)
    typed = visible_readings(user).select_related("batch")
    reading = (typed if user.can(Right.IMPORT_FILES) else typed.filter(by=user)).filter(pk=pk).first()
    if reading is None:
        raise Http404
    return reading


def find_simulcast(user: User, pk: int) -> Simulcast:
    """A group of rooms served at once, for leads and owners; else Http404."""
    require(user, Right.SEE_ROOMS)
    found = Simulcast.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found

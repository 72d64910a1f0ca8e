"""Who may see and change which shifts, sessions and rooms. No row and no right look the same: 404."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, DateField, DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, When
from django.db.models.functions import Coalesce, ExtractHour, TruncDate
from django.db.models.lookups import LessThan
from django.http import Http404
from django.utils import timezone

from kaibo.imports.models import Upload
from kaibo.live.models import (
    Account,
    Leave,
    Outage,
    PublishedShift,
    Responsibility,
    RoomDepartment,
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
from kaibo.org.access import Circle, holds_over, reaching, require, superiors_of
from kaibo.org.models import Appointment, Person
from kaibo.org.tree import held_between, reached_on

READINGS = "handover_readings"


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
    day = TruncDate(Coalesce("confirmed_start", "planned_start"), tzinfo=timezone.get_default_timezone())
    return _of_their_day(Shift.objects.all(), day, circle, reader=reader, lines=lines, grants=grants)


def _of_their_day(
    rows: QuerySet[Any], day: Any, circle: Circle, *, reader: Any, lines: Iterable[Any], grants: Iterable[Any]
) -> QuerySet[Any]:
    if circle.company:
        return rows
    own = Q(person__user=reader) if circle.reads or not circle.narrow else Q(pk__in=())
    if circle.narrow:
        return rows.filter(own)
    reach = Reach(lines=frozenset(lines), grants=frozenset(grants))
    held = Appointment.objects.filter(
        Q(end__isnull=True) | Q(end__gt=OuterRef("day")), person=OuterRef("person"), start__lte=OuterRef("day")
    )
    line = held.filter(reached_on(reach, "department", OuterRef("day")))
    found: QuerySet[Any] = rows.annotate(day=day).filter(own | Exists(line) | ~Exists(held))
    return found


def visible_published(user: User, month: date, right: Right = Right.SEE_ROSTER) -> QuerySet[PublishedShift]:
    """What was published of a month and this user may see, as `visible_shifts`."""
    circle, who = reaching(user, right)
    who.pop("on", None)
    rows = PublishedShift.objects.filter(publication__month=month)
    values = {"reader": None, "lines": (), "grants": (), **who}
    day = TruncDate("start", tzinfo=timezone.get_default_timezone())
    return _of_their_day(rows, day, circle, **values)


def shifts_between(user: User, start: datetime, end: datetime) -> QuerySet[Shift]:
    """Visible shifts that begin in [start, end), with what a list shows of them."""
    begins = Q(planned_start__gte=start, planned_start__lt=end) | Q(
        planned_start__isnull=True, confirmed_start__gte=start, confirmed_start__lt=end
    )
    return visible_shifts(user).filter(begins).select_related("person", "account", "confirmed_by")


def find_rostered(user: User, pk: int) -> Person:
    """Who is among one's people today, or has a shift that one sees; else Http404."""
    person = Person.objects.filter(pk=pk).first()
    if person is None or not (
        holds_over(user, Right.SEE_ROSTER, person) or visible_shifts(user).filter(person=person).exists()
    ):
        raise Http404
    return person


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
    """One's own, and of whoever was within reach on one of its days, by the organisation of that day."""
    return _leaves(user, right, _business_day("end", timedelta(microseconds=1)))


def leaves_to_decide(user: User) -> QuerySet[Leave]:
    """Others' leave whose first day lies in one's reach; nobody decides on themselves or on their own superior."""
    if not user.can(Right.DECIDE):
        return Leave.objects.none()
    reached = _leaves(user, Right.DECIDE, _business_day("start"))
    return reached.exclude(person__user=user).exclude(person__in=superiors_of(user))


def _leaves(user: User, right: Right, until: Case) -> QuerySet[Leave]:
    """Those with a day from the first to `until` in reach; one's own always."""
    circle, _who = reaching(user, right)
    if circle.company:
        return Leave.objects.all()
    own = Q(person__user=user)
    if circle.narrow:
        return Leave.objects.filter(own)
    within = held_between(user.reach(right), OuterRef("first_day"), OuterRef("until_day"))
    line = Appointment.objects.filter(within, person=OuterRef("person"))
    days = {"first_day": _business_day("start"), "until_day": until}
    return Leave.objects.annotate(**days).filter(own | Exists(line))


def _business_day(instant: str, before: timedelta = timedelta()) -> Case:
    """The team's day that begins at 06:00 or so, of an instant that a row has, or of a moment before it.

    By the clock on the wall, as `live.business_days`: what shows an hour before the day begins is of the day before,
    which is reached by going back so far that no change of the clock keeps the moment in its day.
    """
    zone, starts = timezone.get_default_timezone(), settings.BUSINESS_DAY_STARTS_AT
    moment = ExpressionWrapper(F(instant) - before, DateTimeField())
    evening = ExpressionWrapper(F(instant) - before - timedelta(hours=starts + 2), DateTimeField())
    return Case(
        When(LessThan(ExtractHour(moment, tzinfo=zone), starts), then=TruncDate(evening, tzinfo=zone)),
        default=TruncDate(moment, tzinfo=zone),
        output_field=DateField(),
    )


def find_leave(user: User, pk: int) -> Leave:
    """The leave, if this user may see it; else Http404."""
    leave = visible_leaves(user).select_related("person").filter(pk=pk).first()
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
    leave = leaves_to_decide(user).select_related("person").filter(pk=pk).first()
    if leave is None:
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


def find_room_department(user: User, pk: int) -> RoomDepartment:
    """Where a room belongs from a day on, for who manages rooms to take away; else Http404."""
    require(user, Right.MANAGE_ROOMS)
    placed = RoomDepartment.objects.select_related("account", "department").filter(pk=pk).first()
    if placed is None:
        raise Http404
    return placed


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

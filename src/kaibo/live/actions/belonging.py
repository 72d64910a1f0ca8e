"""Which department a room belongs to, from a day on."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.live.actions.waiting import lock_rooms
from kaibo.live.business_days import business_day, business_start
from kaibo.live.models import Account, RoomDepartment, Session
from kaibo.login.models import User
from kaibo.org.appointing import refuse_closed, refuse_gap, refuse_not_yet
from kaibo.org.models import Department

# what ends at the hour in which a day begins is of the day before
MOMENT = timedelta(microseconds=1)


@transaction.atomic
def place_room(*, by: User | None, account: Account, department: Department | None, start: date) -> RoomDepartment:
    """From `start` on, until it is said otherwise, the room belongs to this department, or to none.

    What was said of the same day is corrected; what holds from a later day on stays. Raises ValidationError: it is so
    already, or the department is not there then.
    """
    lock_rooms([account.pk])
    held = RoomDepartment.objects.filter(account=account).select_related("department").order_by("start")
    before = held.filter(start__lte=start).last()
    former = before.department if before else None
    _refuse_same(department, former, before)
    if department is not None:
        # whoever closes it at the same moment is first, or sees the room in it
        department = Department.objects.select_for_update(no_key=True).get(pk=department.pk)
        after = held.filter(start__gt=start).first()
        refuse_closed(department)
        refuse_not_yet(department, start)
        refuse_gap(department, start, after.start if after else None)
    made, _new = RoomDepartment.objects.update_or_create(
        account=account, start=start, defaults={"department": department}
    )
    record(
        by=by, verb="place_room", target=account, former=_name(former), department=_name(department), start=start,
        months=_months_since(start),
    )  # fmt: skip
    return made


def _refuse_same(department: Department | None, former: Department | None, before: RoomDepartment | None) -> None:
    if department != former:
        return
    if department is None or before is None:
        raise ValidationError({"department": _("It belongs to no department then.")})
    said = {"department": department.title, "day": before.start.isoformat()}
    raise ValidationError({"department": _("It belongs to %(department)s since %(day)s.") % said})


@transaction.atomic
def take_room_out(*, by: User | None, placed: RoomDepartment) -> None:
    """Take away what was said by mistake: what held before that day goes on. The audit keeps what it said."""
    lock_rooms([placed.account_id])
    if not RoomDepartment.objects.filter(pk=placed.pk).exists():
        # a second click, or somebody else was faster
        return
    record(
        by=by, verb="take_room_out", target=placed.account, department=_name(placed.department), start=placed.start,
        months=_months_since(placed.start),
    )  # fmt: skip
    placed.delete()


def _name(department: Department | None) -> str:
    return department.name if department else ""


def _months_since(start: date) -> list[str]:
    """The months of the business days on air from a day on, of every room: who leads all rooms together leads fewer, or
    more, from then.
    """
    begins = business_start(start)
    there = Session.objects.filter(gone=False, end__gt=begins).order_by().values_list("start", "end")
    found: set[date] = set()
    for since, until in there:
        found |= {business_day(max(since, begins)).replace(day=1), business_day(until - MOMENT).replace(day=1)}
    return [f"{month:%Y-%m}" for month in sorted(found)]

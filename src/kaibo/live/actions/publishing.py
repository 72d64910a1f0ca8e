"""Publishing a month's roster: what people may rely on, and what hours due are counted from."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.live.models import Shift, ShiftState
from kaibo.live.plan_models import PublishedShift, RosterPublication
from kaibo.login.models import User
from kaibo.org.access import Stretch
from kaibo.org.models import Person


@transaction.atomic
def publish_roster(
    *,
    by: User | None,
    month: date,
    shifts: QuerySet[Shift],
    people: Sequence[Person],
    note: str = "",
    days: Mapping[int, Sequence[Stretch]] | None = None,
) -> RosterPublication:
    """Publish these shifts of the month for these people; what was published for them before is replaced.

    `shifts`: of `people`, with a business date in the month, cancelled ones left out here. `days`: of each person those
    that are spoken of, where somebody else plans the others; None: all. Raises ValidationError where there is nothing
    to publish.
    """
    month = month.replace(day=1)
    ids = [person.pk for person in people]
    found = shifts.filter(person__in=ids, planned_start__isnull=False).exclude(state=ShiftState.CANCELLED)
    planned = [(one, told) for one in found.order_by("pk") if (told := _days(one, one.planned_start, days))]
    standing = PublishedShift.objects.filter(publication__month=month, person__in=ids, replaced_by__isnull=True)
    former = [one.pk for one in standing if _days(one, one.start, days)]
    if not planned and not former:
        raise ValidationError(_("There is no shift in this month yet. Upload the roster or plan shifts first."))
    made = RosterPublication.objects.create(month=month, by=by, note=" ".join(note.split()))
    replaced = PublishedShift.objects.filter(pk__in=former).update(replaced_by=made)
    PublishedShift.objects.bulk_create(
        [
            PublishedShift(
                publication=made, shift=shift, person_id=shift.person_id, account_id=shift.account_id,
                role=shift.role, start=shift.planned_start, end=shift.planned_end, days_from=told[0],
                days_until=told[1],
            )
            for shift, told in planned
            if shift.planned_start and shift.planned_end
        ],
        batch_size=500,
    )  # fmt: skip
    record(
        by=by, verb="publish_roster", target=made, reason=made.note, of=month, people=sorted(ids),
        shifts=len(planned), replaced=replaced, months=[f"{month:%Y-%m}"],
        members=[
            f"{one.pk} {one.person_id} {one.account_id} {one.role} {one.planned_start} {one.planned_end}"
            for one, _told in planned
        ],
    )  # fmt: skip
    return made


def _days(
    one: Shift | PublishedShift, start: datetime | None, days: Mapping[int, Sequence[Stretch]] | None
) -> tuple[date | None, date | None] | None:
    """The days of the person's among which this one begins; None where others plan it."""
    if days is None or start is None:
        return None, None
    day = timezone.localdate(start)
    return next(((first, until) for first, until in days.get(one.person_id, ()) if first <= day < until), None)

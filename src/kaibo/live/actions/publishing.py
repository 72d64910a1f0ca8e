"""Publishing a month's roster: what people may rely on, and what hours due are counted from."""

from collections.abc import Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.live.models import Shift, ShiftState
from kaibo.live.plan_models import PublishedShift, RosterPublication
from kaibo.login.models import User
from kaibo.org.models import Person


@transaction.atomic
def publish_roster(
    *, by: User | None, month: date, shifts: QuerySet[Shift], people: Sequence[Person], note: str = ""
) -> RosterPublication:
    """Publish these shifts of the month for these people; what was published for them before is replaced.

    `shifts`: of `people`, with a business date in the month, cancelled ones left out here. Raises ValidationError
    where there is nothing to publish.
    """
    month = month.replace(day=1)
    ids = [person.pk for person in people]
    planned = list(
        shifts.filter(person__in=ids, planned_start__isnull=False).exclude(state=ShiftState.CANCELLED).order_by("pk")
    )
    former = PublishedShift.objects.filter(publication__month=month, person__in=ids, replaced_by__isnull=True)
    if not planned and not former.exists():
        raise ValidationError(_("There is no shift in this month yet. Upload the roster or plan shifts first."))
    made = RosterPublication.objects.create(month=month, by=by, note=" ".join(note.split()))
    replaced = former.update(replaced_by=made)
    PublishedShift.objects.bulk_create(
        [
            PublishedShift(
                publication=made, shift=shift, person_id=shift.person_id, account_id=shift.account_id,
                role=shift.role, start=shift.planned_start, end=shift.planned_end,
            )
            for shift in planned
            if shift.planned_start and shift.planned_end
        ],
        batch_size=500,
    )  # fmt: skip
    record(
        by=by, verb="publish_roster", target=made, reason=made.note, of=month, people=sorted(ids),
        shifts=len(planned), replaced=replaced, months=[f"{month:%Y-%m}"],
        members=[
            f"{one.pk} {one.person_id} {one.account_id} {one.role} {one.planned_start} {one.planned_end}"
            for one in planned
        ],
    )  # fmt: skip
    return made

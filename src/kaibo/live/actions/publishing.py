"""Publishing a month's roster: what people may rely on, and what hours due are counted from."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.live.business_days import business_start
from kaibo.live.due import planned_between
from kaibo.live.models import Shift, ShiftState
from kaibo.live.plan_models import PublishedShift, RosterPublication
from kaibo.login.models import User
from kaibo.org.models import Person


@transaction.atomic
def publish_roster(
    *, by: User | None, month: date, shifts: QuerySet[Shift], people: Sequence[Person], note: str = "",
    standing: QuerySet[PublishedShift] | None = None,
) -> RosterPublication:  # fmt: skip
    """Publish these shifts of the month for these people; what was published for them before is replaced.

    `shifts`: of `people`, with a business date in the month, cancelled ones left out here. `standing`: what may be
    replaced, by default everything: the days that somebody else plans stay as that one published them, and where
    nobody did yet they are published as they are planned, so that none of them stops being due.
    Raises ValidationError where there is nothing to publish.
    """
    month = month.replace(day=1)
    # of two who publish at once the second replaces what the first did
    wanted = Person.objects.filter(pk__in=[person.pk for person in people]).order_by("pk")
    ids = list(wanted.select_for_update(no_key=True).values_list("pk", flat=True))
    of_month = PublishedShift.objects.filter(publication__month=month, person__in=ids)
    known = of_month.order_by().values_list("person", flat=True).distinct()
    following = (month + timedelta(days=32)).replace(day=1)
    rest = planned_between(business_start(month), business_start(following)).exclude(person__in=list(known))
    planned = list(
        Shift.objects.filter(Q(pk__in=shifts.values("pk")) | Q(pk__in=rest.values("pk")), person__in=ids)
        .filter(planned_start__isnull=False)
        .exclude(state=ShiftState.CANCELLED)
        .order_by("pk")
    )
    former = of_month.filter(replaced_by__isnull=True)
    if standing is not None:
        former = former.filter(pk__in=standing.values("pk"))
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

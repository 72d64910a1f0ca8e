"""Whose month a user may see: org.access says; here only which one is shown first."""

from collections import Counter
from datetime import date, datetime

from django.db.models import Max
from django.db.models.functions import Coalesce
from django.utils import timezone

from kaibo.appraisal.models import KeptMonth
from kaibo.appraisal.period import business_date
from kaibo.live.models import Shift, ShiftState
from kaibo.measurement.models import Computation, ComputationState, Credit, DirectCredit
from kaibo.org.models import Person

# fewer days with data say little: until then the month before is the one to look at
ENOUGH_DAYS = 3


def latest_month(person: Person) -> date:
    """The month to show first: the newest with data, or the one before it while the newest has hardly begun.

    Before anything is computed the newest month with a shift that has begun; without any, the current one.
    """
    mine = Credit.objects.filter(computation__state=ComputationState.CURRENT, person=person)
    days = mine.order_by().values_list("date", flat=True).distinct()
    # who is on no shift may be named by files all the same
    named = DirectCredit.objects.filter(computation__state=ComputationState.CURRENT, person=person)
    counted = Counter(day.replace(day=1) for day in days or named.order_by().values_list("date", flat=True).distinct())
    newest = sorted(counted, reverse=True)[:2]
    if not newest:
        return business_date(_last_begun(person) or timezone.now()).replace(day=1)
    return newest[1] if len(newest) == 2 and counted[newest[0]] < ENOUGH_DAYS <= counted[newest[1]] else newest[0]


def _last_begun(person: Person) -> datetime | None:
    """When the person's newest shift that has begun did so, as confirmed or else as planned."""
    begun = Shift.objects.filter(person=person, state__in=[ShiftState.PLANNED, ShiftState.CONFIRMED])
    begun = begun.annotate(begins=Coalesce("confirmed_start", "planned_start")).filter(begins__lte=timezone.now())
    last: datetime | None = begun.aggregate(last=Max("begins"))["last"]
    return last


def is_unkept(computed: Computation | None) -> bool:
    """Whether a month was computed after its scores were kept last: what is kept is about to be another thing."""
    if computed is None:
        return False
    # one that was found unchanged began anew
    newest = max(computed.started_at, computed.finished_at or computed.started_at)
    return not KeptMonth.objects.filter(month=computed.month, kept_at__gte=newest).exists()

"""Whose month a user may see: org.access says; here only which one is shown first."""

from collections import Counter
from datetime import date

from django.utils import timezone

from kaibo.appraisal.period import business_date
from kaibo.measurement.models import ComputationState, Credit
from kaibo.org.models import Person

# fewer days with data say little: until then the month before is the one to look at
ENOUGH_DAYS = 3


def latest_month(person: Person) -> date:
    """The month to show first: the newest with data, or the one before it while the newest has hardly begun.

    Without any data the current one.
    """
    mine = Credit.objects.filter(computation__state=ComputationState.CURRENT, person=person)
    days = mine.order_by().values_list("date", flat=True).distinct()
    counted = Counter(day.replace(day=1) for day in days)
    newest = sorted(counted, reverse=True)[:2]
    if not newest:
        return business_date(timezone.now()).replace(day=1)
    return newest[1] if len(newest) == 2 and counted[newest[0]] < ENOUGH_DAYS <= counted[newest[1]] else newest[0]

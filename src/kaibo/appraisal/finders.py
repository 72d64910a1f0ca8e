"""Whose month a user may see: org.access says; here only which one is shown first."""

from datetime import date

from django.db.models import Max
from django.utils import timezone

from kaibo.appraisal.period import business_date
from kaibo.measurement.models import ComputationState, Credit
from kaibo.org.models import Person


def latest_month(person: Person) -> date:
    """The newest month in which the person was credited with anything; without any the current one."""
    mine = Credit.objects.filter(computation__state=ComputationState.CURRENT, person=person)
    newest: date | None = mine.aggregate(day=Max("date"))["day"]
    return (newest or business_date(timezone.now())).replace(day=1)

"""What audit rows say is erased after AUDIT_YEARS; that they were, when, by whom and to what stays in the chain."""

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone

from kaibo.audit import guards
from kaibo.audit.chain import ERASING
from kaibo.audit.models import AuditEvent, AuditPayload
from kaibo.audit.record import record

CHUNK = 1000


def erase_due(now: datetime | None = None) -> int:
    """Take away the payload of what is past its time, in chunks of one audit row each; gives how many.

    Raises ImproperlyConfigured for fewer years than the database's guard lets through.
    """
    years = settings.AUDIT_YEARS
    if not years:
        return 0
    if years < guards.YEARS:
        raise ImproperlyConfigured(f"KAIBO_AUDIT_YEARS: {guards.YEARS} or more, or 0 for never; not {years}")
    before, erased = years_before(now or timezone.now(), years), 0
    while count := _erase(before):
        erased += count
    return erased


def _erase(before: datetime) -> int:
    due = AuditEvent.objects.filter(at__lt=before, erased_by=None).order_by("pk")
    with transaction.atomic():
        ids = list(due.values_list("pk", flat=True)[:CHUNK])
        if ids:
            erasing = record(by=None, verb=ERASING, target=AuditEvent(pk=ids[-1]), members=ids, before=before)
            # the guard lets a payload go whose event names what erases it
            AuditEvent.objects.filter(pk__in=ids).update(erased_by=erasing.pk)
            AuditPayload.objects.filter(event__in=ids).delete()
    return len(ids)


def years_before(at: datetime, years: int) -> datetime:
    """The same day and time so many years ago; 28 February for the 29th."""
    try:
        return at.replace(year=at.year - years)
    except ValueError:
        return at.replace(year=at.year - years, day=28)

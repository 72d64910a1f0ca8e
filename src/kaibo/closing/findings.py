"""What stands against closing a month: each with what to do, where, and whether it can be taken over with a reason."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from kaibo.appraisal.completeness import Finding, data_findings
from kaibo.live.nights import business_start
from kaibo.look import numbers
from kaibo.measurement import due
from kaibo.measurement.closed import is_closed
from kaibo.measurement.finders import computation_of
from kaibo.measurement.models import Closing, ClosingState, Computation
from kaibo.measurement.months import next_month

__all__ = ["Finding", "blocking", "findings"]


def findings(month: date, now: datetime, *, ignore: Closing | None = None) -> list[Finding]:
    """Everything that stands against closing the month, blocking ones first. `ignore`: the closing that asks."""
    found = [*_state(month, now, computation_of(month), ignore), *data_findings(month, now)]
    return sorted(found, key=lambda one: not one.blocking)


def blocking(month: date, now: datetime, *, ignore: Closing | None = None) -> list[Finding]:
    return [one for one in findings(month, now, ignore=ignore) if one.blocking]


def _state(month: date, now: datetime, computation: Computation | None, ignore: Closing | None) -> Iterator[Finding]:
    here = reverse("closing:month", args=[month])
    others = Closing.objects.filter(month=month, state__in=[ClosingState.FREEZING, ClosingState.CLOSED])
    if (others.exclude(pk=ignore.pk) if ignore else others).exists():
        yield Finding("closed", _("The month is closed, or about to be"), _("Reopen it first."), here, _("See"), True)
    if now < business_start(next_month(month)):
        last = numbers.day_short(next_month(month))
        text = _("It can be closed from %(day)s, 06:00 on, when its last business day is over.") % {"day": last}
        yield Finding("running", _("The month is not over"), text, here, _("See"), True)
    if computation is None:
        text = _("Upload the files of the month first.")
        yield Finding("not_computed", _("Nothing is computed"), text, reverse("home:upload"), _("Upload"), True)
    elif due.is_computing(month) or any(due.is_computing(one) for one in _beside(month)):
        text = _("A computation is still due. It takes a moment; then reload this page.")
        yield Finding("computing", _("Numbers are being computed"), text, here, _("Reload"), True)


def _beside(month: date) -> list[date]:
    """The neighbouring months that are computed and open: their sessions may reach into this one."""
    near = [(month - timedelta(days=1)).replace(day=1), next_month(month)]
    return [one for one in near if computation_of(one) and not is_closed(one)]

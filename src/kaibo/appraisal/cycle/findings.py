"""What stands against computing a cycle, or what its reviews would lack: each with what to do, and where."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaibo.appraisal.completeness import Finding, data_findings
from kaibo.appraisal.cycle.models import Cycle
from kaibo.appraisal.cycle.review_models import Review
from kaibo.appraisal.finders import is_unkept
from kaibo.live.nights import business_start
from kaibo.look import numbers
from kaibo.measurement import due
from kaibo.measurement.closed import is_closed
from kaibo.measurement.finders import computation_of
from kaibo.measurement.months import next_month
from kaibo.org.models import Person

NAMED = 6


def findings(cycle: Cycle, now: datetime) -> list[Finding]:
    """Blocking ones first. Of a closed month the data is as it was closed with; else what it lacks."""
    found = [*_figures(cycle, now), *_reviewers(cycle)]
    if computation_of(cycle.month) is not None and not is_closed(cycle.month):
        # a review can be computed with what is there, and again with what comes
        found += [replace(one, blocking=False) for one in data_findings(cycle.month, now)]
    return sorted(found, key=lambda one: not one.blocking)


def require_none_blocking(cycle: Cycle) -> None:
    """Raises ValidationError where something stands against computing it."""
    blocking = next((one for one in findings(cycle, timezone.now()) if one.blocking), None)
    if blocking is not None:
        raise ValidationError(f"{blocking.title}. {blocking.todo}")


def _figures(cycle: Cycle, now: datetime) -> Iterator[Finding]:
    here = reverse("appraisal:cycle", args=[cycle.month])
    if now < business_start(next_month(cycle.month)):
        text = _("Its figures are complete from %(day)s, 06:00 on.") % {
            "day": numbers.day_short(next_month(cycle.month))
        }
        yield Finding("running", _("The month is not over"), text, here, _("See"))
    computed = computation_of(cycle.month)
    if computed is None:
        text = _("Upload the files of the month first.")
        yield Finding("not_computed", _("Nothing is computed"), text, reverse("home:upload"), _("Upload"), True)
    elif due.is_computing(cycle.month) or is_unkept(computed):
        text = _("A computation is still due. It takes a moment; then reload this page.")
        yield Finding("computing", _("Numbers are being computed"), text, here, _("Reload"), True)


def _reviewers(cycle: Cycle) -> Iterator[Finding]:
    """Reviews that nobody can rate: without a reviewer, or one who cannot sign in."""
    here = reverse("appraisal:cycle", args=[cycle.month])
    open_ones = Review.objects.filter(cycle=cycle, dropped_at=None, published_at=None)
    without = open_ones.filter(reviewer=None).count()
    if without:
        title = ngettext("%(n)d review has no reviewer", "%(n)d reviews have no reviewer", without) % {"n": without}
        text = _("Nobody stands above them in the organisation. Choose them below and name somebody.")
        yield Finding("no_reviewer", title, text, f"{here}?state=no_reviewer#people", _("See which"))
    dumb = Person.objects.filter(reviews_to_write__in=open_ones.values("pk"), user=None).distinct().order_by("name")
    names = list(dumb.values_list("name", flat=True)[: NAMED + 1])
    if names:
        title = _("Reviewers who cannot sign in: %(names)s")
        said = _(", ").join(names[:NAMED]) + ("…" if names[NAMED:] else "")
        text = _("Invite them on their page, or name somebody else below.")
        yield Finding("no_sign_in", title % {"names": said}, text, f"{here}?state=no_sign_in#people", _("See which"))

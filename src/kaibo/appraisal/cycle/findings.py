"""What stands against computing a cycle, or what its reviews would lack: each with what to do, and where.

What is cheap to know is asked each time: how far the month's figures are, and who cannot rate. What the data lacks is
looked for now and then and kept (`cycle.looking`).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from kaibo.appraisal.completeness import Finding, data_findings
from kaibo.appraisal.cycle.models import Cycle
from kaibo.appraisal.models import KeptMonth
from kaibo.live.nights import business_start
from kaibo.look import numbers
from kaibo.measurement import due
from kaibo.measurement.finders import current
from kaibo.measurement.models import Closing, ClosingState
from kaibo.measurement.months import next_month

# reviews that nobody can rate, as the cycle's counts tell them
OPEN = Q(published_at=None)
UNRATABLE = {
    "no_reviewer": Count("pk", OPEN & Q(reviewer=None)),
    "no_sign_in": Count("pk", OPEN & Q(reviewer__isnull=False, reviewer__user=None)),
}


def with_signs(cycles: QuerySet[Cycle]) -> QuerySet[Any]:
    """Cycles with how far the figures of their months are, and what was found when their data was last looked at."""
    same = {"month": OuterRef("month")}
    kept = KeptMonth.objects.filter(**same).values("kept_at")[:1]
    closed = Closing.objects.filter(state=ClosingState.CLOSED, **same)
    newest = Greatest("started_at", Coalesce("finished_at", "started_at"))
    computed = current().filter(**same).annotate(newest=newest).values("newest")[:1]
    return cycles.select_related("looked").annotate(
        is_computed=Exists(current().filter(**same)),
        is_closed=Exists(closed),
        kept_at=Subquery(kept),
        newest=Subquery(computed),
    )


def findings(cycle: Any, now: datetime, no_reviewer: int, no_sign_in: int) -> list[Finding]:
    """Blocking ones first, of a cycle that was read with its signs. One query, or two while figures change."""
    found = [*_figures(cycle, now), *_reviewers(cycle, no_reviewer, no_sign_in), *_looked_for(cycle)]
    return sorted(found, key=lambda one: not one.blocking)


def is_stale(cycle: Any) -> bool:
    """Whether figures came after the data was looked at, or nobody looked yet."""
    looked = getattr(cycle, "looked", None)
    return looked is None or bool(cycle.kept_at and cycle.kept_at > looked.at)


def require_none_blocking(cycle: Cycle) -> None:
    """Raises ValidationError where something stands against computing it."""
    there = with_signs(Cycle.objects.filter(pk=cycle.pk)).get()
    blocking = next((one for one in _figures(there, timezone.now()) if one.blocking), None)
    if blocking is not None:
        raise ValidationError(_("%(what)s: %(todo)s") % {"what": blocking.title, "todo": blocking.todo})


def lacking(cycle: Any, now: datetime) -> list[Finding]:
    """What the month's data lacks, in the reader's language; many queries. A closed month's is as it was closed with.

    None of it blocks: a review can be computed with what is there, and again with what comes.
    """
    if not cycle.is_computed or cycle.is_closed:
        return []
    return [replace(one, blocking=False) for one in data_findings(cycle.month, now)]


def _looked_for(cycle: Any) -> list[Finding]:
    """As it was found when somebody last looked, in the reader's language, else in any."""
    looked = getattr(cycle, "looked", None)
    if looked is None or not cycle.is_computed or cycle.is_closed:
        return []
    said = looked.found.get(get_language(), next(iter(looked.found.values()), []))
    return [Finding(**one) for one in said]


def _is_moving(cycle: Any) -> bool:
    """The month's numbers are about to change, or did since its scores were kept, as in `finders.is_unkept`."""
    return cycle.kept_at < cycle.newest or due.is_touched(cycle.month)


def _figures(cycle: Any, now: datetime) -> Iterator[Finding]:
    here = reverse("appraisal:cycle", args=[cycle.month])
    if now < business_start(next_month(cycle.month)):
        text = _("Its figures are complete from %(day)s, 06:00 on.") % {
            "day": numbers.day_short(next_month(cycle.month))
        }
        yield Finding("running", _("The month is not over"), text, here, _("See"))
    if not cycle.is_computed:
        text = _("Upload the files of the month first.")
        yield Finding("not_computed", _("Nothing is computed"), text, reverse("home:upload"), _("Upload"), True)
    elif cycle.kept_at is None or (not cycle.is_closed and _is_moving(cycle)):
        text = _("A computation is still due. It takes a moment; then reload this page.")
        yield Finding("computing", _("Numbers are being computed"), text, here, _("Reload"), True)


def _reviewers(cycle: Cycle, without: int, dumb: int) -> Iterator[Finding]:
    """Reviews that nobody can rate: without a reviewer, or one who cannot sign in."""
    here = reverse("appraisal:cycle", args=[cycle.month])
    if without:
        title = ngettext("%(n)d review has no reviewer", "%(n)d reviews have no reviewer", without) % {"n": without}
        text = _("Nobody stands above them in the organisation. Choose them below and name somebody.")
        yield Finding("no_reviewer", title, text, f"{here}?state=no_reviewer#people", _("See which"))
    if dumb:
        title = ngettext(
            "%(n)d review has a reviewer who cannot sign in", "%(n)d reviews have a reviewer who cannot sign in", dumb
        ) % {"n": dumb}  # fmt: skip
        text = _("Invite them on their page, or name somebody else below.")
        yield Finding("no_sign_in", title, text, f"{here}?state=no_sign_in#people", _("See which"))

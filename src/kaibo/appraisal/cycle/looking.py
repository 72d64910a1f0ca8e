"""Looks for what the data of cycles lacks and keeps what was found, so that pages need not look again (ADR 45)."""

from dataclasses import asdict
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import override

from kaibo.appraisal.cycle.findings import lacking, with_signs
from kaibo.appraisal.cycle.models import STATES, Cycle, CycleCheck, CycleState
from kaibo.appraisal.cycle.opening import candidates

# what only time changes (a shift is over, a file waits) is seen no later
OLD = timedelta(hours=1)
OPEN = STATES[: STATES.index(CycleState.PUBLISHED)]


def look(cycle: Cycle) -> CycleCheck:
    """Look now, in every language of the pages, and keep what was found. Many queries, no more for more people."""
    now = timezone.now()
    there = with_signs(Cycle.objects.filter(pk=cycle.pk)).get()
    found = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found[language] = [asdict(one) for one in lacking(there, now)]
    told = {"at": now, "found": found, "without_card": sorted(candidates(there.month).without_card)}
    return CycleCheck.objects.update_or_create(cycle=there, defaults=told)[0]


def look_at(month: date) -> None:
    """Look at the month's cycle, if there is one in progress: its figures are others now."""
    for cycle in Cycle.objects.filter(month=month, state__in=OPEN):
        look(cycle)


def look_at_old() -> None:
    """Look at the cycles in progress that nobody looked at for an hour."""
    old = Q(looked=None) | Q(looked__at__lt=timezone.now() - OLD)
    for cycle in Cycle.objects.filter(old, state__in=OPEN).order_by("pk"):
        look(cycle)

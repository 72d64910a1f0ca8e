"""What a stage still waits for when it is about to end: going on is allowed, but nobody does it unknowingly."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaibo.appraisal.completeness import Finding
from kaibo.appraisal.cycle.models import Cycle, CycleState
from kaibo.appraisal.cycle.pages import Counts, Stage
from kaibo.look import numbers


def unsaid(cycle: Cycle, stages: Sequence[Stage], told: Counts, now: datetime) -> list[Finding]:
    """Of the stage that the cycle is in; no query."""
    of_stage = {CycleState.SELF: _own, CycleState.MANAGER: _ratings, CycleState.APPEAL_WINDOW: _appeals}
    asks = of_stage.get(CycleState(cycle.state))
    return list(asks(cycle, stages, told, now)) if asks else []


def _narrowed(cycle: Cycle, state: str) -> str:
    return f"{reverse('appraisal:cycle', args=[cycle.month])}?state={state}#people"


def _own(cycle: Cycle, _stages: Sequence[Stage], told: Counts, _now: datetime) -> Iterator[Finding]:
    left = told.reviews - told.own
    if left:
        title = ngettext(
            "%(n)d self-assessment is not handed in", "%(n)d self-assessments are not handed in", left
        ) % {"n": left}  # fmt: skip
        text = _("They can be handed in until the ratings end.")
        yield Finding("own_left", title, text, _narrowed(cycle, "own"), _("See which"))


def _ratings(cycle: Cycle, _stages: Sequence[Stage], told: Counts, _now: datetime) -> Iterator[Finding]:
    left = told.reviews - told.rated
    if left:
        title = ngettext("%(n)d review is not rated", "%(n)d reviews are not rated", left) % {"n": left}
        text = _("Going on closes the forms: what is not rated by then waits and cannot be published.")
        yield Finding("ratings_left", title, text, _narrowed(cycle, "rate"), _("See which"))


def _appeals(_cycle: Cycle, stages: Sequence[Stage], told: Counts, now: datetime) -> Iterator[Finding]:
    due = next((one.due_at for one in stages if one.mark == "now"), None)
    if due is not None and now < due:
        title = _("Appeals were promised until %(at)s") % {"at": numbers.day_clock(due)}
        text = _("Closing ends them earlier: nobody can appeal afterwards.")
        yield Finding("appeals_open", title, text, "", "")
    unseen = told.published - told.seen
    if unseen:
        title = ngettext("%(n)d review is not seen yet", "%(n)d reviews are not seen yet", unseen) % {"n": unseen}
        text = _("Record on its page how it was delivered to who does not click.")
        yield Finding("unseen", title, text, "", "")

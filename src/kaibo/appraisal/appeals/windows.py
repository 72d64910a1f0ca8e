"""Until when one may appeal, and take a decision further."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaibo.appraisal.appeals.models import PENDING, Appeal, AppealRound, AppealState
from kaibo.appraisal.cycle.models import Cycle, CycleState
from kaibo.appraisal.cycle.review_models import Review
from kaibo.look import numbers

# after a decision, days in which the second level can be asked, even where the window ends earlier
SECOND_LEVEL = timedelta(days=5)


def open_until(cycle: Cycle) -> datetime | None:
    """When the appeal window of the cycle ends."""
    due: datetime | None = (
        cycle.deadlines.filter(state=CycleState.APPEAL_WINDOW).values_list("due_at", flat=True).first()
    )
    return due


def refusal(review: Review, now: datetime) -> str:
    """Why nobody can appeal against this review now; "" where they can."""
    if review.published_at is None or review.dropped_at is not None:
        return _("This review is not published, so there is nothing to appeal against yet.")
    until = open_until(review.cycle)
    if until is not None and now > until:
        return _("The time to appeal is over: it was possible until %(at)s.") % {"at": numbers.day_clock(until)}
    if review.cycle.state == CycleState.CLOSED:
        return _("The cycle is closed, so the time to appeal is over.")
    return ""


def require_open(review: Review) -> None:
    """Raises ValidationError outside the appeal window, and says until when it was possible."""
    why = refusal(review, timezone.now())
    if why:
        raise ValidationError(why)


def require_none_pending(cycle: Cycle) -> None:
    """Raises ValidationError while appeals of the cycle are not decided, or what they granted is not put right."""
    waiting = Appeal.objects.filter(review__cycle=cycle, state__in=PENDING).count()
    if waiting:
        text = ngettext(
            "%(n)d appeal is not settled. Decide it first, then close.",
            "%(n)d appeals are not settled. Decide them first, then close.", waiting,
        )  # fmt: skip
        raise ValidationError(text % {"n": waiting})


def second_until(appeal: Appeal, first: AppealRound) -> datetime | None:
    """Until when the decision of the first level can be taken to the second; None where it cannot at all."""
    if appeal.level != 1 or appeal.state != AppealState.DECIDED or first.decided_at is None:
        return None
    if appeal.review.cycle.state == CycleState.CLOSED or appeal.review.published_at is None:
        return None
    # a granted appeal is settled later than it is decided
    days = (appeal.ended_at or first.decided_at) + SECOND_LEVEL
    window = open_until(appeal.review.cycle)
    return max(days, window) if window else days


def require_second(appeal: Appeal, first: AppealRound) -> None:
    """Raises ValidationError where the second level is not, or no longer, to be had."""
    until = second_until(appeal, first)
    if until is None:
        raise ValidationError(_("There is no second level here: the first is not decided, or the cycle is closed."))
    if timezone.now() > until:
        text = _("The time for the second level is over: it was possible until %(at)s.")
        raise ValidationError(text % {"at": numbers.day_clock(until)})

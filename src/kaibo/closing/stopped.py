"""Closings whose job was stopped before it began, or died too often: the month is open, and says so."""

from django.db import transaction

from kaibo.closing.freezing import leave_open
from kaibo.jobs.models import Job, JobState
from kaibo.kpi.msgid import gettext_noop as _
from kaibo.measurement.models import Closing, ClosingState
from kaibo.message import Message


def let_go() -> int:
    """Leave these months open; how many. Else nobody could close them any more. Worker only."""
    freezing = Closing.objects.filter(state=ClosingState.FREEZING).order_by("pk")
    return sum(_let_go(pk) for pk in freezing.values_list("pk", flat=True))


@transaction.atomic
def _let_go(pk: int) -> bool:
    # locked before its job is looked for: whoever fixed its numbers meanwhile has closed it by then
    closing = Closing.objects.select_for_update(no_key=True).filter(pk=pk, state=ClosingState.FREEZING).first()
    waiting = [JobState.QUEUED, JobState.RUNNING]
    if closing is None or Job.objects.filter(kind="close_month", args={"closing": pk}, state__in=waiting).exists():
        return False
    leave_open(closing, Message(_("It was stopped. Nothing was changed.")))
    return True

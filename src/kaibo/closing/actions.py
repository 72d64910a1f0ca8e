"""Verbs on months: close, reopen, ask for a check."""

from collections.abc import Mapping
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from kaibo.audit.record import record
from kaibo.closing.duties import in_the_way
from kaibo.closing.findings import findings
from kaibo.imports.actions import NotNow
from kaibo.jobs.models import Job
from kaibo.jobs.queue import enqueue
from kaibo.kpi.msgid import gettext_noop as _
from kaibo.login.models import User
from kaibo.measurement.models import (
    ClosedSession,
    Closing,
    ClosingState,
    Computation,
    ComputationState,
    Credit,
    Segment,
    SegmentFact,
)
from kaibo.measurement.months import month_bounds, next_month
from kaibo.message import Message

LONGEST = 300


def close_month(*, by: User | None, month: date, accepted: Mapping[str, str] | None = None, note: str = "") -> Closing:
    """Ask the worker to close the month. `accepted`: finding's code → why it may stay; every other finding stops it.

    Raises NotNow naming the first finding in the way, and for who corrected their own numbers in it (ADR 38).
    The month is closed once the job has fixed its numbers.
    """
    if (why := in_the_way(by, month)) is not None:
        raise NotNow(why)
    reasons = {code: _kept(reason) for code, reason in (accepted or {}).items()}
    note = _kept(note)
    with transaction.atomic():
        list(Closing.objects.select_for_update().filter(month=month))
        found = findings(month, timezone.now())
        for one in found:
            if one.blocking:
                raise NotNow(Message(_("%(what)s. %(todo)s"), {"what": one.title, "todo": one.todo}))
            if not reasons.get(one.code):
                raise NotNow(Message(_("Say why the month may be closed with this: %(what)s"), {"what": one.title}))
        kept = [{"code": one.code, "title": one.title, "reason": reasons[one.code]} for one in found]
        closing = Closing.objects.create(month=month, by=by, accepted=kept, note=note)
        enqueue(kind="close_month", by=by, args={"closing": closing.pk})
        record(by=by, verb="close month", target=closing, month=f"{month:%Y-%m}", accepted=kept, reason=note)
    return closing


def reopen_month(*, by: User | None, month: date, reason: str) -> Closing:
    """Let the month's numbers follow its files again; what closed them stays in the history with its bundle.

    Raises NotNow where it is not closed, where no reason is given, or where another closed month rests on it.
    """
    reason = _kept(reason)
    if not reason:
        raise NotNow(Message(_("Say why the month is opened again: it is kept for good.")))
    with transaction.atomic():
        closing = Closing.objects.select_for_update().filter(month=month, state=ClosingState.CLOSED).first()
        if closing is None or closing.computation is None:
            raise NotNow(Message(_("This month is not closed.")))
        _require_free(closing)
        computation = closing.computation
        before, after = (month - timedelta(days=1)).replace(day=1), next_month(month)
        theirs = ClosedSession.objects.filter(closing=closing).exclude(session__in=_own(computation, month))
        for model in (Credit, SegmentFact, Segment):
            # sessions of neighbouring months: those compute them again
            rows = model._default_manager.filter(computation=computation, session__in=theirs.values("session"))
            rows.delete()
        now = timezone.now()
        Computation.objects.filter(month=month, state=ComputationState.CANDIDATE).update(
            state=ComputationState.OLD, alive_at=now
        )
        closing.state, closing.computation, closing.candidate = ClosingState.REOPENED, None, None
        closing.reopened_by, closing.reopened_at, closing.reopen_reason = by, now, reason
        closing.save()
        record(
            by=by, verb="month reopened", target=closing, reason=reason, snapshot=closing.snapshot,
            months=[f"{one:%Y-%m}" for one in (before, month, after)],
        )  # fmt: skip
    return closing


def ask_verification(*, by: User | None, closing: Closing) -> Job:
    """Have the worker compute the month again from its bundle alone; the answer stands on the closing."""
    with transaction.atomic():
        if closing.state not in (ClosingState.CLOSED, ClosingState.REOPENED):
            raise NotNow(Message(_("This month is not closed.")))
        job = enqueue(kind="verify_month", by=by, args={"closing": closing.pk}, once=True)
        record(by=by, verb="verification asked", target=closing, month=f"{closing.month:%Y-%m}")
    return job


def _kept(text: str) -> str:
    """The words as they are kept. Raises NotNow for more than that."""
    found = text.strip()
    if len(found) > LONGEST:
        said = {"n": len(found), "most": LONGEST}
        raise NotNow(Message(_("A reason has at most %(most)s characters; this one has %(n)s."), said))
    return found


def _own(computation: Computation, month: date) -> list[int]:
    """The fixed sessions that start in the month itself."""
    start, end = month_bounds(month)
    rows = ClosedSession.objects.filter(closing__computation=computation, session__start__gte=start)
    return list(rows.filter(session__start__lt=end).values_list("session", flat=True))


def _require_free(closing: Closing) -> None:
    """No other closed month carries credit that this one's sessions give."""
    others = Closing.objects.filter(state=ClosingState.CLOSED).exclude(pk=closing.pk)
    for other in others.order_by("month"):
        carried = Credit.objects.filter(
            computation=closing.computation, date__gte=other.month, date__lt=next_month(other.month)
        )
        if carried.exists() and other.closed_at and closing.closed_at and other.closed_at > closing.closed_at:
            raise NotNow(
                Message(
                    _("%(month)s was closed later and rests on this month's sessions. Reopen it first."),
                    {"month": f"{other.month:%Y-%m}"},
                )
            )

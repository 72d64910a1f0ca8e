"""The job that closes a month: computes it once more, writes the bundle, then fixes its numbers in one transaction.

Worker only. Until that transaction everything is invisible; whatever goes wrong leaves the month open, and says why.
"""

import shutil
from collections import Counter
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from kaibo.audit.record import record
from kaibo.closing.bundle import closed_root
from kaibo.closing.bundling import write
from kaibo.closing.context import frozen_of
from kaibo.closing.copied import keep_sessions, keep_shifts
from kaibo.closing.findings import blocking
from kaibo.jobs.queue import Cancelled, Progress
from kaibo.kpi.engine import VERSION
from kaibo.kpi.inputs import MonthResult
from kaibo.kpi.msgid import gettext_noop as _
from kaibo.measurement.computing import build
from kaibo.measurement.gathering import gather
from kaibo.measurement.models import Closing, ClosingState, Computation, ComputationState, Credit, Segment, SegmentFact
from kaibo.measurement.months import next_month
from kaibo.measurement.sweeping import discard
from kaibo.message import Message

MOVED = Message(
    _("The numbers changed while the month was being closed. Wait for the computation, then close it again.")
)


class NotClosed(Exception):
    """The month stays open; `message` says why and what to do."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def freeze(progress: Progress, closing: int) -> None:
    """Close the month of this closing, or say on its row why not. Running it twice changes nothing."""
    found = Closing.objects.get(pk=closing)
    if found.state != ClosingState.FREEZING:
        return
    _forget_attempt(found)
    try:
        _freeze(progress, found)
    except NotClosed as error:
        leave_open(found, error.message)
    except Cancelled:
        leave_open(found, Message(_("It was stopped. Nothing was changed.")))
        raise
    except Exception:
        leave_open(found, Message(_("It did not work, for a reason that the job tells. Nothing was changed.")))
        raise


def _forget_attempt(closing: Closing) -> None:
    """What a killed attempt left; none of it was visible."""
    closing.sessions.all().delete()
    closing.shifts.all().delete()
    if closing.folder:
        shutil.rmtree(closed_root() / closing.folder, ignore_errors=True)


@transaction.atomic
def leave_open(closing: Closing, message: Message) -> None:
    """Say on its row why the month was not closed, and take away what was begun."""
    _forget_attempt(closing)
    closing.state, closing.problem, closing.folder = ClosingState.FAILED, message.as_json(), ""
    closing.save(update_fields=["state", "problem", "folder"])
    record(by=closing.by, verb="month not closed", target=closing, month=f"{closing.month:%Y-%m}", why=message.text)


def _freeze(progress: Progress, closing: Closing) -> None:
    month = closing.month
    stops = blocking(month, timezone.now(), ignore=closing)
    if stops:
        raise NotClosed(Message(_("Something still stands against it: %(what)s"), {"what": stops[0].title}))
    current = Computation.objects.filter(month=month, state=ComputationState.CURRENT).first()
    begun = timezone.now()
    if current is None or current.engine_version != VERSION or current.inputs_sha256 != gather(month).sha256():
        raise NotClosed(MOVED)
    adopted = _reaching_into(month, current)
    gathered = gather(month, adopt=adopted)
    computation, result = build(progress, month, gathered, begun=begun)
    try:
        if _published(result, current, month) != _computed(result):
            raise NotClosed(MOVED)
        frozen = frozen_of(month)
        keep_sessions(closing, gathered.inputs)
        keep_shifts(closing, result)
        closing.folder = f"{month:%Y-%m}-{computation.folder[-8:]}"
        closing.save(update_fields=["folder"])
        snapshot = write(closing, gathered.inputs, gathered.names, computation, result, frozen)
        progress.step(1, 1, force=True)
        _fix(closing, computation, result, frozen, snapshot, current)
    except BaseException:
        discard(computation)
        raise


def _reaching_into(month: date, current: Computation) -> set[int]:
    """Sessions of neighbouring months, open ones, that give credit to the days of this one."""
    inside = Credit.objects.filter(
        computation__state=ComputationState.CURRENT, date__gte=month, date__lt=next_month(month)
    )
    free = inside.exclude(computation=current).exclude(computation__closing__state=ClosingState.CLOSED)
    return set(free.order_by().values_list("session", flat=True).distinct())


CREDIT_KEY = ("session", "segment", "role", "person", "shift", "date", "measure", "basis", "amount", "provisional")
FACT_KEY = ("place", "kind", "account", "session", "segment", "date", "measure", "basis", "amount", "currency")


def _published(result: MonthResult, current: Computation, month: date) -> Counter[tuple[Any, ...]]:
    """What pages show now of the sessions that are about to be fixed, and of the month's orders of no session."""
    ids = {one.session for one in result.segments}
    shown = Q(computation__state=ComputationState.CURRENT)
    credits = Credit.objects.filter(shown, session__in=ids).order_by().values_list(*CREDIT_KEY)
    facts = SegmentFact.objects.filter(shown, session__in=ids).order_by().values_list(*FACT_KEY)
    alone = current.facts.filter(session=None).order_by().values_list(*FACT_KEY)
    late = Credit.objects.filter(shown, date__gte=month, date__lt=next_month(month)).exclude(session__in=ids)
    late = late.exclude(computation__closing__state=ClosingState.CLOSED)
    return Counter(
        _iso(row) for rows in (credits, facts, alone, late.values_list(*CREDIT_KEY)) for row in rows.iterator()
    )


def _iso(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(value.isoformat() if isinstance(value, date) else value for value in row)


def _computed(result: MonthResult) -> Counter[tuple[Any, ...]]:
    found = Counter(tuple(getattr(one, name) for name in CREDIT_KEY) for one in result.credits)
    found.update(tuple(getattr(one, name) for name in FACT_KEY) for one in result.facts)
    return found


def _fix(
    closing: Closing, computation: Computation, result: MonthResult, frozen: dict[str, Any], snapshot: str,
    seen: Computation,
) -> None:  # fmt: skip
    """From here on the month's numbers are these."""
    now, month = timezone.now(), closing.month
    with transaction.atomic():
        of_month = Computation.objects.select_for_update().filter(month=month)
        # one that was amended meanwhile stays the same row, with other inputs
        as_seen = {"inputs_sha256": seen.inputs_sha256, "folder": seen.folder}
        if not of_month.filter(pk=seen.pk, state=ComputationState.CURRENT, **as_seen).exists():
            raise NotClosed(MOVED)
        if not Closing.objects.select_for_update().filter(pk=closing.pk, state=ClosingState.FREEZING).exists():
            raise NotClosed(MOVED)
        of_month.filter(pk=seen.pk).update(state=ComputationState.OLD, alive_at=now)
        of_month.filter(pk=computation.pk).update(
            state=ComputationState.CURRENT, finished_at=now, alive_at=now,
            coverage={table: dict(about) for table, about in result.coverage.items()},
        )  # fmt: skip
        ids = closing.sessions.values_list("session", flat=True)
        elsewhere = Q(computation__state=ComputationState.CURRENT) & ~Q(computation=computation)
        for model in (Credit, SegmentFact, Segment):
            # what neighbouring months said of sessions that are fixed here now
            model._default_manager.filter(elsewhere, session__in=ids).exclude(computation__month=month).delete()
        closing.state, closing.computation, closing.closed_at = ClosingState.CLOSED, computation, now
        closing.snapshot, closing.frozen, closing.problem = snapshot, frozen, {}
        closing.save()
        record(
            by=closing.by, verb="month closed", target=closing, month=f"{month:%Y-%m}", snapshot=snapshot,
            accepted=closing.accepted, months=[f"{month - timedelta(days=1):%Y-%m}", f"{next_month(month):%Y-%m}"],
        )  # fmt: skip

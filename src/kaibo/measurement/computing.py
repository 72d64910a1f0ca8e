"""Computes a month: inputs → engine → invisible rows in chunks → one short flip. Worker and command line only.

Killed at any moment, the computation before stays the current one; what was begun is swept later.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from kaibo.facts.collecting import uncollected
from kaibo.jobs.queue import Progress
from kaibo.kpi.engine import VERSION
from kaibo.kpi.engine import compute as compute_with_engine
from kaibo.kpi.inputs import MonthInputs, MonthResult
from kaibo.measurement import amending, due
from kaibo.measurement.crowds import keep
from kaibo.measurement.gathering import Gathered, gather
from kaibo.measurement.models import (
    Closing,
    ClosingState,
    Computation,
    ComputationState,
)
from kaibo.measurement.months import month_of
from kaibo.measurement.remembered import remember
from kaibo.measurement.sweeping import derived_root, discard, safe, sweep
from kaibo.measurement.table_rows import rows_of

log = logging.getLogger(__name__)

# rows in one write transaction: well below half a second on SQLite
CHUNK = 2_000

Step = Callable[[int, int, str], None]
Compute = Callable[[MonthInputs, Path, Step], MonthResult]


def compute_month(progress: Progress, month: str, *, compute: Compute | None = None) -> Computation:
    """Compute `month` (YYYY-MM) and make the result current; the same inputs again change nothing.

    Where only some sessions' crews or outages differ, those alone are computed, and the computation stays. A closed
    month's current computation stays; the result is its candidate then. Raises ValueError for a text that is no month,
    and whatever the engine raises; the old result stays then.
    """
    first = month_of(month)
    if first is None:
        raise ValueError(f"not a month: {month}")
    sweep()
    begun = timezone.now()
    with uncollected():
        gathered = gather(first)
        if unchanged := _restamp(first, gathered.sha256(), begun):
            return unchanged
        if compute is None and (amended := _amended(progress, first, gathered, begun)):
            return amended
    before = _counted_before(first)
    computation, result = build(progress, first, gathered, begun=begun, compute=compute, before=before)
    try:
        current = _flip(computation, result)
    except BaseException:
        discard(computation)
        raise
    sweep()
    return current


def _amended(progress: Progress, month: date, gathered: Gathered, begun: datetime) -> Computation | None:
    """The computation that is shown, with what differs computed again; None: all of it must be."""
    closed = Closing.objects.filter(month=month, state=ClosingState.CLOSED).exists()
    state = ComputationState.CANDIDATE if closed else ComputationState.CURRENT
    shown = Computation.objects.filter(month=month, state=state).first()
    change = amending.change_of(shown, gathered)
    return amending.amend(change, gathered, begun, progress.step) if change else None


def build(
    progress: Progress,
    month: date,
    gathered: Gathered,
    *,
    begun: datetime,
    compute: Compute | None = None,
    before: Path | None = None,
) -> tuple[Computation, MonthResult]:
    """Compute and write everything, invisible still; leaves nothing behind where it fails.

    `before`: whose counts of events are good enough where nothing differs (kpi.counted); None: everything is counted.
    """
    computation = _begin(month, gathered.sha256(), begun, gathered.inputs)
    try:
        folder = derived_root() / computation.folder
        folder.mkdir(parents=True)
        engine = compute or partial(compute_with_engine, before=before)
        result = engine(gathered.inputs, folder, _step(progress, computation))
        remember(folder, gathered.crew, gathered.names, gathered.marks)
        _keep_rows_file(result.rows_path, folder)
        _write(computation, result, gathered.names, progress)
        keep(result.crowds)
    except BaseException:
        discard(computation)
        raise
    return computation, result


def _counted_before(month: date) -> Path | None:
    """Where this engine's last counts of the month's events are: what they depend on is compared session by session."""
    shown = Computation.objects.filter(month=month, engine_version=VERSION).exclude(state=ComputationState.BUILDING)
    last = shown.order_by("-started_at").first()
    return derived_root() / last.folder if last else None


def compute_stale_now(progress: Progress | None = None) -> list[str]:
    """Compute in this process every month that the worker would queue next; gives those months.

    Killed in between, the months not marked are found again.
    """
    events = due.new_events()
    months = due.months_of(events)
    for month in months:
        compute_month(progress or Progress(), month)
    if events:
        with transaction.atomic():
            due.mark_seen(events)
    return months


def _restamp(month: date, sha256: str, begun: datetime) -> Computation | None:
    """The current computation, if it was made from these very inputs by this very engine: seen to be fresh."""
    closing = Closing.objects.filter(month=month, state=ClosingState.CLOSED).first()
    same = Computation.objects.filter(month=month, inputs_sha256=sha256, engine_version=VERSION)
    if closing and closing.computation_id and same.filter(pk=closing.computation_id).exists():
        return _back_to(closing)
    state = ComputationState.CANDIDATE if closing else ComputationState.CURRENT
    found = same.filter(state=state).first()
    if found is None or not (derived_root() / found.folder / "rows.parquet").is_file():
        return None
    Computation.objects.filter(pk=found.pk).update(started_at=begun)
    return found


@transaction.atomic
def _back_to(closing: Closing) -> Computation | None:
    """Everything is again as it was at closing: there is nothing to show beside it."""
    Computation.objects.filter(month=closing.month, state=ComputationState.CANDIDATE).update(
        state=ComputationState.OLD, alive_at=timezone.now()
    )
    Closing.objects.filter(pk=closing.pk).update(candidate=None)
    return closing.computation


def _begin(month: date, sha256: str, begun: datetime, inputs: MonthInputs) -> Computation:
    computation = Computation.objects.create(
        month=month,
        engine_version=VERSION,
        settings=asdict(inputs.settings),
        folder=f"{month:%Y-%m}-{uuid.uuid4().hex}",
        inputs_sha256=sha256,
    )
    # auto_now_add would say a moment after the inputs were read
    Computation.objects.filter(pk=computation.pk).update(started_at=begun)
    computation.started_at = begun
    return computation


def _step(progress: Progress, computation: Computation) -> Step:
    """The engine's way to report; also a sign of life, so that a long computation is not swept."""

    def step(done: int, total: int, note: str = "") -> None:
        if timezone.now() - computation.alive_at > timedelta(seconds=30):
            _alive(computation)
        progress.step(done, total, note)

    return step


def _alive(computation: Computation) -> None:
    computation.alive_at = timezone.now()
    Computation.objects.filter(pk=computation.pk).update(alive_at=computation.alive_at)


def _keep_rows_file(written: Path, folder: Path) -> None:
    """The file of placed rows, at its one name and safe from a power cut."""
    kept = folder / "rows.parquet"
    if written != kept:
        written.replace(kept)
    safe(kept, folder)


def _write(computation: Computation, result: MonthResult, names: dict[int, str], progress: Progress) -> None:
    """Every row of the result, in chunks, each in a transaction of its own; invisible until the flip."""
    total = len(result.segments) + len(result.facts) + len(result.credits) + len(result.direct)
    done = 0
    for chunk in (chunk for rows in rows_of(computation, result, names) for chunk in rows.chunks(CHUNK)):
        with transaction.atomic():
            written = chunk.insert()
        _alive(computation)
        done += written
        progress.step(done, total, "")


@transaction.atomic
def _flip(computation: Computation, result: MonthResult) -> Computation:
    """Make it current, unless one that read its inputs later is already; gives the one that is current now.

    Of a closed month it becomes the candidate, in the same way.
    """
    now = timezone.now()
    closing = Closing.objects.select_for_update().filter(month=computation.month, state=ClosingState.CLOSED).first()
    state = ComputationState.CANDIDATE if closing else ComputationState.CURRENT
    of_month = Computation.objects.select_for_update().filter(month=computation.month)
    before = of_month.filter(state=state).first()
    if before and before.started_at > computation.started_at:
        of_month.filter(pk=computation.pk).update(state=ComputationState.OLD, alive_at=now)
        return before
    of_month.filter(state=state).update(state=ComputationState.OLD, alive_at=now)
    coverage: dict[str, Any] = {table: dict(about) for table, about in result.coverage.items()}
    flipped = of_month.filter(pk=computation.pk).update(state=state, finished_at=now, alive_at=now, coverage=coverage)
    if not flipped:
        raise RuntimeError(f"computation {computation.pk} was swept while it was being written")
    if closing:
        Closing.objects.filter(pk=closing.pk).update(candidate=computation)
    computation.refresh_from_db()
    return computation

"""A month of which only some sessions' crews, outages or events changed, or which of them doubtful orders are of: these
are computed again, and replace what was.

The rest of the computation stays as it is, row for row; kpi.redo says which sessions must be redone.
"""

import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from kaibo.facts import placed
from kaibo.facts.schema import CLOCK_IN, EVENT, SERVICE_CASE, SERVICE_RESULT
from kaibo.kpi import counted, redo
from kaibo.kpi.engine import VERSION, Step, clock_in, compute, differing_events
from kaibo.kpi.inputs import DirectOut, MatchIn, MonthResult
from kaibo.kpi.off_air import READ_MONEY
from kaibo.measurement.crowds import keep
from kaibo.measurement.gathering import Gathered, to_ms
from kaibo.measurement.models import Computation, Credit, DirectCredit, Segment, SegmentFact
from kaibo.measurement.months import month_bounds
from kaibo.measurement.remembered import FILE, remember, remembered
from kaibo.measurement.sweeping import derived_root, safe
from kaibo.measurement.table_rows import direct_rows, rows_of

# what is written is seen at once, in one transaction, which must stay short; and rows are read from as many files
MOST_SESSIONS, MOST_FILES = 40, 30
# the inputs that may differ; of batches those of events alone
DIFFERING = {"shifts", "outages", "matches", "due", "answers", "people", "names", "batches"}
NAMED = (SERVICE_RESULT, SERVICE_CASE, CLOCK_IN)


@dataclass(frozen=True)
class Change:
    """`sessions`: those of the computation to compute again; `due`: so are lateness and absence; `matches`: what was
    decided of orders differs; `events`: what there is of events now, where that differs.
    """

    computation: Computation
    sessions: frozenset[int]
    due: bool
    matches: bool = False
    events: Mapping[str, Any] | None = None

    @property
    def folder(self) -> Path:
        return derived_root() / self.computation.folder


def change_of(computation: Computation | None, gathered: Gathered) -> Change | None:
    """What of the computation must be redone for these inputs; None where all of it must be."""
    if computation is None or computation.engine_version != VERSION:
        return None
    folder = derived_root() / computation.folder
    before = remembered(folder)
    files = placed.files(folder)
    if before is None or len(files) > MOST_FILES or not all(path.is_file() for path in files):
        return None
    now = gathered.marks
    differing = {name for name in {*now, *before.marks} if now.get(name) != before.marks.get(name)}
    tables = {batch.table for batch in gathered.inputs.batches}
    if not differing <= DIFFERING or ("people" in differing and not tables.isdisjoint(NAMED)):
        return None
    if any(before.names.get(person, name) != name for person, name in gathered.names.items()):
        return None
    # of no session, and yet by the handovers of one
    if SegmentFact.objects.filter(computation=computation, session=None, kind=READ_MONEY).exists():
        return None
    shifts, outages = before.changed_shifts(gathered.crew), before.changed_outages(gathered.crew)
    matches = before.changed_matches(gathered.crew)
    if not all(_stays_within(one, gathered) for one in matches):
        return None
    if not before.changed_tables(gathered.crew) <= {EVENT}:
        return None
    sessions = redo.touched(gathered.inputs, shifts, outages, matches)
    events = None
    if "batches" in differing:
        # in a room later broadcasts differ too: who came back to them
        others, events = differing_events(gathered.inputs, folder)
        sessions |= others
    if len(sessions) > MOST_SESSIONS:
        return None
    return Change(computation, frozenset(sessions), "due" in differing and CLOCK_IN in tables, bool(matches), events)


def _stays_within(match: MatchIn, gathered: Gathered) -> bool:
    """Whether what is decided stays within the month's sessions, or is of another time.

    A line that is no sale stands in none, on its own day, until it is decided to be of one: of another month, perhaps.
    """
    if not redo.among_sessions(match):
        return False
    start, end = (to_ms(edge) for edge in month_bounds(date.fromisoformat(f"{gathered.inputs.month}-01")))
    if match.end_ms <= start or end <= match.start_ms:
        return True
    return {session.id for session in gathered.inputs.sessions}.issuperset(match.sessions)


def amend(change: Change, gathered: Gathered, begun: datetime, step: Step) -> Computation | None:
    """Redo it and show it; None where another process changed the computation meanwhile, or more of it differs than
    these sessions: then nothing is changed.
    """
    inputs = gathered.inputs
    new = derived_root() / f"{inputs.month}-{uuid.uuid4().hex}"
    new.mkdir(parents=True)
    shown = None
    try:
        result = compute(redo.part(inputs, change.sessions), new, step, change.folder) if change.sessions else None
        if result and change.matches and _came_or_went(change, result):
            return None
        came = clock_in(inputs, new) if change.due else None
        placed.amend(change.folder, new, result.rows_path if result else None, change.sessions)
        counted.carry(change.folder, new, change.sessions)
        remember(new, gathered.crew, gathered.names, gathered.marks)
        safe(*placed.files(new), *(path for path in (new / FILE, new / counted.FILE) if path.exists()), new)
        if result:
            # before it is shown: nobody would count these again, and the rows are erased one day
            keep(result.crowds)
        shown = _shown(change, gathered, begun, new, result, came)
    finally:
        if shown is None:
            shutil.rmtree(new, ignore_errors=True)
    return shown


def _came_or_went(change: Change, result: MonthResult) -> bool:
    """Whether a line that is no sale is in another session: what several may claim of these stands in none, so that
    the sums of no session differ too.
    """
    before = placed.no_sales(change.folder / placed.ROWS, change.sessions)
    return before != placed.no_sales(result.rows_path, change.sessions)


@transaction.atomic
def _shown(
    change: Change, gathered: Gathered, begun: datetime, new: Path, result: MonthResult | None,
    came: list[DirectOut] | None,
) -> Computation | None:  # fmt: skip
    now, computation = timezone.now(), change.computation
    same = Computation.objects.filter(
        pk=computation.pk, state=computation.state, folder=computation.folder, started_at__lte=begun
    )
    coverage = dict(computation.coverage)
    if change.events is not None:
        coverage.pop(EVENT, None)
        if change.events["rows"]:
            coverage[EVENT] = dict(change.events)
    stamped = same.update(
        folder=new.name, inputs_sha256=gathered.sha256(), started_at=begun, finished_at=now, alive_at=now,
        coverage=coverage,
    )  # fmt: skip
    if not stamped:
        return None
    if result:
        for model in (Segment, SegmentFact, Credit):
            model._default_manager.filter(computation=computation, session__in=change.sessions).delete()
        for rows in rows_of(computation, result, gathered.names):
            rows.insert()
    if came is not None:
        _replace(computation, came)
    # a page may be half-way through reading the rows there
    os.utime(change.folder)
    computation.refresh_from_db()
    return computation


def _replace(computation: Computation, came: list[DirectOut]) -> None:
    """Of clock-in only the rows that differ."""
    there = DirectCredit.objects.filter(computation=computation, table=CLOCK_IN)
    columns = ("table", "batch", "row", "person", "name", "date", "measure", "amount", "reason")
    known = {
        (table, batch, row, person, name, day.isoformat(), *rest)
        for table, batch, row, person, name, day, *rest in there.values_list(*columns)
    }
    wanted = {(o.table, o.batch, o.row, o.person, o.name[:120], o.date, o.measure, o.amount, o.reason): o for o in came}
    for _table, batch, row, _person, _name, _day, measure, *_rest in known - wanted.keys():
        there.filter(batch=batch, row=row, measure=measure).delete()
    direct_rows(computation, [one for key, one in wanted.items() if key not in known]).insert()

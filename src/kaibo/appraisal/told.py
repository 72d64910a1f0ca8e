"""The records of what only a session's own files tell: viewers' events in a segment, else its minutes, else readings at
handovers, else the report of the whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from kaibo.appraisal.path import SegmentStep
from kaibo.appraisal.told_by_events import EventsHere, events_here
from kaibo.facts import reader, segment_rows
from kaibo.facts.schema import EVENT, MINUTE, READING, SESSION_REPORT
from kaibo.imports.models import Batch
from kaibo.kpi.measures import MEASURES, ONLINE, ONLINE_KNOWN, WATCH
from kaibo.kpi.values import MEASURED

# the placed rows of minutes and reports (kpi.inputs.PLACED_ROW) stand under these measures, readings under their own
PLACED = ["entries", "views"]
# more minutes than the longest session has
MOST = 10_000
USUAL_MS = 60_000


@dataclass(frozen=True)
class Told:
    """`table`: event, minute, reading or session_report. `rows`: placed rows that say something of the measure;
    `figures`: what each says. `events`: instead of both where events tell it.
    """

    table: str
    rows: Sequence[dict[str, Any]]
    figures: Sequence[int]
    foreign: bool = False
    events: EventsHere | None = None

    def sum(self, *, alone: bool) -> int:
        """Of the rows that lie in this segment alone, or of those that lie in others too."""
        whole = self.table == SESSION_REPORT
        return sum(
            figure
            for row, figure in zip(self.rows, self.figures, strict=True)
            if (whole or row["basis"] == MEASURED) == alone
        )


def told(measure: str, segment: SegmentStep) -> Told:
    """What the files say of a measure in a segment. Raises FileNotFoundError where the placed rows are gone."""
    place = [(segment.session, segment.number)]
    placed = segment_rows.rows(segment.rows_path, place, [*PLACED, measure], limit=MOST)
    for row in placed:
        if row["table"] == EVENT and row["measure"] == measure:
            return Told(EVENT, (), (), events=events_here(row, segment))
    of_readings = [row for row in placed if row["table"] == READING and row["measure"] == measure]
    for table in (MINUTE, READING, SESSION_REPORT):
        if table == READING and of_readings:
            foreign = any(row["currency"] for row in of_readings)
            return Told(READING, of_readings, [row["amount"] for row in of_readings], foreign)
        found = _of_table(measure, segment, table, [row for row in placed if row["table"] == table != READING])
        if found.rows or table == SESSION_REPORT:
            return found
    raise AssertionError("the last table always answers")


def _of_table(measure: str, segment: SegmentStep, table: str, placed: Sequence[dict[str, Any]]) -> Told:
    # views are what the placed rows count
    facts = {} if measure == "views" else _facts(table, placed)
    rows, figures, currencies = [], [], set()
    for row in placed:
        fact = facts.get((row["batch"], row["row"]), {})
        if measure == "views":
            figure = row["amount"]
        else:
            figure = _minute(measure, fact) if table == MINUTE else _report(measure, fact, segment)
        if figure is not None:
            rows.append(row)
            figures.append(figure)
            currencies.add(fact.get("currency"))
    return Told(table, rows, figures, bool(currencies - {None, settings.KAIBO_CURRENCY}))


def _facts(table: str, placed: Sequence[dict[str, Any]]) -> dict[tuple[int, int], dict[str, Any]]:
    by_batch: dict[int, list[int]] = {}
    for row in placed:
        by_batch.setdefault(row["batch"], []).append(row["row"])
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for pk, batch in Batch.objects.in_bulk(list(by_batch)).items():
        for fact in reader.rows(Path(settings.FACTS_ROOT) / batch.folder, table, by_batch[pk]):
            found[pk, fact["row"]] = fact
    return found


def _minute(measure: str, fact: dict[str, Any]) -> int | None:
    length = fact.get("length_ms") or USUAL_MS
    if measure in (ONLINE, ONLINE_KNOWN):
        level: int | None = fact.get("online")
        return None if level is None else length * (level if measure == ONLINE else 1)
    column = MEASURES[measure].minute
    return fact.get(column) if column else None


def _report(measure: str, fact: dict[str, Any], segment: SegmentStep) -> int | None:
    """The report's own figure; of a mean level what it comes to in this segment."""
    if measure in (ONLINE, ONLINE_KNOWN):
        if fact.get("acu") is None or segment.start is None or segment.end is None:
            return None
        length = round((segment.end - segment.start).total_seconds() * 1000)
        return length * (fact["acu"] if measure == ONLINE else 1)
    if measure == WATCH and fact.get("watch_ms") is None:
        stay, viewers = fact.get("mean_stay_ms"), fact.get("viewers")
        return None if stay is None or viewers is None else stay * viewers
    column = MEASURES[measure].report
    return fact.get(column) if column else None

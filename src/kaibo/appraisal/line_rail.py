"""The rail of a line's page: item ← value ← sessions ← segments ← records ← file rows, with counts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaibo.appraisal import wording
from kaibo.appraisal.line_sides import sides_text
from kaibo.appraisal.month_lines import MonthLine
from kaibo.appraisal.path import NumberPath, SegmentStep
from kaibo.appraisal.rows import NOT_PLACED, RECORDS, table_title
from kaibo.appraisal.told import PLACED
from kaibo.appraisal.uncounted import waits_for_data
from kaibo.facts import segment_rows
from kaibo.facts.schema import EVENT, READING
from kaibo.facts.segment_rows import Found
from kaibo.kpi.crowd import kinds_of
from kaibo.kpi.measures import LOST, OF_SESSION, OUTAGES
from kaibo.look import numbers


@dataclass(frozen=True)
class Step:
    """A step of the rail; see look/includes/path_rail.html."""

    label: str
    value: str
    unit: str = ""
    note: str = ""
    href: str = ""
    current: bool = False


def steps(line: MonthLine, path: NumberPath) -> list[Step]:
    if waits_for_data(line):
        return waiting_steps(line, [_("Sessions"), _("Segments"), _("Records"), _("Files")])
    rows, files, kinds = _records(path)
    in_rooms = ngettext("%(n)s room", "%(n)s rooms", path.rooms) % {"n": path.rooms}
    on_air = _("%(h)s on air") % {"h": numbers.hours(sum(_length(segment) for segment in path.segments))}
    from_files = "" if files is None else ngettext("from %(n)s file", "from %(n)s files", files) % {"n": files}
    unit = _("rows") if rows is not None else ""
    return [
        Step(_("Item"), numbers.points(line.score.points), _("pts"), wording.target_text(line), "#item"),
        Step(_("KPI value"), wording.value_text(line.value), "", sides_text(line.value), "#sides"),
        Step(_("Sessions"), numbers.count(len(path.sessions)), _measure_word("场"), in_rooms, "#path", True),
        Step(_("Segments"), numbers.count(len(path.segments)), _measure_word("段"), on_air, "#segments"),
        Step(_("Records"), numbers.count(rows), unit, kinds, "#path"),
        Step(_("Files"), numbers.count(files), _measure_word("份") if files is not None else "", from_files, "#path"),
    ]


def waiting_steps(line: MonthLine, labels: Sequence[str]) -> list[Step]:
    """The rail of a line that nothing is counted for: — at each step, and at the value what it waits for."""
    waiting = wording.waiting(line)
    return [
        Step(_("Item"), numbers.MISSING, "", wording.target_text(line), "#item"),
        Step(_("KPI value"), numbers.MISSING, "", waiting.why if waiting else "", "#path", True),
        *(Step(label, numbers.MISSING) for label in labels),
    ]


def _measure_word(chinese: str) -> str:
    """Chinese counts things with a word of their own; English does without."""
    return chinese if numbers.in_chinese() else ""


def _length(segment: SegmentStep) -> int:
    if segment.start is None or segment.end is None:
        return 0
    return round((segment.end - segment.start).total_seconds() * 1000)


def _records(path: NumberPath) -> tuple[int | None, int | None, str]:
    """How many records, from how many files, of which kinds; None where the files of rows are gone."""
    placed = sorted({RECORDS[m][1] for m in path.kpi.measures if m in RECORDS and m not in NOT_PLACED})
    if OF_SESSION & set(path.kpi.measures):
        placed = sorted({*placed, *PLACED, *(OF_SESSION & set(path.kpi.measures))})
    if {LOST, OUTAGES} & set(path.kpi.measures):
        return sum(segment.in_own_outage for segment in path.segments), None, _("confirmed outages")
    if not placed and path.by_room:
        return len(path.sessions), None, _("broadcasts")
    if not placed:
        shifts = {m["shift"] for s in path.segments for m in s.crew if m.get("shift")}
        return len(shifts), None, _("confirmed shifts")
    found: list[Found] = []
    try:
        for file in {segment.rows_path for segment in path.segments}:
            places = [(s.session, s.number) for s in path.segments if s.rows_path == file]
            found += segment_rows.sums(file, places, placed)
    except FileNotFoundError:
        return None, None, ""
    kinds = dict.fromkeys(part.table for part in found)
    events, found = [one for one in found if one.table == EVENT], [one for one in found if one.table != EVENT]
    by_events = _of_events(path, [one.measure for one in events])
    # a reading stands once for each measure that it says something of
    by_measure: Counter[tuple[int, str]] = Counter()
    for part in found:
        if part.table == READING:
            by_measure[part.batch, part.measure] += part.lines
    readings = {batch: max(n for (of, _), n in by_measure.items() if of == batch) for batch, _ in by_measure}
    return (
        sum(part.lines for part in found if part.table != READING) + sum(readings.values()) + by_events[0],
        len({part.batch for part in found} | by_events[1]),
        " · ".join(table_title(table) for table in kinds),
    )


def _of_events(path: NumberPath, measures: Sequence[str]) -> tuple[int, set[int]]:
    """How many events, in which batches; kinds that say something of several measures count once."""
    kept: list[str] = []
    for measure in sorted(set(measures), key=lambda one: (-len(kinds_of(one)), one)):
        if not any(set(kinds_of(measure)) & set(kinds_of(one)) for one in kept):
            kept.append(measure)
    rows = [
        row
        for file in {segment.rows_path for segment in path.segments}
        for row in segment_rows.told_by_events(
            file, [(s.session, s.number) for s in path.segments if s.rows_path == file], kept
        )
    ] if kept else []  # fmt: skip
    batches = {int(pk) for row in rows for pk in (row["label"] or "").split()}
    return sum(row["count"] or 0 for row in rows), batches

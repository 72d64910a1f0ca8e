"""The whole path of a line as a workbook: item, sessions, segments, records. What is seen, with basis and share."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from fractions import Fraction
from io import BytesIO
from typing import Any

import xlsxwriter
from django.conf import settings
from django.utils.translation import gettext as _

from kaibo.appraisal import line_sides, rule_words, wording
from kaibo.appraisal.line_sessions import basis_of
from kaibo.appraisal.line_sides import measure_title
from kaibo.appraisal.month import MyMonth
from kaibo.appraisal.month_lines import MonthLine
from kaibo.appraisal.path import NumberPath, SegmentStep, credited_measures
from kaibo.appraisal.room_path import path_of_line
from kaibo.appraisal.rows import NOT_PLACED, RECORDS, event_label, record, table_title
from kaibo.appraisal.told import told
from kaibo.appraisal.uncounted import unknown_measures
from kaibo.facts import segment_rows
from kaibo.imports.models import Batch
from kaibo.kpi.catalog import PLANNED
from kaibo.kpi.measures import MEASURES, OF_SESSION, Unit
from kaibo.look import numbers

# what a spreadsheet can hold, less the head
MOST_ROWS = 1_048_000
Rows = Iterable[Sequence[Any]]


def workbook(mine: MyMonth, line: MonthLine) -> bytes:
    """The file's bytes. Times are the team's; hours and money are plain numbers in their head's unit."""
    path = path_of_line(mine, line)
    buffer = BytesIO()
    # constant memory: rows go to disk as they are written
    with xlsxwriter.Workbook(buffer, {"constant_memory": True, "strings_to_formulas": False}) as book:
        head = book.add_format({"bold": True, "bottom": 1})
        for title, columns, rows in _sheets(mine, line, path):
            sheet = book.add_worksheet(title)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(columns) - 1, 18)
            sheet.write_row(0, 0, columns, head)
            for number, row in enumerate(rows, 1):
                sheet.write_row(number, 0, row)
    return buffer.getvalue()


def _sheets(mine: MyMonth, line: MonthLine, path: NumberPath) -> Iterator[tuple[str, list[str], Rows]]:
    measures = credited_measures(path.kpi)
    titles = [_head(measure) for measure in measures]
    unknown = unknown_measures(line, path)
    yield _("Item"), [_("What"), _("Entry")], _item(mine, line, path)
    place = [_("Day"), _("Room"), _("Start"), _("End")]
    yield _("Sessions"), [*place, *titles, _("Basis"), _("Shift not confirmed")], _sessions(path, measures, unknown)
    share = [_("Part"), _("Of"), _("Basis"), _("Shift not confirmed")]
    yield _("Segments"), [*place, _("Segment"), *titles, *share], _segments(path, measures, unknown)
    columns = [_("Session"), _("Segment"), _("Table"), _("Time"), _("Order line"), _("What"), _("Amount"), _("Count")]
    rest = [_("Basis"), _("Part"), _("Of"), _("File"), _("Batch"), _("Line"), "sha256"]
    yield _("Records"), [*columns, *rest], _records(path, measures)


def _item(mine: MyMonth, line: MonthLine, path: NumberPath) -> Rows:
    score = line.score
    card = mine.card.title if mine.card else ""
    yield _("Whose"), mine.person.name
    yield _("Month"), f"{mine.month:%Y-%m}"
    yield _("Scorecard"), f"{card} v{mine.card.version if mine.card else ''} ({_('on trial')})"
    yield _("Item"), f"{line.number} {wording.title(line.kpi)} v{line.kpi.version}"
    if mine.protected:
        yield _("Protection"), wording.protection_text(mine.protected)
    yield _("Formula"), wording.with_days(_(line.kpi.formula))
    yield _("Source"), _(line.kpi.source)
    yield _("Weight"), float(line.line.weight)
    yield _("Rule"), rule_words.rule_text(score)
    yield _("Target"), _cell(line.kpi.unit, score.target)
    top, bottom = (None, None) if line.value.missing else (line.value.top, line.value.bottom)
    yield _("Numerator"), _cell(unit_of(line.kpi.numerator[0].measure), top)
    if line.kpi.denominator:
        yield _("Denominator"), _cell(unit_of(line.kpi.denominator[0].measure), bottom)
    yield _("KPI value"), _cell(line.kpi.unit, line.value.number)
    if partial := line_sides.partial(line.value, path):
        yield _("Sessions counted"), partial
    yield _("Points"), numbers.MISSING if score.points is None else float(score.points)
    waiting = wording.waiting(line, mine.platforms)
    if waiting:
        yield _("Waits for"), waiting.why
    if mine.computation:
        yield _("Computation"), f"{mine.computation.pk} / {mine.computation.inputs_sha256}"


def _sessions(path: NumberPath, measures: Sequence[str], unknown: Collection[str]) -> Rows:
    for step in path.sessions:
        session = step.session
        amounts: dict[str, int] = {}
        for segment in step.segments:
            for (measure, _b), amount in segment.amounts.items():
                amounts[measure] = amounts.get(measure, 0) + amount
        yield [
            numbers.day_year(session.start),
            session.account.name,
            numbers.clock(session.start),
            numbers.clock(session.end),
            *(_cell(unit_of(m), None if m in unknown else amounts.get(m, 0)) for m in measures),
            _basis(step.credited.measured),
            _yes(step.provisional),
        ]


def _segments(path: NumberPath, measures: Sequence[str], unknown: Collection[str]) -> Rows:
    for session in path.sessions:
        for step in session.segments:
            yield [
                numbers.day_year(step.start),
                session.session.account.name,
                numbers.clock(step.start),
                numbers.clock(step.end),
                step.number,
                *(_cell(unit_of(m), None if m in unknown else _sum(step, m)) for m in measures),
                step.weight,
                step.weights,
                _basis(step.credited.measured),
                _yes(step.provisional),
            ]


def _sum(step: SegmentStep, measure: str) -> int:
    return sum(amount for (name, _basis_), amount in step.amounts.items() if name == measure)


def _records(path: NumberPath, measures: Sequence[str]) -> Rows:
    placed = sorted({RECORDS[m][1] for m in measures if m in RECORDS} - NOT_PLACED)
    segments = {(s.session, s.number): s for s in path.segments}
    days = {step.session.pk: step.session for step in path.sessions}
    batches: dict[int, Batch] = {}
    left = MOST_ROWS
    for row, segment in _told(path, [m for m in measures if m in OF_SESSION]):
        if not left:
            return
        left -= 1
        if row["batch"] not in batches:
            batches |= Batch.objects.in_bulk([row["batch"]])
        yield _record(row, segment, str(days[row["session"]]), batches.get(row["batch"]))
    for file in sorted({segment.rows_path for segment in path.segments}) if placed else ():
        places = [key for key, segment in segments.items() if segment.rows_path == file]
        if not file.is_file():
            continue
        for row in segment_rows.every(file, places, placed):
            if not left:
                return
            left -= 1
            if row["batch"] not in batches:
                batches |= Batch.objects.in_bulk([row["batch"]])
            segment = segments[row["session"], row["segment"]]
            yield _record(row, segment, str(days[row["session"]]), batches.get(row["batch"]))


def _told(path: NumberPath, measures: Sequence[str]) -> Iterator[tuple[dict[str, Any], SegmentStep]]:
    """The minutes and reports of each measure, with what each says of it as its amount."""
    for measure in measures:
        for segment in path.segments:
            try:
                found = told(measure, segment)
            except FileNotFoundError:
                continue
            if found.events:
                yield from (
                    (row | {"label": event_label(row), "session": segment.session}, segment)
                    for row in found.events.every()
                )
            for row, figure in zip(found.rows, found.figures, strict=True):
                yield row | {"measure": measure, "amount": figure}, segment


def _record(row: dict[str, Any], segment: SegmentStep, session: str, batch: Batch | None) -> Sequence[Any]:
    found = record(row, counted=False)
    unit = unit_of(row["measure"])
    return [
        session,
        segment.number,
        table_title(row["table"]),
        f"{numbers.day_year(found.instant)} {numbers.clock(found.instant)}",
        found.number,
        found.label,
        _cell(unit, found.amount),
        row["count"],
        _basis(Fraction(found.basis == "measured")),
        segment.weight,
        segment.weights,
        batch.file_name if batch else "",
        row["batch"],
        row["row"],
        batch.sha256 if batch else "",
    ]


def unit_of(measure: str) -> Unit:
    """A measure's unit; rows of minutes stand under the entries that they count."""
    if measure == PLANNED:
        return Unit.DURATION
    return MEASURES[measure].unit if measure in MEASURES else Unit.COUNT


def _head(measure: str) -> str:
    unit = {Unit.MONEY: settings.KAIBO_CURRENCY, Unit.DURATION: _("h")}.get(unit_of(measure), "")
    return f"{measure_title(measure)} ({unit})" if unit else measure_title(measure)


def _cell(unit: Unit, number: Fraction | int | None) -> float | int | str:
    """A number a spreadsheet can go on with: yuan, hours, counts, shares; — where unknown."""
    if number is None:
        return numbers.MISSING
    exact = Fraction(number)
    if unit is Unit.MONEY:
        return float(exact / 10 ** numbers.exponent(settings.KAIBO_CURRENCY))
    if unit is Unit.DURATION:
        return float(exact / numbers.HOUR_MS)
    return exact.numerator if exact.denominator == 1 else float(exact)


def _basis(measured: Fraction | None) -> str:
    basis, text = basis_of(measured)
    return text or (_("Measured") if basis == "measured" else _("Allocated"))


def _yes(flag: bool) -> str:
    return _("yes") if flag else ""

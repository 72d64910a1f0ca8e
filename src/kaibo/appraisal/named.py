"""The path of a line whose rows name the person: value ← rows ← lines of the file, without sessions in between."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO

import xlsxwriter
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaibo.appraisal import sums, wording
from kaibo.appraisal.line_rail import Step, waiting_steps
from kaibo.appraisal.line_sides import EquationPart, measure_title
from kaibo.appraisal.month import MyMonth
from kaibo.appraisal.month_lines import MonthLine
from kaibo.appraisal.uncounted import waits_for_data
from kaibo.imports.models import Batch
from kaibo.imports.rows import file_row
from kaibo.kpi.catalog import Kpi, Route
from kaibo.kpi.measures import Unit
from kaibo.kpi.scoring import CARD_FAULT, NOT_COUNTED, score
from kaibo.kpi.values import MEASURED, value_of
from kaibo.look import numbers
from kaibo.measurement.named import direct_credits

PAGE = 50


@dataclass(frozen=True)
class NamedRow:
    """A row of a file that names the person. `figures`: what it gives to each measure of the KPI, in their order."""

    date: date
    name: str
    figures: Sequence[str]
    batch: Batch | None
    line: int
    raw: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class NamedPath:
    """`rows`: one page of `count`; `sums`: of all of them. `holds`: they make the value and the points again."""

    titles: Sequence[str]
    rows: Sequence[NamedRow]
    sums: Sequence[str]
    count: int
    page: int
    pages: int
    holds: bool
    equation: Sequence[EquationPart]
    steps: Sequence[Step]
    # of everyone whom rows name: sums by day and file, nobody's own rows
    team: bool = False

    @property
    def before(self) -> int:
        return self.page - 1

    @property
    def after(self) -> int:
        return self.page + 1 if self.page < self.pages else 0


def path_of(mine: MyMonth, line: MonthLine, *, page: int = 1) -> NamedPath:
    """Every row that the line counts, oldest first; the sums are made again from the rows, not taken from the value."""
    kpi = line.kpi
    measures = list(dict.fromkeys(kpi.measures))
    team = line.line.by is Route.TEAM
    rows: dict[tuple[date, int, int, str], dict[str, int]] = {}
    total: dict[tuple[str, str], int] = {}
    for day, batch, number, name, measure, amount in _credits(mine, measures, team=team):
        rows.setdefault((day, batch, number, name), {})[measure] = amount
        total[measure, MEASURED] = total.get((measure, MEASURED), 0) + amount
    keys = list(rows)
    pages = max(1, -(-len(keys) // PAGE))
    page = min(max(1, page), pages)
    shown = keys[(page - 1) * PAGE : page * PAGE]
    batches = Batch.objects.in_bulk({key[1] for key in keys})
    again = value_of(kpi.key, total, covered=kpi.needs, definition=kpi)
    uncounted = line.value.missing or line.score.waiting in (NOT_COUNTED, CARD_FAULT)
    points = None
    if not uncounted:
        points = score(line.line, again, line.score.target, standing=line.standing, others=line.others).points
    return NamedPath(
        titles=[measure_title(measure) for measure in measures],
        rows=[_row(key, [rows[key].get(m) for m in measures], measures, batches.get(key[1])) for key in shown],
        sums=[_figure(m, total.get((m, MEASURED))) for m in measures],
        count=len(keys),
        page=page,
        pages=pages,
        holds=bool(line.value.missing)
        or (again.top, again.bottom, points) == (line.value.top, line.value.bottom, line.score.points),
        equation=_equation(line, kpi),
        steps=_steps(line, len(keys), len({key[1] for key in keys}), team=team),
        team=team,
    )


def _credits(mine: MyMonth, measures: Sequence[str], *, team: bool) -> Iterator[tuple[date, int, int, str, str, int]]:
    """(day, batch, row, name, measure, amount): the person's rows; of everyone sums by day and batch, of row 0."""
    found = direct_credits(mine.month).filter(measure__in=measures)
    if not team:
        columns = ("date", "batch", "row", "name", "measure", "amount")
        yield from found.filter(person=mine.person).order_by("date", "batch", "row").values_list(*columns)
        return
    sums = found.order_by("date", "batch", "measure").values_list("date", "batch", "measure").annotate(Sum("amount"))
    for day, batch, measure, amount in sums:
        yield day, batch, 0, _("everyone whom the file names"), measure, amount


def _row(
    key: tuple[date, int, int, str], amounts: Sequence[int | None], measures: Sequence[str], batch: Batch | None
) -> NamedRow:
    day, _batch, number, name = key
    figures = [_figure(measure, amount) for measure, amount in zip(measures, amounts, strict=True)]
    file = file_row(batch, number) if batch and number else None
    return NamedRow(day, name, figures, batch, number, file.raw if file else ())


def _figure(measure: str, amount: int | None) -> str:
    return numbers.MISSING if amount is None else sums.measure_text(measure, amount)


def _equation(line: MonthLine, kpi: Kpi) -> list[EquationPart]:
    value = line.value
    if value.missing:
        return []
    top = EquationPart("", measure_title(kpi.numerator[0].measure), _figure(kpi.numerator[0].measure, value.top))
    if value.bottom is None:
        return [top]
    bottom = kpi.denominator[0].measure
    return [
        top,
        EquationPart("÷", measure_title(bottom), _figure(bottom, value.bottom)),
        EquationPart("=", wording.short(kpi), wording.figure(kpi.unit, value.number)),
    ]


def _steps(line: MonthLine, rows: int, files: int, *, team: bool) -> list[Step]:
    if waits_for_data(line):
        return waiting_steps(line, [_("Records"), _("Files")])
    from_files = ngettext("from %(n)s file", "from %(n)s files", files) % {"n": files}
    small = line.kpi.unit is Unit.RATIO and line.value.bottom is not None and line.value.bottom < numbers.SMALL_N
    note = _("few ratings or conversations: read it with care") if small else ""
    which = _("sums by day and file") if team else _("each names the person")
    return [
        Step(_("Item"), numbers.points(line.score.points), _("pts"), wording.target_text(line), "#item"),
        Step(_("KPI value"), wording.value_text(line.value), "", note, "#sides"),
        Step(_("Records"), numbers.count(rows), _("rows"), which, "#path", True),
        Step(_("Files"), numbers.count(files), "", from_files, "#path"),
    ]


def workbook(mine: MyMonth, line: MonthLine) -> bytes:
    """Every row that the line counts, with its file's name and line."""
    kpi = line.kpi
    measures = list(dict.fromkeys(kpi.measures))
    rows = list(_credits(mine, measures, team=line.line.by is Route.TEAM))
    head = [_("Day"), _("Name in the file"), _("KPI value"), _("Amount"), _("Files"), _("File row")]
    made = BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, [f"{mine.person.name} · {mine.month:%Y-%m} · {wording.title(kpi)}"])
    sheet.write_row(1, 0, head)
    files = dict(Batch.objects.filter(pk__in={row[1] for row in rows}).values_list("pk", "file_name"))
    for place, (day, batch, number, name, measure, amount) in enumerate(rows, 2):
        values = [day.isoformat(), name, measure_title(measure), amount, files.get(batch, ""), number or None]
        sheet.write_row(place, 0, values)
    book.close()
    return made.getvalue()

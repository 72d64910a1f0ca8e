"""The path of a line whose rows name the person: value ← rows ← lines of the file, without sessions in between."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
from kaibo.kpi.catalog import Route
from kaibo.kpi.measures import Unit
from kaibo.kpi.scoring import CARD_FAULT, NOT_COUNTED, score
from kaibo.kpi.values import MEASURED, value_of
from kaibo.look import numbers
from kaibo.measurement.named import direct_credits

PAGE = 50
# day, batch, row, name, measure, amount
Credit = tuple[date, int, int, str, str, int]
# day, batch, row, name → measure → amount
Rows = Mapping[tuple[date, int, int, str], Mapping[str, int]]


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
    # of a month closed before teams had people: of everyone whom rows name, sums by day and file
    everyone: bool = False

    @property
    def before(self) -> int:
        return self.page - 1

    @property
    def after(self) -> int:
        return self.page + 1 if self.page < self.pages else 0


def path_of(mine: MyMonth, line: MonthLine, *, page: int = 1) -> NamedPath:
    """Every row that the line counts, oldest first; the sums are made again from the rows, not taken from the value."""
    measures = list(dict.fromkeys(line.kpi.measures))
    everyone = line.line.by is Route.TEAM
    credits = list(_credits(mine, measures, everyone=everyone))
    rows, total = by_row(credits), dict[tuple[str, str], int]()
    for _day, _batch, _number, _name, measure, amount in credits:
        total[measure, MEASURED] = total.get((measure, MEASURED), 0) + amount
    pages = max(1, -(-len(rows) // PAGE))
    page = min(max(1, page), pages)
    return NamedPath(
        titles=[measure_title(measure) for measure in measures],
        rows=page_of(rows, measures, page),
        sums=[figure(m, total.get((m, MEASURED))) for m in measures],
        count=len(rows),
        page=page,
        pages=pages,
        holds=holds(line, total),
        equation=equation(line),
        steps=_steps(line, len(rows), len({batch for _day, batch, *_row in rows}), everyone=everyone),
        everyone=everyone,
    )


def holds(line: MonthLine, total: Mapping[tuple[str, str], int]) -> bool:
    """Whether these sums make the line's value and points again."""
    kpi = line.kpi
    again = value_of(kpi.key, total, covered=kpi.needs, definition=kpi)
    points = None
    if not line.value.missing and line.score.waiting not in (NOT_COUNTED, CARD_FAULT):
        points = score(line.line, again, line.score.target, standing=line.standing, others=line.others).points
    made = (again.top, again.bottom, points)
    return bool(line.value.missing) or made == (line.value.top, line.value.bottom, line.score.points)


def by_row(credits: Iterable[Credit]) -> Rows:
    """The amounts of each row together, in their order."""
    rows: dict[tuple[date, int, int, str], dict[str, int]] = {}
    for day, batch, number, name, measure, amount in credits:
        rows.setdefault((day, batch, number, name), {})[measure] = amount
    return rows


def page_of(rows: Rows, measures: Sequence[str], page: int) -> list[NamedRow]:
    """One page of them, with what their files say."""
    shown = list(rows)[(page - 1) * PAGE : page * PAGE]
    batches = Batch.objects.in_bulk({key[1] for key in shown})
    return [_row(key, [rows[key].get(m) for m in measures], measures, batches.get(key[1])) for key in shown]


def _credits(mine: MyMonth, measures: Sequence[str], *, everyone: bool) -> Iterator[Credit]:
    """The person's rows; of everyone sums by day and batch, of row 0."""
    found = direct_credits(mine.month).filter(measure__in=measures)
    if not everyone:
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
    figures = [figure(measure, amount) for measure, amount in zip(measures, amounts, strict=True)]
    file = file_row(batch, number) if batch and number else None
    return NamedRow(day, name, figures, batch, number, file.raw if file else ())


def figure(measure: str, amount: int | None) -> str:
    """An amount of a measure as it stands in a cell; — where there is none."""
    return numbers.MISSING if amount is None else sums.measure_text(measure, amount)


def equation(line: MonthLine) -> list[EquationPart]:
    """The value as a sum over a sum."""
    kpi, value = line.kpi, line.value
    if value.missing:
        return []
    top = EquationPart("", measure_title(kpi.numerator[0].measure), figure(kpi.numerator[0].measure, value.top))
    if value.bottom is None:
        return [top]
    bottom = kpi.denominator[0].measure
    return [
        top,
        EquationPart("÷", measure_title(bottom), figure(bottom, value.bottom)),
        EquationPart("=", wording.short(kpi), wording.figure(kpi.unit, value.number)),
    ]


def few(line: MonthLine) -> str:
    """A warning where a share rests on little."""
    small = line.kpi.unit is Unit.RATIO and line.value.bottom is not None and line.value.bottom < numbers.SMALL_N
    return _("few ratings or conversations: read it with care") if small else ""


def _steps(line: MonthLine, rows: int, files: int, *, everyone: bool) -> list[Step]:
    if waits_for_data(line):
        return waiting_steps(line, [_("Records"), _("Files")])
    from_files = ngettext("from %(n)s file", "from %(n)s files", files) % {"n": files}
    which = _("sums by day and file") if everyone else _("each names the person")
    return [
        Step(_("Item"), numbers.points(line.score.points), _("pts"), wording.target_text(line), "#item"),
        Step(_("KPI value"), wording.value_text(line.value), "", few(line), "#sides"),
        Step(_("Records"), numbers.count(rows), _("rows"), which, "#path", True),
        Step(_("Files"), numbers.count(files), "", from_files, "#path"),
    ]


def workbook(mine: MyMonth, line: MonthLine) -> bytes:
    """Every row that the line counts, with its file's name and line."""
    measures = list(dict.fromkeys(line.kpi.measures))
    return as_workbook(mine, line, list(_credits(mine, measures, everyone=line.line.by is Route.TEAM)))


def as_workbook(mine: MyMonth, line: MonthLine, rows: Collection[Credit]) -> bytes:
    """These rows as a sheet."""
    head = [_("Day"), _("Name in the file"), _("KPI value"), _("Amount"), _("Files"), _("File row")]
    made = BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, [f"{mine.person.name} · {mine.month:%Y-%m} · {wording.title(line.kpi)}"])
    sheet.write_row(1, 0, head)
    files = dict(Batch.objects.filter(pk__in={row[1] for row in rows}).values_list("pk", "file_name"))
    for place, (day, batch, number, name, measure, amount) in enumerate(rows, 2):
        values = [day.isoformat(), name, measure_title(measure), amount, files.get(batch, ""), number or None]
        sheet.write_row(place, 0, values)
    book.close()
    return made.getvalue()

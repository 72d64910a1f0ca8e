"""What the page of a line says where nothing was counted: what lacks, of which rooms, and what is known already."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaibo.appraisal import sums, wording
from kaibo.appraisal.line_sides import NAMED, EquationPart, measure_title
from kaibo.appraisal.month import MyMonth
from kaibo.appraisal.month_lines import MonthLine
from kaibo.appraisal.path import NumberPath
from kaibo.facts.schema import AD_SPEND, AFTER_SALE, MINUTE, ORDER_LINE, SESSION_REPORT
from kaibo.kpi.catalog import PLANS, Kpi
from kaibo.kpi.measures import MEASURES, TOLD, Unit
from kaibo.kpi.values import MISSING, NO_RATE, NOT_SAID, ZERO_DENOMINATOR
from kaibo.live.models import Account
from kaibo.look import numbers
from kaibo.sources.registry import SOURCES

# why a value is missing → the fact table that lacks
TABLES: Mapping[str, str] = {why: table for table, why in MISSING.items()}


@dataclass(frozen=True)
class Uncounted:
    """`parts`: what the number is made of, — where it is not known. Texts are written out."""

    title: str
    text: str
    more: str = ""
    parts: Sequence[EquationPart] = ()


def waits_for_data(line: MonthLine) -> bool:
    """Whether files or rates are lacking, so that no sum of what is there is the number's."""
    return line.value.missing in TABLES or line.value.missing in (NO_RATE, NOT_SAID)


def uncounted(mine: MyMonth, line: MonthLine, path: NumberPath) -> Uncounted | None:
    """None where the path has something to show."""
    if waits_for_data(line):
        return Uncounted(_("Nothing is counted yet"), _lacking(mine, line, path), _then(path), _parts(line, path))
    if path.sessions or line.kpi.is_direct:
        return None
    waiting = wording.waiting(line, mine.platforms)
    if not line.value.missing and not (waiting and line.score.waiting in wording.WHY):
        return Uncounted(
            _("None of it in this month"), _("What is recorded of the month tells of none: zero, not unknown.")
        )
    if line.value.missing == ZERO_DENOMINATOR:
        text = _("No broadcast of the rooms counts in this month.")
        if not path.by_room:
            text = _("No broadcast lies in the shifts of this position: see whether a shift's time is wrong.")
        return Uncounted(_("Nothing to divide by yet"), text)
    return Uncounted(waiting.why, waiting.todo) if waiting else None


def _lacking(mine: MyMonth, line: MonthLine, path: NumberPath) -> str:
    """“Lacking: 抖店订单（订单明细）. It is asked of: 生活旗舰店.”"""
    if line.value.missing == NO_RATE:
        waiting = wording.waiting(line)
        return f"{waiting.why} · {waiting.todo}" if waiting and waiting.todo else waiting.why if waiting else ""
    rooms = [] if line.kpi.is_direct else _rooms(mine, line, path)
    files = files_that_tell(line.kpi, line.value.missing, {room.platform for room in rooms})
    named = _(" or ").join(files)
    if not rooms:
        return _("What lacks: %(files)s.") % {"files": named}
    of = numbers.listed(_room(room) for room in rooms[:NAMED])
    if len(rooms) > NAMED:
        of += _(" and %(count)s more") % {"count": numbers.count(len(rooms) - NAMED)}
    return _("What lacks: %(files)s, of %(rooms)s.") % {"files": named, "rooms": of}


def _room(room: Account) -> str:
    platform = str(room.get_platform_display())
    return f"{room.name}（{platform}）" if numbers.in_chinese() else f"{room.name} ({platform})"


def _rooms(mine: MyMonth, line: MonthLine, path: NumberPath) -> list[Account]:
    """The rooms that the line is about, by name."""
    if line.line.by_room:
        found = list(Account.objects.filter(pk__in={held.account for held in line.answers}))
    else:
        found = [shift.account for shift in mine.roster.shifts if shift.role == mine.role]
        found += [step.session.account for step in path.sessions]
    return sorted({room.pk: room for room in found}.values(), key=lambda room: (room.name, room.pk))


def files_that_tell(kpi: Kpi, missing: str, platforms: Collection[str]) -> list[str]:
    """Titles of the files that tell what is missing: these platforms' own, else those of any."""
    wanted = _wanted(kpi, missing)
    fits = [
        source
        for source in SOURCES
        if source.table in wanted
        and (not wanted[source.table] or wanted[source.table] <= {column.field for column in source.columns})
    ]
    own = [source for source in fits if source.platform in platforms and source.platform]
    titles = sorted({str(_(source.title)) for source in own or [one for one in fits if not one.platform]})
    return titles or [_("%(kind)s (any table: what its columns are is said once)") % {"kind": _kind(missing)}]


def _kind(missing: str) -> str:
    """The kind of file that lacks, where no platform's name for it is known."""
    kinds = {ORDER_LINE: _("shop orders"), AFTER_SALE: _("after-sales")}
    return kinds.get(TABLES.get(missing, ""), _("session reports"))


def _wanted(kpi: Kpi, missing: str) -> dict[str, set[str]]:
    """Fact table → which of its columns (none: any) tell what is missing."""
    if missing in TABLES and TABLES[missing] != SESSION_REPORT:
        return {TABLES[missing]: set()}
    told = [MEASURES[measure] for measure in kpi.measures if measure in TOLD]
    if not told:
        return {table: set() for table in ([TABLES[missing]] if missing in TABLES else kpi.needs)}
    by = {
        SESSION_REPORT: {one.report for one in told},
        MINUTE: {one.minute for one in told},
        AD_SPEND: {one.ad for one in told},
    }
    # a kind of file that tells only some of them does not make the number
    return {table: columns for table, columns in by.items() if "" not in columns}


def _then(path: NumberPath) -> str:
    if path.kpi.is_direct:
        return _("Once it is imported, the rows that count stand here.")
    if not path.sessions:
        return _("Once it is imported, the sessions stand here, each down to the row of the file.")
    count = len(path.sessions)
    return ngettext(
        "%(n)s session waits for it; then it stands here down to the row of the file.",
        "%(n)s sessions wait for it; then they stand here down to the row of the file.",
        count,
    ) % {"n": numbers.count(count)}


def unknown_measures(line: MonthLine, path: NumberPath) -> frozenset[str]:
    """Of a line that waits for data, what nothing is known of: — wherever it would stand, and never 0."""
    if not waits_for_data(line):
        return frozenset()
    told = {measure for step in path.segments for measure, _basis in step.amounts}
    without_rate = line.value.missing == NO_RATE
    return frozenset(
        measure
        for measure in set(path.kpi.measures) - PLANS
        if measure not in told or (without_rate and MEASURES[measure].unit is Unit.MONEY)
    )


def _parts(line: MonthLine, path: NumberPath) -> list[EquationPart]:
    """Each measure with what is known of it."""
    known: dict[str, int] = {}
    for step in path.segments:
        for (measure, _basis), amount in step.amounts.items():
            known[measure] = max(known.get(measure, 0), amount) if path.kpi.is_peak else known.get(measure, 0) + amount
    unknown = unknown_measures(line, path)
    parts = []
    for side, terms in (("", path.kpi.numerator), ("÷", path.kpi.denominator)):
        for place, term in enumerate(terms):
            op = side if not place else "−" if term.sign < 0 else "+"
            parts.append(EquationPart(op, measure_title(term.measure), _known(line, term.measure, known, unknown)))
    return parts


def _known(line: MonthLine, measure: str, known: Mapping[str, int], unknown: Collection[str]) -> str:
    if measure in PLANS:
        return wording.plan_text(measure, line.value.bottom) if line.value.bottom else numbers.MISSING
    return numbers.MISSING if measure in unknown else sums.measure_text(measure, known[measure])

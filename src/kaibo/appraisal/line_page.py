"""What the page of one line shows, written out: head, rule, rail, both sides, sessions, columns, segments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from kaibo.appraisal import (
    columns,
    line_rail,
    line_sessions,
    line_sides,
    month_page,
    named_team,
    room_path,
    rule_words,
    wording,
)
from kaibo.appraisal.columns import Choice, Columns
from kaibo.appraisal.drawing import BandPart, Sketch, band_parts, sketch
from kaibo.appraisal.due_page import DueSum, PlannedLine, due_sum, planned_lines
from kaibo.appraisal.explaining import faults, whole_of
from kaibo.appraisal.line_rail import Step
from kaibo.appraisal.line_sessions import TOP, Bar, SegmentLine
from kaibo.appraisal.line_sides import BasisBar, EquationPart, measure_title
from kaibo.appraisal.month import MyMonth
from kaibo.appraisal.month_lines import MonthLine
from kaibo.appraisal.path import NumberPath
from kaibo.appraisal.room_path import path_of_line
from kaibo.appraisal.targets import RoomPart
from kaibo.appraisal.uncounted import Uncounted, uncounted
from kaibo.appraisal.wording import Waiting
from kaibo.facts.schema import ORDER_LINE
from kaibo.kpi import rules
from kaibo.kpi.catalog import PLANNED, Route
from kaibo.kpi.rules import Bands, On, PerOccurrence
from kaibo.live.models import Account, RoomDuty
from kaibo.look import numbers
from kaibo.org.models import Department


@dataclass(frozen=True)
class Answer:
    """Of a line by room: a room, in which duty it counts, and for which days of the month. Texts are written out."""

    room: str
    duty: str
    days: str


@dataclass(frozen=True)
class LinePage:
    """`notes`: what may still change. `rest`: segments beyond the first few, as one sum. Texts are written out."""

    line: MonthLine
    title: str
    short: str
    value: str
    target: str
    planned: bool
    running_target: bool
    target_parts: Sequence[RoomPart]
    due: DueSum | None
    attainment: str
    reached_title: str
    max_points: str
    rule: str
    formula: str
    time_basis: str
    notes: Sequence[str]
    waiting: Waiting | None
    partial: str
    protection: str
    sketch: Sketch | None
    bands: Sequence[BandPart]
    steps: Sequence[Step]
    equation: Sequence[EquationPart]
    basis_bars: Sequence[BasisBar]
    measured: str
    bars: Sequence[Bar]
    bar_target: str
    columns: Columns
    left_out: str
    segments: Sequence[SegmentLine]
    rest: int
    rest_text: tuple[str, str, str]
    total_text: tuple[str, str, str]
    top_title: str
    bottom_title: str
    recomputed: bool
    rooms: int
    path: NumberPath
    answers: Sequence[Answer] = ()
    # of a line by team: whose result it is
    team: str = ""
    broadcasts: Sequence[PlannedLine] = ()
    # instead of the path, where nothing was counted
    uncounted: Uncounted | None = None


def build(mine: MyMonth, line: MonthLine, choice: Choice) -> LinePage:
    """Everything about a line; `choice`: what of the path is open."""
    path = path_of_line(mine, line)
    kpi, score = line.kpi, line.score
    whole = whole_of(path, mine, line)
    # rows that name the person have a path of their own (appraisal.named), with its own check
    found = [] if kpi.is_direct else faults(line, path, whole, mine.person.pk)
    wrong = {(fault.session, fault.segment, fault.measure) for fault in found}
    titles = _titles(line)
    bars, bar_target = line_sessions.bars(path, line, choice)
    lines = line_sessions.segment_lines(path, choice)
    return LinePage(
        line=line,
        title=wording.title(kpi),
        short=wording.short(kpi),
        value=wording.value_text(line.value),
        target=_target(line),
        planned=wording.against_plan(kpi),
        running_target=bool(line.target and line.target.amount_minor != line.target.to_date_minor),
        due=due_sum(mine) if PLANNED in kpi.measures else None,
        broadcasts=planned_lines(line, path),
        target_parts=line.target.parts if line.target else (),
        attainment=wording.attainment_text(score),
        reached_title=_reached_title(line),
        max_points=wording.plain(line.line.weight),
        rule=rule_words.rule_text(score),
        formula=wording.with_days(_(kpi.formula)),
        time_basis=wording.with_days(_(kpi.time_basis)),
        # of how many sessions it is made stands in a strip of its own
        notes=[*month_page.eased(mine, line), *month_page.notes(line.value, partial=False), *_outages(path)],
        waiting=wording.waiting(line, mine.platforms),
        protection=month_page.protection(mine),
        partial=line_sides.partial(line.value, path),
        sketch=sketch(score, lambda edge: wording.edge_text(score, edge)),
        bands=band_parts(score, lambda edge: wording.edge_text(score, edge)),
        steps=line_rail.steps(line, path),
        equation=line_sides.equation(line, path, on_leave=any(o.away_ms for o in mine.roster.begun(mine.role))),
        basis_bars=line_sides.basis_bars(line.value),
        measured=line_sides.measured(line),
        bars=bars,
        bar_target=bar_target,
        columns=columns.build(mine, path, whole, wrong, choice),
        # only sales are made of order lines
        left_out=line_sides.left_out(whole.left_out) if ORDER_LINE in kpi.needs else "",
        segments=lines[:TOP],
        rest=max(0, len(lines) - TOP),
        rest_text=line_sessions.texts(path, lines[TOP:]),
        total_text=line_sessions.texts(path, lines),
        top_title=measure_title(kpi.numerator[0].measure) if len(kpi.numerator) == 1 else wording.short(kpi),
        bottom_title="" if path.whole.bottom is None else measure_title(kpi.denominator[0].measure),
        recomputed=not found,
        rooms=path.rooms,
        path=path,
        answers=_answers(mine, line, titles),
        team=_team(mine, line, titles),
        uncounted=uncounted(mine, line, path),
    )


def _outages(path: NumberPath) -> list[str]:
    """How much time both sides of a ratio leave out."""
    inside = [one for one in path.segments if one.in_outage and one.start and one.end]
    if not inside:
        return []
    length = sum(round((one.end - one.start).total_seconds() * 1000) for one in inside if one.start and one.end)
    return [_("Outages of %(time)s are left out of both sides") % {"time": numbers.minutes(length)}]


def _titles(line: MonthLine) -> dict[int, str]:
    """Departments whose rooms the line counts; no query where it counts none by them."""
    wanted = {one.department for one in line.answers if one.department is not None}
    return {one.pk: one.title for one in Department.objects.filter(pk__in=wanted)} if wanted else {}


def _answers(mine: MyMonth, line: MonthLine, titles: Mapping[int, str]) -> list[Answer]:
    names = dict(Account.everyone.filter(pk__in={one.account for one in line.answers}).values_list("pk", "name"))
    duties = dict(RoomDuty.choices)
    found = []
    for one in sorted(line.answers, key=lambda held: (names[held.account], held.start)):
        first, last = max(one.start, mine.month), room_path.last_day(one, mine.month)
        days = f"{numbers.day_short(first)} {numbers.DASH} {numbers.day_short(last)}"
        duty = titles.get(one.department or 0) or duties.get(one.duty, _("All rooms"))
        found.append(Answer(names[one.account], str(duty), days))
    return found


def _team(mine: MyMonth, line: MonthLine, titles: Mapping[int, str]) -> str:
    """Whose result a line by team is; "" of any other."""
    if line.line.by is not Route.TEAM:
        return ""
    if line.kpi.is_direct:
        return named_team.whose(mine, line)
    if not line.answers:
        return ""
    if all(one.department is None for one in line.answers):
        if mine.by_department:
            return _("The result of the whole company: every room, those of no department too.")
        return _("No room has a department yet, so everybody's team is all rooms.")
    names = list(dict.fromkeys(titles[one.department] for one in line.answers if one.department is not None))
    text = _("The result of %(departments)s: the rooms that belong to it, or to a department below it, on each day.")
    return text % {"departments": numbers.listed(names)}


def _reached_title(line: MonthLine) -> str:
    """What stands beside the value: attainment, or where in the rule it lies."""
    rule = line.line.rule
    if isinstance(rule, PerOccurrence):
        return _("Counted")
    if isinstance(rule, rules.Step):
        return _("Step")
    if isinstance(rule, rules.Together):
        return _("Conditions")
    if isinstance(rule, rules.Benchmarked):
        return _("Against the benchmark")
    return _("Band") if isinstance(rule, Bands) and rule.on is On.VALUE else _("Attainment")


def _target(line: MonthLine) -> str:
    """Planned hours for what is measured against them, else the target; empty without one."""
    if wording.against_plan(line.kpi):
        return "" if line.value.missing else wording.of_plan_text(line.kpi, line.value.bottom)
    if line.score.benchmark is not None:
        return wording.figure(line.kpi.unit, line.score.benchmark, tile=True)
    return "" if line.score.target is None else wording.figure(line.kpi.unit, line.score.target, tile=True)

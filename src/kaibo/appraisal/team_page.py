"""What the team's table shows, written out: columns of the card's lines, groups of people, chips, the last row."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaibo.appraisal import team_filter, wording
from kaibo.appraisal.models import KeptScore
from kaibo.appraisal.month import MonthLine
from kaibo.appraisal.period import month_text
from kaibo.appraisal.scales import Scale, scale_of
from kaibo.appraisal.team import PAGE, KeptCell, Team, Totals, cells_of
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.measures import MEASURES, Kind, Unit
from kaibo.kpi.rules import Line
from kaibo.kpi.scoring import LineScore
from kaibo.kpi.values import Value
from kaibo.live.models import CrewRole
from kaibo.look import numbers

# with so few sessions no data can tell a person from chance; from there on the report says what it knows
FEWEST_SESSIONS = 5
# sums above the table
TILES = 4


@dataclass(frozen=True)
class Head:
    """A column one can sort by; `sorted`: ascending, descending or empty, as screen readers want it."""

    key: str
    title: str
    unit: str
    href: str
    sorted: str
    note: str = ""
    weight: str = ""


class Cell(NamedTuple):
    """A line of the card: `value` in the column's unit, `points` and how far the meter is filled, in percent.

    `why`: what the line waits for; then there are no points. `about`: how much is measured, in words. `partial`: made
    of some sessions only.
    """

    href: str
    value: str
    points: str
    fill: str
    why: str
    about: str
    partial: bool = False

    @property
    def html(self) -> str:
        """The two cells of the table. Not in the template: hundreds of these are what the page's time goes into."""
        about = f' title="{escape(self.about)}"' if self.about else ""
        partial = " partial" if self.partial else ""
        door = f'<a class="door" href="{escape(self.href)}">{escape(self.value)}</a>'
        value = f'<td class="num kpi{partial}"{about}>{door}</td>'
        if self.why:
            return f'{value}<td class="pts why">{escape(self.why)}</td>'
        meter = f'<span class="plan"><span style="width:{self.fill}%"></span></span>'
        return f'{value}<td class="num pts">{escape(self.points)}{meter}</td>'


@dataclass(frozen=True)
class Row:
    """`measured`: percent of the line that is measured least; `away`: what lacks for a comparison, in words.

    `under`: what a phone shows below the name.
    """

    pk: int
    name: str
    href: str
    room: str
    sessions: str
    hours: str
    of_plan: str
    cells: Sequence[Cell]
    measured: str
    measured_text: str
    away: str
    points: str
    of: str
    notes: Sequence[str]
    under: str

    @property
    def cells_html(self) -> SafeString:
        return mark_safe("".join(cell.html for cell in self.cells))  # noqa: S308 -- every part is escaped where it is made


@dataclass(frozen=True)
class Group:
    """`title` empty: sorted by a column, one list. `count` None: its people go on on the next page."""

    title: str
    count: int | None
    rows: Sequence[Row]


@dataclass(frozen=True)
class Chip:
    label: str
    href: str
    active: bool = False
    count: int | None = None


@dataclass(frozen=True)
class Foot:
    """A KPI over all of them: Σ ÷ Σ; `note` says over how many, or why there is no sum."""

    value: str
    note: str


@dataclass(frozen=True)
class Tile:
    """A line's Σ ÷ Σ above the table; see look/includes/tile.html."""

    label: str
    value: str
    unit: str
    note: str


@dataclass(frozen=True)
class Page:
    name: Head
    sessions: Head
    hours_head: Head
    points: Head
    lines: Sequence[Head]
    groups: Sequence[Group]
    feet: Sequence[Foot]
    tiles: Sequence[Tile]
    under: str
    hours: str
    planned: str
    of_plan: str
    chips: Sequence[Chip]
    states: Sequence[Chip]
    roles: Sequence[Chip]
    later: str
    rated: str
    partial: bool
    first: int
    last: int
    before: str
    after: str
    sorted_by: str
    group_href: str
    clear_href: str
    all_href: str

    @property
    def width(self) -> int:
        """Columns of the table, for rows that span all of it."""
        return 8 + 2 * len(self.lines)


def build(team: Team) -> Page:
    lines = team.card.card.lines if team.card else ()
    scales = {line.kpi: scale_of(team.kpis[line.kpi], _typical(team.totals, team.kpis[line.kpi])) for line in lines}
    full = {line.kpi: float(_most(line)) for line in lines}
    scores = list(team.scores)
    first = (team.asked.page - 1) * PAGE + 1
    shown = next((line for line in lines if line.kpi == team.asked.column), next(iter(lines), None))
    cells = cells_of(scores)
    rows = [(score, _row(score, cells.get(score.pk, {}), lines, scales, full, shown)) for score in scores]
    feet = [_foot(team.totals, scales[line.kpi]) for line in lines]
    asked, paged = team.asked, team.pages > 1
    heads = {key: _head(team, *column) for key, column in _columns().items()}
    of_lines = [_line_head(team, line, scales[line.kpi]) for line in lines]
    return Page(
        **heads,
        lines=of_lines,
        groups=list(_groups(team, rows)),
        feet=feet,
        tiles=[_tile(team.totals, scales[line.kpi], foot) for line, foot in zip(lines, feet, strict=True)][:TILES],
        under=_under(team, lines, scales, feet),
        hours=_hours(team.totals.air_ms),
        planned=_planned(team.totals.planned_ms),
        of_plan=_of_plan(team.totals.air_ms, team.totals.planned_ms),
        chips=_active(team),
        states=_states(team),
        roles=[
            Chip(str(CrewRole(role).label), asked.query(role=role, sort="", room=None), role == asked.role, count)
            for role, count in team.roles
        ],
        later=_later(team),
        rated=_rated(team),
        partial=any(cell.partial for _score, row in rows for cell in row.cells),
        first=first,
        last=first + len(scores) - 1,
        before=asked.query(page=asked.page - 1) if paged and asked.page > 1 else "",
        after=asked.query(page=asked.page + 1) if paged and asked.page < team.pages else "",
        sorted_by=next((head.title for head in (*heads.values(), *of_lines) if head.sorted), asked.column),
        group_href=asked.query(sort=""),
        clear_href=asked.query(department=None, room=None, state="", q=""),
        all_href=asked.query(),
    )


def _columns() -> dict[str, tuple[str, str]]:
    """Field of Page → (name in the address, title)."""
    return {
        "name": ("name", _("Name")),
        "sessions": ("sessions", _("Sessions")),
        "hours_head": ("hours", _("Hours on air")),
        "points": ("points", _("Score")),
    }


def _head(team: Team, key: str, title: str) -> Head:
    asked = team.asked
    active = asked.column == key
    # names begin with the first, figures with the largest; a third click goes back to groups
    start, turn = ("name", "-name") if key == "name" else (f"-{key}", key)
    to = turn if asked.sort == start else "" if asked.sort == turn else start
    direction = ("descending" if asked.descending else "ascending") if active else ""
    return Head(key, title, "", asked.query(sort=to), direction)


def _line_head(team: Team, line: Line, scale: Scale) -> Head:
    head = _head(team, line.kpi, wording.short(scale.kpi))
    return replace(head, unit=scale.head, note=wording.title(scale.kpi), weight=wording.plain(line.weight))


def _typical(totals: Totals, kpi: Kpi) -> Fraction | None:
    """What a person's value is about: the ratio of all, or the mean; chooses a column's unit."""
    sums = totals.lines.get(kpi.key)
    number = sums.number(kpi) if sums else None
    if sums is None or number is None:
        return None
    return number if kpi.denominator else number / (sums.known or 1)


def _most(line: Line) -> Fraction:
    """Where a meter ends: the most points the line can give."""
    return max(Fraction(LineScore(line, Value(line.kpi)).max_points), Fraction(line.weight))


def _row(
    score: KeptScore,
    kept: Mapping[str, KeptCell],
    lines: Sequence[Line],
    scales: Mapping[str, Scale],
    full: Mapping[str, float],
    shown: Line | None,
) -> Row:
    path = reverse("appraisal:month", args=[score.person_id, month_text(score.month)])
    query = "" if score.main else f"?role={score.role}"
    share = score.least_measured
    notes = [_("newcomer")] if score.protected else []
    if score.provisional:
        notes.append(_("provisional"))
    if score.immature_until:
        notes.append(_("refunds final on %(day)s") % {"day": numbers.day_short(score.immature_until)})
    return Row(
        pk=score.person_id,
        name=score.person.name,
        href=path + query,
        room=score.room.name if score.room else "",
        sessions=numbers.count(score.sessions),
        hours=_hours(score.air_ms),
        of_plan=_of_plan(score.air_ms, score.planned_ms),
        cells=[
            _cell(kept.get(line.kpi), line, f"{path}{line.kpi}/{query}", scales[line.kpi], full[line.kpi])
            for line in lines
        ],
        measured="" if share is None else f"{share * 100:.1f}",
        measured_text="" if share is None else numbers.percent(share, 0),
        away=_away(score.sessions),
        points=numbers.points(score.points) if score.weights else numbers.MISSING,
        of=_of(score),
        notes=notes,
        under=_said_under(score, kept.get(shown.kpi) if shown else None, scales),
    )


def _said_under(score: KeptScore, line: KeptCell | None, scales: Mapping[str, Scale]) -> str:
    """For a phone: how much, and the value of the column it is sorted by, or of the card's first line."""
    said = [wording.sessions(score.sessions), numbers.hours(score.air_ms)]
    if line and line.top is not None:
        scale = scales[line.kpi]
        said.append(f"{wording.short(scale.kpi)} {scale.with_unit(scale.write(line.top, line.bottom))}")
    return " · ".join(said)


def _away(sessions: int) -> str:
    """How far from any comparison someone with very few sessions is."""
    lacking = FEWEST_SESSIONS - sessions
    if lacking <= 0:
        return ""
    return ngettext("%(count)d session short", "%(count)d sessions short", lacking) % {"count": lacking}


def _of(score: KeptScore) -> str:
    """Beside a score that is not whole: what counts, and how many lines wait."""
    if not score.waiting:
        return ""
    return ngettext("waits for %(count)d item", "waits for %(count)d items", score.waiting) % {"count": score.waiting}


def _cell(kept: KeptCell | None, line: Line, href: str, scale: Scale, most: float) -> Cell:
    if kept is None:
        # the card got a line since; the worker is about to keep it
        return Cell(href, numbers.MISSING, "", "", _("being recomputed"), "")
    value = numbers.MISSING if kept.top is None else scale.write(kept.top, kept.bottom)
    if kept.points is None:
        target = None if kept.target is None else Fraction(kept.target)
        reason = why(line, kept.waiting, kept.missing, target, [(one[0], one[1]) for one in json.loads(kept.lacking)])
        return Cell(href, value, "", "", reason, "")
    top, bottom = parts_of(kept.points)
    fill = max(0.0, top / bottom / most) * 100 if most else 0.0
    return Cell(
        href, value, numbers.quotient(top, bottom, 1), f"{fill:.1f}", "", about(kept), kept.sessions < kept.of_sessions
    )


def parts_of(exact: str) -> tuple[int, int]:
    """Numerator and denominator of a kept number."""
    top, _bar, bottom = exact.partition("/")
    return int(top), int(bottom or 1)


def why(line: Line, waiting: str, missing: str, target: Fraction | None, lacking: Sequence[tuple[str, str]]) -> str:
    """What a line without points waits for, in a few words."""
    if waiting == "no_target":
        return _("target is 0") if target == 0 else _("no target")
    value = Value(line.kpi, missing=missing, lacking=tuple(lacking))
    found = wording.waiting(MonthLine(0, LineScore(line, value, waiting=waiting)))
    return found.why if found else ""


def about(kept: KeptCell) -> str:
    """Of how many sessions a value is made and how much of it is measured, where not all; for the resting pointer."""
    said = []
    if kept.sessions < kept.of_sessions:
        said.append(wording.partial(kept.sessions, kept.of_sessions))
    whole = kept.top if kept.bottom is None else kept.bottom
    if whole and kept.measured is not None and kept.measured != whole:
        said.append(
            _("%(share)s measured") % {"share": numbers.quotient(kept.measured * 100, whole, 1) + numbers.THIN + "%"}
        )
    return ("；" if numbers.in_chinese() else "; ").join(said)


def _hours(ms: int | None) -> str:
    return numbers.MISSING if ms is None else numbers.quotient(ms, numbers.HOUR_MS, 1)


def _of_plan(air: int | None, planned: int | None) -> str:
    """Percent of the planned hours, for the thin bar; empty where nothing was planned."""
    return f"{min(100.0, (air or 0) * 100 / planned):.1f}" if planned else ""


def _planned(planned: int | None) -> str:
    return _("%(hours)s planned so far") % {"hours": numbers.hours(planned)} if planned else ""


def _groups(team: Team, rows: Sequence[tuple[KeptScore, Row]]) -> Iterator[Group]:
    if not team.grouped:
        yield Group("", None, [row for _score, row in rows])
        return
    counts = {choice.pk: choice.people for choice in team.departments}
    for department, of_group in groupby(rows, key=lambda pair: pair[0].department):
        found = [row for _score, row in of_group]
        whole = team.pages == 1 or (not team.asked.narrows and department is not None)
        count = (counts.get(department.pk) if department and team.pages > 1 else len(found)) if whole else None
        yield Group(department.name if department else _("Without a department"), count, found)


def _foot(totals: Totals, scale: Scale) -> Foot:
    kpi = scale.kpi
    sums = totals.lines.get(kpi.key)
    if sums is None or not sums.known:
        return Foot(numbers.MISSING, "")
    if not adds_up(kpi):
        return Foot("", _("not added up"))
    number = sums.number(kpi)
    part = {"known": numbers.count(sums.known), "people": numbers.count(totals.people)}
    note = "" if sums.known == totals.people else _("%(known)s of %(people)s people") % part
    return Foot(numbers.MISSING if number is None else scale.figure(number), note)


def _tile(totals: Totals, scale: Scale, foot: Foot) -> Tile:
    kpi = scale.kpi
    title, sums = wording.short(kpi), totals.lines.get(kpi.key)
    number = sums.number(kpi) if sums and foot.value else None
    if kpi.unit is Unit.MONEY and number is not None:
        return Tile(title, numbers.money_tile(round(number)), "", foot.note)
    return Tile(title, foot.value or numbers.MISSING, scale.unit if foot.value else "", foot.note)


def _under(team: Team, lines: Sequence[Line], scales: Mapping[str, Scale], feet: Sequence[Foot]) -> str:
    """The last row's figures in one line, for a phone."""
    said = [numbers.hours(team.totals.air_ms)]
    for line, foot in zip(lines, feet, strict=True):
        if foot.value:
            said.append(f"{wording.short(scales[line.kpi].kpi)} {scales[line.kpi].with_unit(foot.value)}")
    return " · ".join(said)


def adds_up(kpi: Kpi) -> bool:
    """Whether Σ over people says anything: not for levels, peaks and people counted once."""
    kinds = {MEASURES[measure].kind for measure in kpi.measures if measure in MEASURES}
    return not kinds & {Kind.PEOPLE, Kind.PEAK}


def _active(team: Team) -> list[Chip]:
    """What narrows the table, each with the address without it."""
    asked = team.asked
    found = []
    if asked.department:
        name = next((one.name for one in team.departments if one.pk == asked.department), "?")
        found.append(Chip(_("Department: %(name)s") % {"name": name}, asked.query(department=None), True))
    if asked.room:
        name = next((one.name for one in team.rooms if one.pk == asked.room), "?")
        found.append(Chip(_("Room: %(name)s") % {"name": name}, asked.query(room=None), True))
    if asked.q:
        found.append(Chip(_("Name: %(text)s") % {"text": asked.q}, asked.query(q=""), True))
    return found


def _states(team: Team) -> list[Chip]:
    """Filters that are one press away; the active one takes itself off."""
    asked = team.asked
    words = {
        team_filter.WAITING: _("Waits for data"),
        team_filter.PROVISIONAL: _("Provisional"),
        team_filter.IMMATURE: _("Refunds may come"),
        team_filter.SHARED: _("Less than %(share)s measured") % {"share": numbers.percent(team_filter.MOSTLY, 0)},
    }
    return [
        Chip(word, asked.query(state="" if asked.state == state else state), asked.state == state)
        for state, word in words.items()
    ]


def _later(team: Team) -> str:
    """Lines that wait for everyone: “Ad spend 40, run of show 30”."""
    if team.card is None:
        return ""
    comma = "，" if numbers.in_chinese() else ", "
    return comma.join(f"{line.title} {wording.plain(line.weight)}" for line in team.card.later)


def _rated(team: Team) -> str:
    """Lines that a person rates, and nobody has yet."""
    if team.card is None:
        return ""
    comma = "，" if numbers.in_chinese() else ", "
    return comma.join(f"{one.title} {wording.plain(one.line.weight)}" for one in team.card.rated)

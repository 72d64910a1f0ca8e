"""What the team's table shows, written out: columns of the card's lines, groups of people, chips, the last row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from html import escape
from itertools import groupby

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaibo.appraisal import team_filter, wording
from kaibo.appraisal.roles import title_of
from kaibo.appraisal.scales import Scale, scale_of
from kaibo.appraisal.team import PAGE, Choice, Shown, Team, Totals, cells_of
from kaibo.appraisal.team_rows import Columns, Row, hours, of_plan, row_of
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.measures import MEASURES, Kind, Unit
from kaibo.kpi.rules import Line
from kaibo.look import numbers

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
    department_options: SafeString
    room_options: SafeString
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
    scores = team.scores
    first = (team.asked.page - 1) * PAGE + 1
    shown = next((line for line in lines if line.kpi == team.asked.column), next(iter(lines), None))
    cells = cells_of(scores)
    columns = Columns.of(lines, scales, shown, team.month.month) if team.month else None
    rows = [(score, row_of(score, cells.get(score.pk, {}), columns)) for score in scores if columns]
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
        hours=hours(team.totals.air_ms),
        planned=_planned(team.totals.planned_ms),
        of_plan=of_plan(team.totals.air_ms, team.totals.planned_ms),
        chips=_active(team),
        states=_states(team),
        roles=[
            Chip(title_of(role), asked.query(role=role, sort="", room=None), role == asked.role, count)
            for role, count in team.roles
        ],
        department_options=_options(team.departments, asked.department),
        room_options=_options(team.rooms, asked.room),
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


def _planned(planned: int | None) -> str:
    return _("%(hours)s planned so far") % {"hours": numbers.hours(planned)} if planned else ""


def _groups(team: Team, rows: Sequence[tuple[Shown, Row]]) -> Iterator[Group]:
    if not team.grouped:
        yield Group("", None, [row for _score, row in rows])
        return
    counts = {choice.pk: choice.people for choice in team.departments}
    for (department, name), of_group in groupby(rows, key=lambda pair: (pair[0].department, pair[0].department_name)):
        found = [row for _score, row in of_group]
        whole = team.pages == 1 or (not team.asked.narrows and department is not None)
        count = (counts.get(department) if department and team.pages > 1 else len(found)) if whole else None
        yield Group(name or _("Without a department"), count, found)


def _foot(totals: Totals, scale: Scale) -> Foot:
    kpi = scale.kpi
    sums = totals.lines.get(kpi.key)
    if sums is None or not sums.known:
        return Foot(numbers.MISSING, "")
    if not adds_up(kpi):
        return Foot("", _("not added up"))
    number = sums.number(kpi)
    part = {"known": numbers.count(sums.known), "people": numbers.count(totals.people)}
    notes = [] if sums.known == totals.people else [_("%(known)s of %(people)s people") % part]
    if sums.partial:
        text = ngettext("%(count)s from some sessions only", "%(count)s from some sessions only", sums.partial)
        notes.append(text % {"count": numbers.count(sums.partial)})
    return Foot(numbers.MISSING if number is None else scale.figure(number), " · ".join(notes))


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


def _options(choices: Sequence[Choice], chosen: int | None) -> SafeString:
    """For a list to choose from; in a large team they are a hundred, each with its people where it counts them."""
    said = ((one, f"{one.name} · {numbers.count(one.people)}" if one.people else one.name) for one in choices)
    return mark_safe(  # noqa: S308 -- names are escaped
        "".join(
            f'<option value="{one.pk}"{" selected" if one.pk == chosen else ""}>{escape(word)}</option>'
            for one, word in said
        )
    )


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

"""The path of a team's line that rows tell by name: value ← whose rows count, on which days ← each one's rows."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaibo.appraisal import wording
from kaibo.appraisal.line_rail import Step, waiting_steps
from kaibo.appraisal.line_sides import EquationPart, measure_title
from kaibo.appraisal.month import MyMonth
from kaibo.appraisal.month_lines import MonthLine
from kaibo.appraisal.named import PAGE, Credit, NamedRow, as_workbook, by_row, equation, few, figure, holds, page_of
from kaibo.appraisal.uncounted import waits_for_data
from kaibo.database.prepared import among
from kaibo.kpi.team_people import Home, TeamPeople
from kaibo.kpi.values import MEASURED
from kaibo.look import numbers
from kaibo.measurement.months import next_month
from kaibo.measurement.named import day_alike, of_teams
from kaibo.org.models import Person

# names written out where nobody here has them
NAMES = 5
# measure → amount
Sums = Mapping[str, int]


@dataclass(frozen=True)
class MemberLine:
    """Somebody whose rows count, or several together. Texts are written out; `href`: where their rows are, "" for none.

    `days`: on which they are of the team, by department.
    """

    name: str
    days: Sequence[str]
    figures: Sequence[str]
    rows: int
    href: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class TeamPath:
    """`members`: one page of those whose rows count; `rows`: those of the one that was chosen, one page.

    `silent`: who is of the team and named by no row.
    """

    titles: Sequence[str]
    members: Sequence[MemberLine]
    sums: Sequence[str]
    people: int
    count: int
    pages: int
    page: int
    silent: str
    holds: bool
    equation: Sequence[EquationPart]
    steps: Sequence[Step]
    chosen: str = ""
    rows: Sequence[NamedRow] = ()
    rows_pages: int = 1
    who: int | None = None

    @property
    def before(self) -> int:
        return self.page - 1

    @property
    def after(self) -> int:
        return self.page + 1 if self.page < (self.pages if self.who is None else self.rows_pages) else 0


class TeamRows:
    """Who counts in a team's line, on which days and with what, of whom a reader may see some.

    `seen`: the people whose rows the reader may see; None: everybody's.
    """

    def __init__(self, mine: MyMonth, line: MonthLine, seen: Collection[int] | None) -> None:
        assert line.people is not None  # noqa: S101 -- else the path is that of everyone's rows
        self.people: TeamPeople = line.people
        self.led, self.month, self.seen = line.led, mine.month, seen
        self.measures = list(dict.fromkeys(line.kpi.measures))
        self.stretches = self.people.stretches(self.led)
        self.whole = any(one.department is None for one in self.led)
        self.names: dict[int, str] = {}
        self.sums: dict[int | None, Counter[str]] = defaultdict(Counter)
        self.counts: dict[int | None, int] = defaultdict(int)
        self._read()

    def _read(self) -> None:
        """Sums by person, and by day where it matters; one query."""
        rows = of_teams(self.month, self.measures).order_by().annotate(day=day_alike(self.people))
        if not self.whole:
            rows = rows.filter(among("person", self.stretches))
        # the measures of one row stand beside each other: the rows of a table are as many as the most of them
        most: dict[tuple[int | None, date, str], int] = defaultdict(int)
        keys = rows.values_list("person", "person__name", "day", "table", "measure")
        for person, name, day, table, measure, amount, count in keys.annotate(Sum("amount"), Count("pk")):
            if not self.is_of_team(person, day):
                continue
            if person is not None:
                self.names[person] = name
            self.sums[person][measure] += amount
            most[person, day, table] = max(most[person, day, table], count)
        for (person, _day, _table), count in most.items():
            self.counts[person] += count

    def is_of_team(self, person: int | None, day: date) -> bool:
        return self.people.counts(self.led, self.people.department(person, day), day)

    def may_see(self, person: int) -> bool:
        return self.seen is None or person in self.seen

    @property
    def visible(self) -> list[int]:
        """Those named by rows and visible, by name."""
        return sorted((pk for pk in self.names if self.may_see(pk)), key=lambda pk: (self.names[pk], pk))

    @property
    def hidden(self) -> list[int]:
        return [pk for pk in self.names if not self.may_see(pk)]

    def total(self) -> Counter[str]:
        return sum(self.sums.values(), Counter[str]())

    def rows(self, person: int) -> list[Credit]:
        """Every amount of somebody's rows that counts, oldest first."""
        columns = ("date", "batch", "row", "name", "measure", "amount")
        found = of_teams(self.month, self.measures).filter(person=person).order_by("date", "batch", "row")
        return [row for row in found.values_list(*columns) if self.is_of_team(person, row[0])]

    def days(self, person: int) -> list[str]:
        """“客户服务部 10-01 – 10-31”; of who is in no department the days of the team."""
        homes = self.stretches.get(person, ())
        return [self._stretch(one) for one in homes] or [_("no department")]

    def _stretch(self, home: Home) -> str:
        first, last = numbers.day_short(home.start), numbers.day_short(home.end - timedelta(days=1))
        return f"{department_title(self.people, home.department)} {first} {numbers.DASH} {last}"

    def unknown(self) -> str:
        """Names of rows that nobody here has: written out for who may see everybody's rows."""
        rows = of_teams(self.month, self.measures).filter(person=None).order_by("name")
        names = list(rows.values_list("name", flat=True).distinct())
        text = ngettext("%(n)s name that nobody here has", "%(n)s names that nobody here has", len(names))
        text %= {"n": numbers.count(len(names))}
        if self.seen is not None:
            return text
        more = " …" if len(names) > NAMES else ""
        return f"{text}: {numbers.listed(names[:NAMES])}{more}"

    def silent(self) -> str:
        """Who is of the team and named by no row."""
        left = [pk for pk in self.stretches if pk not in self.names]
        shown = [pk for pk in left if self.may_see(pk)][:NAMES]
        named = Person.objects.filter(pk__in=shown).order_by("name").values_list("name", flat=True) if shown else ()
        if not left:
            return ""
        text = ngettext(
            "No row names %(n)s other person of the team", "No row names %(n)s other people of the team", len(left)
        ) % {"n": numbers.count(len(left))}
        more = " …" if len(left) > len(shown) else ""
        return f"{text}: {numbers.listed(named)}{more}" if shown else text


def path_of(
    mine: MyMonth, line: MonthLine, *, seen: Collection[int] | None, who: int | None = None, page: int = 1
) -> TeamPath:
    """Everybody whose rows the line counts; the sums are made again from the rows, not taken from the value."""
    found = TeamRows(mine, line, seen)
    visible, chosen = found.visible, who if who in found.visible else None
    pages = max(1, -(-len(visible) // PAGE))
    rows = by_row(found.rows(chosen)) if chosen is not None else {}
    rows_pages = max(1, -(-len(rows) // PAGE))
    page = min(max(1, page), rows_pages if chosen is not None else pages)
    at = visible.index(chosen) // PAGE + 1 if chosen is not None else page
    total, count = found.total(), sum(found.counts.values())
    lines = [_member(found, pk, mine, chosen) for pk in visible[(at - 1) * PAGE : at * PAGE]]
    return TeamPath(
        titles=[measure_title(measure) for measure in found.measures],
        members=[*lines, *_together(found)],
        sums=_figures(found.measures, total),
        people=len(found.names),
        count=count,
        pages=pages,
        page=page,
        silent=found.silent(),
        holds=holds(line, {(measure, MEASURED): amount for measure, amount in total.items()}),
        equation=equation(line),
        steps=_steps(line, len(found.names), count),
        chosen=found.names[chosen] if chosen is not None else "",
        rows=page_of(rows, found.measures, page),
        rows_pages=rows_pages,
        who=chosen,
    )


def workbook(mine: MyMonth, line: MonthLine, *, seen: Collection[int] | None) -> bytes:
    """Every row that the line counts and the reader may see; the others' as sums, of no file."""
    found = TeamRows(mine, line, seen)
    rows = [row for person in found.visible for row in found.rows(person)]
    for member, sums in _sums_together(found):
        rows += [(mine.month, 0, 0, member, measure, amount) for measure, amount in sums.items()]
    return as_workbook(mine, line, rows)


def _member(found: TeamRows, person: int, mine: MyMonth, chosen: int | None) -> MemberLine:
    return MemberLine(
        found.names[person], found.days(person), _figures(found.measures, found.sums[person]), found.counts[person],
        f"?role={mine.role}&who={person}#rows", chosen=person == chosen,
    )  # fmt: skip


def _together(found: TeamRows) -> Iterator[MemberLine]:
    counts = [sum(found.counts[pk] for pk in found.hidden)] if found.hidden else []
    counts += [found.counts[None]] if None in found.sums else []
    for (text, sums), count in zip(_sums_together(found), counts, strict=True):
        yield MemberLine(text, (), _figures(found.measures, sums), count)


def _sums_together(found: TeamRows) -> Iterator[tuple[str, Sums]]:
    """Those whose rows the reader may not see, together; and names that nobody here has."""
    if hidden := found.hidden:
        text = ngettext(
            "%(n)s person whose rows you may not see", "%(n)s people whose rows you may not see", len(hidden)
        )
        yield text % {"n": numbers.count(len(hidden))}, sum((found.sums[pk] for pk in hidden), Counter[str]())
    if None in found.sums:
        yield found.unknown(), found.sums[None]


def _figures(measures: Sequence[str], sums: Sums) -> list[str]:
    return [figure(measure, sums.get(measure)) for measure in measures]


def _steps(line: MonthLine, people: int, rows: int) -> list[Step]:
    if waits_for_data(line):
        return waiting_steps(line, [_("People"), _("Records")])
    return [
        Step(_("Item"), numbers.points(line.score.points), _("pts"), wording.target_text(line), "#item"),
        Step(_("KPI value"), wording.value_text(line.value), "", few(line), "#sides"),
        Step(_("People"), numbers.count(people), "", _("of the team, named by rows"), "#path", True),
        Step(_("Records"), numbers.count(rows), _("rows"), _("each names one of them"), "#path"),
    ]


def department_title(people: TeamPeople, department: int) -> str:
    """As it was called when the month was computed, or closed."""
    zh, en = next(((zh, en) for pk, zh, en in people.teams.names if pk == department), ("", ""))
    return (zh if numbers.in_chinese() else en) or zh


def whose(mine: MyMonth, line: MonthLine) -> str:
    """Whose result a line by team is that rows tell by name."""
    people = line.people
    if people is None:
        return _("This month was closed before teams had people: everyone whom rows name counts.")
    if not line.led:
        return ""
    if any(one.department is None for one in line.led):
        if not people.homes:
            return _("Nobody is in a department yet, so everybody's team is everyone whom rows name.")
        return _("The result of the whole company: everyone whom rows name, those of no department too.")
    first, after = mine.month, next_month(mine.month)
    parts = []
    for one in line.led:
        title = department_title(people, one.department or 0)
        if (one.start, one.end) != (first, after):
            last = numbers.day_short(one.end - timedelta(days=1))
            title += f" ({numbers.day_short(one.start)} {numbers.DASH} {last})"
        parts.append(title)
    text = _(
        "The result of %(departments)s: rows that name people who belong to it, or to a department below it, on the "
        "day of the row (of a period on its first day). Who is in several is in that of their main position."
    )
    return text % {"departments": numbers.listed(parts)}

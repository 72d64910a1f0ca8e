"""One person's row in the team's table, written out: value and points of each line, or what it waits for."""

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaibo.appraisal import wording
from kaibo.appraisal.month_lines import MonthLine
from kaibo.appraisal.period import month_text
from kaibo.appraisal.roles import has_shifts
from kaibo.appraisal.scales import Scale
from kaibo.appraisal.team import KeptCell, Shown
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.rules import Line
from kaibo.kpi.scoring import LineScore
from kaibo.kpi.values import Value
from kaibo.look import numbers

# with so few sessions no data can tell a person from chance; from there on the report says what it knows
FEWEST_SESSIONS = 5


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
        """The two cells of the table."""
        about = f' title="{html.escape(self.about)}"' if self.about else ""
        partial = " partial" if self.partial else ""
        value = (
            f'<td class="num kpi{partial}"{about}><a class="door" href="{self.href}">{html.escape(self.value)}</a></td>'
        )
        if self.why:
            return f'{value}<td class="pts why">{html.escape(self.why)}</td>'
        meter = f'<span class="plan"><span style="width:{self.fill}%"></span></span>'
        return f'{value}<td class="num pts">{self.points}{meter}</td>'


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
    def html(self) -> SafeString:
        """The row of the table. Not in the template: some thirty parts of each of fifty to a hundred people are what
        the page's time goes into. Figures and addresses hold nothing to escape; all that people wrote is escaped.
        """
        name, away = html.escape(self.name), html.escape(self.away)
        notes = "".join(f' <span class="note">{html.escape(note)}</span>' for note in self.notes)
        of_plan = _bar("plan", self.of_plan, f"{self.of_plan} %") if self.of_plan else ""
        expected = f'<span class="not-comparable{"" if away else " open"}">{away}</span>'
        measured = _bar("plan even", self.measured, self.measured_text) if self.measured else ""
        of = f'<span class="note">{html.escape(self.of)}</span>' if self.of else ""
        return mark_safe(  # noqa: S308 -- see above
            f'<tr><td class="pick"><input type="checkbox" name="people" value="{self.pk}" aria-label="{name}"></td>'
            f'<th scope="row"><a class="door" href="{self.href}">{name}</a>{notes}'
            f'<span class="note under">{html.escape(self.under)}</span></th>'
            f'<td class="wide-only">{html.escape(self.room)}</td><td class="num">{self.sessions}</td>'
            f'<td class="num">{self.hours}{of_plan}</td>{"".join(cell.html for cell in self.cells)}'
            f'<td class="expected">{expected}</td><td class="wide-only">{measured}</td>'
            f'<td class="num score"><b>{self.points}</b>{of}</td></tr>'
        )


def _bar(kind: str, width: str, title: str) -> str:
    return f'<span class="{kind}" title="{title}"><span style="width:{width}%"></span></span>'


@dataclass(frozen=True)
class Columns:
    """What every row is written with. `full`: where each meter ends; `shown`: the line that a phone shows; `path`: of
    person 0's month.

    `share`: said once, since asking for the words again in every cell takes longer than the cell.
    """

    lines: Sequence[Line]
    scales: Mapping[str, Scale]
    full: Mapping[str, float]
    shown: Line | None
    path: str
    share: str
    # whether any line is of broadcasts: who is never on air lacks none
    on_air: bool

    @classmethod
    def of(cls, lines: Sequence[Line], scales: Mapping[str, Scale], shown: Line | None, month: date) -> "Columns":
        full = {line.kpi: float(_most_of(line)) for line in lines}
        path = reverse("appraisal:month", args=[0, month_text(month)])
        on_air = any(not scales[line.kpi].kpi.is_direct for line in lines)
        return cls(lines, scales, full, shown, path, _("%(share)s measured"), on_air)


def row_of(score: Shown, kept: Mapping[str, KeptCell], columns: Columns) -> Row:
    path = columns.path.replace("/0/", f"/{score.person}/", 1)
    query = "" if score.main else f"?role={score.role}"
    share = score.least_measured
    notes = [_("newcomer")] if score.protected else []
    if score.provisional:
        notes.append(_("provisional"))
    if score.immature_until:
        notes.append(_("refunds final on %(day)s") % {"day": numbers.day_short(score.immature_until)})
    return Row(
        pk=score.person,
        name=score.name,
        href=path + query,
        room=score.room or "",
        sessions=numbers.count(score.sessions) if has_shifts(score.role) else numbers.MISSING,
        hours=hours(score.air_ms),
        of_plan=of_plan(score.air_ms, score.planned_ms),
        cells=[_cell(kept.get(line.kpi), line, f"{path}{line.kpi}/{query}", columns) for line in columns.lines],
        measured="" if share is None else f"{share * 100:.1f}",
        measured_text="" if share is None else numbers.percent(share, 0),
        away=_away(score.sessions) if columns.on_air and has_shifts(score.role) else "",
        points=numbers.quotient(*parts_of(score.points), 1) if score.weights else numbers.MISSING,
        of=_of(score),
        notes=notes,
        under=_said_under(score, kept.get(columns.shown.kpi) if columns.shown else None, columns.scales),
    )


def _said_under(score: Shown, line: KeptCell | None, scales: Mapping[str, Scale]) -> str:
    """For a phone: how much, and the value of the column it is sorted by, or of the card's first line."""
    said = [wording.sessions(score.sessions), numbers.hours(score.air_ms)] if has_shifts(score.role) else []
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


def _of(score: Shown) -> str:
    """Beside a score that is not whole: what counts, and how many lines wait."""
    if not score.waiting:
        return ""
    return ngettext("waits for %(count)d item", "waits for %(count)d items", score.waiting) % {"count": score.waiting}


def _cell(kept: KeptCell | None, line: Line, href: str, columns: Columns) -> Cell:
    if kept is None:
        # the card got a line since; the worker is about to keep it
        return Cell(href, numbers.MISSING, "", "", _("being recomputed"), "")
    scale, most = columns.scales[line.kpi], columns.full[line.kpi]
    value = numbers.MISSING if kept.top is None else scale.write(kept.top, kept.bottom)
    if kept.points is None:
        target = None if kept.target is None else Fraction(kept.target)
        lacking = [(one[0], one[1]) for one in json.loads(kept.lacking)]
        reason = why(line, kept.waiting, kept.missing, target, lacking, scale.kpi)
        return Cell(href, value, "", "", reason, "")
    top, bottom = parts_of(kept.points)
    fill = max(0.0, top / bottom / most) * 100 if most else 0.0
    points = numbers.quotient(top, bottom, 1)
    return Cell(href, value, points, f"{fill:.1f}", "", _about(kept, columns), kept.sessions < kept.of_sessions)


def parts_of(exact: str) -> tuple[int, int]:
    """Numerator and denominator of a kept number."""
    top, _bar, bottom = exact.partition("/")
    return int(top), int(bottom or 1)


def why(
    line: Line, waiting: str, missing: str, target: Fraction | None, lacking: Sequence[tuple[str, str]],
    definition: Kpi | None = None,
) -> str:  # fmt: skip
    """What a line without points waits for, in a few words. `definition`: the KPI of another time."""
    if waiting == "no_target":
        return _("target is 0") if target == 0 else _("no target")
    value = Value(line.kpi, missing=missing, lacking=tuple(lacking), definition=definition)
    found = wording.waiting(MonthLine(0, LineScore(line, value, waiting=waiting)))
    return found.why if found else ""


def _about(kept: KeptCell, columns: Columns) -> str:
    """Of how many sessions a value is made and how much of it is measured, where not all; for the resting pointer."""
    said = []
    if kept.sessions < kept.of_sessions:
        said.append(wording.partial(kept.sessions, kept.of_sessions, kept.in_part))
    whole = kept.top if kept.bottom is None else kept.bottom
    if whole and kept.measured is not None and kept.measured != whole:
        said.append(columns.share % {"share": f"{numbers.quotient(kept.measured * 100, whole, 1)}{numbers.THIN}%"})
    return ("；" if numbers.in_chinese() else "; ").join(said) if said[1:] else "".join(said)


def hours(ms: int | None) -> str:
    return numbers.MISSING if ms is None else numbers.quotient(ms, numbers.HOUR_MS, 1)


def of_plan(air: int | None, planned: int | None) -> str:
    """Percent of the planned hours, for the thin bar; empty where nothing was planned."""
    return f"{min(100.0, (air or 0) * 100 / planned):.1f}" if planned else ""


def _most_of(line: Line) -> Fraction:
    """Where a meter ends: the most points the line can give."""
    return max(Fraction(LineScore(line, Value(line.kpi)).max_points), Fraction(line.weight))

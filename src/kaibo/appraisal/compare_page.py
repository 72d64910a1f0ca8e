"""What the page of people side by side shows, written out; drawn by look/includes/side_by_side.html."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from kaibo.appraisal import wording
from kaibo.appraisal.compare import Comparison, Side
from kaibo.appraisal.kept import RoomPart
from kaibo.appraisal.month_lines import MonthLine
from kaibo.appraisal.month_page import month_href, notes
from kaibo.appraisal.period import month_text
from kaibo.appraisal.roles import title_of
from kaibo.appraisal.slots import SLOTS, WORDS
from kaibo.kpi.rules import Line
from kaibo.live.models import Account
from kaibo.look import numbers


@dataclass(frozen=True)
class Column:
    title: str
    href: str = ""
    note: str = ""


@dataclass(frozen=True)
class Cell:
    """`value` leads to `href`; `lines` stand small below it; `basis`: (kind, percent) of a bar; `dashed`: waits."""

    value: str
    href: str = ""
    lines: Sequence[str] = ()
    basis: Sequence[tuple[str, str]] = ()
    dashed: bool = False


@dataclass(frozen=True)
class Row:
    title: str
    note: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Sheet:
    columns: Sequence[Column]
    rows: Sequence[Row]
    context: Sequence[Row]
    sentence: str
    roles: Sequence[tuple[str, str, bool]]


def build(found: Comparison) -> Sheet:
    # a closed month's card is its own
    there = next((side.month for side in found.sides if side.month), None)
    card = there.card if there else None
    names = {account.pk: account.name for account in Account.objects.filter(pk__in=_accounts(found))}
    return Sheet(
        columns=[_column(side) for side in found.sides],
        rows=[_row(found, line) for line in card.card.lines] + [_total(found)] if card else [],
        context=_context(found, names) if card else [],
        sentence=_sentence(found),
        roles=_roles(found),
    )


def _column(side: Side) -> Column:
    if side.month is None:
        return Column(side.person.name, note=_("not in this role in this month"))
    hours = wording.figure(side.airtime.declared.unit, side.airtime.number) if side.airtime else numbers.MISSING
    return Column(side.person.name, month_href(side.month), f"{wording.sessions(side.sessions)} · {hours}")


def _row(found: Comparison, line: Line) -> Row:
    lines = [side.month.line(line.kpi) if side.month else None for side in found.sides]
    cells = [_cell(side, one) for side, one in zip(found.sides, lines, strict=True)]
    kpi = next((one.kpi for one in lines if one), line.kpi)
    weight = _("weight %(weight)s") % {"weight": wording.plain(line.weight)}
    return Row(wording.title(kpi), weight, cells)


def _cell(side: Side, line: MonthLine | None) -> Cell:
    if side.month is None or line is None:
        return Cell(numbers.MISSING, dashed=True)
    href = reverse("appraisal:line", args=[side.person.pk, month_text(side.month.month), line.line.kpi])
    if side.month.role != side.month.roles[0]:
        href += f"?role={side.month.role}"
    waiting = wording.waiting(line)
    if waiting:
        return Cell(wording.value_text(line.value), href, [waiting.why], dashed=True)
    said = [_points(line), _parts(line), wording.target_text(line), *notes(line.value)]
    return Cell(wording.value_text(line.value), href, [text for text in said if text], _basis(line))


def _points(line: MonthLine) -> str:
    return _("%(points)s of %(weight)s points") % {
        "points": numbers.points(line.score.points),
        "weight": wording.plain(line.line.weight),
    }


def _parts(line: MonthLine) -> str:
    """Numerator ÷ denominator: how much the figure rests on."""
    value = line.value
    if value.bottom is None or wording.against_plan(line.kpi):
        return ""
    unit = "minor" in line.kpi.numerator[0].measure
    top = numbers.money_tile(value.top) if unit else numbers.count(value.top)
    below = "minor" in line.kpi.denominator[0].measure
    return f"{top} ÷ {numbers.money_tile(value.bottom) if below else numbers.count(value.bottom)}"


def _basis(line: MonthLine) -> list[tuple[str, str]]:
    share = line.value.measured_share
    if share is None:
        return []
    measured = float(share) * 100
    parts = [("measured", measured), ("allocated", 100 - measured)]
    return [(kind, f"{width:.1f}") for kind, width in parts if width > 0]


def _total(found: Comparison) -> Row:
    cells = []
    for side in found.sides:
        total = side.month.total if side.month else None
        if side.month is None or total is None or not total.weights:
            cells.append(Cell(numbers.MISSING, dashed=True))
            continue
        waits = side.month.waiting_weight
        said = [_("of %(weight)s that count") % {"weight": wording.plain(total.weights)}]
        if waits:
            said.append(_("%(weight)s wait") % {"weight": wording.plain(waits)})
        cells.append(Cell(numbers.points(total.points), month_href(side.month), said))
    return Row(_("Score"), _("points of the lines that have data"), cells)


def _context(found: Comparison, names: Mapping[int, str]) -> list[Row]:
    """How they worked: the same for everyone it is not, and that is the point."""
    rooms = [
        Cell("" if side.rooms else numbers.MISSING, lines=[_room(names, room) for room in side.rooms])
        for side in found.sides
    ]
    rows = [Row(_("Rooms"), _("sessions and hours in each"), rooms)]
    for slot, _hour in SLOTS:
        cells = [_slot(side, slot) for side in found.sides]
        rows.append(Row(str(WORDS[slot]), _("share of the hours on air"), cells))
    planned = [Cell(numbers.hours(side.planned_ms)) for side in found.sides]
    rows.append(Row(_("Planned hours so far"), "", planned))
    return rows


def _room(names: Mapping[int, str], room: RoomPart) -> str:
    return f"{names.get(room.account, '?')} · {wording.sessions(room.sessions)} · {numbers.hours(room.air_ms)}"


def _slot(side: Side, slot: str) -> Cell:
    share = side.share(slot)
    if share is None:
        return Cell(numbers.MISSING)
    return Cell(numbers.percent(share, 0), lines=[numbers.hours(side.slots[slot])])


def _sentence(found: Comparison) -> str:
    """What must be known before anyone reads the figures against each other."""
    if not found.same_slots and not found.same_rooms:
        why = _("They worked in different rooms and at different times of the day.")
    elif not found.same_rooms:
        why = _("They worked in different rooms.")
    elif not found.same_slots:
        why = _("They worked at different times of the day.")
    else:
        why = _("Their rooms and hours are much alike; products, traffic and chance still differ.")
    return f"{why} " + _("So this is no verdict: a difference between them need not be theirs.")


def _roles(found: Comparison) -> list[tuple[str, str, bool]]:
    people = [("people", side.person.pk) for side in found.sides]
    return [
        (
            title_of(role),
            "?" + urlencode([*people, ("month", month_text(found.month)), ("role", role)]),
            role == found.role,
        )
        for role in found.roles
    ]


def _accounts(found: Comparison) -> set[int]:
    return {room.account for side in found.sides for room in side.rooms}

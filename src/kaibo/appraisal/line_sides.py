"""Both sides of a line's number: the equation, what is measured of each, what was left out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from django.utils.translation import gettext as _

from kaibo.appraisal import sums, wording
from kaibo.appraisal.month_lines import MonthLine
from kaibo.appraisal.path import NumberPath
from kaibo.facts.schema import ORDER_LINE
from kaibo.kpi.catalog import PLANNED, PLANNED_BROADCASTS, PLANS, Term
from kaibo.kpi.measures import MEASURES, OUT, Unit, is_peak
from kaibo.kpi.values import MEASURED, Value, merged
from kaibo.live.models import Session
from kaibo.look import numbers


@dataclass(frozen=True)
class EquationPart:
    """A part of the equation: an operator before it, what it is, how much."""

    op: str
    label: str
    text: str


@dataclass(frozen=True)
class BasisPart:
    basis: str
    width: str
    text: str


@dataclass(frozen=True)
class BasisBar:
    label: str
    parts: Sequence[BasisPart]


def measure_title(measure: str) -> str:
    planned = {PLANNED: _("Planned hours"), PLANNED_BROADCASTS: _("Planned broadcasts")}
    return planned[measure] if measure in planned else _(MEASURES[measure].title)


def _often(term: Term) -> str:
    """What is counted, and how often where that is not once."""
    times = abs(term.sign)
    return measure_title(term.measure) if times == 1 else f"{times} × {measure_title(term.measure)}"


def _counted(term: Term, amounts: Mapping[str, int]) -> int:
    return abs(term.sign) * amounts.get(term.measure, 0)


def equation(line: MonthLine, path: NumberPath, *, on_leave: bool = False) -> list[EquationPart]:
    """Sales − refunds, or orders ÷ views = value. `on_leave`: planned hours are fewer by approved leave."""
    if line.value.missing:
        return []
    amounts: dict[str, int] = {}
    for (measure, _basis), amount in merged(segment.amounts for segment in path.segments).items():
        amounts[measure] = (
            max(amounts.get(measure, 0), amount) if is_peak(measure) else amounts.get(measure, 0) + amount
        )
    if path.kpi.leaves_outages:
        amounts = {name: amount - amounts.get(f"{OUT}{name}", 0) for name, amount in amounts.items()}
    parts: list[EquationPart] = []
    for place, term in enumerate(path.kpi.numerator):
        op = "−" if term.sign < 0 else "+" if place else ""
        parts.append(EquationPart(op, _often(term), sums.measure_text(term.measure, _counted(term, amounts))))
    for place, term in enumerate(path.kpi.denominator):
        against_plan = term.measure in PLANS
        amount = line.value.bottom or 0 if against_plan else _counted(term, amounts)
        title = _("Hours due") if term.measure == PLANNED and on_leave else _often(term)
        op = "÷" if place == 0 else "−" if term.sign < 0 else "+"
        parts.append(EquationPart(op, title, _side_text([replace(term, sign=1)], amount)))
    if len(parts) == 1:
        return parts
    if path.kpi.scale != 1:
        parts.append(EquationPart("×", "", numbers.count(path.kpi.scale)))
    is_rate = path.kpi.unit is Unit.RATIO
    result = numbers.rate(line.value.number) if is_rate else wording.value_text(line.value, tile=False)
    return [*parts, EquationPart("=", wording.short(path.kpi), result)]


def basis_bars(value: Value) -> list[BasisBar]:
    """How much of each side is measured; nothing where there is nothing."""
    kpi = value.declared
    sides = [(_("Numerator"), kpi.numerator, value.numerator)]
    if kpi.denominator and not wording.against_plan(kpi):
        sides.append((_("Denominator"), kpi.denominator, value.denominator))
    return [
        BasisBar(label if len(sides) > 1 else "", _basis_parts(terms, side))
        for label, terms, side in sides
        if any(amount > 0 for amount in side.values())
    ]


def _basis_parts(terms: Sequence[Term], side: Mapping[str, int]) -> list[BasisPart]:
    whole = sum(amount for amount in side.values() if amount > 0)
    in_order = sorted(side.items(), key=lambda item: item[0] != MEASURED)
    return [
        BasisPart(
            basis,
            f"{amount * 100 / whole:.2f}",
            f"{_side_text(terms, amount)} · {numbers.rate(Fraction(amount, whole))}",
        )
        for basis, amount in in_order
        if amount > 0
    ]


def measured(line: MonthLine) -> str:
    """The value and points of the measured part alone, where that is not all."""
    if not line.value.allocated:
        return ""
    number = line.value.measured_number
    if number is None:
        return _("None of it has a time of its own; it is shared out by a stated rule.")
    text = wording.figure(line.kpi.unit, number, tile=True)
    if line.score.measured_points is None:
        return _("What has no time of its own is shared out. The measured part alone: %(value)s.") % {"value": text}
    return _("What has no time of its own is shared out. The measured part alone: %(value)s, %(points)s points.") % {
        "value": text,
        "points": numbers.points(line.score.measured_points),
    }


# sessions that are named; of more it says how many
NAMED = 3


def partial(value: Value, path: NumberPath | None = None) -> str:
    """Of how many sessions the value is made, why which ones lack, and what to do; empty where it is of all.

    `path`: without it nothing is said of single sessions.
    """
    if value.missing or not value.is_partial:
        return ""
    counts = {"n": numbers.count(value.sessions), "all": numbers.count(value.of_sessions)}
    counts["part"] = numbers.count(value.in_part)
    if value.in_part:
        text = _(
            "From %(n)s of %(all)s sessions and a part of %(part)s more; it is computed again once the rest is there."
        )
    else:
        text = _("From %(n)s of %(all)s sessions; it is computed again once the rest is there.")
    said = [text % counts]
    if path and path.in_part:
        named = {"sessions": _sessions(path.in_part)}
        said.append(
            _(
                "Of these only the segments count of which a minute, a reading or an event tells, on both sides: "
                "%(sessions)s."
            )
            % named
        )
    if path and path.silent:
        said.append(_("Their files do not tell it: %(sessions)s.") % {"sessions": _sessions(path.silent)})
    said += _without(path) if path else ()
    return ("" if numbers.in_chinese() else " ").join(said)


def _without(path: NumberPath) -> Iterator[str]:
    """Which platforms' files are not there, or not of these days, and which sessions they would tell."""
    found: dict[tuple[str, bool, bool], list[Session]] = {}
    for one, tables in path.without:
        key = one.account.get_platform_display(), ORDER_LINE in tables, one.pk in path.other_days
        found.setdefault(key, []).append(one)
    for (platform, orders, other_days), sessions in found.items():
        words = {"platform": platform, "sessions": _sessions(sessions)}
        yield _why_without(orders, other_days) % words


def _why_without(orders: bool, other_days: bool) -> str:
    """`other_days`: files of the platform are there, and speak of other days of the month."""
    if other_days and orders:
        return _(
            "Left out, since no file with orders of %(platform)s covers the day: %(sessions)s. Upload the orders of"
            " that day; if nothing was sold, say on the page of the file which days it covers."
        )
    if other_days:
        return _(
            "Left out, since the after-sales of %(platform)s were exported before: %(sessions)s. Export and upload them"
            " again."
        )
    if orders:
        return _("Left out, since no orders of %(platform)s are imported: %(sessions)s.")
    return _("Left out, since no after-sales of %(platform)s are imported: %(sessions)s.")


def _sessions(found: Sequence[Session]) -> str:
    """“14 Oct 生活旗舰店, 15 Oct 生活旗舰店 and 3 more”."""
    named = numbers.listed(f"{numbers.day(one.start)} {one.account.name}" for one in found[:NAMED])
    more = len(found) - NAMED
    return named + (_(" and %(count)s more") % {"count": numbers.count(more)} if more > 0 else "")


def left_out(found: Mapping[tuple[str, str, str], int]) -> str:
    """“Left out: unpaid 12, 福袋 3, 样品 (达人寄样: 寄给达人试用) 2”; tags stand as the team named them."""
    if not found:
        return ""
    comma = "，" if numbers.in_chinese() else ", "
    words = {"unpaid": _("unpaid")}
    parts = []
    for key in sorted(found):
        what, name, reason = key
        by = _(" (list %(name)s: %(reason)s)") % {"name": name, "reason": reason or "—"} if name else ""
        parts.append(f"{words.get(what, what)}{by} {numbers.count(found[key])}")
    return _("Order lines left out of your segments: %(parts)s.") % {"parts": comma.join(parts)}


def sides_text(value: Value) -> str:
    if value.missing or value.bottom is None:
        return ""
    return f"{_side_text(value.declared.numerator, value.top)} ÷ {_side_text(value.declared.denominator, value.bottom)}"


def _side_text(terms: Sequence[Term], amount: int) -> str:
    measure = terms[0].measure
    return wording.plan_text(measure, amount) if measure in PLANS else sums.measure_text(measure, amount)

"""KPIs that a team makes itself: a formula over measures and KPIs of the catalog becomes a declaration like any other.

A KPI is Σ ÷ Σ (design.md, rule 11), so a formula comes down to one sum of measures, or to one sum divided by another;
everything else is refused with what to do. Nothing is evaluated but these sums: names mean measures and KPIs, nothing
else, and no formula can reach anything of the program. What divides by zero in a month has no value in that month.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fractions import Fraction
from math import gcd, lcm
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, VisitError

from kaibo.kpi.catalog import KPIS, PLANNED, PLANNED_BROADCASTS, Direction, Kpi, Route, Term
from kaibo.kpi.measures import MEASURES, Kind, Unit
from kaibo.kpi.msgid import gettext_noop as _
from kaibo.message import Message

LONGEST, DEEPEST, MOST_DIGITS = 300, 20, 9
# how often a measure may count: sums of ten million times a month's cents or milliseconds fit into 64 bits
MOST_TIMES, MOST_SCALE = 10**7, 10**12
HOUR, MINUTE, SECOND = 3_600_000, 60_000, 1000
TIMES: Mapping[str, int] = {"hour": HOUR, "minute": MINUTE, "second": SECOND}

GRAMMAR = r"""
    ?start: sum
    ?sum: product
        | sum "+" product -> add
        | sum "-" product -> subtract
    ?product: signed
        | product "*" signed -> multiply
        | product "/" signed -> divide
    ?signed: atom
        | "-" signed -> negative
    ?atom: NUMBER -> number
        | NAME -> name
        | "(" sum ")"
    NUMBER: /[0-9]+(\.[0-9]+)?/
    NAME: /[A-Za-z_][A-Za-z0-9_]*/
    %ignore /\s+/
"""

# what is typed on a Chinese keyboard, or copied from a page
SAME = str.maketrans({"×": "*", "÷": "/", "−": "-", "–": "-", "（": "(", "）": ")", "＋": "+", "＊": "*", "／": "/"})


class WrongFormula(Exception):
    """A formula that is no KPI; `message` says why and what to do, `place` where (from 1) if it is one place."""

    def __init__(self, message: Message, place: int | None = None) -> None:
        super().__init__(str(message))
        self.message = message
        self.place = place


# measure → how often it counts
Sum = Mapping[str, Fraction]


@dataclass(frozen=True)
class Amount:
    """A number alone (`top` empty), or a sum of measures, or one divided by another."""

    number: Fraction = Fraction(0)
    top: Sum = field(default_factory=dict)
    bottom: Sum = field(default_factory=dict)

    @property
    def is_number(self) -> bool:
        return not self.top

    @property
    def unit(self) -> tuple[Unit, Unit | None]:
        """Of a sum, and of what divides it."""
        return unit_of(next(iter(self.top))), unit_of(next(iter(self.bottom))) if self.bottom else None


def unit_of(measure: str) -> Unit:
    if measure == PLANNED:
        return Unit.DURATION
    return Unit.COUNT if measure == PLANNED_BROADCASTS else MEASURES[measure].unit


def declared(
    *, key: str, title: str, formula: str, unit: Unit, direction: Direction = Direction.UP, version: int = 1,
    short: str = "",
) -> Kpi:  # fmt: skip
    """The KPI of a formula. Raises WrongFormula for what is none, and where its unit is another than `unit`."""
    found = parsed(formula)
    if found.is_number:
        raise WrongFormula(Message("It counts nothing: name at least one measure."))
    fitting = units(found)
    if unit not in fitting:
        values = {"unit": unit.value, "units": ", ".join(one.value for one in fitting)}
        raise WrongFormula(Message("Its unit is %(units)s, not %(unit)s. Choose that unit.", values))
    top, bottom, scale = _whole(found)
    _within_bounds(top, bottom, scale)
    measures = [*top, *bottom]
    return Kpi(
        key=key, title=title, short=short or title, unit=unit, numerator=_terms(top), denominator=_terms(bottom),
        formula=formula, source=_("The files of its measures"), time_basis=_("As its measures are"),
        needs=needs_of(measures), direction=direction, routes=routes_of(measures),
        matures=any(measure.startswith("refund_") for measure in measures), version=version, scale=scale,
    )  # fmt: skip


def parsed(formula: str) -> Amount:
    """What the formula comes down to. Raises WrongFormula."""
    text = formula.translate(SAME)
    if not text.strip():
        raise WrongFormula(Message("It is empty. Write a formula, for example: orders / views"))
    if len(text) > LONGEST:
        values = {"length": len(text), "most": LONGEST}
        raise WrongFormula(Message("It has %(length)s characters; %(most)s are the most.", values))
    depth = deepest = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        values = {"depth": deepest, "most": DEEPEST}
        raise WrongFormula(Message("Its brackets nest %(depth)s deep; %(most)s are the most.", values))
    try:
        found: Any = PARSER.parse(text)
    except UnexpectedInput as error:
        raise _not_read(text, error) from None
    except VisitError as error:
        if isinstance(error.orig_exc, WrongFormula):
            raise error.orig_exc from None
        raise
    assert isinstance(found, Amount)  # noqa: S101 -- what the transformer makes
    return found


def units(found: Amount) -> tuple[Unit, ...]:
    """What it can be shown in; the usual one first."""
    top, bottom = found.unit
    if bottom is None:
        if top in (Unit.MONEY, Unit.COUNT, Unit.DURATION):
            return (top,)
        raise WrongFormula(Message("This measure means nothing alone: divide it by what it is weighed with."))
    if top == bottom:
        return (Unit.RATIO, Unit.MULTIPLE)
    known = {
        (Unit.MONEY, Unit.COUNT): Unit.MONEY, (Unit.DURATION, Unit.COUNT): Unit.TIME,
        (Unit.COUNT, Unit.DURATION): Unit.COUNT, (Unit.MONEY, Unit.DURATION): Unit.MONEY,
        (Unit.LEVEL, Unit.DURATION): Unit.COUNT,
    }.get((top, bottom))  # fmt: skip
    if known is None:
        values = {"top": top.value, "bottom": bottom.value}
        raise WrongFormula(Message("%(top)s ÷ %(bottom)s has no unit that could be shown.", values))
    return (known,)


def needs_of(measures: list[str]) -> tuple[str, ...]:
    """The fact tables without which one of the measures is unknown: those that every KPI of the catalog on it needs."""
    found: dict[str, None] = {}
    for measure in measures:
        kpis = [kpi for kpi in KPIS.values() if measure in kpi.measures]
        found |= dict.fromkeys(t for t in kpis[0].needs if all(t in kpi.needs for kpi in kpis))
    return tuple(found)


def routes_of(measures: list[str]) -> tuple[Route, ...]:
    """By which ways all of the measures can be credited."""
    ways = [{route for kpi in KPIS.values() if measure in kpi.measures for route in kpi.routes} for measure in measures]
    found = tuple(route for route in Route if all(route in way for way in ways))
    direct = [MEASURES[m].kind is Kind.DIRECT for m in measures if m in MEASURES]
    if not found or (any(direct) and not all([*direct, len(direct) == len(measures)])):
        text = Message("Rows that name a person and figures of broadcasts cannot stand in one formula.")
        raise WrongFormula(text)
    return tuple(sorted(found, key=lambda route: (route not in (Route.SHIFT, Route.DIRECT), list(Route).index(route))))


def names() -> dict[str, str]:
    """Every name that a formula may hold → what it is called."""
    used = {measure for kpi in KPIS.values() for measure in kpi.measures}
    known = {key: one.title for key, one in MEASURES.items() if key in used and one.kind is not Kind.PEAK}
    return {**known, **{key: kpi.title for key, kpi in KPIS.items() if not kpi.is_peak and key not in known}}


def _not_read(text: str, error: UnexpectedInput) -> WrongFormula:
    place = min(
        error.pos_in_stream if error.pos_in_stream is not None and error.pos_in_stream >= 0 else len(text), len(text)
    )
    if place >= len(text) or getattr(getattr(error, "token", None), "type", "") == "$END":
        return WrongFormula(Message("It ends too early: a name, a number or a bracket is missing."), len(text))
    values = {"place": place + 1, "sign": text[place]}
    text_ = Message(
        "“%(sign)s” at place %(place)s does not belong there. It may hold names, numbers, + − × ÷ and brackets.", values
    )
    return WrongFormula(text_, place + 1)


def _terms(sides: Sum) -> tuple[Term, ...]:
    return tuple(Term(measure, int(often)) for measure, often in sides.items())


def _whole(found: Amount) -> tuple[Sum, Sum, int]:
    """The same with whole numbers; what both sides have in common stands once, before the sum (`scale`)."""
    top_by, bottom_by = (lcm(*(often.denominator for often in side.values())) for side in (found.top, found.bottom))
    top = {measure: often * top_by for measure, often in found.top.items()}
    bottom = {measure: often * bottom_by for measure, often in found.bottom.items()}
    if not bottom:
        if top_by != 1:
            raise WrongFormula(Message("A sum counts whole measures: multiply it so that no part of one remains."))
        return top, bottom, 1
    top_in, bottom_in = (gcd(*(int(often) for often in side.values())) for side in (top, bottom))
    factor = Fraction(top_in * bottom_by, bottom_in * top_by)
    divided = {measure: often / top_in for measure, often in top.items()}
    under = {measure: often / bottom_in * factor.denominator for measure, often in bottom.items()}
    return divided, under, factor.numerator


def _within_bounds(top: Sum, bottom: Sum, scale: int) -> None:
    for side in (top, bottom):
        for measure, often in side.items():
            if abs(often) > MOST_TIMES:
                values = {"measure": measure, "times": f"{int(often):,}", "most": f"{MOST_TIMES:,}"}
                text = Message("“%(measure)s” would count %(times)s times; %(most)s times are the most.", values)
                raise WrongFormula(text)
    if abs(scale) > MOST_SCALE:
        values = {"times": f"{scale:,}", "most": f"{MOST_SCALE:,}"}
        raise WrongFormula(Message("It is multiplied by %(times)s; %(most)s is the most.", values))


def _sum(one: Sum, other: Sum, sign: int) -> Sum:
    found = dict(one)
    for measure, often in other.items():
        found[measure] = found.get(measure, Fraction(0)) + sign * often
    return {measure: often for measure, often in found.items() if often}


def _times(side: Sum, factor: Fraction) -> Sum:
    return {measure: often * factor for measure, often in side.items()}


def _added(one: Amount, other: Amount, sign: int) -> Amount:
    if one.is_number and other.is_number:
        return Amount(one.number + sign * other.number)
    if one.is_number or other.is_number:
        return _with_number(one, other, sign)
    if one.unit != other.unit:
        (a, _a), (b, _b) = one.unit, other.unit
        text = Message("%(one)s and %(other)s cannot be added: their units differ.", {"one": a.value, "other": b.value})
        raise WrongFormula(text)
    if one.bottom != other.bottom:
        raise WrongFormula(Message("Two quotients can be added only where both have the same divisor: a KPI is Σ ÷ Σ."))
    return _not_nothing(Amount(top=_sum(one.top, other.top, sign), bottom=one.bottom))


def _with_number(one: Amount, other: Amount, sign: int) -> Amount:
    """A quotient of equal units plus a number: a ÷ b − 1 is (a − b) ÷ b."""
    quotient, number = (other, one) if one.is_number else (one, other)
    top, bottom = quotient.unit
    if top != bottom:
        raise WrongFormula(Message("A number cannot be added to an amount: it has no unit."))
    own, plain = (sign, 1) if one.is_number else (1, sign)
    changed = _sum(_times(quotient.top, Fraction(own)), _times(quotient.bottom, number.number * plain), 1)
    return _not_nothing(Amount(top=changed, bottom=quotient.bottom))


def _not_nothing(found: Amount) -> Amount:
    if not found.top:
        raise WrongFormula(Message("It comes to nothing: what is added is taken off again."))
    return found


def _multiplied(one: Amount, other: Amount) -> Amount:
    if one.is_number and other.is_number:
        return Amount(one.number * other.number)
    if one.is_number or other.is_number:
        amount, number = (other, one) if one.is_number else (one, other)
        if not number.number:
            raise WrongFormula(Message("It comes to nothing: it is multiplied by 0."))
        return Amount(top=_times(amount.top, number.number), bottom=amount.bottom)
    for a, b in ((one, other), (other, one)):
        # a ÷ b × b ÷ c is a ÷ c
        if a.bottom and a.bottom == b.top:
            return Amount(top=a.top, bottom=b.bottom)
    raise WrongFormula(Message("Two measures cannot be multiplied: a KPI is one sum, or one sum divided by another."))


def _divided(one: Amount, other: Amount) -> Amount:
    if other.is_number:
        if not other.number:
            raise WrongFormula(Message("It divides by 0."))
        return _multiplied(one, Amount(1 / other.number))
    if not one.is_number and not one.bottom and not other.bottom:
        return Amount(top=one.top, bottom=other.top)
    if other.bottom:
        return _multiplied(one, Amount(top=other.bottom, bottom=other.top))
    raise WrongFormula(Message("It divides twice: a KPI is one sum, or one sum divided by another."))


@v_args(inline=True)
class _Reader(Transformer[Token, Amount]):
    """Every step at once while reading, so that no depth of brackets needs a stack."""

    def number(self, token: Token) -> Amount:
        if len(token) > MOST_DIGITS:
            text = Message("The number %(number)s is too long; %(most)s digits are the most.",
                           {"number": str(token)[:20], "most": MOST_DIGITS})  # fmt: skip
            raise WrongFormula(text, (token.start_pos or 0) + 1)
        return Amount(Fraction(str(token)))

    def name(self, token: Token) -> Amount:
        return _named(str(token), (token.start_pos or 0) + 1)

    def add(self, one: Amount, other: Amount) -> Amount:
        return _added(one, other, 1)

    def subtract(self, one: Amount, other: Amount) -> Amount:
        return _added(one, other, -1)

    def multiply(self, one: Amount, other: Amount) -> Amount:
        return _multiplied(one, other)

    def divide(self, one: Amount, other: Amount) -> Amount:
        return _divided(one, other)

    def negative(self, one: Amount) -> Amount:
        return _multiplied(Amount(Fraction(-1)), one) if not one.is_number else Amount(-one.number)


def _named(name: str, place: int) -> Amount:
    if name in TIMES:
        return Amount(Fraction(TIMES[name]))
    known = names()
    if name not in known:
        near = get_close_matches(name, known, n=3)
        values = {"name": name[:40], "near": ", ".join(near)}
        text = (
            Message("There is no measure or KPI “%(name)s”. Near it: %(near)s.", values)
            if near
            else Message("There is no measure or KPI “%(name)s”. The list beside tells all names.", values)
        )
        raise WrongFormula(text, place)
    if name in MEASURES:
        return Amount(top={name: Fraction(1)})
    kpi = KPIS[name]
    top, bottom = ({term.measure: Fraction(term.sign) for term in side} for side in (kpi.numerator, kpi.denominator))
    return Amount(top=_times(top, Fraction(kpi.scale)), bottom=bottom)


PARSER = Lark(GRAMMAR, parser="lalr", transformer=_Reader())

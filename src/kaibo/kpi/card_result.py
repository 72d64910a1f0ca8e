"""What a whole card comes to: where weights go, the items outside the hundred, the gates, the grade and what it pays.

Exact: Fractions throughout. What is not known yet keeps the score from being final and is named; it is never 0.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from kaibo.kpi.catalog import KPIS
from kaibo.kpi.rules import Card, Gate, Grade, On, Outside, TeamPart
from kaibo.kpi.scoring import NOT_APPLICABLE, CardScore, LineScore, attainment, total

HUNDRED = Fraction(100)


def weights_of(card: Card, not_applicable: Collection[str] = ()) -> dict[str, Fraction]:
    """Line → its weight in the month. Their sum is that of the card, unless nobody is there to take a weight.

    A line that is not applicable gives its weight to the lines it names, by their own weights; what another such line
    is given goes on to those that it names. Where none of them can take it, it stays and is left out.
    """
    own, out = own_weights(card), set(not_applicable)
    gives = {line.kpi: [name for name in line.gives_to if name in own] for line in card.lines}
    found, known = dict(own), dict[str, dict[str, Fraction]]()
    for name in own.keys() & out:
        for taker, share in _takers(name, gives, own, out, known).items():
            found[taker] += own[name] * share
            found[name] -= own[name] * share
    return found


def own_weights(card: Card) -> dict[str, Fraction]:
    """Line → its share of the hundred: its weight, scaled where its section's lines make 100 among themselves."""
    scale = {section.key: section_scale(card, section.key) for section in card.sections}
    return {line.kpi: Fraction(line.weight) * scale.get(line.section, Fraction(1)) for line in card.lines}


def section_scale(card: Card, key: str) -> Fraction:
    section = next(one for one in card.sections if one.key == key)
    among = sum((line.weight for line in card.lines if line.section == key), start=0 * section.weight)
    return Fraction(section.weight) / HUNDRED if among == HUNDRED else Fraction(1)


def _takers(
    name: str, gives: Mapping[str, Sequence[str]], weights: Mapping[str, Fraction], out: Collection[str],
    known: dict[str, dict[str, Fraction]],
) -> dict[str, Fraction]:  # fmt: skip
    """Who takes what share of the line's weight, together all of it; empty where nobody can.

    `known`: what was found before. A ring gives its weight to nobody; no card with one is saved.
    """
    if name not in out:
        return {name: Fraction(1)}
    if name not in known:
        known[name] = {}
        further = {one: _takers(one, gives, weights, out, known) for one in gives[name]}
        whole = sum((weights[one] for one, takers in further.items() if takers), Fraction(0))
        found: dict[str, Fraction] = {}
        for one, takers in further.items():
            for taker, share in takers.items():
                found[taker] = found.get(taker, Fraction(0)) + share * weights[one] / whole
        known[name] = found
    return known[name]


@dataclass(frozen=True)
class OutsideScore:
    """`points` None: how often it happened is not known yet."""

    item: Outside
    times: Fraction | None
    points: Fraction | None


@dataclass(frozen=True)
class CardResult:
    """`score`: points of the lines and of what is outside; None while anything is waited for, see `waiting`.

    `gate`: which one held the grade down. `coefficient`: of the grade, times the team's; None while either is unknown.
    `sections`: key → its points.
    """

    total: CardScore
    outside: tuple[OutsideScore, ...]
    outside_points: Fraction
    score: Fraction | None
    grade: Grade | None = None
    gate: Gate | None = None
    team_coefficient: Fraction | None = None
    coefficient: Fraction | None = None
    waiting: tuple[str, ...] = ()
    sections: Mapping[str, Fraction] = field(default_factory=dict)


def result(
    card: Card,
    lines: Sequence[LineScore],
    counts: Mapping[str, Fraction | None] | None = None,
    team: Fraction | None = None,
) -> CardResult:
    """The card's result. `counts`: what items outside and gates count, by their key; what is not in it is unknown.

    `team`: the value that the team's coefficient is read off.
    """
    told = counts or {}
    out = [one.line.kpi for one in lines if one.waiting == NOT_APPLICABLE]
    summed = total(lines, weights_of(card, out))
    outside = tuple(_outside(item, told.get(item.key)) for item in card.outside)
    extra = _limited(card, sum((one.points or Fraction(0) for one in outside), Fraction(0)))
    waiting = [one.line.kpi for one in lines if one.waits]
    waiting += [one.item.key for one in outside if one.points is None]
    waiting += [gate.key for gate in card.gates if told.get(gate.key) is None]
    score = None if waiting else summed.points + extra
    grade = grade_at(card.grades, score)
    gate = _gate(card, grade, told)
    if gate is not None:
        grade = next((one for one in card.grades if one.key == gate.grade), grade)
    of_team = team_coefficient(card.team, team) if card.team else Fraction(1)
    return CardResult(
        total=summed, outside=outside, outside_points=extra, score=score, grade=grade, gate=gate,
        team_coefficient=of_team if card.team else None,
        coefficient=None if grade is None or of_team is None else Fraction(grade.coefficient) * of_team,
        waiting=tuple(dict.fromkeys(waiting)), sections=_by_section(card, summed),
    )  # fmt: skip


def grade_at(grades: Sequence[Grade], score: Fraction | None) -> Grade | None:
    """The highest grade whose points are reached."""
    if score is None:
        return None
    reached = [one for one in grades if one.at_least is None or score >= Fraction(one.at_least)]
    return max(reached, key=rank, default=None)


def rank(grade: Grade) -> tuple[bool, Fraction]:
    """Grades in order of what they ask."""
    return grade.at_least is not None, Fraction(grade.at_least or 0)


def team_coefficient(part: TeamPart, value: Fraction | None) -> Fraction | None:
    """None where the team's value is unknown, or where no band holds it."""
    if value is None:
        return None
    place: Fraction | None = value
    if part.on is On.ATTAINMENT:
        place = attainment(KPIS[part.kpi].direction, value, part.target) if part.target else None
    hit = None if place is None else next((band for band in part.bands if band.holds(max(place, Fraction(0)))), None)
    return None if hit is None else Fraction(hit.points)


def _gate(card: Card, grade: Grade | None, told: Mapping[str, Fraction | None]) -> Gate | None:
    """The strictest gate that holds the grade down."""
    order = {one.key: rank(one) for one in card.grades}
    shut = [
        gate for gate in card.gates
        if grade is not None and gate.grade in order and (times := told.get(gate.key)) is not None
        and times >= Fraction(gate.at_least) and order[gate.grade] < order[grade.key]
    ]  # fmt: skip
    return min(shut, key=lambda gate: order[gate.grade], default=None)


def _outside(item: Outside, times: Fraction | None) -> OutsideScore:
    return OutsideScore(item, times, None if times is None else item.points(times))


def _limited(card: Card, points: Fraction) -> Fraction:
    low, high = card.outside_floor, card.outside_cap
    points = points if low is None else max(points, Fraction(low))
    return points if high is None else min(points, Fraction(high))


def _by_section(card: Card, summed: CardScore) -> dict[str, Fraction]:
    found = {section.key: Fraction(0) for section in card.sections}
    for one in summed.lines:
        if one.line.section in found:
            found[one.line.section] += summed.points_of(one) or Fraction(0)
    return found

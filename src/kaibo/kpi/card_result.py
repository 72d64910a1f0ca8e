"""What a whole card comes to: where weights go, the items outside the hundred, the gates, the grade and what it pays.

Exact: Fractions throughout. What is not known yet keeps the score from being final and is named; it is never 0. The
score is points per 100 of the weight that counts, and what is outside the hundred: a card whose lines all count gives
the sum of its points.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from kaibo.kpi.band import ZERO, Edge
from kaibo.kpi.catalog import KPIS, Direction
from kaibo.kpi.rules import Card, Gate, Grade, On, Outside, TeamPart
from kaibo.kpi.scoring import NOT_APPLICABLE, CardScore, LineScore, attainment, total

HUNDRED = Fraction(100)
# what is lacking where the team's value gives no coefficient
TEAM_PART = "team"


def weights_of(card: Card, not_applicable: Collection[str] = ()) -> dict[str, Fraction]:
    """Line → its weight in the month. Their sum is that of the card, unless nobody is there to take a weight.

    A line that is not applicable gives its weight to the lines it names, by their own weights; what another such line
    is given goes on to those that it names. Where none of them can take it, it stays and is left out.
    """
    own, out = own_weights(card), set(not_applicable)
    gives = {line.kpi: [name for name in line.gives_to if name in own] for line in card.lines}
    found, known = dict(own), dict[str, dict[str, Fraction]]()
    # in the card's order: what a ring comes to would differ with another
    for name in (one for one in own if one in out):
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
class Counted:
    """A line with the points it has by its own `weight`; None: they are still to come.

    `out`: it does not apply, so that its weight goes to the lines that it names, or else to all that count.
    """

    kpi: str
    weight: Fraction
    points: Fraction | None = None
    out: bool = False


@dataclass(frozen=True)
class OutsideScore:
    """`points` None: how often it happened is not known yet."""

    item: Outside
    times: Fraction | None
    points: Fraction | None


@dataclass(frozen=True)
class Outcome:
    """What lines, items outside, gates and the team come to.

    `points` of `weights` that count, `waiting_weights` of lines that wait. `counted`: line → the weight it counts with.
    `lines_waiting`: lines without points; `lacking`: what else nobody knows yet: keys of items outside and gates,
    TEAM_PART. `score`: None while a line, an item or a gate waits, or where nothing counts. `reached`: the grade
    of the score alone; `gate`: which one held it down to `grade`. `coefficient`: the grade's, times the team's.
    """

    points: Fraction
    weights: Fraction
    waiting_weights: Fraction
    counted: Mapping[str, Fraction]
    outside: tuple[OutsideScore, ...]
    outside_points: Fraction
    score: Fraction | None
    lines_waiting: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    reached: Grade | None = None
    grade: Grade | None = None
    gate: Gate | None = None
    team_coefficient: Fraction | None = None
    coefficient: Fraction | None = None


def outcome(
    card: Card,
    lines: Sequence[Counted],
    counts: Mapping[str, Fraction | None] | None = None,
    team: Fraction | None = None,
    *,
    better: Direction | None = None,
) -> Outcome:
    """What the card comes to. `lines`: those that count or do not apply; what counts for nobody is left away.

    `counts`: what items outside and gates count, by their key; what is not in it is unknown. `team`: the value that the
    team's coefficient is read off; `better`: the direction of that KPI, else the catalog's.
    """
    told = counts or {}
    weights = _counted_weights(card, lines)
    here = [one for one in lines if not one.out]
    known = [(one, one.points) for one in here if one.points is not None]
    points = sum((given * _scale(one, weights) for one, given in known), Fraction(0))
    whole = sum((weights[one.kpi] for one, _given in known), Fraction(0))
    waiting = tuple(one.kpi for one in here if one.points is None)
    outside = tuple(_outside(item, told.get(item.key)) for item in card.outside)
    extra = _limited(card, sum((one.points or Fraction(0) for one in outside), Fraction(0)))
    lacking = [one.item.key for one in outside if one.points is None]
    lacking += [gate.key for gate in card.gates if told.get(gate.key) is None]
    score = None if waiting or lacking or not whole else points * HUNDRED / whole + extra
    reached = grade_at(card.grades, score)
    gate = _gate(card, reached, told)
    grade = reached if gate is None else next((one for one in card.grades if one.key == gate.grade), reached)
    of_team = team_coefficient(card.team, team, better) if card.team else None
    lacking += [TEAM_PART] if card.team and of_team is None else []
    factor = of_team if card.team else Fraction(1)
    return Outcome(
        points=points, weights=whole, waiting_weights=sum((weights[kpi] for kpi in waiting), Fraction(0)),
        counted=weights, outside=outside, outside_points=extra, score=score, lines_waiting=waiting,
        lacking=tuple(dict.fromkeys(lacking)), reached=reached, grade=grade, gate=gate, team_coefficient=of_team,
        coefficient=None if grade is None or factor is None else Fraction(grade.coefficient) * factor,
    )  # fmt: skip


def _counted_weights(card: Card, lines: Sequence[Counted]) -> dict[str, Fraction]:
    """Line → its weight in the month; of a line that the card does not name, or names twice, its own."""
    own = {one.kpi: one.weight for one in lines}
    if len({line.kpi for line in card.lines}) < len(card.lines):
        return own
    there = own.keys() & {line.kpi for line in card.lines}
    found = weights_of(card, [one.kpi for one in lines if one.out])
    return own | {kpi: found[kpi] for kpi in there}


def _scale(one: Counted, weights: Mapping[str, Fraction]) -> Fraction:
    """With more weight a line's points are more by as much."""
    return weights[one.kpi] / one.weight if one.weight else Fraction(1)


def next_grade(card: Card, found: Outcome) -> tuple[Grade, Fraction] | None:
    """The grade above the one that the score reaches, and how many points are missing to the number it begins at.

    None at the best, or unknown. 0: it begins just after the score.
    """
    if found.score is None or found.reached is None:
        return None
    above = [one for one in card.grades if rank(one) > rank(found.reached)]
    upper = min(above, key=rank, default=None)
    if upper is None or upper.start is None:
        return None
    return upper, Fraction(upper.start.number) - found.score


@dataclass(frozen=True)
class CardResult:
    """The same of lines with their values; `waiting`: all that is not known. `sections`: key → its points."""

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
    """What the lines of a month come to; see `outcome`."""
    out = {one.line.kpi for one in lines if one.waiting == NOT_APPLICABLE}
    summed = total(lines, weights_of(card, out))
    found = outcome(
        card,
        [
            Counted(one.line.kpi, Fraction(one.line.weight), one.points, one.line.kpi in out)
            for one in lines
            if one.points is not None or one.waits or one.line.kpi in out
        ],
        counts,
        team,
        better=next(
            (one.value.declared.direction for one in lines if card.team and one.line.kpi == card.team.kpi), None
        ),
    )
    return CardResult(
        total=summed, outside=found.outside, outside_points=found.outside_points, score=found.score, grade=found.grade,
        gate=found.gate, team_coefficient=found.team_coefficient, coefficient=found.coefficient,
        waiting=found.lines_waiting + found.lacking, sections=_by_section(card, summed),
    )  # fmt: skip


def grade_at(grades: Sequence[Grade], score: Fraction | None) -> Grade | None:
    """The highest grade whose points are reached."""
    if score is None:
        return None
    reached = [one for one in grades if one.start is None or one.start.is_passed(score)]
    return max(reached, key=rank, default=None)


def rank(grade: Grade) -> tuple[bool, Edge]:
    """Grades in order of what they ask."""
    return grade.start is not None, grade.start or ZERO


def team_coefficient(part: TeamPart, value: Fraction | None, better: Direction | None = None) -> Fraction | None:
    """None where the team's value is unknown, or where no band holds it.

    `better`: the KPI's direction; else the catalog's. Of a KPI of which less is better nothing at all attains any
    target: the band without an end holds it.
    """
    if value is None:
        return None
    if part.on is not On.ATTAINMENT:
        return _at(part, value)
    direction = better or (KPIS[part.kpi].direction if part.kpi in KPIS else None)
    if direction is None or not part.target:
        return None
    place = attainment(direction, value, part.target)
    if place is None:
        return next((Fraction(band.points) for band in part.bands if band.end is None), None)
    return _at(part, place)


def _at(part: TeamPart, place: Fraction) -> Fraction | None:
    hit = next((band for band in part.bands if band.holds(max(place, Fraction(0)))), None)
    return None if hit is None else Fraction(hit.points)


def _gate(card: Card, grade: Grade | None, told: Mapping[str, Fraction | None]) -> Gate | None:
    """The strictest gate that holds the grade down."""
    order = {one.key: rank(one) for one in card.grades}
    shut = [
        gate for gate in card.gates
        if grade is not None and gate.grade in order and (times := told.get(gate.key)) is not None
        and gate.shuts(times) and order[gate.grade] < order[grade.key]
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

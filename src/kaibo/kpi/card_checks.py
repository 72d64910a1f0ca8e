"""What is wrong with a card beyond its lines: weights, sections, where weights go, items outside, gates, grades."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from kaibo.kpi.band import ZERO, Edge, by_start
from kaibo.kpi.card_result import own_weights, rank
from kaibo.kpi.definition import Route
from kaibo.kpi.measures import Unit
from kaibo.kpi.problem import WHOLE, Kpis, Limit, Problem, Span, plain
from kaibo.kpi.rules import Card, Gate, Grade, On
from kaibo.message import Message


def weights_add_up(card: Card, kpis: Kpis) -> Iterator[Problem]:
    weights = own_weights(card).values() if _names_once(card) else [Fraction(line.weight) for line in card.lines]
    total = sum(weights, Fraction(0))
    if total != WHOLE:
        text = Message("The weights add up to %(total)s, not to 100.", {"total": plain(total)})
        yield Problem(text, code="weights")


def _names_once(card: Card) -> bool:
    return len({line.kpi for line in card.lines}) == len(card.lines)


def sections_add_up(card: Card, kpis: Kpis) -> Iterator[Problem]:
    """Form 12: each line in a section there is, and each section's lines make its weight, or 100 among themselves."""
    known = {section.key for section in card.sections}
    for number, line in enumerate(card.lines, 1):
        if line.section and line.section not in known:
            text = Message(
                "Item %(line)s: there is no section “%(section)s”.", {"line": number, "section": line.section}
            )
            yield Problem(text, number, "section")
        elif known and not line.section:
            text = Message("Item %(line)s stands in no section, though the card has some.", {"line": number})
            yield Problem(text, number, "section")
    for section in card.sections:
        among = sum((line.weight for line in card.lines if line.section == section.key), Decimal(0))
        if among not in (section.weight, WHOLE):
            values = {"section": section.key, "total": plain(among), "weight": plain(section.weight)}
            text = Message(
                "The lines of section “%(section)s” add up to %(total)s; they make its weight %(weight)s, or 100.",
                values,
            )
            yield Problem(text, code="section")
    whole = sum((section.weight for section in card.sections), Decimal(0))
    if card.sections and whole != WHOLE:
        text = Message("The sections add up to %(total)s, not to 100.", {"total": plain(whole)})
        yield Problem(text, code="section")


def weights_go_somewhere(card: Card, kpis: Kpis) -> Iterator[Problem]:
    """Form 13: to other lines of the card, in no ring, so that no weight is lost."""
    gives = {line.kpi: line.gives_to for line in card.lines}
    for number, line in enumerate(card.lines, 1):
        for name in line.gives_to:
            if name not in gives or name == line.kpi:
                values = {"line": number, "kpi": name}
                text = Message("Item %(line)s: its weight cannot go to “%(kpi)s”, no other line of the card.", values)
                yield Problem(text, number, "gives")
        if line.not_applicable and not line.gives_to:
            text = Message(
                "Item %(line)s says when it is not applicable, and not where its weight then goes.", {"line": number}
            )
            yield Problem(text, number, "gives")
        if line.gives_to and line.kpi in _reached(line.kpi, gives):
            text = Message("Item %(line)s: its weight would come back to it.", {"line": number})
            yield Problem(text, number, "gives")


def _reached(start: str, gives: dict[str, tuple[str, ...]]) -> set[str]:
    found: set[str] = set()
    ahead = list(gives.get(start, ()))
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += gives.get(name, ())
    return found


def items_outside_are_bounded(card: Card, kpis: Kpis) -> Iterator[Problem]:
    """Form 14: a deduction has a floor, a bonus a cap, and nothing is counted twice."""
    keys = [item.key for item in card.outside]
    for item in card.outside:
        said = {"item": item.key}
        if not item.each:
            yield Problem(Message("“%(item)s” outside the 100 changes nothing.", said), code="outside")
        if not item.floor <= 0 <= item.cap or (item.each < 0 and not item.floor) or (item.each > 0 and not item.cap):
            text = Message(
                "“%(item)s” outside the 100 needs a limit on its own side of 0: a deduction a floor below, a bonus a "
                "cap above.", said,
            )  # fmt: skip
            yield Problem(text, code="outside")
        if keys.count(item.key) > 1:
            yield Problem(Message("“%(item)s” stands outside the 100 twice.", said), code="outside")
        kpi = kpis.get(item.key)
        if kpi is not None and (kpi.unit is not Unit.COUNT or kpi.denominator):
            yield Problem(Message("“%(item)s” outside the 100 is no number of occurrences.", said), code="outside")
        if kpi is None and not (item.zh.strip() or item.en.strip()):
            text = Message("“%(item)s” outside the 100 is no KPI and has no words: nobody knows what to count.", said)
            yield Problem(text, code="outside")
    if (card.outside_floor or 0) > 0 or (card.outside_cap or 0) < 0:
        yield Problem(
            Message("What is outside the 100 is limited to at most 0 below and at least 0 above."), code="outside"
        )


def grades_are_a_ladder(card: Card, kpis: Kpis) -> Iterator[Problem]:
    """Form 17: one lowest grade without a limit, the others above it and within reach, better ones pay no less.

    Where one says where it ends, the next one begins there.
    """
    if not card.grades:
        return
    if len({grade.key for grade in card.grades}) < len(card.grades):
        yield Problem(Message("Two grades have the same name."), code="grade")
    if sum(grade.start is None for grade in card.grades) != 1:
        text = Message(
            "The lowest grade has no limit below, so that every score has a grade; there is to be one of it."
        )
        yield Problem(text, code="grade")
    in_order = sorted(card.grades, key=rank)
    for lower, upper in pairwise(in_order):
        values = {"grade": upper.key, "other": lower.key}
        if lower.start == upper.start:
            yield Problem(Message("Grades “%(grade)s” and “%(other)s” begin at the same points.", values), code="grade")
        elif lower.end is not None and upper.start is not None and lower.end != upper.start:
            yield _not_touching(lower, upper, lower.end, upper.start)
        if upper.coefficient < lower.coefficient:
            yield Problem(Message("Grade “%(grade)s” pays less than “%(other)s” below it.", values), code="grade")
    for one in in_order:
        yield from _grade_faults(one, _most(card))
    yield from _above_the_best(in_order[-1], _most(card))


def _not_touching(lower: Grade, upper: Grade, end: Edge, start: Edge) -> Problem:
    """Where a grade ends that says it, the next one begins."""
    values: dict[str, object] = {"grade": upper.key, "other": lower.key}
    first, last = min(end, start), max(end, start)
    if first.number == last.number:
        values["points"] = plain(first.number)
        text = (
            Message("Exactly %(points)s points are neither in grade “%(other)s” nor in “%(grade)s”.", values)
            if end < start
            else Message("Exactly %(points)s points are in both grades, “%(other)s” and “%(grade)s”.", values)
        )
        return Problem(text, code="grade")
    values["stretch"] = Span(Limit(first.number), Limit(last.number), first.after, last.after)
    text = (
        Message("Points %(stretch)s are neither in grade “%(other)s” nor in “%(grade)s”.", values)
        if end < start
        else Message("Points %(stretch)s are in both grades, “%(other)s” and “%(grade)s”.", values)
    )
    return Problem(text, code="grade")


def _grade_faults(one: Grade, best: Fraction) -> Iterator[Problem]:
    """It holds something, somebody can reach it, and it takes no money away."""
    start, end = one.start, one.end
    if start is not None and end is not None and end <= start:
        yield Problem(Message("Grade “%(grade)s” ends where it begins, or before.", {"grade": one.key}), code="grade")
    if start is not None and not start.is_passed(best):
        values = {"grade": one.key, "points": plain(start.number), "most": plain(best)}
        text = (
            Message("Grade “%(grade)s” begins above %(points)s points; the card gives %(most)s at most.", values)
            if start.after
            else Message("Grade “%(grade)s” begins at %(points)s points; the card gives %(most)s at most.", values)
        )
        yield Problem(text, code="reach")
    if one.coefficient < 0:
        yield Problem(Message("Grade “%(grade)s” pays less than nothing.", {"grade": one.key}), code="grade")


def _above_the_best(best: Grade, most: Fraction) -> Iterator[Problem]:
    if best.end is not None and best.end.is_passed(most):
        values = {"grade": best.key, "points": plain(best.end.number), "most": plain(most)}
        text = Message("Grade “%(grade)s” ends at %(points)s points; the card gives up to %(most)s.", values)
        yield Problem(text, code="grade")


def _most(card: Card) -> Fraction:
    """The most points that the card can give."""
    shares = own_weights(card)
    lines = [line for line in card.lines if line.weight]
    most = sum((Fraction(line.max_points) * shares[line.kpi] / Fraction(line.weight) for line in lines), Fraction(0))
    extra = sum((Fraction(item.cap) for item in card.outside), Fraction(0))
    return most + (extra if card.outside_cap is None else min(extra, Fraction(card.outside_cap)))


def gates_hold_something(card: Card, kpis: Kpis) -> Iterator[Problem]:
    """Form 11: at a grade of the card that is not the best, from at least one occurrence on, with words."""
    order = [grade.key for grade in sorted(card.grades, key=rank)]
    for gate in card.gates:
        said = {"gate": gate.key, "grade": gate.grade}
        if gate.grade not in order:
            text = Message("The gate “%(gate)s” names the grade “%(grade)s”, which the card does not have.", said)
            yield Problem(text, code="gate")
        elif gate.grade == order[-1]:
            text = Message("The gate “%(gate)s” holds nobody: “%(grade)s” is the best grade.", said)
            yield Problem(text, code="gate")
        if gate.start <= ZERO:
            yield Problem(
                Message("The gate “%(gate)s” would be shut for everybody: it begins at 0.", said), code="gate"
            )
        yield from _gate_counts(gate, kpis)


def _gate_counts(gate: Gate, kpis: Kpis) -> Iterator[Problem]:
    kpi = kpis.get(gate.key)
    if kpi is not None and (kpi.unit is not Unit.COUNT or kpi.denominator):
        yield Problem(Message("The gate “%(gate)s” is no number of occurrences.", {"gate": gate.key}), code="gate")
    if gate.key not in kpis and not (gate.zh.strip() or gate.en.strip()):
        text = Message(
            "The gate “%(gate)s” is no KPI and has no words: nobody knows what to count.", {"gate": gate.key}
        )
        yield Problem(text, code="gate")


def team_has_a_coefficient(card: Card, kpis: Kpis) -> Iterator[Problem]:
    """Form 16: from 0 up without a hole, never below nothing."""
    team = card.team
    if team is None:
        return
    if team.kpi not in kpis:
        yield Problem(Message("The team's coefficient: there is no KPI “%(kpi)s”.", {"kpi": team.kpi}), code="team")
    elif Route.TEAM not in kpis[team.kpi].routes:
        values = {"kpi": team.kpi}
        text = Message("The team's coefficient: “%(kpi)s” goes by shift alone; a team has no value of it.", values)
        yield Problem(text, code="team")
    if team.on is On.ATTAINMENT and not (team.target and team.target > 0):
        yield Problem(Message("The team's coefficient needs a target above 0."), code="team")
    bands = sorted(team.bands, key=by_start)
    ends = [(a.end, b.start) for a, b in pairwise(bands)]
    open_ends = bool(bands) and (bands[0].start or ZERO) <= ZERO and bands[-1].end is None
    if not open_ends or any(one is None or one != other for one, other in ends):
        text = Message("The team's coefficient has a hole or an overlap between its bands: each begins where one ends.")
        yield Problem(text, code="team")
    if any(band.points < 0 for band in bands):
        yield Problem(Message("The team's coefficient is below 0 in a band."), code="team")


CARD_CHECKS: tuple[Callable[[Card, Kpis], Iterator[Problem]], ...] = (
    weights_add_up,
    sections_add_up,
    weights_go_somewhere,
    items_outside_are_bounded,
    grades_are_a_ladder,
    gates_hold_something,
    team_has_a_coefficient,
)

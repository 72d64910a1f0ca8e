"""A review's grade in words: why this one, what held it down, what is missing to the next, what it waits for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from django.utils.translation import gettext as _

from kaibo.appraisal import wording
from kaibo.appraisal.cycle.review_models import CardTerms, Review, ReviewLine
from kaibo.appraisal.cycle.scores import TEAM_OUT, mark_of_times, open_parts, outcome_of, times_of
from kaibo.appraisal.cycle.terms import Terms, terms_of
from kaibo.appraisal.limits import places
from kaibo.appraisal.own_cards.store import known_kpi
from kaibo.kpi.band import Edge
from kaibo.kpi.card_result import TEAM_PART, Outcome, next_grade, rank
from kaibo.kpi.measures import Unit
from kaibo.kpi.rules import Card, Gate, Grade, Outside
from kaibo.look import numbers


@dataclass(frozen=True)
class PartRow:
    """An item outside the hundred, or a gate. `times` \"\": nobody knows yet. `by_hand`: a person wrote it down.

    `seen`: what a form carries of it, see scores.mark_of_times.
    """

    key: str
    title: str
    rule: str
    times: str
    points: str
    by_hand: bool
    seen: str


@dataclass(frozen=True)
class Graded:
    """`why`: sentences. `waits`: what keeps the grade from being known. `items`: what is outside the hundred.

    `team_lacks`: the team's figure is not there; `team_out`: the team's part does not apply, as a person said.
    """

    title: str
    coefficient: str
    why: Sequence[str]
    waits: Sequence[str]
    items: Sequence[PartRow]
    gates: Sequence[PartRow]
    has_grades: bool
    team_lacks: bool
    team_out: bool


def graded(review: Review, lines: Iterable[ReviewLine]) -> Graded | None:
    """None where the card has neither grades nor anything outside its hundred. No query beside that of the terms."""
    terms = terms_of(review)
    card = terms.card
    if not (card.grades or card.outside or card.gates or card.team):
        return None
    found = outcome_of(review, lines)
    title = "" if found.grade is None else words_of(found.grade)
    return Graded(
        title=title, coefficient=coefficient_text(found.coefficient), why=list(_why(review, terms, found)),
        waits=waits(review, found.lacking, len(found.lines_waiting)), items=_items(review, found),
        gates=_gates(review, card), has_grades=bool(card.grades),
        team_lacks=TEAM_PART in found.lacking and card.team is not None, team_out=_team_out(review, card),
    )  # fmt: skip


def _team_out(review: Review, card: Card) -> bool:
    return card.team is not None and TEAM_OUT in (review.written or {})


def named_parts(card: Card) -> list[Gate | Outside]:
    """Of a key that both name, the item outside goes last."""
    return [*card.gates, *card.outside]


def words_of(part: Grade | Gate | Outside) -> str:
    """In the reader's language; of a KPI its name."""
    return numbers.either(part.zh, part.en) or _called(part.key)


def _called(key: str) -> str:
    kpi = known_kpi(key)
    return wording.title(kpi) if kpi else key


def coefficient_text(number: Fraction | None) -> str:
    return "" if number is None else f"× {_plain(number)}"


def _plain(number: Fraction | Decimal) -> str:
    """As many places as there are; of what is no decimal of a card four."""
    exact = Fraction(number)
    if isinstance(number, Decimal):
        return numbers.fixed(exact, places(exact, 0))
    shown = next((n for n in (0, 1, 2, 3) if exact * 10**n == int(exact * 10**n)), 4)
    return numbers.fixed(exact, shown)


def places_of(score: Fraction, *limits: Edge | None) -> int:
    """One, or more where the score so written would stand on the other side of a limit than it does."""
    rounded = {n: Fraction(floor(score * 10**n + Fraction(1, 2)), 10**n) for n in (1, 2, 3)}
    edges = [one for one in limits if one is not None]
    return next(
        (n for n, shown in rounded.items() if all(one.is_passed(shown) == one.is_passed(score) for one in edges)), 4
    )


def _why(review: Review, terms: Terms, found: Outcome) -> Iterable[str]:
    card = terms.card
    above = next_grade(card, found)
    ahead = above[0].start if above else None
    shown = places_of(found.score or Fraction(0), ahead, found.reached.start if found.reached else None)
    if found.reached is not None and found.score is not None:
        yield _reached(found.reached, numbers.fixed(found.score, shown), ahead)
    if found.gate is not None and found.grade is not None:
        times = times_of(review).get(found.gate.key)
        said = {
            "what": words_of(found.gate), "times": _times(found.gate.key, times or Fraction(0)),
            "least": _plain(found.gate.start.number), "grade": words_of(found.grade),
        }  # fmt: skip
        text = _("Held down by “%(what)s”: %(times)s times, and from %(least)s on the grade is %(grade)s at best.")
        if found.gate.start.after:
            text = _(
                "Held down by “%(what)s”: %(times)s times, and with more than %(least)s the grade is %(grade)s at best."
            )
        yield text % said
    if above is not None and ahead is not None:
        yield _missing(above[0], ahead, above[1], shown)
    if _team_out(review, card) and found.grade is not None:
        text = _("The team's part is left out: the coefficient is the grade's own, %(own)s.")
        yield text % {"own": _plain(found.grade.coefficient)}
    if card.team is not None and found.team_coefficient is not None and found.grade is not None:
        value = Fraction(review.beside["team"]) if (review.beside or {}).get("team") else None
        said = {
            "own": _plain(found.grade.coefficient), "team": _plain(found.team_coefficient),
            "kpi": _called(card.team.kpi), "of": _team_of(review),
            "value": wording.figure(Unit(terms.unit), value) if terms.unit else "",
            "whole": _plain(found.coefficient or Fraction(0)),
        }  # fmt: skip
        if said["of"]:
            yield _("Coefficient %(own)s of the grade × %(team)s of %(of)s (%(kpi)s %(value)s) = %(whole)s.") % said
        else:
            yield _("Coefficient %(own)s of the grade × %(team)s of the team (%(kpi)s %(value)s) = %(whole)s.") % said


def _reached(reached: Grade, score: str, ahead: Edge | None) -> str:
    """Why this grade. `ahead`: where the next one begins."""
    told = {"grade": words_of(reached), "score": score}
    if reached.start is None:
        if ahead is not None and ahead.after:
            return _("%(score)s points pass no limit of the grade table: grade %(grade)s.") % told
        return _("%(score)s points are below every limit of the grade table: grade %(grade)s.") % told
    told["least"] = _plain(reached.start.number)
    if reached.start.after:
        return _("%(score)s points: grade %(grade)s begins above %(least)s.") % told
    return _("%(score)s points: grade %(grade)s begins at %(least)s.") % told


def _missing(upper: Grade, ahead: Edge, points: Fraction, shown: int) -> str:
    """What the next grade asks for."""
    told = {"grade": words_of(upper), "points": numbers.fixed(points, shown), "limit": _plain(ahead.number)}
    if not ahead.after:
        return _("%(points)s points are missing to grade %(grade)s.") % told
    if not points:
        return _("Grade %(grade)s begins above %(limit)s points: exactly %(limit)s are not enough.") % told
    return _("More than %(points)s points are missing to grade %(grade)s, which begins above %(limit)s.") % told


def gate_rule(gate: Gate, grades: Iterable[Grade]) -> str:
    """“from 3 on: grade B at best”, “more than 3: grade B at best”."""
    titles = {one.key: words_of(one) for one in grades}
    told = {"n": _plain(gate.start.number), "grade": titles.get(gate.grade, gate.grade)}
    if gate.start.after:
        return _("more than %(n)s: grade %(grade)s at best") % told
    return _("from %(n)s on: grade %(grade)s at best") % told


def _team_of(review: Review) -> str:
    """The departments whose rooms the team's figure is of; "" where it is all rooms'."""
    named: Sequence[tuple[str, str]] = (review.beside or {}).get("team_of", ())
    return numbers.listed(numbers.either(zh, en) for zh, en in named)


def waits(review: Review, lacking: Sequence[str], lines: int = 0) -> list[str]:
    """What nobody knows yet, each in words."""
    card = terms_of(review).card
    parts = {one.key: words_of(one) for one in named_parts(card)}
    found = [_("items without points")] if lines else []
    for key in lacking:
        if key == TEAM_PART and card.team is not None and key not in parts:
            name = _called(card.team.kpi)
            found.append(_("the team's figure “%(kpi)s”") % {"kpi": name})
        else:
            found.append(_("how often: %(what)s") % {"what": parts.get(key, key)})
    return found


def _times(key: str, times: Fraction) -> str:
    """How often; of a card from before gates had to count something, the figure in its KPI's unit, amounts withheld."""
    kpi = known_kpi(key)
    return _plain(times) if kpi is None or kpi.unit is Unit.COUNT else wording.figure(kpi.unit, times)


def _of_how_many(review: Review, key: str, rule: str) -> str:
    told = open_parts(review).get(key, {})
    if "of_sessions" not in told:
        return rule
    return f"{rule} · {wording.partial(told['sessions'], told['of_sessions'], told.get('in_part', 0))}"


def _items(review: Review, found: Outcome) -> list[PartRow]:
    rows = []
    for one in found.outside:
        rule = _("%(each)s each, %(low)s to %(high)s") % {
            "each": numbers.signed(one.item.each), "low": _plain(one.item.floor), "high": _plain(one.item.cap),
        }  # fmt: skip
        times = "" if one.times is None else _plain(one.times)
        points = numbers.MISSING if one.points is None else numbers.signed(one.points) or numbers.points(one.points)
        rows.append(
            PartRow(
                one.item.key,
                words_of(one.item),
                _of_how_many(review, one.item.key, rule),
                times,
                points,
                one.item.key in (review.written or {}),
                mark_of_times(review, one.item.key),
            )
        )
    return rows


def _gates(review: Review, card: Card) -> list[PartRow]:
    known = times_of(review)
    outside = {one.key for one in card.outside}
    rows = []
    for gate in card.gates:
        times = known.get(gate.key)
        rows.append(
            PartRow(
                "" if gate.key in outside else gate.key, words_of(gate),
                _of_how_many(review, gate.key, gate_rule(gate, card.grades)),
                "" if times is None else _times(gate.key, times), "",
                gate.key in (review.written or {}), mark_of_times(review, gate.key),
            )
        )  # fmt: skip
    return rows


def with_terms(reviews: Sequence[Review]) -> Sequence[Review]:
    """The reviews with what they are graded by, which many of them share: one query."""
    wanted = {one.terms_id for one in reviews if one.terms_id is not None}
    there = CardTerms.objects.in_bulk(wanted) if wanted else {}
    for one in reviews:
        if one.terms_id is not None:
            one.terms = there[one.terms_id]
    return reviews


def grade_title(review: Review) -> str:
    """\"\" where it has none, or none yet."""
    if not review.grade:
        return ""
    grades = terms_of(review).card.grades
    return next((words_of(one) for one in grades if one.key == review.grade), review.grade)


def grades_in_order(review: Review) -> list[tuple[str, str]]:
    """(key, title) of its card's grades, the best first."""
    return [(one.key, words_of(one)) for one in sorted(terms_of(review).card.grades, key=rank, reverse=True)]


def moved_weight(line: ReviewLine, found: Outcome) -> Fraction | None:
    """The weight that a line counts with, where that is another than its own."""
    weight = found.counted.get(line.key)
    return None if weight is None or weight == Fraction(line.weight) or line.left_out else weight

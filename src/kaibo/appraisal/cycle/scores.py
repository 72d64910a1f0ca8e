"""A review's sums from its lines, and what differs between two of them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kaibo.appraisal.cycle.review_models import LineKind, Review, ReviewLine
from kaibo.appraisal.cycle.terms import terms_of
from kaibo.audit.seen import mark_of
from kaibo.kpi.card_result import Counted, Outcome, outcome
from kaibo.kpi.scoring import NOT_APPLICABLE, NOT_COUNTED, as_decimal

# what a review says besides its lines
SUMS = (
    "points", "points_order", "weights", "waiting_weights", "waiting", "provisional", "immature_until", "hundred",
    "outside_points", "lacking", "grade", "gate", "team_coefficient", "coefficient",
)  # fmt: skip
# of those, what a change is written down for
TOLD = ("points", "weights", "outside_points", "grade", "gate", "coefficient", "hundred")
# how a review says, among what people wrote down, that the team's part does not apply; its figure's mark in `open`, too
TEAM_OUT = "-team"
# how often something outside the hundred can have happened in a month
MOST_TIMES = 999
COUNTS_NOTHING = (NOT_COUNTED, NOT_APPLICABLE)


def counts(line: ReviewLine) -> bool:
    """Whether the line is part of the score at all: what does not apply has given its weight to the others."""
    return _there(line) and not line.left_out and line.waiting not in COUNTS_NOTHING


def _there(line: ReviewLine) -> bool:
    return not line.gone and line.kind != LineKind.LATER and line.waiting != NOT_COUNTED


def outcome_of(review: Review, lines: Iterable[ReviewLine]) -> Outcome:
    """What the review comes to by the card that is frozen with it."""
    terms = terms_of(review)
    card = replace(terms.card, team=None) if TEAM_OUT in (review.written or {}) else terms.card
    there = [Counted(line.key, Fraction(line.weight), line.points, not counts(line)) for line in lines if _there(line)]
    team = (review.beside or {}).get("team")
    return outcome(card, there, times_of(review), None if team is None else Fraction(team), better=terms.better)


def points_outside(review: Review, key: str) -> Fraction | None:
    """What the item outside the hundred gives; None for what nobody knows, and for a gate."""
    found = outcome_of(review, review.lines.all()).outside
    return next((one.points for one in found if one.item.key == key), None)


def times_of(review: Review) -> dict[str, Fraction | None]:
    """How often what is outside the hundred, and what gates count, happened: as written down, else as it was kept."""
    told: dict[str, str | None] = {**(review.beside or {}).get("counts", {}), **(review.written or {})}
    return {key: None if number is None else Fraction(number) for key, number in told.items() if key != TEAM_OUT}


def said_of(review: Review, key: str) -> str | None:
    """What counts of it: as a person wrote it down, else as it was kept."""
    told: dict[str, str | None] = {**(review.beside or {}).get("counts", {}), **(review.written or {})}
    return told.get(key)


def mark_of_times(review: Review, key: str) -> str:
    """What a form carries of how often something happened as its writer saw it; see audit.seen."""
    return mark_of({"key": key, "times": times_of(review).get(key), "written": (review.written or {}).get(key)})


def open_parts(review: Review) -> dict[str, dict[str, Any]]:
    """What is not final or not whole of what is outside the hundred and of the team's figure, see beside; what a person
    wrote down is both.
    """
    told: dict[str, dict[str, Any]] = (review.beside or {}).get("open", {})
    return {key: one for key, one in told.items() if key not in (review.written or {})}


def sum_up(review: Review, lines: Iterable[ReviewLine]) -> None:
    """Set the review's sums, grade and coefficient from its lines; saves nothing."""
    lines = list(lines)
    found = outcome_of(review, lines)
    review.points, review.weights = found.points, as_decimal(found.weights)
    review.waiting_weights = as_decimal(found.waiting_weights)
    review.waiting, review.lacking = len(found.lines_waiting) + len(found.lacking), list(found.lacking)
    review.outside_points = found.outside_points
    review.hundred = found.points * 100 / found.weights + found.outside_points if found.weights else None
    review.points_order = None if found.score is None or review.waiting else float(found.score)
    review.grade, review.gate = found.grade.key if found.grade else "", found.gate.key if found.gate else ""
    review.team_coefficient, review.coefficient = found.team_coefficient, found.coefficient
    counted = [line for line in lines if counts(line)]
    unsure = open_parts(review).values()
    review.provisional = any(line.provisional for line in counted) or any("provisional" in one for one in unsure)
    days = [line.immature_until for line in counted if line.immature_until]
    days += [date.fromisoformat(one["immature_until"]) for one in unsure if "immature_until" in one]
    review.immature_until = max(days, default=None)


def told_sums(review: Review) -> dict[str, Any]:
    """What a change of the review is written down for."""
    return {name: getattr(review, name) for name in TOLD}


def save_sums(review: Review) -> None:
    """Read the review's lines anew, sum them up and save the sums."""
    sum_up(review, review.lines.all())
    review.save(update_fields=SUMS)


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, str | None], dict[str, str | None]]:
    """What differs, as text, before and after."""
    names = [name for name in before if before[name] != after[name]]
    return {name: text(before[name]) for name in names}, {name: text(after[name]) for name in names}


def text(value: object) -> str | None:
    """A number as text, without digits that say nothing."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return None if value is None else str(value)

"""A kept score and its card as the rows of a review: nothing is computed here, every part finds its column."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from kaibo.appraisal.cards import DefaultCard, RatedLine
from kaibo.appraisal.cycle.review_models import LineKind, RaterKind, Review, ReviewLine
from kaibo.appraisal.cycle.terms import said
from kaibo.appraisal.month_lines import NO_ROOM, NO_SHIFT
from kaibo.kpi.canonical import plain
from kaibo.kpi.catalog import Route
from kaibo.kpi.rules import Line, Rater
from kaibo.kpi.scoring import NOT_RATED
from kaibo.kpi.values import NOT_NAMED

# counts up when a review copies something more
FORMAT = 5
NO_DATA = "no_data"
# why there is no figure of who was on no shift, is named by no row and answers for no room
UNKNOWN = {Route.DIRECT: NOT_NAMED, Route.ACCOUNT: NO_ROOM}
# who gives the points of a rated line where the card says nothing: the manager alone
MANAGER_ALONE: Mapping[str, str] = {RaterKind.MANAGER: "1"}
# the card's kinds of raters as reviews have them
KINDS: Mapping[Rater, RaterKind] = {
    Rater.SELF: RaterKind.SELF,
    Rater.SUPERIOR: RaterKind.MANAGER,
    Rater.PEER: RaterKind.PEER,
    Rater.REPORT: RaterKind.UPWARD,
    Rater.OTHER_DEPARTMENT: RaterKind.OTHER_DEPARTMENT,
    Rater.HR: RaterKind.HR,
}
KEPT = (
    "number", "kpi", "weight", "numerator", "denominator", "top", "bottom", "missing", "lacking", "sessions",
    "of_sessions", "in_part", "provisional", "immature_until", "target", "attainment", "measured_points", "points",
    "waiting",
)  # fmt: skip
# what a review's line takes over when it is computed again
WRITTEN = (*KEPT, "kind", "zh", "en", "anchors", "raters", "computed_points", "gone")


def digest(kept: str, beside: str) -> str:
    """Of everything that a review copies: the kept score's own digest, and what its card says besides."""
    return hashlib.sha256(f"{FORMAT} {kept} {beside}".encode()).hexdigest()


def beside(card: DefaultCard) -> str:
    """What a card says that no kept score does."""
    told = [said(card), card.role, card.version, [plain(one) for one in card.rated], [plain(one) for one in card.later]]
    return json.dumps(told, sort_keys=True, default=str)


def lines_of(review: Review, kept: Iterable[Sequence[Any]], card: DefaultCard | None) -> list[ReviewLine]:
    """Unsaved lines: those of the kept score (rows of KEPT), then what people rate, then what has no data yet.

    Who has no score, because they were on no shift, has the card's lines all the same: without figures, to be rated.
    """
    found: dict[str, ReviewLine] = {}
    kept = list(kept)
    if not kept and card is not None:
        for line in _lines_without(review, card):
            found[line.key] = line
    for row in kept:
        told = dict(zip(KEPT, row, strict=True))
        line = ReviewLine(review=review, key=_key(told["kpi"], found), computed_points=told["points"], **told)
        found[line.key] = line
    if card is not None:
        for line in _lines_beside(review, card, len(found) + 1):
            line.key = _key(line.kpi, found)
            found[line.key] = line
    return list(found.values())


def _lines_without(review: Review, card: DefaultCard) -> Iterator[ReviewLine]:
    for number, line in enumerate(card.card.lines, 1):
        why = UNKNOWN.get(line.by, NO_SHIFT)
        yield ReviewLine(
            review=review, number=number, key=line.kpi, kpi=line.kpi, weight=line.weight, missing=why, waiting=why
        )


def _key(kpi: str, found: Mapping[str, object]) -> str:
    """The KPI's, with a number from the second line on the same one."""
    if kpi not in found:
        return kpi
    return next(key for n in range(2, 100) if (key := f"{kpi}#{n}") not in found)


def _lines_beside(review: Review, card: DefaultCard, first: int) -> Iterator[ReviewLine]:
    number = first
    for one in card.rated:
        yield ReviewLine(
            review=review, number=number, kind=LineKind.RATED, kpi=one.line.kpi, zh=one.zh[:60], en=one.en[:60],
            weight=one.line.weight, anchors=_anchors(one), raters=_raters(one.line), waiting=NOT_RATED,
        )  # fmt: skip
        number += 1
    for later in card.later:
        yield ReviewLine(
            review=review, number=number, kind=LineKind.LATER, kpi=later.key, weight=later.weight, waiting=NO_DATA
        )
        number += 1


def _raters(line: Line) -> dict[str, str]:
    return {str(KINDS[one.rater]): _text(one.weight) for one in line.raters} or dict(MANAGER_ALONE)


def _anchors(one: RatedLine) -> list[dict[str, str]]:
    """Most points first."""
    ordered = sorted(one.anchors, key=lambda anchor: -anchor.points)
    return [{"points": _text(anchor.points), "zh": anchor.zh, "en": anchor.en} for anchor in ordered]


def _text(number: Decimal) -> str:
    return f"{number.normalize():f}"

"""What items of scorecards that rows name by their keys are called, on the card that the row's review was made by.

Keys are a card's own (`item_1`, `serious`), so each review's say something else. Two queries, however many rows.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from kaibo.appraisal.cycle.graded import named_parts, words_of
from kaibo.appraisal.cycle.review_models import Review, ReviewLine
from kaibo.appraisal.cycle.terms import terms_of
from kaibo.appraisal.own_cards.store import known_kpi
from kaibo.audit.models import AuditEvent
from kaibo.look.ids import id_of
from kaibo.look.numbers import either

REVIEW = "appraisal.review"
NAMES = ("line", "item", "given")
MOST = 10

Titles = Mapping[str, Mapping[str, str]]


def review_of(row: AuditEvent, pk: str) -> str:
    """The id of the review that a row speaks of; "" where it speaks of none. `pk`: of which of its records."""
    return pk if row.target_type == REVIEW else str(row.of(pk).get("review") or "")


def titles(rows: Iterable[AuditEvent]) -> Titles:
    """Review → key → title of what no KPI is called, of the reviews that the rows speak of."""
    wanted = {one for row in rows for one in _named(row)}
    reviews = {int(review) for review, _key in wanted}
    found: dict[str, dict[str, str]] = {}
    if not wanted:
        return found
    lines = ReviewLine.objects.filter(review__in=reviews, key__in={key for _review, key in wanted}).order_by()
    for review, key, zh, en in lines.values_list("review", "key", "zh", "en"):
        found.setdefault(str(review), {})[key] = either(zh, en) or key
    lacking = {int(review) for review, key in wanted if key not in found.get(review, {})}
    of_cards = Review.objects.filter(pk__in=lacking).select_related("terms").only("terms") if lacking else ()
    for one in of_cards:
        parts = {part.key: words_of(part) for part in named_parts(terms_of(one).card)}
        found[str(one.pk)] = parts | found.get(str(one.pk), {})
    return found


def _named(row: AuditEvent) -> Iterator[tuple[str, str]]:
    """(review, key) of every item that a row names and no KPI is called; of a bulk row those of its first records."""
    for pk, own in islice(row.each(), MOST):
        keys = [key for name in NAMES for key in _keys(own.get(name)) if known_kpi(key) is None]
        review = review_of(row, pk) if keys else ""
        if id_of(review) is not None:
            yield from ((review, key) for key in keys)


def _keys(value: Any) -> list[str]:
    return list(value) if isinstance(value, Mapping) else [value] if isinstance(value, str) and value else []

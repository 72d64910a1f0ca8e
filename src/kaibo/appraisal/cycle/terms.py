"""What reviews are graded by: frozen with them, so that a later card or release changes no review."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from kaibo.appraisal.cards import DefaultCard
from kaibo.appraisal.cycle.review_models import CardTerms, Review
from kaibo.kpi.canonical import dumps, plain, restored
from kaibo.kpi.catalog import Direction
from kaibo.kpi.rules import Card


@dataclass(frozen=True)
class Terms:
    """`better`: the direction of the team's KPI; `unit`: what a value of it is written in."""

    card: Card
    better: Direction | None = None
    unit: str = ""


NOTHING = Terms(Card(()))


def said(card: DefaultCard) -> str:
    """As one line of JSON; "" where the card contradicts itself."""
    if card.faults:
        return ""
    kpi = card.known_kpis.get(card.card.team.kpi) if card.card.team else None
    return dumps(plain(Terms(card.whole, kpi.direction if kpi else None, kpi.unit if kpi else "")))


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def kept_terms(cards: Mapping[str, DefaultCard]) -> dict[str, CardTerms]:
    """Role → the row of what its card says; new rows are written. A query or two."""
    texts = {role: text for role, card in cards.items() if (text := said(card))}
    digests = {role: digest_of(text) for role, text in texts.items()}
    there = _there(digests.values())
    if missing := {digests[role]: text for role, text in texts.items() if digests[role] not in there}:
        CardTerms.objects.bulk_create(
            [CardTerms(digest=digest, data=text) for digest, text in sorted(missing.items())], ignore_conflicts=True
        )
        there = _there(digests.values())
    return {role: there[digest] for role, digest in digests.items()}


def _there(digests: Iterable[str]) -> dict[str, CardTerms]:
    return {one.digest: one for one in CardTerms.objects.filter(digest__in=sorted(set(digests)))}


def terms_of(review: Review) -> Terms:
    """A query where the review was read without them."""
    return NOTHING if review.terms is None else _restored(review.terms.data)


@lru_cache(maxsize=64)
def _restored(text: str) -> Terms:
    return restored(Terms, json.loads(text))

"""Decisions about doubtful orders that hold now, as the computation reads them, and their history for pages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from kaibo.live.models import Account, MatchDecision, Session
from kaibo.live.spans import heads


@dataclass(frozen=True)
class Decision:
    """Orders with an instant in [start, end) of the lane, and of the product or line where one is named.

    The lane: `account`, or else any room of `platform` (if it says one) that sells in `currency`.
    `sessions`: none (of no session), one (its own) or several that share by `weights`, in the same order.
    """

    id: int
    start: datetime
    end: datetime
    account: int | None
    currency: str
    platform: str
    product_id: str
    sub_order: str
    sessions: tuple[int, ...]
    weights: tuple[int, ...]

    def rooms(self, accounts: Iterable[Account]) -> tuple[int, ...]:
        """Those of `accounts` whose orders it speaks of."""
        if self.account is not None:
            return (self.account,)
        there = [a for a in accounts if a.currency == self.currency and self.platform in ("", a.platform)]
        return tuple(account.pk for account in there)


def decisions_in_force(start: datetime, end: datetime) -> list[Decision]:
    """Those that touch [start, end), newest first: of two that fit an order, the first counts.

    A part of a broken broadcast stands for the whole. A decision whose sessions are all gone does not hold: its
    orders are as doubtful as before; of several, those that are there share.
    """
    found = list(
        MatchDecision.objects.filter(undone=False, start__lt=end, end__gt=start)
        .prefetch_related("choices")
        .order_by("-pk")
    )
    living = heads(choice.session_id for one in found for choice in one.choices.all())
    return [decision for one in found if (decision := _decision(one, living)) is not None]


def _decision(one: MatchDecision, living: dict[int, int]) -> Decision | None:
    choices = list(one.choices.all())
    weights: dict[int, int] = {}
    for choice in choices:
        if choice.session_id in living:
            head = living[choice.session_id]
            weights[head] = weights.get(head, 0) + choice.weight
    if choices and not weights:
        return None
    sessions = tuple(sorted(weights))
    return Decision(
        one.pk, one.start, one.end, one.account_id, one.currency, one.platform, one.product_id, one.sub_order, sessions,
        tuple(weights[session] for session in sessions),
    )  # fmt: skip


def history_of_matches(sessions: Iterable[Session]) -> QuerySet[MatchDecision]:
    """Every decision that chose one of these sessions or covers a time in which it was on air, newest first."""
    there = list(sessions)
    chosen = MatchDecision.objects.filter(choices__session__in=there)
    spans = MatchDecision.objects.none()
    for session in there:
        room = session.account
        lane = Q(account=room) | Q(account=None, currency=room.currency, platform__in=["", room.platform])
        spans = spans | MatchDecision.objects.filter(
            lane, start__lt=session.end, end__gt=session.start, choices__isnull=True
        )
    return (
        (chosen | spans).distinct().select_related("by", "account").prefetch_related("choices__session__account")
    ).order_by("-pk")

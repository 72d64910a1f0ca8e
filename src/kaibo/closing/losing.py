"""Whose orders a decision about orders gives away: where they went, and where they would have gone without it."""

from collections.abc import Collection, Iterable
from datetime import datetime

from kaibo.live.models import Account, MatchChoice, MatchDecision, Session
from kaibo.live.months import AFTER

# a room and a time on air there
Stretch = tuple[int, datetime, datetime]


def of_decisions(keys: Collection[int]) -> list[Stretch]:
    """The broadcasts that get orders by these decisions, and those that lose some."""
    decisions = list(MatchDecision.objects.filter(pk__in=keys).order_by("pk"))
    if not decisions:
        return []
    first, last = min(one.start for one in decisions), max(one.end for one in decisions)
    rooms = list(Account.objects.order_by("pk"))
    sessions = list(
        Session.objects.filter(gone=False, start__lt=last, end__gt=first - AFTER)
        .order_by("start", "pk")
        .values_list("account", "start", "end")
    )
    choices = list(
        MatchChoice.objects.filter(decision__start__lt=last, decision__end__gt=first)
        .order_by("pk")
        .values_list(
            "decision", "decision__start", "decision__end", "session__account", "session__start", "session__end"
        )
    )
    found: list[Stretch] = []
    for one in decisions:
        of_lane = {room.pk for room in rooms if _of_lane(one, room)}
        found += _by_time(one, [row for row in sessions if row[0] in of_lane])
        # this decision's, and those of an earlier one that it replaces
        found += [
            (account, start, end)
            for decision, begins, ends, account, start, end in choices
            if decision == one.pk or (decision < one.pk and begins < one.end and ends > one.start)
        ]
    return found


def _of_lane(one: MatchDecision, room: Account) -> bool:
    if one.account_id is not None:
        return room.pk == one.account_id
    return room.currency == one.currency and one.platform in ("", room.platform)


def _by_time(one: MatchDecision, sessions: Iterable[Stretch]) -> list[Stretch]:
    """On air at that time; else the room's last broadcast before it, whose orders they would be (下播后成交)."""
    found, before = [], {}
    for account, start, end in sessions:
        if start < one.end and end > one.start:
            found.append((account, start, end))
        elif end <= one.start and end > one.start - AFTER:
            before[account] = (account, start, end)
    return found + [row for account, row in before.items() if account not in {room for room, _start, _end in found}]

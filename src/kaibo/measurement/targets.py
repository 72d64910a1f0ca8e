"""A room's target of a month, shared over the hours of its hosts: exact, so that the shares add up to it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from kaibo.live.due import DueShift
from kaibo.live.models import Account, Target
from kaibo.live.nights import business_day
from kaibo.measurement.closed import Closed, closed_months
from kaibo.measurement.months import next_month
from kaibo.measurement.planned import due_in
from kaibo.measurement.target_rates import target_factors


def target_amounts(first: date, after: date, closed: Closed | None = None) -> dict[tuple[int, date], int]:
    """(room, month) → its target in minor units, of months in [first, after); of closed ones as it was at closing."""
    closed = closed_months() if closed is None else closed
    rows = Target.objects.filter(month__gte=first, month__lt=after)
    amounts = {(row.account_id, row.month): row.amount_minor for row in rows if row.month not in closed}
    for month, one in closed.items():
        if first <= month < after:
            amounts |= {(account, month): amount for account, amount in one.targets.items()}
    return amounts


def in_team_money(amounts: Mapping[tuple[int, date], int]) -> dict[tuple[int, date], tuple[str, Fraction | None]]:
    """(room, month) → the room's currency and the target in the team's minor units; None: no rate."""
    if not amounts:
        return {}
    currencies = dict(Account._base_manager.values_list("pk", "currency"))
    factors = target_factors((currencies[room], month) for room, month in amounts)
    found: dict[tuple[int, date], tuple[str, Fraction | None]] = {}
    for (room, month), amount in amounts.items():
        factor = factors[currencies[room], month]
        found[room, month] = currencies[room], None if factor is None else amount * factor
    return found


@dataclass(frozen=True)
class TargetShares:
    """Shift → the team's minor units, exact. `due`: of the hours due; `away`: of those on leave, nobody's to reach.

    Both together add up to each room's target, so that the days of a month do too.
    """

    due: dict[int, Fraction] = field(default_factory=dict)
    away: dict[int, Fraction] = field(default_factory=dict)
    # shifts that were leave from beginning to end, target or not
    gone: set[int] = field(default_factory=set)


def target_shares(start: date, end: date, closed: Closed | None = None) -> tuple[TargetShares, list[str]]:
    """The shares of every host's shift in the business months from `start` to `end`; a few queries.

    A foreign room's target is converted (target_rates); without a rate its shifts have none, and the currency is among
    those that come second.
    """
    first, after = start.replace(day=1), next_month(end)
    said = in_team_money(target_amounts(first, after, closed))
    amounts = {key: amount for key, (_, amount) in said.items() if amount is not None}
    lacking = sorted({currency for currency, amount in said.values() if amount is None})
    shares = TargetShares()
    of_room: dict[tuple[int, date], list[DueShift]] = defaultdict(list)
    for one in due_in(first, after, role="host", closed=closed):
        if one.shift is not None and not one.due_ms:
            shares.gone.add(one.shift)
        of_room[one.account, business_day(one.start).replace(day=1)].append(one)
    for key, found in of_room.items():
        whole = sum(one.whole_ms for one in found)
        for one in found if key in amounts and whole else ():
            if one.shift is not None:
                shares.due[one.shift] = amounts[key] * one.due_ms / whole
            if one.shift is not None and one.away_ms:
                shares.away[one.shift] = amounts[key] * one.away_ms / whole
    return shares, lacking

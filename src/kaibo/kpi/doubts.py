"""Orders that several sessions may claim (分不清): what settles them. First a person's decision, then the products.

A *group* is a set of candidate sessions; the orders of many cells have the same one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from kaibo.kpi.inputs import AccountIn, MatchIn, SessionIn
from kaibo.kpi.local_days import HOUR_MS
from kaibo.kpi.matching import Cell, account_lane, account_of, accounts_by_name, currency_lane
from kaibo.kpi.segments import stretches

# the kind of an order that a person said is of no session
DECIDED = "decided"
# how far a product list's times may lie from the session's: files round to minutes
NEAR_MS = 2 * 60_000


@dataclass(frozen=True)
class Choice:
    """What a decision leaves of a group's sessions, and their parts. `rank`: the higher one wins."""

    match: int
    group: int
    sessions: tuple[int, ...]
    weights: tuple[int, ...]
    rank: int


class Doubts:
    """The groups of a month's timetable and what decisions make of them. `hours`: group → hours in which it occurs."""

    def __init__(self, cells: Sequence[Cell], matches: Sequence[MatchIn], accounts: Sequence[AccountIn]) -> None:
        self.matches, self._accounts = matches, accounts
        self.groups: dict[tuple[int, ...], int] = {}
        self.of_cell: dict[int, int] = {}
        self.hours: dict[int, set[int]] = defaultdict(set)
        for number, cell in enumerate(cells):
            if len(cell.pieces) > 1:
                sessions = tuple(piece.session.id for piece in cell.pieces)
                group = self.of_cell[number] = self.groups.setdefault(sessions, len(self.groups))
                self.hours[group].update(range(cell.start_ms // HOUR_MS, (cell.end_ms - 1) // HOUR_MS + 1))

    @cached_property
    def choices(self) -> list[Choice]:
        """Every decision with every group it can speak of: one that names sessions needs one among the candidates.

        The decision about an order line outranks that about a product, and that one any other; of equals the first.
        """
        by_session: dict[int, set[int]] = defaultdict(set)
        for sessions, group in self.groups.items():
            for session in sessions:
                by_session[session].add(group)
        candidates = {group: sessions for sessions, group in self.groups.items()}
        found = []
        for number, match in enumerate(self.matches):
            groups = set(candidates) if not match.sessions else {g for s in match.sessions for g in by_session[s]}
            weights = dict(zip(match.sessions, match.weights or (1,) * len(match.sessions), strict=True))
            level = 2 if match.sub_order else 1 if match.product_id else 0
            for group in sorted(groups):
                kept = tuple(s for s in candidates[group] if s in weights)
                parts = tuple(weights[s] for s in kept)
                found.append(Choice(number, group, kept, parts, level * len(self.matches) - number))
        return found

    def lanes(self, match: MatchIn) -> list[str | None]:
        """The lanes whose orders a decision speaks of; [None]: all."""
        if match.account is not None:
            return [account_lane(match.account)]
        if not match.currency:
            return [None]
        there = {a.platform for a in self._accounts if a.currency == match.currency}
        named = {match.platform} if match.platform else there
        return [currency_lane(platform, match.currency) for platform in sorted(there & named)]

    def restricted(self, cell: Cell, choice: Choice | None) -> Cell:
        """The cell with only the sessions that a decision left."""
        if choice is None:
            return cell
        return replace(cell, pieces=tuple(p for p in cell.pieces if p.session.id in choice.sessions))


def sessions_of_lists(
    heads: Iterable[Mapping[str, Any]], accounts: Sequence[AccountIn], sessions: Iterable[SessionIn]
) -> list[int | None]:
    """The session that each product list is of; `heads`: rows with platform, account, account_name, session_ms,
    session_end_ms. None where no session of ours fits.
    """
    names = accounts_by_name(accounts)
    of_account: dict[int, list[SessionIn]] = defaultdict(list)
    for session in sorted(sessions, key=lambda s: (s.start_ms, s.id)):
        of_account[session.account].append(session)
    found = []
    for head in heads:
        account = account_of(names, head["platform"], head["account"])
        if account is None:
            account = account_of(names, head["platform"], head["account_name"])
        fitting = _session(head, of_account[account]) if account is not None else None
        found.append(fitting.id if fitting else None)
    return found


def _session(head: Mapping[str, Any], sessions: Sequence[SessionIn]) -> SessionIn | None:
    """The one that begins then, else ends then (a part of a broken one too), else was under way."""
    start, end = head["session_ms"], head["session_end_ms"]
    for instant, edge in ((start, 0), (end, 1)):
        if instant is not None:
            apart = [(min(abs(instant - s[edge]) for s in stretches(one)), one) for one in sessions if stretches(one)]
            best = min(apart, key=lambda pair: pair[0], default=None)
            if best and best[0] <= NEAR_MS:
                return best[1]
    if start is None:
        return None
    return next((one for one in sessions if one.start_ms <= start < one.end_ms), None)

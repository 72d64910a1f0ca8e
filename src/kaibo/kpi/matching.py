"""Which session and segment an order falls to, by account and instant: a timetable made once, looked up by the engine.

A *lane* is what is known of an order's account: one room, or any room that sells in a currency. In each lane time is
cut into cells, and in one cell every order has the same candidates.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from kaibo.kpi.inputs import AccountIn, SessionIn
from kaibo.kpi.local_days import DAY_MS


@dataclass(frozen=True)
class Piece:
    """A segment of a session, or a whole session (`segment` None). `own`: of the month that is computed."""

    session: SessionIn
    segment: int | None
    start_ms: int
    end_ms: int
    date: str
    own: bool


@dataclass(frozen=True)
class Cell:
    """Candidates for orders of `lane` in [start, end): one piece, several (分不清) or, `after`, the last session."""

    lane: str
    start_ms: int
    end_ms: int
    pieces: tuple[Piece, ...]
    after: bool = False


def account_lane(account: int) -> str:
    return f"account {account}"


def currency_lane(currency: str) -> str:
    return f"any {currency}"


def cells(accounts: Sequence[AccountIn], pieces: Sequence[Piece], after_days: int) -> Iterator[Cell]:
    """Every lane's cells; within a lane no two overlap. What is bought after a broadcast has a lane only where the room
    is known.
    """
    for account in accounts:
        mine = [p for p in pieces if p.session.account == account.id]
        live = list(_live(account_lane(account.id), mine))
        yield from live
        yield from _after(account_lane(account.id), mine, live, after_days * DAY_MS)
    for currency in sorted({a.currency for a in accounts}):
        rooms = {a.id for a in accounts if a.currency == currency}
        yield from _live(currency_lane(currency), [p for p in pieces if p.session.account in rooms])


def _live(lane: str, pieces: Sequence[Piece]) -> Iterator[Cell]:
    """The stretches with a piece on air; a sweep over the edges."""
    starts: dict[int, list[Piece]] = {}
    for piece in pieces:
        starts.setdefault(piece.start_ms, []).append(piece)
    edges = sorted({edge for p in pieces for edge in (p.start_ms, p.end_ms)})
    on_air: list[Piece] = []
    for start, end in pairwise(edges):
        on_air = [p for p in on_air if p.end_ms > start] + starts.get(start, [])
        if on_air:
            ordered = sorted(on_air, key=lambda p: (p.session.start_ms, p.session.id))
            yield Cell(lane, start, end, tuple(ordered))


def _after(lane: str, pieces: Iterable[Piece], live: Sequence[Cell], after_ms: int) -> Iterator[Cell]:
    """The time off air, given to the session that ended last before it, for a while."""
    last: dict[int, Piece] = {}
    closing = [p for p in pieces if p.end_ms == p.session.end_ms]
    # of sessions that end together, the one that began later was the last
    for piece in sorted(closing, key=lambda p: (p.session.start_ms, p.session.id)):
        last[piece.end_ms] = replace(piece, segment=None)
    ends = sorted(last)
    for end, following in zip(ends, [*ends[1:], None], strict=False):
        stop = end + after_ms if following is None else min(end + after_ms, following)
        for start, free in _free(end, stop, live):
            yield Cell(lane, start, free, (last[end],), after=True)


def _free(start: int, stop: int, live: Sequence[Cell]) -> Iterator[tuple[int, int]]:
    """The parts of [start, stop) that no cell of `live` (in order, apart) covers."""
    at = start
    for cell in live[bisect_right(live, start, key=lambda cell: cell.end_ms) :]:
        if cell.start_ms >= stop:
            break
        if cell.start_ms > at:
            yield at, cell.start_ms
        at = cell.end_ms
    if at < stop:
        yield at, stop


def accounts_by_name(accounts: Sequence[AccountIn]) -> dict[str, int | None]:
    """Every name a file may use → the account; None where two rooms share the name: ours, but not known which."""
    owners: dict[str, set[int]] = {}
    for account in accounts:
        for name in account.names:
            if name.strip():
                owners.setdefault(name.strip(), set()).add(account.id)
    return {name: min(ids) if len(ids) == 1 else None for name, ids in owners.items()}

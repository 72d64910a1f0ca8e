"""Which session and segment an order falls to, by account and instant: a timetable made once, looked up by the engine.

A *lane* is what is known of an order's account: one room, or any room of its platform that sells in a currency. In each
lane time is cut into cells, and in one cell every order has the same candidates.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from kaibo.kpi.inputs import DOUYIN, AccountIn, SessionIn
from kaibo.kpi.local_days import DAY_MS


@dataclass(frozen=True)
class Piece:
    """A segment of a session, or a whole stretch on air (`segment` None). `own`: of the month that is computed.

    `closes`: the session goes off air at its end.
    """

    session: SessionIn
    segment: int | None
    start_ms: int
    end_ms: int
    date: str
    own: bool
    closes: bool = True


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


def currency_lane(platform: str, currency: str) -> str:
    return f"{platform} {currency}"


def cells(accounts: Sequence[AccountIn], pieces: Sequence[Piece], after_days: int) -> Iterator[Cell]:
    """Every lane's cells; within a lane no two overlap. What is bought after a broadcast has a lane only where the room
    is known.
    """
    for account in accounts:
        mine = [p for p in pieces if p.session.account == account.id]
        live = list(_live(account_lane(account.id), mine))
        yield from live
        yield from _after(account_lane(account.id), mine, live, after_days * DAY_MS)
    for platform, currency in sorted({(a.platform, a.currency) for a in accounts}):
        rooms = {a.id for a in accounts if (a.platform, a.currency) == (platform, currency)}
        yield from _live(currency_lane(platform, currency), [p for p in pieces if p.session.account in rooms])


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
    """The time off air, given to the session that went off air last before it, for a while."""
    last: dict[int, Piece] = {}
    closing = [p for p in pieces if p.closes]
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


Names = Mapping[tuple[str, str], int | None]


def accounts_by_name(accounts: Sequence[AccountIn]) -> dict[tuple[str, str], int | None]:
    """(platform, name) of every name a file may use → the account; None where two rooms share it: ours, but not known
    which.
    """
    owners: dict[tuple[str, str], set[int]] = {}
    for account in accounts:
        for name in account.names:
            if name.strip():
                owners.setdefault((account.platform, name.strip()), set()).add(account.id)
    return {name: min(ids) if len(ids) == 1 else None for name, ids in owners.items()}


def account_of(names: Names, platform: str | None, name: str | None) -> int | None:
    return names.get((platform or DOUYIN, (name or "").strip()))

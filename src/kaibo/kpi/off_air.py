"""Minutes of a room that begin off air: which broadcast they are told with, if any.

A minute in a break, or within an hour of a broadcast, is of that broadcast: `after` it went off air, or `outside` it,
before it began. Of the one before and the one to come the nearer, of equals the one before. Any other is of none.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kaibo.kpi.inputs import SessionIn
from kaibo.kpi.local_days import HOUR_MS
from kaibo.kpi.segments import stretches

NEAR_MS = HOUR_MS
# the kinds of minutes off air, as places have them; of other money than its room's only the amounts are left out
BREAK, AFTER, BEFORE, FAR, NO_ROOM, TWICE, OTHER_MONEY = (
    "minute_break", "minute_after", "minute_before", "minute_far", "minute_no_room", "minute_twice", "minute_currency",
)  # fmt: skip
# and of readings
READ_MONEY = "reading_currency"


@dataclass(frozen=True)
class Beside:
    """Minutes of the session's room that begin in [start, end)."""

    session: SessionIn
    place: str
    kind: str
    start_ms: int
    end_ms: int


def beside(sessions: Iterable[SessionIn]) -> Iterator[Beside]:
    """Of every room's time off air what is told with a broadcast; no two of one room overlap."""
    of_account: dict[int, list[SessionIn]] = defaultdict(list)
    for session in sorted(sessions, key=lambda s: (s.start_ms, s.id)):
        of_account[session.account].append(session)
    for mine in of_account.values():
        yield from _beside(mine)


def _beside(sessions: list[SessionIn]) -> Iterator[Beside]:
    on_air = sorted((a, b, s.start_ms, s.id, s) for s in sessions for a, b in stretches(s))
    last: tuple[int, int, int, SessionIn] | None = None
    for start, end, begun, number, session in on_air:
        if last is None:
            yield Beside(session, "outside", BEFORE, start - NEAR_MS, start)
        elif last[0] < start:
            yield from _gap(last[3], last[0], start, session)
        if last is None or (end, begun, number) > last[:3]:
            last = (end, begun, number, session)
    if last is not None:
        yield Beside(last[3], "after", AFTER, last[0], last[0] + NEAR_MS)


def _gap(former: SessionIn, start: int, end: int, following: SessionIn) -> Iterator[Beside]:
    if stretches(former)[-1][1] > start:
        yield Beside(former, "after", BREAK, start, end)
        return
    # as near to the one as to the other
    middle = (start + end) // 2 + 1
    yield Beside(former, "after", AFTER, start, min(start + NEAR_MS, middle))
    if max(end - NEAR_MS, middle) < end:
        yield Beside(following, "outside", BEFORE, max(end - NEAR_MS, middle), end)

"""Generated events of viewers: entering twice, leaving without having entered, told twice, out of order, at edges."""

from random import Random
from typing import Any

from kaibo.kpi.inputs import AccountIn, SessionIn, ShiftIn
from kaibo.kpi.tests.month_files import fact

MINUTE, HOUR = 60_000, 3_600_000
KINDS = ("enter",) * 6 + ("leave",) * 5 + ("like", "comment", "share", "follow", "gift", "click", "click", "order")


def events(
    rng: Random, batch: int, accounts: list[AccountIn], sessions: list[SessionIn], shifts: list[ShiftIn]
) -> list[tuple[int, int, dict[str, Any]]]:
    """A file of one or two sessions; the later file may be the older export, and holds other kinds perhaps."""
    of = rng.sample(sessions, k=min(len(sessions), rng.choice([1, 1, 2])))
    kinds = KINDS if rng.random() < 0.8 else ("comment", "like")
    viewers = rng.choice([2, 5, 12])
    as_of = rng.choice([900, 1000, 1000])
    number = rng.choice([1, 10, 60, 150])
    rows = [_event(rng, row, accounts, rng.choice(of), shifts, kinds, viewers) for row in range(1, number + 1)]
    # what some programs record names nobody
    nameless = rng.choice([*[None] * 7, "enter", "comment", "order"])
    rows = [row | {"viewer": None} if row["kind"] == nameless else row for row in rows]
    return [(batch, as_of, row) for row in rows]


def _event(
    rng: Random, row: int, accounts: list[AccountIn], session: SessionIn, shifts: list[ShiftIn],
    kinds: tuple[str, ...], viewers: int,
) -> dict[str, Any]:  # fmt: skip
    room = next(a for a in accounts if a.id == session.account)
    edges = [session.start_ms, session.end_ms, *(e for b in session.breaks for e in b)]
    edges += [edge for shift in shifts for edge in (shift.start_ms, shift.end_ms)]
    inside = rng.randrange(session.start_ms, session.end_ms)
    # few instants, so that some are equal
    coarse = session.start_ms + (inside - session.start_ms) // (10 * MINUTE) * 10 * MINUTE
    at = rng.choice([inside, inside, coarse, coarse, rng.choice(edges), rng.choice(edges) - 1, session.end_ms + HOUR])
    return fact(
        "event", row, platform=rng.choice([room.platform] * 9 + ([None] if room.platform == "douyin" else [])),
        account=rng.choice([room.names[0]] * 30 + ["nobody", None]), instant_ms=at, kind=rng.choice(kinds),
        viewer=rng.choice([*range(1, viewers + 1), None]), event_id=rng.choice([None, None, f"e{rng.randint(1, 200)}"]),
        item=None, count=rng.choice([None, 1, 1, 12]),
    )  # fmt: skip

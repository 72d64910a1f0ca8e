"""Which of several candidate sessions an order is of, for the reference: one decision, one product list at a time."""

from itertools import pairwise

from kaibo.kpi.inputs import MatchIn, SessionIn

MINUTE = 60_000


def stretches(session: SessionIn) -> list[tuple[int, int]]:
    """On air: cut at all edges, keep the pieces that no break covers, join neighbours."""
    edges = {session.start_ms, session.end_ms, *(edge for pair in session.breaks for edge in pair)}
    inside = sorted(edge for edge in edges if session.start_ms <= edge <= session.end_ms)
    found: list[tuple[int, int]] = []
    for start, end in pairwise(inside):
        if any(a <= start and end <= b for a, b in session.breaks):
            continue
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def product_lists(rows: list, sessions: list[SessionIn], account_named) -> dict[int, set]:
    """Session → the products that its lists name."""
    lists: dict[int, set] = {}
    for _, _, row in rows:
        product = (row["product_id"] or "").strip()
        account = account_named(row["account"], row["platform"])[1]
        if account is None:
            account = account_named(row["account_name"], row["platform"])[1]
        mine = sorted((s for s in sessions if s.account == account), key=lambda s: (s.start_ms, s.id))
        session = list_session(row, mine)
        if product and account is not None and session:
            lists.setdefault(session.id, set()).add(product)
    return lists


def list_session(row: dict, mine: list[SessionIn]) -> SessionIn | None:
    for instant, edge in ((row["session_ms"], 0), (row["session_end_ms"], 1)):
        if instant is None:
            continue
        near = [(abs(stretch[edge] - instant), i) for i, s in enumerate(mine) for stretch in stretches(s)]
        if near and min(near)[0] <= 2 * MINUTE:
            return mine[min(near)[1]]
    around = [s for s in mine if row["session_ms"] is not None and s.start_ms <= row["session_ms"] < s.end_ms]
    return around[0] if around else None


def in_lane(match: MatchIn, account: int | None, currency: str | None, platform: str) -> bool:
    if match.account is not None:
        return match.account == account
    if not match.currency:
        return True
    return account is None and match.currency == currency and match.platform in ("", platform)


def settle(
    order: dict,
    account: int | None,
    currency: str | None,
    candidates: list[SessionIn],
    matches: list[MatchIn],
    lists: dict[int, set],
) -> tuple[list[SessionIn], tuple[int, ...] | None, bool]:
    """(candidates left, decided weights, whether a person said that it is of no session)."""
    if len(candidates) < 2:
        return candidates, None, False
    product = (order["product_id"] or "").strip()
    for wanted in ("sub_order", "product", "time"):
        for match in matches:
            level = "sub_order" if match.sub_order else "product" if match.product_id else "time"
            left = [c for c in candidates if c.id in match.sessions]
            if (
                level == wanted
                and match.start_ms <= order["ordered_ms"] < match.end_ms
                and match.sub_order in ("", order["sub_order"])
                and (match.sub_order or match.product_id in ("", product))
                and in_lane(match, account, currency, order["platform"] or "douyin")
                and (left or not match.sessions)
            ):
                parts = match.weights or (1,) * len(match.sessions)
                weights = tuple(parts[match.sessions.index(c.id)] for c in left)
                return left, weights if len(left) > 1 else None, not left
    if all(c.id in lists for c in candidates):
        listing = [c for c in candidates if product in lists[c.id]]
        if len(listing) == 1:
            return listing, None, False
    return candidates, None, False

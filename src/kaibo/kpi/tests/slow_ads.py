"""Ad spend for the reference: every row asks every room and every minute boundary, with exact fractions."""

from kaibo.kpi.tests.slow_doubts import stretches
from kaibo.kpi.tests.slow_numbers import local, shares

FIELDS = {
    "spend_minor": "spend_minor", "ad_gmv_minor": "gmv_minor", "ad_net_minor": "net_gmv_minor", "ad_orders": "orders",
    "ad_views": "views", "ad_follows": "follows",
}  # fmt: skip
ALWAYS = ("ad_views", "ad_follows", "ad_net_minor")


def ad_rows(tables: dict) -> list:
    """The rows that no newer file of the same ad account covers."""
    told = tables.get("ad_spend", [])
    spans: dict = {}
    for batch, as_of, row in told:
        name, start = row["ad_account"], row["start_ms"]
        if name is None or start is None:
            continue
        end = max(row["end_ms"] if row["end_ms"] is not None else start + 1, start + 1)
        low, high = spans.get((batch, as_of, name), (start, end))
        spans[batch, as_of, name] = min(low, start), max(high, end)
    return [
        (batch, row)
        for batch, as_of, row in told
        if not any(
            name == row["ad_account"] and (newer, other) > (as_of, batch) and low <= row["start_ms"] < high
            for (other, newer, name), (low, high) in spans.items()
        )
    ]


def ad_facts(reference, tables: dict) -> list:
    """((place, kind, account, session, segment, date, measure, basis), currency, amount)."""
    found = []
    for _, row in ad_rows(tables):
        day = local(row["start_ms"], reference.settings.zone).date().isoformat()
        name = " ".join((row["ad_account"] or "").split())
        parts = [
            (p.account, p.parts)
            for p in reference.inputs.ad_parts
            if " ".join(p.ad_account.split()) == name and p.start <= day and (p.end is None or day < p.end)
        ]
        where = rooms_of(reference, row, sorted(parts))
        alone = len(where) == 1 and len(where[0][3]) <= 1
        for measure, field in FIELDS.items():
            if row[field] is None:
                continue
            for (account, _, kind, pieces), amount in zip(
                where, shares(row[field], [parts for _, parts, _, _ in where]), strict=True
            ):
                money = money_of(reference, row, account) if measure.endswith("_minor") else ""
                basis = "measured" if alone else "allocated"
                if not pieces:
                    if day[:7] == reference.inputs.month:
                        place = "unmatched" if account is None else "outside"
                        found.append(((place, kind, account, None, None, day, measure, basis), money, amount))
                    continue
                shared = "ad_rooms" if len(where) > 1 else ""
                for session, number, part in spread(reference, amount, pieces):
                    if session in reference.own:
                        date = reference.cut[session][number - 1][3]
                        key = ("segment", shared, account, session, number, date, measure, basis)
                        found.append((key, money, part))
    return found


def rooms_of(reference, row: dict, parts: list) -> list:
    """(account, parts, why nobody's, [(session, segment, ms)])."""
    if not parts:
        return [(None, 1, "ad_no_room", [])]
    start, end = row["start_ms"], row["end_ms"]
    if end is not None and end > start:
        return [(account, part, "ad_off_air", inside(reference, account, start, end)) for account, part in parts]
    exact, there = [], []
    for account, part in parts:
        mine = sorted(
            (s for s in reference.sessions.values() if s.account == account), key=lambda s: (s.start_ms, s.id)
        )
        minute = [s for s in mine if s.start_ms // 60_000 == start // 60_000]
        on_air = [s for s in mine if any(a <= start < b for a, b in stretches(s))]
        exact += [(account, part, "", inside_of(reference, minute[0]))] if minute else []
        there += [(account, part, "", inside_of(reference, on_air[0]))] if on_air else []
    return exact or there or [(account, part, "ad_no_broadcast", []) for account, part in parts]


def pieces_of(reference, session) -> list:
    """(segment, start, end); another month's session has stretches, not segments."""
    if session.id in reference.own:
        return [(n, start, end) for n, (_, start, end, _, _) in enumerate(reference.cut[session.id], 1)]
    return [(0, a, b) for a, b in stretches(session)]


def inside(reference, account: int, start: int, end: int) -> list:
    return [
        (session.id, number, min(end, b) - max(start, a))
        for session in reference.sessions.values()
        if session.account == account
        for number, a, b in pieces_of(reference, session)
        if min(end, b) > max(start, a)
    ]


def inside_of(reference, session) -> list:
    return [(session.id, number, b - a) for number, a, b in pieces_of(reference, session)]


def spread(reference, amount: int, pieces: list):
    sessions = sorted({s for s, _, _ in pieces}, key=lambda s: (reference.sessions[s].start_ms, s))
    lengths = [sum(ms for s, _, ms in pieces if s == session) for session in sessions]
    for session, share in zip(sessions, shares(amount, lengths), strict=True):
        mine = [(number, ms) for s, number, ms in pieces if s == session]
        for (number, _), part in zip(mine, shares(share, [ms for _, ms in mine]), strict=True):
            yield session, number, part


def money_of(reference, row: dict, account: int | None) -> str:
    if row["currency"] is not None:
        return row["currency"]
    if account is not None:
        return reference.accounts[account].currency
    there = reference.rooms_of(row) or reference.inputs.accounts
    found = {a.currency for a in there} or {reference.settings.currency}
    return found.pop() if len(found) == 1 else "?"

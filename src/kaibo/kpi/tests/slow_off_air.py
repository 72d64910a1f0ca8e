"""Minutes in no segment, for the reference: each looks at every broadcast of its room."""

from kaibo.kpi.tests.slow_doubts import stretches
from kaibo.kpi.tests.slow_numbers import local
from kaibo.kpi.tests.slow_totals import FIELDS, foreign, minutes_of, visible_minutes

HOUR = 3_600_000


def off_air_facts(reference, tables: dict) -> list:
    """((place, kind, account, session, None, date, measure, "measured"), currency, amount)."""
    rows = tables.get("minute", [])
    timed = {
        id(row): (start, end)
        for _, start, end, row in minutes_of(rows, list(reference.inputs.accounts), reference.account_named)
    }
    found = []
    for at, _, _, row in visible_minutes(rows):
        account = reference.account_named(row["account"], row["platform"])[1]
        found += left_out_money(reference, account, at, row, counts=id(row) in timed)
        where = stands(reference, account, at, timed.get(id(row)))
        if where is None:
            continue
        place, kind, session = where
        if session is None:
            day = local(at, reference.settings.zone).date().isoformat()
            mine = reference.in_month(at)
        else:
            day, mine = reference.business_date(session.start_ms), session.id in reference.own
        for measure, (_, field, _) in FIELDS.items():
            if not mine or field is None or row[field] is None:
                continue
            money = ""
            if field.endswith("_minor"):
                if account is None or foreign(reference, account, row, field):
                    continue
                money = reference.accounts[account].currency
            key = (place, kind, account, session and session.id, None, day, measure, "measured")
            found.append((key, money, row[field]))
    return found


def left_out_money(reference, account: int | None, at: int, row: dict, *, counts: bool) -> list:
    """The amount of a minute of no room, or in other money than its room's, in its own money."""
    other = account is not None and foreign(reference, account, row, "gmv_minor")
    if row["gmv_minor"] is None or not (account is None or other) or not reference.in_month(at):
        return []
    kind = "minute_no_room" if account is None else "minute_currency" if counts else "minute_twice"
    day = local(at, reference.settings.zone).date().isoformat()
    key = ("unmatched", kind, account, None, None, day, "gmv_minor", "measured")
    return [(key, row["currency"] or "?", row["gmv_minor"])]


def stands(reference, account: int | None, at: int, minute: tuple[int, int] | None):
    """(place, kind, session), or None for a minute that is on air."""
    if account is None:
        return "unmatched", "minute_no_room", None
    if minute is None:
        return "unmatched", "minute_twice", None
    air = [(a, b, s) for s in reference.sessions.values() if s.account == account for a, b in stretches(s)]
    if any(min(b, minute[1]) > max(a, minute[0]) for a, b, _ in air):
        return None
    over = [(b, s.start_ms, s.id, s) for _, b, s in air if b <= at]
    to_come = [(a, b, s.start_ms, s.id, s) for a, b, s in air if a > at]
    since = before = None
    if over:
        ended, *_, former = max(over, key=lambda one: one[:3])
        if any(a > at for a, _ in stretches(former)):
            return "after", "minute_break", former
        since = at - ended
    if to_come:
        begins, *_, following = min(to_come, key=lambda one: one[:4])
        before = begins - at
    if since is not None and since < HOUR and (before is None or since <= before):
        return "after", "minute_after", former
    if before is not None and before <= HOUR and (since is None or before < since):
        return "outside", "minute_before", following
    return "outside", "minute_far", None

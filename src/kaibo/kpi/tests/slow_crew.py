"""Segments and who is in them, for the reference: every edge, every shift, one after the other."""

from datetime import timedelta
from itertools import pairwise

from kaibo.kpi.inputs import MonthInputs, SessionIn, Settings, ShiftIn
from kaibo.kpi.tests.slow_doubts import stretches
from kaibo.kpi.tests.slow_numbers import local, mornings


def business_date(settings: Settings, ms: int) -> str:
    when = local(ms, settings.zone)
    day = when.date() if when.hour >= settings.business_day_starts_at else when.date() - timedelta(days=1)
    return day.isoformat()


def segments_of(inputs: MonthInputs, session: SessionIn) -> list:
    settings = inputs.settings
    roles = {"host": []}
    for shift in inputs.shifts:
        if session.account in (shift.account, *shift.also) and shift.start_ms < shift.end_ms:
            start, end = max(shift.start_ms, session.start_ms), min(shift.end_ms, session.end_ms)
            if start < end:
                roles.setdefault(shift.role, []).append([start, end, shift])
    for stays in roles.values():
        stretch(settings, session, stays)
    on_air = stretches(session)
    edges = {edge for stretch in on_air for edge in stretch}
    edges.update(e for stays in roles.values() for stay in stays for e in stay[:2])
    for one in inputs.outages:
        if one.account == session.account:
            edges.update(e for e in (one.start_ms, one.end_ms) if session.start_ms < e < session.end_ms)
    is_long = session.end_ms - session.start_ms > settings.long_session_ms
    if is_long:
        hour = settings.business_day_starts_at
        edges.update(mornings(session.start_ms, session.end_ms, settings.zone, hour))
    cuts = sorted(edges)
    rule = next(a.split_rule for a in inputs.accounts if a.id == session.account)
    found = []
    for start, end in pairwise(cuts):
        if not any(a <= start and end <= b for a, b in on_air):
            continue
        crews = {role: crew(rule, stays, start) for role, stays in roles.items()}
        found.append((session.id, start, end, business_date(settings, start if is_long else session.start_ms), crews))
    return found


def stretch(settings: Settings, session: SessionIn, stays: list) -> None:
    if not stays:
        return
    first, last = min(s[0] for s in stays), max(s[1] for s in stays)
    for stay in stays:
        if stay[0] == first and first <= session.start_ms + settings.snap_ms:
            stay[0] = session.start_ms
        if stay[1] == last and last >= session.end_ms - settings.snap_ms:
            stay[1] = session.end_ms
    for stay in stays:
        leaves = stay[1]
        if any(other[0] <= leaves < other[1] for other in stays):
            continue  # someone is there
        coming = [other[0] for other in stays if other[0] > leaves]
        if coming and min(coming) - leaves <= settings.handover_gap_ms:
            stay.append(min(coming))
    for stay in stays:
        if len(stay) == 4:
            stay[1] = stay.pop()


def crew(rule: str, stays: list, instant: int) -> dict:
    people: dict[int, ShiftIn] = {}
    for start, end, shift in stays:
        if start <= instant < end:
            known = people.get(shift.person)
            better = (shift.confirmed, shift.lead, -shift.id)
            if known is None or better > (known.confirmed, known.lead, -known.id):
                people[shift.person] = shift
    leads = sum(s.lead for s in people.values())
    rest = len(people) - leads
    found = {}
    for person in sorted(people):
        shift, weight = people[person], 1
        if leads and rest and rule == "7:3":
            weight = 7 * rest if shift.lead else 3 * leads
        elif leads and rest and rule == "100:0":
            weight = 1 if shift.lead else 0
        found[person] = (shift, weight)
    return found

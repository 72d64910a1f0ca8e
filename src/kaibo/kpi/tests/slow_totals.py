"""What sessions add up to, from minutes, readings and reports, for the reference: one minute after the other."""

from collections import Counter

from kaibo.kpi.tests.slow_doubts import stretches
from kaibo.kpi.tests.slow_numbers import shares

MINUTE, HOUR = 60_000, 3_600_000
# measure → (column of the report, of a minute, of a reading)
FIELDS = {
    "views": ("views", "entries", "views"),
    "comments": ("comments", "comments", "comments"),
    "likes": ("likes", "likes", "likes"),
    "shares": ("shares", "shares", None),
    "new_followers": ("new_followers", "new_followers", "new_followers"),
    "fan_club": ("fan_club", "fan_club", None),
    "impressions": ("impressions", "impressions", "impressions"),
    "product_impressions": ("product_impressions", "product_impressions", None),
    "product_clicks": ("product_clicks", "product_clicks", "product_clicks"),
    "gmv_minor": ("gmv_minor", "gmv_minor", "gmv_minor"),
    "user_paid_minor": ("paid_minor", None, None),
    "net_1h_minor": ("net_1h_minor", None, None),
}
PEOPLE = ("viewers", "buyers", "comment_users", "impression_users", "product_click_users")
SINGLE = (*PEOPLE, "acu", "mean_stay_ms")


def _scope(row: dict) -> tuple:
    return row["platform"] or "douyin", row["account"]


def visible_minutes(rows: list) -> list:
    """What no newer export of the same room speaks of too."""
    found = []
    for batch, as_of, row in rows:
        replaced = False
        for other in {(a, b) for b, a, _ in rows if (a, b) > (as_of, batch)}:
            theirs = [r for b, a, r in rows if (a, b) == other and _scope(r) == _scope(row)]
            if theirs and row["account"] is not None:
                low = min(r["minute_ms"] for r in theirs)
                high = max(r["minute_ms"] + (1 if r["length_ms"] is None else r["length_ms"]) for r in theirs)
                replaced = replaced or low <= row["minute_ms"] < high
        if not replaced:
            found.append((row["minute_ms"], batch, row["row"], row))
    return sorted(found, key=lambda one: one[:3])


def minutes_of(rows: list, accounts: list, account_named) -> list:
    """(account, start, end, row) of every minute of a known room."""
    found = []
    for account in accounts:
        mine = [
            row for _, _, _, row in visible_minutes(rows)
            if account_named(row["account"], row["platform"])[1] == account.id
        ]  # fmt: skip
        for i, row in enumerate(mine):
            start = row["minute_ms"]
            end = start + min(MINUTE if row["length_ms"] is None else row["length_ms"], HOUR)
            if i + 1 < len(mine):
                end = min(end, mine[i + 1]["minute_ms"])
            if start < end:
                found.append((account.id, start, end, row))
    return found


def from_minutes(reference, minutes: list, field: str | None, sessions: list) -> tuple[dict, dict]:
    """(session, segment) → amount, and → covered milliseconds."""
    amounts, covered, cut, own = Counter(), Counter(), reference.cut, reference.own
    for account, start, end, row in minutes:
        if field is None or row[field] is None or foreign(reference, account, row, field):
            continue
        groups = []
        for session in sorted(sessions, key=lambda s: (s.start_ms, s.id)):
            if session.id in own:
                pieces = [(number, a, b) for number, (_, a, b, _, _) in enumerate(cut[session.id], 1)]
            else:
                pieces = [(0, a, b) for a, b in stretches(session)]
            laps = [(number, min(b, end) - max(a, start)) for number, a, b in pieces if min(b, end) > max(a, start)]
            if session.account == account and laps:
                groups.append((session.id, laps))
        if not groups:
            continue
        parts = shares(row[field], [sum(lap for _, lap in laps) for _, laps in groups])
        for (session_id, laps), part in zip(groups, parts, strict=True):
            for (number, lap), amount in zip(laps, shares(part, [lap for _, lap in laps]), strict=True):
                amounts[session_id, number] += amount
                covered[session_id, number] += lap
    return amounts, covered


def foreign(reference, account: int, row: dict, field: str) -> bool:
    """Money in another currency than the room's."""
    return field.endswith("_minor") and row["currency"] not in (None, reference.accounts[account].currency)


def from_readings(
    reference, readings: list, measure: str | None, session, sessions: list, segments: list, near: int, money: str = ""
) -> list:
    """[(start, end, amount)] between the readings of a session, at the boundaries they are near to.

    `money`: of those in that other currency alone.
    """
    found = []
    on_air = [(a, s.id, b) for s in sessions if s.account == session.account for a, b in stretches(s)]
    for start, end in stretches(session):
        at, total = start, 0
        for reading in readings:
            instant = reading["instant_ms"]
            begun = [one for one in on_air if one[0] <= instant]
            if measure is None or reading[measure] is None:
                continue
            other = foreign(reference, session.account, reading, measure)
            if other != bool(money) or (money and reading["currency"] != money):
                continue
            if not begun or max(begun)[:2] != (start, session.id) or instant > end + near:
                continue
            edges = sorted((b for _, a, b, _, _ in segments if start <= a < end), key=lambda b: (abs(b - instant), b))
            place = edges[0] if abs(edges[0] - instant) <= near else instant
            last = max(b for _, a, b, _, _ in segments if start <= a < end)
            if place < at or (place == at and place != last):
                continue
            if reading[measure] >= total:
                found.append((at, place, reading[measure] - total))
            at, total = place, reading[measure]
    return found


def total_facts(reference, tables: dict) -> list:
    """(session, segment number, measure, basis, amount)."""
    sessions, found = list(reference.sessions.values()), []
    minutes = minutes_of(tables.get("minute", []), list(reference.inputs.accounts), reference.account_named)
    for measure, (of_report, of_minute, of_reading) in FIELDS.items():
        amounts, covered = from_minutes(reference, minutes, of_minute, sessions)
        for session in reference.own.values():
            segments = reference.cut[session.id]
            if not segments:
                continue
            total = reference.said(session.id, of_report)
            measured = {n: amounts[session.id, n] for n in range(1, len(segments) + 1) if covered[session.id, n]}
            shared: Counter = Counter()
            bare = [b - a - covered[session.id, n] for n, (_, a, b, _, _) in enumerate(segments, 1)]
            between = []
            if not measured:
                between = from_readings(
                    reference, reference.readings_of(session.account), of_reading, session, sessions, segments,
                    reference.settings.handover_gap_ms,
                )  # fmt: skip
                for start, end, amount in between:
                    laps = {n: min(b, end) - max(a, start) for n, (_, a, b, _, _) in enumerate(segments, 1)}
                    if start == end:
                        # read twice at the end: the last segment's
                        n = next(n for n, (_, _, b, _, _) in enumerate(segments, 1) if b == end)
                        measured[n] = measured.get(n, 0) + amount
                        continue
                    laps = {n: lap for n, lap in laps.items() if lap > 0}
                    for (n, lap), part in zip(laps.items(), shares(amount, list(laps.values())), strict=True):
                        bare[n - 1] -= lap
                        if len(laps) == 1:
                            measured[n] = measured.get(n, 0) + part
                        else:
                            shared[n] += part
                left_out_readings(reference, measure, of_reading, session, sessions, segments)
            if measured or between:
                reference.events.counted[session.id, measure] = sum(measured.values()) + sum(shared.values())
            if reference.events.enough(session.id, measure):
                crowd = reference.events.of[session.id]
                told, covers = crowd.sums(measure), crowd.covered(reference.settings.handover_gap_ms)
                measured, shared = {n: told[n] for n in covers}, Counter()
                bare = [b - a - covers.get(n, 0) for n, (_, a, b, _, _) in enumerate(segments, 1)]
            if not measured and not shared and all(
                ms == b - a for ms, (_, a, b, _, _) in zip(bare, segments, strict=True)
            ):  # fmt: skip
                if total is not None:
                    basis = "measured" if len(segments) == 1 else "allocated"
                    parts = shares(total, [b - a for _, a, b, _, _ in segments])
                    found += [(session.id, n, measure, basis, part) for n, part in enumerate(parts, 1)]
                continue
            rest = (total or 0) - sum(measured.values()) - sum(shared.values())
            if total is not None and rest > 0 and any(bare):
                for n, part in enumerate(shares(rest, bare), 1):
                    shared[n] += part
            found += [(session.id, n, measure, "measured", amount) for n, amount in measured.items()]
            found += [(session.id, n, measure, "allocated", amount) for n, amount in shared.items()]
    return found


def left_out_readings(reference, measure: str, of_reading: str | None, session, sessions: list, segments: list) -> None:
    """Adds what readings in other money than the room's come to, by business day."""
    readings = reference.readings_of(session.account)
    near = reference.settings.handover_gap_ms
    for money in sorted({one["currency"] for one in readings if one["currency"]}) if measure == "gmv_minor" else []:
        between = from_readings(reference, readings, of_reading, session, sessions, segments, near, money)
        for start, end, amount in between:
            laps = {}
            for number, (_, a, b, day, _) in enumerate(segments, 1):
                if min(b, end) > max(a, start) or (start == end == b):
                    laps[number] = (day, max(min(b, end) - max(a, start), 0 if start < end else 1))
            parts = shares(amount, [lap for _, lap in laps.values()])
            for (day, _), part in zip(laps.values(), parts, strict=True):
                if part:
                    key = ("unmatched", "reading_currency", session.account, None, None, day)
                    reference.add(key, Counter({measure: part}), money)


def level_facts(reference, tables: dict, totals: list) -> list:
    """(session, segment number, measure, basis, amount) of levels, peaks, time watched and people."""
    minutes = minutes_of(tables.get("minute", []), list(reference.inputs.accounts), reference.account_named)
    found = []
    for session in reference.own.values():
        segments = [(number, a, b) for number, (_, a, b, _, _) in enumerate(reference.cut[session.id], 1)]
        level, known, peaks = Counter(), Counter(), {}
        for account, start, end, row in minutes:
            for number, a, b in segments if account == session.account and row["online"] is not None else ():
                lap = min(b, end) - max(a, start)
                if lap > 0:
                    level[number] += row["online"] * lap
                    known[number] += lap
                if a <= start < b:
                    peaks[number] = max(peaks.get(number, 0), row["online"])
        said = {name: reference.said(session.id, name) for name in (*SINGLE, "pcu", "watch_ms")}
        crowd = reference.events.levels(session.id)
        inside = crowd.online() if crowd and not known and not peaks else {}
        for number, (level_ms, ms, peak, _) in inside.items():
            level[number], known[number], peaks[number] = level_ms, ms, peak
        for number, _, _ in segments if crowd else ():
            if crowd.online():
                found.append((session.id, number, "carried_in", "measured", crowd.online()[number][3]))
            for measure, numbers in crowd.stays().items():
                found.append((session.id, number, measure, "measured", numbers[number]))
        for measure, numbers in reference.events.firsts(session.id).items():
            found += [(session.id, number, measure, "measured", n) for number, n in numbers.items()]
        one = "measured" if len(segments) == 1 else "allocated"
        for number, a, b in segments:
            if known:
                if known[number]:
                    found.append((session.id, number, "online_ms", "measured", level[number]))
                    found.append((session.id, number, "online_known_ms", "measured", known[number]))
                if number in peaks:
                    found.append((session.id, number, "pcu", "measured", peaks[number]))
            else:
                if said["acu"] is not None:
                    found.append((session.id, number, "online_ms", one, said["acu"] * (b - a)))
                    found.append((session.id, number, "online_known_ms", one, b - a))
                if said["pcu"] is not None:
                    found.append((session.id, number, "pcu", one, said["pcu"]))
        times = [b - a for _, a, b in segments]
        watched = said["watch_ms"]
        if watched is None and said["mean_stay_ms"] is not None and said["viewers"] is not None:
            watched = said["mean_stay_ms"] * said["viewers"]
        if watched is None and inside:
            found += [(session.id, number, "watch_ms", "measured", level[number]) for number, _, _ in segments]
        if watched is not None and segments:
            crowd = [level[number] for number, _, _ in segments]
            everywhere = all(known[number] for number, _, _ in segments) and any(crowd)
            for (number, _, _), part in zip(segments, shares(watched, crowd if everywhere else times), strict=True):
                found.append((session.id, number, "watch_ms", one, part))
        found += people_facts(reference, session.id, segments, said, totals)
    return found


def people_facts(reference, session: int, segments: list, said: dict, totals: list) -> list:
    """Counted one by one where events name them, else the report's, shared by views."""
    found = []
    times = [b - a for _, a, b in segments]
    views = [sum(a for s, n, m, _, a in totals if (s, n, m) == (session, number, "views")) for number, _, _ in segments]
    for people in PEOPLE:
        counted = reference.events.people(session, people)
        if counted:
            sets = counted.sets(people)
            found += [(session, number, people, "measured", len(sets[number])) for number, _, _ in segments]
        elif said[people] is not None and segments:
            basis = "measured" if len(segments) == 1 else "approximated"
            parts = shares(said[people], views if any(views) else times)
            found += [
                (session, number, people, basis, part) for (number, _, _), part in zip(segments, parts, strict=True)
            ]
    return found

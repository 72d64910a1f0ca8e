"""What events say of sessions, for the reference: one viewer after the other, one instant after the other."""

from collections import Counter, defaultdict

from kaibo.kpi.tests.slow_doubts import stretches

MINUTE = 60_000
KINDS = {
    "views": "enter", "comments": "comment", "likes": "like", "shares": "share", "new_followers": "follow",
    "product_clicks": "click",
}  # fmt: skip
PEOPLE_KINDS = {"viewers": "enter", "buyers": "order", "comment_users": "comment", "product_click_users": "click"}
STAYS = {"5": 5 * MINUTE, "30": 30 * MINUTE}


def visible_events(rows: list) -> list:
    """What no newer file speaks of too, of the same room and kind, between its first and its last event."""
    found = []
    for batch, as_of, row in rows:
        mine = (row["platform"] or "douyin", row["account"], row["kind"])
        replaced = False
        for other in {(a, b) for b, a, _ in rows if (a, b) > (as_of, batch)}:
            theirs = [
                r["instant_ms"] for b, a, r in rows
                if (a, b) == other and (r["platform"] or "douyin", r["account"], r["kind"]) == mine
            ]  # fmt: skip
            if theirs and row["account"] is not None and min(theirs) <= row["instant_ms"] <= max(theirs):
                replaced = True
        if not replaced:
            found.append((row["instant_ms"], batch, row["row"], row))
    return sorted(found, key=lambda one: one[:3])


class SlowCrowd:
    """Of one session. `segments`: [(number, start, end, crews)]."""

    def __init__(self, reference, session, rows: list) -> None:
        air = stretches(session)
        if session.id in reference.cut:
            self.segments = [(n, a, b, crews) for n, (_, a, b, _, crews) in enumerate(reference.cut[session.id], 1)]
        else:
            self.segments = [(n, a, b, {}) for n, (a, b) in enumerate(air, 1)]
        known, self.events = set(), []
        for at, _, _, row in rows:
            ours = reference.account_named(row["account"], row["platform"])[1] == session.account
            if not ours or not air or not air[0][0] <= at < air[-1][1]:
                continue
            if row["event_id"] is not None and row["event_id"] in known:
                continue
            known.add(row["event_id"])
            self.events.append((at, row["kind"], row["viewer"], 1 if row["count"] is None else row["count"]))
        self.start, self.end = (air[0][0], air[-1][1]) if air else (0, 0)
        self.here = [(e, n) for e in self.events for n, a, b, _ in self.segments if a <= e[0] < b]
        self.kinds = {event[1] for event, _ in self.here}
        self.named = {kind for (_, kind, viewer, _), _ in self.here if viewer is not None}

    def sums(self, measure: str) -> Counter | None:
        if KINDS.get(measure) not in self.kinds:
            return None
        found = Counter()
        for (_, kind, _, count), number in self.here:
            if kind == KINDS[measure]:
                found[number] += count
        return found

    def covered(self, near: int) -> dict[int, int]:
        times = [event[0] for event, _ in self.here]
        low, high = min(times), max(times) + 1
        first, last = min(a for _, a, _, _ in self.segments), max(b for _, _, b, _ in self.segments)
        low, high = first if low - first <= near else low, last if last - high <= near else high
        return {n: min(b, high) - max(a, low) for n, a, b, _ in self.segments if min(b, high) > max(a, low)}

    def sets(self, measure: str) -> dict[int, set] | None:
        if PEOPLE_KINDS.get(measure) not in self.named:
            return None
        found = defaultdict(set)
        for (_, kind, viewer, _), number in self.here:
            counts = kind != "leave" if measure == "viewers" else kind == PEOPLE_KINDS[measure]
            if viewer is not None and counts:
                found[number].add(viewer)
        return found

    def met(self, measure: str, role: str, person: int, number: int) -> int:
        """Whom the person meets here and met in no earlier segment of theirs."""
        sets, before = self.sets(measure), set()
        for n, _, _, crews in self.segments:
            if n < number and person in crews.get(role, {}):
                before |= sets[n]
        return len(sets[number] - before)

    def first(self, measure: str) -> dict[int, int]:
        """Viewer → the segment of their first event that counts for the measure."""
        found: dict[int, int] = {}
        for (_, kind, viewer, _), number in self.here:
            counts = kind != "leave" if measure == "viewers" else kind == PEOPLE_KINDS[measure]
            if viewer is not None and counts:
                found[viewer] = min(number, found.get(viewer, number))
        return found

    def intervals(self) -> dict[int, list[tuple[int, int | None]]]:
        """Viewer → when inside; None: until the end. No leaves told: nothing is known."""
        found: dict[int, list] = defaultdict(list)
        if not {"enter", "leave"} <= self.named:
            return {}
        for at, kind, viewer, _ in self.events:
            if viewer is None:
                continue
            stays = found[viewer]
            inside = bool(stays) and stays[-1][1] is None
            if kind == "enter" and not inside:
                stays.append((at, None))
            elif kind == "leave" and inside:
                stays[-1] = (stays[-1][0], at)
        return found

    def online(self) -> dict[int, tuple[int, int, int, int]]:
        """Segment → Σ level × ms, ms, peak, carried in."""
        if not {"enter", "leave"} <= self.named:
            return {}
        stays = [(a, self.end if b is None else b) for of_one in self.intervals().values() for a, b in of_one]
        found = {}
        for number, start, end, _ in self.segments:
            level = sum(max(0, min(b, end) - max(a, start)) for a, b in stays)
            instants = [start, *(a for a, _ in stays if start <= a < end)]
            peak = max(sum(a <= t < b for a, b in stays) for t in instants)
            found[number] = (level, end - start, peak, sum(a < start < b for a, b in stays))
        return found

    def stays(self) -> dict[str, Counter]:
        found: dict[str, Counter] = defaultdict(Counter)
        for of_one in self.intervals().values():
            if not of_one:
                continue
            came, left = of_one[0]
            for number, start, end, _ in self.segments:
                if start <= came < end:
                    found["came"][number] += 1
                    for name, ms in STAYS.items():
                        found[f"could_stay_{name}"][number] += self.end - came >= ms
                        found[f"stayed_{name}"][number] += (self.end if left is None else left) - came >= ms
        return found


class Trusted:
    """The crowds of which there is enough: what `reference` may use."""

    def __init__(self, reference, tables: dict) -> None:
        rows = visible_events(tables.get("event", []))
        self.reference, self.share = reference, reference.settings.events_whole
        self.of = {s.id: SlowCrowd(reference, s, rows) for s in reference.own.values()} if rows else {}
        near = [*reference.own.values(), *reference.inputs.neighbours] if rows else []
        self.visits = [(s, set(SlowCrowd(reference, s, rows).first("viewers"))) for s in near]
        # (session, measure) → what minutes or readings say; filled in by `total_facts`
        self.counted: dict[tuple[int, str], int] = {}

    def enough(self, session: int, measure: str) -> bool:
        crowd = self.of.get(session)
        sums = crowd.sums(measure) if crowd else None
        if sums is None:
            return False
        expected = self.reference.said(session, measure)
        if expected is None:
            expected = self.counted.get((session, measure))
        return expected is None or 100 * sum(sums.values()) >= self.share * expected

    def people(self, session: int, measure: str) -> SlowCrowd | None:
        crowd = self.of.get(session)
        if not crowd or crowd.sets(measure) is None:
            return None
        if measure == "buyers":
            said = self.reference.said(session, "buyers")
            there = sum(len(one) for one in crowd.sets(measure).values())
            return crowd if said is None or 100 * there >= self.share * said else None
        sums = {"viewers": "views", "comment_users": "comments", "product_click_users": "product_clicks"}
        return crowd if self.enough(session, sums[measure]) else None

    def levels(self, session: int) -> SlowCrowd | None:
        return self.of[session] if self.of and self.enough(session, "views") else None

    def firsts(self, session: int) -> dict[str, Counter]:
        """Measure → segment → people of the broadcast, each once; and who of them had been there in 30 days."""
        crowd = self.of.get(session)
        if not crowd:
            return {}
        sums = {"comment_users": "comments", "product_click_users": "product_clicks"}
        told = [m for m, of in sums.items() if PEOPLE_KINDS[m] in crowd.named and self.enough(session, of)]
        told += ["buyers"] if self.people(session, "buyers") else []
        found = {f"first_{m}": Counter(crowd.first(m).values()) for m in told}
        enters = "enter" in crowd.named
        if not (self.enough(session, "views") if enters else told or any(self.enough(session, m) for m in KINDS)):
            return found
        found["first_viewers" if enters else "first_active"] = Counter(crowd.first("viewers").values())
        mine = self.reference.own[session]
        before = [
            people for other, people in self.visits
            if other.account == mine.account and mine.start_ms - 30 * 24 * 60 * MINUTE <= other.start_ms < mine.start_ms
        ]  # fmt: skip
        seen = set().union(*before)
        found["came_back"] = Counter(n for viewer, n in crowd.first("viewers").items() if viewer in seen)
        return found

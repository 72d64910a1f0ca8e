"""What is true of the story, computed from who was on air when each order came, and from nothing else.

Unassigned stands under the person "". Amounts are minor units, counts (of order lines) and milliseconds.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from kaibo.sample.cast import HOST
from kaibo.sample.company import MEMBERS
from kaibo.sample.further.attendance import Attendance
from kaibo.sample.further.service import Case, Result
from kaibo.sample.further.work import Work
from kaibo.sample.story import Broadcast, Line, Shift, Story, wall

COHORT = 15 * 86_400
NOBODY = ""
# what a session's report tells as a whole → what its minutes call it, "" where they do not tell it
COUNTED = {
    "views": "views", "comments": "comments", "new_followers": "followers", "product_clicks": "clicks",
    "impressions": "", "product_impressions": "", "likes": "",
}  # fmt: skip
# what is read off the screen at a handover
READ = ("views", "comments")
MEASURES = ("paid_minor", "orders", "refund_minor", "refund_orders", *COUNTED)
ORDER = {member.name: number for number, member in enumerate(MEMBERS)}
Counts = dict[str, int]
TEAM = "CNY"
MONEY = ("paid_minor", "refund_minor")
# (currency, the day it holds from) → what one minor unit is worth in the team's
Rates = Mapping[tuple[str, date], Fraction]


@dataclass(frozen=True)
class PersonMonth:
    """A person in a role in a month (YYYY-MM)."""

    month: str
    person: str
    role: str


@dataclass
class Truth:
    """`people`: sums of shares; of time only what nobody held. `on_air_ms`, `planned_ms`: unions, so that two rooms at
    once count once. `sessions`: (handle, start in ms) → totals sold. `elsewhere`: (month, place, kind or tag) → minor
    units that no person sold. `spend`: (ad account, hour in ms) → minor units. `service`, `cases`, `attendance`: of
    each person and period, conversation and day what really was. `doubtful`: lines that two rooms may claim.
    `rejects`: sub-order → (column, cell).
    """

    people: Mapping[PersonMonth, Counts] = field(default_factory=dict)
    on_air_ms: Mapping[PersonMonth, int] = field(default_factory=dict)
    planned_ms: Mapping[PersonMonth, int] = field(default_factory=dict)
    sessions: Mapping[tuple[str, int], Counts] = field(default_factory=dict)
    elsewhere: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    spend: Mapping[tuple[str, int], int] = field(default_factory=dict)
    service: Sequence[Result] = ()
    cases: Sequence[Case] = ()
    attendance: Sequence[Attendance] = ()
    doubtful: Sequence[Line] = ()
    rejects: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    lines: int = 0
    after_sales: int = 0


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Share out whole numbers: rounded-down parts, and what is left to the largest remainders, the first of equals."""
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    rest = sorted(range(len(weights)), key=lambda n: (-(total * weights[n] % whole), n))
    for n in rest[: total - sum(parts)]:
        parts[n] += 1
    return parts


def month_of(seconds: int) -> str:
    return f"{wall(seconds):%Y-%m}"


def union(spans: Sequence[tuple[int, int]]) -> int:
    """Milliseconds covered by intervals in seconds, overlaps counted once."""
    covered, until = 0, 0
    for start, end in sorted(spans):
        covered += max(0, end - max(start, until))
        until = max(until, end)
    return covered * 1000


def cohort(line: Line) -> tuple[int, int]:
    """What went back for a line within fifteen days, and 1 if anything did."""
    back = sum(r.amount for r in line.refunds if r.refunded and r.refunded - line.ordered <= COHORT)
    return back, int(back > 0)


def piece_totals(broadcast: Broadcast, lines: Sequence[Line]) -> list[Counts]:
    """Each stretch of a broadcast: what was sold in it, what came in its minutes or its time on air, its length."""
    pieces = list(broadcast.pieces())
    counted = {measure: spread(broadcast, measure) for measure in COUNTED}
    totals = []
    for number, (start, end) in enumerate(pieces):
        sold = [line for line in lines if line.place == "sold" and start <= line.ordered < end]
        backs = [cohort(line) for line in sold]
        totals.append(
            {
                "paid_minor": sum(line.payable for line in sold), "orders": len(sold),
                "refund_minor": sum(back for back, _ in backs), "refund_orders": sum(n for _, n in backs),
                **{measure: parts[number] for measure, parts in counted.items()}, "air_ms": (end - start) * 1000,
            }
        )  # fmt: skip
    return totals


def spread(broadcast: Broadcast, measure: str) -> list[int]:
    """What came in each stretch: its minutes, and of the time that has none its part of the rest, by time on air."""
    pieces = list(broadcast.pieces())
    total = broadcast.views if measure == "views" else broadcast.counts.get(measure, 0)
    parts, bare = [0] * len(pieces), [end - start for start, end in pieces]
    if broadcast.readings and measure in READ:
        return between(broadcast, measure)
    for minute in broadcast.minutes if COUNTED[measure] else ():
        laps = [max(0, min(minute.start + 60, end) - max(minute.start, start)) for start, end in pieces]
        for place, part in enumerate(split(getattr(minute, COUNTED[measure]), laps)):
            parts[place] += part
            bare[place] -= laps[place]
    rest = split(total - sum(parts), bare) if any(bare) else [0] * len(pieces)
    return [part + more for part, more in zip(parts, rest, strict=True)]


def between(broadcast: Broadcast, measure: str) -> list[int]:
    """What came from one reading to the next, each of which was taken where the crew changed."""
    parts, before = [], 0
    for reading in broadcast.readings:
        parts.append(getattr(reading, measure) - before)
        before = getattr(reading, measure)
    assert [end for _, end in broadcast.pieces()] == [r.edge for r in broadcast.readings]  # noqa: S101
    return parts


def tell(stories: Sequence[Story], rates: Rates | None = None, work: Work | None = None) -> Truth:
    """All true values of stories whose files are written (the platform's counts of views are known then)."""
    work = work or Work()
    people: dict[PersonMonth, Counts] = defaultdict(lambda: defaultdict(int))
    sessions: dict[tuple[str, int], Counts] = {}
    by_broadcast: dict[int, list[Line]] = defaultdict(list)
    lines = [line for story in stories for line in story.lines]
    for line in lines:
        if line.broadcast is not None:
            by_broadcast[id(line.broadcast)].append(line)
    broadcasts = [b for story in stories for b in story.broadcasts]
    for broadcast in (b for b in broadcasts if not b.test):
        totals = piece_totals(broadcast, by_broadcast[id(broadcast)])
        if broadcast.room.currency != TEAM:
            totals = in_team_currency(totals, rate_on(rates or {}, broadcast))
        sessions[broadcast.room.handle, broadcast.start * 1000] = _sum(totals)
        _credit(people, broadcast, totals)
    on_air, planned = _hours(broadcasts, [shift for story in stories for shift in story.shifts])
    return Truth(
        {key: dict(counts) for key, counts in people.items()}, on_air, planned, sessions,
        _elsewhere(lines, rates or {}), {(one.ad_account, one.start * 1000): one.spend for one in work.spends},
        work.service, work.cases, work.attendance,
        [line for line in lines if line.place == "doubtful"], {line.sub: line.bad for line in lines if line.bad},
        len(lines), sum(len(s.refunds) for s in stories),
    )  # fmt: skip


def rate_on(rates: Rates, broadcast: Broadcast) -> Fraction:
    """The newest rate of the room's currency that was known on the broadcast's day."""
    return rates[max(key for key in rates if key[0] == broadcast.room.currency and key[1] <= broadcast.day)]


def in_team_currency(totals: Sequence[Counts], rate: Fraction) -> list[Counts]:
    """A broadcast's money at the day's rate: its sum is converted once, half-even, then shared out again."""
    changed = [dict(total) for total in totals]
    for measure in MONEY:
        amounts = [total[measure] for total in totals]
        whole = round(sum(amounts) * rate)
        for total, part in zip(changed, split(whole, amounts) if whole else [0] * len(amounts), strict=True):
            total[measure] = part
    return changed


def _sum(totals: Sequence[Counts]) -> Counts:
    return {measure: sum(total[measure] for total in totals) for measure in totals[0]}


def _credit(people: dict[PersonMonth, Counts], broadcast: Broadcast, totals: Sequence[Counts]) -> None:
    month = f"{broadcast.day:%Y-%m}"
    for role in sorted({stint.role for stint in broadcast.stints} | {HOST}):
        for (start, _), total in zip(broadcast.pieces(), totals, strict=True):
            crew = sorted(broadcast.on_air(role, start), key=lambda stint: ORDER[stint.person])
            names = [stint.person for stint in crew] or [NOBODY]
            for measure in MEASURES if crew else (*MEASURES, "air_ms"):
                parts = split(total[measure], [stint.weight for stint in crew] or [1])
                for name, part in zip(names, parts, strict=True):
                    people[PersonMonth(month, name, role)][measure] += part


def _hours(
    broadcasts: Sequence[Broadcast], shifts: Sequence[Shift]
) -> tuple[dict[PersonMonth, int], dict[PersonMonth, int]]:
    real: dict[PersonMonth, list[tuple[int, int]]] = defaultdict(list)
    plan: dict[PersonMonth, list[tuple[int, int]]] = defaultdict(list)
    for broadcast in broadcasts:
        for stint in broadcast.stints:
            key = PersonMonth(f"{broadcast.day:%Y-%m}", stint.person, stint.role)
            for start, end in broadcast.parts():
                if stint.start < end and start < stint.end:
                    real[key].append((max(stint.start, start), min(stint.end, end)))
    for shift in shifts:
        if shift.origin != "confirming":
            plan[PersonMonth(month_of(shift.start), shift.person, shift.role)].append((shift.start, shift.end))
    return {k: union(v) for k, v in real.items()}, {k: union(v) for k, v in plan.items()}


def _elsewhere(lines: Sequence[Line], rates: Rates) -> dict[tuple[str, str, str], int]:
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    foreign: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if line.place not in ("sold", "doubtful", "rejected"):
            # what was bought after a broadcast is the broadcast's, also past midnight
            after = line.broadcast if line.place == "after" else None
            if after and after.room.currency != TEAM:
                foreign[id(after)].append(line)
                continue
            month = month_of(after.start if after else line.ordered)
            sums[month, line.place, line.kind] += line.payable
    for of_one in foreign.values():
        broadcast = of_one[0].broadcast
        assert broadcast is not None  # noqa: S101 - that is how they were found
        amount = round(sum(line.payable for line in of_one) * rate_on(rates, broadcast))
        sums[month_of(broadcast.start), "after", of_one[0].kind] += amount
    return dict(sums)

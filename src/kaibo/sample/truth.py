"""What is true of the story, computed from who was on air when each order came, and from nothing else.

Unassigned stands under the person "". Amounts are minor units, counts (of order lines) and milliseconds.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kaibo.sample.cast import HOST
from kaibo.sample.company import MEMBERS
from kaibo.sample.story import Broadcast, Line, Story, wall

COHORT = 15 * 86_400
NOBODY = ""
MEASURES = ("paid_minor", "orders", "refund_minor", "refund_orders", "views")
ORDER = {member.name: number for number, member in enumerate(MEMBERS)}
Counts = dict[str, int]


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
    units that no person sold. `doubtful`: lines that two rooms may claim. `rejects`: sub-order → (column, cell).
    """

    people: Mapping[PersonMonth, Counts] = field(default_factory=dict)
    on_air_ms: Mapping[PersonMonth, int] = field(default_factory=dict)
    planned_ms: Mapping[PersonMonth, int] = field(default_factory=dict)
    sessions: Mapping[tuple[str, int], Counts] = field(default_factory=dict)
    elsewhere: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
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
    """Each stretch of a broadcast: what was sold in it, its views by air time, its length."""
    pieces = list(broadcast.pieces())
    views = split(broadcast.views, [end - start for start, end in pieces])
    totals = []
    for (start, end), seen in zip(pieces, views, strict=True):
        sold = [line for line in lines if line.place == "sold" and start <= line.ordered < end]
        backs = [cohort(line) for line in sold]
        totals.append(
            {
                "paid_minor": sum(line.payable for line in sold), "orders": len(sold),
                "refund_minor": sum(back for back, _ in backs), "refund_orders": sum(n for _, n in backs),
                "views": seen, "air_ms": (end - start) * 1000,
            }
        )  # fmt: skip
    return totals


def tell(story: Story) -> Truth:
    """All true values of a story whose files are written (the platform's counts of views are known then)."""
    people: dict[PersonMonth, Counts] = defaultdict(lambda: defaultdict(int))
    sessions: dict[tuple[str, int], Counts] = {}
    by_broadcast: dict[int, list[Line]] = defaultdict(list)
    for line in story.lines:
        if line.broadcast is not None:
            by_broadcast[id(line.broadcast)].append(line)
    for broadcast in (b for b in story.broadcasts if not b.test):
        totals = piece_totals(broadcast, by_broadcast[id(broadcast)])
        sessions[broadcast.room.handle, broadcast.start * 1000] = _sum(totals)
        _credit(people, broadcast, totals)
    on_air, planned = _hours(story)
    return Truth(
        {key: dict(counts) for key, counts in people.items()}, on_air, planned, sessions, _elsewhere(story),
        [line for line in story.lines if line.place == "doubtful"],
        {line.sub: line.bad for line in story.lines if line.bad}, len(story.lines), len(story.refunds),
    )  # fmt: skip


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


def _hours(story: Story) -> tuple[dict[PersonMonth, int], dict[PersonMonth, int]]:
    real: dict[PersonMonth, list[tuple[int, int]]] = defaultdict(list)
    plan: dict[PersonMonth, list[tuple[int, int]]] = defaultdict(list)
    for broadcast in story.broadcasts:
        for stint in broadcast.stints:
            month = f"{broadcast.day:%Y-%m}"
            real[PersonMonth(month, stint.person, stint.role)].append((stint.start, min(stint.end, broadcast.end)))
    for shift in story.shifts:
        if shift.origin != "confirming":
            plan[PersonMonth(month_of(shift.start), shift.person, shift.role)].append((shift.start, shift.end))
    return {k: union(v) for k, v in real.items()}, {k: union(v) for k, v in plan.items()}


def _elsewhere(story: Story) -> dict[tuple[str, str, str], int]:
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for line in story.lines:
        if line.place not in ("sold", "doubtful", "rejected"):
            # what was bought after a broadcast is the broadcast's, also past midnight
            after = line.broadcast if line.place == "after" else None
            month = month_of(after.start if after else line.ordered)
            sums[month, line.place, line.kind] += line.payable
    return dict(sums)

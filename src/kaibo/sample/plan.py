"""The month's broadcasts: what the rosters planned, and what really happened on the days that went otherwise."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from kaibo.sample import cast
from kaibo.sample.cast import ADS, BEDDING, CO_HOST, FLAGSHIP, FLOOR, HOST, OPERATOR, SERVICE, Room
from kaibo.sample.story import Broadcast, Shift, Stint, instant

BEFORE = 2  # days before the month that the files cover too
SIX_PM, NINE_PM, MIDNIGHT = 18 * 60, 21 * 60, 24 * 60
TEN_AM, ONE_PM, FOUR_PM = 10 * 60, 13 * 60, 16 * 60
LATE_NIGHTS = (10, 24)  # 18:00–02:00, and so does the month's last day
LONG_DAY = 17  # 10:00 to the next day's 12:00
TWO_HOSTS = (11, 23)
EVENINGS = (6, 12, 19, 26)  # both rooms live
TWO_ROOMS_AT_ONCE = (12, 26)
DAY = timedelta(days=1)


@dataclass
class Turn:
    """One planned stay of a person in a role; minutes after the day's midnight.

    `told`: the times confirmed afterwards; `real`: when they were truly on, where that is neither; `opens`, `closes`:
    there from the stream's first second, to its last. `there`: False where the person did not come.
    """

    role: str
    person: str
    start: int
    end: int
    origin: str
    code: str = ""
    told: tuple[int, int] | None = None
    real: tuple[int, int] | None = None
    opens: bool = False
    closes: bool = False
    there: bool = True
    state: str = "confirmed"
    weight: int = 1
    lead: bool = False
    note: str = ""


@dataclass
class Evening:
    """A broadcast on paper: room, day, planned minutes and turns; the special days change it before it is made real."""

    room: Room
    day: date
    start: int
    end: int
    turns: list[Turn] = field(default_factory=list)
    orders: int = 105
    label: str = ""
    coupons: bool = False
    exact: bool = False  # no early or late minutes: start and end are as written

    def add(self, role: str, person: str, start: int, end: int, origin: str = "list", code: str = "") -> Turn:
        turn = Turn(role, person, start, end, origin, code, opens=start == self.start, closes=end == self.end)
        self.turns.append(turn)
        return turn

    def host(self, number: int) -> Turn:
        return [turn for turn in self.turns if turn.role == HOST][number]


def flagship_hosts(number: int) -> tuple[str, str, str]:
    """First and second host of the day, and who is off. `number`: the day of the month."""
    names = cast.FLAGSHIP_HOSTS
    return names[number % 3], names[(number + 1) % 3], names[(number + 2) % 3]


def bedding_hosts(number: int) -> tuple[str, str, str]:
    names = cast.BEDDING_HOSTS
    return names[number % 3], names[(number + 1) % 3], names[(number + 2) % 3]


def flagship_evening(day: date, origin: str, late: bool) -> Evening:
    first, second, _ = flagship_hosts(day.day)
    end = 26 * 60 if late else MIDNIGHT
    evening = Evening(FLAGSHIP, day, SIX_PM, end, orders=130 if late else 110)
    evening.add(HOST, first, SIX_PM, NINE_PM, origin, "A1")
    evening.add(HOST, second, NINE_PM, end, origin, "A3" if late else "A2")
    if day.day not in TWO_HOSTS and day.day % 5 != 4:
        evening.add(CO_HOST, cast.CO_HOSTING, 19 * 60, 23 * 60)
    evening.add(FLOOR, cast.FLOOR_TWO if day.day % 7 == 0 else cast.FLOOR_ONE, SIX_PM, end)
    if day.day % 7 != 3:
        evening.add(OPERATOR, cast.OPERATOR_ONE, SIX_PM, end)
    if day.day % 6 != 5:
        evening.add(ADS, cast.ADS_BUYER, SIX_PM, end)
    if day.day % 7 not in (0, 6):
        evening.add(SERVICE, cast.SERVICE_ONE, SIX_PM, end)
    return evening


def bedding_day(day: date, origin: str) -> Evening:
    first, second, _ = bedding_hosts(day.day)
    paper = Evening(BEDDING, day, TEN_AM, FOUR_PM, orders=95)
    paper.add(HOST, first, TEN_AM, ONE_PM, origin, "B1")
    paper.add(HOST, second, ONE_PM, FOUR_PM, origin, "B2")
    paper.add(FLOOR, cast.FLOOR_TWO, TEN_AM, FOUR_PM)
    paper.add(OPERATOR, cast.OPERATOR_TWO, TEN_AM, FOUR_PM)
    return paper


def bedding_evening(day: date) -> Evening:
    paper = Evening(BEDDING, day, cast.CODE["B3"].start, cast.CODE["B3"].end, orders=70, label="both_rooms")
    paper.add(HOST, bedding_hosts(day.day)[2], paper.start, paper.end, "wide", "B3")
    paper.add(FLOOR, cast.FLOOR_TWO, paper.start, paper.end)
    two = day.day in TWO_ROOMS_AT_ONCE
    paper.add(OPERATOR, cast.OPERATOR_ONE if two else cast.OPERATOR_TWO, paper.start, paper.end)
    if two:
        paper.label = "one_person_two_rooms"
    return paper


def never_sets(day: date) -> Evening:
    """日不落: 26 hours in one session, with the month-wide roster's two shifts of its evening inside."""
    first, second, off = flagship_hosts(day.day)
    tomorrow = day + DAY
    guest, guest_tomorrow = bedding_hosts(day.day)[2], bedding_hosts(tomorrow.day)[2]
    paper = Evening(FLAGSHIP, day, TEN_AM, 36 * 60, orders=300, label="never_sets", coupons=True)
    for person, start, end in [
        (guest, 10, 13), (off, 13, 16), (guest, 16, 18), (first, 18, 21), (second, 21, 24),
        (off, 24, 27), (guest, 27, 30), (flagship_hosts(tomorrow.day)[2], 30, 33), (guest_tomorrow, 33, 36),
    ]:  # fmt: skip
        code = {18: "A1", 21: "A2"}.get(start, "")
        paper.add(HOST, person, start * 60, end * 60, "wide" if code else "list", code)
    for person, start, end in [(cast.FLOOR_ONE, 10, 22), (cast.FLOOR_TWO, 22, 30), (cast.FLOOR_ONE, 30, 36)]:
        paper.add(FLOOR, person, start * 60, end * 60)
    paper.add(OPERATOR, cast.OPERATOR_ONE, SIX_PM, MIDNIGHT)
    paper.add(SERVICE, cast.SERVICE_ONE, SIX_PM, MIDNIGHT)
    return paper


def late_host(paper: Evening) -> None:
    turn = paper.host(0)
    turn.told, turn.opens, turn.note = (SIX_PM + 26, NINE_PM), False, "路上堵车，晚到 26 分"
    paper.label = "late_host"


def handover_gap(paper: Evening) -> None:
    out, into = paper.host(0), paper.host(1)
    out.told, out.real = (SIX_PM, NINE_PM - 2), (SIX_PM, NINE_PM + 1)
    into.told = (NINE_PM + 1, MIDNIGHT)
    paper.label = "handover_gap"


def two_hosts(paper: Evening) -> None:
    lead, other = paper.host(0), paper.host(1)
    lead.told, lead.weight, lead.lead = (SIX_PM, 22 * 60), 7, True
    other.told, other.weight = (20 * 60, MIDNIGHT), 3
    paper.label, paper.coupons, paper.orders = "two_hosts", True, 150


def substitute(paper: Evening) -> None:
    missing = paper.host(1)
    missing.there, missing.state, missing.note = False, "absent", "发烧请假"
    paper.add(HOST, cast.SUBSTITUTE, NINE_PM, MIDNIGHT, "confirming").note = "替班"
    paper.label = "substitute"


def absent_host(paper: Evening) -> None:
    """Nobody came for the second half: the first stayed 70 minutes longer, then the stream ran on 21 minutes alone."""
    stayed, missing = paper.host(0), paper.host(1)
    stayed.told, stayed.note = (TEN_AM, 14 * 60 + 10), "接班的没来，多播 70 分"
    missing.there, missing.state, missing.note = False, "absent", "家中急事"
    paper.end, paper.exact = 14 * 60 + 31, True
    for turn in paper.turns:
        turn.closes = turn.role != HOST
    paper.label = "absent_host"


FLAGSHIP_STORIES: dict[int, Callable[[Evening], None]] = {
    5: late_host, 8: handover_gap, 11: two_hosts, 13: substitute, 23: two_hosts,
}  # fmt: skip
BEDDING_STORIES: dict[int, Callable[[Evening], None]] = {20: absent_host}


def month_on_paper(first: date, last: date) -> list[Evening]:
    """Every planned broadcast of the month. `last`: the month's last day."""
    papers = []
    for number in range(1, last.day + 1):
        day = first.replace(day=number)
        late = number in LATE_NIGHTS or day == last
        paper = never_sets(day) if number == LONG_DAY else flagship_evening(day, "wide", late)
        if number in FLAGSHIP_STORIES:
            FLAGSHIP_STORIES[number](paper)
        if late:
            paper.label = "over_month_end" if day == last else "over_midnight"
        papers.append(paper)
        if number % 7:
            papers.append(bedding_day(day, "wide"))
            if number in BEDDING_STORIES:
                BEDDING_STORIES[number](papers[-1])
        if number in EVENINGS:
            papers.append(bedding_evening(day))
    for turn in papers[-1].turns:  # nobody has confirmed these two
        turn.state = "planned" if turn.role in (FLOOR, OPERATOR) else turn.state
    return papers


def before_on_paper(first: date) -> list[Evening]:
    """The days before the month, whose hosts stand on the list roster."""
    days = [first - DAY * n for n in range(BEFORE, 0, -1)]
    papers = [paper for day in days for paper in (bedding_day(day, "list"), flagship_evening(day, "list", False))]
    for paper in papers:
        paper.label = "before"
        for turn in paper.turns:
            turn.code = ""
    return papers


def come_true(paper: Evening, rng: Random) -> Broadcast:
    """The session as it was on the platform: a little early or late, and who was on air."""
    early = 0 if paper.exact else rng.randint(-150, 420)
    over = 0 if paper.exact else rng.randint(-120, 480)
    start, end = instant(paper.day, paper.start) + early, instant(paper.day, paper.end) + over
    stints = []
    for turn in (t for t in paper.turns if t.there):
        on, off = turn.real or turn.told or (turn.start, turn.end)
        stints.append(
            Stint(
                turn.role,
                turn.person,
                start if turn.opens else instant(paper.day, on),
                end if turn.closes else instant(paper.day, off),
                turn.weight,
            )
        )
    return Broadcast(paper.room, start, end, stints, orders=paper.orders, coupons=paper.coupons, label=paper.label)


def on_roster(paper: Evening) -> list[Shift]:
    """The same evening as the rosters and the people who confirm it tell it."""
    shifts = []
    for turn in paper.turns:
        told = turn.told and (instant(paper.day, turn.told[0]), instant(paper.day, turn.told[1]))
        shifts.append(
            Shift(
                paper.room, turn.role, turn.person, instant(paper.day, turn.start),
                instant(paper.day, turn.end), turn.origin, turn.code, turn.state, told, turn.lead, turn.note,
            )
        )  # fmt: skip
    return shifts


def camera_test(first: date) -> Broadcast:
    """Four minutes to try a camera."""
    start = instant(first.replace(day=3), 17 * 60 + 31)
    return Broadcast(FLAGSHIP, start, start + 4 * 60, [], orders=0, test=True, label="test")


def make(first: date, last: date, rng: Random) -> tuple[list[Broadcast], list[Shift]]:
    """All broadcasts in the order of time, and all shifts. `first`, `last`: the month's days."""
    papers = before_on_paper(first) + month_on_paper(first, last)
    papers.sort(key=lambda paper: (paper.day, paper.start))
    broadcasts = [come_true(paper, rng) for paper in papers] + [camera_test(first)]
    shifts = [shift for paper in papers for shift in on_roster(paper)]
    return sorted(broadcasts, key=lambda b: (b.start, b.room.handle)), shifts

"""The team's own two rosters: the month-wide one of the hosts, and the list of everyone else and of the days before."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from kaibo.sample.cast import (
    ADS,
    BEDDING_HOSTS,
    CO_HOST,
    DAY_OFF,
    FLAGSHIP_HOSTS,
    FLOOR,
    HOST,
    LEAVE_CODE,
    OPERATOR,
    SERVICE,
)
from kaibo.sample.company import CONTROL
from kaibo.sample.story import Shift, Story, wall

LIST_COLUMNS = (
    ("日期", ""), ("直播间", ""), ("上播时间", ""), ("下播时间", ""), ("主播姓名", HOST), ("副播姓名", CO_HOST),
    ("场控姓名", FLOOR), ("运营姓名", OPERATOR), ("投手姓名", ADS), ("客服姓名", SERVICE), ("备注", ""),
)  # fmt: skip
# of a team with somebody in central control
CONTROL_COLUMNS = (*LIST_COLUMNS[:8], ("中控姓名", CONTROL), *LIST_COLUMNS[8:])
# as people type names: with spaces that do not belong there
TYPED = {"陈嘉禾": "  陈嘉禾", "方知夏": "方知夏 ", "唐予安": "唐 予安"}

# approved leave: (person, day of the month); all other days without a shift are days off
LEAVE = {("陈嘉禾", 14), ("陈嘉禾", 26)}


def wide(story: Story) -> tuple[list[date], list[tuple[str, list[str]]]]:
    """The month's days, and for each host as typed a code for each of them."""
    last = (story.month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    days = [story.month + timedelta(days=n) for n in range(last.day)]
    codes = {(s.person, wall(s.start).date()): s.code for s in story.shifts if s.origin == "wide"}
    return days, [
        (TYPED.get(name, name), [codes.get((name, day)) or _off(name, day) for day in days])
        for name in (*FLAGSHIP_HOSTS, *BEDDING_HOSTS)
    ]


def _off(name: str, day: date) -> str:
    return LEAVE_CODE if (name, day.day) in LEAVE else DAY_OFF


def columns(story: Story) -> Sequence[tuple[str, str]]:
    """The list's columns with the roles they hold; central control only where somebody is in it."""
    return CONTROL_COLUMNS if any(shift.role == CONTROL for shift in story.shifts) else LIST_COLUMNS


def listed(story: Story) -> list[list[str | datetime]]:
    """One row for each stretch of a room, the names that share it beside each other."""
    wanted = columns(story)
    rows: dict[tuple[int, str, int], list[Shift]] = {}
    for shift in story.shifts:
        if shift.origin == "list":
            rows.setdefault((shift.start, shift.room.name, shift.end), []).append(shift)
    return [_listed(key, shifts, wanted) for key, shifts in sorted(rows.items())]


def _listed(
    key: tuple[int, str, int], shifts: Sequence[Shift], wanted: Sequence[tuple[str, str]]
) -> list[str | datetime]:
    start, room, end = key
    # in the room's own clock
    ahead = shifts[0].room.offset
    begins, stops = wall(start, ahead), wall(end, ahead)
    day = datetime.combine(begins.date(), datetime.min.time())
    names = {shift.role: shift.person for shift in shifts}
    cells: dict[str, str | datetime] = {
        "日期": day, "直播间": room, "上播时间": begins.strftime("%H:%M"), "下播时间": _until(day, stops),
        "备注": "",
    }  # fmt: skip
    return [cells[title] if title in cells else names.get(role, "") for title, role in wanted]


def _until(day: datetime, at: datetime) -> str:
    """24:00 at midnight; after it the next morning's clock, as people write it."""
    return "24:00" if at == day + timedelta(days=1) else at.strftime("%H:%M")

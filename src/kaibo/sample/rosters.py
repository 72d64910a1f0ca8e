"""The team's own two rosters: the month-wide one of the hosts, and the list of everyone else and of the days before."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from kaibo.sample.cast import ADS, BEDDING_HOSTS, CO_HOST, FLAGSHIP_HOSTS, FLOOR, HOST, OPERATOR, SERVICE
from kaibo.sample.story import Shift, Story, wall

LIST_COLUMNS = (
    ("日期", ""), ("直播间", ""), ("上播时间", ""), ("下播时间", ""), ("主播姓名", HOST), ("副播姓名", CO_HOST),
    ("场控姓名", FLOOR), ("运营姓名", OPERATOR), ("投手姓名", ADS), ("客服姓名", SERVICE), ("备注", ""),
)  # fmt: skip
# as people type names: with spaces that do not belong there
TYPED = {"陈嘉禾": "  陈嘉禾", "方知夏": "方知夏 ", "唐予安": "唐 予安"}


def wide(story: Story) -> tuple[list[date], list[tuple[str, list[str]]]]:
    """The month's days, and for each host as typed a code for each of them."""
    last = (story.month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    days = [story.month + timedelta(days=n) for n in range(last.day)]
    codes = {(s.person, wall(s.start).date()): s.code for s in story.shifts if s.origin == "wide"}
    return days, [
        (TYPED.get(name, name), [codes.get((name, day), "休") for day in days])
        for name in (*FLAGSHIP_HOSTS, *BEDDING_HOSTS)
    ]


def listed(story: Story) -> list[list[str | datetime]]:
    """One row for each stretch of a room, the names that share it beside each other."""
    rows: dict[tuple[int, str, int], list[Shift]] = {}
    for shift in story.shifts:
        if shift.origin == "list":
            rows.setdefault((shift.start, shift.room.name, shift.end), []).append(shift)
    return [_listed(key, shifts) for key, shifts in sorted(rows.items())]


def _listed(key: tuple[int, str, int], shifts: Sequence[Shift]) -> list[str | datetime]:
    start, room, end = key
    day = datetime.combine(wall(start).date(), datetime.min.time())
    names = {shift.role: shift.person for shift in shifts}
    cells: dict[str, str | datetime] = {
        "日期": day, "直播间": room, "上播时间": wall(start).strftime("%H:%M"), "下播时间": _until(day, end),
        "备注": "",
    }  # fmt: skip
    return [cells[title] if title in cells else names.get(role, "") for title, role in LIST_COLUMNS]


def _until(day: datetime, end: int) -> str:
    """24:00 at midnight; after it the next morning's clock, as people write it."""
    at = wall(end)
    return "24:00" if at == day + timedelta(days=1) else at.strftime("%H:%M")

"""企业微信 打卡时间记录 of the month: everyone with a shift came somewhat early and left somewhat late, but for a few.

Who was late or absent in the story was late or absent here too; one punch of one day is missing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from kaibo.sample.company import BY_NAME
from kaibo.sample.sheets import book
from kaibo.sample.story import Shift, instant, wall

MINUTE, DAY = 60, timedelta(days=1)
WEEKDAYS = "一二三四五六日"
# person, day of the month → minutes after the plan; beside those whom the story knows to be late
LATE = {("何川", 14): 9}
# one punch only: whether they came or went then is unknown
ONE_PUNCH = {("韩述", 16)}
# minutes by which one may go on stage later than planned and yet have been there
A_HANDOVER = 5


@dataclass(frozen=True)
class Attendance:
    """A day with shifts: their first start and last end as planned, and the punches in seconds since the epoch."""

    person: str
    day: date
    planned: tuple[int, int]
    punches: tuple[int, ...]

    @property
    def late_ms(self) -> int | None:
        """Past the planned start; None where nobody can know."""
        return max(0, self.punches[0] - self.planned[0]) * 1000 if len(self.punches) > 1 else None

    @property
    def absent(self) -> bool:
        return not self.punches


def of_month(shifts: Iterable[Shift], month: date, dice: Random) -> list[Attendance]:
    """A line for each person and local day on which a shift of theirs was planned to begin."""
    planned: dict[tuple[str, date], list[Shift]] = defaultdict(list)
    for shift in shifts:
        day = wall(shift.start).date()
        if day.replace(day=1) == month and shift.origin != "confirming":
            planned[shift.person, day].append(shift)
    return [_of_day(person, day, planned[person, day], dice) for person, day in sorted(planned)]


def _of_day(person: str, day: date, shifts: Sequence[Shift], dice: Random) -> Attendance:
    first, last = min(shifts, key=lambda s: s.start), max(shifts, key=lambda s: s.end)
    plan = (first.start, last.end)
    early, over = dice.randrange(6, 35), dice.randrange(3, 40)
    if all(shift.state == "absent" for shift in shifts):
        return Attendance(person, day, plan, ())
    # the report puts a punch before midnight on the day before
    came = max(first.start - early * MINUTE, instant(day, 0))
    late = LATE.get((person, day.day), (first.told[0] - first.start) // MINUTE if first.told else 0)
    if late > A_HANDOVER:
        came = first.start + late * MINUTE
    left = max(last.end, last.told[1] if last.told else 0) + over * MINUTE
    punches = (came,) if (person, day.day) in ONE_PUNCH else (came, left)
    return Attendance(person, day, plan, punches)


def write(path: Path, found: Sequence[Attendance], month: date, end: date, drawn: int) -> None:
    """The report as 企业微信 writes it: two title rows, two header rows, merges across and down."""
    days = [month + n * DAY for n in range((end - month).days)]
    cells: Mapping[tuple[str, date], Attendance] = {(one.person, one.day): one for one in found}
    with book(path) as made:
        page = made.add_worksheet("打卡时间记录")
        last = 4 + len(days)
        page.merge_range(0, 0, 0, last, "打卡时间记录")
        title = f"统计时间:{days[0]:%m-%d} ～ {days[-1]:%m-%d}     制表时间:{wall(drawn):%Y-%m-%d %H:%M}(UTC+8)"
        page.merge_range(1, 0, 1, last, title)
        page.merge_range(2, 0, 3, 0, "姓名")
        page.merge_range(2, 1, 3, 1, "账号")
        page.merge_range(2, 2, 2, 4, "基础信息")
        page.merge_range(2, 5, 2, last, "打卡时间记录")
        heads = [f"{day.day}\n星期{WEEKDAYS[day.weekday()]}" for day in days]
        page.write_row(3, 2, ["部门", "职务", "工号", *heads])
        for number, person in enumerate(dict.fromkeys(one.person for one in found)):
            said = [_cell(cells.get((person, day)), day) for day in days]
            group = f"示例公司/{BY_NAME[person].department}"
            page.write_row(4 + number, 0, [person, f"user{number:02d}", group, "--", "--", *said])


def _cell(one: Attendance | None, day: date) -> str:
    if one is None or not one.punches:
        return "--"
    return "、".join(_punch(at, day) for at in one.punches)


def _punch(at: int, day: date) -> str:
    text = f"{wall(at):%H:%M}"
    return f"次日{text}" if at >= instant(day + DAY, 0) else text

"""The calendar's month: a day a field, with what somebody who plans looks for in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kaibo.live.calendar import Asked, Block, Board
from kaibo.live.models import Leave


@dataclass(frozen=True)
class MonthDay:
    """`ms`: planned or confirmed time of all shifts, each on its own. `own`: the shifts of a single person."""

    asked: Asked
    ms: int
    shifts: int
    holes: int
    sessions: int
    own: Sequence[Block] = ()
    leaves: int = 0

    @property
    def day(self) -> date:
        return self.asked.day


def month_weeks(found: Board, leaves: Mapping[date, Sequence[Leave]], *, own: bool) -> list[list[MonthDay | None]]:
    """Monday to Sunday; None for days of the neighbours. `own`: name each shift instead of counting them."""
    first = found.asked.first
    days: list[MonthDay | None] = [None] * first.weekday()
    days += [_day(found, day, own, len(leaves.get(day, ()))) for day in found.asked.days]
    days += [None] * (-len(days) % 7)
    return [days[n : n + 7] for n in range(0, len(days), 7)]


def _day(found: Board, day: date, own: bool, leaves: int) -> MonthDay:
    cells = found.of_day(day)
    blocks = [block for cell in cells for block in cell.blocks]
    return MonthDay(
        found.asked.at(day, "day"),
        sum((block.end - block.start) // timedelta(milliseconds=1) for block in blocks),
        len(blocks),
        sum(len(cell.holes) for cell in cells),
        sum(len(cell.sessions) for cell in cells),
        sorted(blocks, key=lambda block: block.start) if own else (),
        leaves,
    )

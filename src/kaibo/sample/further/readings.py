"""交接读数: of one morning of the kitchen room the running totals that were read off its screen at handover and end."""

from datetime import date
from pathlib import Path

from kaibo.sample.further.cast import FLOOR_THREE, KITCHEN
from kaibo.sample.further.plan import HANDOVER
from kaibo.sample.sheets import Cell, table
from kaibo.sample.story import Broadcast, Reading, instant, wall

DAY = 27
COLUMNS = ("时间", "直播间", "平台", "累计观看次数", "累计评论", "抄录人")
# the screen was read a few entries before the report closed
NOT_YET = 7


def is_read(broadcast: Broadcast, month: date) -> bool:
    return broadcast.room is KITCHEN and broadcast.day == month.replace(day=DAY)


def take(broadcast: Broadcast) -> list[Reading]:
    """At the handover, typed forty seconds late, and half a minute before the end."""
    at = instant(broadcast.day, HANDOVER)
    views, comments = broadcast.views - NOT_YET, broadcast.counts["comments"]
    return [
        Reading(at, at + 40, views * 52 // 100, comments * 45 // 100),
        Reading(broadcast.end, broadcast.end - 30, views, comments),
    ]


def write(path: Path, broadcast: Broadcast) -> None:
    """The sheet that Kaibo documents. What it tells is kept with the broadcast."""
    broadcast.readings = take(broadcast)
    rows: list[list[Cell]] = [
        [
            wall(one.read_at).strftime("%Y-%m-%d %H:%M:%S"), broadcast.room.handle, "抖音", one.views, one.comments,
            FLOOR_THREE,
        ]
        for one in broadcast.readings
    ]  # fmt: skip
    table(path, "交接读数", COLUMNS, rows)

"""抖音 流量综合趋势分析 of some sessions: what came in each minute, which a person downloads one session at a time.

The minutes of a session add up to what its report says; where minutes are missing, the rest of the report's count is
all that is known of them.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

from kaibo.sample.cast import FLAGSHIP
from kaibo.sample.further.cast import KITCHEN
from kaibo.sample.further.stories import Further
from kaibo.sample.sheets import Cell, table
from kaibo.sample.story import Broadcast, Minute, Story, instant, wall

MINUTE = 60
COLUMNS = (
    "时间", "评论次数", "新加直播团人数", "新增粉丝数", "在线人数", "进入人数", "离开人数", "观看次数", "商品点击次数",
)  # fmt: skip
KITCHEN_DAYS = (3, 6, 13, 20, 24)
GAP_DAY, GAP = 2, (20 * 60 + 10, 20 * 60 + 36)


def chosen(first: Story, further: Further) -> Iterator[Broadcast]:
    """The sessions whose minutes somebody downloaded: five mornings of the kitchen room, two evenings of the flagship.

    Of the rest there are none, as in most teams.
    """
    for broadcast in further.life.broadcasts:
        if broadcast.room is KITCHEN and in_month(broadcast, first.month) and broadcast.day.day in KITCHEN_DAYS:
            yield broadcast
    last = (first.month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    evenings = [b for b in first.broadcasts if b.room is FLAGSHIP and not b.test and in_month(b, first.month)]
    yield from (broadcast for broadcast in evenings if broadcast.day.day in (GAP_DAY, last.day - 1))


def in_month(broadcast: Broadcast, month: date) -> bool:
    return broadcast.day.replace(day=1) == month


def made_of(broadcast: Broadcast, dice: Random) -> list[Minute]:
    """Every whole minute that the session touches, its report's counts spread over them."""
    begin = broadcast.start // MINUTE * MINUTE
    starts = list(range(begin, broadcast.end, MINUTE))
    waves = [1 + dice.random() * 2 + (4 if dice.random() < 0.03 else 0) for _ in starts]
    counted = [_spread(broadcast.counts.get(name, 0), waves, dice) for name in ("comments", "new_followers")]
    clicks = _spread(broadcast.counts.get("product_clicks", 0), waves, dice)
    views = _spread(broadcast.views, waves, dice)
    found = [Minute(*row) for row in zip(starts, views, *counted, clicks, strict=True)]
    if broadcast.room is FLAGSHIP and broadcast.day.day == GAP_DAY:
        off, on = (instant(broadcast.day, minute) for minute in GAP)
        found = [minute for minute in found if not off <= minute.start < on]
    return found


def _spread(total: int, waves: list[float], dice: Random) -> list[int]:
    """Whole numbers that add up to `total`, more where the waves are higher."""
    counts = [0] * len(waves)
    for place in dice.choices(range(len(waves)), waves, k=total):
        counts[place] += 1
    return counts


def name(broadcast: Broadcast) -> str:
    start = wall(broadcast.start)
    drawn = start + timedelta(days=1)
    return f"流量综合趋势分析下载_{broadcast.room.name}_{start:%Y%m%d%H%M}_数据更新日期{drawn:%Y-%m-%d}.xlsx"


def write(path: Path, broadcast: Broadcast, dice: Random) -> None:
    """The download, whose rows stand in it twice. What it tells is kept with the broadcast."""
    broadcast.minutes = made_of(broadcast, dice)
    rows: list[list[Cell]] = []
    online, seen = 0, 0
    for minute in broadcast.minutes:
        left = min(online + minute.views, max(0, online + minute.views - 40 - minute.views // 2))
        online += minute.views - left
        # 14 of 1,000 views join the fan club, like the report's
        joined = (seen + minute.views) * 14 // 1000 - seen * 14 // 1000
        seen += minute.views
        rows.append(
            [
                wall(minute.start).strftime("%Y/%m/%d %H:%M"), minute.comments, joined, minute.followers,
                online, minute.views, left, minute.views, minute.clicks,
            ]
        )  # fmt: skip
    table(path, "Sheet1", COLUMNS, [*rows, *rows])

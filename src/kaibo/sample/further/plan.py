"""When the further rooms were on air and who was there: plain weeks, with the few days that went otherwise.

The two rooms of 抖音 go on air while the first two are off, so that no order of one could be another's.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from kaibo.sample import plan
from kaibo.sample.cast import ADS, CO_HOST, FLOOR, HOST, OPERATOR
from kaibo.sample.company import CONTROL, LEFT_ON, NEWCOMER_DAY, TRANSFER
from kaibo.sample.further import cast
from kaibo.sample.further.cast import GIFTS, KITCHEN, TAOBAO, TIKTOK
from kaibo.sample.plan import Evening, come_true, on_roster
from kaibo.sample.story import Broadcast, Shift, instant

DAY = timedelta(days=1)
BROKEN_DAY, BROKEN = 9, (7 * 60 + 40, 7 * 60 + 47)
KITCHEN_HOURS = (6 * 60 + 30, 9 * 60 + 30)
HANDOVER = 8 * 60
GIFT_HOURS = (16 * 60 + 15, 17 * 60 + 45)
LONG_GIFT_HOURS = (12 * 60, 15 * 60)
# 20:00 to 22:00 in Jakarta
TIKTOK_HOURS = (21 * 60, 23 * 60)


def kitchen(day: date, month: date) -> Evening:
    """A morning of the kitchen room. `month`: the first of the sample's month, whose days have the story."""
    start, end = KITCHEN_HOURS
    paper = Evening(KITCHEN, day, start, end, orders=34)
    first, second = (cast.JIANG, cast.QIN) if day.day % 2 else (cast.QIN, cast.JIANG)
    second = _guest(day, month) or second
    paper.add(HOST, first, start, HANDOVER)
    paper.add(HOST, second, HANDOVER, end)
    paper.add(FLOOR, cast.FLOOR_THREE, start, end)
    paper.add(OPERATOR, cast.OPERATOR_THREE, start, end)
    paper.add(CONTROL, cast.CENTRAL, start, end)
    if day.day % 2 == 0:
        paper.add(ADS, cast.ADS_TWO, start, end)
    if day.day % 3 == 2 and day < month.replace(day=TRANSFER.day):
        paper.add(CO_HOST, cast.CO_HOST_LENT, HANDOVER, end)
    if day == month.replace(day=BROKEN_DAY):
        paper.label = "broken"
    return paper


def _guest(day: date, month: date) -> str:
    """Whose second half it is, if it is neither of the two usual hosts': the newcomer's, the one who moved here."""
    if day.day % 4 == 3 and day > month.replace(day=NEWCOMER_DAY):
        return cast.SU
    if day.day % 4 == 1 and day >= month.replace(day=TRANSFER.day):
        return cast.CO_HOST_LENT
    return ""


def gifts(day: date, month: date) -> Evening | None:
    """An afternoon of the gift room, which goes out on 淘宝 too; None: not on air."""
    if day.day % 7 == 0:
        start, end = LONG_GIFT_HOURS
    elif day.day % 3 == 1:
        start, end = GIFT_HOURS
    else:
        return None
    paper = Evening(GIFTS, day, start, end, orders=26, label="simulcast")
    gone = day >= month.replace(day=LEFT_ON)
    paper.add(HOST, cast.BAI if gone or day.day % 2 else cast.WEN, start, end)
    paper.add(FLOOR, cast.FLOOR_FOUR, start, end)
    return paper


def tiktok(day: date) -> Evening | None:
    """An evening in Jakarta; its platform tells starts to the minute. None: not on air."""
    if day.day % 5 == 0 or day.day == 31:
        return None
    start, end = TIKTOK_HOURS
    paper = Evening(TIKTOK, day, start, end, orders=18, exact=True)
    paper.add(HOST, cast.LIANG if day.day % 2 else cast.HUANG, start, end)
    paper.add(FLOOR, cast.FLOOR_FOUR, start, end)
    return paper


def days(first: date, end: date) -> Iterator[date]:
    """Every day of [first, end)."""
    while first < end:
        yield first
        first += DAY


def papers(first: date, end: date, month: date) -> Iterator[Evening]:
    """What is planned on each day of [first, end)."""
    long_day = month.replace(day=plan.LONG_DAY)
    for day in days(first, end):
        if day != long_day + DAY:  # the flagship's 26 hours are on air until noon
            yield kitchen(day, month)
        gift = gifts(day, month)
        if gift is not None and day != long_day:
            yield gift
        evening = tiktok(day)
        if evening is not None:
            yield evening


def make(first: date, end: date, month: date, dice: Random) -> tuple[list[Broadcast], list[Shift]]:
    """All broadcasts of the further rooms that begin in [first, end), in the order of time, and their shifts."""
    broadcasts: list[Broadcast] = []
    shifts: list[Shift] = []
    for paper in papers(first, end, month):
        shifts += on_roster(paper)
        made = come_true(paper, dice)
        if paper.label == "broken":
            made.breaks = ((instant(paper.day, BROKEN[0], 12), instant(paper.day, BROKEN[1], 31)),)
        broadcasts.append(made)
        if paper.room is GIFTS:
            broadcasts.append(_also_on_taobao(made, dice))
    return sorted(broadcasts, key=lambda b: (b.start, b.room.handle)), shifts


def _also_on_taobao(made: Broadcast, dice: Random) -> Broadcast:
    """The same stream on the other platform: it starts a little later and ends a little earlier there."""
    start, end = made.start + dice.randint(5, 40), made.end - dice.randint(5, 40)
    stints = [
        type(s)(s.role, s.person, start if s.start == made.start else s.start, end if s.end == made.end else s.end)
        for s in made.stints
    ]
    return Broadcast(TAOBAO, start, end, stints, orders=0, label="simulcast", title="青禾下午茶")

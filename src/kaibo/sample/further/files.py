"""The files of the further stories, in the platforms' own layouts, and what a person says while they are imported."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random

from kaibo.sample import order_export, report, workbooks
from kaibo.sample.further import (
    ads,
    attendance,
    compass,
    minutes,
    readings,
    service,
    settlement,
    taobao,
    tiktok,
)  # fmt: skip
from kaibo.sample.further.cast import KITCHEN, TAOBAO, TIKTOK
from kaibo.sample.further.stories import Further
from kaibo.sample.story import Broadcast, Line, Story, instant, wall

DAY = timedelta(days=1)
NINE = 9 * 60


@dataclass(frozen=True)
class Draft:
    """A file to be written. `drawn`: seconds since the epoch; `told`: the answers it asks for, by name."""

    name: str
    write: Callable[[Path], None]
    drawn: int
    told: Mapping[str, str] = field(default_factory=dict)


def drafts(first: Story, further: Further, dice: Random, seed: str) -> list[Draft]:
    """In the order in which one would drop them: reports, orders, after-sales, rosters. Reading them counts views."""
    found = [*_tiktok(further.tiktok, dice), *_taobao(further.life, dice)]
    for story, shop in ((further.life, "生活馆"), (further.around, "家纺")):
        found += _douyin(story, shop, dice)
    # of two lists of a month the newer counts for its rooms: the month before has its last days in this one too
    before = [s for s in first.shifts if wall(s.start).date() < first.month]
    around = replace(further.around, shifts=[*before, *further.around.shifts])
    found += _minutes(first, further, seed)
    found += _ads(first, further, dice)
    found += _beside(first, further, seed)
    for label, story in [("家纺", around), ("三部", further.life), ("TikTok", further.tiktok)]:
        found += _rosters(label, story)
    return found


def _douyin(story: Story, shop: str, dice: Random) -> Iterator[Draft]:
    rows = reports([b for b in story.broadcasts if b.room.platform == "douyin"], story, dice)
    drawn, late = wall(story.exported), wall(story.after_sales_exported)
    yield Draft(
        f"直播明细_{shop}_{story.first:%Y%m%d}_{story.last:%Y%m%d}.xlsx",
        lambda path: workbooks.report_file(path, rows), story.exported,
    )  # fmt: skip
    yield Draft(f"订单_{shop}_{drawn:%Y%m%d%H%M%S}.csv", lambda path: order_export.write(path, story), story.exported)
    yield Draft(
        f"售后单_{shop}_{late:%Y%m%d%H%M%S}.xlsx", lambda path: workbooks.after_sale_file(path, story),
        story.after_sales_exported,
    )  # fmt: skip


def reports(broadcasts: Sequence[Broadcast], story: Story, dice: Random) -> list[list[str | float]]:
    """A row for each stretch that the platform takes for a broadcast: one that broke off has two."""
    own = by_broadcast(story.lines)
    rows = []
    for broadcast in broadcasts:
        for start, end in broadcast.parts():
            part = replace(broadcast, start=start, end=end, breaks=(), views=0, counts={})
            last = end == broadcast.end
            lines = [x for x in own[id(broadcast)] if start <= x.ordered < end or (last and x.ordered >= end)]
            rows.append(report.row(part, lines, story.reported, dice))
            broadcast.count(views=part.views, **part.counts)
    return sorted(rows, key=lambda cells: -float(cells[25]))


def by_broadcast(lines: Sequence[Line]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        found[id(line.broadcast)].append(line)
    return found


def _taobao(story: Story, dice: Random) -> Iterator[Draft]:
    broadcasts = [b for b in story.broadcasts if b.room is TAOBAO]
    rows = [taobao.row(broadcast, dice) for broadcast in broadcasts]
    name = f"生意参谋_直播分场次效果_{story.first:%Y%m%d}_{story.last:%Y%m%d}.csv"
    yield Draft(name, lambda path: taobao.write(path, rows), story.exported)


def _tiktok(story: Story, dice: Random) -> Iterator[Draft]:
    own = by_broadcast(story.lines)
    for number, broadcast in enumerate(story.broadcasts):
        broadcast.title = f"Qinghe Living LIVE {number + 1}"
    rows = [tiktok.live_row(broadcast, own[id(broadcast)], dice) for broadcast in story.broadcasts]
    room = {"account": TIKTOK.handle, "zone": TIKTOK.zone}
    for first in _periods(story.first, story.last):
        end = min(first + DAY * tiktok.PERIOD_DAYS, story.last + DAY)
        yield _live_list(first, rows, instant(end, NINE), room)
    drawn = wall(story.exported)
    yield Draft(
        f"Semua pesanan-{drawn:%Y-%m-%d-%H_%M}.csv", lambda path: tiktok.orders(path, story.lines), story.exported,
        room | {"currency": TIKTOK.currency, "order_kind": "self_live"},
    )  # fmt: skip


def _live_list(first: date, rows: Sequence[Sequence[object]], drawn: int, room: Mapping[str, str]) -> Draft:
    name = f"LIVE_28days_{first:%Y%m%d}.xlsx"
    return Draft(name, lambda path: tiktok.live_list(path, first, rows), drawn, room)


def _periods(first: date, last: date) -> list[date]:
    """First days of exports of 28 days each that together reach from `first` to `last`."""
    found = [first]
    while found[-1] + DAY * tiktok.PERIOD_DAYS <= last:
        found.append(found[-1] + DAY * tiktok.PERIOD_DAYS)
    return found


def _minutes(first: Story, further: Further, seed: str) -> Iterator[Draft]:
    """Written when the report has told its counts: the first shop's is written before."""
    for broadcast in minutes.chosen(first, further):
        drawn = instant(broadcast.day + DAY, NINE)
        yield _minutes_of(broadcast, drawn, f"{seed}:{broadcast.room.handle}:{broadcast.start}")
    own = by_broadcast(further.life.lines)
    for broadcast in further.life.broadcasts:
        if broadcast.room is KITCHEN and broadcast.day == first.month.replace(day=compass.DAY):
            lines = own[id(broadcast)]
            drawn = instant(broadcast.day + DAY, NINE)
            yield Draft(compass.name(broadcast, drawn), partial(_compass, broadcast, lines), drawn)


def _minutes_of(broadcast: Broadcast, drawn: int, seed: str) -> Draft:
    return Draft(
        minutes.name(broadcast), lambda path: minutes.write(path, broadcast, Random(seed)), drawn,
        {"account": broadcast.room.handle},
    )  # fmt: skip


def _compass(broadcast: Broadcast, lines: Sequence[Line], path: Path) -> None:
    compass.write(path, broadcast, lines)


def _ads(first: Story, further: Further, dice: Random) -> Iterator[Draft]:
    there = [*first.broadcasts, *further.around.broadcasts, *further.life.broadcasts]
    for account in ads.AD_ACCOUNTS:
        further.work.spends += (found := list(ads.hours(account, there, dice)))
        yield _hours(f"{account.name}_分小时数据_{wall(first.exported):%Y%m%d}.csv", found, first.exported)
    rows = ads.on_tiktok(further.tiktok.broadcasts, dice)
    yield Draft(
        f"LIVE_GMV_Max_{wall(first.exported):%Y%m%d}.xlsx", lambda path: ads.write_tiktok(path, rows), first.exported,
        {"ad_account": ads.TIKTOK_ACCOUNT, "zone": TIKTOK.zone},
    )  # fmt: skip


def _beside(first: Story, further: Further, seed: str) -> Iterator[Draft]:
    """Service, comings and goings, settlements, readings off a screen."""
    month, end, work = first.month, _next(first.month), further.work
    for start, stop in service.periods(month, end):
        found = service.results(start, stop, Random(f"{seed}:service:{start}"))
        work.service += found
        yield Draft(service.name(start, stop), partial(_service, found), instant(stop, NINE))
    work.cases += service.cases(month, end, Random(f"{seed}:cases"))
    yield Draft(
        f"客服评价_{month:%Y%m}.csv", lambda path: service.write_cases(path, work.cases), instant(end, NINE),
        {"zone": "Asia/Shanghai", "platform": "douyin"},
    )  # fmt: skip
    shifts = [*first.shifts, *(s for one in further.stories for s in one.shifts)]
    work.attendance += attendance.of_month(shifts, month, Random(f"{seed}:attendance"))
    yield Draft(
        f"上下班打卡_打卡时间记录_{month:%Y%m}.xlsx",
        lambda path: attendance.write(path, work.attendance, month, end, instant(end, NINE)), instant(end, NINE),
    )  # fmt: skip
    lines = list(settlement.settled(further.life, month))
    drawn = max(line.ordered for line in lines) + settlement.SETTLES_AFTER + 86_400
    yield Draft(f"结算账单_{month:%Y%m}.csv", lambda path: settlement.write(path, lines), drawn)
    for broadcast in further.life.broadcasts:
        if readings.is_read(broadcast, month):
            yield Draft(f"交接读数_{broadcast.day:%Y%m%d}.xlsx", partial(_readings, broadcast), broadcast.end)


def _next(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def _service(found: Sequence[service.Result], path: Path) -> None:
    service.write(path, found)


def _readings(broadcast: Broadcast, path: Path) -> None:
    readings.write(path, broadcast)


def _hours(name: str, spends: Sequence[ads.Spend], drawn: int) -> Draft:
    return Draft(name, lambda path: ads.write(path, spends), drawn)


def _rosters(label: str, story: Story) -> Iterator[Draft]:
    """A list for each month: of two lists of a month the newer counts only for its own rooms."""
    months = sorted({wall(shift.start).date().replace(day=1) for shift in story.shifts})
    for month in months:
        part = replace(story, shifts=[s for s in story.shifts if wall(s.start).date().replace(day=1) == month])
        yield _roster(f"排班明细_{label}_{month:%Y%m}.xlsx", part)


def _roster(name: str, story: Story) -> Draft:
    return Draft(name, lambda path: workbooks.list_roster(path, story), story.exported)

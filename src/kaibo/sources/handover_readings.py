"""交接时抄大屏: Kaibo's own small sheet. One row says what a room's screen showed at one instant, since its start."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from kaibo.facts.schema import KEYS, READING
from kaibo.message import Message, gettext_noop
from kaibo.sources.cells import shown
from kaibo.sources.extraction import Rules
from kaibo.sources.headers import Match, places
from kaibo.sources.people import person_name
from kaibo.sources.platforms import PLATFORMS, platform
from kaibo.sources.reading import Cell, Column, Fact, Reading, Source
from kaibo.sources.rounding import rounded
from kaibo.sources.tables import Row
from kaibo.sources.tabular import Context, read_table

COUNT, MONEY = Cell.COUNT, Cell.MONEY
TIME, DAY, ROOM, PLATFORM = "时间", "日期", "直播间", "平台"
# two readings further apart are of two broadcasts
APART_MS = 12 * 3_600_000
FALLS_SHOWN = 10


def _running(name: str, field: str, cell: Cell = COUNT, meaning: str = "", *aliases: str) -> Column:
    return Column(name, field, cell, aliases=aliases, meaning=meaning)


# fmt: off
# only names that say 累计: the sum since the start, not what came since the reading before
COLUMNS = (
    Column(TIME, "instant_ms", Cell.INSTANT, required=True, key=True, aliases=("抄录时间", "读数时间"),
           meaning="Kaibo's own sheet. 2026-04-18 20:00, or 20:00 beside a column 日期"),
    Column(DAY, meaning="only where 时间 has no date; past midnight it is the next day's"),
    Column(ROOM, "account", Cell.ID, required=True, key=True, aliases=("直播账号", "账号", "抖音号"),
           meaning="the room, by its handle or its name"),
    Column(PLATFORM, "platform", meaning="、".join(PLATFORMS)),
    _running("累计观看次数", "views", COUNT, "entries since the start", "累计观看人次"),
    _running("累计观看人数", "viewers", COUNT, "people; differences are approximated"),
    _running("累计曝光次数", "impressions"),
    _running("累计评论", "comments", COUNT, "", "累计评论次数", "累计评论数"),
    _running("累计点赞", "likes", COUNT, "", "累计点赞次数", "累计点赞数"),
    _running("新增粉丝", "new_followers", COUNT, "since the start", "累计新增粉丝", "累计新增粉丝数"),
    _running("累计商品点击次数", "product_clicks"),
    _running("累计订单数", "orders", COUNT, "", "累计成交订单数"),
    _running("累计成交人数", "buyers", COUNT, "people; differences are approximated"),
    _running("累计成交金额", "gmv_minor", MONEY, "as exactly as the screen shows it: 1.2万 is rounded"),
    _running("累计消耗", "spend_minor", MONEY, "", "累计千川消耗", "累计投放消耗"),
    Column("在线人数", "online", COUNT, aliases=("实时在线人数",), meaning="at that instant; a level, no sum"),
    Column("抄录人", "person_name", aliases=("抄表人", "记录人"), meaning="who read it off"),
)
# fmt: on
TITLES = {column.field: column.name for column in COLUMNS if column.field}
RISING = tuple(c.field for c in COLUMNS if c.cell in (COUNT, MONEY) and c.field != "online")

SOURCE = Source(
    name="交接读数表",
    key="handover_readings",
    title=gettext_noop("Readings at handover (交接时抄大屏)"),
    table=READING,
    columns=COLUMNS,
    key_fields=KEYS[READING],
    unlocks=gettext_noop("What each shift added, measured as the difference of two readings, where no minutes exist."),
    export_how=gettext_noop(
        "Your own sheet, .xlsx or .csv: one row a room and handover with 时间, 直播间, 累计观看次数, 累计订单数, "
        "累计成交金额 as the screen shows them since the start."
    ),
)


def read(match: Match, context: Context) -> Reading:
    reading = read_table(_dated(match), context, RULES)
    reading.source = SOURCE
    for fact in reading.facts:
        said = json.loads(fact["raw"]).get(PLATFORM)
        fact["platform"] = platform(said) or context.answers.platform or None
        fact["person_name"] = person_name(fact.get("person_name")) or None
    reading.accounts = sorted({fact["account"] for fact in reading.facts})
    reading.warnings += [*rounded((reading.facts, SOURCE)), *_falls(reading.facts)]
    return reading


def _finish(fact: Fact) -> tuple[str, Message] | None:
    if all(fact.get(name) is None for name in (*RISING, "online")):
        return TIME, Message("This reading holds no figure.")
    return None


RULES = Rules(
    needed=("instant_ms", "account"),
    identity=("instant_ms", "account"),
    finish=_finish,
    amount="gmv_minor",
    labels=("account",),
    own={"platform": platform},
    contested=True,
)


def _dated(match: Match) -> Match:
    """A clock time beside its day becomes one cell."""
    at = places(SOURCE, match.header)
    if DAY not in at:
        return match
    day, clock, header_line, rows = at[DAY], at[TIME], match.header.line, match.header.sheet.rows

    def dated() -> Iterator[Row]:
        for line, row in enumerate(rows(), 1):
            if line > header_line and len(row) > max(day, clock) and row[day] != "" and _is_clock(shown(row[clock])):
                row[clock] = f"{shown(row[day]).split(' ')[0]} {shown(row[clock])}"
            yield row

    sheet = match.header.sheet.with_rows(dated)
    return replace(match, header=replace(match.header, sheet=sheet))


def _is_clock(said: str) -> bool:
    return ":" in said and len(said) <= len("20:00:00")


def _falls(facts: Iterable[Fact]) -> list[Message]:
    """Sums since the start never fall within a broadcast: one of the two lines was misread, or a new one began."""
    falls = [
        Message(
            "%(column)s falls from line %(one)s to line %(other)s: one of them was misread, or a new broadcast began.",
            {"column": TITLES[name], "one": before["row"], "other": after["row"]},
        )
        for before, after in _neighbours(facts)
        for name in _fallen(before, after)
    ]
    if len(falls) <= FALLS_SHOWN:
        return falls
    rest = Message("Further values that fall: %(count)s.", {"count": len(falls) - FALLS_SHOWN})
    return [*falls[:FALLS_SHOWN], rest]


def _neighbours(facts: Iterable[Fact]) -> Iterator[tuple[Fact, Fact]]:
    rooms: dict[tuple[str | None, str], list[Fact]] = {}
    for fact in facts:
        rooms.setdefault((fact["platform"], fact["account"]), []).append(fact)
    for room in rooms.values():
        yield from pairwise(sorted(room, key=lambda fact: int(fact["instant_ms"])))


def _fallen(before: Fact, after: Fact) -> list[str]:
    if after["instant_ms"] - before["instant_ms"] >= APART_MS:
        return []
    both = [name for name in RISING if None not in (before[name], after[name])]
    fallen = [name for name in both if after[name] < before[name]]
    # everything begins again from nothing: another broadcast of the same day
    begun = len(fallen) >= 2 and all(after[name] < before[name] for name in both if before[name])
    return [] if begun else fallen

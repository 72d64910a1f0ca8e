"""罗盘 整场数据下载: one session on several sheets. Read are its products with their SKUs and its channels."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from kaibo.facts.schema import KEYS, SESSION_CHANNEL, SESSION_PRODUCT
from kaibo.message import Message, gettext_noop
from kaibo.sources.cells import CellError, digits_of, identifier, shown, text
from kaibo.sources.clocks import Clock
from kaibo.sources.compass_sheets import AGAIN, CHANNEL, PRODUCT, Block, channels, products
from kaibo.sources.extraction import sample
from kaibo.sources.headers import normal
from kaibo.sources.opened import Opened
from kaibo.sources.reading import Answers, Column, Reading, Refused, Seen, Source
from kaibo.sources.rounding import rounded
from kaibo.sources.tables import Row, Sheet
from kaibo.sources.tabular import Context

INFO, PRODUCT_SHEETS, CHANNEL_SHEET = "基本信息", ("商品", "商品分析-商品明细"), "流量分析-渠道分析"
OTHER_SHEETS = (
    "整体看板", "流量&转化-转化漏斗", "流量&转化-短视频引流", "流量分析-流量转化", "流量分析-短视频引流",
    "互动&人群&售后",
)  # fmt: skip
# sheets of other workbooks are called so too
COMMON_NAMES = {normal(name) for name in (INFO, "商品")}
NAMES = {normal(name) for name in (INFO, CHANNEL_SHEET, *PRODUCT_SHEETS, *OTHER_SHEETS)}

STAMP = r"20\d\d[-/]\d\d?[-/]\d\d?[ _T]\d\d?[-:]\d\d?[-:]\d\d?"
SPAN = re.compile(rf"({STAMP}) ?[~～至—-] ?({STAMP})", re.ASCII)
# two generations: download time and the session's end around the account's name, or its start alone
DOWNLOADED = re.compile(rf"整场数据下载_({STAMP})[(（](.+)_({STAMP})[)）]", re.ASCII)
STARTED = re.compile(rf"直播间详情页_(.+)_({STAMP})_整场数据下载", re.ASCII)
TIMES, NICKNAMES = ("直播时间", "直播时段"), ("达人昵称", "主播昵称")
HANDLES = ("抖音号or火山号", "抖音号", "主播抖音号")


def _info(name: str, meaning: str, seen: Seen = Seen.PARSER, *aliases: str) -> Column:
    return Column(name, aliases=aliases, seen=seen, meaning=f"{INFO}: {meaning}")


def _of_channels(column: Column) -> Column:
    """For the list of columns: its field is in another table than the source's own."""
    at = f"{CHANNEL_SHEET}: {column.cell.value}, `{SESSION_CHANNEL}.{column.field}`"
    return replace(column, field="", meaning=f"{at}; {column.meaning}".rstrip("; "))


SOURCE = Source(
    name="整场数据下载",
    platform="douyin",
    key="compass_session",
    title=gettext_noop("One Douyin session in full (罗盘 整场数据下载)"),
    table=SESSION_PRODUCT,
    columns=(
        _info(TIMES[0], "the session's start ~ end", Seen.PARSER, *TIMES[1:]),
        _info(HANDLES[0], "the account's handle; newer downloads only", Seen.PARSER, *HANDLES[1:]),
        _info(NICKNAMES[0], "the account's name; else the file's name says it", Seen.PARSER, *NICKNAMES[1:]),
        *PRODUCT.columns,
        *(_of_channels(column) for column in CHANNEL.columns),
    ),
    key_fields=KEYS[SESSION_PRODUCT],
    unlocks=gettext_noop(
        "What each product and SKU sold in one session, and from which channels its viewers came: it tells two "
        "sessions at one time apart."
    ),
    export_how=gettext_noop("In 罗盘, open the session's details, choose 下载 and drop the workbook here as it is."),
)


@dataclass(frozen=True)
class Download:
    info: Sheet | None
    products: Sheet | None
    channels: Sheet | None


@dataclass(frozen=True)
class _Session:
    """What the file says of its session; instants in UTC ms. `said_end`: by the file's name."""

    handle: str | None = None
    name: str | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    said_start: int | None = None
    said_end: int | None = None
    downloaded: int | None = None


def find(opened: Opened) -> Download | None:
    """The sheets that are read. Raises Refused for a download without either of them."""
    by_name = {normal(sheet.name): sheet for sheet in opened.sheets}
    known = NAMES & by_name.keys()
    if len(known) < 2 or known <= COMMON_NAMES:
        return None
    found = Download(
        info=by_name.get(normal(INFO)),
        products=next((by_name[normal(name)] for name in PRODUCT_SHEETS if normal(name) in by_name), None),
        channels=by_name.get(normal(CHANNEL_SHEET)),
    )
    if found.products is None and found.channels is None:
        raise Refused(
            Message(
                "This download of one session lacks both sheets that are read: %(products)s and %(channels)s.",
                {"products": PRODUCT_SHEETS[0], "channels": CHANNEL_SHEET},
            ),
            AGAIN,
        )
    return found


def read(found: Download, context: Context) -> Reading:
    """Asks for the account or the session's start where neither sheet nor file name says it."""
    clock, currency = Clock(context.answers.zone), context.currency
    digits = digits_of(currency)
    session = _session(found.info, context, clock)
    start = session.start_ms if session.start_ms is not None else _answered(context.answers, clock)
    sold = products(found.products, clock, digits) if found.products else Block()
    came = channels(found.channels, clock, digits) if found.channels else Block()
    account = session.handle or context.answers.account or None
    for fact in (*sold.facts, *came.facts):
        fact.update(
            platform=SOURCE.platform, account=account, account_name=session.name, session_ms=start,
            session_end_ms=session.end_ms, currency=currency,
        )  # fmt: skip
    reading = Reading(
        SOURCE,
        sold.facts,
        rejects=[*sold.rejects, *came.rejects],
        warnings=[*_doubts(session), *sold.warnings, *came.warnings],
        as_of_ms=session.downloaded,
        as_of_from="name" if session.downloaded is not None else "",
        unknown_columns=[*sold.unknown, *came.unknown],
        missing_columns=[*sold.missing, *came.missing],
        dropped_totals=sold.dropped_totals + came.dropped_totals,
        rows_seen=sold.rows_seen + came.rows_seen,
        first_instant_ms=start,
        last_instant_ms=start,
        accounts=[name for name in (account or session.name,) if name],
        more={SESSION_CHANNEL: came.facts} if found.channels else {},
    )
    if context.answers.as_of:
        reading.as_of_ms, reading.as_of_from = context.as_of(clock)
    reading.warnings += rounded((sold.facts, PRODUCT), (came.facts, CHANNEL))
    reading.sample = sample(sold, PRODUCT, clock, digits) or sample(came, CHANNEL, clock, digits)
    reading.questions = _questions(account or session.name, start)
    return reading


def _questions(account: str | None, start: int | None) -> list[str]:
    return [name for name, known in (("account", account), ("session", start)) if known is None]


def _answered(answers: Answers, clock: Clock) -> int | None:
    if not answers.session:
        return None
    try:
        said = datetime.fromisoformat(answers.session)
        return clock.ms(said) if said.tzinfo is None else round(said.timestamp()) * 1000
    except ValueError as error:
        raise Refused(
            Message("%(as_of)s is no date with time.", {"as_of": answers.session}),
            Message("Write it like 2026-04-18 19:15."),
        ) from error


def _session(sheet: Sheet | None, context: Context, clock: Clock) -> _Session:
    told = _told(sheet.head()) if sheet else {}
    name: dict[str, Any] = {}
    if match := DOWNLOADED.search(context.file_name):
        name = {"downloaded": _ms(match[1], clock), "name": match[2], "said_end": _ms(match[3], clock)}
        if name["downloaded"] is not None and name["downloaded"] > context.now_ms:
            name["downloaded"] = None
    elif match := STARTED.search(context.file_name):
        name = {"name": match[1], "said_start": _ms(match[2], clock)}
    start, end = _span(told.get(TIMES[0], ""), clock)
    return _Session(
        handle=told.get(HANDLES[0]),
        name=told.get(NICKNAMES[0]) or name.get("name"),
        start_ms=start if start is not None else name.get("said_start"),
        end_ms=end if end is not None else name.get("said_end"),
        said_start=name.get("said_start"),
        said_end=name.get("said_end"),
        downloaded=name.get("downloaded"),
    )


def _told(rows: Sequence[Row]) -> dict[str, str]:
    """Label → value of 基本信息. Values stand below their labels or, in some downloads, to their right."""
    found: dict[str, str] = {}
    for across in (False, True):
        for line, row in enumerate(rows):
            for place, cell in enumerate(row):
                name = next((names[0] for names in (TIMES, HANDLES, NICKNAMES) if _is(cell, names)), "")
                right = row[place + 1] if place + 1 < len(row) else ""
                below = rows[line + 1][place] if line + 1 < len(rows) and place < len(rows[line + 1]) else ""
                value = _value(name, right if across else below)
                if name and value:
                    found.setdefault(name, value)
        if TIMES[0] in found:
            return found
        found.clear()
    return found


def _is(cell: Any, names: Iterable[str]) -> bool:
    return normal(cell) in {normal(name) for name in names}


def _value(name: str, cell: Any) -> str | None:
    if name == TIMES[0]:
        return text(cell) if SPAN.search(shown(cell)) else None
    try:
        return identifier(cell) if name == HANDLES[0] else text(cell)
    except CellError:
        return None


def _span(said: str, clock: Clock) -> tuple[int | None, int | None]:
    match = SPAN.search(said)
    return (_ms(match[1], clock), _ms(match[2], clock)) if match else (None, None)


def _ms(stamp: str, clock: Clock) -> int | None:
    try:
        return clock.ms(datetime(*(int(part) for part in re.split(r"[-/ _T:]", stamp))))  # type: ignore[arg-type] # six
    except ValueError:
        return None


def _doubts(session: _Session) -> list[Message]:
    """The workbook may have been renamed: what its sheets say counts."""
    pairs = ((session.start_ms, session.said_start), (session.end_ms, session.said_end))
    if all(said is None or said == known for known, said in pairs):
        return []
    return [Message("The file's name says another time of the session than its sheets. The sheets count.")]

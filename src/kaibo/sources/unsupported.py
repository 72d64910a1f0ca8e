"""Files that Kaibo knows and cannot read yet: says what they are, what is missing, and which file to use meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from kaibo.message import Message
from kaibo.sources.event_facts import EVENT_FILE
from kaibo.sources.headers import Header, normal
from kaibo.sources.reading import Refused
from kaibo.sources.tables import Sheet


@dataclass(frozen=True)
class Unsupported:
    """`columns` that stand together in no other file."""

    columns: tuple[str, ...]
    message: Message
    todo: Message

    def refusal(self) -> Refused:
        return Refused(self.message, self.todo)


ORDERS = Message("For paid amounts and refunds, drop 抖店 订单明细 and 售后单 instead.")
NO_SERVICE_YET = Message("No file about customer service is read yet.")
NO_CHAT = Message("This is live chat of YouTube. A reader for YouTube is missing.")
NO_HOURS = Message(
    "This is a 千川 report by material (素材). It has no hours, so its spend falls on no one's air time."
)
BY_HOURS = Message("Drop the report of 千川 by hours (小时区间) instead.")
NO_TIKTOK_API = Message(
    "This is an answer of TikTok Shop's API. Not read yet: the types of its values are not confirmed."
)
TIKTOK_EXPORTS = Message("Export the LIVE list or Live Analysis from Seller Center and drop that file instead.")

# fmt: off
TABLES: tuple[Unsupported, ...] = (
    Unsupported(("动账时间", "动账方向", "动账金额"), Message(
        "This is the money flow of 抖店 (资金账单). Not read yet: payments cannot be kept so far."), ORDERS),
    Unsupported(("素材ID", "整体消耗"), NO_HOURS, BY_HOURS),
    Unsupported(("咨询人数", "人工会话量"), Message(
        "This is 快手 客服考核数据. Not read yet: figures about customer service cannot be kept so far."),
        NO_SERVICE_YET),
    Unsupported(("status_id", "status_type", "num_reactions"), Message(
        "These are statistics of Facebook posts. Not read yet: a reader for Facebook is missing."), EVENT_FILE),
)
CLOCK_IN = Unsupported((), Message(
    "This is a 企业微信 clock-in report, but no line in it names the days with their weekdays."
), Message("In the 企业微信 console, export 打卡时间记录 of one month and drop it as it is."))

# words near the beginning of a text that is no table
TEXTS: tuple[tuple[tuple[str, ...], Unsupported], ...] = (
    (("live_stream_sessions",), Unsupported((), NO_TIKTOK_API, TIKTOK_EXPORTS)),
    (("performance", "intervals"), Unsupported((), NO_TIKTOK_API, TIKTOK_EXPORTS)),
    (("replayChatItemAction",), Unsupported((), NO_CHAT, EVENT_FILE)),
    (("live_chat",), Unsupported((), NO_CHAT, EVENT_FILE)),
    (("liveChat",), Unsupported((), NO_CHAT, EVENT_FILE)),
)
# fmt: on


def refuse_text(head: str) -> NoReturn:
    """Raises Refused for XML and JSON, by name where it is known from its first characters."""
    for words, known in TEXTS:
        if all(word in head for word in words):
            raise known.refusal()
    raise Refused(
        Message("This is %(kind)s, not a table.", {"kind": "XML" if head.startswith("<") else "JSON"}),
        Message("Export the table from the platform as .xlsx or .csv and drop that file here."),
    )


def refuse_table(sheets: Sequence[Sheet], candidates: Sequence[Header]) -> None:
    """Raises Refused where the table is one that Kaibo knows and does not read."""
    for known in TABLES:
        wanted = {normal(column) for column in known.columns}
        if any(wanted <= set(header.names) for header in candidates):
            raise known.refusal()
    for sheet in sheets:
        words = {cell.strip() for row in sheet.head()[:4] for cell in row if isinstance(cell, str)}
        if "打卡时间记录" in words:
            raise CLOCK_IN.refusal()

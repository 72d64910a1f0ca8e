"""Recordings of B站录播姬 (BililiveRecorder): chat, gifts, paid messages and guards of a Bilibili room as XML."""

import re
from dataclasses import dataclass
from pathlib import Path

from kaibo.facts.schema import EVENT
from kaibo.message import Message, gettext_noop
from kaibo.sources.bililive_elements import PLATFORM, Elements, NoRoom
from kaibo.sources.event_facts import EVENT_FILE, UNLOCKS, Events
from kaibo.sources.opened import Opened
from kaibo.sources.reading import Cell, Column, Reading, Refused, Seen, Source
from kaibo.sources.safe_xml import parse
from kaibo.sources.tabular import Context

FIRST_COMMENT = re.compile(r'<d p="([^"]*)"')
VIDEO = Message(
    "These are the comments of a Bilibili video. A video is no live session, so they say nothing about one."
)
LIVE_CHAT = Message(
    "For live chat, drop the XML that B站录播姬 (BililiveRecorder) writes, or chat as JSON lines, one session a file."
)
OTHER_RECORDER = Message(
    "This is live chat as XML, but not of B站录播姬 (BililiveRecorder). Its times may mean others."
)

SOURCE = Source(
    name="B站录播姬 XML",
    key="bililive_recorder",
    title=gettext_noop("Bilibili recording (B站录播姬 XML)"),
    table=EVENT,
    platform=PLATFORM,
    columns=(
        Column("BililiveRecorderRecordInfo roomid", "account", required=True, meaning="the room"),
        Column("BililiveRecorderRecordInfo start_time", required=True, meaning="what ts counts from"),
        Column(
            "d p",
            "instant_ms",
            Cell.INSTANT,
            meaning="the fifth number is when it was sent (ms); the first, seconds into the recording, only where that "
            "is missing; the seventh is the viewer, hashed",
        ),
        Column("d", private=True, meaning="a comment's words: dropped at the door; only their length is kept"),
        Column("user", private=True, meaning="a viewer's name: dropped at the door"),
        Column("uid", private=True, meaning="hashed; gifts of version 1.3 have none beside raw"),
        Column("ts", meaning="seconds into the recording: the instant of gifts, paid messages and guards"),
        Column("gift giftname", "item"),
        Column("gift giftcount", "count", Cell.COUNT),
        Column(
            "raw",
            "event_id",
            meaning="what the platform sent: id, viewer and price (1000 gold coins are ¥1) are taken from it, the rest "
            "is dropped",
        ),
        Column("sc price", "amount_minor", Cell.MONEY, seen=Seen.PARSER, meaning="a paid message: a gift in yuan"),
        Column("guard level", seen=Seen.PARSER, meaning="1 总督, 2 提督, 3 舰长: a gift whose price is not said"),
        Column("guard count", "count", Cell.COUNT, seen=Seen.PARSER),
    ),
    key_fields=("account", "instant_ms"),
    unlocks=UNLOCKS,
    export_how=gettext_noop("The .xml that B站录播姬 writes beside each video file, all parts of a session."),
    mode="replace",
)


@dataclass(frozen=True)
class Found:
    path: Path


def find(opened: Opened) -> Found | None:
    """Raises Refused for comments of a video, and for chat of another recorder."""
    head = opened.head
    if not head.startswith("<"):
        return None
    if "<BililiveRecorder" in head:
        return Found(opened.path)
    if "<i>" not in head or not ("<chatid>" in head or FIRST_COMMENT.search(head)):
        return None
    first = FIRST_COMMENT.search(head)
    fields = first[1].split(",") if first else []
    if len(fields) > 4 and len(fields[4]) == 13:
        raise Refused(OTHER_RECORDER, EVENT_FILE)
    raise Refused(VIDEO, LIVE_CHAT)


def read(found: Found, context: Context) -> Reading:
    """A part that breaks off is read as far as whole elements go. Raises Refused for damage before that, and for
    declarations that no recorder writes."""
    events = Events(SOURCE, context)
    elements = Elements(events, context)
    try:
        broken_off = parse(found.path, elements.start, elements.text, elements.end)
    except NoRoom:
        events.reading.questions.append("account")
        return events.reading
    if broken_off:
        events.reading.warnings.append(
            Message("The recording breaks off in line %(line)s. What stands before was read.", {"line": broken_off})
        )
    return events.finished(elements.warnings())

"""Live chat of Bilibili as recorders keep it: one JSON object a line, the file named by the session's start."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaibo.facts.schema import EVENT
from kaibo.message import Message, gettext_noop
from kaibo.sources.cells import CellError, DamagedId, identifier
from kaibo.sources.event_facts import UNLOCKS, Event, Events, check_ms
from kaibo.sources.files import EXPORT_AGAIN
from kaibo.sources.opened import Opened
from kaibo.sources.reading import Cell, Column, Reading, Refused, Source
from kaibo.sources.tabular import Context

PLATFORM = "bilibili"
ASKS = ("uid", "msg", "timestamp")
# a line is a message of a few hundred characters: what is longer is no chat
LONGEST = 1024**2
NAMED = re.compile(r"(?<!\d)(1\d{9})(?!\d)")
# a recorder's clock, and a name given when the recording was set up, may be a little off
EARLY_MS, LATE_MS = 10 * 60_000, 48 * 3_600_000

SOURCE = Source(
    name="B站弹幕 JSONL",
    key="bilibili_chat",
    title=gettext_noop("Bilibili live chat (JSON lines)"),
    table=EVENT,
    platform=PLATFORM,
    columns=(
        Column(
            "timestamp",
            "instant_ms",
            Cell.INSTANT,
            required=True,
            meaning="milliseconds, not in order; compared with the start in the file's name",
        ),
        Column("uid", required=True, private=True, meaning="hashed with the installation's key and never kept"),
        Column("uname", private=True, meaning="dropped at the door"),
        Column("msg", required=True, private=True, meaning="dropped at the door; only its length is kept"),
        Column("danmaku.msg_type", aliases=("danmaku: {msg_type}",), meaning="kept as text"),
        Column("font_size", cell=Cell.IGNORED),
        Column("color", cell=Cell.IGNORED),
    ),
    key_fields=("account", "instant_ms"),
    unlocks=UNLOCKS,
    export_how=gettext_noop("The .txt or .jsonl of your chat recorder, untouched, one session a file."),
    mode="replace",
)


@dataclass(frozen=True)
class Found:
    path: Path


def find(opened: Opened) -> Found | None:
    """A text whose first line is a message of Bilibili's chat."""
    if not opened.head.startswith("{"):
        return None
    try:
        first = json.loads(opened.head.splitlines()[0])
    except ValueError:
        return None
    return Found(opened.path) if isinstance(first, dict) and all(name in first for name in ASKS) else None


def read(found: Found, context: Context) -> Reading:
    """Asks for the room: the file does not name it. Raises Refused for text that is no UTF-8."""
    events = Events(SOURCE, context)
    reading = events.reading
    if not context.answers.account:
        reading.questions.append("account")
        return reading
    damaged = 0
    for number, line in _lines(found.path):
        reading.rows_seen += 1
        try:
            event, lost = _event(number, line, context)
        except CellError as error:
            events.reject(number, "", "", error.message)
            continue
        damaged += lost
        events.take(event)
    return events.finished(
        (
            (damaged, gettext_noop("Viewers whose ids lost their last digits and are unknown now: %(count)s.")),
            (
                _far_from_name(context.file_name, reading),
                gettext_noop(
                    "Messages far from the session's start in the file's name: %(count)s. Is it the right file?"
                ),
            ),
        )
    )


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open("rb") as file:
        number = 0
        while content := file.readline(LONGEST):
            number += 1
            try:
                line = content.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            except UnicodeDecodeError as error:
                if not content.endswith(b"\n"):
                    # cut within a character, at the file's end
                    line = content.decode(errors="ignore").strip()
                else:
                    raise Refused(
                        Message("The text is cut off or damaged: its characters cannot be read."), EXPORT_AGAIN
                    ) from error
            if line:
                yield number, line


def _event(number: int, line: str, context: Context) -> tuple[Event, bool]:
    """The event, and whether its viewer's id was damaged. Raises CellError."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise CellError(Message("This line is no whole JSON object: it may be cut off.")) from error
    if not isinstance(said, dict) or not all(name in said for name in ASKS):
        raise CellError(Message("This line is no message of a chat."))
    at, text = said["timestamp"], said["msg"]
    if type(at) is not int or not isinstance(text, str):
        raise CellError(Message("This line is no message of a chat."))
    viewer, damaged = _viewer(said["uid"], context)
    event = Event(
        row=number,
        instant_ms=check_ms(at),
        kind="comment",
        account=context.answers.account,
        platform=PLATFORM,
        # who wrote what is nobody's business here
        raw={"timestamp": at, "msg_type": _msg_type(said), "length": len(text)},
        viewer=viewer,
        # nobody writes twice within a millisecond; without an id nothing tells two messages apart
        same=None if viewer is None else (viewer, at, text),
    )
    return event, damaged


def _viewer(uid: Any, context: Context) -> tuple[int | None, bool]:
    """0 stands for a viewer whom the platform does not name."""
    try:
        found = identifier(str(uid) if type(uid) is int else uid)
    except DamagedId:
        return None, True
    except CellError:
        return None, False
    # half a character from a damaged escape has no bytes that could be hashed
    named = found and found.isascii() and found != "0"
    return (context.viewer(PLATFORM, str(found)) if named else None), False


def _msg_type(said: dict[str, Any]) -> Any:
    within = said.get("danmaku")
    found = said.get("danmaku.msg_type", within.get("msg_type") if isinstance(within, dict) else None)
    return found if type(found) is int else None


def _far_from_name(file_name: str, reading: Reading) -> int:
    """How many messages lie far from the start that the name says; 0 where it says none."""
    named = NAMED.search(file_name)
    if not named:
        return 0
    start = int(named[1]) * 1000
    first, last = start - EARLY_MS, start + LATE_MS
    if reading.first_instant_ms is None or reading.last_instant_ms is None:
        return 0
    if first <= reading.first_instant_ms and reading.last_instant_ms <= last:
        return 0
    return sum(not first <= fact["instant_ms"] <= last for fact in reading.facts)

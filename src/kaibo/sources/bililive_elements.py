"""The elements of a B站录播姬 recording, one by one: what each becomes as an event."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any

from kaibo.message import Message, gettext_noop
from kaibo.sources.cells import CellError, count, minor, number
from kaibo.sources.event_facts import Event, Events, check_ms, instant_of
from kaibo.sources.tabular import Context

PLATFORM = "bilibili"
INFO = "BililiveRecorderRecordInfo"
GUARDS = {"1": "总督", "2": "提督", "3": "舰长"}
SUPER_CHAT = "SuperChat"
# further apart, the recording's clock and the platform's do not agree
DRIFT_MS = 5 * 60_000
# gold coins to the hundredth of a yuan
COINS = 10


class NoRoom(Exception):
    """The recording does not say which room it is of."""


@dataclass
class _Open:
    """The element being read. `words`: a hash of its text, which is not kept; `length`: how long it was."""

    line: int
    name: str
    at: Mapping[str, str]
    words: Any = field(default_factory=lambda: blake2b(digest_size=8))
    length: int = 0


class Elements:
    """Takes what the parser finds and gives whole elements to `events`."""

    def __init__(self, events: Events, context: Context) -> None:
        self._events, self._context = events, context
        self._account = context.answers.account
        self._start_ms: int | None = None
        self._depth = 0
        self._row = 0
        self._drifting = 0
        self._open: _Open | None = None

    def start(self, line: int, name: str, at: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth != 2:
            return
        if name == INFO:
            self._account = at.get("roomid", "").strip() or self._account
            self._start_ms = _start(at.get("start_time", ""))
        elif name in MADE:
            if not self._account:
                raise NoRoom
            # several may stand in one line; a row is one event's own
            self._row = max(line, self._row + 1)
            self._open = _Open(self._row, name, at)

    def text(self, part: str) -> None:
        if self._open and self._depth == 2:
            self._open.words.update(part.encode())
            self._open.length += len(part)

    def end(self, name: str) -> None:
        self._depth -= 1
        if self._depth != 1 or self._open is None:
            return
        done, self._open = self._open, None
        self._events.reading.rows_seen += 1
        try:
            event = MADE[name](self, done)
        except CellError as error:
            self._events.reject(done.line, name, "", error.message)
            return
        self._events.take(event)

    def warnings(self) -> list[tuple[int, str]]:
        sentence = gettext_noop(
            "Comments whose time differs from the recording's clock by more than 5 minutes: %(count)s. Check the clock."
        )
        return [(self._drifting, sentence)]

    def comment(self, done: _Open) -> Event:
        """p = seconds, type, size, color, sent (ms), 0, viewer, 0."""
        p = [part.strip() for part in done.at.get("p", "").split(",")]
        if len(p) < 7:
            raise CellError(Message("This comment lacks its numbers."))
        sent = _whole(p[4])
        within = self._within(p[0])
        instant = check_ms(sent) if sent else within
        if instant is None:
            raise CellError(Message("Neither the comment nor the recording says when it was."))
        if within is not None and abs(instant - within) > DRIFT_MS:
            self._drifting += 1
        viewer = self._viewer(p[6])
        known = sent and viewer is not None
        return self._event(
            done, instant, "comment", viewer,
            raw={"ts": p[0], "sent": p[4], "length": done.length},
            same=("d", viewer, sent, done.words.hexdigest()) if known else None,
        )  # fmt: skip

    def gift(self, done: _Open) -> Event:
        said = _raw(done.at)
        event_id = _text(said.get("tid"))
        money = _coins(said)
        return self._event(
            done, self._after_start(done), "gift", self._viewer(done.at.get("uid") or _text(said.get("uid"))),
            raw={name: done.at.get(name, "") for name in ("ts", "giftname", "giftcount")},
            event_id=event_id, item=done.at.get("giftname") or None, number=count(done.at.get("giftcount", "")),
            amount_minor=money, same=("gift", event_id) if event_id else None,
        )  # fmt: skip

    def super_chat(self, done: _Open) -> Event:
        event_id = _text(_raw(done.at).get("id"))
        money = minor(done.at.get("price", ""))
        if money is None:
            raise CellError(Message("This paid message has no price."))
        return self._event(
            done, self._after_start(done), "gift", self._viewer(done.at.get("uid", "")),
            raw={"ts": done.at.get("ts", ""), "price": done.at["price"], "length": done.length},
            event_id=event_id, item=SUPER_CHAT, amount_minor=money,
            same=("sc", event_id) if event_id else _all(done),
        )  # fmt: skip

    def guard(self, done: _Open) -> Event:
        """The platform tells a guard twice; a recording holds it once, or the very same element again."""
        level = done.at.get("level", "")
        return self._event(
            done, self._after_start(done), "gift", self._viewer(done.at.get("uid", "")),
            raw={name: done.at.get(name, "") for name in ("ts", "level", "count")},
            item=GUARDS.get(level), number=count(done.at.get("count", "")), same=_all(done),
        )  # fmt: skip

    def _event(
        self, done: _Open, instant_ms: int, kind: str, viewer: int | None, *, raw: Mapping[str, Any],
        same: tuple[Any, ...] | None, event_id: str | None = None, item: str | None = None, number: int | None = 1,
        amount_minor: int | None = None,
    ) -> Event:  # fmt: skip
        return Event(
            row=done.line, instant_ms=instant_ms, kind=kind, account=self._account, platform=PLATFORM,
            raw={"element": done.name, **raw}, viewer=viewer, event_id=event_id, item=item, count=number,
            amount_minor=amount_minor, currency=None if amount_minor is None else "CNY", same=same,
        )  # fmt: skip

    def _after_start(self, done: _Open) -> int:
        found = self._within(done.at.get("ts", ""))
        if found is None:
            raise CellError(Message("The recording does not say when it started, or this when it was."))
        return found

    def _within(self, seconds: str) -> int | None:
        """The instant so many seconds into the recording."""
        try:
            found = number(seconds)
        except CellError:
            return None
        if found is None or self._start_ms is None:
            return None
        return self._start_ms + int((found * 1000).to_integral_value())

    def _viewer(self, uid: str | None) -> int | None:
        """0 and what is no number (a hash of one) stand for a viewer whom nobody knows."""
        known = uid and uid.isascii() and uid.isdigit() and int(uid)
        return self._context.viewer(PLATFORM, str(uid)) if known else None


MADE = {"d": Elements.comment, "gift": Elements.gift, "sc": Elements.super_chat, "guard": Elements.guard}


def _start(text: str) -> int | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if at.tzinfo is None else instant_of(at)


def _raw(at: Mapping[str, str]) -> Mapping[str, Any]:
    try:
        found = json.loads(at.get("raw", "{}"))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _coins(said: Mapping[str, Any]) -> int | None:
    """What a gift cost, in hundredths of a yuan. Silver coins are no money."""
    coins = said.get("total_coin")
    paid = said.get("coin_type") == "gold" and type(coins) is int and coins > 0 and coins % COINS == 0
    return coins // COINS if paid and isinstance(coins, int) else None


def _text(value: Any) -> str | None:
    """An id as text; floats have lost digits."""
    if isinstance(value, bool) or not isinstance(value, int | str) or value in ("", 0, "0"):
        return None
    # half a character from a damaged escape cannot be kept
    return text if (text := str(value)).isascii() else None


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _all(done: _Open) -> tuple[Any, ...]:
    return done.name, *sorted(done.at.items()), done.words.hexdigest()

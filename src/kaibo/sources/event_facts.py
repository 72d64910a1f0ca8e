"""What every source of viewers' events shares: instants, duplicates, warnings, and facts that fit in no memory."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, cast

from kaibo.facts.spool import Spool
from kaibo.facts.watching import EVERY
from kaibo.message import Message, gettext_noop
from kaibo.sources.cells import CellError
from kaibo.sources.clocks import DAY_MS, YEARS, Clock
from kaibo.sources.extraction import VALUE_SHOWN, as_json
from kaibo.sources.reading import Fact, Reading, Rejected, Source
from kaibo.sources.tabular import Context

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SAMPLE_ROWS = 10
UNLOCKS = gettext_noop(
    "What viewers did, to the second: views, distinct viewers, stay, interactions, follows, clicks and viewers online "
    "of each segment."
)
# said where another recorder's file is refused
EVENT_FILE = Message(
    "Write its events into Kaibo's event file: a CSV or Parquet with the columns instant, account and kind, one line "
    "an event. The page docs/events.md describes it."
)


def instant_of(at: datetime) -> int:
    """An aware datetime as UTC milliseconds, without a float on the way."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def check_ms(ms: int) -> int:
    """The same instant. Raises CellError for seconds, microseconds and other numbers that are no milliseconds."""
    if ms // 1000 in _SECONDS:
        return ms
    if ms in _SECONDS:
        raise CellError(Message("This instant counts seconds. Milliseconds have 13 digits."))
    if ms // 1_000_000 in _SECONDS:
        raise CellError(Message("This instant counts microseconds. Milliseconds have 13 digits."))
    raise CellError(Message("This is no instant of this century."))


_SECONDS = range(
    int(datetime(YEARS.start, 1, 1, tzinfo=UTC).timestamp()), int(datetime(YEARS.stop, 1, 1, tzinfo=UTC).timestamp())
)


@dataclass(frozen=True)
class Event:
    """One event as a file tells it. `raw`: what is kept of its text. `same`: what names it, to count it once."""

    row: int
    instant_ms: int
    kind: str
    account: str
    platform: str | None
    raw: Mapping[str, Any]
    viewer: int | None = None
    event_id: str | None = None
    item: str | None = None
    count: int | None = 1
    amount_minor: int | None = None
    currency: str | None = None
    same: tuple[Any, ...] | None = None


@dataclass
class Events:
    """Collects the events of one file."""

    source: Source
    context: Context
    reading: Reading = field(init=False)
    _seen: set[int] = field(default_factory=set)
    _accounts: set[str] = field(default_factory=set)
    _again: int = 0
    _told: int = 0
    _ahead: int = 0

    def __post_init__(self) -> None:
        self.clock = Clock(self.context.answers.zone)
        # a day of chat is a million facts; a spool reads and grows like a list
        self.reading = Reading(self.source, cast("list[Fact]", Spool()))
        self.reading.as_of_ms, self.reading.as_of_from = self.context.as_of(self.clock)

    def take(self, event: Event) -> None:
        """Keep the event, unless it was told before. An instant of another century rejects it."""
        self._told += 1
        if self._told % EVERY == 0:
            self.context.watch(self._told, 0)
        try:
            check_ms(event.instant_ms)
        except CellError as error:
            self.reject(event.row, "instant", str(event.instant_ms), error.message)
            return
        if event.same is not None:
            mark = int.from_bytes(blake2b(repr(event.same).encode(), digest_size=8).digest(), "big")
            if mark in self._seen:
                self._again += 1
                return
            self._seen.add(mark)
        self._ahead += event.instant_ms > self.context.now_ms + DAY_MS
        self._accounts.add(event.account)
        reading = self.reading
        at = event.instant_ms
        reading.first_instant_ms = at if reading.first_instant_ms is None else min(at, reading.first_instant_ms)
        reading.last_instant_ms = at if reading.last_instant_ms is None else max(at, reading.last_instant_ms)
        if len(reading.sample) < SAMPLE_ROWS:
            reading.sample = [*reading.sample, self._understood(event)]
        reading.facts.append(_fact(event))

    def reject(self, row: int, column: str, value: str, reason: Message, amount_minor: int | None = None) -> None:
        self.reading.rejects.append(Rejected(row, column, value[:VALUE_SHOWN], reason, amount_minor))

    def finished(self, warnings: Iterable[tuple[int, str]] = ()) -> Reading:
        """The reading. `warnings`: (how many, sentence with %(count)s); nothing is said of none."""
        told = (
            *warnings,
            (self._again, gettext_noop("Events that stand in the file twice: %(count)s. They count once.")),
            (
                self._ahead,
                gettext_noop("Rows that lie in the future: %(count)s. Check the year and the time zone."),
            ),
        )
        self.reading.warnings += [Message(sentence, {"count": count}) for count, sentence in told if count]
        self.reading.accounts = sorted(self._accounts)
        return self.reading

    def _understood(self, event: Event) -> dict[str, str]:
        shown = {
            "instant": self.clock.local(event.instant_ms).isoformat(sep=" ", timespec="seconds"),
            "account": event.account,
            "kind": event.kind,
            "item": event.item or "—",
            "count": "—" if event.count is None else str(event.count),
        }
        return shown if event.amount_minor is None else shown | {"amount": f"{event.amount_minor} {event.currency}"}


def _fact(event: Event) -> Fact:
    return {
        "row": event.row,
        "raw": as_json(event.raw),
        "platform": event.platform,
        "account": event.account,
        "instant_ms": event.instant_ms,
        "kind": event.kind,
        "viewer": event.viewer,
        "event_id": event.event_id,
        "item": event.item,
        "count": event.count,
        "amount_minor": event.amount_minor,
        "currency": event.currency,
    }

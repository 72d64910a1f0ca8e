"""Which rows of the session reports become sessions. Reads no table and no clock: rows come in, rows go out.

Two sessions at once on one account cannot be: the one a person chose, else the one that the newer report (then the
earlier start) tells of is made, the other row is held with its reason. A row with minutes only that tells of a
broadcast which another source knows to the second makes no twin of it. An older row that knows the seconds of a newer
one's broadcast gives the session its times, and no more (exact_times).
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from kaibo.imports.actions import HeldRow
from kaibo.live.exact_times import MINUTE, Span, apart, same_to_the_minute, sharper
from kaibo.message import Message

# platform and handle
Room = tuple[str, str]
Key = tuple[str, str, datetime]


@dataclass(frozen=True)
class Reported:
    """A row of a session report. `visible`: its batch is in use; a withdrawn one still tells old nicknames."""

    batch: int
    as_of: datetime
    row: int
    handle: str
    name: str
    start: datetime
    end: datetime
    currency: str = ""
    zone: str = ""
    visible: bool = True
    platform: str = "douyin"
    session_key: str = ""
    source: str = ""

    @property
    def room(self) -> Room:
        return self.platform, self.handle

    @property
    def key(self) -> Key:
        return self.platform, self.handle, self.start

    @property
    def span(self) -> Span:
        return self.start, self.end

    @property
    def rank(self) -> tuple[datetime, int, int]:
        return self.as_of, self.batch, self.row


@dataclass
class Arranged:
    """`made`: rows that become sessions. `held`: rows that cannot. `same`: a row's key → the made one it repeats.

    A made row has the times that the session gets; `same` also tells its own key, where others gave it another start.
    """

    made: list[Reported] = field(default_factory=list)
    held: list[HeldRow] = field(default_factory=list)
    same: dict[Key, Reported] = field(default_factory=dict)


def newest(reported: Iterable[Reported]) -> dict[Key, Reported]:
    """For each (platform, account, start) the visible row of the highest (as_of, batch)."""
    best: dict[Key, Reported] = {}
    for one in reported:
        if one.visible and (one.key not in best or one.rank > best[one.key].rank):
            best[one.key] = one
    return best


def arrange(
    reported: Iterable[Reported], by_hand: Mapping[Room, Sequence[Span]], chosen: Mapping[Key, bool] | None = None
) -> Arranged:
    """Which rows become sessions. `by_hand`: spans that people made. `chosen`: rows that a person used or put aside."""
    said = chosen or {}
    taken: dict[Room, list[Span]] = defaultdict(list)
    for room, spans in by_hand.items():
        taken[room] = sorted(spans)
    result, times = Arranged(), dict[Key, Span]()
    of_room: dict[Room, list[Reported]] = defaultdict(list)
    rows = sorted(newest(reported).values(), key=lambda one: (one.start, one.row))
    coarse = _minutes_only(rows)
    # stable: newer reports first, and within one report the earlier start
    rows.sort(key=lambda one: (one.as_of, one.batch), reverse=True)
    rows.sort(key=lambda one: (not said.get(one.key, False), (one.room, one.source) in coarse))
    for one in rows:
        twin = _twin(one, of_room[one.room]) if (one.room, one.source) in coarse else None
        if one.end <= one.start:
            result.held.append(_held(one, "直播结束时间", Message("The session ends before it starts.")))
        elif twin is not None:
            result.same[one.key] = twin
            start, end = times.get(twin.key, twin.span)
            if one.as_of > twin.as_of and one.end - end >= MINUTE:
                # the other file was taken while the broadcast was still on
                times[twin.key] = start, one.end
        elif (one.start, one.end) in by_hand.get(one.room, []):
            continue
        elif said.get(one.key) is False:
            reason = Message("A person put this row aside: another session of the account was on air then.")
            result.held.append(_held(one, "直播开始时间", reason))
        elif (known := _known_by_minute(one, of_room[one.room])) is not None:
            result.same[one.key] = known
            times[known.key] = sharper(times.get(known.key, known.span), one.span)
        elif (other := _overlapping(taken[one.room], one)) is not None:
            result.held.append(_held(one, "直播开始时间", _overlap(other)))
        else:
            insort(taken[one.room], (one.start, one.end))
            insort(of_room[one.room], one, key=_start)
            result.made.append(one)
    return _with_times(result, of_room, times, by_hand)


def _with_times(
    result: Arranged,
    of_room: Mapping[Room, Sequence[Reported]],
    times: Mapping[Key, Span],
    by_hand: Mapping[Room, Sequence[Span]],
) -> Arranged:
    """The same with exact times, as far as they leave two sessions of a room apart."""
    better: dict[Key, Reported] = {}
    for room, rows in of_room.items():
        wanted = [(one.span, times.get(one.key, one.span)) for one in rows]
        for one, (start, end) in zip(rows, apart(wanted, sorted(by_hand.get(room, ()))), strict=True):
            better[one.key] = one if one.span == (start, end) else replace(one, start=start, end=end)
    own = {key: one for key, one in better.items() if one.start != key[2]}
    same = {key: better[one.key] for key, one in result.same.items()}
    return Arranged([better[one.key] for one in result.made], result.held, own | same)


def _minutes_only(rows: Iterable[Reported]) -> set[tuple[Room, str]]:
    """The sources that know a room's starts to the minute only, where another source knows them to the second."""
    fine: dict[Room, set[str]] = defaultdict(set)
    everyone: dict[Room, set[str]] = defaultdict(set)
    for one in rows:
        everyone[one.room].add(one.source)
        if one.start.second or one.start.microsecond:
            fine[one.room].add(one.source)
    return {(room, source) for room in fine for source in everyone[room] - fine[room]}


def _start(one: Reported) -> datetime:
    return one.start


def _twin(one: Reported, made: Sequence[Reported]) -> Reported | None:
    """The broadcast of another source that began in the same minute, else the one it shares most of its time with.

    `made`: sessions of the room, sorted by start, disjoint. Of several that began in that minute the first is meant.
    """
    at = bisect_left(made, one.start, key=_start)
    best: tuple[timedelta, Reported] | None = None
    # the one before may reach into this one's time, and none before that; a minute may outlast this one
    last = bisect_left(made, max(one.end, one.start + MINUTE), key=_start)
    for other in made[max(at - 1, 0) : last]:
        if other.source == one.source:
            continue
        if other.start.replace(second=0, microsecond=0) == one.start:
            return other
        shared = min(one.end, other.end) - max(one.start, other.start)
        if best is None or shared >= best[0]:
            best = shared, other
    if best is None:
        return None
    shorter = min(one.end - one.start, best[1].end - best[1].start)
    return best[1] if best[0] * 2 > shorter else None


def _known_by_minute(one: Reported, made: Sequence[Reported]) -> Reported | None:
    """The newer row of the same broadcast, where one of both knows its start to the minute only."""
    at = bisect_left(made, one.start - MINUTE, key=_start)
    return next((other for other in made[at : at + 3] if same_to_the_minute(one.span, other.span)), None)


def _overlapping(spans: Sequence[Span], one: Reported) -> Span | None:
    """The span of these (sorted, disjoint) that shares an instant with the session, if any."""
    at = bisect_left(spans, (one.start, one.start))
    for span in spans[max(at - 1, 0) : at + 1]:
        if span[0] < one.end and one.start < span[1]:
            return span
    return None


def _overlap(span: Span) -> Message:
    return Message(
        "This account has another session at that time, from %(start)s to %(end)s: this row makes no session. "
        "Check which of the two is right; a newer export of both days settles it.",
        {"start": _local(span[0]), "end": _local(span[1])},
    )


def no_room(one: Reported) -> HeldRow:
    """For a row whose file names no room, or by a name that none of ours has."""
    if one.name:
        reason = Message("No room is called “%(name)s”. Add the name to the room it means.", {"name": one.name})
    else:
        reason = Message("The file names no room. Withdraw it and upload it again with the room it is of.")
    return _held(one, "主播昵称", reason)


def _held(one: Reported, column: str, reason: Message) -> HeldRow:
    return HeldRow(one.batch, one.row, column, f"{_local(one.start)}-{_local(one.end)}", reason)


def _local(instant: datetime) -> str:
    return f"{instant.astimezone(ZoneInfo(settings.TIME_ZONE)):%Y-%m-%d %H:%M:%S}"

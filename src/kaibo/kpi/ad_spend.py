"""Ad spend: an ad account's hour goes to its rooms by their parts, then to the minutes a room was on air in that hour.

A row of a broadcast (no end, but when it was launched) goes to the session that began then, over all its segments.
Every split is whole: rooms by id, then sessions by their start, then segments; two months that share an hour agree to
the last cent. What falls on no air time, or whose ad account has no room, stands with its reason, credited to nobody.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kaibo.kpi.credit import split
from kaibo.kpi.inputs import DOUYIN, AccountIn, AdPartIn, FactOut, MonthInputs, SegmentOut, SessionIn
from kaibo.kpi.local_days import HOUR_MS, iso, local_day
from kaibo.kpi.measures import ADS, SHARED_ROOMS, TOLD
from kaibo.kpi.money import UNKNOWN, Rates, converted, is_money, waits
from kaibo.kpi.segments import stretches

# why spend is nobody's: outside (its room is known) and unmatched
OFF_AIR, NO_BROADCAST, NO_ROOM = "ad_off_air", "ad_no_broadcast", "ad_no_room"
OFF_AIR_KINDS = (OFF_AIR, NO_BROADCAST)
MINUTE_MS = 60_000
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """What one row of a file gives to one place, in the row's own money until it is converted.

    `place`, `kind` and the rest: see FactOut. `currency` is empty for the team's; `original` as there.
    """

    batch: int
    row: int
    label: str
    instant_ms: int
    place: str
    kind: str
    account: int | None
    session: int | None
    segment: int | None
    date: str
    measure: str
    basis: str
    amount: int
    currency: str = ""
    original: int | None = None


@dataclass(frozen=True, slots=True)
class _Air:
    """A stretch on air [start, end) of a room: a segment of the month's own session, or another session's."""

    session: SessionIn
    number: int | None
    start_ms: int
    end_ms: int
    date: str = ""


@dataclass(frozen=True, slots=True)
class _Share:
    """Where `parts` of a row's amounts go: rooms, then sessions, then segments. `airs` empty: to nobody, for `kind`."""

    account: int | None
    parts: int
    kind: str
    airs: Sequence[tuple[_Air, int]] = ()


# of one room: for each session its stretches on air, with their milliseconds in the row's time
_BySession = Sequence[Sequence[tuple[_Air, int]]]


class AdSpend:
    """The month's ad spend in places. `segments`: the month's own; `rates` and `days`: see money.converted."""

    def __init__(
        self, inputs: MonthInputs, segments: Sequence[SegmentOut], rates: Rates, days: Mapping[int, str]
    ) -> None:
        self._inputs, self._rates, self._days = inputs, rates, days
        self._accounts = {account.id: account for account in inputs.accounts}
        self._own = {session.id for session in inputs.sessions}
        self._parts: dict[str, list[AdPartIn]] = defaultdict(list)
        for part in inputs.ad_parts:
            self._parts[plain_name(part.ad_account)].append(part)
        self._by_hour: dict[tuple[int, int], list[_Air]] = defaultdict(list)
        self._airs: dict[int, list[_Air]] = defaultdict(list)
        self._sessions: dict[int, list[SessionIn]] = defaultdict(list)
        self._index(segments)

    def placed(self, rows: Iterable[Row]) -> tuple[list[FactOut], list[Piece]]:
        """Facts in the team's currency, and the parts of rows that they are made of; both in a fixed order.

        `rows`: the visible rows with their batch, near the month.
        """
        pieces = [piece for row in rows for piece in self._of_row(row)]
        groups: dict[tuple[Any, ...], list[Piece]] = defaultdict(list)
        for piece in sorted(pieces, key=lambda p: (p.instant_ms, p.batch, p.row)):
            groups[_where(piece)].append(piece)
        raw = {key: _fact(of) for key, of in groups.items() if key[6] in TOLD or any(piece.amount for piece in of)}
        facts = self._converted(raw)
        return list(facts.values()), [one for key in facts for one in _made(facts[key], groups[key])]

    def _index(self, segments: Sequence[SegmentOut]) -> None:
        inputs = self._inputs
        own = {session.id: session for session in inputs.sessions}
        airs = [_Air(own[s.session], s.number, s.start_ms, s.end_ms, s.date) for s in segments]
        airs += [_Air(near, None, a, b) for near in inputs.neighbours for a, b in stretches(near)]
        for air in airs:
            self._airs[air.session.id].append(air)
            for hour in range(air.start_ms // HOUR_MS, (air.end_ms - 1) // HOUR_MS + 1):
                self._by_hour[air.session.account, hour].append(air)
        for session in sorted([*inputs.sessions, *inputs.neighbours], key=_begin):
            self._sessions[session.account].append(session)

    def _of_row(self, row: Row) -> Iterator[Piece]:
        start = row["start_ms"]
        if start is None:
            return
        day = iso(local_day(start, self._inputs.settings.zone))
        parts = sorted(
            (p for p in self._parts.get(plain_name(row["ad_account"] or ""), ()) if _holds(p, day)),
            key=lambda part: part.account,
        )
        shares = self._shares(row, parts)
        whole = len(shares) == 1 and len(shares[0].airs) <= 1
        weights = [share.parts for share in shares]
        airs = [_by_session(share.airs) for share in shares]
        for measure, column in ADS.items():
            if row[column] is None:
                continue
            for share, on_air, amount in zip(shares, airs, split(row[column], weights), strict=True):
                piece = Piece(
                    row["batch"], row["row"], row["ad_account"] or "", start,
                    place="unmatched" if share.account is None else "outside", kind=share.kind, account=share.account,
                    session=None, segment=None, date=day, measure=measure,
                    basis="measured" if whole else "allocated", amount=amount,
                    currency=self._currency(row, share.account) if is_money(measure) else "",
                )  # fmt: skip
                if on_air:
                    yield from self._in_segments(piece, on_air, SHARED_ROOMS if len(shares) > 1 else "")
                elif day[:7] == self._inputs.month:
                    yield piece

    def _in_segments(self, piece: Piece, on_air: _BySession, kind: str) -> Iterator[Piece]:
        """A room's part over what it had on air, of which the month's own sessions are kept."""
        for air, part in _over_air(piece.amount, on_air):
            if air.session.id in self._own:
                session, number = air.session.id, air.number
                yield replace(
                    piece, place="segment", kind=kind, session=session, segment=number, date=air.date, amount=part
                )

    def _shares(self, row: Row, parts: Sequence[AdPartIn]) -> list[_Share]:
        if not parts:
            return [_Share(None, 1, NO_ROOM)]
        if row["end_ms"] is not None and row["end_ms"] > row["start_ms"]:
            return [
                _Share(p.account, p.parts, OFF_AIR, self._on_air(p.account, row["start_ms"], row["end_ms"]))
                for p in parts
            ]
        # a broadcast is one room's, whichever other rooms the ad account spends for
        for exact in (True, False):
            found = [(p, s) for p in parts if (s := self._launched(p.account, row["start_ms"], exact=exact))]
            if found:
                return [
                    _Share(p.account, p.parts, "", [(air, air.end_ms - air.start_ms) for air in self._airs[s.id]])
                    for p, s in found
                ]
        return [_Share(p.account, p.parts, NO_BROADCAST) for p in parts]

    def _on_air(self, account: int, start: int, end: int) -> list[tuple[_Air, int]]:
        """The room's stretches on air in [start, end), each with its milliseconds there."""
        found = {
            (air.session.id, air.number, air.start_ms): air
            for hour in range(start // HOUR_MS, (end - 1) // HOUR_MS + 1)
            for air in self._by_hour.get((account, hour), ())
        }
        lengths = ((air, min(end, air.end_ms) - max(start, air.start_ms)) for air in found.values())
        return [(air, length) for air, length in lengths if length > 0]

    def _launched(self, account: int, at: int, *, exact: bool) -> SessionIn | None:
        """The room's session that began in that minute, or else was on air then."""
        for session in self._sessions.get(account, ()):
            if exact and session.start_ms // MINUTE_MS == at // MINUTE_MS:
                return session
            if not exact and any(a <= at < b for a, b in stretches(session)):
                return session
        return None

    def _currency(self, row: Row, account: int | None) -> str:
        """What the row's money is in; empty for the team's."""
        team = self._rates.team
        said = row["currency"] or (self._accounts[account].currency if account else self._usual(row["platform"]))
        return "" if said == team else said

    def _usual(self, platform: str | None) -> str:
        """The currency of all rooms there, of a row whose ad account has none; else it is not known."""
        there: list[AccountIn] = [a for a in self._accounts.values() if a.platform == (platform or DOUYIN)]
        found = {account.currency for account in there or self._accounts.values()} or {self._rates.team}
        return found.pop() if len(found) == 1 else UNKNOWN

    def _converted(self, raw: Mapping[tuple[Any, ...], FactOut]) -> dict[tuple[Any, ...], FactOut]:
        """By the same keys: what is converted together is found again by everything that conversion leaves."""
        done = {(*_left(fact), fact.kind): fact for fact in converted(raw.values(), self._rates, self._days)}
        waiting = {_left(fact): fact for fact in done.values() if waits(fact.measure)}
        found = {}
        for key, fact in raw.items():
            made = done.get((*_left(fact), fact.kind)) or replace(
                waiting[_left(fact)], amount=fact.amount, original=fact.amount
            )
            found[key] = made
        return found


def plain_name(ad_account: str) -> str:
    """As names of ad accounts are compared: without blanks at the ends or twice."""
    return " ".join(ad_account.split())


def _holds(part: AdPartIn, day: str) -> bool:
    return part.start <= day and (part.end is None or day < part.end)


def _by_session(airs: Sequence[tuple[_Air, int]]) -> _BySession:
    """Sessions by their start, each with its stretches in order."""
    sessions: dict[int, list[tuple[_Air, int]]] = defaultdict(list)
    for air, length in sorted(airs, key=lambda one: (*_begin(one[0].session), one[0].start_ms)):
        sessions[air.session.id].append((air, length))
    return list(sessions.values())


def _over_air(amount: int, on_air: _BySession) -> Iterator[tuple[_Air, int]]:
    """Over sessions by their time on air there, then over each one's segments."""
    if len(on_air) == 1 and len(on_air[0]) == 1:
        yield on_air[0][0][0], amount
        return
    shares = split(amount, [sum(length for _, length in of) for of in on_air])
    for share, of in zip(shares, on_air, strict=True):
        parts = split(share, [length for _, length in of])
        yield from ((air, part) for (air, _), part in zip(of, parts, strict=True))


def _begin(session: SessionIn) -> tuple[int, int]:
    return session.start_ms, session.id


def _where(piece: Piece) -> tuple[Any, ...]:
    """The place of its fact, in FactOut's order, and its money."""
    place = (piece.place, piece.kind, piece.account, piece.session, piece.segment, piece.date)
    return (*place, piece.measure, piece.basis, piece.currency)


def _fact(pieces: Sequence[Piece]) -> FactOut:
    one = pieces[0]
    return FactOut(
        one.place, one.kind, one.account, one.session, one.segment, one.date, one.measure, one.basis,
        sum(piece.amount for piece in pieces), one.currency,
    )  # fmt: skip


def _left(fact: FactOut) -> tuple[Any, ...]:
    """What conversion leaves as it is."""
    measure = fact.measure.partition("@")[0]
    return (fact.place, fact.account, fact.session, fact.segment, fact.date, measure, fact.basis, fact.currency)


def _made(fact: FactOut, pieces: Sequence[Piece]) -> Iterator[Piece]:
    """The pieces of a fact, in the team's money so that they add up to it."""
    if fact.original is None:
        yield from pieces
        return
    amounts = split(fact.amount, [piece.amount for piece in pieces])
    if waits(fact.measure):
        amounts = [piece.amount for piece in pieces]
    for piece, amount in zip(pieces, amounts, strict=True):
        yield replace(piece, kind=fact.kind, measure=fact.measure, amount=amount, original=piece.amount)

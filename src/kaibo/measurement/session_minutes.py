"""The minutes of a broadcast, from the files of its room: as they stand there, and added up over equal stretches."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction

from kaibo.facts.minute_rows import ADDED, ONLINE, MinuteRow, minutes
from kaibo.facts.schema import MINUTE
from kaibo.facts.visible import BatchFile
from kaibo.imports.files import batches_of, file_of
from kaibo.imports.models import Batch
from kaibo.live.models import Account, Session
from kaibo.measurement.gathering import to_ms

log = logging.getLogger(__name__)
MINUTE_MS = 60_000
# bars that still can be told apart on a desk
MOST_BARS = 480
WIDTHS = (1, 2, 5, 10, 15, 30, 60)

# half-open, in milliseconds
Stretch = tuple[int, int]
# (start in ms, how many, minor units), as facts.reader.placed_sums gives them
Sum = tuple[int, int, int]


@dataclass(frozen=True)
class Slice:
    """[start_ms, end_ms) of a session. `online`: the mean level of its known time; `sums`: what adds up.

    A measure that no minute of the slice knows is not in `sums`. `known_ms`: how much of it any minute speaks of.
    """

    start_ms: int
    end_ms: int
    known_ms: int = 0
    online: Fraction | None = None
    sums: Mapping[str, int] = field(default_factory=dict)
    orders: int | None = None
    paid: int | None = None


@dataclass(frozen=True)
class SessionMinutes:
    """The minutes of a session, in order. `lost`: a file is not on the disk, so that nothing is known."""

    start_ms: int
    end_ms: int
    rows: Sequence[MinuteRow] = ()
    lost: bool = False

    def knows(self, measure: str) -> bool:
        return any(measure in row.values for row in self.rows)

    def mean(self, measure: str = ONLINE) -> Fraction | None:
        """A level over the time it is known for."""
        return _mean([row for row in self.rows if measure in row.values], measure)

    def peak(self, measure: str = ONLINE) -> MinuteRow | None:
        """The first minute of the highest."""
        return max(
            (row for row in self.rows if measure in row.values), key=lambda row: row.values[measure], default=None
        )

    def total(self, measure: str) -> int | None:
        found = [row.values[measure] for row in self.rows if measure in row.values]
        return sum(found) if found else None

    def unknown(self, measure: str, off_air: Iterable[Stretch] = ()) -> list[Stretch]:
        """The stretches on air that no minute with this measure speaks of; those under a minute are not told."""
        known = [(row.start_ms, row.end_ms) for row in self.rows if measure in row.values]
        gaps, at = [], self.start_ms
        for begin, end in sorted([*known, *off_air, (self.end_ms, self.end_ms)]):
            if begin - at >= MINUTE_MS:
                gaps.append((at, min(begin, self.end_ms)))
            at = max(at, end)
        return gaps


def minute_batches(batches: Iterable[Batch], session: Session) -> list[Batch]:
    """Those of them whose minutes touch the session's time."""
    near = session.start - timedelta(hours=1)
    return [
        batch
        for batch in batches_of(MINUTE, batches)
        if batch.first_instant
        and batch.last_instant
        and batch.first_instant < session.end
        and batch.last_instant > near
    ]


def minutes_of(batches: Iterable[Batch], session: Session) -> SessionMinutes:
    """`batches`: those in use around the session, with `minute_place` selected. `session`: with its whole span."""
    start, end = to_ms(session.start), to_ms(session.end)
    account = session.account
    names = [account.handle, account.name, *map(str, account.other_names)]
    files = [_file(batch) for batch in minute_batches(batches, session)]
    try:
        rows = minutes(files, platform=account.platform, names=names, start_ms=start, end_ms=end)
    except FileNotFoundError as error:
        log.warning("the minutes of session %s are not all on the disk: %s", session.pk, error)
        return SessionMinutes(start, end, lost=True)
    return SessionMinutes(start, end, rows)


def _file(batch: Batch) -> BatchFile:
    """A file that names no room is of the room whose session its totals fit, or that a person named."""
    file = file_of(MINUTE, batch)
    place = getattr(batch, "minute_place", None)
    if file.scope or place is None:
        return file
    room: Account = place.session.account
    return BatchFile(file.batch, file.as_of_ms, file.path, room.platform, room.handle)


def slice_minutes(session: Session, found: SessionMinutes) -> int:
    """How many minutes a slice has: one, more where the session is long or its rows speak of more than a minute."""
    length = (session.end - session.start) / timedelta(minutes=1)
    longest = max((row.length_ms for row in found.rows), default=0)
    fitting = (w for w in WIDTHS if length / w <= MOST_BARS and w * MINUTE_MS >= longest)
    return next(fitting, WIDTHS[-1])


def slices(found: SessionMinutes, every: int, orders: Iterable[Sum] | None = None) -> list[Slice]:
    """The whole session in stretches of `every` minutes, in order; a minute lies where it begins.

    `orders`: paid orders by the same stretches; None: unknown.
    """
    step = every * MINUTE_MS
    rows: dict[int, list[MinuteRow]] = {}
    for row in found.rows:
        rows.setdefault(max(row.start_ms, found.start_ms) // step * step, []).append(row)
    sold = None if orders is None else {at: (count, amount) for at, count, amount in orders}
    first = found.start_ms // step * step
    return [
        _slice(max(at, found.start_ms), min(at + step, found.end_ms), rows.get(at, []), sold, at)
        for at in range(first, found.end_ms, step)
    ]


def _slice(
    start: int, end: int, rows: Sequence[MinuteRow], sold: Mapping[int, tuple[int, int]] | None, at: int
) -> Slice:
    count, amount = (None, None) if sold is None else sold.get(at, (0, 0))
    if len(rows) == 1:
        # a slice of a minute, as most are: the same in fewer steps
        row = rows[0]
        level = Fraction(row.values[ONLINE]) if ONLINE in row.values and row.end_ms > row.start_ms else None
        sums = {name: number for name, number in row.values.items() if name != ONLINE}
        known_ms = min(row.end_ms, end) - max(row.start_ms, start)
        return Slice(start, end, max(0, known_ms), level, sums, count, amount)
    known = {name: [row.values[name] for row in rows if name in row.values] for name in ADDED}
    sums = {name: sum(numbers) for name, numbers in known.items() if numbers}
    with_level = [row for row in rows if ONLINE in row.values]
    known_ms = sum(min(row.end_ms, end) - max(row.start_ms, start) for row in rows)
    return Slice(start, end, max(0, known_ms), _mean(with_level, ONLINE), sums, count, amount)


def _mean(rows: Sequence[MinuteRow], measure: str) -> Fraction | None:
    if len(rows) == 1 and rows[0].length_ms:
        return Fraction(rows[0].values[measure])
    whole = sum(row.length_ms for row in rows)
    return Fraction(sum(row.values[measure] * row.length_ms for row in rows), whole) if whole else None

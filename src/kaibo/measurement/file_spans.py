"""Which days a file of a platform speaks of, and whether a broadcast lies in them."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from kaibo.facts.schema import AFTER_SALE
from kaibo.imports.periods import COVERING
from kaibo.live.instants import to_ms

# of which a shop has files of its own, that speak of its days
OF_A_PLATFORM = COVERING
DAY = timedelta(days=1)
# half-open, in ms
Stretch = tuple[int, int]
EVER = 0


@dataclass(frozen=True)
class Span:
    """The local days a batch speaks of, and the day it speaks of as now; `platform`: whose rooms', "" any.

    `until`: of a file that was drawn while its last day went on, when; of what begins later it knows nothing.
    """

    first: date
    last: date
    as_of: date
    platform: str = ""
    until: datetime | None = None

    def of_any(self, platforms: Collection[str] | None) -> bool:
        """Whether it speaks of rooms of any of these platforms; None, and "" among them: of whichever."""
        return not self.platform or platforms is None or "" in platforms or self.platform in platforms

    def stretch(self, table: str) -> Stretch:
        """When the broadcasts begin that it tells something of; after-sales are of all days before."""
        first, last = (EVER, self.as_of) if table == AFTER_SALE else (_midnight_ms(self.first), self.last)
        return first, to_ms(self.until) if self.until else _midnight_ms(last + DAY)

    def row(self) -> list[str]:
        """As a closed month keeps it, without what it does not say."""
        said = [*(day.isoformat() for day in (self.first, self.last, self.as_of)), self.platform,
                self.until.isoformat() if self.until else ""]  # fmt: skip
        while not said[-1]:
            said.pop()
        return said


def span_of_row(first: str, last: str, as_of: str, platform: str = "", until: str = "") -> Span:
    """As `Span.row` wrote it; those of before files were a platform's say none, those of before days counted no end."""
    days = [date.fromisoformat(day) for day in (first, last, as_of)]
    return Span(days[0], days[1], days[2], platform, datetime.fromisoformat(until) if until else None)


@dataclass(frozen=True)
class Said:
    """What is known of a batch's days: of its rows, of the file as a whole, and as of when it speaks."""

    first_row: datetime | None
    last_row: datetime | None
    as_of: datetime
    period: tuple[date, date] | None = None

    def span(self, table: str, platform: str) -> Span | None:
        """The days it covers: those that the file or a person states, else those of its rows; None where neither is."""
        as_of = timezone.localdate(self.as_of)
        if self.period:
            first, last = self.period
            return Span(first, last, min(as_of, last) if table == AFTER_SALE else as_of, platform)
        if self.first_row is None or self.last_row is None:
            return None
        first, last = timezone.localdate(self.first_row), timezone.localdate(self.last_row)
        if table not in OF_A_PLATFORM:
            return Span(first, last, as_of)
        # whoever drew it cannot have known what was still to come; and a row is never later than its file
        drawn = max(self.as_of, self.last_row + timedelta(milliseconds=1))
        ends = as_of if table == AFTER_SALE else last
        return Span(first, last, as_of, platform, drawn if drawn < _midnight(ends + DAY) else None)


def joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Put together where they touch: what files by the day say one after another."""
    found: list[Stretch] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif start < end:
            found.append((start, end))
    return found


def within(stretches: Sequence[Stretch], at: int) -> bool:
    """Whether the instant lies in one of them. They are `joined`."""
    place = bisect_right(stretches, (at, float("inf"))) - 1
    return place >= 0 and at < stretches[place][1]


def touched(stretches: Iterable[Stretch], day: date) -> bool:
    """Whether any of the day lies in one of them."""
    start, end = _midnight_ms(day), _midnight_ms(day + DAY)
    return any(first < end and start < last for first, last in stretches)


def clipped(stretches: Iterable[Stretch], first: date, last: date) -> list[Stretch]:
    """What of them lies in these days, both included."""
    low, high = _midnight_ms(first), _midnight_ms(last + DAY)
    return [(max(low, start), min(high, end)) for start, end in stretches if start < high and low < end]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())


def _midnight_ms(day: date) -> int:
    return to_ms(_midnight(day))

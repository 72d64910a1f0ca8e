"""Turns the clock times of a file into instants, for the zone that the file speaks in."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kaibo.message import Message
from kaibo.sources.cells import CellError, moment
from kaibo.sources.reading import Refused

DEFAULT_ZONE = "Asia/Shanghai"
DAY_MS = 86_400_000
# an export of another century is a damaged cell
YEARS = range(2000, 2101)
# minutes that are remembered: two months have fewer
INSTANTS = 100_000
# a day and a time of fixed width: either may be known from another cell
PLAIN = re.compile(r"\d{4}[-/]\d\d[-/]\d\d \d\d:\d\d:\d\d", re.ASCII)


class Clock:
    """Instants of one zone, as int64 UTC milliseconds. Raises Refused for an unknown zone."""

    def __init__(self, zone: str) -> None:
        try:
            self._zone = ZoneInfo(zone or DEFAULT_ZONE)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise Refused(
                Message("There is no time zone %(zone)s.", {"zone": zone}), Message("Name it like Asia/Shanghai.")
            ) from error
        # midnight of each day met whose length is 24 hours; None for the two days of the year that differ
        self._midnights: dict[date, int | None] = {}
        # what text says of such days, of the minute of a day and of the seconds: an export repeats them
        self._days: dict[str, int] = {}
        self._minutes: dict[str, int] = {}
        self._seconds: dict[str, int] = {}
        # day and minute together, as many as a month has
        self._instants: dict[str, int] = {}

    def instant(self, value: Any) -> int | None:
        """A cell's instant. A time that the clocks skip or show twice on that day is an error."""
        if type(value) is str and len(value) == 19:
            try:
                return self._days[value[:11]] + self._minutes[value[11:16]] + self._seconds[value[16:]]
            except KeyError:
                pass
        found = moment(value)
        if found is None:
            return None
        ms = self.ms(found)
        if type(value) is str and PLAIN.fullmatch(value) and (midnight := self._midnights[found.date()]) is not None:
            self._days[value[:11]], self._seconds[value[16:]] = midnight, found.second * 1000
            self._minutes[value[11:16]] = ms - midnight - found.second * 1000
        return ms

    def instants(self, cells: Sequence[Any]) -> list[int | None] | None:
        """`instant` of each cell, where all are blank or a day and a time of fixed width; else None."""
        known, seconds = self._instants, self._seconds
        for again in (True, False):
            try:
                return [known[cell[:16]] + seconds[cell[16:]] if cell != "" else None for cell in cells]
            except KeyError:
                if not again or not self._learn(cells):
                    break
            except TypeError:
                break
        return None

    def _learn(self, cells: Sequence[Any]) -> bool:
        """Remember the minutes and seconds of these cells; False where one is written otherwise, or is no instant."""
        known, seconds = self._instants, self._seconds
        if len(known) > INSTANTS:
            known.clear()
        try:
            minutes = {cell[:16]: cell for cell in cells if cell != "" and cell[:16] not in known}
            for cell in [*minutes.values(), *{cell[16:]: cell for cell in cells if cell[16:] not in seconds}.values()]:
                self.instant(cell)
            known |= {minute: self._days[minute[:11]] + self._minutes[minute[11:]] for minute in minutes}
        except (KeyError, TypeError, CellError):
            return False
        return True

    def ms(self, local: datetime) -> int:
        if local.year not in YEARS:
            raise CellError(Message("The year %(year)s is out of range.", {"year": local.year}))
        day = local.date()
        if day not in self._midnights:
            start, end = self._exact(datetime(day.year, day.month, day.day)), self._exact(_next_midnight(day))
            self._midnights[day] = start if start is not None and end == start + DAY_MS else None
        midnight = self._midnights[day]
        if midnight is not None:
            return midnight + ((local.hour * 60 + local.minute) * 60 + local.second) * 1000
        exact = self._exact(local)
        if exact is None:
            raise CellError(Message("The clocks changed at this time: it does not exist or exists twice."))
        return exact

    def local(self, ms: int) -> datetime:
        return datetime.fromtimestamp(ms / 1000, self._zone).replace(tzinfo=None)

    def _exact(self, local: datetime) -> int | None:
        """The only instant at which the clocks show this, or None."""
        first = local.replace(tzinfo=self._zone)
        if first.utcoffset() != first.replace(fold=1).utcoffset():
            return None
        return round(first.astimezone(UTC).timestamp()) * 1000


def _next_midnight(day: date) -> datetime:
    following = day + timedelta(days=1)
    return datetime(following.year, following.month, following.day)

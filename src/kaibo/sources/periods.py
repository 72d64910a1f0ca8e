"""The days that a file speaks of: from its text, from its name, or from whoever imports it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from kaibo.message import Message
from kaibo.sources.cells import day, text
from kaibo.sources.clocks import Clock
from kaibo.sources.reading import Answers, Refused
from kaibo.sources.tables import Row

DAY = r"(?<!\d)(20\d\d)[-/.年]?(\d{2})[-/.月]?(\d{2})日?(?!\d)"
# one day alone in a name is the day of the export, not what it speaks of: hence from and to
SPAN = re.compile(rf"{DAY}(?: ?[~～至到—_-] ?| to ){DAY}", re.ASCII)
LONGEST = 366
WRITE_DAYS = Message("Write the first and the last day like 2026-04-01.")


@dataclass(frozen=True)
class Period:
    """From `first` to `last`, both inside it."""

    first: date
    last: date

    def bounds(self, clock: Clock) -> tuple[int, int]:
        """Half-open, in UTC ms."""
        after = self.last + timedelta(days=1)
        start, end = (datetime(d.year, d.month, d.day) for d in (self.first, after))
        return clock.ms(start), clock.ms(end)


def period_cell(value: Any) -> Period | None:
    """A cell with one day, or with the first and last of several. Raises CellError."""
    said = text(value) if isinstance(value, str) else None
    if said is not None and (found := named(said)):
        return found
    if said is not None and len(said) == 8 and said.isascii() and said.isdigit():
        one = day(f"{said[:4]}-{said[4:6]}-{said[6:]}")
    else:
        one = day(value)
    return Period(one, one) if one else None


def period_of(answers: Answers, above: Iterable[Row], file_name: str) -> Period | None:
    """What a person said, else what stands above the header, else the file's name from–to. Raises Refused."""
    if answers.start and answers.end:
        first, last = _answer(answers.start), _answer(answers.end)
        if not first <= last:
            raise Refused(Message("The period ends before it starts."), WRITE_DAYS)
        return Period(first, last)
    texts = [cell for row in above for cell in row if isinstance(cell, str)]
    return next((found for said in [*texts, file_name] if (found := named(said))), None)


def named(said: str) -> Period | None:
    """What a text, like a file's name, says from–to."""
    match = SPAN.search(said)
    if not match:
        return None
    try:
        first, last = (date(*(int(part) for part in match.groups()[n : n + 3])) for n in (0, 3))
    except ValueError:
        return None
    return Period(first, last) if 0 <= (last - first).days < LONGEST else None


def _answer(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError as error:
        raise Refused(Message("%(day)s is no day.", {"day": said}), WRITE_DAYS) from error

"""The days that a batch of orders or after-sales covers, where somebody or the file's name states them.

Else they are those of its rows (measurement.file_spans): a shop that sold nothing in its last days says until when.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from kaibo.facts.schema import AFTER_SALE, ORDER_LINE
from kaibo.imports.models import Batch
from kaibo.message import Message
from kaibo.sources.periods import LONGEST, WRITE_DAYS, named

# of whose days somebody is asked: what the others do not say stands nowhere as 0
COVERING = (ORDER_LINE, AFTER_SALE)
ASKED, NAME = "asked", "name"


class BadPeriod(Exception):
    """Such days cannot be; `message` says why, `todo` what to write."""

    def __init__(self, message: Message, todo: Message = WRITE_DAYS) -> None:
        super().__init__(str(message))
        self.message, self.todo = message, todo


@dataclass(frozen=True)
class Period:
    """First and last day, both inside it, and who states them: ASKED, NAME."""

    first: date
    last: date
    said_by: str


@dataclass(frozen=True)
class About:
    """What is known of a file: its fact table and name, when its first and last row are, and as of when it speaks."""

    table: str
    file_name: str
    first_row: datetime | None
    last_row: datetime | None
    as_of: datetime

    @property
    def rows(self) -> tuple[date, date] | None:
        """The team's days of its rows."""
        if self.first_row is None or self.last_row is None:
            return None
        return timezone.localdate(self.first_row), timezone.localdate(self.last_row)


def period_at_import(about: About, answers: Mapping[str, str]) -> Period | None:
    """What was answered (`start`, `end`), else what the name states, if that can be. Raises BadPeriod."""
    if about.table not in COVERING:
        return None
    if answers.get("start") or answers.get("end"):
        return checked(about, _day(answers.get("start", "")), _day(answers.get("end", "")))
    said = named(about.file_name)
    try:
        return Period(*_checked(about, said.first, said.last), NAME) if said else None
    except BadPeriod:
        return None


def checked(about: About, first: date | None, last: date | None) -> Period:
    """What somebody states; a day that is left out is that of its rows. Raises BadPeriod."""
    if about.table not in COVERING:
        raise BadPeriod(
            Message("Only of orders and after-sales it is said which days a file covers."),
            Message("Of other files their rows say it."),
        )
    return Period(*_checked(about, first, last), ASKED)


def _checked(about: About, first: date | None, last: date | None) -> tuple[date, date]:
    rows = about.rows
    first, last = first or (rows and rows[0]), last or (rows and rows[1])
    if first is None or last is None:
        raise BadPeriod(Message("Say both the first and the last day."))
    if last < first:
        raise BadPeriod(Message("The last day is before the first."))
    if (last - first).days >= LONGEST:
        raise BadPeriod(Message("A file covers at most %(days)s days.", {"days": LONGEST}))
    drawn = timezone.localdate(about.as_of)
    if last > drawn:
        raise BadPeriod(
            Message("The file is as of %(day)s: of later days it knows nothing.", {"day": drawn.isoformat()}),
            Message("Take that day or an earlier one as the last."),
        )
    if rows and (last < rows[0] or rows[1] < first):
        raise BadPeriod(
            Message(
                "Its rows are of %(first)s to %(last)s: none of the days that you state.",
                {"first": rows[0].isoformat(), "last": rows[1].isoformat()},
            )
        )
    return first, last


def about(batch: Batch) -> About:
    """The same of a batch."""
    return About(batch.table, batch.file_name, batch.first_instant, batch.last_instant, batch.as_of)


def months_between(before: tuple[date, date] | None, after: tuple[date, date] | None) -> list[str]:
    """The months (YYYY-MM) of the days that only one of these periods has: whose numbers may be others now."""
    days = [set(_every(*period)) if period else set() for period in (before, after)]
    return sorted({f"{day:%Y-%m}" for day in days[0] ^ days[1]})


def _every(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _day(said: str) -> date | None:
    if not said:
        return None
    try:
        return date.fromisoformat(said)
    except ValueError as error:
        raise BadPeriod(Message("%(day)s is no day.", {"day": said})) from error

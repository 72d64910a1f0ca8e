"""Of which stretches of time a batch speaks: whose numbers may change when it comes or goes."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings

from kaibo.facts import reader
from kaibo.facts.listed_orders import listed_days
from kaibo.facts.schema import (
    AD_SPEND,
    AFTER_SALE,
    CLOCK_IN,
    INSTANT,
    ORDER_LINE,
    SERVICE_RESULT,
    SESSION_CHANNEL,
    SESSION_PRODUCT,
    SESSION_REPORT,
    SETTLEMENT,
    TAGGED_LINE,
)  # fmt: skip
from kaibo.imports.files import file_of, files_of
from kaibo.imports.models import Batch, BatchState
from kaibo.live.instants import to_instant
from kaibo.live.nights import business_start

DAY_MS = 86_400_000
DAY = timedelta(days=1)
# where a row speaks of more than one instant
ALSO = {
    SESSION_REPORT: "end_ms", SESSION_PRODUCT: "session_end_ms", SESSION_CHANNEL: "session_end_ms", AD_SPEND: "end_ms",
    SERVICE_RESULT: "end_ms", SETTLEMENT: "ordered_ms",
}  # fmt: skip
# a row of these is about all the time from its start to its end
PERIODS = (SERVICE_RESULT,)

Stretch = tuple[datetime, datetime]


def stretches_of(batch: Batch) -> list[Stretch]:
    """The UTC days of every row of every table in the batch; an after-sale speaks of its order's day too.

    A list of orders speaks of the days on which they were placed, as far as they are imported. A roster speaks through
    the shifts that are planned from it, which say their months themselves.
    """
    if not batch.accepted and not batch.more_tables:
        return _stated(batch)
    found = _told(batch)
    for table in (batch.table, *batch.more_tables):
        found += _clock_in(batch) if table == CLOCK_IN else _of_table(batch, table)
    return found


def _of_table(batch: Batch, table: str) -> list[Stretch]:
    if table == TAGGED_LINE:
        days = set(listed_days(file_of(TAGGED_LINE, batch), files_of(ORDER_LINE)))
        return [_point(edge) for day in sorted(days) for edge in (day, day + 1)]
    if not INSTANT.get(table):
        return []
    folder = Path(settings.FACTS_ROOT) / batch.folder
    days = set(reader.days(folder, table, INSTANT[table]))
    if table in ALSO:
        days |= set(reader.days(folder, table, ALSO[table]))
    if table == AFTER_SALE:
        days |= set(reader.order_days(folder, _order_folders()))
    if table in PERIODS and days:
        return [(to_instant(min(days) * DAY_MS), to_instant((max(days) + 1) * DAY_MS))]
    return [_point(edge) for day in sorted(days) for edge in (day, day + 1)]


def _order_folders() -> list[Path]:
    there = Batch.objects.filter(state=BatchState.VISIBLE)
    return [
        Path(settings.FACTS_ROOT) / batch.folder for batch in there if ORDER_LINE in (batch.table, *batch.more_tables)
    ]


def _point(day: int) -> Stretch:
    return to_instant(day * DAY_MS), to_instant(day * DAY_MS)


def _clock_in(batch: Batch) -> list[Stretch]:
    rows = reader.columns(Path(settings.FACTS_ROOT) / batch.folder, CLOCK_IN, ["date"])
    return _days(row["date"] for row in rows)


def _stated(batch: Batch) -> list[Stretch]:
    """A file without rows speaks of all the days that it is stated to cover."""
    return [(business_start(batch.covers[0]), business_start(batch.covers[1] + DAY))] if batch.covers else []


def _told(batch: Batch) -> list[Stretch]:
    """What a person said of the whole file: its session, its period, its month."""
    said = {key: str(value) for key, value in batch.answers.items()}
    texts = [said.get("start", ""), said.get("end", ""), f"{said['month']}-01" if said.get("month") else ""]
    found = _days(text for text in texts if text)
    try:
        at = datetime.fromisoformat(said.get("session", ""))
    except ValueError:
        return found
    return [*found, (at, at)] if at.tzinfo else [*found, *_days([at.date().isoformat()])]


def _days(texts: Iterable[str | None]) -> list[Stretch]:
    found = []
    for text in sorted({text for text in texts if text}):
        try:
            start = business_start(date.fromisoformat(text))
        except ValueError:
            continue
        found.append((start, start + DAY))
    return found

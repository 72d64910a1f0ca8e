"""For which days each kind of file is there: a sum without rows is 0 where the file speaks of the day, else unknown.

Orders and after-sales are a platform's: those of one shop say nothing of rooms elsewhere. And they are of their days:
those until the 20th say nothing of a broadcast on the 25th.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from kaibo.facts.schema import AFTER_SALE, ORDER_LINE
from kaibo.imports.models import Batch, BatchState
from kaibo.kpi.values import Amounts, merged
from kaibo.live.instants import to_ms
from kaibo.measurement.closed import Closed, closed_months
from kaibo.measurement.file_spans import (
    OF_A_PLATFORM,
    Said,
    Span,
    Stretch,
    clipped,
    joined,
    span_of_row,
    touched,
    within,
)
from kaibo.sources.registry import BY_KEY

# which files each measure comes from, where nothing is written for 0; what was not sold cannot come back
FROM = {
    "paid_minor": (ORDER_LINE,),
    "orders": (ORDER_LINE,),
    "refund_minor": (ORDER_LINE, AFTER_SALE),
    "refund_orders": (ORDER_LINE, AFTER_SALE),
}
# the broadcasts of a month's business days may begin after its last midnight
NEAR = timedelta(days=3)

# the tables of which no file speaks of a broadcast, or of a day
Lacking = frozenset[str]
NOTHING: Lacking = frozenset()


@dataclass(frozen=True)
class Coverage:
    """The visible batches' spans by fact table; `closed`: of each closed month, as they were at closing.

    `refund_days`: N of T+N. `leaves_out`: values leave out sessions of whose platform files lack, `by_day`: of whose
    day they do; in months that were closed before they did they have every session. `fixed`: of a closed month,
    session → what lacked of it then; `last_orders`: likewise, until when its orders might come.
    """

    spans: Mapping[str, Sequence[Span]]
    closed: Mapping[date, "Coverage"] = field(default_factory=dict)
    refund_days: int = field(default_factory=lambda: settings.REFUND_DAYS)
    leaves_out: bool = True
    by_day: bool = True
    fixed: Mapping[int, Lacking] | None = None
    last_orders: Mapping[int, date] = field(default_factory=dict)
    _stretches: dict[tuple[str, str], list[Stretch]] = field(default_factory=dict, compare=False, repr=False)

    def of(self, day: date) -> "Coverage":
        """What speaks of the month of this day: if it is closed, nothing that came since."""
        return self.closed.get(day.replace(day=1), self)

    def reaches(self, table: str, first: date, last: date, platforms: Collection[str] | None = None) -> bool:
        """Whether any batch of the table speaks of any of the days; after-sales speak of all days before.

        `platforms`: and of rooms of any of these. Days of a closed month are asked of what was there at closing.
        """
        return any(span.of_any(platforms) for span in self._speaking(table, first, last))

    def tables(self, first: date, last: date, platforms: Collection[str] | None = None) -> set[str]:
        """The tables that speak of any of the days (and of rooms of any of these platforms)."""
        return {table for table in self.spans if self.reaches(table, first, last, platforms)}

    def lacking(self, at: datetime, platform: str, session: int | None = None) -> Lacking:
        """The tables of which no file speaks of what began at this instant in a room of the platform.

        `session`: which broadcast that is; of a closed month what lacked of it at closing.
        """
        there = self.of(timezone.localdate(at))
        if there.fixed is not None and session is not None:
            return there.fixed.get(session, NOTHING)
        ms = to_ms(at)
        return frozenset(table for table in OF_A_PLATFORM if not within(there.stretches(table, platform), ms))

    def lacking_on(self, day: date, platform: str) -> Lacking:
        """The same of a day off air: the tables of which no file speaks of any hour of it."""
        there = self.of(day)
        return frozenset(table for table in OF_A_PLATFORM if not touched(there.stretches(table, platform), day))

    def lacking_of(self, day: date, platform: str, session: int | None, began: datetime | None) -> Lacking:
        """Of a broadcast of the business day, or, where it is none, of the day off air."""
        return self.lacking_on(day, platform) if began is None else self.lacking(began, platform, session)

    def silent(self, month: date, platform: str, at: datetime | None, session: int | None = None) -> Lacking:
        """What lacks of a broadcast, so that the month's values leave it out; a month closed before knew other rules.

        `at`: when it began; where nobody says it the month is asked, as of a closed one that has it not `fixed`.
        """
        if not (self.leaves_out and self.by_day):
            return self._silent_month(month, platform)
        if self.fixed is not None and session is not None:
            return self.fixed.get(session, NOTHING)
        return self._silent_month(month, platform) if at is None else self.lacking(at, platform, session)

    def silent_on(self, month: date, platform: str, day: date) -> Lacking:
        """The same of a room's day off air."""
        if not (self.leaves_out and self.by_day):
            return self._silent_month(month, platform)
        return self.lacking_on(day, platform)

    def _silent_month(self, month: date, platform: str) -> Lacking:
        """The tables that the platform has no file of in the whole month."""
        if not self.leaves_out:
            return NOTHING
        first, last = days_of_month(month)
        return frozenset(table for table in OF_A_PLATFORM if not self.reaches(table, first, last, {platform}))

    def heard(self, tables: Collection[str], silent: Iterable[Lacking]) -> set[str]:
        """The tables; of those that are a platform's the ones that any of these broadcasts (or days) has a file of."""
        of_each = list(silent) if self.by_day else []
        if not of_each:
            return set(tables)
        return {*tables, *OF_A_PLATFORM} - frozenset.intersection(*of_each)

    def stretches(self, table: str, platform: str) -> list[Stretch]:
        """When the broadcasts begin that any file of the table tells something of, put together."""
        key = (table, platform)
        if key not in self._stretches:
            spans = self.spans.get(table, ())
            self._stretches[key] = joined(span.stretch(table) for span in spans if span.of_any({platform}))
        return self._stretches[key]

    def said(self, first: date, last: date) -> list[tuple[str, str, list[Stretch]]]:
        """Of which table and platform anything speaks of any of the days, and of which stretches of them and around."""
        there, low, high = self.of(first), first - NEAR, last + NEAR
        found = {(table, span.platform) for table in there.spans for span in there._speaking(table, low, high)}
        return [
            (table, platform, clipped(there.stretches(table, platform), low, high) if table in OF_A_PLATFORM else [])
            for table, platform in sorted(found)
        ]

    def _speaking(self, table: str, first: date, last: date) -> Iterator[Span]:
        for span in self.of(first).spans.get(table, ()):
            if span.as_of >= first if table == AFTER_SALE else span.first <= last and span.last >= first:
                yield span

    @staticmethod
    def from_frozen(frozen: Mapping[str, Any]) -> "Coverage":
        """What a closed month kept (see `as_frozen`)."""
        spans = {table: [span_of_row(*said) for said in found] for table, found in frozen["coverage"].items()}
        fixed = frozen.get("silent")
        return Coverage(
            spans, {}, frozen["refund_days"], frozen.get("leaves_out", False), fixed is not None,
            None if fixed is None else {int(session): frozenset(tables) for session, tables in fixed.items()},
            {int(session): date.fromisoformat(day) for session, day in frozen.get("last_orders", {}).items()},
        )  # fmt: skip

    def after_sales_until(self, platforms: Collection[str]) -> date | None:
        """The day up to which refunds of rooms of all these platforms are known: of the newest exports the oldest.

        A platform without any is silent and holds nobody up.
        """
        asked: list[Collection[str] | None] = [{one} for one in platforms] if self.leaves_out and platforms else [None]
        spans = self.newest_after_sales.values()
        newest = [max((span.as_of for span in spans if span.of_any(one)), default=None) for one in asked]
        return min((day for day in newest if day), default=None)

    @property
    def newest_after_sales(self) -> dict[str, Span]:
        """Platform → its newest export's span."""
        spans = self.spans.get(AFTER_SALE, ())
        return {span.platform: span for span in sorted(spans, key=lambda span: span.stretch(AFTER_SALE)[1])}


def filled(amounts: Amounts, lacking: Lacking) -> dict[tuple[str, str], int]:
    """The amounts of a broadcast or a day; 0 for each measure without a row of which the files that are there tell.

    Money that waits for a rate is no 0: it is there, and nobody knows how much it is.
    """
    known = _measures(amounts)
    lacks = lacking - ({ORDER_LINE} if "paid_minor" in known else NOTHING)
    zeros = [measure for measure, tables in FROM.items() if measure not in known and lacks.isdisjoint(tables)]
    return {**amounts, **{(measure, "measured"): 0 for measure in zeros}}


def together(parts: Iterable[tuple[Amounts, Lacking]]) -> dict[tuple[str, str], int]:
    """The amounts of several broadcasts with what lacks of each; what is unknown of one is unknown of their sum."""
    each = [filled(amounts, lacking) for amounts, lacking in parts]
    known = [_measures(one) for one in each]
    unknown = {measure for measure in FROM if not all(measure in of for of in known)}
    return {key: amount for key, amount in merged(each).items() if key[0].partition("@")[0] not in unknown}


def _measures(amounts: Amounts) -> set[str]:
    """What anything is known of, also where the money waits for a rate."""
    return {measure.partition("@")[0] for measure, _basis in amounts}


def days_of_month(month: date) -> tuple[date, date]:
    """Its first and last day."""
    first = month.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


COLUMNS = ("table", "first_instant", "last_instant", "as_of", "source", "answers", "period_first", "period_last")


def coverage(closed: Closed | None = None) -> Coverage:
    """What is imported now, and was at each closing; a query or two."""
    told = Batch.objects.filter(state=BatchState.VISIBLE).order_by().values_list(*COLUMNS)
    return _coverage(told, closed_months() if closed is None else closed)


def coverage_of(batches: Iterable[Batch], closed: Closed) -> Coverage:
    """The same of these, where they were read anyway: those around the days asked for, and all after-sales."""
    told = (tuple(getattr(batch, name) for name in COLUMNS) for batch in batches)
    return _coverage(told, closed)


def _coverage(told: Iterable[tuple[Any, ...]], closed: Closed) -> Coverage:
    spans: dict[str, list[Span]] = defaultdict(list)
    for table, first, last, as_of, source, answers, *period in told:
        of_a_platform = table in OF_A_PLATFORM
        stated = (period[0], period[1]) if of_a_platform and all(period) else None
        span = Said(first, last, as_of, stated).span(table, _platform(source, answers) if of_a_platform else "")
        if span:
            spans[table].append(span)
    return Coverage(spans, {month: Coverage.from_frozen(one.frozen) for month, one in closed.items()})


def _platform(source: str, answers: Mapping[str, str]) -> str:
    """Whose rooms a file of this source speaks of: the source's own, else as a person said; "": not known."""
    known = BY_KEY.get(source)
    return (known.platform if known else "") or answers.get("platform", "")


def as_frozen(imported: Coverage, first: date, last: date) -> dict[str, list[list[str]]]:
    """What a closed month keeps: the spans that speak of its days, and each platform's newest after-sales."""
    kept = {}
    for table, spans in imported.spans.items():
        if table == AFTER_SALE:
            near = list(imported.newest_after_sales.values())
        else:
            around = NEAR if table in OF_A_PLATFORM else timedelta()
            near = [span for span in spans if span.first <= last + around and span.last >= first - around]
        kept[table] = sorted({tuple(span.row()) for span in near})
    return {table: [list(row) for row in rows] for table, rows in kept.items()}

"""For which days each kind of file is there: a sum without rows is 0 where the file speaks of the day, else unknown.

Orders and after-sales are a platform's: those of one shop say nothing of rooms elsewhere.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from kaibo.facts.schema import AFTER_SALE, ORDER_LINE
from kaibo.imports.models import Batch, BatchState
from kaibo.kpi.values import Amounts
from kaibo.measurement.closed import Closed, closed_months
from kaibo.sources.registry import BY_KEY

# which files each measure comes from, where nothing is written for 0; what was not sold cannot come back
FROM = {
    "paid_minor": (ORDER_LINE,),
    "orders": (ORDER_LINE,),
    "refund_minor": (ORDER_LINE, AFTER_SALE),
    "refund_orders": (ORDER_LINE, AFTER_SALE),
}
# of which a shop has files of its own
OF_A_PLATFORM = (ORDER_LINE, AFTER_SALE)


@dataclass(frozen=True)
class Span:
    """The local days a batch's rows lie in, and the day it speaks of as now; `platform`: whose rooms', "" any."""

    first: date
    last: date
    as_of: date
    platform: str = ""

    def of_any(self, platforms: Collection[str] | None) -> bool:
        """Whether it speaks of rooms of any of these platforms; None, and "" among them: of whichever."""
        return not self.platform or platforms is None or "" in platforms or self.platform in platforms


@dataclass(frozen=True)
class Coverage:
    """The visible batches' spans by fact table; `closed`: of each closed month, as they were at closing.

    `refund_days`: N of T+N. `leaves_out`: values leave out sessions of whose platform files lack; in months that were
    closed before they did they have every session.
    """

    spans: Mapping[str, Sequence[Span]]
    closed: Mapping[date, "Coverage"] = field(default_factory=dict)
    refund_days: int = field(default_factory=lambda: settings.REFUND_DAYS)
    leaves_out: bool = True

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

    def silent(self, first: date, last: date, platform: str) -> frozenset[str]:
        """The tables that a platform has files of its own of and nobody gave for these days: unknown, not 0."""
        if not self.of(first).leaves_out:
            return frozenset()
        return frozenset(table for table in OF_A_PLATFORM if not self.reaches(table, first, last, {platform}))

    def said(self, first: date, last: date) -> set[tuple[str, str]]:
        """Of which table and which platform anything speaks of any of the days."""
        return {(table, span.platform) for table in self.spans for span in self._speaking(table, first, last)}

    def filled(self, amounts: Amounts, first: date, last: date, platform: str) -> dict[tuple[str, str], int]:
        """The amounts of a platform's rooms; 0 for each measure without a row of which its files could tell.

        Money that waits for a rate is no 0: it is there, and nobody knows how much it is.
        """
        known = {measure.partition("@")[0] for measure, _basis in amounts}
        there = {table for table in OF_A_PLATFORM if self.reaches(table, first, last, {platform})}
        there |= {ORDER_LINE} if "paid_minor" in known else set()
        zeros = [measure for measure, tables in FROM.items() if measure not in known and there.issuperset(tables)]
        return {**amounts, **{(measure, "measured"): 0 for measure in zeros}}

    def _speaking(self, table: str, first: date, last: date) -> Iterator[Span]:
        for span in self.of(first).spans.get(table, ()):
            if span.as_of >= first if table == AFTER_SALE else span.first <= last and span.last >= first:
                yield span

    @staticmethod
    def from_frozen(frozen: Mapping[str, Any]) -> "Coverage":
        """What a closed month kept (see `as_frozen`)."""
        spans = {table: [_span_of(*said) for said in found] for table, found in frozen["coverage"].items()}
        return Coverage(spans, {}, frozen["refund_days"], frozen.get("leaves_out", False))

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
        return {span.platform: span for span in sorted(self.spans.get(AFTER_SALE, ()), key=lambda span: span.as_of)}


def coverage(closed: Closed | None = None) -> Coverage:
    """What is imported now, and was at each closing; a query or two."""
    batches = Batch.objects.filter(state=BatchState.VISIBLE, first_instant__isnull=False).order_by()
    told = batches.values_list("table", "first_instant", "last_instant", "as_of", "source", "answers")
    return _coverage(told, closed_months() if closed is None else closed)


def coverage_of(batches: Iterable[Batch], closed: Closed) -> Coverage:
    """The same of these, where they were read anyway: those around the days asked for, and all after-sales."""
    told = ((b.table, b.first_instant, b.last_instant, b.as_of, b.source, b.answers) for b in batches)
    return _coverage(told, closed)


Told = tuple[str, datetime | None, datetime | None, datetime, str, Mapping[str, str]]


def _coverage(told: Iterable[Told], closed: Closed) -> Coverage:
    spans: dict[str, list[Span]] = defaultdict(list)
    for table, first, last, as_of, source, answers in told:
        if first and last:
            platform = _platform(source, answers) if table in OF_A_PLATFORM else ""
            begin, end, said = (timezone.localdate(at) for at in (first, last, as_of))
            spans[table].append(Span(begin, end, said, platform))
    return Coverage(spans, {month: Coverage.from_frozen(one.frozen) for month, one in closed.items()})


def _span_of(first: str, last: str, as_of: str, platform: str = "") -> Span:
    """As a closed month keeps it; those of before files were a platform's say none."""
    return Span(date.fromisoformat(first), date.fromisoformat(last), date.fromisoformat(as_of), platform)


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
            near = [span for span in spans if span.first <= last and span.last >= first]
        said = {(*(day.isoformat() for day in (one.first, one.last, one.as_of)), one.platform) for one in near}
        kept[table] = [list(one) if one[-1] else list(one[:-1]) for one in sorted(said)]
    return kept

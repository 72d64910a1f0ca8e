"""For which days each kind of file is there: a sum without rows is 0 where the file speaks of the day, else unknown."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from kaibo.facts.schema import AFTER_SALE, ORDER_LINE
from kaibo.imports.models import Batch, BatchState
from kaibo.kpi.values import Amounts
from kaibo.measurement.closed import Closed, closed_months

# which file each measure comes from, where nothing is written for 0
FROM = {
    "paid_minor": ORDER_LINE,
    "orders": ORDER_LINE,
    "refund_minor": AFTER_SALE,
    "refund_orders": AFTER_SALE,
}


@dataclass(frozen=True)
class Span:
    """The local days a batch's rows lie in, and the day it speaks of as now."""

    first: date
    last: date
    as_of: date


@dataclass(frozen=True)
class Coverage:
    """The visible batches' spans by fact table; `closed`: of each closed month, as they were at closing.

    `refund_days`: N of T+N.
    """

    spans: Mapping[str, Sequence[Span]]
    closed: Mapping[date, "Coverage"] = field(default_factory=dict)
    refund_days: int = field(default_factory=lambda: settings.REFUND_DAYS)

    def of(self, day: date) -> "Coverage":
        """What speaks of the month of this day: if it is closed, nothing that came since."""
        return self.closed.get(day.replace(day=1), self)

    def reaches(self, table: str, first: date, last: date) -> bool:
        """Whether any batch of the table speaks of any of the days; after-sales speak of all days before.

        Days of a closed month are asked of what was there at closing.
        """
        return any(
            span.as_of >= first if table == AFTER_SALE else span.first <= last and span.last >= first
            for span in self.of(first).spans.get(table, ())
        )

    def tables(self, first: date, last: date) -> set[str]:
        """The tables that speak of any of the days."""
        return {table for table in self.spans if self.reaches(table, first, last)}

    def filled(self, amounts: Amounts, first: date, last: date) -> dict[tuple[str, str], int]:
        """The amounts with a 0 for each measure that has no row although its file speaks of the days."""
        known = {measure for measure, _basis in amounts}
        zeros = [
            measure for measure, table in FROM.items() if measure not in known and self.reaches(table, first, last)
        ]
        return {**amounts, **{(measure, "measured"): 0 for measure in zeros}}

    @staticmethod
    def from_frozen(frozen: Mapping[str, Any]) -> "Coverage":
        """What a closed month kept (see `as_frozen`)."""
        spans = {
            table: [Span(*(date.fromisoformat(day) for day in days)) for days in found]
            for table, found in frozen["coverage"].items()
        }
        return Coverage(spans, {}, frozen["refund_days"])

    @property
    def after_sales_until(self) -> date | None:
        """The day up to which refunds are known: the newest export's."""
        return max((span.as_of for span in self.spans.get(AFTER_SALE, ())), default=None)


def coverage(closed: Closed | None = None) -> Coverage:
    """What is imported now, and was at each closing; a query or two."""
    batches = Batch.objects.filter(state=BatchState.VISIBLE, first_instant__isnull=False).order_by()
    told = batches.values_list("table", "first_instant", "last_instant", "as_of")
    return _coverage(told, closed_months() if closed is None else closed)


def coverage_of(batches: Iterable[Batch], closed: Closed) -> Coverage:
    """The same of these, where they were read anyway: those around the days asked for, and all after-sales."""
    return _coverage(((one.table, one.first_instant, one.last_instant, one.as_of) for one in batches), closed)


def _coverage(told: Iterable[tuple[str, datetime | None, datetime | None, datetime]], closed: Closed) -> Coverage:
    spans: dict[str, list[Span]] = defaultdict(list)
    for table, first, last, as_of in told:
        if first and last:
            spans[table].append(Span(timezone.localdate(first), timezone.localdate(last), timezone.localdate(as_of)))
    return Coverage(spans, {month: Coverage.from_frozen(one.frozen) for month, one in closed.items()})


def as_frozen(imported: Coverage, first: date, last: date) -> dict[str, list[list[str]]]:
    """What a closed month keeps: the spans that speak of its days, and the newest after-sales."""
    kept = {}
    for table, spans in imported.spans.items():
        if table == AFTER_SALE:
            near = [max(spans, key=lambda span: span.as_of)]
        else:
            near = [span for span in spans if span.first <= last and span.last >= first]
        said = {(span.first.isoformat(), span.last.isoformat(), span.as_of.isoformat()) for span in near}
        kept[table] = [list(one) for one in sorted(said)]
    return kept

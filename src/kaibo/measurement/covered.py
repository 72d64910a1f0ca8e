"""For which days each kind of file is there: a sum without rows is 0 where the file speaks of the day, else unknown."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from kaibo.facts.schema import AFTER_SALE, ORDER_LINE
from kaibo.imports.models import Batch, BatchState
from kaibo.kpi.values import Amounts

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
    """The visible batches' spans by fact table."""

    spans: Mapping[str, Sequence[Span]]

    def reaches(self, table: str, first: date, last: date) -> bool:
        """Whether any batch of the table speaks of any of the days; after-sales speak of all days before."""
        return any(
            span.as_of >= first if table == AFTER_SALE else span.first <= last and span.last >= first
            for span in self.spans.get(table, ())
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

    @property
    def after_sales_until(self) -> date | None:
        """The day up to which refunds are known: the newest export's."""
        return max((span.as_of for span in self.spans.get(AFTER_SALE, ())), default=None)


def coverage() -> Coverage:
    """What is imported now; one query."""
    batches = Batch.objects.filter(state=BatchState.VISIBLE, first_instant__isnull=False).order_by()
    return _coverage(batches.values_list("table", "first_instant", "last_instant", "as_of"))


def coverage_of(batches: Iterable[Batch]) -> Coverage:
    """The same of these, where they were read anyway: those around the days asked for, and all after-sales."""
    return _coverage((one.table, one.first_instant, one.last_instant, one.as_of) for one in batches)


def _coverage(told: Iterable[tuple[str, datetime | None, datetime | None, datetime]]) -> Coverage:
    spans: dict[str, list[Span]] = defaultdict(list)
    for table, first, last, as_of in told:
        if first and last:
            spans[table].append(Span(timezone.localdate(first), timezone.localdate(last), timezone.localdate(as_of)))
    return Coverage(spans)

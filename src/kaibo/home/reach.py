"""Until when each kind of file reaches, and what a missing one would make possible."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop as _

from kaibo.database.prepared import Prepared
from kaibo.facts.schema import (
    AD_SPEND,
    AFTER_SALE,
    CLOCK_IN,
    EVENT,
    MINUTE,
    ORDER_LINE,
    READING,
    ROSTER_SHIFT,
    SERVICE_CASE,
    SERVICE_RESULT,
    SESSION_CHANNEL,
    SESSION_PRODUCT,
    SESSION_REPORT,
    SETTLEMENT,
    TAGGED_LINE,
)
from kaibo.imports.models import Batch, BatchState

# a manager looks in the morning: what is older than yesterday's morning is said in amber
STALE = timedelta(hours=36)

KINDS: Sequence[tuple[str, str, str]] = (
    (
        SESSION_REPORT,
        _("Session reports"),
        _("Makes rooms and sessions, views, and the bridge to the platform's total."),
    ),
    (ORDER_LINE, _("Shop orders"), _("Makes sales, orders and conversion, minute by minute.")),
    (AFTER_SALE, _("After-sales"), _("Makes sales after refunds and the refund rate.")),
    (ROSTER_SHIFT, _("Roster"), _("Says who was on air: without it no number belongs to a person.")),
)
# what a team may do without: said only where it is in use
FURTHER: Sequence[tuple[str, str, str]] = (
    (MINUTE, _("Minutes of a broadcast"), ""),
    (EVENT, _("Viewers' events"), ""),
    (READING, _("Handover readings"), ""),
    (AD_SPEND, _("Ad spend"), ""),
    (SESSION_PRODUCT, _("Products of a session"), ""),
    (SESSION_CHANNEL, _("Channels of a session"), ""),
    (SERVICE_RESULT, _("Service results"), ""),
    (SERVICE_CASE, _("Service conversations"), ""),
    (SETTLEMENT, _("Settlements"), ""),
    (CLOCK_IN, _("Clock-ins"), ""),
    (TAGGED_LINE, _("Lists of orders that are not sales"), ""),
)
# sources that "data until" speaks of; a roster is a plan
MEASURED = (SESSION_REPORT, ORDER_LINE, AFTER_SALE)


@dataclass(frozen=True)
class Reach:
    """One kind of file; title and unlocks are msgids. `as_of` None: nothing of it is in use."""

    table: str
    title: str
    unlocks: str
    as_of: datetime | None = None
    last: datetime | None = None
    batches: int = 0
    rejected: int = 0

    def is_stale(self, now: datetime) -> bool:
        return self.as_of is not None and self.table in MEASURED and now - self.as_of > STALE


_used = Prepared(
    lambda: (
        Batch.objects.filter(state=BatchState.VISIBLE)
        .order_by()
        .values_list("table", "more_tables", "as_of", "last_instant", "rejected")
    )
)


def reaches() -> list[Reach]:
    """The kinds of file that every team needs, then those in use beside them, in the order of the lists; one query."""
    found: dict[str, list[tuple[datetime, datetime | None, int]]] = defaultdict(list)
    for own, more, as_of, last, rejected in _used():
        for table in (own, *more):
            # a rejected line is one of the file's own table
            found[table].append((as_of, last, rejected if table == own else 0))
    named = [*KINDS, *(kind for kind in FURTHER if kind[0] in found)]
    return [_reach(table, title, unlocks, found.get(table, [])) for table, title, unlocks in named]


def _reach(table: str, title: str, unlocks: str, batches: Sequence[tuple[datetime, datetime | None, int]]) -> Reach:
    lasts = [last for _as_of, last, _rejected in batches if last]
    as_of = max((at for at, _last, _rejected in batches), default=None)
    rejected = sum(count for _as_of, _last, count in batches)
    return Reach(table, title, unlocks, as_of, max(lasts, default=None), len(batches), rejected)


def data_until(found: Sequence[Reach]) -> datetime | None:
    """The oldest of the newest exports: what every source in use has reached."""
    return min((one.as_of for one in found if one.as_of and one.table in MEASURED), default=None)

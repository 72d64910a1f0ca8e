"""Until when each kind of file reaches, and what a missing one would make possible."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Sum
from django.utils.translation import gettext_noop as _

from kaibo.facts.schema import AFTER_SALE, ORDER_LINE, ROSTER_SHIFT, SESSION_REPORT
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


def reaches() -> list[Reach]:
    """Every kind of file, in the order in which they are needed; one query."""
    rows = (
        Batch.objects.filter(state=BatchState.VISIBLE)
        .order_by()
        .values("table")
        .annotate(as_of=Max("as_of"), last=Max("last_instant"), batches=Count("pk"), rejected=Sum("rejected"))
    )
    found = {row["table"]: row for row in rows}
    made = []
    for table, title, unlocks in KINDS:
        row = found.get(table, {})
        made.append(
            Reach(
                table, title, unlocks, row.get("as_of"), row.get("last"), row.get("batches", 0), row.get("rejected", 0)
            )
        )
    return made


def data_until(found: Sequence[Reach]) -> datetime | None:
    """The oldest of the newest exports: what every source in use has reached."""
    return min((one.as_of for one in found if one.as_of and one.table in MEASURED), default=None)

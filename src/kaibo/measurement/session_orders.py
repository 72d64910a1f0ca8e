"""What the files of placed rows tell of one broadcast: orders by the minute, reports of it, orders beside it."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from kaibo.facts import reader
from kaibo.facts.schema import ORDER_LINE, SESSION_REPORT
from kaibo.imports.models import Batch
from kaibo.kpi.money import MISFIT
from kaibo.live.models import Session
from kaibo.live.spans import OnAir
from kaibo.measurement import finders
from kaibo.measurement.gathering import to_ms
from kaibo.measurement.models import Computation
from kaibo.measurement.panels import Panels, panels
from kaibo.measurement.reconciling import Beside
from kaibo.measurement.rejected import RejectedOrders, rejected_orders
from kaibo.measurement.session_figures import LeftOut
from kaibo.measurement.session_minutes import MINUTE_MS, SessionMinutes, Slice, slice_minutes, slices

log = logging.getLogger(__name__)


def orders_until(computation: Computation | None, session: Session) -> datetime | None:
    """Where the newest order known ends, if that is before this session's end."""
    about = computation.coverage.get(ORDER_LINE, {}) if computation else {}
    until = about.get("until_ms")
    if until is None or finders.from_ms(until) >= session.end - timedelta(minutes=30):
        return None
    return finders.from_ms(until)


def slices_of(
    computation: Computation | None,
    session: Session,
    minutes: SessionMinutes,
    every: int,
    own: Sequence[tuple[datetime, datetime]] | None = None,
) -> list[Slice]:
    """Minutes and paid orders; orders are unknown before a computation, after the newest one and, for a plain person,
    outside `own`.
    """
    made = slices(minutes, every, _order_sums(computation, session, every))
    until = orders_until(computation, session)
    if own is None and until is None:
        return made
    mine = None if own is None else [(to_ms(start), to_ms(end)) for start, end in own]
    return [_seen(one, mine, to_ms(until) if until else None) for one in made]


def _seen(one: Slice, own: Sequence[tuple[int, int]] | None, until: int | None) -> Slice:
    mine = own is None or any(start <= one.start_ms < end for start, end in own)
    if mine and (until is None or one.start_ms <= until):
        return one
    return replace(one, orders=None, paid=None)


def _order_sums(computation: Computation | None, session: Session, every: int) -> list[tuple[int, int, int]] | None:
    """Paid orders by stretches of `every` minutes; None: unknown."""
    if computation is None or ORDER_LINE not in computation.coverage:
        return None
    path = finders.rows_path(computation)
    try:
        return reader.placed_sums(path, session=session.pk, measure="paid_minor", every_ms=every * MINUTE_MS)
    except FileNotFoundError:
        # replaced a moment ago, or the derived files were lost; the sums in the database stand
        log.warning("no placed rows at %s", path)
        return None


def report_rows(computation: Computation | None, session: Session) -> list[tuple[int, int]]:
    """Where the platform's report speaks of this session: a session reported in two parts has two rows."""
    if computation is None:
        return []
    try:
        path = finders.rows_path(computation)
        return reader.reported_places(path, session=session.pk, table=SESSION_REPORT, limit=20)
    except FileNotFoundError:
        return []


def compared(spans: OnAir, beside: Sequence[LeftOut], batches: Sequence[Batch]) -> Beside:
    """What may explain a difference from the platform's report, beside the session's own orders."""
    counted = [row for row in beside if row.place == "unmatched" and row.kind != MISFIT and not row.currency]
    rejected = rejected_orders(spans) if any(batch.rejected for batch in batches) else RejectedOrders()
    return Beside(sum(row.paid or 0 for row in counted), rejected.inside, rejected.open)


def beside_orders(computation: Computation | None, session: Session) -> list[LeftOut]:
    """Orders of the same time that belong to no session: product cards, other creators; of the room, or of the shop."""
    if computation is None:
        return []
    start, end = to_ms(session.start), to_ms(session.end)
    try:
        sums = reader.beside_sums(
            finders.rows_path(computation), account=session.account_id, start_ms=start, end_ms=end
        )
    except FileNotFoundError:
        return []
    found = [
        LeftOut(place, kind, count, amount, currency=currency)
        for place, kind, currency, count, amount in sums
        if place != "unpaid"
    ]
    return sorted(found, key=lambda row: (row.currency, -(row.paid or 0)))


def panels_of(
    computation: Computation | None,
    session: Session,
    spans: OnAir,
    minutes: SessionMinutes,
    own: Sequence[tuple[datetime, datetime]] | None,
) -> Panels:
    """People, what they did and paid orders, minute by minute."""
    off_air = [(to_ms(start), to_ms(end)) for start, end in spans.breaks]
    every = slice_minutes(session, minutes)
    return panels(session, minutes, slices_of(computation, session, minutes, every, own), every, off_air)

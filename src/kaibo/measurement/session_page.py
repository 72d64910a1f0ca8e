"""Everything the page of one session shows, gathered in few queries."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from kaibo.facts import reader
from kaibo.facts.schema import AFTER_SALE, ORDER_LINE, SESSION_REPORT
from kaibo.imports.files import in_use
from kaibo.imports.models import Batch, Reject
from kaibo.kpi.money import MISFIT
from kaibo.kpi.values import immature_until
from kaibo.live.business_days import business_day
from kaibo.live.matches import history_of_matches
from kaibo.live.models import CrewRole, MatchDecision, NoteKind, Outage, Session, SessionNote, Shift, ShiftState
from kaibo.live.spans import OnAir, whole
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look import numbers
from kaibo.measurement import due, finders
from kaibo.measurement.access import Broadcast
from kaibo.measurement.behaviour import Behaviour, behaviour, events_left_out
from kaibo.measurement.closed import Closed, ClosedMonth, as_closed, closed_by
from kaibo.measurement.covered import coverage_of
from kaibo.measurement.crew import Ribbon, Stint, ribbon, stints_of
from kaibo.measurement.day_against_plan import Reached, day_target, net_of
from kaibo.measurement.gathering import to_ms
from kaibo.measurement.marks import Band, Mark, bands, in_rows, marks_of_bands, marks_of_notes, rows_high
from kaibo.measurement.models import ClosedShift, Computation, Segment
from kaibo.measurement.panels import Panels, Peak, panels
from kaibo.measurement.products import Goods, goods
from kaibo.measurement.read_off import Reading, readings_of
from kaibo.measurement.reconciling import Beside, Bridge, Conservation, bridge, conservation
from kaibo.measurement.rejected import RejectedOrders, rejected_orders
from kaibo.measurement.segment_table import SegmentTable, segment_table
from kaibo.measurement.session_figures import Figures, LeftOut, by_place, by_segment, figures, left_out
from kaibo.measurement.session_minutes import MINUTE_MS, SessionMinutes, Slice, minutes_of, slice_minutes, slices
from kaibo.measurement.session_sums import session_sums
from kaibo.measurement.snapshots import Snapshot, snapshots
from kaibo.measurement.words import orders_word, report_word
from kaibo.org.access import own_person

log = logging.getLogger(__name__)
# a file may reach to the end of its days
AROUND = timedelta(days=2)


@dataclass(frozen=True)
class SessionPage:
    """See measurement/session.html. `viewer`: the plain person who sees colleagues' amounts only together.

    `decisions`: what people said about whose orders these are, newest first, for leads.
    `day_plan`: what its room reached on its day, for leads, where a target says so.
    `report_rows`: (batch, row) of the platform's own row on it. `beside`: orders of its time that no session has.
    """

    session: Session
    computation: Computation | None
    computing: bool
    viewer: int | None
    figures: Figures
    ribbon: Ribbon
    minutes: SessionMinutes
    # when a plain person was on; None: everything may be seen
    own: Sequence[tuple[datetime, datetime]] | None
    panels: Panels
    goods: Goods
    outages: Sequence[Outage]
    bands: Sequence[Band]
    marks: Sequence[Mark]
    notes: Sequence[SessionNote]
    removed_notes: Sequence[SessionNote]
    partners: Sequence[Session]
    readings: Sequence[Reading]
    table: SegmentTable
    behaviour: Behaviour | None
    # kinds of events of which there are too few, in words
    few_events: Sequence[str]
    conservation: Conservation | None
    bridge: Bridge | None
    report_rows: Sequence[tuple[int, int]]
    left_out: Sequence[LeftOut]
    beside: Sequence[LeftOut]
    shifts: Sequence[Shift]
    snapshots: Sequence[Snapshot]
    refunds_final_on: date | None
    day_plan: Reached | None
    on_air: OnAir
    decisions: Sequence[MatchDecision]
    closed: Sequence[ClosedMonth] = ()
    refund_days: int = field(default_factory=lambda: settings.REFUND_DAYS)
    snap_minutes: int = field(default_factory=lambda: settings.SNAP_MINUTES)
    gap_minutes: int = field(default_factory=lambda: settings.HANDOVER_GAP_MINUTES)

    @property
    def pending(self) -> LeftOut | None:
        """Orders whose source the platform fills in a day later: likely what the bridge's rest consists of."""
        return next((row for row in self.beside if row.kind == "pending" and row.paid), None)

    @property
    def orders_word(self) -> str:
        return orders_word(self.session.account.platform)

    @property
    def report_word(self) -> str:
        return report_word(self.session.account.platform)

    @property
    def minutes_left_out(self) -> list[LeftOut]:
        return [row for row in self.left_out if row.is_minutes]

    @property
    def orders_left_out(self) -> list[LeftOut]:
        return [row for row in self.left_out if not row.is_minutes]

    @property
    def length_ms(self) -> int:
        return self.on_air.air_time // timedelta(milliseconds=1)

    @property
    def outage_ms(self) -> int:
        """How long the room could not be watched during the session."""
        stretches = ((max(o.start, self.session.start), min(o.end, self.session.end)) for o in self.outages)
        return sum((end - start) // timedelta(milliseconds=1) for start, end in stretches)

    @property
    def currency(self) -> str:
        """What its computed sums are in: the team's, whatever the room sells in."""
        return str(settings.KAIBO_CURRENCY)

    @property
    def note_kinds(self) -> list[tuple[str, Any]]:
        return list(NoteKind.choices)

    @property
    def outage_url(self) -> str:
        """The form that records one, with the room and a time of this broadcast filled in."""
        query = {"account": self.session.account_id, "start": timezone.localtime(self.session.start).isoformat()}
        back = {"next": reverse("measurement:session", args=[self.session.pk])}
        return f"{reverse('live:outages')}?{urlencode(query | back)}"

    @property
    def mean_online(self) -> int | None:
        mean = self.minutes.mean()
        return None if mean is None else round(mean)

    @property
    def peak_online(self) -> Peak | None:
        return next((panel.peak for panel in self.panels.shown if panel.kind == "line"), None)

    @property
    def mark_rows(self) -> int:
        return rows_high(self.marks)

    @property
    def to_confirm(self) -> int:
        return sum(shift.state == ShiftState.PLANNED for shift in self.shifts)

    @property
    def orders_until(self) -> datetime | None:
        """Where the newest order known ends, if that is before this session's end."""
        return _orders_until(self.computation, self.session)


def session_page(user: User, broadcast: Broadcast) -> SessionPage:
    """`broadcast` comes from access.find_broadcast, which checked the right."""
    session = broadcast.session
    segments = list(finders.segments_of([session.pk]).select_related("computation__closing"))
    computation = segments[0].computation if segments else None
    closed = closed_by(getattr(computation, "closing", None))
    spans = (as_closed([session]).get(session.pk) if closed else None) or broadcast.on_air
    # for this page only: the broadcast goes on in its parts
    session.end = spans.end
    shifts = _shifts(session, closed)
    viewer = viewer_of(user)
    # a room's whole day is the leads': a plain person sees the broadcasts they were on in
    day = business_day(session.start) if user.can(Right.SEE_ROOMS) and computation else None
    aim = day_target(session.account, day, closed) if day else None
    sums = session_sums(session, day if aim else None, closed)
    parts_of_places = by_place(sums.places)
    batches = batches_around(session)
    imported = coverage_of(batches, closed)
    of_month = imported.of(timezone.localdate(session.start))
    amounts = imported.filled(parts_of_places.get("segment", {}), *_local_days(session)) if segments else {}
    hosts = [stint for stint in stints_of(segments) if stint.role == "host"]
    beside = _beside(computation, session)
    minutes, found_outages = minutes_of(batches, session), outages_of(session)
    own = own_stretches(segments, viewer)
    over = bands(session, found_outages, spans.breaks)
    notes, removed = _notes(broadcast)
    return SessionPage(
        session=session,
        computation=computation,
        computing=due.is_computing(timezone.localdate(session.start)),
        viewer=viewer,
        figures=figures(amounts),
        ribbon=ribbon(session, segments, shifts),
        minutes=minutes,
        own=own,
        panels=_panels(computation, session, spans, minutes, own),
        goods=goods(computation, session, batches, amounts),
        outages=found_outages,
        bands=over,
        marks=in_rows([*marks_of_bands(over), *marks_of_notes(session, notes)]),
        notes=notes,
        removed_notes=removed,
        partners=broadcast.partners,
        readings=readings_of(session, batches),
        table=segment_table(segments, by_segment(sums.places), amounts, viewer),
        few_events=events_left_out(parts_of_places.get("report", {}), amounts),
        behaviour=behaviour(session, segments, by_segment(sums.places), viewer),
        conservation=conservation(amounts, sums.hosts, sums.roles, _names(hosts), _times(hosts), viewer),
        bridge=bridge(amounts, parts_of_places, _compared(spans, beside, batches)),
        report_rows=_report_rows(computation, session),
        left_out=left_out(sums.places),
        beside=beside,
        shifts=shifts,
        snapshots=snapshots(session, batches),
        refunds_final_on=immature_until(
            timezone.localdate(session.end), of_month.refund_days, of_month.after_sales_until
        ),
        day_plan=Reached(net_of(sums.day, imported, day), aim) if day and aim else None,
        on_air=spans,
        closed=list(closed.values()),
        decisions=list(history_of_matches(spans.parts)[:20])
        if user.can(Right.SEE_ROOMS) and (broadcast.decided or closed)
        else [],
    )


def _notes(broadcast: Broadcast) -> tuple[list[SessionNote], list[SessionNote]]:
    """Those that stand, and those that were taken away."""
    said = list(SessionNote.objects.filter(session__in=broadcast.on_air.parts).select_related("by__person"))
    return [one for one in said if not one.removed], [one for one in said if one.removed]


def goods_of(session: Session) -> Goods:
    """Products and channels alone. `session` comes from access.find_session."""
    session.end = whole(session).end
    segment = finders.segments_of([session.pk]).select_related("computation__closing").first()
    closed = closed_by(getattr(segment.computation, "closing", None)) if segment else {}
    amounts = finders.session_summary([session.pk]).get(session.pk, {})
    batches = batches_around(session)
    filled = coverage_of(batches, closed).filled(amounts, *_local_days(session)) if segment else {}
    return goods(segment.computation if segment else None, session, batches, filled)


def _local_days(session: Session) -> tuple[date, date]:
    return timezone.localdate(session.start), timezone.localdate(session.end)


def viewer_of(user: User) -> int | None:
    """The plain person whose colleagues' amounts are shown only together; None: a lead or owner."""
    if user.can(Right.SEE_ROOMS):
        return None
    person = own_person(user)
    return person.pk if person else 0


def _shifts(session: Session, closed: Closed) -> list[Shift]:
    """Every shift planned or confirmed over this session, by role and time; of a closed month as at closing.

    Absent ones too: the page says who was not there.
    """
    over = Q(planned_start__lt=session.end, planned_end__gt=session.start) | Q(
        confirmed_start__lt=session.end, confirmed_end__gt=session.start
    )
    found: Iterable[Shift] = Shift.objects.filter(over, account=session.account_id).select_related("person")
    for one in closed.values():
        rows = ClosedShift.objects.filter(over, closing=one.id, account=session.account_id)
        found = [row.as_shift() for row in rows.select_related("person", "account")]
    # a stable sort: inside a role they keep the order of time
    return sorted(found, key=lambda shift: CrewRole.values.index(shift.role))


def _names(stints: Iterable[Stint]) -> dict[int, str]:
    return {stint.person: stint.name for stint in stints}


def _times(stints: Iterable[Stint]) -> dict[int, str]:
    """Person → their stretches as text."""
    found: dict[int, list[str]] = {}
    for stint in stints:
        found.setdefault(stint.person, []).append(numbers.clock_range(stint.start, stint.end))
    return {person: "、".join(texts) for person, texts in found.items()}


def batches_around(session: Session) -> list[Batch]:
    """What is in use of the session's days, and every export of after-sales; all that the page asks of batches."""
    near = Q(first_instant__lt=session.end + AROUND, last_instant__gt=session.start - AROUND)
    # a rejected order of this session may stand in a file whose other rows are of other days
    timed = Reject.objects.filter(batch=OuterRef("pk"), instant__gte=session.start, instant__lt=session.end)
    found = in_use().filter(near | Q(table=AFTER_SALE) | Exists(timed))
    return list(found.select_related("minute_place__session__account"))


def outages_of(session: Session) -> list[Outage]:
    """Those of the room during the session, taken-back ones aside; whoever may open the session may see them."""
    there = Outage.objects.filter(account=session.account_id, removed=False)
    there = there.filter(start__lt=session.end, end__gt=session.start).order_by("start", "pk")
    return list(there.select_related("recorded_by__person", "confirmed_by__person"))


def _orders_until(computation: Computation | None, session: Session) -> datetime | None:
    about = computation.coverage.get(ORDER_LINE, {}) if computation else {}
    until = about.get("until_ms")
    if until is None or finders.from_ms(until) >= session.end - timedelta(minutes=30):
        return None
    return finders.from_ms(until)


def own_stretches(segments: Sequence[Segment], viewer: int | None) -> Sequence[tuple[datetime, datetime]] | None:
    """When a plain person was on; None: everything may be seen."""
    if viewer is None:
        return None
    return [(stint.start, stint.end) for stint in stints_of(segments) if stint.person == viewer]


def _panels(
    computation: Computation | None,
    session: Session,
    spans: OnAir,
    minutes: SessionMinutes,
    own: Sequence[tuple[datetime, datetime]] | None,
) -> Panels:
    off_air = [(to_ms(start), to_ms(end)) for start, end in spans.breaks]
    every = slice_minutes(session, minutes)
    return panels(session, minutes, slices_of(computation, session, minutes, every, own), every, off_air)


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
    until = _orders_until(computation, session)
    return [_seen(one, own, to_ms(until) if until else None) for one in made]


def _seen(one: Slice, own: Sequence[tuple[datetime, datetime]] | None, until: int | None) -> Slice:
    mine = own is None or any(to_ms(start) <= one.start_ms < to_ms(end) for start, end in own)
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


def _report_rows(computation: Computation | None, session: Session) -> list[tuple[int, int]]:
    """Where the platform's report speaks of this session: a session reported in two parts has two rows."""
    if computation is None:
        return []
    try:
        path = finders.rows_path(computation)
        return reader.reported_places(path, session=session.pk, table=SESSION_REPORT, limit=20)
    except FileNotFoundError:
        return []


def _compared(spans: OnAir, beside: Sequence[LeftOut], batches: Sequence[Batch]) -> Beside:
    """What may explain a difference from the platform's report, beside the session's own orders."""
    counted = [row for row in beside if row.place == "unmatched" and row.kind != MISFIT and not row.currency]
    rejected = rejected_orders(spans) if any(batch.rejected for batch in batches) else RejectedOrders()
    return Beside(sum(row.paid or 0 for row in counted), rejected.inside, rejected.open)


def _beside(computation: Computation | None, session: Session) -> list[LeftOut]:
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

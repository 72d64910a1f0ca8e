"""Everything the page of one session shows, gathered in few queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from kaibo.facts.schema import ORDER_LINE
from kaibo.kpi.values import immature_until
from kaibo.live.business_days import business_day
from kaibo.live.matches import history_of_matches
from kaibo.live.models import MatchDecision, NoteKind, Outage, Session, SessionNote, Shift, ShiftState
from kaibo.live.spans import OnAir, whole
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look import numbers
from kaibo.measurement import due, finders
from kaibo.measurement.access import Broadcast
from kaibo.measurement.behaviour import Behaviour, behaviour, events_left_out
from kaibo.measurement.closed import ClosedMonth, closed_by
from kaibo.measurement.covered import Coverage, Lacking, coverage_of, filled
from kaibo.measurement.crew import Ribbon, Stint, ribbon, stints_of
from kaibo.measurement.day_against_plan import Reached, day_target, net_of
from kaibo.measurement.marks import Band, Mark, bands, in_rows, marks_of_bands, marks_of_notes, rows_high
from kaibo.measurement.models import Computation
from kaibo.measurement.panels import Panels, Peak
from kaibo.measurement.products import Goods, goods
from kaibo.measurement.read_off import Reading, readings_of
from kaibo.measurement.reconciling import Bridge, Conservation, bridge, conservation
from kaibo.measurement.segment_table import SegmentTable, segment_table
from kaibo.measurement.session_figures import Figures, LeftOut, by_place, by_segment, figures, left_out
from kaibo.measurement.session_minutes import SessionMinutes, minutes_of
from kaibo.measurement.session_orders import beside_orders, compared, orders_until, panels_of, report_rows
from kaibo.measurement.session_rows import SessionRows, batches_around, rows_of
from kaibo.measurement.session_sums import session_sums
from kaibo.measurement.snapshots import Snapshot, snapshots
from kaibo.measurement.words import orders_word, report_word


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
    # no file with orders covers its day, and none has a row of it
    sales_unknown: bool
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
        return orders_until(self.computation, self.session)


def session_page(user: User, broadcast: Broadcast) -> SessionPage:
    """`broadcast` comes from access.find_broadcast, which checked the right."""
    rows = rows_of(user, broadcast)
    session, computation, segments, viewer = rows.session, rows.computation, rows.segments, rows.viewer
    # a room's whole day is the leads': a plain person sees the broadcasts they were on in
    day = business_day(session.start) if user.can(Right.SEE_ROOMS) and computation else None
    aim = day_target(session.account, day, rows.closed) if day else None
    sums = session_sums(session, day if aim else None, rows.closed)
    places, parts = by_place(sums.places), by_segment(sums.places)
    imported = coverage_of(rows.batches, rows.closed)
    lacking = _lacking(session, imported)
    amounts = filled(places.get("segment", {}), lacking) if segments else {}
    hosts = [stint for stint in stints_of(segments) if stint.role == "host"]
    beside = beside_orders(computation, session)
    minutes = minutes_of(rows.batches, session)
    over = bands(session, rows.outages, rows.spans.breaks)
    return SessionPage(
        session=session,
        computation=computation,
        computing=due.is_computing(timezone.localdate(session.start)),
        viewer=viewer,
        figures=figures(amounts),
        ribbon=ribbon(session, segments, rows.shifts),
        minutes=minutes,
        own=rows.own,
        panels=panels_of(computation, session, rows.spans, minutes, rows.own),
        goods=goods(computation, session, rows.batches, amounts),
        outages=rows.outages,
        bands=over,
        marks=in_rows([*marks_of_bands(over), *marks_of_notes(session, rows.notes)]),
        notes=rows.notes,
        removed_notes=rows.removed_notes,
        partners=broadcast.partners,
        readings=readings_of(session, rows.batches),
        table=segment_table(
            segments, parts, amounts, viewer, places.get("report", {}).get(("report_views", "measured"))
        ),
        few_events=events_left_out(places.get("report", {}), amounts),
        behaviour=behaviour(session, segments, parts, viewer),
        conservation=conservation(amounts, sums.hosts, sums.roles, _names(hosts), _times(hosts), viewer),
        bridge=bridge(amounts, places, compared(rows.spans, beside, rows.batches)),
        report_rows=report_rows(computation, session),
        left_out=left_out(sums.places),
        beside=beside,
        shifts=rows.shifts,
        snapshots=snapshots(session, rows.batches),
        refunds_final_on=_final_on(session, imported),
        sales_unknown=bool(segments) and figures(amounts).paid is None and ORDER_LINE in lacking,
        day_plan=Reached(net_of(sums.day, imported, day, session.account.platform), aim) if day and aim else None,
        on_air=rows.spans,
        closed=list(rows.closed.values()),
        decisions=_decisions(user, broadcast, rows),
    )


def _decisions(user: User, broadcast: Broadcast, rows: SessionRows) -> list[MatchDecision]:
    """The newest, for leads; where nobody decided anything nothing is asked."""
    if not user.can(Right.SEE_ROOMS) or not (broadcast.decided or rows.closed):
        return []
    return list(history_of_matches(rows.spans.parts)[:20])


def _final_on(session: Session, imported: Coverage) -> date | None:
    of_month = imported.of(timezone.localdate(session.start))
    known_until = of_month.after_sales_until({session.account.platform})
    return immature_until(timezone.localdate(session.end), of_month.refund_days, known_until)


def goods_of(session: Session) -> Goods:
    """Products and channels alone. `session` comes from access.find_session."""
    session.end = whole(session).end
    segment = finders.segments_of([session.pk]).select_related("computation__closing").first()
    closed = closed_by(getattr(segment.computation, "closing", None)) if segment else {}
    amounts = finders.session_summary([session.pk]).get(session.pk, {})
    batches = batches_around(session)
    known = filled(amounts, _lacking(session, coverage_of(batches, closed))) if segment else {}
    return goods(segment.computation if segment else None, session, batches, known)


def _lacking(session: Session, imported: Coverage) -> Lacking:
    return imported.lacking(session.start, session.account.platform, session.pk)


def _names(stints: Iterable[Stint]) -> dict[int, str]:
    return {stint.person: stint.name for stint in stints}


def _times(stints: Iterable[Stint]) -> dict[int, str]:
    """Person → their stretches as text."""
    found: dict[int, list[str]] = {}
    for stint in stints:
        found.setdefault(stint.person, []).append(numbers.clock_range(stint.start, stint.end))
    return {person: "、".join(texts) for person, texts in found.items()}

"""Everything the page of one session shows, gathered in few queries."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from kaibo.facts import reader
from kaibo.facts.schema import ORDER_LINE, SESSION_REPORT
from kaibo.imports.files import batches_of
from kaibo.kpi.money import MISFIT
from kaibo.kpi.values import immature_until
from kaibo.live.matches import history_of_matches
from kaibo.live.models import CrewRole, MatchDecision, Session, Shift, ShiftState
from kaibo.live.spans import OnAir, whole
from kaibo.login.models import User
from kaibo.look import numbers
from kaibo.measurement import due, finders
from kaibo.measurement.covered import coverage
from kaibo.measurement.crew import Ribbon, Stint, ribbon, stints_of
from kaibo.measurement.curve import MINUTE, Curve, bar_minutes, curve
from kaibo.measurement.gathering import to_ms
from kaibo.measurement.models import Computation, ComputationState, Credit, Segment
from kaibo.measurement.reconciling import Beside, Bridge, Conservation, bridge, conservation
from kaibo.measurement.segment_table import SegmentTable, segment_table
from kaibo.measurement.session_figures import Figures, LeftOut, by_place, by_segment, figures, left_out
from kaibo.measurement.snapshots import Snapshot, snapshots
from kaibo.org.access import own_person

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SessionPage:
    """See measurement/session.html. `viewer`: the plain person who sees colleagues' amounts only together.

    `decisions`: what people said about whose orders these are, newest first, for leads.
    `report_rows`: (batch, row) of the platform's own row on it. `beside`: orders of its time that no session has.
    """

    session: Session
    computation: Computation | None
    computing: bool
    viewer: int | None
    figures: Figures
    ribbon: Ribbon
    curve: Curve | None
    table: SegmentTable
    conservation: Conservation | None
    bridge: Bridge | None
    report_rows: Sequence[tuple[int, int]]
    left_out: Sequence[LeftOut]
    beside: Sequence[LeftOut]
    shifts: Sequence[Shift]
    snapshots: Sequence[Snapshot]
    refunds_final_on: date | None
    on_air: OnAir
    decisions: Sequence[MatchDecision]
    refund_days: int = field(default_factory=lambda: settings.REFUND_DAYS)
    snap_minutes: int = field(default_factory=lambda: settings.SNAP_MINUTES)
    gap_minutes: int = field(default_factory=lambda: settings.HANDOVER_GAP_MINUTES)

    @property
    def pending(self) -> LeftOut | None:
        """Orders whose source the platform fills in a day later: likely what the bridge's rest consists of."""
        return next((row for row in self.beside if row.kind == "pending" and row.paid), None)

    @property
    def length_ms(self) -> int:
        return self.on_air.air_time // timedelta(milliseconds=1)

    @property
    def to_confirm(self) -> int:
        return sum(shift.state == ShiftState.PLANNED for shift in self.shifts)

    @property
    def orders_until(self) -> datetime | None:
        """Where the newest order known ends, if that is before this session's end."""
        about = self.computation.coverage.get(ORDER_LINE, {}) if self.computation else {}
        until = about.get("until_ms")
        if until is None or finders.from_ms(until) >= self.session.end - timedelta(minutes=30):
            return None
        return finders.from_ms(until)


def session_page(user: User, session: Session) -> SessionPage:
    """`session` comes from access.find_session, which checked the right; the first part of one that broke off."""
    spans = whole(session)
    # for this page only: the broadcast goes on in its parts
    session.end = spans.end
    segments = list(finders.segments_of([session.pk]).select_related("computation"))
    computation = segments[0].computation if segments else None
    shifts = _shifts(session)
    viewer = _viewer(user)
    places = finders.fact_sums(finders.current_facts().filter(session=session), "place", "kind", "segment")
    parts_of_places = by_place(places)
    imported = coverage()
    amounts = imported.filled(parts_of_places.get("segment", {}), *_local_days(session)) if segments else {}
    credits = finders.parts(_credits(session), "role", "person", "segment", "reason")
    hosts = [stint for stint in stints_of(segments) if stint.role == "host"]
    beside = _beside(computation, session)
    return SessionPage(
        session=session,
        computation=computation,
        computing=due.is_computing(timezone.localdate(session.start)),
        viewer=viewer,
        figures=figures(amounts),
        ribbon=ribbon(session, segments, shifts),
        curve=_curve(computation, session, segments, viewer),
        table=segment_table(segments, by_segment(places), amounts, viewer),
        conservation=conservation(amounts, credits, _names(hosts), _times(hosts), viewer),
        bridge=bridge(amounts, parts_of_places, _compared(session, beside)),
        report_rows=_report_rows(computation, session),
        left_out=left_out(places),
        beside=beside,
        shifts=shifts,
        snapshots=snapshots(session),
        refunds_final_on=immature_until(
            timezone.localdate(session.end), settings.REFUND_DAYS, imported.after_sales_until
        ),
        on_air=spans,
        decisions=list(history_of_matches(spans.parts)[:20]) if user.is_lead else [],
    )


def _local_days(session: Session) -> tuple[date, date]:
    return timezone.localdate(session.start), timezone.localdate(session.end)


def _viewer(user: User) -> int | None:
    if user.is_lead:
        return None
    person = own_person(user)
    return person.pk if person else 0


def _shifts(session: Session) -> list[Shift]:
    """Every shift planned or confirmed over this session, by role and time.

    Absent ones too: the page says who was not there.
    """
    over = Q(planned_start__lt=session.end, planned_end__gt=session.start) | Q(
        confirmed_start__lt=session.end, confirmed_end__gt=session.start
    )
    found = Shift.objects.filter(over, account=session.account_id).select_related("person")
    # a stable sort: inside a role they keep the order of time
    return sorted(found, key=lambda shift: CrewRole.values.index(shift.role))


def _credits(session: Session) -> QuerySet[Credit]:
    return Credit.objects.filter(computation__state=ComputationState.CURRENT, session=session)


def _names(stints: Iterable[Stint]) -> dict[int, str]:
    return {stint.person: stint.name for stint in stints}


def _times(stints: Iterable[Stint]) -> dict[int, str]:
    """Person → their stretches as text."""
    found: dict[int, list[str]] = {}
    for stint in stints:
        found.setdefault(stint.person, []).append(numbers.clock_range(stint.start, stint.end))
    return {person: "、".join(texts) for person, texts in found.items()}


def _curve(
    computation: Computation | None, session: Session, segments: Sequence[Segment], viewer: int | None
) -> Curve | None:
    """Paid orders per minute; for a plain person only the minutes of their own segments."""
    if computation is None:
        return None
    every = bar_minutes(session) * MINUTE
    path = finders.rows_path(computation)
    try:
        sums = reader.placed_sums(path, session=session.pk, measure="paid_minor", every_ms=every)
    except FileNotFoundError:
        # replaced a moment ago, or the derived files were lost; the sums in the database stand
        log.warning("no placed rows at %s", path)
        return None
    if viewer is not None:
        own = [(stint.start, stint.end) for stint in stints_of(segments) if stint.person == viewer]
        sums = [s for s in sums if any(start <= finders.from_ms(s[0]) < end for start, end in own)]
    return curve(session, sums)


def _report_rows(computation: Computation | None, session: Session) -> list[tuple[int, int]]:
    """Where the platform's report speaks of this session: a session reported in two parts has two rows."""
    if computation is None:
        return []
    try:
        placed = reader.placed_rows(finders.rows_path(computation), session=session.pk, table=SESSION_REPORT, limit=20)
    except FileNotFoundError:
        return []
    return sorted({(row["batch"], row["row"]) for row in placed})


def _compared(session: Session, beside: Sequence[LeftOut]) -> Beside:
    """What may explain a difference from the platform's report, beside the session's own orders."""
    unmatched = sum(row.paid or 0 for row in beside if row.place == "unmatched" and row.kind != MISFIT)
    inside, across = 0, []
    batches = [batch for batch in batches_of(ORDER_LINE) if batch.rejected_minor is not None]
    for batch in batches:
        first, last = batch.first_instant, batch.last_instant
        if first and last and first < session.end and last >= session.start:
            if session.start <= first and last < session.end:
                inside += batch.rejected_minor or 0
            else:
                across.append(batch.rejected_minor or 0)
    return Beside(unmatched, inside, sum(across) if across else None)


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
    found = [LeftOut(place, kind, count, amount) for place, kind, count, amount in sums if place != "unpaid"]
    return sorted(found, key=lambda row: -(row.paid or 0))

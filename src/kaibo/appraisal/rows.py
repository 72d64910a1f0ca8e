"""The end of the path: the records behind one segment, table by table, and the line of the file each came from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from kaibo.appraisal.path import SegmentStep, credited_measures
from kaibo.appraisal.told import told
from kaibo.appraisal.told_by_events import EventsHere
from kaibo.facts import segment_rows
from kaibo.facts.schema import AD_SPEND, AFTER_SALE, EVENT, MINUTE, ORDER_LINE, READING, SESSION_REPORT
from kaibo.facts.segment_rows import Found
from kaibo.imports.models import Batch
from kaibo.imports.rows import FileRow, file_row
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.measures import ADS, AIR, BROADCASTS, LOST, OF_SESSION, OUTAGES
from kaibo.kpi.values import MEASURED
from kaibo.live.instants import to_instant
from kaibo.live.models import OutageCause, Session, Shift
from kaibo.live.outages import confirmed_outages
from kaibo.measurement.closed import ClosedMonth
from kaibo.measurement.finders import from_ms
from kaibo.measurement.words import event_words

SHIFT, OUTAGE = "shift", "outage"
# measure → (table of its records, measure their amounts are placed under, whether records are counted)
RECORDS = {
    "paid_minor": (ORDER_LINE, "paid_minor", False),
    "orders": (ORDER_LINE, "paid_minor", True),
    "refund_minor": (AFTER_SALE, "refund_minor", False),
    "refund_orders": (AFTER_SALE, "refund_minor", True),
    AIR: (SHIFT, AIR, False),
    BROADCASTS: (SHIFT, BROADCASTS, False),
    LOST: (OUTAGE, LOST, False),
    OUTAGES: (OUTAGE, OUTAGES, False),
    **{measure: (AD_SPEND, measure, False) for measure in ADS},
}
# made of shifts and outages, not of file rows
NOT_PLACED = frozenset({AIR, BROADCASTS, LOST, OUTAGES})
PAGE = 50


@dataclass(frozen=True)
class Record:
    """One record of a segment. `figure`: what it adds to the measure; `key`: batch-row, or the shift's id."""

    key: str
    instant: datetime | None
    label: str
    number: str
    figure: int
    amount: int
    basis: str
    batch: int | None = None
    row: int | None = None


@dataclass(frozen=True)
class Origin:
    """Where a record comes from: the file's line, or the shift that somebody confirmed. `file` None: facts are gone."""

    batch: Batch | None = None
    file: FileRow | None = None
    shift: Shift | None = None


@dataclass(frozen=True)
class Tab:
    """The records of one measure of a segment. `sum`: of the figures of those that are its alone.

    `shared`: records that other sessions or segments claim too, of which the segment has a part; `most`: what those
    come to at most. `more`: other files had a say too, so that the sum alone does not make the whole.
    """

    table: str
    measure: str
    rows: int
    shared: int
    sum: int
    counted: bool
    most: int = 0
    more: bool = False
    events: EventsHere | None = None


def tabs_of(kpi: Kpi, segment: SegmentStep) -> list[Tab]:
    """One tab for each measure of the KPI. Raises FileNotFoundError where the computation's file of rows is gone."""
    measures = credited_measures(kpi)
    placed = sorted({RECORDS[m][1] for m in measures if m in RECORDS} - NOT_PLACED)
    found = segment_rows.sums(segment.rows_path, [(segment.session, segment.number)], placed) if placed else []
    return [_tab(measure, found, segment) for measure in measures]


def _told_tab(measure: str, segment: SegmentStep) -> Tab:
    found = told(measure, segment)
    if found.events:
        here = found.events
        rows = here.counted.rows if here.counted else 0
        return Tab(EVENT, measure, rows, 0, here.sum, counted=False, events=here)
    shared = sum(row["basis"] != MEASURED for row in found.rows) if found.table in (MINUTE, READING) else 0
    return Tab(
        table=found.table,
        measure=measure,
        rows=len(found.rows),
        shared=shared,
        sum=found.sum(alone=True),
        counted=False,
        most=found.sum(alone=False),
        more=found.foreign or len(found.rows) != 1,
    )


def _tab(measure: str, found: Sequence[Found], segment: SegmentStep) -> Tab:
    if measure in OF_SESSION:
        return _told_tab(measure, segment)
    table, placed, counted = RECORDS[measure]
    if table in (SHIFT, OUTAGE):
        rows = 1 if table == SHIFT else int(bool(segment.amounts.get((measure, MEASURED))))
        return Tab(table, measure, rows, 0, segment.amounts.get((measure, MEASURED), 0), counted)
    mine = [part for part in found if part.measure == placed]
    # of ad spend each row stands with its part, however it came about
    whole = [part for part in mine if part.basis == MEASURED or table == AD_SPEND]
    return Tab(
        table=table,
        measure=measure,
        rows=sum(part.rows for part in mine),
        shared=sum(part.rows for part in mine if part not in whole),
        sum=sum(part.count if counted else part.amount for part in whole),
        counted=counted,
    )


def records(tab: Tab, segment: SegmentStep, *, page: int, closed: ClosedMonth | None = None) -> list[Record]:
    """A page of a tab's records, in the order of time. `closed`: the closing whose numbers these are."""
    if tab.table == SHIFT:
        return []
    if tab.table == OUTAGE:
        return _outages(tab, segment, closed)
    if tab.events:
        placed = tab.events.rows(limit=PAGE, offset=(page - 1) * PAGE)
        return [replace(record(row, counted=False), label=event_label(row)) for row in placed]
    if tab.measure in OF_SESSION:
        every = told(tab.measure, segment)
        shown = slice((page - 1) * PAGE, page * PAGE)
        pairs = zip(every.rows[shown], every.figures[shown], strict=True)
        return [replace(record(row, counted=False), figure=figure) for row, figure in pairs]
    _table, kind, counted = RECORDS[tab.measure]
    place = [(segment.session, segment.number)]
    found = segment_rows.rows(segment.rows_path, place, [kind], limit=PAGE, offset=(page - 1) * PAGE)
    return [record(row, counted) for row in found]


def _outages(tab: Tab, segment: SegmentStep, closed: ClosedMonth | None) -> list[Record]:
    """The outages of own equipment that the segment lies in: as they stand, of a closed month as at closing."""
    if not tab.rows or segment.start is None or segment.end is None:
        return []
    room = Session.objects.filter(pk=segment.session).values_list("account", flat=True)
    own = str(OutageCause.OWN_EQUIPMENT.label)
    if closed is not None and "outages" in closed.frozen:
        said = [(to_instant(a), to_instant(b), note) for pk, a, b, note in closed.frozen["outages"] if pk in set(room)]
    else:
        there = confirmed_outages(segment.start, segment.end).filter(account__in=room)
        said = [(one.start, one.end, one.note) for one in there]
    inside = [one for one in said if one[0] < segment.end and one[1] > segment.start]
    return [
        Record(f"outage-{number}", start, note or own, "", tab.sum, 0, MEASURED)
        for number, (start, _end, note) in enumerate(inside, 1)
    ]


def record(row: dict[str, Any], counted: bool) -> Record:
    return Record(
        key=f"{row['batch']}-{row['row']}",
        instant=from_ms(row["instant_ms"]) if row["instant_ms"] is not None else None,
        label=row["label"] or "",
        number=row["sub_order"] or "",
        figure=(row["count"] if counted else row["amount"]) or 0,
        amount=row["amount"] or 0,
        basis=row["basis"],
        batch=row["batch"],
        row=row["row"],
    )


def event_label(row: dict[str, Any]) -> str:
    """What a viewer did, about what, and which of the viewers it was: the end of a number that leads back to nobody."""
    known = _("viewer %(tail)s") % {"tail": f"{row['viewer']:x}"[-6:]} if row["viewer"] is not None else ""
    return " · ".join(word for word in (event_words().get(row["kind"], row["kind"]), row["label"], known) if word)


def shift_records(segment: SegmentStep, person: int, measure: str = AIR) -> list[tuple[Record, Shift]]:
    """The shift by which the person was there, and what it gave of the measure."""
    ids = [m["shift"] for m in segment.crew if m.get("person") == person and m.get("shift")]
    shifts = Shift.objects.filter(pk__in=ids).select_related("account", "confirmed_by", "batch")
    return [(_shift_record(shift, segment, measure), shift) for shift in shifts]


def _shift_record(shift: Shift, segment: SegmentStep, measure: str) -> Record:
    return Record(
        key=f"shift-{shift.pk}",
        instant=shift.confirmed_start or shift.planned_start,
        label=shift.account.name,
        number="",
        figure=segment.amounts.get((measure, MEASURED), 0),
        amount=0,
        basis=MEASURED,
        batch=shift.batch_id,
        row=shift.row,
    )


def origin_of(record: Record, shifts: Sequence[tuple[Record, Shift]] = ()) -> Origin:
    """The file's line behind a record; of a shift, the roster's line it was planned by, if any."""
    shift = next((shift for known, shift in shifts if known.key == record.key), None)
    if shift is not None:
        batch = shift.batch
        return Origin(batch, file_row(batch, shift.row) if batch and shift.row else None, shift)
    batch = Batch.objects.filter(pk=record.batch).select_related("by").first() if record.batch else None
    return Origin(batch, file_row(batch, record.row) if batch and record.row else None)


def table_title(table: str) -> str:
    return {
        ORDER_LINE: _("Order lines"),
        AFTER_SALE: _("After-sale lines"),
        SESSION_REPORT: _("Session report"),
        EVENT: _("Viewers' events"),
        MINUTE: _("Minutes"),
        READING: _("Handover readings"),
        SHIFT: _("Shift"),
        OUTAGE: _("Outage"),
        AD_SPEND: _("Ad spend by the hour"),
    }[table]

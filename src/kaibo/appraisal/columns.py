"""The columns of the explanation: sessions, segments, records, file line; what is chosen stands in the address."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from kaibo.appraisal import sums
from kaibo.appraisal.explaining import Whole
from kaibo.appraisal.line_sides import measure_title
from kaibo.appraisal.month import MyMonth
from kaibo.appraisal.path import NumberPath, SegmentStep, SessionStep
from kaibo.appraisal.rows import (
    PAGE,
    SHIFT,
    Origin,
    Record,
    Tab,
    origin_of,
    records,
    shift_records,
    table_title,
    tabs_of,
)
from kaibo.appraisal.sums import Check, FactsOfSession
from kaibo.facts.schema import AD_SPEND
from kaibo.kpi.measures import LOST
from kaibo.kpi.values import MEASURED
from kaibo.look import numbers


@dataclass(frozen=True)
class Choice:
    """What the address says is open; anything unknown falls back to the first of its kind."""

    role: str = ""
    session: int | None = None
    segment: int | None = None
    measure: str = ""
    page: int = 1
    row: str = ""
    # of a team's rows: whose are shown
    who: int | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Choice":
        return cls(
            role=query.get("role", ""),
            session=_number(query.get("session")),
            segment=_number(query.get("segment")),
            measure=query.get("measure", ""),
            page=max(1, _number(query.get("page")) or 1),
            row=query.get("row", ""),
            who=_number(query.get("who")),
        )

    def href(self, **changes: Any) -> str:
        """The address of another choice: what stands right of what changed is forgotten."""
        values = {"role": self.role, "session": self.session, "segment": self.segment, "measure": self.measure}
        values |= {"page": self.page if self.page > 1 else None, "row": self.row} | changes
        return "?" + urlencode({key: value for key, value in values.items() if value not in (None, "")})


@dataclass(frozen=True)
class SessionRow:
    step: SessionStep
    pair: str
    href: str
    current: bool
    # percent of the largest session, for the thin bar under it
    size: str


@dataclass(frozen=True)
class SegmentRow:
    step: SegmentStep
    pair: str
    href: str
    current: bool


@dataclass(frozen=True)
class RecordRow:
    record: Record
    figure: str
    amount: str
    href: str
    current: bool

    @property
    def tail(self) -> str:
        """The end of an order line's number: enough to find it, no more."""
        return self.record.number[-8:]


@dataclass(frozen=True)
class TabLink:
    tab: Tab
    href: str
    current: bool
    check: Check
    by_room: bool = False

    @property
    def title(self) -> str:
        if self.by_room and self.tab.table == SHIFT:
            return _("Broadcast")
        # one row of ad spend tells several things
        return measure_title(self.tab.measure) if self.tab.table == AD_SPEND else table_title(self.tab.table)


@dataclass(frozen=True)
class Pages:
    """Of the records: which part of them is shown."""

    first: int
    last: int
    total: int
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Columns:
    """`gone`: the file of placed rows is not there, since the month is being recomputed."""

    sessions: Sequence[SessionRow]
    segments: Sequence[SegmentRow]
    session: SessionStep | None
    segment: SegmentStep | None
    sessions_check: Check | None = None
    segments_check: Check | None = None
    tabs: Sequence[TabLink] = ()
    tab: Tab | None = None
    records: Sequence[RecordRow] = ()
    pages: Pages | None = None
    record: Record | None = None
    origin: Origin | None = None
    gone: bool = False


def build(
    mine: MyMonth, path: NumberPath, whole: Whole, wrong: Collection[tuple[int | None, int | None, str]], choice: Choice
) -> Columns:
    """The columns for what is chosen; by default the session that gave most.

    `wrong`: (session, segment, measure) whose credit is not the share it should be.
    """
    if not path.sessions:
        return Columns((), (), None, None)
    # where time was lost is what a line of outages is about
    first = _top if LOST in path.kpi.measures else _size
    largest = max(path.sessions, key=first)
    session = next((s for s in path.sessions if s.session.pk == choice.session), largest)
    segment = next((s for s in session.segments if s.number == choice.segment), max(session.segments, key=first))
    columns = Columns(
        sessions=[_session_row(path, step, step is session, largest, choice) for step in path.sessions],
        segments=[_segment_row(path, step, step is segment, choice) for step in session.segments],
        session=session,
        segment=segment,
        sessions_check=sums.of_sessions(path),
        segments_check=sums.of_segments(path.kpi, session),
    )
    return _with_records(columns, mine, path, segment, whole.of_session(session.session.pk), wrong, choice)


def _with_records(
    columns: Columns,
    mine: MyMonth,
    path: NumberPath,
    segment: SegmentStep,
    facts: FactsOfSession,
    wrong: Collection[tuple[int | None, int | None, str]],
    choice: Choice,
) -> Columns:
    try:
        tabs = tabs_of(path.kpi, segment)
    except FileNotFoundError:
        return replace(columns, gone=True)
    tab = next((t for t in tabs if t.measure == choice.measure), next((t for t in tabs if t.rows), tabs[0]))
    shifts = shift_records(segment, mine.person.pk, tab.measure) if tab.table == SHIFT else []
    page = min(choice.page, max(1, -(-tab.rows // PAGE)))
    shown = [record for record, _ in shifts] or records(tab, segment, page=page, closed=mine.closed)
    if path.by_room and tab.table == SHIFT and columns.session:
        # nobody's shift: the broadcast itself was on air
        shown = [Record("session", segment.start, str(columns.session.session), "", tab.sum, 0, MEASURED)]
    record = next((r for r in shown if r.key == choice.row), shown[0] if shown else None)
    return replace(
        columns,
        tabs=[
            TabLink(
                t,
                choice.href(session=segment.session, segment=segment.number, measure=t.measure, page=None, row=None),
                t is tab,
                sums.of_records(t, segment, facts, (segment.session, segment.number, t.measure) not in wrong),
                path.by_room,
            )
            for t in tabs
        ],
        tab=tab,
        records=[_record_row(r, tab, r is record, segment, choice) for r in shown],
        pages=_pages(tab, page, len(shown), segment, choice),
        record=record,
        origin=origin_of(record, shifts) if record else None,
    )


def _session_row(
    path: NumberPath, step: SessionStep, current: bool, largest: SessionStep, choice: Choice
) -> SessionRow:
    href = choice.href(session=step.session.pk, segment=None, measure=choice.measure, page=None, row=None)
    size = f"{max(0, _size(step)) * 100 / (_size(largest) or 1):.1f}"
    return SessionRow(step, sums.pair_text(path.kpi, step.credited), href, current, size)


def _segment_row(path: NumberPath, step: SegmentStep, current: bool, choice: Choice) -> SegmentRow:
    href = choice.href(session=step.session, segment=step.number, page=None, row=None)
    return SegmentRow(step, sums.pair_text(path.kpi, step.credited), href, current)


def _record_row(record: Record, tab: Tab, current: bool, segment: SegmentStep, choice: Choice) -> RecordRow:
    href = choice.href(session=segment.session, segment=segment.number, row=record.key)
    amount = numbers.money(record.amount)
    if tab.events and (tab.events.is_level or tab.events.is_people):
        figure = numbers.signed(record.figure, 0) if tab.events.is_level else numbers.count(record.figure)
    else:
        figure = sums.measure_text(tab.measure, record.figure)
    return RecordRow(record, figure, amount, href, current)


def _pages(tab: Tab, page: int, shown: int, segment: SegmentStep, choice: Choice) -> Pages | None:
    if tab.rows <= PAGE:
        return None
    first = (page - 1) * PAGE

    def at(number: int) -> str:
        return choice.href(session=segment.session, segment=segment.number, measure=tab.measure, page=number, row=None)

    more = first + shown < tab.rows
    return Pages(first + 1, first + shown, tab.rows, at(page - 1) if page > 1 else "", at(page + 1) if more else "")


def _size(step: SessionStep | SegmentStep) -> int:
    """By the denominator where there is one: the more views, the more the session weighs."""
    return step.credited.top if step.credited.bottom is None else step.credited.bottom


def _top(step: SessionStep | SegmentStep) -> int:
    return step.credited.top


def _number(text: str | None) -> int | None:
    """A row number of ours; anything else is nothing."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None

"""The sessions and shifts of a month as its closing keeps them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from kaibo.kpi.inputs import MonthInputs, MonthResult
from kaibo.live.due import DueShift, due_shifts
from kaibo.live.models import Shift, ShiftState
from kaibo.live.nights import business_day
from kaibo.measurement.finders import from_ms
from kaibo.measurement.gathering import to_ms
from kaibo.measurement.models import ClosedSession, ClosedShift, Closing
from kaibo.measurement.months import month_bounds, next_month

CHUNK = 2_000


def keep_sessions(closing: Closing, inputs: MonthInputs) -> None:
    """The sessions that the month is computed from, as they are now."""
    rows = (
        ClosedSession(
            closing=closing, session_id=one.id, start=from_ms(one.start_ms), end=from_ms(one.end_ms),
            air_kind=one.air_kind, breaks=[list(pair) for pair in one.breaks],
        )
        for one in inputs.sessions
    )  # fmt: skip
    _bulk(ClosedSession.objects.all(), rows)


def keep_shifts(closing: Closing, result: MonthResult) -> None:
    """The shifts of the month's business days, and those that were credited in its sessions."""
    month, boundary = closing.month, timedelta(hours=settings.BUSINESS_DAY_STARTS_AT)
    start, end = (edge + boundary for edge in month_bounds(month))
    credited = {one.shift for one in result.credits if one.shift}
    live = Shift.objects.exclude(state=ShiftState.CANCELLED).annotate(
        begins=Coalesce("planned_start", "confirmed_start")
    )
    own: dict[int, Shift] = {shift.pk: shift for shift in live.filter(begins__gte=start, begins__lt=end)}
    for ids in _chunks(sorted(credited - own.keys())):
        own |= {shift.pk: shift for shift in Shift.objects.filter(pk__in=ids)}
    owed = {one.shift: one for one in due_shifts(month, next_month(month)) if one.shift}
    rows = (
        ClosedShift(
            closing=closing, shift=shift.pk, date=business_day(shift.planned_start or shift.confirmed_start or start),
            account_id=shift.account_id, person_id=shift.person_id, due=_due(shift, owed.get(shift.pk)),
            **{name: getattr(shift, name) for name in ClosedShift.COPIED},
        )
        for shift in own.values()
    )  # fmt: skip
    _bulk(ClosedShift.objects.all(), rows)


def _due(shift: Shift, owed: DueShift | None) -> list[Any] | None:
    """What is due of it as ClosedShift keeps it: None where that is its plan."""
    if shift.planned_start is None or shift.planned_end is None:
        return None
    if owed is None:
        return []
    whole = (to_ms(shift.planned_start), to_ms(shift.planned_end))
    if owed.whole == whole and owed.pieces == (whole,):
        return None
    return [*owed.whole, [list(piece) for piece in owed.pieces]]


def _bulk(rows: QuerySet[Any], made: Iterable[Any]) -> None:
    rest = iter(made)
    while chunk := list(islice(rest, CHUNK)):
        with transaction.atomic():
            rows.bulk_create(chunk)


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for begin in range(0, len(ids), 500):
        yield ids[begin : begin + 500]

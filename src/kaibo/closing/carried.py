"""What other closed months' sessions gave to a month's days: part of its figures, fixed by their own closing."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from kaibo.kpi.inputs import CreditOut, FactOut
from kaibo.measurement.models import ClosingState, Credit, SegmentFact
from kaibo.measurement.months import next_month
from kaibo.measurement.room_values import ROOMS


def carried_credits(month: date) -> Iterator[dict[str, Any]]:
    """Credit of this month's days that other closed months' sessions give, with the snapshot that fixed it."""
    rows = Credit.objects.filter(
        computation__closing__state=ClosingState.CLOSED, date__gte=month, date__lt=next_month(month)
    )
    names = tuple(CreditOut.__slots__)
    for snapshot, *values in rows.order_by("pk").values_list("computation__closing__snapshot", *names):
        told = dict(zip(names, values, strict=True))
        yield {"snapshot": snapshot, **told, "date": told["date"].isoformat()}


def carried_facts(month: date) -> Iterator[FactOut]:
    """What other closed months' sessions gave rooms on this month's days."""
    rows = SegmentFact.objects.filter(
        ROOMS, computation__closing__state=ClosingState.CLOSED, date__gte=month, date__lt=next_month(month)
    )
    names = tuple(FactOut.__slots__)
    for values in rows.exclude(computation__month=month).order_by("pk").values_list(*names):
        told = dict(zip(names, values, strict=True))
        yield FactOut(**{**told, "date": told["date"].isoformat()})

"""The rows of the database that a closed month rests on, as plain values: for reading, and for who must account for it.

The numbers are computed from inputs.jsonl alone; these rows say where its values came from.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model, QuerySet

from kaibo.imports.models import Batch
from kaibo.live.models import (
    Account,
    AdAccountPart,
    DayPlan,
    Leave,
    MatchChoice,
    MatchDecision,
    MinuteDecision,
    MinutePlace,
    Outage,
    PublishedShift,
    ReportDecision,
    Responsibility,
    RoomDepartment,
    RosterPublication,
    Session,
    Shift,
    Simulcast,
    TagRule,
    Target,
)
from kaibo.measurement.models import ExchangeRate
from kaibo.org.models import Appointment, Department, Departure, Engagement, Person, PersonAlias, Position, Protection


def records(start: datetime, end: datetime) -> Mapping[str, QuerySet[Any]]:
    """Table → rows. Sessions, shifts and outages of [start, end); of the rest every row, as it stands now."""
    return {
        "accounts": Account.objects.all(),
        "ad_account_parts": AdAccountPart.objects.all(),
        "aliases": PersonAlias.objects.all(),
        "appointments": Appointment.objects.all(),
        "batches": Batch.objects.all(),
        "day_plans": DayPlan.objects.all(),
        "departments": Department.objects.all(),
        "departures": Departure.objects.all(),
        "engagements": Engagement.objects.all(),
        "leaves": Leave.objects.all(),
        "match_choices": MatchChoice.objects.all(),
        "match_decisions": MatchDecision.objects.all(),
        "minute_decisions": MinuteDecision.objects.all(),
        "minute_places": MinutePlace.objects.all(),
        "outages": Outage.objects.filter(start__lt=end, end__gt=start),
        "people": Person.objects.all(),
        "positions": Position.objects.all(),
        "protections": Protection.objects.all(),
        "published_shifts": PublishedShift.objects.filter(start__lt=end, end__gt=start),
        "rates": ExchangeRate.objects.all(),
        "report_decisions": ReportDecision.objects.all(),
        "responsibilities": Responsibility.objects.all(),
        "room_departments": RoomDepartment.objects.all(),
        "roster_publications": RosterPublication.objects.all(),
        "sessions": Session.objects.filter(start__lt=end, end__gt=start),
        "shifts": Shift.objects.filter(planned_start__lt=end, planned_end__gt=start)
        | Shift.objects.filter(confirmed_start__lt=end, confirmed_end__gt=start),
        "simulcasts": Simulcast.objects.all(),
        "tag_rules": TagRule.objects.all(),
        "targets": Target.objects.all(),
    }


def plain_rows(rows: QuerySet[Any]) -> Iterator[dict[str, Any]]:
    """Every column of every row, by id. A many-to-many is the ids of the other side."""
    model: type[Model] = rows.model
    many = [field.name for field in model._meta.many_to_many]
    for row in rows.order_by("pk").prefetch_related(*many).iterator(chunk_size=2000):
        told = {field.attname: _plain(getattr(row, field.attname)) for field in model._meta.concrete_fields}
        yield told | {name: sorted(other.pk for other in getattr(row, name).all()) for name in many}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | bool | date | None) else str(value)

"""Which months must be computed again: read from the audit rows, whose verbs say which months they touched."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone

from kaibo.audit.models import AuditEvent
from kaibo.database.prepared import Prepared
from kaibo.imports.following import KIND as FOLLOW
from kaibo.jobs.models import Job, JobState
from kaibo.jobs.queue import enqueue
from kaibo.measurement.closed import is_closed
from kaibo.measurement.models import AuditCursor, Closing, ClosingState, Computation, ComputationState
from kaibo.measurement.months import month_of

KIND = "compute_month"
# who rows of files mean by a name may be another after these
NAMING = ("create_person", "import_people", "rename", "add_alias", "remove_alias")
# on PostgreSQL a row may become visible this much after its id and its time say
LOOK_BACK = timedelta(minutes=2)

# an audit row's id, its time, and the months it names
Event = tuple[int, datetime, list[str]]


def enqueue_stale() -> list[str]:
    """Queue one computation for each month that a new audit row names; gives those months. Cheap when nothing is new.

    The job starts after the row was seen, so it reads what the row's verb wrote.
    """
    if not new_events():
        return []
    with transaction.atomic():
        AuditCursor.objects.get_or_create(pk=1)
        AuditCursor.objects.select_for_update().get(pk=1)
        events = new_events()
        for month in months_of(events):
            enqueue(kind=KIND, by=None, args={"month": month}, once=True)
        mark_seen(events)
    return months_of(events)


def enqueue_outdated(engine_version: str) -> list[str]:
    """Queue the months that another version of the engine computed: after an update their numbers may differ."""
    outdated = Computation.objects.filter(state=ComputationState.CURRENT).exclude(engine_version=engine_version)
    # a closed month stays as it is; what this version makes of it stands beside
    compared = Closing.objects.filter(state=ClosingState.CLOSED, candidate__engine_version=engine_version)
    outdated = outdated.exclude(month__in=compared.values("month"))
    months = [f"{month:%Y-%m}" for month in outdated.order_by("month").values_list("month", flat=True)]
    for month in months:
        enqueue(kind=KIND, by=None, args={"month": month}, once=True)
    return months


def is_computing(month: date) -> bool:
    """Whether this month's numbers are about to change: pages say 「正在重算」.

    Its computation is queued or running, an audit row names it that no one looked at yet, or a batch is still being
    followed and may name any month. A closed month's numbers never are.
    """
    return is_touched(month) and not is_closed(month)


def is_touched(month: date) -> bool:
    """The same whether or not the month is closed, for who knows that it is not."""
    return _is_named(f"{month:%Y-%m}")


def _is_named(month: str) -> bool:
    cursor = _cursor_about.first(month=month)
    if cursor.begun if cursor else _begun(month).exists():  # type: ignore[attr-defined]
        return True
    rows = getattr(cursor, "rows", None) or 0
    if cursor and cursor.at and cursor.at <= timezone.now() and rows == len(cursor.seen):
        # rows are only ever added: as many as were seen are the ones that were seen
        return False
    return month in months_of(_after(cursor))


def _begun(month: Any) -> QuerySet[Job]:
    begun = Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING]).alias(
        of=Cast(KT("args__month"), TextField())
    )
    return begun.filter(Q(kind=KIND, of=month) | Q(kind=FOLLOW))


def _with_counts(*, month: Any) -> QuerySet[AuditCursor]:
    since = _with_months().filter(at__gte=OuterRef("at") - LOOK_BACK).order_by().values(one=Value(1))
    counted = Subquery(since.annotate(n=Count("pk")).values("n"))
    return AuditCursor.objects.filter(pk=1).annotate(begun=Exists(_begun(month)), rows=counted)[:1]


_cursor_about = Prepared(_with_counts)
_cursor = Prepared(lambda: AuditCursor.objects.filter(pk=1)[:1])


def new_events() -> list[Event]:
    """The audit rows with months that were not looked at so far, oldest first."""
    return _after(_cursor.first())


def _after(cursor: AuditCursor | None) -> list[Event]:
    # a clock that was ahead and is right again must not hide what happens until then
    since = {"since": min(cursor.at, timezone.now()) - LOOK_BACK} if cursor and cursor.at else {}
    seen = set(cursor.seen) if cursor else set()
    found = [row for row in _events(**since) if row[0] not in seen]
    named = _named_months() if any(verb in NAMING for _pk, _at, verb, _data in found) else []
    return [
        (pk, at, [str(month) for month in (data or {}).get("months", named if verb in NAMING else [])])
        for pk, at, verb, data in found
    ]


def _with_months() -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(Q(payload__data__has_key="months") | Q(verb__in=NAMING)).order_by("at", "pk")


def _rows_of_events(since: Any = None) -> QuerySet[AuditEvent, Any]:
    rows = _with_months() if since is None else _with_months().filter(at__gte=since)
    return rows.values_list("pk", "at", "verb", "payload__data")


_events: Prepared[Any] = Prepared(_rows_of_events)


def _named_months() -> list[str]:
    """The months in which rows of files name people: who they are may be another now."""
    there = Computation.objects.filter(state=ComputationState.CURRENT, direct__isnull=False)
    return [f"{month:%Y-%m}" for month in there.order_by("month").values_list("month", flat=True).distinct()]


def months_of(events: list[Event]) -> list[str]:
    """The months that these events name, in order, each once; a text that is no month is left out."""
    return sorted({month for _pk, _at, months in events for month in months if month_of(month)})


def mark_seen(events: list[Event]) -> None:
    """Move the cursor over these events; the months they name are taken care of."""
    cursor, _made = AuditCursor.objects.get_or_create(pk=1)
    newest = max([event_at for _pk, event_at, _months in events] + ([cursor.at] if cursor.at else []))
    at = min(newest, timezone.now())
    times = {pk: event_at for pk, event_at, _months in events}
    recent = AuditEvent.objects.filter(pk__in=cursor.seen, at__gte=at - LOOK_BACK).values_list("pk", flat=True)
    cursor.at = at
    cursor.seen = sorted({*recent, *(pk for pk, event_at in times.items() if event_at >= at - LOOK_BACK)})
    cursor.save(update_fields=["at", "seen"])

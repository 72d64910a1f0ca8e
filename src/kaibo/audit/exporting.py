"""The audit as a table for other programs: one row an event, with its link in the chain."""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import IO, Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils import timezone

from kaibo.audit.models import AuditEvent, AuditLink
from kaibo.look.cells import as_text

COLUMNS = (
    "id", "at", "by_id", "by_name", "verb", "target_type", "target_id", "reason", "data", "erased_by",
    "position", "previous", "hash",
)  # fmt: skip
OF_PAYLOAD = {"by_name", "reason", "data"}
CHUNK = 2000


def of_month(month: str) -> QuerySet[AuditEvent]:
    """The events of a month of the installation's zone, of all time for ""; ValueError for a text that is no month."""
    if not month:
        return AuditEvent.objects.all()
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        raise ValueError(f"not a month: {month} (YYYY-MM)")
    year, number = int(month[:4]), int(month[5:])
    zone = timezone.get_current_timezone()
    start = datetime(year, number, 1, tzinfo=zone)
    end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=zone)
    return AuditEvent.objects.filter(at__gte=start, at__lt=end)


def rows(events: QuerySet[AuditEvent]) -> Iterator[Sequence[Any]]:
    """In the order of writing; times as ISO 8601 in UTC."""
    links = AuditLink.objects.filter(event=OuterRef("pk"))
    found = events.order_by("pk").annotate(
        position=Subquery(links.values("position")),
        previous=Subquery(links.values("previous")),
        hash=Subquery(links.values("hash")),
        key=F("pk"),
    )
    names = [f"payload__{name}" if name in OF_PAYLOAD else name for name in COLUMNS[1:]]
    for row in found.values_list("key", *names).iterator(CHUNK):
        # what the rule erased is empty, as it reads on the page
        told = ["" if value is None and name in OF_PAYLOAD else value for name, value in zip(COLUMNS, row, strict=True)]
        told[1] = row[1].isoformat()
        told[8] = json.dumps(row[8] or {}, ensure_ascii=False, sort_keys=True)
        yield told


def write_csv(events: QuerySet[AuditEvent], file: IO[str]) -> int:
    """Gives how many rows were written, the headings left out."""
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    count = 0
    for row in rows(events):
        writer.writerow([as_text(value) for value in row])
        count += 1
    return count

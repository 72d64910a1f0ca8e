"""What was read off the screen of a broadcast at its handovers."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kaibo.facts import reader
from kaibo.facts.schema import DEFAULT_PLATFORM, READING
from kaibo.imports.files import batches_of, files_of
from kaibo.imports.models import Batch
from kaibo.live.models import Session
from kaibo.measurement.finders import from_ms
from kaibo.measurement.gathering import to_ms

log = logging.getLogger(__name__)
NUMBERS = ("views", "online", "orders", "gmv_minor")


@dataclass(frozen=True)
class Reading:
    """The room's running totals at an instant; None is unknown."""

    at: datetime
    person_name: str
    views: int | None
    online: int | None
    orders: int | None
    gmv_minor: int | None


def readings_of(session: Session, batches: Iterable[Batch]) -> list[Reading]:
    """In the order of time, from a minute before the start to a quarter of an hour after the end."""
    files = files_of(READING, batches_of(READING, batches))
    if not files:
        return []
    where = f"instant_ms between {to_ms(session.start) - 60_000} and {to_ms(session.end) + 900_000}"
    try:
        rows = reader.shown(READING, files, ["platform", "account", "instant_ms", "person_name", *NUMBERS], where)
    except FileNotFoundError:
        log.warning("a file of readings around session %s is not on the disk", session.pk)
        return []
    names = {session.account.handle, session.account.name, *map(str, session.account.other_names)}
    scopes = {file.batch: file.scope for file in files}
    ours = [row for row in rows if _is_of(row, session.account.platform, names, scopes[row["batch"]])]
    return [
        Reading(from_ms(row["instant_ms"]), row["person_name"] or "", *(row[name] for name in NUMBERS))
        for row in sorted(ours, key=lambda row: row["instant_ms"])
    ]


def _is_of(row: dict[str, Any], platform: str, names: set[str], scope: str) -> bool:
    return (row["platform"] or DEFAULT_PLATFORM) == platform and (row["account"] or scope) in names

"""Readings at handovers that say nothing of any broadcast: their room is not known, or it was off air then.

They are kept, and count once a room has the name they say, or a broadcast the time: nothing is imported again.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Q

from kaibo.facts import reader
from kaibo.facts.schema import READING
from kaibo.imports.files import files_of, in_use
from kaibo.kpi.matching import account_of
from kaibo.live.same_rooms import room_names
from kaibo.live.spans import LONGEST, on_air
from kaibo.measurement.gathering import to_ms
from kaibo.measurement.months import month_bounds

log = logging.getLogger(__name__)
NO_ROOM, OFF_AIR = "reading_no_room", "reading_off_air"
KINDS = (NO_ROOM, OFF_AIR)
FIGURES = ("views", "orders", "gmv_minor", "online")


@dataclass(frozen=True)
class LostReading:
    """`name`: the room as the row says it; `account`: its id, where it is known. a figure that is None is unknown."""

    kind: str
    at_ms: int
    name: str
    account: int | None
    batch: int
    row: int
    currency: str
    figures: tuple[int | None, ...]


def lost_readings(month: date) -> list[LostReading]:
    """Those of the month's days, in the order of time."""
    start, end = month_bounds(month)
    near = in_use().filter(Q(first_instant__isnull=True) | Q(first_instant__lt=end, last_instant__gte=start))
    files = files_of(READING, [batch for batch in near if READING in batch.tables])
    columns = ["platform", "account", "instant_ms", "currency", *FIGURES]
    where = f"instant_ms >= {to_ms(start)} and instant_ms < {to_ms(end)}"
    try:
        rows = reader.shown(READING, files, columns, where)
    except FileNotFoundError:
        log.warning("a file of readings of %s is not on the disk", month)
        return []
    if not rows:
        return []
    names, scopes = room_names(), {file.batch: file.scope for file in files}
    aired = _on_air(start, end)
    found = []
    for row in rows:
        said = row["account"] or scopes[row["batch"]]
        account = account_of(names, row["platform"], said)
        kind = NO_ROOM if account is None else "" if _is_on(aired, account, row["instant_ms"]) else OFF_AIR
        if kind:
            figures = tuple(row[name] for name in FIGURES)
            of_file = (row["batch"], row["row"], row["currency"] or "")
            found.append(LostReading(kind, row["instant_ms"], said or "", account, *of_file, figures))
    return sorted(found, key=lambda one: (one.at_ms, one.batch, one.row))


def counted(found: Sequence[LostReading]) -> dict[str, int]:
    """Kind → how many, in the order of KINDS; kinds that there are none of are not there."""
    counts = Counter(one.kind for one in found)
    return {kind: counts[kind] for kind in KINDS if counts[kind]}


def _on_air(start: datetime, end: datetime) -> dict[int, list[tuple[int, int]]]:
    """Room → its stretches on air, in order, half-open."""
    found: dict[int, list[tuple[int, int]]] = {}
    for one in on_air(start - LONGEST, end, rooms=False):
        own = found.setdefault(one.session.account_id, [])
        own += [(to_ms(begun), to_ms(ended)) for begun, ended in one.stretches]
    return {room: sorted(own) for room, own in found.items()}


def _is_on(aired: dict[int, list[tuple[int, int]]], account: int, at_ms: int) -> bool:
    """Whether the stretch that began last reaches to it: it may be typed a little after the end (kpi.totals)."""
    near = timedelta(minutes=settings.HANDOVER_GAP_MINUTES) // timedelta(milliseconds=1)
    begun = [stretch for stretch in aired.get(account, ()) if stretch[0] <= at_ms]
    return bool(begun) and at_ms <= begun[-1][1] + near

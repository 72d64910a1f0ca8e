"""What the platform said of one session, export by export: a broadcast comes back with other numbers."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kaibo.facts import reader
from kaibo.facts.schema import SESSION_REPORT
from kaibo.imports.files import batches_of, files_of
from kaibo.imports.models import Batch
from kaibo.live.models import Account, Session
from kaibo.measurement.finders import from_ms
from kaibo.measurement.gathering import to_ms

log = logging.getLogger(__name__)
WHOSE = ("platform", "account", "start_ms")
# what adds up over the parts of a session that was reported in two
FIELDS = ("views", "orders", "gmv_minor", "paid_minor", "refund_orders", "refund_minor")


@dataclass(frozen=True)
class Value:
    """`difference` to the export before, where both are known; None is unknown, never 0."""

    now: int | None
    difference: int | None


@dataclass(frozen=True)
class Snapshot:
    """One export's numbers of the session. `current`: it is what counts (for a session in parts: some of it)."""

    batch: int
    row: int
    as_of: datetime
    current: bool
    values: Mapping[str, Value]

    @property
    def line(self) -> list[tuple[str, Value]]:
        return [(name, self.values[name]) for name in FIELDS]


def snapshots(session: Session, among: Iterable[Batch] | None = None) -> list[Snapshot]:
    """Oldest export first; empty where no report in use speaks of the session, or its files are lost.

    `among`: the batches in use around it, where they were read anyway.
    """
    batches = [
        batch for batch in batches_of(SESSION_REPORT, among)
        if batch.first_instant and batch.last_instant
        and batch.first_instant < session.end and batch.last_instant >= session.start
    ]  # fmt: skip
    files = files_of(SESSION_REPORT, batches)
    where = f"{_whose(session.account)} and start_ms >= {to_ms(session.start)} and start_ms < {to_ms(session.end)}"
    try:
        told = reader.marked(SESSION_REPORT, files, [*WHOSE, *FIELDS], where)
    except FileNotFoundError:
        log.warning("a report of session %s is not on the disk", session.pk)
        return []
    return _series(told)


def _whose(account: Account) -> str:
    """The room's rows: its id or one of its names, on its platform or on one the file does not name."""
    names = list(dict.fromkeys([account.handle, account.name, *map(str, account.other_names)]))
    platform = reader.among("platform", [account.platform])
    return f"{reader.among('account', names)} and (platform is null or {platform})"


def _series(told: Sequence[Mapping[str, Any]]) -> list[Snapshot]:
    of_batch: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in told:
        of_batch[row["batch"]].append(row)
    made: list[Snapshot] = []
    for batch, rows in of_batch.items():
        sums = {name: _sum([row[name] for row in rows]) for name in FIELDS}
        before = made[-1].values if made else {}
        values = {name: Value(now, _difference(now, before.get(name))) for name, now in sums.items()}
        current = any(row["counts"] for row in rows)
        made.append(Snapshot(batch, rows[0]["row"], from_ms(rows[0]["as_of"]), current, values))
    return made


def _sum(parts: Sequence[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _difference(now: int | None, before: Value | None) -> int | None:
    return None if now is None or before is None or before.now is None else now - before.now

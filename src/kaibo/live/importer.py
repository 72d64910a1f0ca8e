"""What the live room makes of a batch after it came, went or came back: accounts, sessions, shifts, stale months."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from kaibo.audit.record import record
from kaibo.facts import reader
from kaibo.facts.schema import AFTER_SALE, INSTANT, ORDER_LINE, ROSTER_SHIFT, SESSION_REPORT
from kaibo.imports.actions import HeldRow, hold_rows
from kaibo.imports.models import Batch, BatchState
from kaibo.jobs.queue import Progress
from kaibo.live.models import Session
from kaibo.live.months import months_of_sales
from kaibo.live.roster_sync import sync_roster_shifts
from kaibo.live.session_sync import Reported, arrange, sync_accounts, sync_sessions
from kaibo.sources.reading import Fact, Reading

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MS = 86_400_000
# later than any batch there is
NOT_YET = 2**62
DAY = timedelta(days=1)
FactsByBatch = Mapping[int, Sequence[Fact]]
REPORT_COLUMNS = ["row", "account", "account_name", "start_ms", "end_ms", "currency"]


def follow_batch(progress: Progress, *, batch: int) -> None:
    """The job after a batch became visible, was withdrawn or restored. Idempotent; does all or nothing."""
    found = Batch.objects.filter(pk=batch).first()
    if found is None:
        return
    progress.step(0, 2, found.file_name)
    instants = _instants(found)
    facts = report_facts(list(Batch.objects.filter(table=SESSION_REPORT)))
    progress.step(1, 2, found.file_name)
    with transaction.atomic():
        touched, renamed = sync_from_reports(facts)
        planned = sync_roster_shifts(by=None)
        # looks back by itself, for orders whose session ended days before
        stretches = [(at, at) for at in instants] + [(at, at + DAY) for at in [*touched, *renamed]]
        months = {*months_of_sales(stretches), *planned.months}
        record(
            by=None, verb="batch followed", target=found, months=sorted(months), state=found.state,
            sessions=len(touched), shifts_made=planned.made, shifts_removed=planned.removed,
        )  # fmt: skip
    progress.step(2, 2, found.file_name, force=True)


def sync_from_reports(facts: FactsByBatch | None = None) -> tuple[set[datetime], set[datetime]]:
    """Accounts, sessions and held rows from every report; starts of sessions touched, and of renamed accounts' ones.

    Which batches are in use is asked inside the transaction: two processes that follow two batches at once must not
    overwrite each other's view. `facts`: rows read before, by batch, to keep the transaction short.
    """
    known = facts or {}
    with transaction.atomic():
        # the lock where the database has row locks; SQLite's transactions are exclusive from the start
        batches = list(Batch.objects.select_for_update().filter(table=SESSION_REPORT).order_by("pk"))
        late = report_facts([batch for batch in batches if batch.pk not in known])
        reported = [one for batch in batches for one in reports(batch, {**known, **late}[batch.pk])]
        accounts, renamed_accounts = sync_accounts(reported)
        made, held = arrange(reported, _by_hand())
        touched = sync_sessions(made, accounts)
        hold_rows(source_tables=[SESSION_REPORT], rows=held)
        renamed = Session.objects.filter(account__in=renamed_accounts).values_list("start", flat=True)
        return touched, set(renamed)


def foreseen(reading: Reading, as_of: datetime) -> list[HeldRow]:
    """The rows of a file not yet imported that would be held, given what is in use now."""
    if reading.source.table != SESSION_REPORT:
        return []
    batches = list(Batch.objects.filter(table=SESSION_REPORT, state=BatchState.VISIBLE))
    facts = report_facts(batches)
    there = [one for batch in batches for one in reports(batch, facts[batch.pk])]
    new = [
        Reported(
            batch=NOT_YET, as_of=as_of, row=fact["row"], handle=fact["account"], name="",
            start=to_instant(fact["start_ms"]), end=to_instant(fact["end_ms"]),
        )
        for fact in reading.facts
    ]  # fmt: skip
    return [row for row in arrange([*there, *new], _by_hand())[1] if row.batch == NOT_YET]


def report_facts(batches: Sequence[Batch]) -> FactsByBatch:
    """The session reports' facts of these batches, by batch. They never change."""
    by_folder = reader.columns_of([folder_of(batch) for batch in batches], SESSION_REPORT, REPORT_COLUMNS)
    return {batch.pk: by_folder[folder_of(batch)] for batch in batches}


def reports(batch: Batch, facts: Sequence[Fact]) -> list[Reported]:
    """The rows of a session report's batch, as its state says now."""
    return [
        Reported(
            batch=batch.pk, as_of=batch.as_of, row=fact["row"], handle=fact["account"],
            name=fact["account_name"] or "", start=to_instant(fact["start_ms"]), end=to_instant(fact["end_ms"]),
            currency=fact["currency"] or "", zone=str(batch.answers.get("zone", "")),
            visible=batch.state == BatchState.VISIBLE,
        )
        for fact in facts
    ]  # fmt: skip


def _by_hand() -> dict[str, list[tuple[datetime, datetime]]]:
    spans: dict[str, list[tuple[datetime, datetime]]] = {}
    for session in Session.objects.filter(by_hand=True, gone=False).select_related("account"):
        spans.setdefault(session.account.handle, []).append((session.start, session.end))
    return spans


def _instants(batch: Batch) -> list[datetime]:
    """Both ends of each UTC day the batch's rows speak of; an after-sale speaks of its order's day too."""
    if not batch.accepted or batch.table == ROSTER_SHIFT or batch.table not in INSTANT:
        return []
    folder = folder_of(batch)
    days = set(reader.days(folder, batch.table, INSTANT[batch.table]))
    if batch.table == AFTER_SALE:
        orders = [folder_of(b) for b in Batch.objects.filter(table=ORDER_LINE, state=BatchState.VISIBLE)]
        days |= set(reader.order_days(folder, orders))
    return [to_instant(edge * DAY_MS) for day in sorted(days) for edge in (day, day + 1)]


def folder_of(batch: Batch) -> Path:
    return Path(settings.FACTS_ROOT) / batch.folder


def to_instant(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)

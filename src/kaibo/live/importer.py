"""What the live room makes of a batch after it came, went or came back: accounts, sessions, shifts, stale months."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from kaibo.audit.record import record
from kaibo.facts import reader
from kaibo.facts.listed_orders import known_numbers
from kaibo.facts.minute_sums import MinuteSum
from kaibo.facts.schema import EVENT, MINUTE, ORDER_LINE, READING, SESSION_REPORT, TAGGED_LINE
from kaibo.imports.actions import HeldRow, hold_rows
from kaibo.imports.files import files_of as files_of_use
from kaibo.imports.models import Batch, BatchState
from kaibo.jobs.queue import Progress
from kaibo.kpi.matching import account_of
from kaibo.live.exact_times import Span
from kaibo.live.instants import files_of, to_instant
from kaibo.live.minutes import Totals, sums_of, sync_minutes, waiting_sums, with_minutes
from kaibo.live.models import Platform, Session
from kaibo.live.months import months_of_sales
from kaibo.live.reported import Arranged, Reported, Room, arrange, newest, no_room
from kaibo.live.roster_sync import sync_roster_shifts
from kaibo.live.same_rooms import room_names
from kaibo.live.session_sync import Accounts, chosen, known_rooms, sync_accounts, sync_sessions, with_rooms
from kaibo.live.speaking import stretches_of
from kaibo.message import Message
from kaibo.sources.reading import Fact, Reading

# later than any batch there is
NOT_YET = 2**62
DAY = timedelta(days=1)
MOST_NAMES = 10
FactsByBatch = Mapping[int, Sequence[Fact]]
REPORT_COLUMNS = [
    "platform", "account", "account_name", "session_key", "start_ms", "end_ms", "currency", "comments", "new_followers",
]  # fmt: skip


def follow_batch(progress: Progress, *, batch: int) -> None:
    """The job after a batch became visible, was withdrawn or restored. Idempotent; does all or nothing."""
    found = Batch.objects.filter(pk=batch).first()
    if found is None:
        return
    progress.step(0, 2, found.file_name)
    speaks = stretches_of(found)
    facts = report_facts(list(report_batches()))
    sums = sums_of(with_minutes(Batch.objects.filter(state=BatchState.VISIBLE)))
    progress.step(1, 2, found.file_name)
    with transaction.atomic():
        touched, renamed = sync_from_reports(facts, sums)
        planned = sync_roster_shifts(by=None)
        # looks back by itself, for orders whose session ended days before
        stretches = [*speaks, *((at, at + DAY) for at in [*touched, *renamed])]
        months = {*months_of_sales(stretches), *planned.months}
        record(
            by=None, verb="batch followed", target=found, months=sorted(months), state=found.state,
            sessions=len(touched), shifts_made=planned.made, shifts_removed=planned.removed,
        )  # fmt: skip
    progress.step(2, 2, found.file_name, force=True)


def sync_from_reports(
    facts: FactsByBatch | None = None, sums: Sequence[MinuteSum] | None = None
) -> tuple[set[datetime], set[datetime]]:
    """Accounts, sessions, held rows, placed minutes from every report; starts touched, and of renamed accounts' ones.

    Which batches are in use is asked inside the transaction: two processes that follow two batches at once must not
    overwrite each other's view. `facts`, `sums`: read before, by batch, to keep the transaction short.
    """
    known = facts or {}
    with transaction.atomic():
        # the lock where the database has row locks; SQLite's transactions are exclusive from the start
        batches = list(report_batches().select_for_update().order_by("pk"))
        late = report_facts([batch for batch in batches if batch.pk not in known])
        all_facts = {**known, **late}
        reported = known_rooms([one for batch in batches for one in reports(batch, all_facts[batch.pk])])
        accounts, renamed_accounts = sync_accounts(reported)
        placed, lost = with_rooms(reported, accounts)
        arranged = arrange(placed, _by_hand(), chosen())
        touched = sync_sessions(arranged, accounts)
        held = [*arranged.held, *(no_room(one) for one in lost if one.visible)]
        hold_rows(source_tables=sorted({batch.table for batch in batches}), rows=held)
        waiting = with_minutes(Batch.objects.filter(state=BatchState.VISIBLE))
        there = waiting_sums(waiting, sums)
        touched |= sync_minutes(there, _totals(placed, all_facts, accounts, arranged) if there else [])
        renamed = Session.objects.filter(account__in=renamed_accounts).values_list("start", flat=True)
        return touched, set(renamed)


def foreseen(reading: Reading, as_of: datetime) -> list[HeldRow]:
    """The rows of a file not yet imported that would be held, given what is in use now."""
    facts = reading.facts if reading.source.table == SESSION_REPORT else reading.more.get(SESSION_REPORT, ())
    if not facts:
        return []
    batches = list(report_batches().filter(state=BatchState.VISIBLE))
    known = report_facts(batches)
    there = [one for batch in batches for one in reports(batch, known[batch.pk])]
    new = [
        Reported(
            batch=NOT_YET, as_of=as_of, row=fact["row"], handle=fact["account"], name="",
            start=to_instant(fact["start_ms"]), end=to_instant(fact["end_ms"]),
            platform=fact.get("platform") or reading.source.platform or Platform.DOUYIN, source=reading.source.key,
        )
        for fact in facts
        if fact.get("account")
    ]  # fmt: skip
    return [row for row in arrange([*there, *new], _by_hand(), chosen()).held if row.batch == NOT_YET]


def not_there_yet(reading: Reading) -> list[Message]:
    """What of a file is kept and counts only once something comes: a room for readings, orders for a list of them."""
    if reading.source.table == READING:
        return _no_room_yet(reading)
    if reading.source.table in (EVENT, MINUTE):
        return _no_rooms_yet(reading)
    if reading.source.table != TAGGED_LINE or reading.questions:
        return []
    numbers: dict[str, set[str]] = defaultdict(set)
    for fact in reading.facts:
        numbers[fact["platform"]].add(fact["sub_order"] or fact["main_order"])
    orders = files_of_use(ORDER_LINE)
    count = sum(map(len, numbers.values()))
    lacking = count - sum(len(known_numbers(orders, name, sorted(of))) for name, of in numbers.items())
    if not lacking:
        return []
    said = {"lacking": lacking, "count": count}
    return [
        Message(
            "%(lacking)s of %(count)s are not among the imported orders. They are tagged once a file brings them.", said
        )
    ]


def _no_room_yet(reading: Reading) -> list[Message]:
    """The readings whose room is not known, or not which of two."""
    names = room_names()
    lost = [
        (fact["row"], fact["account"])
        for fact in reading.facts
        if fact["account"]
        and account_of(names, fact.get("platform") or reading.source.platform, fact["account"]) is None
    ]
    if not lost:
        return []
    rooms = "、".join(sorted({name for _row, name in lost})[:MOST_NAMES])
    said = {"n": len(lost), "rooms": rooms, "line": lost[0][0]}
    return [
        Message(
            "%(n)s rows name rooms that are not known (%(rooms)s; the first is line %(line)s). They are kept and count "
            "once a room has that name: add the room, or add the name to the room it means.",
            said,
        )
    ]


def _no_rooms_yet(reading: Reading) -> list[Message]:
    """The rooms of a file of many rows that no platform has; which row is of which is not looked up."""
    known = {name for (_platform, name), room in room_names().items() if room is not None}
    lost = sorted(set(reading.accounts) - known)
    if not lost:
        return []
    return [
        Message(
            "Rooms that are not known: %(rooms)s. Their rows are kept and count once a room has that name: add the "
            "room, or add the name to the room it means.",
            {"rooms": "、".join(lost[:MOST_NAMES])},
        )
    ]


def report_batches() -> QuerySet[Batch]:
    """Every batch with session reports in it, of its own or beside others, in use or not."""
    # the names of tables are no parts of one another's: text is enough, and every database can search it
    return Batch.objects.filter(Q(table=SESSION_REPORT) | Q(more_tables__icontains=f'"{SESSION_REPORT}"'))


def report_facts(batches: Sequence[Batch]) -> FactsByBatch:
    """The session reports' facts of these batches, by batch. They never change."""
    found: dict[int, list[Fact]] = {batch.pk: [] for batch in batches}
    for fact in reader.told(SESSION_REPORT, files_of(batches, SESSION_REPORT), REPORT_COLUMNS):
        found[fact["batch"]].append(fact)
    return found


def reports(batch: Batch, facts: Sequence[Fact]) -> list[Reported]:
    """The rows of a session report's batch, as its state says now. A file that names no room is of the one told."""
    told = {key: str(batch.answers.get(key, "")) for key in ("account", "zone", "currency")}
    return [
        Reported(
            batch=batch.pk, as_of=batch.as_of, row=fact["row"],
            # a nickname in the row says more of it than what was said of the whole file
            handle=fact["account"] or ("" if fact["account_name"] else told["account"]),
            name=fact["account_name"] or "", start=to_instant(fact["start_ms"]), end=to_instant(fact["end_ms"]),
            currency=fact["currency"] or told["currency"], zone=told["zone"],
            visible=batch.state == BatchState.VISIBLE, platform=fact["platform"] or Platform.DOUYIN,
            session_key=(fact["session_key"] or "")[:80], source=batch.source,
        )
        for fact in facts
    ]  # fmt: skip


def _totals(placed: Sequence[Reported], facts: FactsByBatch, accounts: Accounts, arranged: Arranged) -> list[Totals]:
    """What each row says, with the start of the session that it tells of."""
    rows = {(batch, fact["row"]): fact for batch, of in facts.items() for fact in of}
    return [
        Totals(
            accounts[one.room].pk, arranged.same.get(one.key, one).start, one.end, rows[one.batch, one.row]["comments"],
            rows[one.batch, one.row]["new_followers"],
        )
        for one in newest(placed).values()
    ]  # fmt: skip


def _by_hand() -> dict[Room, list[Span]]:
    spans: dict[Room, list[Span]] = {}
    for session in Session.objects.filter(by_hand=True, gone=False).select_related("account"):
        spans.setdefault((session.account.platform, session.account.handle), []).append((session.start, session.end))
    return spans

"""Of which session the minutes of a file are that names no room: what people said, else what only one report fits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kaibo.facts import minute_sums
from kaibo.facts.minute_sums import MinuteSum
from kaibo.facts.schema import MINUTE
from kaibo.imports.models import Batch, BatchState
from kaibo.live.instants import files_of, to_instant
from kaibo.live.models import Account, MinuteDecision, MinutePlace, Session

# a file's minutes begin with the minute in which the session begins, and may end a little after it
SLACK = timedelta(minutes=2)


@dataclass(frozen=True)
class Totals:
    """What the newest report says of a session as a whole."""

    account: int
    start: datetime
    end: datetime
    comments: int | None
    new_followers: int | None


def with_minutes(batches: Iterable[Batch]) -> list[Batch]:
    """Those in use that hold minutes of a room that nobody has named yet."""
    return [
        batch
        for batch in batches
        if batch.state == BatchState.VISIBLE
        and MINUTE in (batch.table, *batch.more_tables)
        and not batch.answers.get("account")
    ]


def sums_of(batches: Sequence[Batch]) -> list[MinuteSum]:
    """The totals of those whose files name no room. Facts never change: read them outside a transaction."""
    return minute_sums.nameless(files_of(batches, MINUTE))


def waiting_sums(batches: Sequence[Batch], known: Sequence[MinuteSum] | None) -> list[MinuteSum]:
    """The totals of these batches; `known`: read before, perhaps not of all of them."""
    read = {one.batch: one for one in known or ()}
    # a batch that came meanwhile is followed by a job of its own
    return [read[batch.pk] for batch in batches if batch.pk in read] if known is not None else sums_of(batches)


def fits(one: MinuteSum, totals: Totals) -> bool:
    """Inside the session, and every sum that both know is the same; at least one of them is more than nothing."""
    start, end = to_instant(one.first_ms), to_instant(one.end_ms)
    if start < totals.start - SLACK or end > totals.end + SLACK:
        return False
    pairs = [(one.comments, totals.comments), (one.new_followers, totals.new_followers)]
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    return any(a for a, _b in known) and all(a == b for a, b in known)


def sync_minutes(sums: Sequence[MinuteSum], totals: Sequence[Totals]) -> set[datetime]:
    """Make the table of placed files equal to what follows now; instants of those that came, went or moved."""
    sessions = {(s.account_id, s.start): s for s in Session.objects.filter(gone=False)}
    platforms = dict(Account.objects.values_list("pk", "platform"))
    said = newest_said()
    wanted: dict[int, tuple[int, bool]] = {}
    for one in sums:
        if one.batch in said:
            session = said[one.batch].session
            if session is not None and not session.gone:
                wanted[one.batch] = (session.pk, True)
            continue
        # two reports may tell of one session
        found = {
            there.pk
            for about in totals
            if (there := sessions.get((about.account, about.start))) and fits(one, about)
            and one.platform in ("", platforms[about.account])
        }  # fmt: skip
        if len(found) == 1:
            wanted[one.batch] = (found.pop(), False)
    return _write(wanted, {one.batch: one for one in sums})


def _write(wanted: Mapping[int, tuple[int, bool]], sums: Mapping[int, MinuteSum]) -> set[datetime]:
    there = {place.batch_id: place for place in MinutePlace.objects.select_related("session")}
    touched: set[datetime] = set()
    for batch, place in there.items():
        if batch not in wanted:
            touched |= {place.session.start, place.session.end}
            place.delete()
    for batch, (session, by_hand) in wanted.items():
        old = there.get(batch)
        if old is None or (old.session_id, old.by_hand) != (session, by_hand):
            MinutePlace.objects.update_or_create(
                batch_id=batch, defaults={"session_id": session, "by_hand": by_hand}
            )  # fmt: skip
            touched |= {to_instant(sums[batch].first_ms), to_instant(sums[batch].end_ms)}
            if old is not None:
                touched |= {old.session.start, old.session.end}
    return touched


def newest_said() -> dict[int, MinuteDecision]:
    """Batch → what a person said last about it."""
    there = MinuteDecision.objects.filter(undone=False).select_related("session").order_by("pk")
    return {one.batch_id: one for one in there}

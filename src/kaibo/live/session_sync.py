"""Accounts and sessions as the visible session reports say, in whatever order the files came.

The highest (as_of, batch) wins for each (account, start). Two sessions at once on one account cannot be: the one that
the newer report (then the earlier start) tells of is made, the other row is held with its reason.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from kaibo.imports.actions import HeldRow
from kaibo.live.models import Account, Platform, Session
from kaibo.message import Message

Key = tuple[str, datetime]
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Reported:
    """A row of a session report. `visible`: its batch is in use; a withdrawn one still tells old nicknames."""

    batch: int
    as_of: datetime
    row: int
    handle: str
    name: str
    start: datetime
    end: datetime
    currency: str = ""
    zone: str = ""
    visible: bool = True

    @property
    def key(self) -> Key:
        return self.handle, self.start

    @property
    def rank(self) -> tuple[datetime, int, int]:
        return self.as_of, self.batch, self.row


def newest(reported: Iterable[Reported]) -> dict[Key, Reported]:
    """For each (account, start) the visible row of the highest (as_of, batch)."""
    best: dict[Key, Reported] = {}
    for one in reported:
        if one.visible and (one.key not in best or one.rank > best[one.key].rank):
            best[one.key] = one
    return best


def arrange(reported: Iterable[Reported], by_hand: dict[str, list[Span]]) -> tuple[list[Reported], list[HeldRow]]:
    """Which rows become sessions, and which are held because another session of the account is on air then."""
    taken: dict[str, list[Span]] = defaultdict(list)
    for handle, spans in by_hand.items():
        taken[handle] = sorted(spans)
    made, held = [], []
    rows = sorted(newest(reported).values(), key=lambda one: (one.start, one.row))
    # stable: newer reports first, and within one report the earlier start
    for one in sorted(rows, key=lambda one: (one.as_of, one.batch), reverse=True):
        if one.end <= one.start:
            held.append(_held(one, "直播结束时间", Message("The session ends before it starts.")))
            continue
        if (one.start, one.end) in by_hand.get(one.handle, []):
            continue
        other = _overlapping(taken[one.handle], one)
        if other:
            held.append(_held(one, "直播开始时间", _overlap(other)))
        else:
            insort(taken[one.handle], (one.start, one.end))
            made.append(one)
    return made, held


def _overlapping(spans: Sequence[Span], one: Reported) -> Span | None:
    """The span of these (sorted, disjoint) that shares an instant with the session, if any."""
    at = bisect_left(spans, (one.start, one.start))
    for span in spans[max(at - 1, 0) : at + 1]:
        if span[0] < one.end and one.start < span[1]:
            return span
    return None


def _overlap(span: Span) -> Message:
    return Message(
        "This account has another session at that time, from %(start)s to %(end)s: this row makes no session. "
        "Check which of the two is right; a newer export of both days settles it.",
        {"start": _local(span[0]), "end": _local(span[1])},
    )


def _held(one: Reported, column: str, reason: Message) -> HeldRow:
    return HeldRow(one.batch, one.row, column, f"{_local(one.start)}-{_local(one.end)}", reason)


def _local(instant: datetime) -> str:
    return f"{instant.astimezone(ZoneInfo(settings.TIME_ZONE)):%Y-%m-%d %H:%M:%S}"


def sync_accounts(reported: Sequence[Reported]) -> tuple[dict[str, Account], set[int]]:
    """Make and name the accounts of these rows; (by handle, ids of those whose names changed)."""
    said: dict[str, list[Reported]] = defaultdict(list)
    for one in reported:
        said[one.handle].append(one)
    accounts = {a.handle: a for a in Account.objects.filter(platform=Platform.DOUYIN)}
    renamed = set()
    for handle, rows in said.items():
        in_use = [one for one in rows if one.visible]
        if not in_use:
            continue
        last = max(in_use, key=lambda one: (one.as_of, one.batch, one.start))
        if handle not in accounts:
            accounts[handle] = Account.objects.create(
                platform=Platform.DOUYIN, handle=handle, name=(last.name or handle)[:80],
                zone=last.zone or settings.TIME_ZONE, currency=last.currency or settings.KAIBO_CURRENCY,
            )  # fmt: skip
        if _name(accounts[handle], last.name or handle, {one.name for one in rows if one.name}):
            renamed.add(accounts[handle].pk)
    return accounts, renamed


def _name(account: Account, last: str, nicknames: set[str]) -> bool:
    """The newest nickname is the name, unless a person gave another; the rest stay as other names."""
    name = last[:80] if account.name in nicknames | {account.handle} else account.name
    given = {str(other) for other in account.other_names}
    others = sorted((given | nicknames | {account.name}) - {name, account.handle})
    if (name, others) == (account.name, account.other_names):
        return False
    account.name, account.other_names = name, others
    account.save(update_fields=["name", "other_names"])
    return True


def sync_sessions(made: Sequence[Reported], accounts: dict[str, Account]) -> set[datetime]:
    """Make the table of sessions equal to the rows; the starts of those that were made, moved, gone or back."""
    # one made by hand and taken back gives its place to the report that tells of it after all
    there = {(s.account_id, s.start): s for s in Session.objects.filter(Q(by_hand=False) | Q(gone=True, by_hand=True))}
    new, changed = [], []
    for one in made:
        session = there.pop((accounts[one.handle].pk, one.start), None)
        if session is None:
            new.append(Session(account=accounts[one.handle], start=one.start, end=one.end))
        elif session.end != one.end or session.gone:
            session.end, session.gone, session.by_hand = one.end, False, False
            changed.append(session)
    for session in there.values():
        if not session.gone:
            session.gone = True
            changed.append(session)
    Session.objects.bulk_create(new, batch_size=500)
    Session.objects.bulk_update(changed, ["end", "gone", "by_hand"], batch_size=200)
    return {session.start for session in [*new, *changed]}

"""Accounts and sessions as the visible session reports say, in whatever order the files came."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from kaibo.live.models import Account, ReportDecision, Session
from kaibo.live.reported import Arranged, Key, Reported, Room
from kaibo.live.same_rooms import read_otherwise

Accounts = Mapping[Room, Account]


def sync_accounts(reported: Sequence[Reported]) -> tuple[dict[Room, Account], set[int]]:
    """Make and name the accounts of these rows; (by platform and handle, ids of those of which files may say something
    else now: their names changed, or there is another room beside them).
    """
    said: dict[Room, list[Reported]] = defaultdict(list)
    for one in reported:
        if one.handle:
            said[one.room].append(one)
    accounts = {(a.platform, a.handle): a for a in Account.objects.all()}
    before, changed = list(accounts.values()), set()
    for room, rows in said.items():
        in_use = sorted((one for one in rows if one.visible), key=lambda one: (one.as_of, one.batch, one.start))
        if not in_use:
            continue
        name = in_use[-1].name or in_use[-1].handle
        if room not in accounts:
            accounts[room] = Account.objects.create(
                platform=room[0], handle=room[1], name=name[:80], zone=settings.TIME_ZONE,
                currency=settings.KAIBO_CURRENCY,
            )  # fmt: skip
        where = _where(accounts[room], in_use)
        if _name(accounts[room], name, {one.name for one in rows if one.name}) or where:
            changed.add(accounts[room].pk)
    known = {one.pk for one in before}
    for new in [one for one in accounts.values() if one.pk not in known]:
        changed |= {one.pk for one in read_otherwise(new, before)}
    return accounts, changed


def known_rooms(reported: Sequence[Reported]) -> list[Reported]:
    """The rows with the numbers of the rooms that they mean, in whatever order the files came.

    A room that was merged is the other one. A number that is only a nickname (the file has no other) is the one room
    of the platform that has this name, if just one has it and the number is no room of its own yet.
    """
    every = list(Account.everyone.select_related("merged_into"))
    merged = {(a.platform, a.handle): a.merged_into.handle for a in every if a.merged_into}
    own = {(a.platform, a.handle) for a in every}
    owners: dict[Room, set[str]] = defaultdict(set)
    for account in every:
        for name in (account.name, *map(str, account.other_names)) if not account.merged_into else ():
            owners[account.platform, name].add(account.handle)
    for one in reported:
        if one.name and one.name != one.handle and one.handle and one.room not in merged:
            owners[one.platform, one.name].add(one.handle)
    found = []
    for one in reported:
        named = owners.get(one.room, set()) - {one.handle}
        if one.room in merged:
            found.append(replace(one, handle=merged[one.room]))
        elif one.name in ("", one.handle) and one.room not in own and len(named) == 1:
            found.append(replace(one, handle=next(iter(named))))
        else:
            found.append(one)
    return found


def _where(account: Account, in_use: Sequence[Reported]) -> bool:
    """The newest zone and currency that a report names, unless a person said them."""
    zone = next((one.zone for one in reversed(in_use) if one.zone), account.zone)
    currency = next((one.currency for one in reversed(in_use) if one.currency), account.currency)
    if account.set_by_hand or (zone, currency) == (account.zone, account.currency):
        return False
    account.zone, account.currency = zone, currency
    account.save(update_fields=["zone", "currency"])
    return True


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


def with_rooms(reported: Iterable[Reported], accounts: Accounts) -> tuple[list[Reported], list[Reported]]:
    """Rows with their rooms, and those of none: a file may name a room by its nickname only. Within a platform."""
    owners: dict[Room, set[str]] = defaultdict(set)
    for (platform, handle), account in accounts.items():
        for name in (account.name, handle, *map(str, account.other_names)):
            owners[platform, name].add(handle)
    found, lost = [], []
    for one in reported:
        said = owners.get((one.platform, one.handle or one.name), set())
        if one.room in accounts:
            found.append(one)
        elif len(said) == 1:
            found.append(replace(one, handle=next(iter(said))))
        else:
            lost.append(one)
    return found, lost


def chosen() -> dict[Key, bool]:
    """The rows that people used or put aside; the newest decision holds."""
    there = ReportDecision.objects.filter(undone=False).order_by("pk")
    return {(one.platform, one.handle, one.start): one.use for one in there}


def sync_sessions(arranged: Arranged, accounts: Accounts) -> set[datetime]:
    """Make the table of sessions equal to the rows; the starts of those that were made, moved, gone or back."""
    # one made by hand and taken back gives its place to the report that tells of it after all
    there = {(s.account_id, s.start): s for s in Session.objects.filter(Q(by_hand=False) | Q(gone=True, by_hand=True))}
    touched: set[datetime] = set()
    new, changed = [], []
    former: dict[Reported, list[Key]] = defaultdict(list)
    for key, one in arranged.same.items():
        former[one].append(key)
    made = {(accounts[one.room].pk, one.start) for one in arranged.made}
    for one in arranged.made:
        place = (accounts[one.room].pk, one.start)
        session = there.pop(place, None)
        # known to the minute so far, or to the second: the same broadcast, with all that was decided about it
        for earlier in [(place[0], key[2]) for key in former[one]] if session is None else ():
            if session is None and earlier not in made:
                session = there.pop(earlier, None)
        if session is None:
            new.append(Session(account=accounts[one.room], start=one.start, end=one.end, session_key=one.session_key))
        elif _move(session, one, touched):
            changed.append(session)
    for session in there.values():
        if not session.gone:
            session.gone = True
            changed.append(session)
            touched.add(session.start)
    Session.objects.bulk_create(new, batch_size=500)
    Session.objects.bulk_update(changed, ["start", "end", "gone", "by_hand", "session_key"], batch_size=200)
    return touched | {session.start for session in new}


def _move(session: Session, one: Reported, touched: set[datetime]) -> bool:
    """Make the session as the row says; whether it changed. `touched` gets the starts whose numbers may change."""
    before = (session.start, session.end, session.gone)
    key = one.session_key or session.session_key
    if before == (one.start, one.end, False) and key == session.session_key:
        return False
    if before != (one.start, one.end, False):
        touched |= {session.start, one.start}
        session.start, session.end, session.gone, session.by_hand = one.start, one.end, False, False
    session.session_key = key
    return True

"""Orders that several sessions may claim (分不清), as rows to settle on the page of matches."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaibo.facts import doubtful_rows
from kaibo.facts.doubtful_rows import Decided, Group, OlderRows
from kaibo.facts.schema import ORDER_LINE
from kaibo.imports.models import Batch, BatchState
from kaibo.live import actions
from kaibo.live.actions.matching import Match, Scope
from kaibo.live.confirming import gaps
from kaibo.live.doubts import Choice, Item, span
from kaibo.live.instants import files_of, to_instant, to_ms
from kaibo.live.matches import decisions_in_force
from kaibo.live.models import Account, Session
from kaibo.live.settling import Chosen, stale
from kaibo.live.spans import LONGEST, on_air, whole
from kaibo.login.models import User
from kaibo.look.ids import id_of
from kaibo.measurement import finders
from kaibo.measurement.models import Computation
from kaibo.measurement.months import month_bounds

log = logging.getLogger(__name__)
# how many months back the page and home look
MONTHS = 3
EVERY = "*"
Parts = Mapping[tuple[str, int], int]


def order_items() -> list[Item]:
    """Every doubtful group of the newest months, the largest amount of a set of candidates first."""
    found: dict[str, Item] = {}
    for computation in finders.current().order_by("-month")[:MONTHS]:
        groups = _groups(computation)
        sessions = _sessions(groups)
        for group in groups:
            # of candidates in two months both computations tell the same
            if set(group.sessions) <= sessions.keys():
                found.setdefault(_key(group), _item(group, sessions))
    return list(found.values())


def _groups(computation: Computation) -> list[Group]:
    """The doubtful groups of a month, without what was decided since it was computed."""
    batches = [
        batch
        for batch in Batch.objects.filter(state=BatchState.VISIBLE)
        if ORDER_LINE in (batch.table, *batch.more_tables)
    ]
    start, end = month_bounds(computation.month)
    rooms = list(Account.objects.order_by("pk"))
    decided = [
        Decided(to_ms(one.start), to_ms(one.end), one.product_id, one.sub_order, one.sessions, one.rooms(rooms))
        for one in decisions_in_force(start - timedelta(days=2), end + timedelta(days=32))
    ]
    try:
        return doubtful_rows.groups(finders.rows_path(computation), files_of(batches, ORDER_LINE), decided)
    except (FileNotFoundError, OlderRows):
        # replaced a moment ago, older than this program, or a batch is gone: the next computation says anew
        log.warning("no placed rows of %s", computation)
        return []


def _sessions(groups: Iterable[Group]) -> dict[int, Session]:
    wanted = {session for group in groups for session in group.sessions}
    return {s.pk: s for s in Session.objects.filter(pk__in=wanted, gone=False).select_related("account")}


def _item(group: Group, sessions: Mapping[int, Session]) -> Item:
    there = [sessions[pk] for pk in group.sessions]
    named = tuple(Choice(str(s.pk), s.account.name, span(s.start, s.end)) for s in there)
    choices = [*named, Choice("none", _("Of no session"))]
    if len(there) > 1:
        choices.insert(-1, Choice("split", _("Share out")))
    when = span(to_instant(group.first_ms), to_instant(group.last_ms))
    return Item(
        key=_key(group), title=group.product or _("Product without a name"),
        facts=f"{when} · {group.product_id}" if group.product_id else when,
        choices=tuple(choices), group=_(" or ").join(f"{one.title} {one.note}" for one in named), count=group.lines,
        amount=group.amount, currency=there[0].account.currency, parts=named if len(there) > 1 else (),
    )  # fmt: skip


def _key(group: Group) -> str:
    return "-".join(map(str, group.sessions)) + "~" + group.product_id


@transaction.atomic
def settle_orders(*, by: User, chosen: Chosen, parts: Parts, reason: str) -> str:
    """`chosen`: item key (product `*`: all of these candidates) → session id, `split` or `none`.

    `parts`: (item key, session) → its integer part where it is shared out; 1 where nothing is said. Lines without a
    product are decided one by one: they have nothing else in common.
    """
    nameless = _nameless_lines() if any(key.endswith("~") for key in chosen) else {}
    items = [match for key, choice in chosen.items() for match in _matches(key, choice, parts, nameless)]
    return actions.decide_matches(by=by, items=items, reason=reason)


def _nameless_lines() -> dict[str, Sequence[str]]:
    """Item key → the numbers of its order lines, of groups without a product."""
    groups = [group for computation in finders.current().order_by("-month")[:MONTHS] for group in _groups(computation)]
    return {_key(group): group.sub_orders for group in groups if not group.product_id}


def _matches(key: str, choice: str, parts: Parts, nameless: Mapping[str, Sequence[str]]) -> list[Match]:
    ids, _mark, product = key.partition("~")
    candidates = [pk for part in ids.split("-") if (pk := id_of(part)) is not None]
    there = {s.pk: s for s in Session.objects.filter(pk__in=candidates, gone=False).select_related("account")}
    if not there or len(there) != len(candidates):
        raise stale()
    if choice == "split":
        weights = {there[pk]: parts.get((key, pk), 1) for pk in candidates}
        weights = {session: part for session, part in weights.items() if part}
        if not weights or any(part < 0 for part in weights.values()):
            raise ValidationError(_("A part is a whole number from 1."))
    elif choice == "none":
        weights = {}
    elif (chosen := id_of(choice)) in there:
        weights = {there[chosen]: 1}
    else:
        raise stale()
    about = "" if product in ("", EVERY) else product
    room = next(iter(there.values())).account
    if not product and key not in nameless:
        raise stale()
    scope = partial(
        Scope, currency=room.currency, platform=room.platform, product_id=about, about=about or _("every product")
    )
    spans = stretches(list(there.values()))
    if not product:
        lines = [(start, end, line) for line in nameless[key] for start, end in spans]
        return [Match(scope(start, end, sub_order=line, about=line), weights) for start, end, line in lines]
    return [Match(scope(start, end), weights) for start, end in spans]


def stretches(candidates: Sequence[Session]) -> list[tuple[datetime, datetime]]:
    """When these broadcasts and no others of their lane are on air together: what one decision covers.

    Of a broadcast that broke off, its time off air is nobody's claim. Rooms of other platforms and currencies may be
    on air as they like: their orders are in lanes of their own.
    """
    spans = [whole(session) for session in candidates]
    together = spans[0].stretches
    for one in spans[1:]:
        together = [(max(a, c), min(b, d)) for a, b in together for c, d in one.stretches if max(a, c) < min(b, d)]
    if not together:
        raise stale()
    mine, room = {one.session.pk for one in spans}, candidates[0].account
    others = [
        stretch
        for one in on_air(together[0][0] - LONGEST, together[-1][1])
        if one.session.pk not in mine
        and (one.session.account.platform, one.session.account.currency) == (room.platform, room.currency)
        for stretch in one.stretches
    ]
    found = [
        free
        for start, end in together
        for free in gaps(start, end, [(a, b) for a, b in others if a < end and b > start])
    ]
    if not found:
        raise stale()
    return found

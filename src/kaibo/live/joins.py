"""Broadcasts that look like parts of one that broke off, and ones so short that nobody can have meant them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from django.db.models import QuerySet

from kaibo.live.air_time import looks_like_test
from kaibo.live.models import Session
from kaibo.live.spans import folded

# so soon after the last it is rather the same broadcast
SOON = timedelta(minutes=30)
# a short one may belong to one that began or ended this near
NEAR = timedelta(hours=2)


@dataclass(frozen=True)
class Pair:
    """Two broadcasts of a room, one after the other, as they count (parts folded in)."""

    earlier: Session
    later: Session
    off: timedelta


@dataclass(frozen=True)
class Short:
    """A broadcast of minutes that nobody has said anything about, and that follows none closely."""

    session: Session


def proposed_joins(start: datetime | None = None, end: datetime | None = None) -> list[Pair]:
    """What may be one broadcast, oldest first: at most half an hour apart, or a very short one within two hours."""
    found = []
    for _account, group in groupby(_sessions(start, end).order_by("account", "start"), key=lambda s: s.account_id):
        living = sorted(folded(group), key=lambda one: one.start)
        for one, other in pairwise(living):
            off = other.start - one.end
            short = (looks_like_test(one.session) and not one.parts[1:]) or looks_like_test(other.session)
            if other.session.stands_alone or off > (NEAR if short else SOON) or off < timedelta():
                continue
            if one.session.air_kind == other.session.air_kind:
                found.append(Pair(one.session, other.session, off))
    return sorted(found, key=lambda pair: (pair.later.start, pair.later.pk))


def shorts(start: datetime | None = None, end: datetime | None = None) -> list[Short]:
    """Broadcasts under ten minutes that count as live, and that no join is proposed for."""
    paired = {s.pk for pair in proposed_joins(start, end) for s in (pair.earlier, pair.later)}
    return [
        Short(one.session)
        for one in sorted(folded(_sessions(start, end)), key=lambda one: one.start)
        if not one.parts[1:] and looks_like_test(one.session) and not one.session.stands_alone
        and one.session.pk not in paired
    ]  # fmt: skip


def _sessions(start: datetime | None, end: datetime | None) -> QuerySet[Session]:
    found = Session.objects.filter(gone=False).select_related("account")
    if start is not None:
        found = found.filter(end__gt=start)
    return found if end is None else found.filter(start__lt=end)

"""What was on air: broadcasts as they count, with those that broke off and went on (断播) taken as one."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from kaibo.live.models import Session

# a broadcast and all its parts lie within this; `join_sessions` sees to it
LONGEST = timedelta(days=2)

Break = tuple[datetime, datetime]


@dataclass(frozen=True)
class OnAir:
    """A broadcast, half-open [start, end). `session`: the head, which stands for all; `parts`: it and the others.

    `breaks`: the stretches off air between the parts, half-open, in order.
    """

    session: Session
    start: datetime
    end: datetime
    breaks: tuple[Break, ...] = ()
    parts: tuple[Session, ...] = ()

    @property
    def stretches(self) -> list[Break]:
        """When it was on air, half-open, in order."""
        edges = [self.start, *(edge for pair in self.breaks for edge in pair), self.end]
        return list(zip(edges[::2], edges[1::2], strict=True))

    @property
    def air_time(self) -> timedelta:
        return self.end - self.start - sum((b - a for a, b in self.breaks), timedelta())


def on_air(start: datetime, end: datetime, *, rooms: bool = True) -> list[OnAir]:
    """The broadcasts that begin in [start, end), by their heads' ids. Few queries, whatever the range.

    `rooms`: their accounts are wanted too.
    """
    near = sessions_near(start, end)
    found = folded(near.select_related("account") if rooms else near)
    return sorted((one for one in found if start <= one.start < end), key=lambda one: one.session.pk)


def sessions_near(start: datetime, end: datetime) -> QuerySet[Session]:
    """Every part of the broadcasts that begin in [start, end), and more."""
    return Session.objects.filter(gone=False, start__gte=start - LONGEST, start__lt=end + LONGEST)


def whole(session: Session) -> OnAir:
    """The broadcast that this session is, or is a part of."""
    head = session.joined_to_id or session.pk
    parts = Session.objects.filter(Q(pk=head) | Q(joined_to=head), gone=False)
    found = folded(parts.select_related("account"))
    return found[0] if found else OnAir(session, session.start, session.end, (), (session,))


def folded(sessions: Iterable[Session]) -> list[OnAir]:
    """Sessions with parts folded into the first of them; where the head is gone, the earliest part is it."""
    groups: dict[int, list[Session]] = defaultdict(list)
    for session in sessions:
        groups[session.joined_to_id or session.pk].append(session)
    return [_one(sorted(parts, key=lambda s: (s.start, s.pk))) for parts in groups.values()]


def _one(parts: list[Session]) -> OnAir:
    breaks, at = [], parts[0].end
    for part in parts[1:]:
        if part.start > at:
            breaks.append((at, part.start))
        at = max(at, part.end)
    return OnAir(parts[0], parts[0].start, at, tuple(breaks), tuple(parts))


def heads(ids: Iterable[int]) -> dict[int, int]:
    """Session id → the id of the broadcast it belongs to; without those that are gone with all their parts."""
    wanted = set(ids)
    known = dict(Session.objects.filter(pk__in=wanted).values_list("pk", "joined_to"))
    roots = {pk: joined or pk for pk, joined in known.items()}
    parts = Session.objects.filter(gone=False)
    living = folded([*parts.filter(pk__in=set(roots.values())), *parts.filter(joined_to__in=set(roots.values()))])
    head_of = {one.session.joined_to_id or one.session.pk: one.session.pk for one in living}
    return {pk: head_of[root] for pk, root in roots.items() if root in head_of}

"""Times of one broadcast that several rows of session reports tell of, some of them to the minute only."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime, timedelta

# half-open
Span = tuple[datetime, datetime]
MINUTE = timedelta(minutes=1)


def is_whole(instant: datetime) -> bool:
    """Whether it may be known to the minute only."""
    return not (instant.second or instant.microsecond)


def same_to_the_minute(one: Span, other: Span) -> bool:
    """Whether two rows tell of one broadcast: each is more than half of the other, and the starts are one minute's.

    One of the starts is known to the minute only. Two rows with seconds are two broadcasts at once: people decide.
    """
    shared = min(one[1], other[1]) - max(one[0], other[0])
    if 2 * shared <= max(one[1] - one[0], other[1] - other[0]):
        return False
    return abs(one[0] - other[0]) < MINUTE and is_whole(one[0]) != is_whole(other[0])


def sharper(known: Span, other: Span) -> Span:
    """The known times, each with the other row's seconds where it has none and lies less than a minute away."""
    edges = [
        there if is_whole(here) and abs(here - there) < MINUTE else here
        for here, there in zip(known, other, strict=True)
    ]
    return edges[0], edges[1]


def apart(wanted: Sequence[tuple[Span, Span]], fixed: Sequence[Span]) -> list[Span]:
    """The wanted times of rows of one room, or an edge's own where a neighbour leaves no room for the wanted one.

    `wanted`: (own, wanted) in order of the own, which share no instant with each other or with `fixed` (in order).
    """
    found: list[Span] = []
    owns = [own for own, _ in wanted]
    for number, (own, better) in enumerate(wanted):
        at = bisect_left(fixed, own)
        before = [fixed[at - 1][1]] if at else []
        before += [max(found[-1][1], owns[number - 1][1])] if number else []
        after = [fixed[at][0]] if at < len(fixed) else []
        after += [min(owns[number + 1][0], wanted[number + 1][1][0])] if number + 1 < len(wanted) else []
        start = better[0] if all(edge <= better[0] for edge in before) else own[0]
        end = better[1] if all(edge >= better[1] for edge in after) else own[1]
        found.append((start, end) if start < end else own)
    return found

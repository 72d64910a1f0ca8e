"""Hours due: planned stretches less leave, as unions, so that planned = due + on leave to the millisecond.

Stretches are half-open [start, end) in whole milliseconds.
"""

from collections.abc import Iterable, Sequence

Stretch = tuple[int, int]


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same time without overlaps, in order; empty stretches are none."""
    found: list[Stretch] = []
    for start, end in sorted(stretch for stretch in stretches if stretch[1] > stretch[0]):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def length(stretches: Iterable[Stretch]) -> int:
    """Milliseconds of the union: an hour in two of them is one hour."""
    return sum(end - start for start, end in merged(stretches))


def without(stretches: Iterable[Stretch], away: Iterable[Stretch]) -> list[Stretch]:
    """What is left of `stretches` when all of `away` is taken off, without overlaps, in order."""
    off: Sequence[Stretch] = merged(away)
    found: list[Stretch] = []
    for start, end in merged(stretches):
        at = start
        for begin, over in off:
            if over <= at or begin >= end:
                continue
            if begin > at:
                found.append((at, begin))
            at = max(at, over)
        if at < end:
            found.append((at, end))
    return found

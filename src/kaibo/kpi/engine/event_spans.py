"""Of when files of events speak."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """A batch speaks of a room from its first event of a kind there to its last (`end_ms` is after it)."""

    batch: int
    room: int
    first_ms: int
    end_ms: int
    lines: int


@dataclass(frozen=True)
class Read:
    """What the files hold: `told`, whether it counts or not; `counting`: from the first event that counts to the last.
    `replaced`: whether a batch replaces another's events.
    """

    told: tuple[Span, ...] = ()
    counting: tuple[Span, ...] = ()
    replaced: bool = False

"""Of when files of events speak."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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
    `replaced`: the batches of which another replaces events. `ends`: of each file, by batch and folder, what it says
    itself.
    """

    told: tuple[Span, ...] = ()
    counting: tuple[Span, ...] = ()
    replaced: frozenset[int] = frozenset()
    ends: Mapping[str, list[list[Any]]] = field(default_factory=dict)

"""How the lines of a sheet are written, as one pattern: what is the same in all of them is not looked at again."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# the way in which nearly every text is pointed at
POINTED = re.compile(rb'(?: s="\d+")? t="s"><v>(\d{1,9})</v></c>\s*')
HEAD = rb'<%brow r="(\d{1,7})"(?: [\w:.]+="[^"<>]*")*+\s*+>\s*+'
CLOSE = rb"</%brow>\s*+"
PLACE = rb'<%bc r="%b\1"'
# up to the next cell
ANY = rb"((?>[^<]*(?:<(?!%bc[ >/]|/?%brow[ >/])[^<]*)*))"


@dataclass
class Seen:
    """What one column's cells looked like and how often, and what each of them holds."""

    letters: bytes
    bodies: Counter[bytes] = field(default_factory=Counter)
    values: dict[bytes, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """A column that has to be looked at: what stands between `before` and `after` tells its cells apart.

    `pointed`: that is the number of a shared text. "" is a cell that is not there.
    """

    place: int
    before: bytes = b""
    after: bytes = b""
    pointed: bool = False
    memo: dict[bytes, Any] = field(default_factory=lambda: {b"": ""})


@dataclass(frozen=True)
class RowPattern:
    """`regex` matches a whole line: its number, then one group for each of `parts`. `fixed`: place → what it holds."""

    regex: "re.Pattern[bytes]"
    parts: Sequence[Part]
    fixed: dict[int, Any]
    width: int


def learn(tag: bytes, columns: Mapping[int, Seen], least: int, varied: set[int]) -> RowPattern:
    """The pattern that at least so many lines with these columns have; adds the places that differ to `varied`."""
    pieces, parts, fixed = [HEAD.replace(b"%b", tag)], [], {}
    for at, seen in sorted(columns.items()):
        place = PLACE.replace(b"%bc", tag + b"c").replace(b"%b", seen.letters)
        body, count = seen.bodies.most_common(1)[0]
        if count >= least and at not in varied:
            pieces.append(place + re.escape(body))
            fixed[at] = seen.values[body]
            continue
        varied.add(at)
        part, inside = _part(tag, at, seen, least)
        parts.append(part)
        pieces.append(place + inside if seen.bodies.total() >= least else b"(?:" + place + inside + b")?+")
    regex = re.compile(b"".join([*pieces, CLOSE.replace(b"%b", tag)]))
    return RowPattern(regex, parts, fixed, max(columns, default=-1) + 1)


def _part(tag: bytes, at: int, seen: Seen, least: int) -> tuple[Part, bytes]:
    around = Counter[tuple[bytes, bytes] | None]()
    for body, count in seen.bodies.items():
        match = POINTED.fullmatch(body)
        around[(body[: match.start(1)], body[match.end(1) :]) if match else None] += count
    most, count = around.most_common(1)[0]
    if most is None or count < min(least, seen.bodies.total()):
        return Part(at), ANY.replace(b"%b", tag)
    before, after = most
    return Part(at, before, after, pointed=True), re.escape(before) + rb"(\d{1,9})" + re.escape(after)

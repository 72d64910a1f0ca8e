"""The texts of a workbook that its cells point at by number, and which texts mean what they say letter for letter."""

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from operator import add

# bytes of the part that are cut apart at once
WINDOW = 4 * 1024**2

PLAIN = rb'<%bt>([^<&\s](?:[^<&]*[^<&\s])?)</%bt>|<%bt xml:space="preserve">([^<&]*)</%bt>'
TEXT = re.compile(PLAIN.replace(b"%b", rb"(?:\w+:)?"))
# a cell that holds its text itself; the first group where blanks at its ends would not count
INLINE = re.compile(rb'(?: s="\d+")? t="inlineStr"><is>(?:%b)</is></c>' % PLAIN.replace(b"%b", b""))
POINTING = re.compile(
    rb'((?: [\w:.]+="[^"<]*")*?) t="s"([^<>]*)>\s*<((?:\w+:)?)v[^<>/]*>(\d{1,9})</\3v>\s*(</[^<>]+>)\s*'
)
OPENING = re.compile(rb"<((?:\w+:)?)si>")
STRING = re.compile(rb"<((?:\w+:)?)si>([^<]*(?:<(?!/?(?:\w+:)?si[\s/>])[^<]*)*)</\1si>")
STRING_ENDS = re.compile(rb"</(?:\w+:)?si>|<(?:\w+:)?si\s*/>|<!")
OTHER_ENCODING = re.compile(rb"""<\?xml[^>]*encoding=["'](?!utf-8["'])""", re.IGNORECASE)
# what a text must not hold to mean what it says: tags, entities, line ends that are made one, _x000D_
MEANING = (b"<", b"&", b"\r", b"_x")


class Irregular(Exception):
    """A part of a workbook that is written in another way than is known here."""


@dataclass(frozen=True)
class SharedStrings:
    """The texts as they stand in the file: where each begins and ends inside its tag."""

    part: bytes = b""
    starts: "array[int]" = field(default_factory=lambda: array("I"))
    ends: "array[int]" = field(default_factory=lambda: array("I"))

    @staticmethod
    def of(part: bytes) -> "SharedStrings":
        """Raises Irregular."""
        if OTHER_ENCODING.match(part):
            raise Irregular
        found = SharedStrings(part)
        if not found._cut():
            found._cut_slowly()
        return found

    def _cut(self) -> bool:
        """Where one text follows the other with nothing between, as nearly everywhere; False where that is not so."""
        part = self.part
        opening = OPENING.search(part)
        if opening is None:
            return False
        before, after = opening[0], b"</" + opening[1] + b"si>"
        begin, end = opening.start(), part.rfind(after) + len(after)
        apart = after + before
        while begin < end:
            stop = part.find(apart, begin + WINDOW, end)
            stop = stop + len(after) if stop >= 0 else end
            texts = part[begin + len(before) : stop - len(after)].split(apart)
            lengths = list(map(len, texts))
            step = len(apart)
            starts = list(accumulate((length + step for length in lengths[:-1]), initial=begin + len(before)))
            self.starts.extend(starts)
            self.ends.extend(map(add, starts, lengths))
            begin = stop
        # nothing else that begins or ends a text may stand anywhere
        count, started = len(self.starts), part.count(b"<" + opening[1] + b"si")
        if started == part.count(after) == part.count(before) == count and part.count(b"si>") == 2 * count:
            return b"<!" not in part
        del self.starts[:], self.ends[:]
        return False

    def _cut_slowly(self) -> None:
        for match in STRING.finditer(self.part):
            self.starts.append(match.start(2))
            self.ends.append(match.end(2))
        if sum(1 for _ in STRING_ENDS.finditer(self.part)) != len(self.starts):
            raise Irregular

    def texts(self, numbers: Sequence[int]) -> Sequence[str | None]:
        """The texts; None for one that may mean another thing. Raises IndexError where there is no such text."""
        part, starts, ends = self.part, self.starts, self.ends
        insides = [part[starts[number] : ends[number]] for number in numbers]
        if first := TEXT.fullmatch(insides[0]):
            group = first.lastindex or 0
            texts = between(insides, insides[0][: first.start(group)], insides[0][first.end(group) :])
            if texts and (plain := plain_texts(texts, trimmed=group == 1)):
                return plain
        return [_text(inside) for inside in insides]

    def inside(self, cell: bytes) -> bytes:
        """The cell with its text in it, where it points at one. Raises IndexError where there is no such text."""
        if b't="s"' not in cell or not (match := POINTING.fullmatch(cell)):
            return cell
        number, tag = int(match[4]), match[3]
        text = self.part[self.starts[number] : self.ends[number]]
        return b'%b t="inlineStr"%b><%bis>%b</%bis>%b' % (match[1], match[2], tag, text, tag, match[5])


def between(pieces: Sequence[bytes], before: bytes, after: bytes) -> list[bytes] | None:
    """What lies in each piece between these two; None unless all pieces begin and end so."""
    begin, end = len(before), len(after)
    inside = [piece[begin : len(piece) - end] for piece in pieces]
    # a piece too short for both would be longer put together again
    return inside if before + (after + before).join(inside) + after == b"".join(pieces) else None


def plain_texts(texts: Sequence[bytes], *, trimmed: bool) -> list[str] | None:
    """The texts, if all mean what they say letter for letter. `trimmed`: blanks at their ends would not count.

    Raises UnicodeDecodeError.
    """
    whole = b"\0".join(texts)
    if any(sign in whole for sign in MEANING) or whole.count(b"\0") != len(texts) - 1:
        return None
    if trimmed and not (all(texts) and all(map(bytes.__eq__, texts, map(bytes.strip, texts)))):
        return None
    return whole.decode().split("\0")


def _text(inside: bytes) -> str | None:
    match = TEXT.fullmatch(inside)
    if match is None:
        return None
    group = match.lastindex or 0
    plain = plain_texts([match[group]], trimmed=group == 1)
    return plain[0] if plain else None

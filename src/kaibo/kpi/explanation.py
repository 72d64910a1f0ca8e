"""A score taken apart to its rows, and made again from them: line ← value ← sessions ← segments ← rows.

Plain values in, plain values out: the pages use it, and whoever has only a stored copy of the parts can.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from kaibo.kpi.catalog import PLANNED, PLANNED_BROADCASTS, PLANS
from kaibo.kpi.credit import split
from kaibo.kpi.measures import AIR, BROADCASTS, MEASURES, Kind, is_peak
from kaibo.kpi.scoring import CARD_FAULT, NOT_COUNTED, LineScore, score
from kaibo.kpi.values import MEASURED, Amounts, Value, merged, value_of


@dataclass(frozen=True)
class SegmentPart:
    """What one segment gave a person in a role.

    `credited` and `facts`: (measure, basis) → the person's part and the whole segment's. `crew`: (person, weight) of
    everyone in the role, by person. `rows`: measure → the sum of the file rows that lie in this segment and no other;
    a measure that is absent was not looked up. `pieces`: (measure, amount) of each fact that was shared out by itself,
    where several make one of `facts`: two splits differ from the split of their sum by a remainder.
    """

    session: int
    segment: int
    credited: Amounts
    facts: Amounts
    crew: Sequence[tuple[int, int]]
    rows: Mapping[str, int] = field(default_factory=dict)
    pieces: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True)
class Fault:
    """Where the parts do not make the whole. `step`: points, value, credit or rows."""

    step: str
    expected: Fraction | int | None
    found: Fraction | int | None
    measure: str = ""
    session: int | None = None
    segment: int | None = None


@dataclass(frozen=True)
class Explanation:
    """A person's score on a line and the segments that made it."""

    score: LineScore
    person: int
    segments: Sequence[SegmentPart]

    @property
    def measures(self) -> list[str]:
        """What the KPI counts, without what was only planned."""
        return [m for m in dict.fromkeys(self.score.value.declared.measures) if m not in PLANS]

    @property
    def value(self) -> Value:
        """The value made again from the segments."""
        return self._value(self.segments)

    @property
    def sessions(self) -> dict[int, Value]:
        """Session → what it gave; added up (Σ ÷ Σ) they are the value. A plan is for the month, not for a session."""
        parts: dict[int, list[SegmentPart]] = defaultdict(list)
        for part in self.segments:
            parts[part.session].append(part)
        return {session: self._value(of_session) for session, of_session in parts.items()}

    def check(self) -> list[Fault]:
        """Every step made again; empty: the number is what its parts make it."""
        return [*self._value_faults(), *self._credit_faults(), *self._row_faults()]

    def _value(self, parts: Iterable[SegmentPart]) -> Value:
        amounts = merged(part.credited for part in parts)
        shown, kpi = self.score.value, self.score.value.declared
        made = value_of(
            kpi.key, amounts, covered=kpi.needs, definition=shown.definition,
            planned_ms=shown.bottom if PLANNED in kpi.measures else None,
            planned_broadcasts=shown.bottom if PLANNED_BROADCASTS in kpi.measures else None,
        )  # fmt: skip
        return replace(made, provisional=shown.provisional, immature_until=shown.immature_until)

    def _value_faults(self) -> Iterator[Fault]:
        shown = self.score
        if shown.value.missing:
            return
        again = self.value
        for expected, found in ((shown.value.top, again.top), (shown.value.bottom, again.bottom)):
            if expected != found:
                yield Fault("value", expected, found)
        if shown.waiting in (NOT_COUNTED, CARD_FAULT):
            return
        points = score(shown.line, again, shown.target).points
        if points != shown.points:
            yield Fault("points", shown.points, points)

    def _credit_faults(self) -> Iterator[Fault]:
        for part in self.segments:
            for measure in self.measures:
                found = _sum(part.credited, measure)
                if measure == AIR:
                    # an hour in two rooms counts once, so a segment may give less than its length
                    fair = 0 <= found <= _sum(part.facts, measure)
                    expected = found if fair else _sum(part.facts, measure)
                elif measure == BROADCASTS:
                    # it counts in the first segment in which one was there, whichever that is
                    expected = min(max(found, 0), 1)
                else:
                    expected = self._share(part, measure)
                if expected != found:
                    yield Fault("credit", expected, found, measure, part.session, part.segment)

    def _share(self, part: SegmentPart, measure: str) -> int:
        """The person's part of a measure, each fact shared out by itself."""
        people = [person for person, _ in part.crew]
        weights = [weight for _, weight in part.crew]
        if self.person not in people:
            return 0
        if is_peak(measure):
            # everyone who was there had it, unless it is the whole session's and nobody knows when
            found = _sum(part.credited, measure)
            return _sum(part.facts, measure) if found else 0
        if _is_counted(part, measure):
            # some of them the person had met in an earlier segment already
            return max(0, min(_sum(part.credited, measure), _sum(part.facts, measure)))
        place = people.index(self.person)
        pieces = part.pieces or [(name, amount) for (name, _), amount in part.facts.items()]
        return sum(split(amount, weights)[place] for name, amount in pieces if name == measure)

    def _row_faults(self) -> Iterator[Fault]:
        for part in self.segments:
            for measure, found in part.rows.items():
                if measure not in self.measures:
                    # rows of something else say nothing of this number
                    continue
                expected = part.facts.get((measure, MEASURED), 0)
                if expected != found:
                    yield Fault("rows", expected, found, measure, part.session, part.segment)


def _is_counted(part: SegmentPart, measure: str) -> bool:
    """Whether events say whom the person met: people that were shared out are approximated, where anything was."""
    bases = {basis for side in (part.credited, part.facts) for name, basis in side if name == measure}
    return MEASURES[measure.partition("@")[0]].kind is Kind.PEOPLE and bases == {MEASURED}


def _sum(amounts: Amounts, measure: str) -> int:
    return sum(amount for (name, _), amount in amounts.items() if name == measure)

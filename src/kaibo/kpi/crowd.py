"""What events of viewers say of a session, segment by segment, and where that is used.

Events are exact about whom they name: people are counted once each, in a segment and over all segments of a person. But
a recorder may have missed some. Where the platform reports a total, events of which there are too few (Settings.events_
whole of 100) are a sample and are used for nothing: the line falls back to minutes, readings or the report.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from kaibo.kpi.inputs import SegmentOut
from kaibo.kpi.measures import PEOPLE, TOTALS
from kaibo.kpi.totals import Knowledge, Known

# measure → kind of event
COUNTED = {measure.key: measure.event for measure in TOTALS if measure.event}
COUNTED_PEOPLE = {measure.key: measure.event for measure in PEOPLE if measure.event}
# a viewer with any event of these kinds in a segment was there
PRESENT = ("enter", "like", "comment", "share", "follow", "gift", "click", "order")
MOVES = ("enter", "leave")
# of a segment only, nobody's credit: inside when it began; entered (first of the session), of those that could have
# stayed so long before the end how many did
CARRIED_IN = "carried_in"
STAY_MS = {"5": 5 * 60_000, "30": 30 * 60_000}
STAYS = (CARRIED_IN, "came", *(f"{what}_{stay}" for stay in STAY_MS for what in ("could_stay", "stayed")))
# people of the broadcast, each once, in the segment of their first event of the kind; and of the first of these
# (who did anything but leave) those who had been in a broadcast of the room that began up to BACK_MS earlier
FIRST = {measure: f"first_{measure}" for measure in COUNTED_PEOPLE}
CAME_BACK = "came_back"
# in place of the first where entering is not told: who did something
ACTIVE = "first_active"
BACK_MS = 30 * 86_400_000
BEHAVIOUR = (*STAYS, *FIRST.values(), ACTIVE, CAME_BACK)

# of a broadcast, where the events are too few: how many they tell; beside what the platform counts
FEW = "events_"

BySegment = dict[int, int]


def kinds_of(measure: str) -> tuple[str, ...]:
    """The kinds of events that say something of a measure."""
    if measure == "viewers":
        return PRESENT
    kind = COUNTED.get(measure) or COUNTED_PEOPLE.get(measure)
    return (kind,) if kind else MOVES


@dataclass(frozen=True)
class Online:
    """Of one segment: Σ level × milliseconds, for how long it is known, and the highest level."""

    level_ms: int
    known_ms: int
    peak: int | None


@dataclass(frozen=True)
class Returned:
    """Of everyone who was in a session, in the order in which they came, whether they had been there before: a bit
    each, as hexadecimal text, and of no viewer more. `mark`: of what it depends on; `back_ms`: see Crowd.back.
    """

    mark: str
    back_ms: int | None
    bits: str


@dataclass
class Crowd:
    """`sums`, `people`, `behaviour`: (session, measure) → segment → how many. `met`: (session, several segments,
    measure) → segment → whom someone with these segments had not met in an earlier one of them. `online`: where leaving
    is told too. `lines`: (session, kind) → segment → how many rows. `span`: session → first and last instant of its
    events. `back`: session → start of the first earlier broadcast of its room that was looked at for who came back.

    Of events that are gone (kpi.kept_crowds) `shared`: parts of `sums` that were shared out by time; `rough`: sessions
    of which it is not known any more whom a person met twice.

    `returned`: of a session who had been there before, for when its segments alone differ (kpi.counted); no figure.
    """

    sums: dict[tuple[int, str], BySegment] = field(default_factory=dict)
    people: dict[tuple[int, str], BySegment] = field(default_factory=dict)
    behaviour: dict[tuple[int, str], BySegment] = field(default_factory=dict)
    met: dict[tuple[int, tuple[int, ...], str], BySegment] = field(default_factory=dict)
    online: dict[tuple[int, int], Online] = field(default_factory=dict)
    lines: dict[tuple[int, str], BySegment] = field(default_factory=dict)
    span: dict[int, tuple[int, int]] = field(default_factory=dict)
    back: dict[int, int] = field(default_factory=dict)
    shared: dict[tuple[int, str], BySegment] = field(default_factory=dict)
    rough: set[int] = field(default_factory=set)
    returned: dict[int, Returned] = field(default_factory=dict)

    def take(self, other: "Crowd") -> None:
        """What is said of other sessions."""
        for one in fields(self):
            getattr(self, one.name).update(getattr(other, one.name))

    @property
    def counted(self) -> set[tuple[int, str]]:
        """(session, measure) of the people of whom it is known whom each of the crew met."""
        return {key for key in self.people if key[0] not in self.rough}

    def whole(self, said: Mapping[int, Mapping[str, int]], minutes: Knowledge, share: int) -> "Crowd":
        """Only what there is enough of. `said`: session → what its reports say; `minutes`: what minutes say;
        `share`: of 100.
        """
        enough = self.sums.keys() - self.few(said, minutes, share).keys()
        kinds = {(session, COUNTED[measure]) for session, measure in enough}
        kinds |= {
            (s, "order") for s, measure in self.people if measure == "buyers" and self._all_buyers(s, said, share)
        }
        people = {key for key in self.people if (key[0], COUNTED_PEOPLE[key[1]]) in kinds}
        told = {session for session, kind in kinds if kind == "enter"}
        return Crowd(
            sums={key: self.sums[key] for key in self.sums if key in enough},
            people={key: self.people[key] for key in self.people if key in people},
            behaviour={key: value for key, value in self.behaviour.items() if self._is_told(key, kinds)},
            met={key: value for key, value in self.met.items() if (key[0], key[2]) in people},
            online={key: value for key, value in self.online.items() if key[0] in told},
            lines=self.lines,
            span=self.span,
            back=self.back,
            shared=self.shared,
            rough=self.rough,
        )

    def few(self, said: Mapping[int, Mapping[str, int]], minutes: Knowledge, share: int) -> dict[tuple[int, str], int]:
        """(session, measure) → how many the events tell, where that is too few to be used; asked as `whole` is."""
        told = {key: sum(of.values()) + sum(self.shared.get(key, {}).values()) for key, of in self.sums.items()}
        return {key: n for key, n in told.items() if not _reaches(n, _expected(*key, said, minutes), share)}

    def _is_told(self, key: tuple[int, str], kinds: set[tuple[int, str]]) -> bool:
        """`kinds`: (session, kind) of which there is enough. Who did something is told where all of any kind is."""
        session, measure = key
        if measure in (ACTIVE, CAME_BACK) and (session, FIRST["viewers"]) not in self.behaviour:
            return any(of == session for of, _kind in kinds)
        kind = next((COUNTED_PEOPLE[of] for of, first in FIRST.items() if first == measure), "enter")
        return (session, kind) in kinds

    def _all_buyers(self, session: int, said: Mapping[int, Mapping[str, int]], share: int) -> bool:
        """No sum of other people than these can be compared: a buyer in two segments is two."""
        reported = said.get(session, {}).get("buyers")
        return _reaches(sum(self.people[session, "buyers"].values()), reported, share)

    def known(self, segments: list[SegmentOut], near_ms: int) -> Knowledge:
        """The sums, for `totals`: measured, and which time the events cover: to the session's ends where they come
        within `near_ms` of them.
        """
        of_session: dict[int, list[SegmentOut]] = defaultdict(list)
        for segment in segments:
            of_session[segment.session].append(segment)
        found: Knowledge = {}
        for (session, measure), amounts in self.sums.items():
            shared = self.shared.get((session, measure), {})
            parts = of_session[session]
            low, high = self._reach(session, parts, near_ms)
            known = found.setdefault((session, measure), Known())
            for part in parts:
                lap = min(high, part.end_ms) - max(low, part.start_ms)
                if lap > 0:
                    if part.number in amounts or part.number not in shared:
                        known.measured[part.number] += amounts.get(part.number, 0)
                    known.covered[part.number] += lap
                    if shared.get(part.number):
                        known.shared[part.number] += shared[part.number]
        return found

    def untold(self, segments: list[SegmentOut], near_ms: int) -> dict[tuple[int, str], frozenset[int]]:
        """(session, measure of people) → the numbers of its segments that the events do not reach."""
        of_session: dict[int, list[SegmentOut]] = defaultdict(list)
        for segment in segments:
            of_session[segment.session].append(segment)
        found: dict[tuple[int, str], frozenset[int]] = {}
        for session, measure in self.people:
            parts = of_session[session]
            low, high = self._reach(session, parts, near_ms)
            bare = frozenset(p.number for p in parts if min(high, p.end_ms) <= max(low, p.start_ms))
            if bare:
                found[session, measure] = bare
        return found

    def _reach(self, session: int, parts: list[SegmentOut], near_ms: int) -> tuple[int, int]:
        """From when to when its events tell of it."""
        first, last = self.span[session]
        start, end = min(p.start_ms for p in parts), max(p.end_ms for p in parts)
        return (
            start if first - start <= near_ms else first,
            end if end - (last + 1) <= near_ms else last + 1,
        )


def _expected(session: int, measure: str, said: Mapping[int, Mapping[str, int]], minutes: Knowledge) -> int | None:
    """What the platform counts: its report's total, else its minutes."""
    reported = said.get(session, {}).get(measure)
    if reported is None and (session, measure) in minutes:
        known = minutes[session, measure]
        return sum(known.measured.values()) + sum(known.shared.values())
    return reported


def _reaches(found: int, expected: int | None, share: int) -> bool:
    return expected is None or found * 100 >= expected * share

"""Confirmed outages: which segments lie in one, and what those of the team's own equipment cost.

Segments are cut at their edges (kpi.segments). Ratios leave out both sides of what fell into them; hours stay.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kaibo.kpi.inputs import FactOut, OutageIn, SegmentOut, SessionIn
from kaibo.kpi.measures import LOST, OUTAGES

OWN_EQUIPMENT = "own_equipment"


class Outages:
    def __init__(self, outages: Iterable[OutageIn]) -> None:
        self._of: dict[int, list[OutageIn]] = defaultdict(list)
        for one in sorted(outages, key=lambda o: (o.start_ms, o.end_ms, o.cause)):
            self._of[one.account].append(one)

    def of(self, account: int) -> Sequence[OutageIn]:
        return self._of.get(account, ())

    def within(self, account: int, segment: SegmentOut) -> list[OutageIn]:
        """Those of the room that the segment lies in."""
        return [one for one in self.of(account) if one.start_ms < segment.end_ms and one.end_ms > segment.start_ms]

    def costs(self, segments: Iterable[SegmentOut], sessions: Mapping[int, SessionIn]) -> Iterator[FactOut]:
        """Time on air lost to the team's own equipment, and how many such outages: each once a session, where it began
        to cost.
        """
        counted: set[tuple[int, OutageIn]] = set()
        for segment in segments:
            account = sessions[segment.session].account
            own = [one for one in self.within(account, segment) if one.cause == OWN_EQUIPMENT]
            place = ("segment", "", account, segment.session, segment.number, segment.date)
            if own:
                yield FactOut(*place, LOST, "measured", segment.end_ms - segment.start_ms)
            fresh = {(segment.session, one) for one in own} - counted
            counted |= fresh
            if fresh:
                yield FactOut(*place, OUTAGES, "measured", len(fresh))

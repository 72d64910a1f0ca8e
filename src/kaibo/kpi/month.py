"""A month's plan before any order is read: segments, who is in them, and the timetable that orders are looked up in."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from kaibo.kpi import held
from kaibo.kpi.credit import air_time, credits_of
from kaibo.kpi.crowd import Crowd
from kaibo.kpi.inputs import CreditOut, FactOut, MonthInputs, SegmentOut, SessionIn
from kaibo.kpi.local_days import month_days
from kaibo.kpi.matching import Cell, Piece, cells
from kaibo.kpi.measures import AIR, BROADCASTS, CREDITED, OUT, UNTOLD, is_peak
from kaibo.kpi.money import Rates, waits
from kaibo.kpi.outages import Outages
from kaibo.kpi.segments import ShiftIndex, business_date, cut, stretches


class Month:
    """`first_day`, `next_day`: the month's local days as whole days since 1970, half-open."""

    def __init__(self, inputs: MonthInputs) -> None:
        self.inputs = inputs
        self.accounts = {account.id: account for account in inputs.accounts}
        self.first_day, self.next_day = month_days(inputs.month)
        self._shifts = ShiftIndex(inputs.shifts)

    @cached_property
    def segments(self) -> list[SegmentOut]:
        return self._cut(self.inputs.sessions)

    @cached_property
    def all_sessions(self) -> list[SessionIn]:
        return [*self.inputs.sessions, *self.inputs.neighbours]

    @cached_property
    def near(self) -> list[SessionIn]:
        """The neighbours on air in the time whose rows are read."""
        if self.inputs.within is None:
            return list(self.inputs.neighbours)
        low, high = self.inputs.within
        return [one for one in self.inputs.neighbours if one.start_ms < high and one.end_ms > low]

    @cached_property
    def cells(self) -> list[Cell]:
        sessions = {session.id: session for session in self.inputs.sessions}
        ends = {s.id: {end for _, end in stretches(s)} for s in sessions.values()}
        pieces = [
            Piece(sessions[s.session], s.number, s.start_ms, s.end_ms, s.date, True, s.end_ms in ends[s.session])
            for s in self.segments
        ]
        for near in self.near:
            date = business_date(near.start_ms, self.inputs.settings)
            pieces += [Piece(near, None, start, end, date, own=False) for start, end in stretches(near)]
        return list(cells(self.inputs.accounts, pieces, self.inputs.settings.after_days))

    @cached_property
    def days(self) -> dict[int, str]:
        """Session → its business date."""
        return {s.id: business_date(s.start_ms, self.inputs.settings) for s in self.inputs.sessions}

    @cached_property
    def rates(self) -> Rates:
        return Rates(self.inputs.settings.currency, self.inputs.rates)

    def credits(self, facts: Sequence[FactOut], crowd: Crowd | None = None) -> list[CreditOut]:
        """Every role's share-out of the segments' facts, and everyone's time on air."""
        settings, shifts, crowd = self.inputs.settings, self.inputs.shifts, crowd or Crowd()
        kinds = {session.id: session.air_kind for session in self.all_sessions}
        counted = [f for f in facts if f.place == "segment" and _is_shared(f.measure)]
        others = self._cut(self._at_the_same_time)
        return [
            *credits_of(counted, self.segments, kinds, shifts, settings, crowd.counted, crowd.met),
            *air_time(self.segments, others, kinds, shifts, settings),
            *held.credits(self.segments, others, kinds, shifts, settings),
        ]

    @property
    def _at_the_same_time(self) -> list[SessionIn]:
        """Neighbours that someone of ours may have been in too."""
        start = min((s.start_ms for s in self.inputs.sessions), default=0)
        end = max((s.end_ms for s in self.inputs.sessions), default=0)
        return [s for s in self.inputs.neighbours if s.start_ms < end and s.end_ms > start]

    def air_facts(self) -> list[FactOut]:
        accounts = {session.id: session.account for session in self.inputs.sessions}
        return [
            FactOut(
                "segment", "", accounts[s.session], s.session, s.number, s.date, "air_ms", "measured",
                s.end_ms - s.start_ms,
            )
            for s in self.segments
        ]  # fmt: skip

    def broadcast_facts(self) -> list[FactOut]:
        sessions = {session.id: session for session in self.inputs.sessions}
        return list(held.facts(self.segments, sessions))

    def outage_facts(self, facts: Sequence[FactOut]) -> list[FactOut]:
        """What of the facts fell into outages, under names of their own (OUT); and what own equipment cost."""
        sessions = {session.id: session for session in self.inputs.sessions}
        inside = {
            (segment.session, segment.number): found
            for segment in self.segments
            if (found := self._outages.within(sessions[segment.session].account, segment))
        }
        lost = [
            replace(fact, measure=f"{OUT}{fact.measure}")
            for fact in facts
            if fact.place == "segment" and _leaves(fact.measure) and (fact.session, fact.segment) in inside
        ]
        return [*lost, *self._outages.costs(self.segments, sessions)] if self.inputs.outages else []

    def untold_facts(self, untold: Mapping[tuple[int, str], Collection[int]]) -> Iterator[FactOut]:
        """(session, measure) → the segments of which no file tells it: how long they are, under names of their own
        (UNTOLD). What could not be watched at all had none, and that is known.
        """
        sessions = {session.id: session for session in self.inputs.sessions}
        by_place = {(segment.session, segment.number): segment for segment in self.segments}
        for (session, measure), numbers in sorted(untold.items()):
            account = sessions[session].account
            for part in (by_place[session, number] for number in sorted(numbers)):
                if not self._outages.within(account, part):
                    place = ("segment", "", account, session, part.number, part.date)
                    yield FactOut(*place, f"{UNTOLD}{measure}", "measured", part.end_ms - part.start_ms)

    @cached_property
    def _outages(self) -> Outages:
        return Outages(self.inputs.outages)

    def _cut(self, sessions: Sequence[SessionIn]) -> list[SegmentOut]:
        settings = self.inputs.settings
        return [
            segment
            for session in sorted(sessions, key=lambda s: (s.start_ms, s.id))
            for segment in cut(
                session, self.accounts[session.account], self._shifts.of(session), settings,
                self._outages.of(session.account),
            )
        ]  # fmt: skip


def _is_shared(measure: str) -> bool:
    """What the crew shares out, in the team's currency or waiting for a rate: not what is each person's own.

    And what no file tells, of each of them.
    """
    if measure.startswith(UNTOLD):
        return True
    waiting = waits(measure)
    name = (waiting[0] if waiting else measure).removeprefix(OUT)
    return name in CREDITED and name not in (AIR, BROADCASTS)


def _leaves(measure: str) -> bool:
    """What ratios are made of; a peak is no part of one."""
    return _is_shared(measure) and not is_peak(measure) and not measure.startswith(UNTOLD)

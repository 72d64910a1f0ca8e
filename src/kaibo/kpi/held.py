"""Broadcasts held: each counts once, for its room and for everyone who was on air in it.

A broadcast that the boundary of the business day cuts counts once a day. Rooms that one serves at the same time are one
broadcast, as their hours are one: what was counted in another room for more than half of one's time is no further one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kaibo.kpi.credit import NO_ONE, fresh_time
from kaibo.kpi.inputs import HOST_KINDS, CreditOut, CrewMember, FactOut, SegmentOut, SessionIn, Settings, ShiftIn
from kaibo.kpi.measures import BROADCASTS
from kaibo.kpi.segments import business_date


def facts(segments: Iterable[SegmentOut], sessions: Mapping[int, SessionIn]) -> Iterator[FactOut]:
    """One for each broadcast of live people, in its first segment; recordings and tests are none."""
    seen: set[tuple[int, str]] = set()
    for segment in segments:
        session = sessions[segment.session]
        if session.air_kind in HOST_KINDS and (segment.session, segment.date) not in seen:
            seen.add((segment.session, segment.date))
            place = ("segment", "", session.account, segment.session, segment.number, segment.date)
            yield FactOut(*place, BROADCASTS, "measured", 1)


@dataclass
class _There:
    """Someone's time in a broadcast: `first` where it began, `fresh` what no other room had counted."""

    first: SegmentOut
    member: CrewMember
    time: int = 0
    fresh: int = 0


def credits(
    segments: Sequence[SegmentOut],
    neighbours: Sequence[SegmentOut],
    air_kinds: Mapping[int, str],
    shifts: Iterable[ShiftIn],
    settings: Settings,
) -> Iterator[CreditOut]:
    """Each person's broadcasts in each role; a broadcast that nobody held a role in is unassigned in it.

    `neighbours`: other months' segments at the same time, which get no rows here.
    """
    days = {shift.id: business_date(shift.begins_ms, settings) for shift in shifts}
    own = {(s.session, s.number) for s in segments}
    there: dict[tuple[int, str, str], dict[int, _There]] = {}
    firsts: dict[tuple[int, str, str], SegmentOut] = {}
    for segment, role, crew in fresh_time(segments, neighbours, air_kinds):
        if air_kinds[segment.session] not in HOST_KINDS:
            continue
        broadcast = (segment.session, segment.date, role)
        if (segment.session, segment.number) in own:
            firsts.setdefault(broadcast, segment)
        for member, fresh in crew:
            found = there.setdefault(broadcast, {}).setdefault(member.person, _There(segment, member))
            found.time += segment.end_ms - segment.start_ms
            found.fresh += fresh
    for broadcast, first in firsts.items():
        people = there.get(broadcast, {})
        if not people:
            yield CreditOut(
                session=first.session, segment=first.number, role=broadcast[2], person=None, shift=None,
                date=first.date, measure=BROADCASTS, basis="measured", amount=1, reason=NO_ONE,
            )  # fmt: skip
        for one in people.values():
            if one.fresh * 2 >= one.time:
                yield CreditOut(
                    session=one.first.session, segment=one.first.number, role=broadcast[2], person=one.member.person,
                    shift=one.member.shift, date=days[one.member.shift], measure=BROADCASTS, basis="measured",
                    amount=1, provisional=not one.member.confirmed,
                )  # fmt: skip

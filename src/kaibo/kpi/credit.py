"""Shares segment facts out over the crew: integers in, integers out, nothing lost."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from kaibo.kpi.inputs import HOST_KINDS, CreditOut, CrewMember, FactOut, SegmentOut, Settings, ShiftIn
from kaibo.kpi.measures import AIR, MEASURES, OF_WHOLE, OUT, ROUGH, SHARED_ROOMS, UNTOLD, Kind
from kaibo.kpi.segments import business_date

# (session, several segments, measure) → segment number → people whom someone with these segments met there first
Met = Mapping[tuple[int, tuple[int, ...], str], Mapping[int, int]]

NO_ONE, NOT_LIVE = "no_one", "not_live"
# a peak of the whole session, which is nobody's in particular
ONLY_TOTAL = "only_total"


def split(total: int, weights: Sequence[int]) -> list[int]:
    """`total` as whole parts in the proportion of `weights`: largest remainder, ties to the earlier place.

    The caller puts places in order (segment start, then person). Without any weight the parts are equal.
    """
    if not weights:
        raise ValueError("nothing to split over")
    if len(weights) == 1:
        return [total]
    whole = sum(weights)
    if whole == 0:
        return split(total, [1] * len(weights))
    if whole < 0:
        # the same proportion, with remainders that count upwards
        return split(total, [-weight for weight in weights])
    parts = [total * weight // whole for weight in weights]
    rests = [total * weight % whole for weight in weights]
    ranked = sorted(range(len(weights)), key=lambda place: -rests[place])
    for place in ranked[: total - sum(parts)]:
        parts[place] += 1
    return parts


def credits_of(
    facts: Iterable[FactOut],
    segments: Sequence[SegmentOut],
    air_kinds: Mapping[int, str],
    shifts: Iterable[ShiftIn],
    settings: Settings,
    counted: Collection[tuple[int, str]] = (),
    met: Met = MappingProxyType({}),
) -> Iterator[CreditOut]:
    """Every role's full share-out of every credited fact of place `segment`. `air_kinds`: session → kind of air time.

    For each role Σ people + unassigned = the fact, except for time on air, which is each person's own (see `air_time`),
    for a peak, which everyone in the role had, and for people whom events name (`counted`: of which session and
    measure): everyone in the role met each of them, and counts them in the first of the own segments. `met`: how many,
    of those with several segments.
    """
    by_place = {(s.session, s.number): s for s in segments}
    own = own_segments(segments) if counted else {}
    alone = _alone(segments)
    days = {shift.id: business_date(shift.begins_ms, settings) for shift in shifts}
    for fact in facts:
        segment = by_place[fact.session or 0, fact.segment or 0]
        live = air_kinds[segment.session] in HOST_KINDS
        if fact.measure.startswith(UNTOLD):
            yield from _untold(fact, segment, days if live else None)
            continue
        for role, crew in segment.crew.items():
            basis = fact.basis
            whole = _name(fact.measure) in OF_WHOLE and fact.kind not in (SHARED_ROOMS, ROUGH)
            if whole and (segment.session, role) in alone:
                basis = "measured"
            if not live or not crew:
                yield _unassigned(fact, segment, role, basis, NO_ONE if live else NOT_LIVE)
            elif _kind(fact.measure) is Kind.PEAK:
                yield from _peak(fact, segment, role, basis, crew, days)
            elif (segment.session, fact.measure.removeprefix(OUT)) in counted:
                yield from _met(fact, segment, role, crew, days, met, own)
            else:
                yield from _shared(fact, segment, role, basis, crew, days)


def air_time(
    segments: Sequence[SegmentOut],
    neighbours: Sequence[SegmentOut],
    air_kinds: Mapping[int, str],
    shifts: Iterable[ShiftIn],
    settings: Settings,
) -> Iterator[CreditOut]:
    """Each person's time on air in each role, the union of their intervals: an hour in two rooms at once counts once.

    The segment that begins later gets only what the earlier one did not. `neighbours`: segments of other months'
    sessions, which count as earlier or later ones but get no rows here.
    """
    days = {shift.id: business_date(shift.begins_ms, settings) for shift in shifts}
    own = {(s.session, s.number) for s in segments}
    for segment, role, crew in fresh_time(segments, neighbours, air_kinds):
        if (segment.session, segment.number) not in own:
            continue
        if not crew:
            reason = NO_ONE if air_kinds[segment.session] in HOST_KINDS else NOT_LIVE
            yield _unassigned(_air(segment), segment, role, "measured", reason)
        for member, fresh in crew:
            yield _credit(_air(segment), segment, role, "measured", member, days, fresh, 1, 1)


def fresh_time(
    segments: Iterable[SegmentOut], neighbours: Iterable[SegmentOut], air_kinds: Mapping[int, str]
) -> Iterator[tuple[SegmentOut, str, list[tuple[CrewMember, int]]]]:
    """Each segment's roles in the order of time, and what of each member's time in it no earlier segment had.

    Nobody is there where no live people are on air.
    """
    reached: dict[tuple[str, int], int] = defaultdict(int)
    for segment in sorted([*segments, *neighbours], key=lambda s: (s.start_ms, s.session, s.number)):
        live = air_kinds[segment.session] in HOST_KINDS
        for role, crew in segment.crew.items():
            found = []
            for member in crew if live else ():
                key = (role, member.person)
                found.append((member, max(0, segment.end_ms - max(segment.start_ms, reached[key]))))
                reached[key] = max(reached[key], segment.end_ms)
            yield segment, role, found


def _air(segment: SegmentOut) -> FactOut:
    length = segment.end_ms - segment.start_ms
    place = (None, segment.session, segment.number, segment.date)
    return FactOut("segment", "", *place, AIR, "measured", length)


def _untold(fact: FactOut, segment: SegmentOut, days: Mapping[int, str] | None) -> Iterator[CreditOut]:
    """Unknown of everyone who was there; of nobody where nobody is credited."""
    for role, crew in segment.crew.items() if days is not None else ():
        for member in crew:
            yield _credit(fact, segment, role, fact.basis, member, days or {}, fact.amount, 1, 1)


def _kind(measure: str) -> Kind | None:
    found = MEASURES.get(measure.removeprefix(OUT))
    return found.kind if found else None


def _name(measure: str) -> str:
    """Without the currency that it waits for, in an outage or not."""
    return measure.partition("@")[0].removeprefix(OUT)


def _peak(
    fact: FactOut, segment: SegmentOut, role: str, basis: str, crew: Sequence[CrewMember], days: Mapping[int, str]
) -> Iterator[CreditOut]:
    """Everyone who was there had it; the peak of a whole session was at a time that nobody knows."""
    if basis != "measured":
        yield _unassigned(fact, segment, role, basis, ONLY_TOTAL)
        return
    for member in crew:
        yield _credit(fact, segment, role, basis, member, days, fact.amount, 1, 1)


def _met(
    fact: FactOut, segment: SegmentOut, role: str, crew: Sequence[CrewMember], days: Mapping[int, str], met: Met,
    own: Mapping[tuple[int, str, int], tuple[int, ...]],
) -> Iterator[CreditOut]:  # fmt: skip
    for member in crew:
        several = met.get((segment.session, own[segment.session, role, member.person], fact.measure.removeprefix(OUT)))
        amount = fact.amount if several is None else several.get(segment.number, 0)
        yield _credit(fact, segment, role, fact.basis, member, days, amount, 1, 1)


def _shared(
    fact: FactOut,
    segment: SegmentOut,
    role: str,
    basis: str,
    crew: Sequence[CrewMember],
    days: Mapping[int, str],
) -> Iterator[CreditOut]:
    weights = [member.weight for member in crew]
    if _kind(fact.measure) is Kind.PEOPLE and len(crew) > 1:
        # nobody counted whose they were
        basis = "approximated"
    for member, amount in zip(crew, split(fact.amount, weights), strict=True):
        yield _credit(fact, segment, role, basis, member, days, amount, member.weight, sum(weights))


def _credit(
    fact: FactOut, segment: SegmentOut, role: str, basis: str, member: CrewMember,
    days: Mapping[int, str], amount: int, weight: int, weights: int,
) -> CreditOut:  # fmt: skip
    return CreditOut(
        session=segment.session,
        segment=segment.number,
        role=role,
        person=member.person,
        shift=member.shift,
        date=days[member.shift],
        measure=fact.measure,
        basis=basis,
        amount=amount,
        weight=weight,
        weights=weights,
        provisional=not member.confirmed,
    )


def _unassigned(fact: FactOut, segment: SegmentOut, role: str, basis: str, reason: str) -> CreditOut:
    return CreditOut(
        session=segment.session, segment=segment.number, role=role, person=None, shift=None,
        date=segment.date, measure=fact.measure, basis=basis, amount=fact.amount, reason=reason,
    )  # fmt: skip


def own_segments(segments: Sequence[SegmentOut]) -> dict[tuple[int, str, int], tuple[int, ...]]:
    """(session, role, person) → the numbers of their segments, in order."""
    own: dict[tuple[int, str, int], list[int]] = defaultdict(list)
    for segment in segments:
        for role, crew in segment.crew.items():
            for member in crew:
                own[segment.session, role, member.person].append(segment.number)
    return {key: tuple(numbers) for key, numbers in own.items()}


def _alone(segments: Sequence[SegmentOut]) -> set[tuple[int, str]]:
    """(session, role) that one person held alone from the session's start to its end."""
    crews: dict[tuple[int, str], set[tuple[int, ...]]] = defaultdict(set)
    for segment in segments:
        for role, crew in segment.crew.items():
            crews[segment.session, role].add(tuple(member.person for member in crew))
    return {key for key, seen in crews.items() if len(seen) == 1 and len(next(iter(seen))) == 1}

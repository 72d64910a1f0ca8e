"""The way of one line's number: sessions ← segments, with what of each was credited to the person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path as FilePath
from typing import Any

from django.db.models import QuerySet

from kaibo.appraisal.month import MyMonth
from kaibo.kpi.catalog import PLANS, Kpi
from kaibo.kpi.measures import AIR, BROADCASTS, LOST, OUT, OUTAGES, TOLD, UNTOLD
from kaibo.kpi.values import MEASURED, Amounts, Value, counted_of, untold_in, value_of
from kaibo.kpi.values import merged as merge
from kaibo.live.models import Session
from kaibo.measurement.finders import BEGAN, Part, credits_of_month, in_pieces, parts, segments_of
from kaibo.measurement.person_values import PLATFORM, told_apart
from kaibo.measurement.sweeping import derived_root

OF_SESSION = ("session", PLATFORM, BEGAN)
COLUMNS = ("session", "segment", "weight", "weights", "computation__folder")


@dataclass(frozen=True)
class Credited:
    """What a stretch gave to the person: numerator and, where it is credited too, denominator.

    `measured`: how much of it is measured (see Value.measured_share); None where there is nothing.
    """

    top: int
    bottom: int | None
    measured: Fraction | None = None
    scale: int = 1

    @property
    def number(self) -> Fraction | None:
        if self.bottom is None:
            return Fraction(self.top * self.scale)
        return Fraction(self.top * self.scale, self.bottom) if self.bottom else None


@dataclass(frozen=True)
class SegmentStep:
    """`weight` ÷ `weights`: the person's part of the role in the segment. `crew`: who shared the role, by name."""

    session: int
    number: int
    start: datetime | None
    end: datetime | None
    credited: Credited
    amounts: Amounts
    weight: int
    weights: int
    provisional: bool
    crew: Sequence[Mapping[str, Any]]
    folder: str
    # by room also `after` the broadcast and `outside` it, off air
    place: str = "segment"

    @property
    def shared(self) -> bool:
        return self.weight != self.weights

    @property
    def in_outage(self) -> bool:
        """Whether it lies in an outage, which the line leaves out of both sides."""
        return any(measure.startswith(OUT) for measure, _basis in self.amounts)

    @property
    def in_own_outage(self) -> bool:
        """Of own equipment, as far as the line counts them."""
        return any(measure in (LOST, OUTAGES) and amount for (measure, _basis), amount in self.amounts.items())

    @property
    def rows_path(self) -> FilePath:
        return derived_root() / self.folder / "rows.parquet"


@dataclass(frozen=True)
class SessionStep:
    session: Session
    segments: Sequence[SegmentStep]
    credited: Credited
    # no session, but a room's time off air
    off_air: bool = False

    @property
    def provisional(self) -> bool:
        return any(segment.provisional for segment in self.segments)


@dataclass(frozen=True)
class NumberPath:
    """`whole`: what the month's value says of the credited sides; `sessions` must add up to it.

    `by_room`: not by the person's shifts, but all of a room's (appraisal.room_path).
    `in_part`: sessions of which only the segments count that files tell: the others have no step here.
    `silent`: sessions whose files do not tell what is counted; they are no part of the number. `without`: nor are
    those of whose platform and day a file lacks, with the tables that lack.
    """

    kpi: Kpi
    whole: Credited
    sessions: Sequence[SessionStep]
    by_room: bool = False
    in_part: Sequence[Session] = ()
    silent: Sequence[Session] = ()
    without: Sequence[tuple[Session, frozenset[str]]] = ()
    # those of them whose platform has such files, of other days of the month
    other_days: frozenset[int] = frozenset()

    @property
    def segments(self) -> list[SegmentStep]:
        return [segment for session in self.sessions for segment in session.segments]

    @property
    def rooms(self) -> int:
        return len({step.session.account_id for step in self.sessions})

    @property
    def sum(self) -> Credited:
        return add([session.credited for session in self.sessions], self.kpi)


def path_of(mine: MyMonth, value: Value) -> NumberPath:
    """The sessions of the person's month in the role, newest first, each with its segments; three queries.

    One more where some sessions are silent, and one where files tell some segments of a session only.

    Sessions and segments are added up by queries of their own: that they agree is found, not assumed.
    """
    kpi = value.declared
    mine_all = credits_of_month(mine.month, mine.closed_months).filter(person=mine.person, role=mine.role)
    credits = mine_all.filter(measure__in=counted_measures(kpi))
    by_session = in_pieces(parts(credits, *OF_SESSION), credits, *OF_SESSION)
    # sessions whose files do not say what is counted, or are not there, are no part of the number; where no session has
    # them all, those that wait stand here
    if not value.lacks_files:
        by_session = told_apart(by_session, mine.imported, mine.month)
    told = {part.session: counted_of(kpi, part.amounts, part.silent, part.pieces) for part in by_session}
    of_whole = {session: credited(kpi, amounts) for session, amounts in told.items() if amounts is not None}
    partly = {part.session for part in by_session if part.session in of_whole and is_in_part(kpi, part.amounts)}
    merged = {
        key: found
        for key, found in _merged(parts(credits, *COLUMNS)).items()
        if key[0] in of_whole and not (key[0] in partly and is_in_part(kpi, found[0]))
    }
    ids = sorted({session for session, _ in merged})
    times = {(s.session_id, s.number): s for s in segments_of(ids).select_related("session__account")}
    sessions = {segment.session_id: segment.session for segment in times.values()}
    of_session: dict[int, list[SegmentStep]] = {pk: [] for pk in ids}
    for (session, number), (amounts, part) in sorted(merged.items()):
        segment = times.get((session, number))
        of_session[session].append(
            SegmentStep(
                session=session,
                number=number,
                start=segment.start if segment else None,
                end=segment.end if segment else None,
                credited=credited(kpi, amounts),
                amounts=amounts,
                weight=part.weight or 0,
                weights=part.weights or 1,
                provisional=part.provisional,
                crew=segment.crew.get(mine.role, []) if segment else [],
                folder=part.keys["computation__folder"],
            )
        )
    steps = [SessionStep(sessions[pk], segments, of_whole[pk]) for pk, segments in of_session.items()]
    steps.sort(key=lambda step: (step.session.start, step.session.pk), reverse=True)
    in_part = [step.session for step in reversed(steps) if step.session.pk in partly]
    path = NumberPath(kpi, whole_of_steps(value, steps), steps, in_part=in_part)
    if not value.is_partial or value.lacks_files:
        return path
    return leaving_out(path, mine, mine_all.exclude(session__in=of_whole).order_by().values("session"))


def whole_of_steps(value: Value, steps: Sequence[SessionStep]) -> Credited:
    """What the sessions must add up to; of what waits there is no number: what is known already stands in its place."""
    return add([step.credited for step in steps], value.declared) if value.lacks_files else whole_credited(value)


def leaving_out(path: NumberPath, mine: MyMonth, sessions: QuerySet[Any, Any]) -> NumberPath:
    """With the sessions of the month that are no part of the number (a query of their ids), oldest first; one query."""
    found = Session.objects.filter(pk__in=sessions).select_related("account").order_by("start", "pk")
    lacking = [(one, mine.lacking(one) & frozenset(path.kpi.needs)) for one in found]
    without = [pair for pair in lacking if pair[1]]
    return replace(
        path, silent=[one for one, tables in lacking if not tables], without=without,
        other_days=frozenset(one.pk for one, tables in without if mine.has_other_days(one, tables)),
    )  # fmt: skip


def credited_measures(kpi: Kpi) -> list[str]:
    """The measures of the KPI that people are credited with (a plan is not)."""
    return [measure for measure in dict.fromkeys(kpi.measures) if measure not in PLANS]


def counted_measures(kpi: Kpi) -> list[str]:
    """And where no file tells them, and what of them fell into outages, where the KPI leaves it out."""
    measures = credited_measures(kpi)
    untold = [f"{UNTOLD}{measure}" for measure in measures if measure in TOLD]
    return [*measures, *untold, *(f"{OUT}{measure}" for measure in measures if kpi.leaves_outages)]


def is_in_part(kpi: Kpi, amounts: Amounts) -> bool:
    """Whether these say that no file tells something of it that the KPI counts."""
    return not untold_in(amounts).isdisjoint(kpi.measures)


def credited(kpi: Kpi, amounts: Amounts) -> Credited:
    return whole_credited(value_of(kpi.key, amounts, covered=kpi.needs, definition=kpi))


def whole_credited(value: Value) -> Credited:
    kpi = value.declared
    against_plan = any(term.measure in PLANS for term in kpi.denominator)
    return Credited(value.top, None if against_plan else value.bottom, _measured(value), kpi.scale)


def _measured(value: Value) -> Fraction | None:
    """As Value.measured_share; what is only partly measured is never wholly so."""
    share = value.measured_share
    if share == 1 and value.allocated:
        whole = sum(abs(amount) for amount in value.numerator.values())
        return Fraction(abs(value.numerator.get(MEASURED, 0)), whole) if whole else share
    return share


def add(parts_: Sequence[Credited], kpi: Kpi) -> Credited:
    has_bottom = bool(kpi.denominator) and not any(term.measure in PLANS for term in kpi.denominator)
    tops = [part.top for part in parts_]
    return Credited(
        max(tops, default=0) if kpi.is_peak else sum(tops),
        sum(part.bottom or 0 for part in parts_) if has_bottom else None,
        scale=kpi.scale,
    )


def _merged(found: Sequence[Part]) -> dict[tuple[int, int], tuple[Amounts, Part]]:
    """(session, segment) → all amounts, and the part that says the share.

    Time on air and broadcasts are each person's own and carry no share, so they stand apart from what is divided.
    """
    merged: dict[tuple[int, int], tuple[dict[tuple[str, str], int], Part]] = {}
    for part in found:
        key = (part.session or 0, part.segment or 0)
        amounts, said = merged.get(key, ({}, part))
        if all(measure in (AIR, BROADCASTS) for measure, _ in said.amounts):
            said = replace(part, provisional=part.provisional or said.provisional)
        merged[key] = (merge([amounts, part.amounts]), said)
    return dict(merged.items())

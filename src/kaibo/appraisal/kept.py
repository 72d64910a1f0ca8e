"""A month as rows to keep: nothing is computed here, every part of appraisal.month's result finds its column."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Count, Sum

from kaibo.appraisal.beside import beside_of
from kaibo.appraisal.models import KeptLine, KeptRoom, KeptScore
from kaibo.appraisal.month import MyMonth
from kaibo.appraisal.month_data import MonthData
from kaibo.appraisal.month_lines import MonthLine
from kaibo.kpi.values import MEASURED
from kaibo.measurement.finders import credits_of_month
from kaibo.measurement.holdings import Holding
from kaibo.measurement.months import next_month
from kaibo.org.access import holding
from kaibo.org.models import WEIGHT, Appointment


@dataclass(frozen=True)
class RoomPart:
    """What one room gave of a person's time on air in a role."""

    account: int
    sessions: int
    air_ms: int


@dataclass(frozen=True)
class Around:
    """What stands beside a score in the table: (person, role) → rooms, longest first, and person → department."""

    rooms: Mapping[tuple[int, str], Sequence[RoomPart]]
    departments: Mapping[int, int]


@dataclass
class Kept:
    """A score with its lines and rooms, not saved yet."""

    score: KeptScore
    lines: list[KeptLine]
    rooms: list[KeptRoom]

    def digest(self) -> str:
        """Of every column that says something about the month."""
        told = [_columns(self.score), [_columns(line) for line in self.lines], [_columns(room) for room in self.rooms]]
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def around(people: Sequence[int], month: date, held: Sequence[Holding]) -> Around:
    """A query; another one of a closed month, whose holdings know no departments. A person's department is the one of

    their main position on the month's last day.
    """
    rooms: dict[tuple[int, str], list[RoomPart]] = {}
    on_air = credits_of_month(month).filter(person__in=people, measure="air_ms").order_by()
    by_room = on_air.values_list("person", "role", "session__account")
    for person, role, account, sessions, air in by_room.annotate(Count("session", distinct=True), Sum("amount")):
        rooms.setdefault((person, role), []).append(RoomPart(account, sessions, air))
    for parts in rooms.values():
        parts.sort(key=lambda part: (-part.air_ms, part.account))
    return Around(rooms, _departments(people, month, held))


def _departments(people: Sequence[int], month: date, held: Sequence[Holding]) -> Mapping[int, int]:
    known = [(one.person, one.department) for one in reversed(held) if one.on_last and one.department is not None]
    if known or not people:
        return dict(known)
    last = date.fromordinal(next_month(month).toordinal() - 1)
    there = Appointment.objects.filter(holding(last), person__in=people).order_by(WEIGHT, "start", "pk")
    return dict(there.values_list("person", "department"))


def kept_from(data: MonthData, mine: MyMonth, beside: Around) -> Kept:
    """The rows of one person's month in one role; the month has a card."""
    assert mine.card is not None  # noqa: S101 -- a role without a card is none of mine.roles
    airtime = data.values.get(mine.person.pk, {}).get(mine.role, {}).get("airtime")
    rooms = beside.rooms.get((mine.person.pk, mine.role), ())
    shares = [share for line in mine.lines if (share := _measured(line)) is not None]
    waiting = sum(line.score.waits for line in mine.lines)
    score = KeptScore(
        month=mine.month,
        person_id=mine.person.pk,
        role=mine.role,
        main=mine.role == mine.roles[0],
        version=mine.card.version,
        department_id=beside.departments.get(mine.person.pk),
        room_id=rooms[0].account if rooms else None,
        sessions=sum(room.sessions for room in rooms),
        air_ms=airtime.top if airtime else None,
        planned_ms=mine.roster.planned_to_date_ms(mine.role),
        points=mine.total.points,
        points_order=None if waiting else float(mine.total.points),
        weights=mine.total.weights,
        waiting_weights=mine.waiting_weight,
        waiting=waiting,
        beside=beside_of(data, mine),
        provisional=mine.provisional,
        immature_until=mine.immature_until,
        protected=mine.protected is not None,
        least_measured=float(min(shares)) if shares else None,
    )
    kept = Kept(
        score,
        [_line(line, score.month) for line in mine.lines],
        [KeptRoom(account_id=room.account, sessions=room.sessions, air_ms=room.air_ms) for room in rooms],
    )
    score.digest = kept.digest()
    return kept


def _line(line: MonthLine, month: date) -> KeptLine:
    value, score = line.value, line.score
    return KeptLine(
        month=month,
        number=line.number,
        kpi=line.line.kpi,
        weight=line.line.weight,
        numerator=dict(value.numerator),
        denominator=dict(value.denominator),
        top=None if value.missing else value.top,
        bottom=None if value.missing else value.bottom,
        measured=None if value.missing else (value.denominator or value.numerator).get(MEASURED, 0),
        missing=value.missing,
        lacking=[list(pair) for pair in value.lacking],
        sessions=value.sessions,
        of_sessions=value.of_sessions,
        in_part=value.in_part,
        provisional=value.provisional,
        immature_until=value.immature_until,
        target=score.target,
        attainment=score.attainment,
        points=score.points,
        measured_points=score.measured_points,
        waiting=score.waiting,
        order=_float(value.number),
        points_order=_float(score.points),
    )


def _measured(line: MonthLine) -> Fraction | None:
    return None if line.value.missing else line.value.measured_share


def _float(exact: Fraction | Decimal | None) -> float | None:
    return None if exact is None else float(exact)


# what says nothing about the month: keys, and the run that wrote it
BESIDE = frozenset({"id", "score", "state", "run", "changed_at", "digest"})


def _columns(row: KeptScore | KeptLine | KeptRoom) -> dict[str, Any]:
    told = {field.name: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name not in BESIDE}
    # digests from before anything was counted in part hold
    return told if told.get("in_part") else {name: value for name, value in told.items() if name != "in_part"}

"""The lines of a person's month: each with its value, its target and its points."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from kaibo.appraisal import to_date
from kaibo.appraisal.cards import DefaultCard
from kaibo.appraisal.month_data import MonthData
from kaibo.appraisal.targets import PersonTarget, rooms_target, target_of
from kaibo.appraisal.trend import TrendPoint
from kaibo.kpi.catalog import Kpi, Route
from kaibo.kpi.rooms import Held
from kaibo.kpi.rules import Line
from kaibo.kpi.scoring import LineScore, as_newcomer, score
from kaibo.kpi.standing import NOWHERE, Standing
from kaibo.kpi.team_people import Led, TeamPeople
from kaibo.kpi.values import NOT_NAMED, Value
from kaibo.measurement.broadcast_plan import PlannedBroadcast
from kaibo.org.models import Person

NOT_COMPUTED = "not_computed"
# by room: the person answers for none; by shift: they were on none in this role
NO_ROOM, NO_SHIFT = "no_room", "no_shift"
# by team: no room belongs to their department; they are in none
NO_TEAM_ROOM, NO_DEPARTMENT = "no_team_room", "no_department"


@dataclass(frozen=True)
class MonthLine:
    """A line of the card with what was reached. `target` only where it is the person's part of the rooms' targets.

    `answers`: by room, what it counts: rooms from–to.
    """

    number: int
    score: LineScore
    trend: Sequence[TrendPoint] = ()
    target: PersonTarget | None = None
    answers: Sequence[Held] = ()
    # by team, where rows name people: whose count, and where everybody belongs (None: not kept, everyone counts)
    led: Sequence[Led] = ()
    people: TeamPeople | None = None
    # against planned broadcasts: those that it is divided by
    planned: Sequence[PlannedBroadcast] = ()
    # where the person stands, and their values by KPI: what the line was scored with beside its own value
    standing: Standing = NOWHERE
    others: Mapping[str, Value] = field(default_factory=dict)

    @property
    def line(self) -> Line:
        return self.score.line

    @property
    def kpi(self) -> Kpi:
        return self.value.declared

    @property
    def value(self) -> Value:
        return self.score.value


def lines_of(
    data: MonthData, person: Person, card: DefaultCard, values: Mapping[str, Value] | None, only: str
) -> Iterator[MonthLine]:
    """The card's lines. `values`: by KPI, of the person in its position; `only`: nothing but the line on this KPI."""
    roster = data.rosters[person.pk]
    wanted = {line.kpi for line in card.card.lines if line.kpi == (only or line.kpi)}
    target = target_of(person, card.role, roster, data.plans) if card.by_person & wanted else None
    for number, line in enumerate(card.card.lines, 1):
        if line.kpi in wanted and line.by_room:
            yield _room_line(data, person, card, line, number)
        elif line.kpi in wanted:
            own = target if line.kpi in card.by_person else None
            planned = _broadcasts(data, line, person, card.role)
            read = {
                kpi: to_date.of_shifts(values[kpi], roster, card.role, planned)
                for kpi in sorted(line.reads) if values and kpi in values
            }  # fmt: skip
            value = read.get(line.kpi) or data.unknown(line.kpi, _why_unknown(data, line))
            standing = _standing(data, person, card)
            scored, own = _score(data, person, standing, line, value, own, read)
            plan = _own_plan(data, line, planned)
            yield MonthLine(number, scored, target=own, planned=plan, standing=standing, others=read)


def _why_unknown(data: MonthData, line: Line) -> str:
    """Of a line by shift or by name."""
    if data.computation is None:
        return NOT_COMPUTED
    return NOT_NAMED if line.by is Route.DIRECT else NO_SHIFT


def _room_line(data: MonthData, person: Person, card: DefaultCard, line: Line, number: int) -> MonthLine:
    """A line of the rooms that the person answers for, or of their team."""
    duty = card.duty(line)
    by_name = data.named if data.named is not None and line.kpi in data.named.kpis else None
    led = by_name.of(person.pk, card.role) if by_name else ()
    answers = data.rooms.of(person.pk, duty, card.role)
    planned: Sequence[PlannedBroadcast] = ()
    if any(to_date.counts_broadcasts(kpi, data.definitions) for kpi in line.reads):
        planned = data.plans.broadcasts.of_rooms(answers, data.until) or ()
    found = {
        kpi: data.of_team(kpi, person.pk, card.role) if line.by is Route.TEAM
        else data.rooms.value(kpi, person.pk, duty, card.role)
        for kpi in sorted(line.reads) if data.computation
    }  # fmt: skip
    read = {kpi: to_date.of_broadcasts(value, planned) for kpi, value in found.items() if value}
    value = read.get(line.kpi) or data.unknown(line.kpi, _why_no_room(data, line, person))
    own = rooms_target(answers, data.plans) if line.kpi in card.by_days else None
    standing = _standing(data, person, card)
    scored, own = _score(data, person, standing, line, value, own, read)
    shown = () if value.missing else _own_plan(data, line, planned)
    return MonthLine(
        number, scored, target=own, answers=() if by_name else answers, led=led, planned=shown, standing=standing,
        others=read, people=by_name.people if by_name else None,
    )  # fmt: skip


def _why_no_room(data: MonthData, line: Line, person: Person) -> str:
    """Of a line by room, or by team."""
    if data.computation is None:
        return NOT_COMPUTED
    if data.named is not None and line.kpi in data.named.kpis:
        return NO_DEPARTMENT
    teams = data.rooms.teams
    if line.by is not Route.TEAM or teams is None or not teams.by_department:
        return NO_ROOM
    return NO_TEAM_ROOM if teams.is_placed(person.pk) else NO_DEPARTMENT


def _standing(data: MonthData, person: Person, card: DefaultCard) -> Standing:
    return Standing(f"{data.month:%Y-%m}", data.places.of(person.pk, card.role))


def _score(
    data: MonthData, person: Person, standing: Standing, line: Line, value: Value, target: PersonTarget | None,
    others: Mapping[str, Value],
) -> tuple[LineScore, PersonTarget | None]:  # fmt: skip
    """`others`: the person's values by KPI, for lines that ask for several. And the target, if it is what counted."""
    aim = None if target is None or target.to_date_minor is None else Fraction(target.to_date_minor)
    eased = person.pk in data.protected and line.newcomer is not None
    by = as_newcomer if person.pk in data.protected else score
    variant = None if eased else line.variant(standing)
    replaced = variant is not None and variant.target is not None
    return by(line, value, aim, standing=standing, others=others), None if replaced else target


def _broadcasts(data: MonthData, line: Line, person: Person, role: str) -> Sequence[PlannedBroadcast]:
    """What the person's shifts planned to put on air so far, where the line counts broadcasts."""
    counts = any(to_date.counts_broadcasts(kpi, data.definitions) for kpi in line.reads)
    return data.plans.broadcasts.of(person.pk, role, data.until) if counts else ()


def _own_plan(data: MonthData, line: Line, planned: Sequence[PlannedBroadcast]) -> Sequence[PlannedBroadcast]:
    """Those that the line's own value is divided by."""
    return planned if to_date.counts_broadcasts(line.kpi, data.definitions) else ()

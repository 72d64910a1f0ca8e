"""A person's month: the card of a position, each line's value and points, and the roster behind it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from kaibo.appraisal.cards import DefaultCard, LaterLine, RatedLine
from kaibo.appraisal.month_data import MonthData, read
from kaibo.appraisal.month_lines import MonthLine, lines_of
from kaibo.appraisal.roles import has_shifts
from kaibo.appraisal.roster import Roster
from kaibo.appraisal.trend import trends
from kaibo.kpi.card_result import weights_of
from kaibo.kpi.scoring import NOT_APPLICABLE, CardScore, LineScore, as_decimal, rated, total, unscored
from kaibo.kpi.values import Value
from kaibo.live.models import Account, Session
from kaibo.measurement.closed import Closed, ClosedMonth
from kaibo.measurement.covered import Coverage, days_of_month
from kaibo.measurement.finders import BEGAN, Part, credits_of_month, in_pieces, parts
from kaibo.measurement.models import Computation
from kaibo.measurement.person_values import PLATFORM, told_apart
from kaibo.org.models import Person
from kaibo.org.protection import Protected


@dataclass(frozen=True)
class RatedScore:
    """A line that a person rates: `score` waits until somebody has."""

    number: int
    rated: RatedLine
    score: LineScore


@dataclass(frozen=True)
class MyMonth:
    """`role` is the position shown, `roles` all that were worked or held, the main one first; empty: nothing known yet.

    `until`: what the data reaches; the rest of the month's plan is still to come. `months`: this and the computed
    ones, newest first.
    """

    person: Person
    month: date
    role: str
    roles: Sequence[str]
    card: DefaultCard | None
    lines: Sequence[MonthLine]
    later: Sequence[LaterLine]
    total: CardScore
    roster: Roster
    computation: Computation | None
    months: Sequence[date]
    until: datetime
    is_over: bool
    # which files there are of the month; of a closed one at closing
    imported: Coverage
    closed_months: Closed = field(default_factory=dict)
    rated: Sequence[RatedScore] = ()
    protected: Protected | None = None
    # whether rooms belong to departments in this month; asked where a card counts a team's rooms
    by_department: bool = False

    @property
    def closed(self) -> ClosedMonth | None:
        """The closing whose numbers these are."""
        return self.closed_months.get(self.month)

    @property
    def without_shifts(self) -> bool:
        """Whether nobody is on shift in this position."""
        return bool(self.role) and not has_shifts(self.role)

    def lacking(self, session: Session) -> frozenset[str]:
        """The tables of whose files none speaks of the session: of its room's platform and its day."""
        return self.imported.silent(self.month, session.account.platform, session.start, session.pk)

    def has_other_days(self, session: Session, tables: Collection[str]) -> bool:
        """Whether of each of these tables there is a file of the session's platform that speaks of other days."""
        days, of = days_of_month(self.month), {session.account.platform}
        return all(self.imported.reaches(table, *days, of) for table in tables)

    def lacking_on(self, room: Account, day: date) -> frozenset[str]:
        """The same as `lacking` of a day off air."""
        return self.imported.silent_on(self.month, room.platform, day)

    @property
    def platforms(self) -> frozenset[str]:
        """Of the rooms that the person is on shift in, this month and in this role."""
        return frozenset(shift.account.platform for shift in self.roster.shifts if shift.role == self.role)

    @property
    def partial(self) -> int:
        """How many lines are made from some of their sessions only."""
        return sum(line.value.is_partial and not line.value.missing for line in self.lines)

    @property
    def waiting_weight(self) -> Decimal:
        """Weights of all lines that count nothing yet: waiting ones, those to be rated and those without facts."""
        beside = [line.weight for line in self.later]
        moved = self.total.moved
        beside += [
            as_decimal(moved.get(one.rated.line.kpi, Fraction(one.rated.line.weight)))
            for one in self.rated
            if one.score.points is None
        ]
        return self.total.waiting_weights + sum(beside, Decimal(0))

    @property
    def provisional(self) -> bool:
        return any(line.value.provisional for line in self.lines)

    @property
    def immature_until(self) -> date | None:
        known = [line.value for line in self.lines if not line.value.missing]
        dates = [value.immature_until for value in known if value.immature_until]
        return max(dates, default=None)

    def line(self, kpi: str) -> MonthLine | None:
        return next((line for line in self.lines if line.line.kpi == kpi), None)

    def rated_line(self, key: str) -> RatedScore | None:
        return next((one for one in self.rated if one.rated.line.kpi == key), None)


def month_of(person: Person, month: date, *, role: str = "", only: str = "") -> MyMonth:
    """The person's month in `role` (the main one, if it is none of theirs), with the way it came about.

    `only`: nothing but the line on this KPI, for its own page.
    """
    data = read([person], month)
    mine = month_from(data, person, role=role, only=only)
    if only or mine.card is None:
        # a single line is shown without its trend
        return mine
    mine_all = credits_of_month(month, mine.closed_months).filter(person=person, role=mine.role)
    columns = ("date", "session", PLATFORM, BEGAN)
    by_day = told_apart(in_pieces(parts(mine_all, *columns), mine_all, *columns), data.imported, month)

    def days(line: MonthLine) -> Sequence[Part]:
        """By room a session's day is the room's, whoever was there."""
        if not line.line.by_room:
            return by_day
        held = data.rooms.days_held(line.answers)
        return [Part(d.amounts, date=d.date, session=d.session, silent=d.silent, pieces=d.pieces) for d in held]

    return replace(mine, lines=[replace(line, trend=trends(line.kpi, days(line), line.score)) for line in mine.lines])


def month_from(data: MonthData, person: Person, *, role: str = "", only: str = "") -> MyMonth:
    """The month of one of the people that `data` was read for: the one place where a month is scored."""
    roster = data.rosters[person.pk]
    values = data.values.get(person.pk, {})
    cards = data.cards
    held = [one.position for one in data.held.get(person.pk, ()) if not has_shifts(one.position)]
    roles = _roles(values, roster, cards, data.rooms.duties(person.pk), held)
    chosen = role if role in roles else next(iter(roles), "")
    card = cards.get(chosen)
    lines = list(lines_of(data, person, card, _values(values, chosen), only)) if card else []
    if card and card.faults:
        lines = [replace(line, score=unscored(line.score)) for line in lines]
    return MyMonth(
        person=person,
        month=data.month,
        role=chosen,
        roles=roles,
        card=card,
        lines=lines,
        later=card.later if card else (),
        total=total([line.score for line in lines], _moved(card, lines) if card else None),
        roster=roster,
        computation=data.computation,
        months=sorted(
            {data.month, *(c.month for c in data.computations if getattr(c, "has_data", True))}, reverse=True
        ),
        until=data.until,
        is_over=data.is_over,
        closed_months=data.closed,
        rated=_rated(card) if card else (),
        protected=data.protected.get(person.pk),
        imported=data.imported,
        by_department=data.rooms.teams is not None and data.rooms.teams.by_department,
    )


def _moved(card: DefaultCard, lines: Sequence[MonthLine]) -> dict[str, Fraction]:
    """The weights that are others than the lines' own this month; none where the card contradicts itself."""
    if card.faults:
        return {}
    out = [line.line.kpi for line in lines if line.score.waiting == NOT_APPLICABLE]
    own = {line.kpi: Fraction(line.weight) for line in card.whole.lines}
    return {kpi: weight for kpi, weight in weights_of(card.whole, out).items() if weight != own[kpi]}


def _rated(card: DefaultCard) -> list[RatedScore]:
    """A month asks nobody: what people rate is given in its review, so here all of it waits."""
    return [
        RatedScore(number, one, rated(one.line, None))
        for number, one in enumerate(card.rated, len(card.card.lines) + 1)
    ]


def _roles(
    values: Mapping[str, Mapping[str, Value]], roster: Roster, cards: Mapping[str, DefaultCard], duties: Sequence[str],
    held: Sequence[str],
) -> list[str]:  # fmt: skip
    """Roles with a card, most time on air first; after them those only planned, then the positions held that no shift
    is in, the main one first, and last those of a room's duty.
    """
    on_air = {role: found["airtime"].top for role, found in values.items()}
    of_rooms = [role for role, card in cards.items() if card.duties & set(duties)]
    every = list(dict.fromkeys([*on_air, *roster.roles, *held, *of_rooms]))
    planned = {role: place for place, role in enumerate(roster.roles)}
    every.sort(key=lambda role: (-on_air.get(role, 0), planned.get(role, len(planned))))
    return [role for role in every if role in cards]


def _values(values: Mapping[str, Mapping[str, Value]], role: str) -> Mapping[str, Value] | None:
    """What is known of the person in the role; where they were on no shift in it, what rows tell of them by name."""
    found = values.get(role)
    if found is None and values:
        any_role = next(iter(values.values()))
        found = {kpi: value for kpi, value in any_role.items() if value.declared.is_direct}
    return found

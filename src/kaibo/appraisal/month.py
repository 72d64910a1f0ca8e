"""A person's month: the card of a position, each line's value and points, and the roster behind it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from kaibo.appraisal import to_date
from kaibo.appraisal.asked import rooms_asked
from kaibo.appraisal.cards import DefaultCard, LaterLine, RatedLine, cards_in, frozen_cards
from kaibo.appraisal.own_cards.store import own_kpis
from kaibo.appraisal.period import bounds
from kaibo.appraisal.places import Places, places_of
from kaibo.appraisal.roles import has_shifts
from kaibo.appraisal.roster import Roster, rosters_of
from kaibo.appraisal.targets import PersonTarget, Plans, rooms_target, target_of
from kaibo.appraisal.trend import TrendPoint, trends
from kaibo.kpi.card_result import weights_of
from kaibo.kpi.catalog import KPIS, Kpi, Route
from kaibo.kpi.rooms import Held
from kaibo.kpi.rules import Line
from kaibo.kpi.scoring import (
    NOT_APPLICABLE,
    CardScore,
    LineScore,
    as_decimal,
    as_newcomer,
    rated,
    score,
    total,
    unscored,
)
from kaibo.kpi.standing import NOWHERE, Standing
from kaibo.kpi.values import NOT_NAMED, Value
from kaibo.live.models import Account, Session
from kaibo.measurement.broadcast_plan import BroadcastPlan, PlannedBroadcast
from kaibo.measurement.closed import Closed, ClosedMonth, closed_among, closed_months
from kaibo.measurement.covered import Coverage, coverage, days_of_month
from kaibo.measurement.definitions import definitions_of
from kaibo.measurement.finders import (
    BEGAN,
    PLATFORM,
    Part,
    Planned,
    credits_of_month,
    current,
    has_data,
    kpi_values,
    named_of,
    parts,
    told_apart,
    values_of_everyone,
)
from kaibo.measurement.holdings import Holding, holdings_in
from kaibo.measurement.models import Computation
from kaibo.measurement.months import next_month
from kaibo.measurement.planned import planned_on, room_platforms
from kaibo.measurement.room_values import RoomMonth, room_month
from kaibo.org.models import Person
from kaibo.org.protection import Protected, protected_in

NOT_COMPUTED = "not_computed"
# by room: the person answers for none; by shift: they were on none in this role
NO_ROOM, NO_SHIFT = "no_room", "no_shift"


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
        """The same of a day off air."""
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


@dataclass(frozen=True)
class MonthData:
    """What the months of some people are made of, read at once: one person's page and the team's table alike.

    `values`: person → crew role → KPI key → Value. `computations`: the current ones of all months, newest first.
    `protected`: person → the protection that touches the month. `cards`: role → card; a closed month's are its own.
    """

    month: date
    computations: Sequence[Computation]
    until: datetime
    values: Mapping[int, Mapping[str, Mapping[str, Value]]]
    rosters: Mapping[int, Roster]
    plans: Plans
    closed: Closed
    rooms: RoomMonth
    protected: Mapping[int, Protected]
    cards: Mapping[str, DefaultCard]
    # who works where, for cards whose figures differ by that
    places: Places
    imported: Coverage
    # person → the positions held in the month, main ones first
    held: Mapping[int, Sequence[Holding]] = field(default_factory=dict)
    # KPIs that rows tell by name, of everyone together; where a card asks for them
    named: Mapping[str, Value] = field(default_factory=dict)
    # of a closed month; else the catalog's
    definitions: Mapping[str, Kpi] | None = None

    @property
    def computation(self) -> Computation | None:
        return next((c for c in self.computations if c.month == self.month), None)

    def unknown(self, kpi: str, why: str) -> Value:
        """A value that there is not, by the definition of this month."""
        return Value(kpi, missing=why, definition=(self.definitions or {}).get(kpi))

    @property
    def is_over(self) -> bool:
        return self.until >= bounds(self.month)[1]


def cards_of(month: date) -> Mapping[str, DefaultCard]:
    """Role → the card that a month is scored by; a closed month's are its own."""
    frozen = definitions_of(closed_months().get(month))
    return frozen_cards(frozen) if frozen else cards_in(month)


def read(
    people: Sequence[Person], month: date, *, cards: Mapping[str, DefaultCard] | None = None,
    held: Sequence[Holding] | None = None,
) -> MonthData:  # fmt: skip
    """As many queries for many people as for one. `cards`: others than the month's own, to see what they would give.

    `held`: what these people held in the month, where the caller knows it.
    """
    computations = list(current().annotate(has_data=has_data()).select_related("closing").order_by("-month"))
    closed = closed_among(computations)
    until = to_date.data_reaches(month, next((c for c in computations if c.month == month), None))
    values: dict[int, dict[str, Mapping[str, Value]]] = {}
    rosters = rosters_of(people, month, until=until, closed=closed)
    due = {key: length for roster in rosters.values() for key, length in roster.due_by_role().items()}
    frozen = definitions_of(closed.get(month))
    if cards is None:
        cards = frozen_cards(frozen) if frozen else cards_in(month)
    own = own_kpis(cards.values())
    kpis = {**(own or {}), **frozen.kpis} if frozen else own
    plans = Plans(month, until, closed)
    ids = [person.pk for person in people]
    if held is None:
        held = holdings_in(month, closed, ids) if ids else ()
    # what the others ask for is read for nobody
    theirs = {one.position for one in held}
    used = [card for role, card in cards.items() if has_shifts(role) or role in theirs]
    # everyone's plan is read only where a card counts broadcasts
    asked = {kpi for card in used for line in card.card.lines for kpi in line.reads}
    counted = any(to_date.counts_broadcasts(kpi, kpis) for kpi in asked)
    shows = plans.broadcasts.counts() if counted else {}
    named = named_of(ids, month)
    imported = coverage(closed).of(month)
    every = kpi_values(
        people, month, closed, due=due, broadcasts=shows, definitions=kpis, named=named, imported=imported,
        on=_planned_on(rosters.values()),
    )  # fmt: skip
    for (person, role), found in every.items():
        values.setdefault(person, {})[role] = found
    by_room = [line for card in used for line in card.card.lines if line.by_room]
    asked, team_asked = rooms_asked(used, kpis)
    team = team_asked or any(line.by is Route.TEAM for line in by_room)
    rooms = room_month(
        ids, month, sorted(asked.union(_of_rooms(by_room, kpis or KPIS))), closed, team=team, definitions=kpis,
        plan=plans.broadcasts if counted else BroadcastPlan(), imported=imported,
    )  # fmt: skip
    protected = closed[month].protected if month in closed else _protected(people, month)
    places = places_of(ids, month, used, closed)
    by_name = {kpi for line in by_room if line.by is Route.TEAM for kpi in line.reads}
    return MonthData(
        month, computations, until, values, rosters, plans, closed, rooms, protected, cards, places, imported,
        held=_by_person(held), definitions=kpis,
        named=values_of_everyone(named, [kpi for key, kpi in (kpis or KPIS).items() if key in by_name]),
    )  # fmt: skip


def _planned_on(rosters: Collection[Roster]) -> Planned:
    """(person, role) → the platforms that they were due on, and when.

    A query where a published shift is not there any more.
    """
    platforms = {shift.account_id: shift.account.platform for roster in rosters for shift in roster.shifts}
    owed = [one for roster in rosters for one in roster.owed]
    return planned_on(owed, platforms if all(one.account in platforms for one in owed) else room_platforms())


def _by_person(held: Sequence[Holding]) -> Mapping[int, Sequence[Holding]]:
    found: dict[int, list[Holding]] = {}
    for one in held:
        found.setdefault(one.person, []).append(one)
    return found


def _of_rooms(lines: Sequence[Line], kpis: Mapping[str, Kpi]) -> list[str]:
    """What these lines read of rooms; a condition on what no room has says nothing."""
    found = {line.kpi for line in lines}
    found |= {kpi for line in lines for kpi in line.reads if kpi in kpis and line.by in kpis[kpi].routes}
    return sorted(found)


def _protected(people: Sequence[Person], month: date) -> Mapping[int, Protected]:
    """One day of it is enough: the whole month is then a newcomer's."""
    return protected_in(month, next_month(month), [person.pk for person in people])


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
    by_day = told_apart(parts(mine_all, "date", "session", PLATFORM, BEGAN), data.imported, month)

    def days(line: MonthLine) -> Sequence[Part]:
        """By room a session's day is the room's, whoever was there."""
        if not line.line.by_room:
            return by_day
        held = data.rooms.days_held(line.answers)
        return [Part(d.amounts, date=d.date, session=d.session, silent=d.silent) for d in held]

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
    lines = list(_lines(data, person, card, _values(values, chosen), only)) if card else []
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
    )


def _moved(card: DefaultCard, lines: Sequence[MonthLine]) -> dict[str, Fraction]:
    """The weights that are others than the lines' own this month; none where the card contradicts itself."""
    if card.faults:
        return {}
    out = [line.line.kpi for line in lines if line.score.waiting == NOT_APPLICABLE]
    own = {line.kpi: Fraction(line.weight) for line in card.whole.lines}
    return {kpi: weight for kpi, weight in weights_of(card.whole, out).items() if weight != own[kpi]}


def _rated(card: DefaultCard) -> list[RatedScore]:
    """Nobody can rate yet, so all of them wait."""
    return [
        RatedScore(number, one, rated(one.line, None))
        for number, one in enumerate(card.rated, len(card.card.lines) + 1)
    ]


def _roles(
    values: Mapping[str, Mapping[str, Value]], roster: Roster, cards: Mapping[str, DefaultCard], duties: Sequence[str],
    held: Sequence[str],
) -> list[str]:  # fmt: skip
    """Roles with a card, most time on air first; those only planned after them, then the positions held that no

    shift is in, the main one first, and last those of a room's duty.
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


def _lines(
    data: MonthData, person: Person, card: DefaultCard, values: Mapping[str, Value] | None, only: str
) -> Iterator[MonthLine]:
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
    """A line of the rooms that the person answers for."""
    duty = card.duty(line)
    answers = data.rooms.of(person.pk, duty)
    planned: Sequence[PlannedBroadcast] = ()
    if any(to_date.counts_broadcasts(kpi, data.definitions) for kpi in line.reads):
        planned = data.plans.broadcasts.of_rooms(answers, data.until) or ()
    found = {kpi: data.rooms.value(kpi, person.pk, duty) for kpi in sorted(line.reads)} if data.computation else {}
    read = {kpi: to_date.of_broadcasts(value, planned) for kpi, value in found.items() if value}
    if line.by is Route.TEAM and data.computation:
        read |= {kpi: data.named[kpi] for kpi in sorted(line.reads) if kpi in data.named}
    value = read.get(line.kpi) or data.unknown(line.kpi, NO_ROOM if data.computation else NOT_COMPUTED)
    own = rooms_target(answers, data.plans) if line.kpi in card.by_days else None
    standing = _standing(data, person, card)
    scored, own = _score(data, person, standing, line, value, own, read)
    shown = () if value.missing else _own_plan(data, line, planned)
    return MonthLine(
        number, scored, target=own, answers=answers, planned=shown, standing=standing, others=read
    )  # fmt: skip


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

"""What the months of some people are made of, read at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from kaibo.appraisal import to_date
from kaibo.appraisal.asked import rooms_asked
from kaibo.appraisal.cards import DefaultCard, cards_in, frozen_cards
from kaibo.appraisal.own_cards.store import own_kpis
from kaibo.appraisal.period import bounds
from kaibo.appraisal.places import Places, places_of
from kaibo.appraisal.roles import has_shifts
from kaibo.appraisal.roster import Roster, rosters_of
from kaibo.appraisal.targets import Plans
from kaibo.kpi.catalog import KPIS, Kpi, Route
from kaibo.kpi.rooms import TEAM
from kaibo.kpi.rules import Line
from kaibo.kpi.team_people import NamedTeams
from kaibo.kpi.teams import Teams
from kaibo.kpi.values import Value
from kaibo.measurement.broadcast_plan import BroadcastPlan
from kaibo.measurement.closed import Closed, closed_among, closed_months
from kaibo.measurement.covered import Coverage, coverage
from kaibo.measurement.definitions import definitions_of
from kaibo.measurement.finders import current, has_data
from kaibo.measurement.holdings import Holding, holdings_in
from kaibo.measurement.models import Computation
from kaibo.measurement.months import next_month
from kaibo.measurement.named import Named, named_of, named_teams
from kaibo.measurement.person_values import Planned, kpi_values
from kaibo.measurement.planned import planned_on, room_platforms
from kaibo.measurement.room_values import RoomMonth, room_month
from kaibo.measurement.teams import people_in, teams_in
from kaibo.org.models import Person
from kaibo.org.protection import Protected, protected_in


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
    # KPIs that rows tell by name, of teams; where a card asks for them
    named: NamedTeams | None = None
    # of a closed month; else the catalog's
    definitions: Mapping[str, Kpi] | None = None

    @property
    def computation(self) -> Computation | None:
        return next((c for c in self.computations if c.month == self.month), None)

    def unknown(self, kpi: str, why: str) -> Value:
        """A value that there is not, by the definition of this month."""
        return Value(kpi, missing=why, definition=(self.definitions or {}).get(kpi))

    def team_of(self, kpi: str, person: int, position: str) -> list[tuple[str, str]]:
        """What the departments are called whose team it is, in Chinese and in English; none where it is everybody's."""
        if self.rooms.teams is None:
            return []
        if self.named is not None and kpi in self.named.kpis:
            return self.rooms.teams.named(one.department for one in self.named.of(person, position))
        return self.rooms.teams.named(one.department for one in self.rooms.of(person, TEAM, position))

    def of_team(self, kpi: str, person: int, position: str) -> Value | None:
        """The value of somebody's team: of its people where rows tell it by name, else of its rooms."""
        if self.named is not None and kpi in self.named.kpis:
            return self.named.value(kpi, person, position)
        return self.rooms.value(kpi, person, TEAM, position)

    @property
    def is_over(self) -> bool:
        return self.until >= bounds(self.month)[1]


def cards_of(month: date) -> Mapping[str, DefaultCard]:
    """Role → the card that a month is scored by; a closed month's are its own."""
    frozen = definitions_of(closed_months().get(month))
    return frozen_cards(frozen) if frozen else cards_in(month)


def read(
    people: Sequence[Person], month: date, *, cards: Mapping[str, DefaultCard] | None = None,
    held: Sequence[Holding] | None = None, everyone: Sequence[Holding] | None = None,
) -> MonthData:  # fmt: skip
    """As many queries for many people as for one. `cards`: others than the month's own, to see what they would give.

    `held`: what these people held in the month, `everyone`: what everybody did, where the caller knows it.
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
    of_team = {kpi for line in by_room if line.by is Route.TEAM for kpi in line.reads}
    asked, team_asked = rooms_asked(used, kpis)
    of_team |= {card.card.team.kpi for card in used if card.card.team}
    by_name = [kpi for key, kpi in (kpis or KPIS).items() if key in of_team and kpi.is_direct]
    teams = teams_in(month, closed, held, tree=bool(by_name)) if team_asked or of_team else None
    rooms = room_month(
        ids, month, sorted(asked.union(_of_rooms(by_room, kpis or KPIS))), closed, definitions=kpis, teams=teams,
        plan=plans.broadcasts if counted else BroadcastPlan(), imported=imported,
    )  # fmt: skip
    return MonthData(
        month, computations, until, values, rosters, plans, closed, rooms,
        protected=closed[month].protected if month in closed else _protected(people, month),
        cards=cards, places=places_of(ids, month, used, closed), imported=imported, held=_by_person(held),
        named=_named_teams(named, by_name, month, closed, teams, everyone) if teams and by_name else None,
        definitions=kpis,
    )  # fmt: skip


def _named_teams(
    named: Named, kpis: Sequence[Kpi], month: date, closed: Closed, teams: Teams, everyone: Sequence[Holding] | None,
) -> NamedTeams:  # fmt: skip
    """Where everybody belongs is read where some card reads of a team what rows tell by name; two queries."""
    held = holdings_in(month, closed) if everyone is None else everyone
    return named_teams(named, people_in(month, closed, teams, held), month, kpis)


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

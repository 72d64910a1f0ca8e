"""What a KPI is: a frozen declaration of what is divided by what, how it is credited, which file it needs.

A number's unit: `duration` and `time` (milliseconds), `money` (minor units), `count`, `ratio`,
`multiple`. Targets and bands of a
scorecard stand in the same unit; pages show hours, seconds, yuan and per cent.
"""

from dataclasses import dataclass
from enum import StrEnum

from kaibo.kpi.measures import MEASURES, Kind, Unit, is_peak

# measures that no fact gives: the caller says how much was planned
PLANNED, PLANNED_BROADCASTS = "planned_ms", "planned_broadcasts"
PLANS = frozenset({PLANNED, PLANNED_BROADCASTS})


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"


class Route(StrEnum):
    """Whom a measure is credited to: the segment's crew, the room's responsible, the named person, the
    department's rooms.
    """

    SHIFT = "shift"
    ACCOUNT = "account"
    DIRECT = "direct"
    TEAM = "team"


@dataclass(frozen=True)
class Term:
    """A measure that is added (`sign` 1) or taken off (−1); of a team's own formula as often as it says (2, −3)."""

    measure: str
    sign: int = 1


@dataclass(frozen=True)
class Kpi:
    """`denominator` empty: the KPI is its numerator. `scale`: what the numerator is multiplied by (GPM: 1000).

    `needs`: fact tables without which the value is missing. `matures`: counts refunds and is final only when the data
    reaches past the days of grace (T+N). `routes`: how it may be credited, the usual way first. `variants`: KPIs that
    other teams call by the same name. Raises ValueError for a declaration that cannot be computed.
    """

    key: str
    title: str
    short: str
    unit: Unit
    numerator: tuple[Term, ...]
    formula: str
    source: str
    time_basis: str
    needs: tuple[str, ...]
    denominator: tuple[Term, ...] = ()
    direction: Direction = Direction.UP
    routes: tuple[Route, ...] = (Route.SHIFT,)
    matures: bool = False
    version: int = 1
    scale: int = 1
    variants: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.numerator:
            raise ValueError(f"{self.key}: nothing to count")
        unknown = [m for m in self.measures if m not in MEASURES and m not in PLANS]
        if unknown:
            raise ValueError(f"{self.key}: no such measure: {unknown}")
        if self.unit is Unit.RATIO and not self.denominator:
            raise ValueError(f"{self.key}: a ratio has a denominator")
        direct = [m for m in self.measures if m in MEASURES and MEASURES[m].kind is Kind.DIRECT]
        if bool(direct) != (Route.DIRECT in self.routes) or (direct and len(direct) != len(self.measures)):
            raise ValueError(f"{self.key}: rows that name the person are credited directly, and nothing else is")
        if any(is_peak(measure) for measure in self.measures) and len(self.measures) > 1:
            raise ValueError(f"{self.key}: a peak stands alone")

    @property
    def measures(self) -> tuple[str, ...]:
        return tuple(term.measure for term in (*self.numerator, *self.denominator))

    @property
    def of_rooms(self) -> bool:
        """Whether a room has a value of it, and all rooms together: some are told of people by name alone."""
        return Route.ACCOUNT in self.routes

    @property
    def route(self) -> Route:
        """The usual way of credit."""
        return self.routes[0]

    @property
    def leaves_outages(self) -> bool:
        """A ratio: what fell into outages leaves both its sides. Hours against plan stay."""
        return bool(self.denominator) and not PLANS & set(self.measures)

    @property
    def is_direct(self) -> bool:
        """Rows of files name the person, whatever was on air."""
        return self.route is Route.DIRECT

    @property
    def is_peak(self) -> bool:
        """The highest of what is counted, not its sum."""
        return is_peak(self.numerator[0].measure)


def terms(measures: str) -> tuple[Term, ...]:
    return tuple(Term(name.removeprefix("-"), -1 if name.startswith("-") else 1) for name in measures.split())

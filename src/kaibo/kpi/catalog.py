"""The KPIs as frozen declarations: what is divided by what, how it is credited, which file it needs.

A number's unit: `duration` (milliseconds), `money` (minor units), `count`, `ratio`. Targets and bands of a scorecard
stand in the same unit; pages show hours, yuan and per cent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from kaibo.kpi.inputs import CREDITED
from kaibo.kpi.msgid import gettext_noop as _

# measures that no fact gives: the caller says how much was planned
PLANNED = "planned_ms"


class Unit(StrEnum):
    DURATION = "duration"
    MONEY = "money"
    COUNT = "count"
    RATIO = "ratio"


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"


class Route(StrEnum):
    """Whom a measure is credited to: the segment's crew, the room's responsible, the named person, the team."""

    SHIFT = "shift"
    ACCOUNT = "account"
    DIRECT = "direct"
    TEAM = "team"


@dataclass(frozen=True)
class Term:
    """A measure that is added (`sign` 1) or taken off (−1)."""

    measure: str
    sign: int = 1


@dataclass(frozen=True)
class Kpi:
    """`denominator` empty: the KPI is its numerator. `needs`: fact tables without which the value is missing.

    `matures`: counts refunds and is final only when the data reaches past the days of grace (T+N).
    Raises ValueError for a declaration that cannot be computed.
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
    route: Route = Route.SHIFT
    matures: bool = False
    version: int = 1

    def __post_init__(self) -> None:
        if not self.numerator:
            raise ValueError(f"{self.key}: nothing to count")
        unknown = [m for m in self.measures if m not in CREDITED and m != PLANNED]
        if unknown:
            raise ValueError(f"{self.key}: no such measure: {unknown}")
        if (self.unit is Unit.RATIO) != bool(self.denominator):
            raise ValueError(f"{self.key}: a ratio has a denominator, anything else has none")

    @property
    def measures(self) -> tuple[str, ...]:
        return tuple(term.measure for term in (*self.numerator, *self.denominator))


ORDERS = ("order_line",)
ORDERS_AND_REFUNDS = ("order_line", "after_sale")
REPORT = ("session_report",)

_DECLARED = (
    Kpi(
        key="airtime",
        title=_("Hours on air"),
        short=_("On air"),
        unit=Unit.DURATION,
        numerator=(Term("air_ms"),),
        formula=_("Union of one's confirmed shifts inside sessions"),
        source=_("Shifts and sessions"),
        time_basis=_("Business date of the shift"),
        needs=(),
    ),
    Kpi(
        key="airtime_attainment",
        title=_("Hours on air against plan"),
        short=_("Hours against plan"),
        unit=Unit.RATIO,
        numerator=(Term("air_ms"),),
        denominator=(Term(PLANNED),),
        formula=_("Hours on air ÷ planned hours"),
        source=_("Shifts and sessions"),
        time_basis=_("Business date of the shift"),
        needs=(),
    ),
    Kpi(
        key="paid",
        title=_("Sales"),
        short=_("Sales"),
        unit=Unit.MONEY,
        numerator=(Term("paid_minor"),),
        formula=_("Amount due of paid order lines that were ordered in one's segments"),
        source=_("Doudian orders"),
        time_basis=_("Moment of the order; counts once paid"),
        needs=ORDERS,
    ),
    Kpi(
        key="net_paid",
        title=_("Sales after refunds (T+N)"),
        short=_("Sales after refunds"),
        unit=Unit.MONEY,
        numerator=(Term("paid_minor"), Term("refund_minor", -1)),
        formula=_("Sales − refunds made within N days of the order"),
        source=_("Doudian orders and after-sales"),
        time_basis=_("Moment of the order; refunds up to N days after its date"),
        needs=ORDERS_AND_REFUNDS,
        matures=True,
    ),
    Kpi(
        key="orders",
        title=_("Orders"),
        short=_("Orders"),
        unit=Unit.COUNT,
        numerator=(Term("orders"),),
        formula=_("Paid order lines that were ordered in one's segments"),
        source=_("Doudian orders"),
        time_basis=_("Moment of the order; counts once paid"),
        needs=ORDERS,
    ),
    Kpi(
        key="views",
        title=_("Views"),
        short=_("Views"),
        unit=Unit.COUNT,
        numerator=(Term("views"),),
        formula=_("Views of the session, shared out by air time where several people held the role"),
        source=_("Session report"),
        time_basis=_("Business date of the shift"),
        needs=REPORT,
    ),
    Kpi(
        key="view_order_rate",
        title=_("Orders per view (counts)"),
        short=_("Orders per view"),
        unit=Unit.RATIO,
        numerator=(Term("orders"),),
        denominator=(Term("views"),),
        formula=_("Orders ÷ views"),
        source=_("Doudian orders and session report"),
        time_basis=_("Moment of the order; counts once paid"),
        needs=ORDERS + REPORT,
    ),
    Kpi(
        key="refund_rate",
        title=_("Refund rate (amount, T+N)"),
        short=_("Refund rate"),
        unit=Unit.RATIO,
        numerator=(Term("refund_minor"),),
        denominator=(Term("paid_minor"),),
        formula=_("Refunds made within N days of the order ÷ sales"),
        source=_("Doudian orders and after-sales"),
        time_basis=_("Moment of the order; refunds up to N days after its date"),
        needs=ORDERS_AND_REFUNDS,
        direction=Direction.DOWN,
        matures=True,
    ),
)

KPIS: Mapping[str, Kpi] = MappingProxyType({kpi.key: kpi for kpi in _DECLARED})

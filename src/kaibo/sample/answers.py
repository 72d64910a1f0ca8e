"""The shapes of what a person answers while the sample's files are imported: plain data, without a decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from kaibo.sample.cast import Code, Room

PASSWORD = "kaibo-demo-1"  # noqa: S105 - printed for everyone to read


@dataclass(frozen=True)
class SignIn:
    """`person` "" : a sign-in that belongs to nobody on the roster. `over`: the department that the role is held over;

    "" : what the role reaches usually, which is the whole company for HR and executives.
    """

    username: str
    full_name: str
    role: str
    person: str = ""
    over: str = ""


@dataclass(frozen=True)
class Post:
    """A position that someone holds from a day on."""

    person: str
    position: str
    department: str
    start: date


@dataclass(frozen=True)
class Rate:
    """What one unit of a currency is worth in the team's from a day on, as written."""

    currency: str
    day: date
    rate: str


@dataclass(frozen=True)
class Simulcast:
    """Rooms that one crew serves at once from a day on."""

    name: str
    rooms: Sequence[Room]
    start: date


@dataclass(frozen=True)
class AdAccount:
    """Which rooms (platform, handle) an ad account spends for from a day on, in whole parts."""

    name: str
    rooms: Sequence[tuple[tuple[str, str], int]]
    start: date


@dataclass(frozen=True)
class Duty:
    """Who answers for a room from a day on."""

    room: Room
    person: str
    duty: str
    start: date


@dataclass(frozen=True)
class RoomOf:
    """The department that a room belongs to from a day on."""

    room: Room
    department: str
    start: date


@dataclass(frozen=True)
class Outage:
    """`confirmed`: somebody else than who wrote it down said that it was so."""

    room: Room
    start: datetime
    end: datetime
    cause: str
    note: str
    confirmed: bool = True


@dataclass(frozen=True)
class Joined:
    """A broadcast that broke off and went on: the starts of its parts."""

    handle: str
    starts: Sequence[datetime]
    reason: str


@dataclass(frozen=True)
class Leave:
    """`day`: the first on which the person was no longer there."""

    person: str
    day: date


@dataclass(frozen=True)
class Newcomer:
    """Scored as a newcomer from `start` to before `end`."""

    person: str
    start: date
    end: date


@dataclass(frozen=True)
class Beside:
    """Held beside the main position; acting until before `end`, else second."""

    person: str
    position: str
    department: str
    start: date
    end: date | None


@dataclass(frozen=True)
class Terms:
    """`kind`: a key of EngagementKind."""

    person: str
    kind: str
    start: date


@dataclass(frozen=True)
class Step:
    """A host's stage, by its key, from a day on."""

    person: str
    stage: str
    day: date


@dataclass(frozen=True)
class Tag:
    tag: str
    by: str
    value: str
    reason: str


@dataclass(frozen=True)
class Target:
    handle: str
    month: date
    amount_minor: int


@dataclass(frozen=True)
class ShiftAnswer:
    """What is said of one shift; instants are aware. `planned_start` None: a shift that no roster knows.

    `state`: confirmed, absent, or planned (nobody has said anything yet).
    """

    handle: str
    role: str
    person: str
    planned_start: datetime | None
    start: datetime
    end: datetime
    state: str
    lead: bool
    note: str


@dataclass(frozen=True)
class Decisions:
    """In the order in which a newcomer meets them."""

    rooms: Sequence[Room]
    departments: Sequence[str]
    people: Sequence[Post]
    unknown_to_rosters: Sequence[str]
    transfers: Sequence[Post]
    newcomers: Sequence[Newcomer]
    beside: Sequence[Beside]
    terms: Sequence[Terms]
    steps: Sequence[Step]
    leavers: Sequence[Leave]
    codes: Sequence[Code]
    tags: Sequence[Tag]
    targets: Sequence[Target]
    shifts: Sequence[ShiftAnswer]
    tests: Sequence[tuple[str, datetime]]
    rates: Sequence[Rate]
    simulcasts: Sequence[Simulcast]
    joined: Sequence[Joined]
    ad_accounts: Sequence[AdAccount]
    duties: Sequence[Duty]
    placed: Sequence[RoomOf]
    outages: Sequence[Outage]
    sign_ins: Sequence[SignIn]
    password: str = PASSWORD
    # handle → what a person calls the room
    called: Mapping[str, str] = field(default_factory=dict)

    @property
    def factors(self) -> dict[tuple[str, date], Fraction]:
        """(currency, day) → the rate, for currencies of two decimals like the team's."""
        return {(rate.currency, rate.day): Fraction(rate.rate) for rate in self.rates}

"""The nouns of the sample story. Instants are seconds since the epoch, intervals half-open, money in minor units."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

from kaibo.sample.cast import Product, Room

ZONE = timezone(timedelta(hours=8))  # Asia/Shanghai has had no other offset since 1991


def instant(day: date, minute: int, second: int = 0) -> int:
    """Seconds since the epoch of a local wall clock; minutes may pass 1440."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZONE)
    return int(midnight.timestamp()) + minute * 60 + second


def wall(seconds: int, offset: int = 8) -> datetime:
    """The local wall clock of an instant, without zone, as platforms write it. `offset`: hours ahead of UTC."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(timezone(timedelta(hours=offset))).replace(tzinfo=None)


@dataclass(frozen=True)
class Stint:
    """A person really on air in a role; `weight` counts where several share the role."""

    role: str
    person: str
    start: int
    end: int
    weight: int = 1


@dataclass(frozen=True)
class Shift:
    """What the roster plans and what people said afterwards. `origin`: wide, list, or added while confirming.

    `state`: confirmed, absent or planned (nobody has confirmed it yet). `told`: other times than planned.
    """

    room: Room
    role: str
    person: str
    start: int
    end: int
    origin: str
    code: str = ""
    state: str = "confirmed"
    told: tuple[int, int] | None = None
    lead: bool = False
    note: str = ""


@dataclass(frozen=True)
class Minute:
    """What came in the 60 seconds from `start` on."""

    start: int
    views: int
    comments: int
    followers: int
    clicks: int


@dataclass(frozen=True)
class Reading:
    """The room's running totals as read off its screen at `read_at`, for the handover or end at `edge`."""

    edge: int
    read_at: int
    views: int
    comments: int


@dataclass
class Broadcast:
    """One session as it really was: its stints say who was on air, whatever the roster says.

    `breaks`: when the stream had broken off; people stay, nobody is on air. `title`: what its platform calls it.
    """

    room: Room
    start: int
    end: int
    stints: list[Stint]
    orders: int = 110
    test: bool = False
    views: int = 0
    coupons: bool = False
    label: str = ""
    breaks: tuple[tuple[int, int], ...] = ()
    title: str = ""
    # what the platform counted, by measure; `views` stands by itself
    counts: dict[str, int] = field(default_factory=dict)
    # what somebody downloaded minute by minute, perhaps with a gap
    minutes: list[Minute] = field(default_factory=list)
    # what somebody read off the screen: the last one at the end
    readings: list[Reading] = field(default_factory=list)

    @property
    def day(self) -> date:
        return wall(self.start).date()

    def on_air(self, role: str, at: int) -> list[Stint]:
        """Who held the role at an instant."""
        return [s for s in self.stints if s.role == role and s.start <= at < s.end]

    def pieces(self) -> Iterator[tuple[int, int]]:
        """The stretches in which nobody comes or goes."""
        edges = {self.start, self.end} | {edge for s in self.stints for edge in (s.start, s.end)}
        edges |= {edge for broken in self.breaks for edge in broken}
        cuts = sorted(edge for edge in edges if self.start <= edge <= self.end)
        for start, end in pairwise(cuts):
            if not any(off <= start and end <= on for off, on in self.breaks):
                yield start, end

    def count(self, *, views: int, **counts: int) -> None:
        """Add what the platform counted, of the whole or of a part."""
        self.views += views
        for measure, amount in counts.items():
            self.counts[measure] = self.counts.get(measure, 0) + amount

    def parts(self) -> list[tuple[int, int]]:
        """The stretches between breaks: what the platform takes for broadcasts of their own."""
        edges = [self.start, *(edge for broken in self.breaks for edge in broken), self.end]
        return list(zip(edges[::2], edges[1::2], strict=True))


@dataclass
class Line:
    """An order line and what is true about it.

    `broadcast`: where it was sold (None: not on air). `place`: sold, after, unpaid, tagged, doubtful (two rooms may
    claim it), pending, rejected, or outside; `kind`: the tag, or what an outside line is (达播, 商品卡, 短视频).
    `bad`: (column, what stands there).
    """

    main: str
    sub: str
    product: Product
    quantity: int
    payable: int
    ordered: int
    paid: int | None
    place: str
    broadcast: Broadcast | None = None
    kind: str = ""
    presale: bool = False
    merchant_discount: int = 0
    pay_discount: int = 0
    creator: tuple[str, str] = ("", "")
    flow: tuple[str, str, str, str] = ("", "", "", "")
    bad: tuple[str, str] | None = None
    refunds: list["Refund"] = field(default_factory=list)


@dataclass
class Refund:
    """An after-sale. `amount` went back at `refunded`; an exchange, a closed or a waiting one has no `refunded`."""

    number: str
    line: Line
    kind: str
    status: str
    amount: int
    applied: int
    refunded: int | None
    reason: str
    shipping: str


@dataclass
class Story:
    """Everything that happened. `first`, `last`: the local days that the orders cover.

    `reported`, `exported`, `after_sales_exported`: when the session report, the orders and the after-sales were drawn.
    """

    month: date
    first: date
    last: date
    reported: int
    exported: int
    after_sales_exported: int
    broadcasts: list[Broadcast]
    shifts: list[Shift]
    lines: list[Line] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)

    def broadcasts_of(self, day: date) -> list[Broadcast]:
        """The broadcasts that start on a local day, in the order of time."""
        return [broadcast for broadcast in self.broadcasts if broadcast.day == day]

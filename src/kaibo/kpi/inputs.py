"""What a computation gets and gives: plain, frozen values. No framework, no clock, no environment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HOST_KINDS = ("live", "linked")  # the kinds of air time that credit people
# the platform of a file that names none
DOUYIN = "douyin"


@dataclass(frozen=True)
class AccountIn:
    """`names`: handle, nickname and other names, as order files may write them (达人ID, 达人昵称).

    Names are known within the platform only: two platforms may use one name for different rooms.
    """

    id: int
    names: tuple[str, ...]
    zone: str
    currency: str
    split_rule: str = "1:1"
    platform: str = DOUYIN


@dataclass(frozen=True)
class SessionIn:
    """`breaks`: stretches off air inside a broadcast that broke off and went on; half-open."""

    id: int
    account: int
    start_ms: int
    end_ms: int
    air_kind: str = "live"
    breaks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class ShiftIn:
    """Confirmed times where confirmed, else planned ones (then `confirmed` is False and its credit is provisional).

    `also`: further rooms that the shift covers at the same time (simulcast). `day_ms`: the instant whose business date
    is the shift's, where that is not its start: of one that was worked as planned, its planned start.
    """

    id: int
    account: int
    person: int
    role: str
    start_ms: int
    end_ms: int
    lead: bool = False
    confirmed: bool = True
    also: tuple[int, ...] = ()
    day_ms: int | None = None

    @property
    def rooms(self) -> tuple[int, ...]:
        return (self.account, *self.also)

    @property
    def begins_ms(self) -> int:
        """The instant whose business date is the shift's."""
        return self.start_ms if self.day_ms is None else self.day_ms


@dataclass(frozen=True)
class BatchIn:
    """One table of a visible batch: the folder of its Parquet file `<table>.parquet`.

    `platform`, `scope`: what someone said of the whole file where its rows leave platform or account open.
    """

    id: int
    table: str
    as_of_ms: int
    folder: Path
    platform: str = ""
    scope: str = ""


@dataclass(frozen=True)
class RateIn:
    """What one whole unit of `currency` is worth in the team's currency from `day` (ISO) on, as decimal text."""

    currency: str
    day: str
    rate: str


@dataclass(frozen=True)
class MatchIn:
    """What a person decided of doubtful orders with an instant in [start, end).

    Of one product or order line where `product_id` or `sub_order` says so; of a lane where `account` (its orders) or
    `currency` (orders that name no room; `platform`: of that one, else of any) says so. `sessions`: none, one, or
    several that share by `weights`.
    """

    start_ms: int
    end_ms: int
    product_id: str = ""
    sub_order: str = ""
    sessions: tuple[int, ...] = ()
    weights: tuple[int, ...] = ()
    account: int | None = None
    currency: str = ""
    platform: str = ""


@dataclass(frozen=True)
class TagRuleIn:
    """`id`: told apart by it; a line's explanation names it."""

    tag: str
    by: str  # amount_at_most | product_id | merchant_code
    value: str
    id: int = 0


@dataclass(frozen=True)
class PersonIn:
    """What files call a person: the name and every other one that is remembered."""

    id: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class DueIn:
    """A planned shift's beginning: minutes after midnight of its local date (ISO)."""

    person: int
    date: str
    minute: int


@dataclass(frozen=True)
class AdPartIn:
    """From `start` on until `end` (ISO days, half-open; None: open) an ad account spends for a room, in whole parts."""

    ad_account: str
    account: int
    parts: int
    start: str
    end: str | None = None


@dataclass(frozen=True)
class AnswerIn:
    """From `start` on until `end` (ISO days, half-open; None: open) a person answers for a room in a duty."""

    person: int
    duty: str
    account: int
    start: str
    end: str | None = None


@dataclass(frozen=True)
class OutageIn:
    """A confirmed stretch [start, end) in which a room could not be watched; violations are no outages."""

    account: int
    start_ms: int
    end_ms: int
    cause: str


@dataclass(frozen=True)
class MetIn:
    """Of people with these segments (numbers, in order): measure → whom they met first in each of them."""

    segments: tuple[int, ...]
    counts: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class CrowdIn:
    """What the events of a session came to: counts only, of no single viewer. They outlive the events' rows.

    `segments`: their [start, end), numbered from 1. `counts`: measure → in each segment. `lines`: kind of event → rows
    in each segment. `met`: of every set of several
    segments that somebody had. `online`: of each segment (level × ms, known ms, peak), where leaving is told.
    `back_ms`: from where on it was known who had been in the room before.
    """

    session: int
    batches: tuple[int, ...]
    first_ms: int
    last_ms: int
    segments: tuple[tuple[int, int], ...]
    counts: Mapping[str, tuple[int, ...]]
    lines: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    met: tuple[MetIn, ...] = ()
    online: tuple[tuple[int, int, int], ...] = ()
    back_ms: int | None = None


@dataclass(frozen=True)
class Settings:
    """`events_whole`: of 100 that the platform reports, how many events there must be for events to be used.

    `tells_untold`: whether segments that no file tells are said to be unknown; of months closed before they were not.
    """

    zone: str = "Asia/Shanghai"
    business_day_starts_at: int = 6
    snap_ms: int = 15 * 60_000
    handover_gap_ms: int = 5 * 60_000
    refund_days: int = 15
    long_session_ms: int = 20 * 3_600_000
    after_days: int = 30
    currency: str = "CNY"
    events_whole: int = 90
    tells_untold: bool = False


@dataclass(frozen=True)
class MonthInputs:
    """Sessions that start in the month (local date of `settings.zone`); `neighbours`: those around it, never computed.

    Neighbours must reach `after_days` and the longest session beyond the month on both sides: an order after a
    broadcast is of the last session before it, in whichever month; with fewer it might count in two months or in none.
    `aside`: (batch, row) of session reports that make no session: held, or put aside by a person.
    `shifts`: every shift (not absent, not cancelled) that may touch the sessions or a neighbour at the same time.
    `answers`: who answers for rooms; facts do not depend on it, values by room do.
    `within`: of files only rows about instants in [from, to) are read, and what depends on them; None: all (kpi.redo).
    `matches`: newest first. `tag_rules`: the first made first, with ids that differ; lists beat them (engine.tagging).
    `crowds`: of sessions some of whose events are erased.
    """

    month: str  # YYYY-MM
    accounts: Sequence[AccountIn]
    sessions: Sequence[SessionIn]
    neighbours: Sequence[SessionIn]
    shifts: Sequence[ShiftIn]
    batches: Sequence[BatchIn]
    tag_rules: Sequence[TagRuleIn] = ()
    settings: Settings = field(default_factory=Settings)
    rates: Sequence[RateIn] = ()
    matches: Sequence[MatchIn] = ()
    aside: Sequence[tuple[int, int]] = ()
    people: Sequence[PersonIn] = ()
    due: Sequence[DueIn] = ()
    ad_parts: Sequence[AdPartIn] = ()
    answers: Sequence[AnswerIn] = ()
    outages: Sequence[OutageIn] = ()
    crowds: Sequence[CrowdIn] = ()
    within: tuple[int, int] | None = None


@dataclass(frozen=True)
class CrewMember:
    person: int
    shift: int
    weight: int
    confirmed: bool
    lead: bool = False


@dataclass(frozen=True)
class SegmentOut:
    """`date`: the business date that unassigned amounts of this segment fall on (ISO)."""

    session: int
    number: int
    start_ms: int
    end_ms: int
    date: str
    crew: Mapping[str, Sequence[CrewMember]]


@dataclass(frozen=True, slots=True)
class FactOut:
    """See measurement.models.SegmentFact.

    `currency`: what the file's money was in where that is not the team's, and `original` its amount there. Money that
    has no rate waits: its `measure` says so (kpi.money.waiting) and its amount is the original one.
    """

    place: str
    kind: str
    account: int | None
    session: int | None
    segment: int | None
    date: str
    measure: str
    basis: str
    amount: int
    currency: str = ""
    original: int | None = None


@dataclass(frozen=True, slots=True)
class CreditOut:
    """See measurement.models.Credit."""

    session: int
    segment: int
    role: str
    person: int | None
    shift: int | None
    date: str
    measure: str
    basis: str
    amount: int
    weight: int = 1
    weights: int = 1
    reason: str = ""
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class DirectOut:
    """See measurement.models.DirectCredit."""

    table: str
    batch: int
    row: int
    person: int | None
    name: str
    date: str
    measure: str
    amount: int
    reason: str = ""


@dataclass(frozen=True)
class MonthResult:
    """`rows_path`: Parquet of every placed file row, columns of PLACED_ROW, by (session, segment, instant_ms).

    `crowds`: of every session with events.
    """

    segments: Sequence[SegmentOut]
    facts: Sequence[FactOut]
    credits: Sequence[CreditOut]
    rows_path: Path
    # source table → {"as_of_ms": newest, "until_ms": newest instant seen, "rows": visible rows}
    coverage: Mapping[str, Mapping[str, int]]
    direct: Sequence[DirectOut] = ()
    crowds: Sequence[CrowdIn] = ()


# rows.parquet: where each visible file row of the month went. A row that several places may claim (分不清, or a
# session report over several segments) stands once for each, with basis `allocated` and its whole amount; `measure`
# says what its amount is in. Money of another currency is converted so that a place's rows add up to its fact; then
# `currency` and `original` are the file's. `why`: what decided between sessions (products, decision); `claimants`: the
# sessions of any month that may claim a line that is shared, by their ids in ascending order, with blanks between.
# Events have no rows here: one without batch and line stands for all of a segment and measure, with what they make
# (`label`: ids of their batches, with blanks between; `count`: how many rows they are).
# A row of ad spend or a reading stands once for each place and measure, with its part: the parts of a place make its
# fact.
PLACED_ROW = {
    "table": "text",  # order_line | after_sale | session_report | minute | reading | ad_spend | event
    "batch": "int64",
    "row": "int64",
    "place": "text",
    "kind": "text",
    "tag": "text",
    "account": "int64",
    "session": "int64",
    "segment": "int64",  # null where none
    "instant_ms": "int64",  # order instant (an after-sale carries its order's), session start
    "date": "text",
    "measure": "text",
    "amount": "int64",
    "count": "int64",
    "basis": "text",
    "sub_order": "text",
    "refunded_ms": "int64",
    "label": "text",  # label: product name or account name
    "currency": "text",
    "original": "int64",
    "why": "text",
    "claimants": "text",
    # what gave the tag, wherever the line stands: a list's row, or a rule
    "tag_batch": "int64",
    "tag_row": "int64",
    "tag_rule": "int64",
}

"""What a source declares, and what reading a file gives: facts out, rejects out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kaibo.facts.spool import Spool
from kaibo.message import Message

Fact = dict[str, Any]
# in the order of the file; a list is a dict a fact, so what may be long is a spool
Facts = list[Fact] | Spool


class Seen(StrEnum):
    """How sure we are of a column's name and meaning (formats.md)."""

    FILE = "seen"
    PARSER = "from parser code"
    UNCONFIRMED = "unconfirmed"
    # someone said so of this very header
    TOLD = "told"


class Cell(StrEnum):
    """How a cell is cleaned."""

    TEXT = "text"
    ID = "id"
    COUNT = "count"
    MONEY = "money"
    FRACTION = "fraction"
    INSTANT = "instant"
    DATE = "date"
    CLOCK = "clock"
    DURATION = "duration"
    SHARE = "share"
    IGNORED = "ignored"


@dataclass(frozen=True)
class Column:
    """One column of a platform's file. `field`: the fact's field it fills, "" where it is kept only in the raw text.

    `private` columns are dropped at the door: neither fact nor raw text keeps them.
    """

    name: str
    field: str = ""
    cell: Cell = Cell.TEXT
    required: bool = False
    key: bool = False
    aliases: tuple[str, ...] = ()
    seen: Seen = Seen.FILE
    private: bool = False
    meaning: str = ""


@dataclass(frozen=True)
class Source:
    """A kind of file. `table`: the fact table its rows go to. `unlocks`: what it makes possible (English msgid)."""

    key: str
    title: str
    table: str
    columns: tuple[Column, ...]
    key_fields: tuple[str, ...]
    unlocks: str
    export_how: str
    mode: str = "upsert"
    # the platform whose rooms the file speaks of; "" where the file or a person says it, or it has none (a roster)
    platform: str = ""
    # what it is called where it comes from, in every language; `title` where empty
    name: str = ""

    @property
    def own_name(self) -> str:
        return self.name or self.title


class Refused(Exception):
    """A structural fault: the file is not imported at all. `message` says what happened, `todo` what to do next."""

    def __init__(self, message: Message, todo: Message) -> None:
        super().__init__(str(message))
        self.message = message
        self.todo = todo


class UnknownTable(Refused):
    """A table that no source reads. A person may say what its columns are."""


ORDER_ABOUT = (
    "ordered_ms", "paid_ms", "currency", "platform", "creator_id", "creator_name", "account", "flow_kind",
    "flow_source",
)  # fmt: skip


def about_order(fact: Fact) -> dict[str, Any]:
    """What is known of an order line that is rejected; nothing of any other row."""
    if "sub_order" not in fact:
        return {}
    return {name: fact[name] for name in ORDER_ABOUT if fact.get(name) is not None}


@dataclass(frozen=True)
class Rejected:
    """A row that could not be read. `line`: the row number as the spreadsheet program shows it (1-based).

    `about`: of an order line, the fields of ORDER_ABOUT that could be read, to say of which broadcast it would be.
    """

    line: int
    column: str
    value: str
    reason: Message
    amount_minor: int | None = None
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answers:
    """What the file does not say and a person (or a flag) did; "" is not said.

    account: a room's handle · platform · zone: IANA · currency: ISO 4217 · as_of: ISO · month: YYYY-MM ·
    ad_account · session: the start (ISO) of the session that the file is of · start, end: the file's period (ISO
    dates, both inside it) · order_kind: what all orders of the file are (self_live) where it does not say ·
    day_order: DM or MD · list_name, tag, reason: of a list of orders that are not sales.
    """

    account: str = ""
    platform: str = ""
    zone: str = ""
    currency: str = ""
    as_of: str = ""
    month: str = ""
    ad_account: str = ""
    session: str = ""
    start: str = ""
    end: str = ""
    order_kind: str = ""
    day_order: str = ""
    list_name: str = ""
    tag: str = ""
    reason: str = ""


@dataclass
class Reading:
    """A file as understood. `facts` lack only the batch id; each has `row`, the 1-based line of the file.

    `questions`: names of the Answers still needed before the import can go on (empty when it can).
    `sample`: the first rows as they will be understood, for the preview: [{column title: text shown}].
    """

    source: Source
    facts: Facts
    rejects: list[Rejected] = field(default_factory=list)
    warnings: list[Message] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    as_of_ms: int | None = None
    as_of_from: str = ""
    unknown_columns: list[str] = field(default_factory=list)
    missing_columns: list[str] = field(default_factory=list)
    dropped_totals: int = 0
    rows_seen: int = 0
    first_instant_ms: int | None = None
    last_instant_ms: int | None = None
    accounts: list[str] = field(default_factory=list)
    sample: Sequence[Mapping[str, str]] = ()
    # fact table → facts, for a file that speaks of several kinds of thing beside its source's own table
    more: Mapping[str, Sequence[Fact]] = field(default_factory=dict)
    # what tells the file's session among others where the file does not: comments, new_followers, fan_club (sums, only
    # where every minute is known), first_ms, last_ms
    fingerprint: Mapping[str, int] = field(default_factory=dict)

    def fill(self, name: str, value: Any) -> None:
        """Set a field of every fact; a loop over a million facts takes long."""
        if isinstance(self.facts, Spool):
            self.facts.fill(name, value)
            return
        for fact in self.facts:
            fact[name] = value

    def column(self, name: str) -> Iterator[Any]:
        """One field of every fact, None where one has not got it."""
        if isinstance(self.facts, Spool):
            return self.facts.column(name)
        return (fact.get(name) for fact in self.facts)

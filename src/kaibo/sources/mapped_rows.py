"""The rows of a mapped table: its cells as their units say, its dates and times joined, its ends worked out."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from kaibo.facts.schema import AFTER_SALE, INSTANT, MINUTE, ORDER_LINE, ROSTER_SHIFT, SESSION_REPORT, TABLES
from kaibo.message import Message
from kaibo.sources import mapped_cells as cells
from kaibo.sources.cells import CellError, count, digits_of, identifier, minute, text
from kaibo.sources.clocks import Clock
from kaibo.sources.extraction import Clean, Rules
from kaibo.sources.headers import Match
from kaibo.sources.mapped_sample import sample
from kaibo.sources.mapped_targets import (
    CLOCK,
    DATE,
    DAY,
    DMY,
    DURATION,
    LENGTH,
    MDY,
    MONEY,
    TEXT,
    TIME,
    Read,
    target_of,
)
from kaibo.sources.people import ROLES, person_name
from kaibo.sources.reading import Fact, Reading, Refused
from kaibo.sources.tabular import Context, day_bounds, read_table

if TYPE_CHECKING:
    from kaibo.sources.mapped import MappedColumn
    from kaibo.sources.mapped import Mapping as TableMapping

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
EXCHANGES = ("换货", "exchange")
SELF_LIVE, LIVE = "self_live", "直播"
ROLE_KEYS = frozenset(ROLES.values())
ONE_ORDER = Message("Write the dates of this column in one order throughout, or export the file again untouched.")


def rows_of(match: Match, context: Context, mapping: "TableMapping", whole: str) -> Reading:
    """The Reading of a mapped table. `whole`: the room or ad account of the whole file, where one was named."""
    rows = _Rows(mapping, context, whole)
    reading = read_table(match, context, rows.rules)
    rows.check_orders()
    reading.sample = sample(reading.facts, mapping, rows.clock, rows.digits)
    for fact in reading.facts:
        rows.mend(fact)
    reading.questions = rows.questions(reading)
    # unmapped columns are left out on purpose, so nothing of the mapping is missing
    reading.missing_columns = []
    _bounds(reading, mapping, rows.clock)
    reading.accounts = sorted({fact["account"] for fact in reading.facts if fact.get("account")})
    reading.warnings += _warnings(reading, rows.clock, mapping)
    return reading


class _Rows:
    """One reading of one mapped table."""

    def __init__(self, mapping: "TableMapping", context: Context, whole: str) -> None:
        self.mapping, self.context, self.whole = mapping, context, whole
        self.clock, self.digits = Clock(context.answers.zone), digits_of(context.currency)
        self.orders: dict[str, cells.Order] = {}
        self.by_target = {column.target: column for column in mapping.columns}
        # an end may need the day of its start
        self.instants = sorted({column.field for column in mapping.columns if column.part}, key=lambda f: f == "end_ms")
        self.rules = self._rules()

    def _rules(self) -> Rules:
        mapping, mapped = self.mapping, list(self.by_target)
        reads = {column.target: self._read(column) for column in mapping.columns}
        amounts = [target.field for target in mapping.kind.targets if target.read is MONEY and target.field in mapped]
        needed = [name for one in mapping.kind.needed for name in self._needed(one)]
        named = (*mapping.kind.key, *(t.field for t in mapping.kind.targets if t.read in (Read.INSTANT, DATE)))
        identity = [name for name in mapped if name.partition(":")[0] in named]
        figures = [name for name in mapped if name not in identity and reads[name] not in (TEXT, Read.ID)]
        return Rules(
            needed=tuple(needed),
            identity=tuple(identity or needed),
            finish=self.finish,
            amount=amounts[0] if amounts else "",
            figure=(amounts or figures or mapped)[0],
            labels=tuple(name for name in mapped if reads[name] is TEXT),
            contested=True,
            own={column.target: self._clean(column) for column in mapping.columns},
            damaged_key_todo=Message("Export the file again and drop it as it is, not saved by a spreadsheet program."),
        )

    def _needed(self, one_of: tuple[str, ...]) -> list[str]:
        """The mapped columns without which a row is no fact; of several that would do, the first."""
        if one_of == ("paid_ms",) or one_of == ("refunded_ms",):
            return []  # blank says: not paid, no money went back
        for field in one_of:
            found = [target for target in self.by_target if target.partition(":")[0] == field]
            if found:
                return found
        return []

    def _read(self, column: "MappedColumn") -> Read:
        target = target_of(self.mapping.table, column.field)
        return target.read if target else TEXT

    def _clean(self, column: "MappedColumn") -> Clean:
        read = self._read(column)
        if column.part == TIME:
            return cells.time_of
        if read in (Read.INSTANT, DATE):
            order = self.orders.setdefault(column.target, cells.Order(column.unit))
            if column.part == DAY or read is DATE:
                return cells.day_of(order)
            return cells.instant(order, self.clock, timed=True)
        if read is MONEY:
            signed = column.field.startswith("net_")
            return cells.money(column.unit, self.digits, self.context.currency, signed=signed)
        if read is DURATION:
            return cells.length(column.unit)
        if read is CLOCK:
            return minute
        return _PLAIN[read]

    def finish(self, fact: Fact) -> tuple[str, Message] | None:
        """Join what stands in two columns, work out ends, and say what cannot be."""
        for field in self.instants:
            if problem := self._join(fact, field):
                return problem
        if other := self._other_currency(fact):
            return other
        special = _FINISH.get(self.mapping.table)
        return special(self, fact) if special else self._end(fact)

    def _join(self, fact: Fact, field: str) -> tuple[str, Message] | None:
        """An instant of the day and the time that stand in two columns; unknown where one of them is."""
        fact[field] = None
        has_day, has_time = f"{field}:{DAY}" in self.by_target, f"{field}:{TIME}" in self.by_target
        seconds = fact[f"{field}:{TIME}"] if has_time else 0
        start = fact.get(self.start) if field == "end_ms" else None
        day = fact[f"{field}:{DAY}"] if has_day else self._day(start)
        if day is None or seconds is None:
            return None
        try:
            fact[field] = self._joined(day, seconds, start, whole_day=not has_time, own_day=has_day)
        except CellError as error:
            return self.name_of(field), error.message
        return None

    def _joined(self, day: date, seconds: int, start: int | None, *, whole_day: bool, own_day: bool) -> int:
        """An end that is a day is that day's end; one that is a mere time of day may be on the day after the start."""
        found = self._at(day, seconds)
        if start is None:
            return found
        if whole_day or (not own_day and found <= start):
            return self._at(day + timedelta(days=1), seconds)
        return found

    def _day(self, instant: int | None) -> date | None:
        return None if instant is None else self.clock.local(instant).date()

    @property
    def start(self) -> str:
        return INSTANT[self.mapping.table]

    def _at(self, day: date, seconds: int) -> int:
        return self.clock.ms(datetime.combine(day, time()) + timedelta(seconds=seconds))

    def name_of(self, field: str) -> str:
        """What the file calls the column of a field."""
        return next(column.name for column in self.mapping.columns if column.field == field)

    def _other_currency(self, fact: Fact) -> tuple[str, Message] | None:
        said = fact.get("currency")
        if not said or said.strip().upper() == self.context.currency:
            return None
        values = {"other": said, "own": self.context.currency}
        return self.name_of("currency"), Message("This row is in %(other)s, the file in %(own)s.", values)

    def _end(self, fact: Fact) -> tuple[str, Message] | None:
        """Where a row has an end: it lies behind its start. A day's row ends with the day, another after an hour."""
        table = TABLES[self.mapping.table]
        if "end_ms" not in table or fact.get(self.start) is None:
            return None
        if fact.get("end_ms") is None and fact.get(LENGTH) is not None:
            fact["end_ms"] = fact[self.start] + fact[LENGTH]
        if fact.get("end_ms") is None and self.mapping.table != SESSION_REPORT:
            a_day = f"{self.start}:{TIME}" not in self.by_target and f"{self.start}:{DAY}" in self.by_target
            if a_day:
                following = self.clock.local(fact[self.start]).date() + timedelta(days=1)
                fact["end_ms"] = self._at(following, 0)
            else:
                fact["end_ms"] = fact[self.start] + HOUR_MS
        name = self.name_of("end_ms" if "end_ms" in self._fields else LENGTH if LENGTH in self._fields else self.start)
        if fact.get("end_ms") is None:
            return name, Message("This cell is empty.")
        if fact["end_ms"] <= fact[self.start]:
            return name, Message("The session ends before it starts.") if self.mapping.table == SESSION_REPORT else (
                Message("The end is not behind the start.")
            )
        return None

    @property
    def _fields(self) -> set[str]:
        return {column.field for column in self.mapping.columns}

    def order(self, fact: Fact) -> tuple[str, Message] | None:
        if fact["paid_ms"] is not None and fact["paid_ms"] < fact["ordered_ms"]:
            return self.name_of("paid_ms"), Message("The order was paid before it was placed.")
        if self.context.answers.order_kind == SELF_LIVE and not fact.get("flow_kind"):
            fact["flow_kind"] = LIVE
        return None

    def sale(self, fact: Fact) -> tuple[str, Message] | None:
        said = f"{fact.get('kind') or ''} {fact.get('status') or ''}".lower()
        if any(word in said for word in EXCHANGES):
            fact["refunded_ms"] = None
        if fact["refunded_ms"] is None:
            return None
        if fact["refund_minor"] is None:
            return self.name_of("refund_minor"), Message("The refund succeeded, but its amount is missing.")
        if fact["refunded_ms"] < fact["applied_ms"]:
            return self.name_of("refunded_ms"), Message("The refund is earlier than its application.")
        return None

    def minute(self, fact: Fact) -> tuple[str, Message] | None:
        length = fact.get("length_ms")
        fact["length_ms"] = MINUTE_MS if length is None else length
        if fact["length_ms"] <= 0:
            return self.name_of("length_ms"), Message("This length of time is nothing.")
        return None

    def shift(self, fact: Fact) -> tuple[str, Message] | None:
        start, end = fact["start_minute"], fact["end_minute"]
        if start >= 1440 or start == end:
            return self.name_of("end_minute"), Message("The shift ends when it starts, or does not start on its day.")
        fact["end_minute"] = end if end > start else end + 1440
        said = fact.get("role")
        role = ROLES.get(said or "", said or "host")
        if role not in ROLE_KEYS:
            return self.name_of("role"), Message("Kaibo does not know this role. Write 主播, 副播, 场控, 运营, 投流 …")
        fact["role"], fact["person_name"] = role, person_name(fact["person_name"])
        on: date = fact["date"]
        fact["date"], fact["month"], fact["code"], fact["column"] = on.isoformat(), on.strftime("%Y-%m"), None, 1
        return None

    def check_orders(self) -> None:
        """Raises Refused where a column's dates can only be read in another order, or in both."""
        for target, order in self.orders.items():
            name = self.by_target[target].name
            mixed = order.only_this and order.only_other
            turned = order.unit in (DMY, MDY) and order.typed and order.texts
            if mixed or turned:
                why = Message("Column %(column)s writes the day first in some lines and the month first in others.", {
                    "column": name})  # fmt: skip
                raise Refused(why, ONE_ORDER)
            if order.only_other:
                raise Refused(
                    Message("Column %(column)s writes day and month the other way round than was said.", {
                        "column": name}),
                    Message("Change its order in the mapping."),
                )  # fmt: skip

    def mend(self, fact: Fact) -> None:
        """Make of a finished row what its table holds: parts and helpers go, the whole file's room comes."""
        known = TABLES[self.mapping.table]
        for name in [name for name in fact if name not in known]:
            del fact[name]
        whole = self.mapping.kind.whole
        if whole and fact.get(whole) is None:
            fact[whole] = self.whole or None
        if "account" in known and fact.get("account") is None:
            fact["account"] = fact.get("account_name")

    def questions(self, reading: Reading) -> list[str]:
        """What must be said of this file: its room (or ad account), where no column and nobody says it."""
        whole = self.mapping.kind.whole
        if not whole or self.mapping.table == ORDER_LINE:
            return []
        return [whole] if any(fact[whole] is None for fact in reading.facts) else []


_PLAIN: Mapping[Read, Clean] = {TEXT: text, Read.ID: identifier, Read.COUNT: count}
_FINISH: Mapping[str, Any] = {
    ORDER_LINE: _Rows.order, AFTER_SALE: _Rows.sale, MINUTE: _Rows.minute, ROSTER_SHIFT: _Rows.shift,
}  # fmt: skip


def _bounds(reading: Reading, mapping: "TableMapping", clock: Clock) -> None:
    if mapping.table == ROSTER_SHIFT:
        reading.first_instant_ms, reading.last_instant_ms = day_bounds(reading.facts, clock)
        return
    ends = [fact[name] for fact in reading.facts for name in ("end_ms",) if fact.get(name) is not None]
    if mapping.kind.whole == "ad_account" and ends:
        reading.last_instant_ms = max(ends) - 1
    if mapping.table == MINUTE and reading.facts:
        reading.last_instant_ms = max(fact["minute_ms"] + fact["length_ms"] for fact in reading.facts) - 1


def _warnings(reading: Reading, clock: Clock, mapping: "TableMapping") -> list[Message]:
    """What looks wrong in a mapped table as a whole."""
    at = INSTANT[mapping.table]
    days = any(column.target == f"{at}:{DAY}" for column in mapping.columns)
    if not at or days or len(reading.facts) < 3:
        return []
    midnight = all(clock.local(fact[at]).time() == time() for fact in reading.facts)
    said = Message("Every row begins at midnight: is the time of day in another column?")
    return [said] if midnight else []

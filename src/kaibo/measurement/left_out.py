"""What of a month's orders, minutes, readings and ad spend is credited to nobody: how much, why, and its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from kaibo.facts.left_out_rows import left_out_rows, left_out_total
from kaibo.facts.schema import AD_SPEND, MINUTE, ORDER_LINE, READING
from kaibo.kpi.ad_spend import NO_ROOM
from kaibo.kpi.money import waits
from kaibo.kpi.off_air import OTHER_MONEY, READ_MONEY
from kaibo.kpi.values import Amounts
from kaibo.live.models import Account, TagRule
from kaibo.look import numbers
from kaibo.measurement import lost_readings
from kaibo.measurement.finders import computation_of, current_facts, fact_sums, from_ms, rows_path, total
from kaibo.measurement.session_figures import waiting_amounts
from kaibo.measurement.tags_page import sums_of, words_of
from kaibo.measurement.words import place_word, todo_word

# what is in no segment, in the order in which a reader asks for it
PLACES = ("unmatched", "outside", "tagged", "after", "unpaid")


@dataclass(frozen=True)
class Group:
    """Order lines left out for one reason, or minutes (`views`; `paid_minor` is the platform's GMV), readings of it, or
    hours of ad spend (`paid_minor` is the spend).

    `todo`: what can be done about it, "" where that is how it should be.
    """

    place: str
    kind: str
    title: str
    todo: str
    orders: int | None
    paid_minor: int | None
    views: int | None = None
    # (amount, currency) of what waits for a rate
    waiting: Sequence[tuple[int, str]] = ()
    # of readings: how many; what they would say depends on those before them
    readings: int | None = None

    @property
    def is_minutes(self) -> bool:
        return self.kind.startswith("minute_")

    @property
    def is_ads(self) -> bool:
        return self.kind.startswith("ad_")

    @property
    def is_readings(self) -> bool:
        return self.kind in lost_readings.KINDS

    @property
    def of_views(self) -> bool:
        """Whether its rows tell views; else amounts."""
        return self.is_minutes and self.kind != OTHER_MONEY

    @property
    def needs_room(self) -> bool:
        return self.kind == NO_ROOM

    @property
    def table(self) -> str:
        if self.kind == READ_MONEY:
            return READING
        return MINUTE if self.is_minutes else AD_SPEND if self.is_ads else ORDER_LINE


@dataclass(frozen=True)
class Line:
    """One order line and the file row it came from; `minor` is in the order's own currency where the row says it.

    Of a minute `views` stands instead.
    """

    at: datetime | None
    label: str
    room: str
    minor: int | None
    currency: str
    batch: int
    row: int
    session: int | None
    # what gave its tag, where it has one
    tagged_by: "TaggedBy | None" = None
    views: int | None = None


@dataclass(frozen=True)
class TaggedBy:
    """A list (its batch, and its name) or, where there is no batch, a rule; and the reason it gives."""

    name: str
    reason: str
    batch: int | None = None
    rule: int | None = None


def groups(month: date) -> list[Group]:
    """The reasons of the month's computation, if there is one, and those of readings that say nothing."""
    read = lost_readings.counted(lost_readings.lost_readings(month))
    lost = [
        Group("unmatched", kind, place_word("", kind), todo_word("", kind), None, None, readings=count)
        for kind, count in read.items()
    ]
    computation = computation_of(month)
    if computation is None:
        return lost
    sums = fact_sums(current_facts().filter(computation=computation, place__in=PLACES), "place", "kind")
    found = [
        Group(
            place, kind, _title(place, kind), _todo(place, kind, amounts), total(amounts, "orders"),
            total(amounts, _money(kind)), total(amounts, "views"), waiting_amounts(amounts, _money(kind)),
        )
        for (place, kind), amounts in sums.items()
    ]  # fmt: skip
    return sorted([*found, *lost], key=lambda one: (PLACES.index(one.place), -(one.paid_minor or 0)))


def _money(kind: str) -> str:
    if kind.startswith("ad_"):
        return "spend_minor"
    return "gmv_minor" if kind == READ_MONEY or kind.startswith("minute_") else "paid_minor"


def spend_without_room() -> int:
    """Days of ad spend, of any month, whose ad account has no room yet."""
    spent = current_facts().filter(kind=NO_ROOM, measure__startswith="spend_minor", amount__gt=0)
    return spent.order_by().values("date").distinct().count()


def _todo(place: str, kind: str, amounts: Amounts) -> str:
    """Money that waits for the rate of a day needs it, whatever else its reason is; what nobody paid needs nothing."""
    dated = any(found and found[2] for found in (waits(measure) for measure, _basis in amounts))
    if dated and place != "unpaid" and not kind.startswith("minute_"):
        return _("Enter the exchange rate of that day.")
    return todo_word(place, kind)


def _title(place: str, kind: str) -> str:
    """The reason; of lines nobody paid for, what they would have been too."""
    word = place_word(place, kind)
    if place != "unpaid":
        return word
    kinds = _("Own broadcast") if kind == "self_live" else place_word("outside", kind)
    return f"{word} · {kinds}"


def count_of(month: date, group: Group, tag_batch: int | None = None) -> int:
    """How many order lines a reason has; `tag_batch`: of those that this list names."""
    if group.is_readings:
        return group.readings or 0
    path = _path(month)
    if path is None:
        return 0
    return left_out_total(path, place=group.place, kind=group.kind, tag_batch=tag_batch, table=group.table).rows


def lines_of(
    month: date, group: Group, *, limit: int, offset: int = 0, tag_batch: int | None = None
) -> list[Line]:  # fmt: skip
    """The order lines of a reason, in the order of their time."""
    rooms = dict(Account.objects.values_list("pk", "name"))
    if group.is_readings:
        found = [one for one in lost_readings.lost_readings(month) if one.kind == group.kind]
        return [_line_of_reading(one, rooms) for one in found[offset : offset + limit]]
    path = _path(month)
    if path is None:
        return []
    rows = left_out_rows(
        path,
        place=group.place,
        kind=group.kind,
        table=group.table,
        limit=limit,
        offset=offset,
        tag_batch=tag_batch,
    )
    tagged = _tagged_by(rows)
    return [_line(row, rooms, tagged) for row in rows]


def _line_of_reading(one: lost_readings.LostReading, rooms: dict[int, str]) -> Line:
    """With its figures in words: running totals are no amounts of anything yet."""
    views, orders, minor, online = one.figures
    currency = one.currency or settings.KAIBO_CURRENCY
    said = [
        (_("Views"), None if views is None else numbers.count(views)),
        (_("Orders"), None if orders is None else numbers.count(orders)),
        (_("Amount"), None if minor is None else numbers.money(minor, currency)),
        (_("Online"), None if online is None else numbers.count(online)),
    ]
    label = " · ".join(f"{name} {figure}" for name, figure in said if figure is not None)
    room = rooms.get(one.account, one.name) if one.account else one.name
    return Line(from_ms(one.at_ms), label, room, None, "", one.batch, one.row, None)


def kind_of_list(month: date, tag_batch: int) -> str:
    """The tag of the first order line that this list left out of the month, "" where it left out none."""
    computation = computation_of(month)
    if computation is None or tag_batch not in sums_of(computation):
        return ""
    path = _path(month)
    rows = left_out_rows(path, place="tagged", kind=None, tag_batch=tag_batch, limit=1) if path else []
    return str(rows[0]["kind"] or "") if rows else ""


Key = tuple[int | None, int | None, int | None]


def _key(row: dict[str, Any]) -> Key:
    """What gave the row's tag; computations of before there were lists do not say."""
    return row.get("tag_batch"), row.get("tag_row"), row.get("tag_rule")


def _tagged_by(rows: Sequence[dict[str, Any]]) -> dict[Key, TaggedBy]:
    keys = {_key(row) for row in rows if row["place"] == "tagged"}
    words = words_of((batch, row) for batch, row, _rule in keys if batch is not None and row is not None)
    rules = TagRule.objects.in_bulk([rule for *_, rule in keys if rule is not None])
    found: dict[Key, TaggedBy] = {}
    for batch, row, rule in keys:
        if batch is not None and row is not None:
            name, reason = words.get((batch, row), ("", ""))
            found[batch, row, rule] = TaggedBy(name, reason, batch=batch)
        elif rule in rules:
            found[batch, row, rule] = TaggedBy(rules[rule].tag, rules[rule].reason, rule=rule)
    return found


def _path(month: date) -> Path | None:
    computation = computation_of(month)
    path = rows_path(computation) if computation else None
    return path if path and path.is_file() else None


def _line(row: dict[str, Any], rooms: dict[int, str], tagged: dict[Key, TaggedBy]) -> Line:
    at = None if row["instant_ms"] is None else from_ms(row["instant_ms"])
    room = rooms.get(row["account"], "")
    if row["table"] == MINUTE and row["kind"] != OTHER_MONEY:
        return Line(
            at,
            "",
            room or row["label"] or "",
            None,
            "",
            row["batch"],
            row["row"],
            row["session"],
            views=row["amount"],
        )
    # computations of before rates were known say neither
    original, currency = row.get("original"), row.get("currency") or settings.KAIBO_CURRENCY
    minor = row["amount"] if original is None else original
    by = tagged.get(_key(row)) if row["place"] == "tagged" else None
    return Line(at, row["label"] or "", room, minor, currency, row["batch"], row["row"], row["session"], by)

"""What of a month's orders is credited to nobody: how much for which reason, and the order lines themselves."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from kaibo.facts.left_out_rows import left_out_rows, left_out_total
from kaibo.kpi.money import waits
from kaibo.kpi.values import Amounts
from kaibo.live.models import Account
from kaibo.measurement.finders import computation_of, current_facts, fact_sums, from_ms, rows_path, total
from kaibo.measurement.words import place_word, todo_word

# what is in no segment, in the order in which a reader asks for it
PLACES = ("unmatched", "outside", "tagged", "after", "unpaid")


@dataclass(frozen=True)
class Group:
    """Order lines left out for one reason. `todo`: what can be done about it, "" where that is how it should be."""

    place: str
    kind: str
    title: str
    todo: str
    orders: int | None
    paid_minor: int | None


@dataclass(frozen=True)
class Line:
    """One order line and the file row it came from; `minor` is in the order's own currency where the row says it."""

    at: datetime | None
    label: str
    room: str
    minor: int
    currency: str
    batch: int
    row: int
    session: int | None


def groups(month: date) -> list[Group]:
    """The reasons of the month's computation; [] where it has none."""
    computation = computation_of(month)
    if computation is None:
        return []
    sums = fact_sums(current_facts().filter(computation=computation, place__in=PLACES), "place", "kind")
    found = [
        Group(
            place, kind, _title(place, kind), _todo(place, kind, amounts), total(amounts, "orders"),
            total(amounts, "paid_minor"),
        )
        for (place, kind), amounts in sums.items()
    ]  # fmt: skip
    return sorted(found, key=lambda one: (PLACES.index(one.place), -(one.paid_minor or 0)))


def _todo(place: str, kind: str, amounts: Amounts) -> str:
    """Money that waits for the rate of a day needs it, whatever else its reason is; what nobody paid needs nothing."""
    dated = any(found and found[2] for found in (waits(measure) for measure, _basis in amounts))
    if dated and place != "unpaid":
        return _("Enter the exchange rate of that day.")
    return todo_word(place, kind)


def _title(place: str, kind: str) -> str:
    """The reason; of lines nobody paid for, what they would have been too."""
    word = place_word(place, kind)
    if place != "unpaid":
        return word
    kinds = _("Own broadcast") if kind == "self_live" else place_word("outside", kind)
    return f"{word} · {kinds}"


def count_of(month: date, group: Group) -> int:
    """How many order lines a reason has."""
    path = _path(month)
    return 0 if path is None else left_out_total(path, place=group.place, kind=group.kind).rows


def lines_of(month: date, group: Group, *, limit: int, offset: int = 0) -> list[Line]:
    """The order lines of a reason, in the order of their time."""
    path = _path(month)
    if path is None:
        return []
    rooms = dict(Account.objects.values_list("pk", "name"))
    rows = left_out_rows(path, place=group.place, kind=group.kind, limit=limit, offset=offset)
    return [_line(row, rooms) for row in rows]


def _path(month: date) -> Path | None:
    computation = computation_of(month)
    path = rows_path(computation) if computation else None
    return path if path and path.is_file() else None


def _line(row: dict[str, Any], rooms: dict[int, str]) -> Line:
    at = None if row["instant_ms"] is None else from_ms(row["instant_ms"])
    room = rooms.get(row["account"], "")
    # computations of before rates were known say neither
    original, currency = row.get("original"), row.get("currency") or settings.KAIBO_CURRENCY
    minor = row["amount"] if original is None else original
    return Line(at, row["label"] or "", room, minor, currency, row["batch"], row["row"], row["session"])

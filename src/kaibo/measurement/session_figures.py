"""Sums of a session's facts: its figures, and what of its time is credited to nobody."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from kaibo.kpi.money import waits
from kaibo.kpi.values import Amounts
from kaibo.measurement.finders import total, whole_total
from kaibo.measurement.words import place_word

# (place, kind, segment) → amounts
Places = Mapping[tuple[Any, ...], Amounts]


@dataclass(frozen=True)
class Figures:
    """The session's sums; None is unknown. Its rates are Σ ÷ Σ."""

    paid: int | None
    orders: int | None
    refund: int | None
    views: int | None
    allocated_views: bool = False

    @property
    def net(self) -> int | None:
        return None if self.paid is None or self.refund is None else self.paid - self.refund

    @property
    def per_order(self) -> int | None:
        return round(Fraction(self.paid, self.orders)) if self.paid is not None and self.orders else None


@dataclass(frozen=True)
class LeftOut:
    """Orders of this session's time that no person is credited with: which place, which kind, how much.

    Or minutes told with it that lie off air: then `views` and `comments` instead.
    """

    place: str
    kind: str
    orders: int | None
    paid: int | None
    views: int | None = None
    comments: int | None = None
    # of `paid`; empty: the team's
    currency: str = ""

    @property
    def word(self) -> str:
        return place_word(self.place, self.kind)

    @property
    def is_minutes(self) -> bool:
        return self.kind.startswith("minute_")


def figures(amounts: Amounts) -> Figures:
    return Figures(
        paid=total(amounts, "paid_minor"),
        orders=total(amounts, "orders"),
        refund=total(amounts, "refund_minor"),
        views=whole_total(amounts, "views"),
        allocated_views=bool(total(amounts, "views", "allocated", "approximated")),
    )


def merged(found: Iterable[Amounts]) -> dict[tuple[str, str], int]:
    """Amounts added up by (measure, basis)."""
    sums: dict[tuple[str, str], int] = {}
    for amounts in found:
        for key, amount in amounts.items():
            sums[key] = sums.get(key, 0) + amount
    return sums


def by_place(places: Places) -> dict[str, Amounts]:
    names = {place for place, _kind, _segment in places}
    return {name: merged(found for key, found in places.items() if key[0] == name) for name in names}


def by_segment(places: Places) -> dict[int | None, Amounts]:
    """Segment number → amounts of every kind together."""
    kinds: dict[int | None, list[Amounts]] = {}
    for (place, _kind, segment), found in places.items():
        if place == "segment":
            kinds.setdefault(segment, []).append(found)
    return {segment: merged(found) for segment, found in kinds.items()}


def left_out(places: Places) -> list[LeftOut]:
    """Every order and minute that is not in a segment, largest first."""
    kinds: dict[tuple[str, str], list[Amounts]] = {}
    for (place, kind, _segment), found in places.items():
        if place not in ("segment", "report"):
            kinds.setdefault((place, kind), []).append(found)
    rows = [row for (place, kind), found in kinds.items() for row in _by_currency(place, kind, merged(found))]
    shown = [row for row in rows if row.orders or row.paid or row.is_minutes]
    return sorted(shown, key=lambda row: (row.currency, -(row.paid or 0), row.place, row.kind))


def waiting_amounts(sums: Amounts, of: str = "paid_minor") -> list[tuple[int, str]]:
    """(amount, currency) of the sales (or `of`) that wait for a rate: never added to what is in the team's currency."""
    amounts: dict[str, int] = {}
    for (measure, _basis), amount in sums.items():
        waiting = waits(measure)
        if waiting and waiting[0] == of:
            amounts[waiting[1]] = amounts.get(waiting[1], 0) + amount
    return [(amounts[currency], currency) for currency in sorted(amounts)]


def _by_currency(place: str, kind: str, sums: Amounts) -> list[LeftOut]:
    """A row, and one more for each other currency that something waits in."""
    row = LeftOut(
        place, kind, total(sums, "orders"), total(sums, "paid_minor"), total(sums, "views"), total(sums, "comments")
    )
    waiting = waiting_amounts(sums)
    if row.paid is None and len(waiting) == 1:
        return [replace(row, paid=waiting[0][0], currency=waiting[0][1])]
    return [row, *(LeftOut(place, kind, None, amount, currency=currency) for amount, currency in waiting)]

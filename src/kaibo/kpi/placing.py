"""From sums of orders to facts: what fell into one place, and what several sessions may claim (分不清)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kaibo.kpi.credit import split
from kaibo.kpi.inputs import FactOut
from kaibo.kpi.matching import Cell, Piece
from kaibo.kpi.money import is_money

# additive measures of order lines
MEASURES = ("paid_minor", "orders", "refund_minor", "refund_orders", "refund_late_minor", "presale_orders")

Sums = Mapping[str, int]


Weights = tuple[int, ...] | None


def shared_out(
    cells: Iterable[tuple[Cell, Weights, Sums]], reported_paid: Mapping[int, int], currencies: Mapping[int, str]
) -> Iterator[FactOut]:
    """What falls to the month's own segments of the orders that several sessions may claim, basis `allocated`.

    All orders with the same candidate sessions (and the same decided weights, where a person said) are one sum. It is
    split over the sessions by the weights, else by what each reports as paid (equally where one reports nothing), then
    within a session over its segments by what was ordered during each. Sessions first, so that two months that share a
    candidate agree to the last cent. `currencies`: account → what its amounts are in.
    """
    groups: dict[tuple[tuple[int, ...], Weights], list[tuple[Cell, Sums]]] = defaultdict(list)
    for cell, decided, sums in cells:
        groups[tuple(piece.session.id for piece in cell.pieces), decided].append((cell, sums))
    amounts: dict[tuple[Piece, str], int] = defaultdict(int)
    for (sessions, decided), of_group in groups.items():
        known = [reported_paid[s] for s in sessions if s in reported_paid]
        weights = decided or (known if len(known) == len(sessions) else [1] * len(sessions))
        for measure in MEASURES:
            total = sum(sums.get(measure, 0) for _, sums in of_group)
            for position, share in enumerate(split(total, weights)):
                for piece, part in _over_segments(of_group, position, measure, share):
                    amounts[piece, measure] += part
    for (piece, measure), amount in sorted(amounts.items(), key=_order):
        if amount and piece.own:
            place = (piece.session.account, piece.session.id, piece.segment, piece.date)
            currency = currencies[piece.session.account] if is_money(measure) else ""
            yield FactOut("segment", "self_live", *place, measure, "allocated", amount, currency)


def _over_segments(
    cells: Sequence[tuple[Cell, Sums]], position: int, measure: str, share: int
) -> Iterator[tuple[Piece, int]]:
    ordered: dict[Piece, int] = defaultdict(int)
    for cell, sums in cells:
        ordered[cell.pieces[position]] += sums.get(measure, 0)
    pieces = sorted(ordered, key=lambda piece: piece.start_ms)
    yield from zip(pieces, split(share, [ordered[piece] for piece in pieces]), strict=True)


def _order(item: tuple[tuple[Piece, str], int]) -> tuple[int, int, str]:
    (piece, measure), _ = item
    return piece.session.id, piece.start_ms, measure

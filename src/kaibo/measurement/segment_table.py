"""The table of a session's segments: who was on, what fell into each, and the total as Σ ÷ Σ."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kaibo.kpi.values import Amounts
from kaibo.measurement.crew import ROLE_ORDER, role_label
from kaibo.measurement.finders import total
from kaibo.measurement.models import Segment

# a plain person's row for the segments they were not in
OTHERS = 0


@dataclass(frozen=True)
class Row:
    """`number` OTHERS: all segments of colleagues together. `names`: (role, who) for each of the table's columns.

    `views_of_all`: the views where they are known of the whole row; rates stand on these.
    """

    number: int
    start: datetime | None
    end: datetime | None
    length_ms: int
    names: Sequence[tuple[str, str]]
    assigned: bool
    provisional: bool
    views: int | None
    views_of_all: int | None
    allocated_views: bool
    orders: int | None
    paid: int | None
    refund: int | None

    @property
    def minutes(self) -> int:
        """Whole minutes, rounded half up for showing."""
        return (self.length_ms + 30_000) // 60_000


@dataclass(frozen=True)
class SegmentTable:
    roles: Sequence[str]
    rows: Sequence[Row]
    total: Row | None

    @property
    def role_labels(self) -> list[str]:
        return [role_label(role) for role in self.roles]

    @property
    def any_allocated(self) -> bool:
        return any(row.allocated_views for row in self.rows)

    @property
    def untold(self) -> int:
        """How many segments have views of which no file tells anything, while others' are told."""
        return sum(row.number > 0 and row.views is None for row in self.rows) if self.known else 0

    @property
    def known(self) -> bool:
        return self.total is not None and self.total.views is not None

    @property
    def any_unassigned(self) -> bool:
        return any(not row.assigned for row in self.rows)


def segment_table(
    segments: Sequence[Segment], amounts: Mapping[int | None, Amounts], whole: Amounts, viewer: int | None,
    reported: int | None = None,
) -> SegmentTable:  # fmt: skip
    """`amounts`: segment number → its facts; a measure that `whole` knows and a segment has not is 0 there.

    But views: a segment without any lies outside what minutes, readings or events tell, so that it had none only where
    the others have all that was `reported`.
    `viewer`: the plain person who sees only their own segments apart.
    """
    held = {role for segment in segments for role, members in segment.crew.items() if members}
    roles = [role for role in ROLE_ORDER if role in held or role == "host"]
    every = reported is not None and total(whole, "views") == reported
    zeros = {(measure, "measured"): 0 for measure, _basis in whole if measure != "views" or every}
    rows = [_row(segment, {**zeros, **amounts.get(segment.number, {})}, roles) for segment in segments]
    if not rows:
        return SegmentTable(roles, [], None)
    all_rows = _sum(rows, roles, number=-1)
    if viewer is not None:
        mine = {segment.number for segment in segments if _was_in(segment, viewer)}
        others = [row for row in rows if row.number not in mine]
        rows = [row for row in rows if row.number in mine]
        if others:
            rows.append(_sum(others, roles, number=OTHERS))
    return SegmentTable(roles, rows, all_rows)


def _was_in(segment: Segment, person: int) -> bool:
    return any(member["person"] == person for members in segment.crew.values() for member in members)


def _row(segment: Segment, amounts: Amounts, roles: Sequence[str]) -> Row:
    crew = [segment.crew.get(role, []) for role in roles]
    views = total(amounts, "views")
    return Row(
        number=segment.number,
        start=segment.start,
        end=segment.end,
        length_ms=(segment.end - segment.start) // timedelta(milliseconds=1),
        names=[
            (role_label(role), "、".join(member["name"] for member in members))
            for role, members in zip(roles, crew, strict=True)
        ],
        assigned=bool(segment.crew.get("host")),
        provisional=any(not member["confirmed"] for members in crew for member in members),
        views=views,
        views_of_all=views,
        allocated_views=bool(total(amounts, "views", "allocated", "approximated")),
        orders=total(amounts, "orders"),
        paid=total(amounts, "paid_minor"),
        refund=total(amounts, "refund_minor"),
    )


def _sum(rows: Sequence[Row], roles: Sequence[str], *, number: int) -> Row:
    return Row(
        number=number,
        start=None,
        end=None,
        length_ms=sum(row.length_ms for row in rows),
        names=[(role_label(role), "") for role in roles],
        assigned=any(row.assigned for row in rows),
        provisional=any(row.provisional for row in rows),
        views=_known(row.views for row in rows),
        views_of_all=None if any(row.views is None for row in rows) else _known(row.views for row in rows),
        allocated_views=any(row.allocated_views for row in rows),
        orders=_known(row.orders for row in rows),
        paid=_known(row.paid for row in rows),
        refund=_known(row.refund for row in rows),
    )


def _known(amounts: Iterable[int | None]) -> int | None:
    """The sum of what is known; None where nothing is."""
    found = [amount for amount in amounts if amount is not None]
    return sum(found) if found else None

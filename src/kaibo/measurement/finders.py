"""What other rooms and the pages ask of the current computations. Read only; sums are made in the database.

A person's month is every credit whose business date lies in it, whichever month's computation wrote it: the last
evening's session may begin at 02:00 of the next month, and a 26-hour session may reach into it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from django.db.models import Exists, IntegerField, Max, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Cast

from kaibo.database.prepared import among
from kaibo.kpi.measures import is_peak
from kaibo.kpi.values import Amounts, Piece, pieces_of, untold_in
from kaibo.measurement.closed import Closed, closed_months
from kaibo.measurement.models import Computation, ComputationState, Credit, DirectCredit, Segment, SegmentFact
from kaibo.measurement.months import next_month
from kaibo.measurement.sweeping import derived_root

# a field called date may not name its own type
Day = date
Row = TypeVar("Row", Credit, SegmentFact)
# when a row's session began, which says which files speak of it
BEGAN = "session__start"


def total(amounts: Amounts, measure: str, *bases: str) -> int | None:
    """The sum of a measure, of these bases only if any are named; None where there is no row of it at all."""
    found = [v for (m, basis), v in amounts.items() if m == measure and (not bases or basis in bases)]
    return sum(found) if found else None


def whole_total(amounts: Amounts, measure: str) -> int | None:
    """The same; None too where no file tells it of some segment: what the others have is no sum of all."""
    return None if measure in untold_in(amounts) else total(amounts, measure)


@dataclass(frozen=True)
class Part:
    """Credit summed over what its keys say: one role of a person in a month, a session, a segment, a day.

    `provisional`: an unconfirmed shift is in it. `person` None: unassigned. `last`: the newest business date in it.
    `silent`: see kpi.values.Pool, where `told_apart` said it; `pieces` likewise, where `in_pieces` did.
    """

    amounts: Amounts
    provisional: bool = False
    person: int | None = None
    role: str = ""
    session: int | None = None
    segment: int | None = None
    shift: int | None = None
    date: Day | None = None
    silent: frozenset[str] = frozenset()
    pieces: tuple[Piece, ...] = ()
    reason: str = ""
    weight: int | None = None
    weights: int | None = None
    last: Day | None = None
    keys: Mapping[str, Any] = field(default_factory=dict)

    def total(self, measure: str, *bases: str) -> int | None:
        return total(self.amounts, measure, *bases)


# Computations


def current() -> QuerySet[Computation]:
    """The computations that count, one a month."""
    return Computation.objects.filter(state=ComputationState.CURRENT)


def has_data() -> Q:
    """Of a computation, whether it found anything: a month of which files tell nothing is computed, and empty."""
    own = OuterRef("pk")
    return Q(
        Exists(Segment.objects.filter(computation=own))
        | Exists(SegmentFact.objects.filter(computation=own))
        | Exists(DirectCredit.objects.filter(computation=own))
    )


def computation_of(month: date) -> Computation | None:
    return current().filter(month=month.replace(day=1)).first()


def computed_months() -> list[date]:
    """The months that have a current computation with anything in it, newest first."""
    return list(current().filter(has_data()).order_by("-month").values_list("month", flat=True))


def rows_path(computation: Computation) -> Path:
    """The file of placed rows (kpi.inputs.PLACED_ROW), for facts.reader."""
    return derived_root() / computation.folder / "rows.parquet"


def data_until() -> dict[str, datetime]:
    """Source table → the newest instant that any current computation saw in it."""
    until: dict[str, int] = {}
    for seen in current().values_list("coverage", flat=True):
        for table, about in seen.items():
            if about.get("until_ms") is not None:
                until[table] = max(until.get(table, 0), about["until_ms"])
    return {table: from_ms(ms) for table, ms in until.items()}


def from_ms(ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)


# Credit: what people are measured by


def credits_in(start: date, end: date, closed: Closed | None = None) -> QuerySet[Credit]:
    """The current credits with a business date in [start, end).

    To the days of a closed month only closed computations give credit: a neighbouring month that is still open may
    have come to reach into it since.
    """
    return _in_days(Credit.objects.all(), start, end, closed)


def facts_in(start: date, end: date, closed: Closed | None = None) -> QuerySet[SegmentFact]:
    """The current facts of these business dates, in the same way."""
    return _in_days(SegmentFact.objects.all(), start, end, closed)


def _in_days(rows: "QuerySet[Row]", start: date, end: date, closed: Closed | None) -> "QuerySet[Row]":
    found = rows.filter(computation__state=ComputationState.CURRENT, date__gte=start, date__lt=end)
    closed = closed_months() if closed is None else closed
    fixed = [one.computation for one in closed.values()]
    for month in closed:
        if month < end and next_month(month) > start:
            inside = Q(date__gte=month, date__lt=next_month(month))
            found = found.filter(~inside | Q(computation__in=fixed))
    return found


def credits_of_month(month: date, closed: Closed | None = None) -> QuerySet[Credit]:
    return credits_in(month.replace(day=1), next_month(month), closed)


def parts(credits: QuerySet[Credit], *by: str) -> list[Part]:
    """One Part for each combination of the columns `by`, summed in the database, in the order of the columns.

    Columns that are no fields of Part (`session__account`) stand in its `keys`.
    """
    sums = {"sum": Sum("amount"), "peak": Max("amount"), "last": Max("date")}
    unconfirmed = Max(Cast("provisional", IntegerField()))
    rows = credits.order_by().values(*by, "measure", "basis").annotate(**sums, unconfirmed=unconfirmed)
    amounts: dict[tuple[Any, ...], dict[tuple[str, str], int]] = defaultdict(dict)
    provisional: dict[tuple[Any, ...], bool] = defaultdict(bool)
    last: dict[tuple[Any, ...], date] = {}
    for row in rows:
        key = tuple(row[column] for column in by)
        amounts[key][row["measure"], row["basis"]] = row["peak" if is_peak(row["measure"]) else "sum"]
        provisional[key] |= bool(row["unconfirmed"])
        last[key] = max(last.get(key, row["last"]), row["last"])
    return [
        _part(dict(zip(by, key, strict=True)), amounts[key], provisional[key], last[key]) for key in _sorted(amounts)
    ]


def in_pieces(found: Sequence[Part], credits: QuerySet[Credit], *by: str) -> list[Part]:
    """The parts by these columns, the session among them, with the segments of those of which files tell some only.

    A query where there are any such. `credits`: those that the parts are made of.
    """
    marked = {part.session for part in found if untold_in(part.amounts)}
    if not marked:
        return list(found)
    pieces: dict[tuple[Any, ...], list[Amounts]] = defaultdict(list)
    for part in parts(credits.filter(among("session", sorted(pk for pk in marked if pk))), *by, "segment"):
        pieces[_key(part, by)].append(part.amounts)
    return [
        replace(part, pieces=pieces_of(pieces[_key(part, by)])) if untold_in(part.amounts) else part for part in found
    ]


def _key(part: Part, by: Sequence[str]) -> tuple[Any, ...]:
    return tuple(part.keys[column] if "__" in column else getattr(part, column) for column in by)


def _part(keys: dict[str, Any], amounts: Amounts, provisional: bool, last: date) -> Part:
    known = {name: value for name, value in keys.items() if "__" not in name}
    rest = {name: value for name, value in keys.items() if "__" in name}
    return Part(amounts=amounts, provisional=provisional, last=last, keys=rest, **known)


def _sorted(keys: Mapping[tuple[Any, ...], Any]) -> list[tuple[Any, ...]]:
    """Unknown last, the rest by value."""
    return sorted(keys, key=lambda key: [(value is None, "" if value is None else value) for value in key])


# Facts: what happened, whoever was there


def fact_sums(facts: QuerySet[SegmentFact], *by: str) -> dict[tuple[Any, ...], dict[tuple[str, str], int]]:
    """Amounts by (measure, basis) for each combination of the columns `by`, summed in the database."""
    found: dict[tuple[Any, ...], dict[tuple[str, str], int]] = defaultdict(dict)
    for row in facts.order_by().values(*by, "measure", "basis").annotate(sum=Sum("amount"), peak=Max("amount")):
        amount = row["peak" if is_peak(row["measure"]) else "sum"]
        found[tuple(row[column] for column in by)][row["measure"], row["basis"]] = amount
    return dict(found)


def current_facts() -> QuerySet[SegmentFact]:
    return SegmentFact.objects.filter(computation__state=ComputationState.CURRENT)


def session_summary(sessions: list[int]) -> dict[int, Amounts]:
    """Session → what fell into its segments; sessions without a computation are absent."""
    facts = current_facts().filter(place="segment", session__in=sessions)
    return {session: amounts for (session,), amounts in fact_sums(facts, "session").items()}


def segments_of(sessions: list[int]) -> QuerySet[Segment]:
    """The current segments of these sessions, in order."""
    there = Segment.objects.filter(among("session", sessions), computation__state=ComputationState.CURRENT)
    return there.order_by("session", "start", "number")

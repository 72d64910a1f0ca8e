"""The value of a KPI: numerator and denominator by basis, kept apart to the last step; missing is not zero."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction

from kaibo.kpi.catalog import KPIS, PLANNED, PLANNED_BROADCASTS, PLANS, Kpi, Term
from kaibo.kpi.measures import BROADCASTS, OUT, OUTAGES, TOLD, UNTOLD, is_peak
from kaibo.kpi.money import waits

MEASURED = "measured"

# why a value is missing: fact table → reason
MISSING = {
    "order_line": "no_orders", "after_sale": "no_after_sales", "session_report": "no_report",
    "service_result": "no_service", "service_case": "no_cases", "clock_in": "no_clock_in",
    "ad_spend": "no_ad_spend",
}  # fmt: skip
# what minutes, readings and events of viewers may say instead
REPORTS = ("session_report",)
# files are there, and no row names the person
NOT_NAMED = "not_named"
NO_PLAN = "no_plan"
ZERO_DENOMINATOR = "zero_denominator"
NO_RATE = "no_rate"
# the files that were imported do not say it
NOT_SAID = "not_said"

# (measure, basis) → amount in milliseconds, minor units or counts
Amounts = Mapping[tuple[str, str], int]
# measure of PLANS → how much was planned; None: nothing was
Plan = Mapping[str, int | None]


# of a session as a whole, and not of any segment: half of its views stand against no half broadcast
WHOLE = frozenset({BROADCASTS, OUTAGES})


@dataclass(frozen=True)
class Piece:
    """A segment of a session some of whose segments no file tells. `untold`: the measures of which nothing is known."""

    untold: frozenset[str]
    amounts: Amounts


@dataclass(frozen=True)
class Pool:
    """Sessions of which the same is known, and what they add up to.

    `silent`: fact tables that nobody gave for these sessions' rooms, though others' may be there: the orders of one
    platform are not those of another. `pieces`: the segments of one session, where files tell some of them only.
    """

    sessions: int
    amounts: Amounts
    silent: frozenset[str] = frozenset()
    pieces: tuple[Piece, ...] = ()

    @property
    def untold(self) -> frozenset[str]:
        """The measures of which some segment is not told."""
        return untold_in(self.amounts)

    @property
    def known(self) -> frozenset[str]:
        """The measures of a session's files that these sessions have."""
        return frozenset(name for measure, _ in self.amounts if (name := measure.partition("@")[0]) in TOLD)

    def tells(self, kpi: Kpi) -> bool:
        """Whether the KPI may count these sessions: their files say all of it, a 0 where they have no row."""
        return self.speaks_of(kpi) and _told(kpi).isdisjoint(self.untold)

    def counted(self, kpi: Kpi) -> Amounts | None:
        """What of these sessions the KPI counts, on both its sides: all of it, or the segments that files tell."""
        if self.tells(kpi):
            return self.amounts
        if not self.speaks_of(kpi) or not WHOLE.isdisjoint(kpi.measures):
            return None
        told = [piece.amounts for piece in self.pieces if _told(kpi).isdisjoint(piece.untold)]
        return merged(told) if told else None

    def speaks_of(self, kpi: Kpi) -> bool:
        """Whether files tell all that the KPI counts, at least of some segments."""
        return _told(kpi) <= self.known and self.silent.isdisjoint(kpi.needs)


def untold_in(amounts: Amounts) -> frozenset[str]:
    """The measures that these amounts say to be unknown."""
    return frozenset(measure.removeprefix(UNTOLD) for measure, _ in amounts if measure.startswith(UNTOLD))


def pieces_of(segments: Iterable[Amounts]) -> tuple[Piece, ...]:
    return tuple(Piece(untold_in(amounts), amounts) for amounts in segments)


def pools(sessions: Iterable[Pool]) -> list[Pool]:
    """Sessions put together by what is known of them: numerator and denominator must speak of the same ones."""
    found: dict[tuple[frozenset[str], frozenset[str]], list[Pool]] = {}
    in_part = []
    for one in sessions:
        if one.untold:
            in_part.append(one)
        else:
            found.setdefault((one.known, one.silent), []).append(one)
    return in_part + [
        Pool(sum(one.sessions for one in alike), merged(one.amounts for one in alike), silent)
        for (_known, silent), alike in found.items()
    ]


def merged(parts: Iterable[Amounts]) -> dict[tuple[str, str], int]:
    """Added up; of a peak the highest."""
    total: dict[tuple[str, str], int] = {}
    for part in parts:
        for key, amount in part.items():
            if key not in total:
                total[key] = amount
            else:
                total[key] = max(total[key], amount) if is_peak(key[0]) else total[key] + amount
    return total


def speaks_of(kpi: Kpi, amounts: Amounts, silent: frozenset[str] = frozenset()) -> bool:
    """Whether a session has every measure of the KPI that only its files can tell; orders without rows are none, but
    for `silent` tables (see Pool).
    """
    return Pool(1, amounts, silent).tells(kpi)


def counted_of(
    kpi: Kpi, amounts: Amounts, silent: frozenset[str] = frozenset(), pieces: tuple[Piece, ...] = ()
) -> Amounts | None:
    """What of a session the KPI counts (see Pool); None: it is left out."""
    return Pool(1, amounts, silent, pieces).counted(kpi)


def _told(kpi: Kpi) -> frozenset[str]:
    return frozenset(kpi.measures) & TOLD


@dataclass(frozen=True)
class Value:
    """`numerator` and `denominator`: basis → integer. A KPI without a denominator has an empty one.

    `missing`: why there is no number (`no_orders`, `no_after_sales`, `no_report`, `not_said`, `no_plan`, `no_rate`,
    `zero_denominator`), else empty. `sessions` of `of_sessions`: how many it counts and how many there were, where only
    a session's files can tell, or where files of some sessions' platform are not there (else both 0). `in_part`: of how
    many more it counts the segments that files tell, and not the others. `lacking`:
    (currency, day) of each rate that is needed and not there. `provisional`: an unconfirmed shift is in it.
    `immature_until`: refunds may still change it until then. `definition`: by which it was made, where that is not the
    catalog's of today.
    """

    kpi: str
    numerator: Mapping[str, int] = field(default_factory=dict)
    denominator: Mapping[str, int] = field(default_factory=dict)
    provisional: bool = False
    immature_until: date | None = None
    missing: str = ""
    lacking: tuple[tuple[str, str], ...] = ()
    sessions: int = 0
    of_sessions: int = 0
    in_part: int = 0
    definition: Kpi | None = field(default=None, compare=False, repr=False)

    @property
    def declared(self) -> Kpi:
        return self.definition or KPIS[self.kpi]

    @property
    def top(self) -> int:
        amounts = self.numerator.values()
        return max(amounts, default=0) if self.declared.is_peak else sum(amounts)

    @property
    def bottom(self) -> int | None:
        return sum(self.denominator.values()) if self.declared.denominator else None

    @property
    def number(self) -> Fraction | None:
        """The exact value in the KPI's unit; None where it is missing."""
        return None if self.missing else _divide(self.top * self.declared.scale, self.bottom)

    @property
    def measured_number(self) -> Fraction | None:
        """The value from the measured parts alone; None where nothing was measured."""
        if self.missing or MEASURED not in self.numerator:
            return None
        bottom = self.denominator.get(MEASURED, 0) if self.declared.denominator else None
        return _divide(self.numerator[MEASURED] * self.declared.scale, bottom)

    @property
    def allocated(self) -> bool:
        """Whether any part of it is not measured."""
        return any(b != MEASURED and n for side in (self.numerator, self.denominator) for b, n in side.items())

    @property
    def measured_share(self) -> Fraction | None:
        """How much of the denominator (of the numerator, if there is none) is measured."""
        side = self.denominator if self.declared.denominator else self.numerator
        whole = sum(side.values())
        return Fraction(side.get(MEASURED, 0), whole) if whole else None

    @property
    def lacks_files(self) -> bool:
        """No number, since no session has every file that tells it."""
        return self.missing in (*MISSING.values(), NOT_SAID)

    @property
    def is_partial(self) -> bool:
        """Some sessions' files do not say what is counted, or are not there: the rest alone makes the value."""
        return self.sessions < self.of_sessions


def value_of(
    kpi: str,
    amounts: Amounts | Iterable[Pool],
    *,
    covered: Iterable[str],
    planned_ms: int | None = None,
    planned_broadcasts: int | None = None,
    provisional: bool = False,
    immature_until: date | None = None,
    definition: Kpi | None = None,
) -> Value:
    """The value of `kpi` (a key of the catalog, or by a `definition` of another time) over credited amounts.

    Or over pools of sessions (see `pools`).

    `covered`: fact tables of which anything was imported for the time; a table that is needed and absent makes the
    value missing, but for session reports where minutes, readings or events say the same. `planned_ms`,
    `planned_broadcasts`: what KPIs against plan are divided by.
    """
    plan = {PLANNED: planned_ms, PLANNED_BROADCASTS: planned_broadcasts}
    declared = definition or KPIS[kpi]
    counted = of = in_part = 0
    if isinstance(amounts, Mapping):
        said = bool(_told(declared)) and speaks_of(declared, amounts)
    else:
        every = list(amounts)
        told = [(pool, found) for pool in every if (found := pool.counted(declared)) is not None]
        if _told(declared) or len(told) < len(every):
            of = sum(pool.sessions for pool in every)
            counted = sum(pool.sessions for pool, _found in told if pool.tells(declared))
            in_part = sum(pool.sessions for pool, _found in told) - counted
        amounts, said = merged(found for _pool, found in told), bool(_told(declared)) and counted + in_part > 0
    value = Value(
        kpi=kpi,
        definition=definition,
        numerator=_side(declared, declared.numerator, amounts, plan),
        denominator=_side(declared, declared.denominator, amounts, plan),
        provisional=provisional,
        immature_until=immature_until if declared.matures else None,
        lacking=_lacking(declared, amounts),
        sessions=counted,
        of_sessions=of,
        in_part=in_part,
    )
    return replace(value, missing=_missing(declared, value, {*covered, *(REPORTS if said else ())}, plan))


def add(values: Iterable[Value]) -> Value:
    """Σ ÷ Σ over people, sessions or months of one KPI; raises ValueError for none or for different KPIs.

    Missing if any part is missing for want of data: a sum of some parts would look like the whole.
    """
    parts = list(values)
    if len({part.kpi for part in parts}) != 1:
        raise ValueError("values of one KPI can be added")
    whole = Value(
        kpi=parts[0].kpi,
        numerator=(_highest if parts[0].declared.is_peak else _sum)(part.numerator for part in parts),
        denominator=_sum(part.denominator for part in parts),
        provisional=any(part.provisional for part in parts),
        immature_until=max((p.immature_until for p in parts if p.immature_until), default=None),
        lacking=tuple(sorted({one for part in parts for one in part.lacking})),
        sessions=sum(part.sessions for part in parts),
        of_sessions=sum(part.of_sessions for part in parts),
        in_part=sum(part.in_part for part in parts),
    )
    lacking = next((p.missing for p in parts if p.missing not in ("", ZERO_DENOMINATOR)), "")
    return replace(whole, missing=lacking or (ZERO_DENOMINATOR if whole.bottom == 0 else ""))


def ordered_until(business_date: date) -> date:
    """The last local date on which anything of a business date may be ordered: its night goes on past midnight."""
    return business_date + timedelta(days=1)


def final_on(last_date: date, refund_days: int) -> date:
    """The first date on which no refund within `refund_days` of `last_date` can come any more."""
    return last_date + timedelta(days=refund_days + 1)


def immature_until(last_date: date, refund_days: int, data_date: date | None) -> date | None:
    """The date on which refunds of orders up to `last_date` are final; None once the data reaches it.

    `last_date`: a local date, as T+N counts; of business dates see `ordered_until`.
    `data_date`: the local date up to which after-sales are known (the newest export's); None: unknown.
    """
    final = final_on(last_date, refund_days)
    return None if data_date and data_date >= final else final


def _side(kpi: Kpi, terms: tuple[Term, ...], amounts: Amounts, plan: Plan) -> dict[str, int]:
    """By basis; of a ratio without what fell into outages."""
    side: dict[str, int] = {}
    for term in terms:
        if term.measure in PLANS:
            side[MEASURED] = side.get(MEASURED, 0) + term.sign * (plan[term.measure] or 0)
        for (measure, basis), amount in amounts.items():
            if measure == term.measure:
                side[basis] = side.get(basis, 0) + term.sign * amount
            elif kpi.leaves_outages and measure == f"{OUT}{term.measure}":
                side[basis] = side.get(basis, 0) - term.sign * amount
    return side


def _missing(kpi: Kpi, value: Value, covered: set[str], plan: Plan) -> str:
    for table in kpi.needs:
        if table not in covered:
            return MISSING[table]
    if value.of_sessions and not value.sessions and not value.in_part:
        return NOT_SAID
    if value.lacking:
        return NO_RATE
    if any(plan[measure] is None for measure in PLANS & set(kpi.measures)):
        return NO_PLAN
    return ZERO_DENOMINATOR if value.bottom == 0 else ""


def _lacking(kpi: Kpi, amounts: Amounts) -> tuple[tuple[str, str], ...]:
    """The rates that money of this KPI waits for."""
    waiting = [waits(measure) for measure, _basis in amounts]
    return tuple(sorted({(found[1], found[2]) for found in waiting if found and found[0] in kpi.measures}))


def _sum(sides: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for side in sides:
        for basis, amount in side.items():
            total[basis] = total.get(basis, 0) + amount
    return total


def _highest(sides: Iterable[Mapping[str, int]]) -> dict[str, int]:
    highest: dict[str, int] = {}
    for side in sides:
        for basis, amount in side.items():
            highest[basis] = max(highest.get(basis, 0), amount)
    return highest


def _divide(top: int, bottom: int | None) -> Fraction | None:
    if bottom is None:
        return Fraction(top)
    return Fraction(top, bottom) if bottom else None

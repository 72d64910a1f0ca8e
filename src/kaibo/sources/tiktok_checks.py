"""What must hold in an untouched list of LIVE sessions; where it does not, the preview says so."""

import json
import re
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from itertools import islice

from kaibo.message import Message
from kaibo.sources.cells import CellError, digits_of, marked_minor, number
from kaibo.sources.clocks import Clock
from kaibo.sources.headers import Match
from kaibo.sources.reading import Fact
from kaibo.sources.tiktok_money import ANY

PERIOD = re.compile(r"(20\d\d-\d\d-\d\d)\s*~\s*(20\d\d-\d\d-\d\d)")
# minutes may be rounded
ROUNDED_MS = 60_000
DURATION = "Duration"
# (column that is derived, what it should be by the fact's own figures, by how much rounding may change it)
Rule = tuple[str, Callable[[Fact], Decimal | None], Decimal]


def ratio(over: str, under: str, times: int = 1) -> Callable[[Fact], Decimal | None]:
    """times × over ÷ under of a fact; None where one is unknown or the denominator 0. Amounts in whole units."""

    def of(fact: Fact) -> Decimal | None:
        above: int | None = fact[over]
        below: int | None = fact[under]
        if above is None or not below:
            return None
        digits = digits_of(fact["currency"]) * (over.endswith("_minor") - under.endswith("_minor"))
        return Decimal(above).scaleb(-digits) * times / below

    return of


def identities(facts: Iterable[Fact], rules: Iterable[Rule]) -> list[Message]:
    """One warning for each derived column that does not follow from the others."""
    warnings = []
    for column, expected, slack in rules:
        off = [f["row"] for f in facts if _differs(_derived(f, column), expected(f), slack)]
        if off:
            warnings.append(
                Message(
                    "Rows where %(column)s does not follow from the other columns: %(count)s (first: line %(line)s).",
                    {"column": column, "count": len(off), "line": off[0]},
                )
            )
    return warnings


def period(match: Match, facts: Iterable[Fact], clock: Clock) -> list[Message]:
    """The line above the header says from which day to which the sessions start, both inside."""
    above = islice(match.header.sheet.rows(), match.header.line - 1)
    said = next((m for row in above for cell in row if isinstance(cell, str) and (m := PERIOD.search(cell))), None)
    if said is None:
        return []
    try:
        first, last = date.fromisoformat(said[1]), date.fromisoformat(said[2])
    except ValueError:
        return []
    outside = sum(not first <= clock.local(fact["start_ms"]).date() <= last for fact in facts)
    if not outside:
        return []
    return [
        Message(
            "Sessions that start outside the file's own period (%(first)s to %(last)s): %(count)s. Check the zone.",
            {"count": outside, "first": said[1], "last": said[2]},
        )
    ]


def _derived(fact: Fact, column: str) -> Decimal | None:
    """A ratio or price as its cell says it: 2.02% is 0.0202, an amount is in whole units."""
    cell = json.loads(fact["raw"]).get(column, "")
    try:
        if cell.endswith("%"):
            share = number(cell.removesuffix("%"))
            return None if share is None else share / 100
        if re.match(rf"\s*(?:{ANY})", cell):
            amount = marked_minor(cell, ANY)
            return None if amount is None else Decimal(amount) / 100
        return number(cell)
    except CellError:
        return None


def _differs(said: Decimal | None, expected: Decimal | None, slack: Decimal) -> bool:
    return said is not None and expected is not None and abs(said - expected) > slack

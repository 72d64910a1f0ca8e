"""The first rows of a mapped table as they are understood, by the headings of the file."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kaibo.sources.clocks import Clock
from kaibo.sources.mapped_targets import CLOCK, COUNT, DAY, DURATION, INSTANT, MONEY, TIME, target_of
from kaibo.sources.reading import Fact

if TYPE_CHECKING:
    from kaibo.sources.mapped import MappedColumn
    from kaibo.sources.mapped import Mapping as TableMapping

ROWS = 10
UNKNOWN = "—"


def sample(facts: Sequence[Fact], mapping: "TableMapping", clock: Clock, digits: int) -> list[Mapping[str, str]]:
    """The first facts, finished but with their parts still in them: [{heading: text}]; — is unknown."""
    return [
        {
            column.name: _understood(fact[column.target], column, mapping.table, clock, digits)
            for column in mapping.columns
        }
        for fact in facts[:ROWS]
    ]


def _understood(value: Any, column: "MappedColumn", table: str, clock: Clock, digits: int) -> str:
    target = target_of(table, column.field)
    if value is None or target is None:
        return UNKNOWN
    if column.part == TIME:
        return str(timedelta(seconds=value))
    if column.part == DAY:
        return str(value)
    if target.read is MONEY:
        return f"{Decimal(value).scaleb(-digits):,.{digits}f}"
    if target.read is INSTANT:
        return clock.local(value).isoformat(sep=" ")
    if target.read is DURATION:
        return str(timedelta(milliseconds=value))
    if target.read is CLOCK:
        return f"{value // 60 % 24:02}:{value % 60:02}{' +1' if value >= 1440 else ''}"
    return f"{value:,}" if target.read is COUNT else str(value)

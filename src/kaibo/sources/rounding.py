"""Says how many figures a platform rounded before it wrote them: 1.2万 is somewhere from 11,500 to 12,500."""

import json
import re
from collections.abc import Iterable

from kaibo.message import Message
from kaibo.sources.reading import Cell, Fact, Source

ROUNDED = re.compile(r".*\d ?[万亿wW]元?")


def rounded(*tables: tuple[Iterable[Fact], Source]) -> list[Message]:
    """One warning for a file's tables, or nothing."""
    count = sum(_count(facts, source) for facts, source in tables)
    if not count:
        return []
    return [
        Message("Figures that were rounded before the export (1.2万): %(count)s. They are no finer.", {"count": count})
    ]


def _count(facts: Iterable[Fact], source: Source) -> int:
    titles = {c.name for c in source.columns if c.field and c.cell in (Cell.COUNT, Cell.MONEY)}
    cells = (item for fact in facts for item in json.loads(fact["raw"]).items())
    return sum(title in titles and ROUNDED.fullmatch(cell) is not None for title, cell in cells)

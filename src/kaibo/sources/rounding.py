"""Says how many figures a platform rounded before it wrote them: 1.2万 is somewhere from 11,500 to 12,500."""

import json
import re
from collections.abc import Sequence

from kaibo.message import Message
from kaibo.sources.reading import Cell, Fact, Source

ROUNDED = re.compile(r".*\d ?[万亿wW]元?")


def rounded(facts: Sequence[Fact], source: Source) -> list[Message]:
    """A warning, or nothing."""
    titles = {c.name for c in source.columns if c.field and c.cell in (Cell.COUNT, Cell.MONEY)}
    count = sum(
        bool(ROUNDED.fullmatch(cell))
        for fact in facts
        for title, cell in json.loads(fact["raw"]).items()
        if title in titles
    )
    if not count:
        return []
    return [
        Message("Figures that were rounded before the export (1.2万): %(count)s. They are no finer.", {"count": count})
    ]

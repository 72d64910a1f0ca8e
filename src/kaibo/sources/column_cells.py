"""Cleans whole columns at once where every cell is written as nearly all exports write it; else says None.

Each function says for a column what the cleaner of that name in `cells` says for its cells, one by one.
"""

import re
from collections.abc import Sequence
from typing import Any

from kaibo.sources.cells import NO_RESULT, NULLS

# amounts with two decimals, one a line
CENTS = re.compile(r"(?:\d{1,12}\.\d\d\n)*\d{1,12}\.\d\d", re.ASCII)


def stripped(cells: Sequence[Any]) -> list[str] | None:
    """The cells without blanks around them; None where one is no text."""
    try:
        return list(map(str.strip, cells))
    except TypeError:
        return None


def text(cells: Sequence[Any]) -> list[str] | None:
    found = stripped(cells)
    return found if found is not None and NULLS.isdisjoint(found) and NO_RESULT not in found else None


def identifier(cells: Sequence[Any]) -> list[str] | None:
    found = stripped(cells)
    return found if found is not None and "" not in found and "".join(found).isdigit() else None


def minor(cells: Sequence[Any]) -> list[int] | None:
    """Of a currency with two decimals."""
    try:
        lines = "\n".join(cells)
    except TypeError:
        return None
    if not CENTS.fullmatch(lines):
        return None
    found = list(map(int, lines.replace(".", "").split("\n")))
    # a cell of several lines
    return found if len(found) == len(cells) else None

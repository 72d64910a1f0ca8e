"""Which currency a TikTok Shop file is in: its headers or cells carry a sign, or a column names it."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from kaibo.message import Message
from kaibo.sources.headers import Match, places
from kaibo.sources.reading import Refused

# as Seller Center writes them; $ alone is left out: five shops' countries use it
SIGNS = {
    "Rp": "IDR", "RM": "MYR", "฿": "THB", "₫": "VND", "₱": "PHP", "S$": "SGD", "US$": "USD", "£": "GBP", "€": "EUR",
    "IDR": "IDR", "MYR": "MYR", "THB": "THB", "VND": "VND", "PHP": "PHP", "SGD": "SGD", "USD": "USD", "GBP": "GBP",
    "EUR": "EUR",
}  # fmt: skip
ANY = "|".join(re.escape(sign) for sign in sorted(SIGNS, key=len, reverse=True))
IN_HEADER = re.compile(rf"\(\s*({ANY})\s*\)\s*$")
IN_CELL = re.compile(rf"\s*({ANY}) ?\d")
EACH_APART = Message("Export each currency as a file of its own and drop them one by one.")


def signed(name: str) -> tuple[str, ...]:
    """The ways in which a column's name may end with a currency, and without one."""
    return (*(f"{name} ({sign})" for sign in SIGNS), f"{name} ($)", name)


def pattern(currency: str) -> str:
    """The signs of a currency, for cells.marked_minor."""
    own = sorted((sign for sign, code in SIGNS.items() if code == currency), key=len, reverse=True)
    return "|".join(re.escape(sign) for sign in own) or re.escape(currency)


def from_headers(match: Match) -> str:
    """The currency that the headers end with; "" where none does. Raises Refused where two differ."""
    found = [IN_HEADER.search(cell) for cell in match.header.cells if isinstance(cell, str)]
    return _one((SIGNS[sign[1]], match.header.line) for sign in found if sign)


def from_cells(match: Match, *columns: str) -> str:
    """The currency that the amounts begin with; "" where none does. Raises Refused where two differ."""
    return _one((SIGNS[sign[1]], line) for line, cell in _cells(match, columns) if (sign := IN_CELL.match(cell)))


def from_column(match: Match, column: str) -> str:
    """The one currency that a column names (IDR); "" where none. Raises Refused where it names two."""
    codes = ((cell.strip(), line) for line, cell in _cells(match, (column,)))
    return _one((code, line) for code, line in codes if re.fullmatch("[A-Z]{3}", code))


def _cells(match: Match, columns: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    at = places(match.source, match.header)
    wanted = [at[name] for name in columns if name in at]
    for line, row in enumerate(islice(match.header.sheet.rows(), match.header.line, None), match.header.line + 1):
        for place in wanted:
            cell: Any = row[place] if place < len(row) else ""
            if isinstance(cell, str) and cell:
                yield line, cell


def _one(signs: Iterable[tuple[str, int]]) -> str:
    found: dict[str, int] = {}
    for code, line in signs:
        found.setdefault(code, line)
    if len(found) > 1:
        (one, line), (other, later) = list(found.items())[:2]
        raise Refused(
            Message(
                "The amounts are in several currencies: %(one)s (line %(line)s) and %(other)s (line %(later)s).",
                {"one": one, "line": line, "other": other, "later": later},
            ),
            EACH_APART,
        )
    return next(iter(found), "")

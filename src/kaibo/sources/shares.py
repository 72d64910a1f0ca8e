"""Cleans shares of a whole: `98.5%`, or a number from 0 to 1, as parts of a million."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from kaibo.message import Message
from kaibo.sources.cells import PLAIN, CellError, number

MILLION = 10**6


def ppm(value: Any) -> int | None:
    """Parts of a million. Raises CellError for 98.5 without its sign: 98.5 % and 9850 % would be a guess."""
    sign = isinstance(value, str) and value.strip().translate(PLAIN).endswith("%")
    found = number(value.strip()[:-1] if sign else value)
    if found is None and not sign:
        return None
    share = found / 100 if sign and found is not None else found
    if share is None or not 0 <= share <= 1:
        raise CellError(Message("A share is expected here, from 0 to 100 per cent, with its sign."))
    return int((share * MILLION).quantize(Decimal(1), ROUND_HALF_EVEN))

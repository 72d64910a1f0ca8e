"""The answers of WeChat's API as people save them: parts may be JSON inside a text, and several may stand in a list."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from kaibo.message import Message
from kaibo.sources.cells import CellError, count, text
from kaibo.sources.reading import Refused

# what compares the broadcast with others, or tells of its parts: its figures bear the names of the totals
COMPARED = "live_comparison_index"
OTHERS = frozenset({
    COMPARED, "live_ec_profile", "live_distribution_channel", "single_live_ec_spu_data_page_v2", "portrait", "source",
    "live_ec_conversion_metric",
})  # fmt: skip
LARGEST_FILE = 50 * 1024**2
DEEPEST = 20
# unix seconds stay below this until the year 5138; what is above are milliseconds
SECONDS_BELOW = 10**11
SAVE_AGAIN = Message("Save the API's answer again, whole and as it came, and drop that file.")

Node = Mapping[str, Any]


@dataclass
class Answer:
    """One answer of getlivedata, by the names of its figures, wherever in it they stand.

    `series`: name → the series itself; `living`: it was fetched while the broadcast went on.
    """

    figures: dict[str, Any] = field(default_factory=dict)
    series: dict[str, Node] = field(default_factory=dict)
    living: bool = False


def answers_in(path: Path) -> list[Node]:
    """The answers of a file. Raises Refused where it is no whole JSON, or an error of the API."""
    if path.stat().st_size > LARGEST_FILE:
        raise Refused(Message("This JSON is too large to be an answer of the API."), SAVE_AGAIN)
    try:
        root = json.loads(path.read_bytes().decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Refused(Message("The JSON breaks off or is damaged."), SAVE_AGAIN) from error
    found = [root] if isinstance(root, dict) else root
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Refused(Message("The JSON breaks off or is damaged."), SAVE_AGAIN)
    answers: list[Node] = list(found)
    for one in answers:
        if one.get("errcode") not in (None, 0, "0"):
            raise Refused(
                Message("The API answered with an error: %(code)s.", {"code": str(one["errcode"])[:40]}),
                Message("Fetch it again; what the error means stands in WeChat's documentation."),
            )
    return answers


def gather(node: Any, names: frozenset[str], series: frozenset[str]) -> Answer:
    """The named figures and series of one answer. The first of a name counts: the totals stand before the parts."""
    found = Answer()
    for key, value in _walk(node, 0):
        if key in series and isinstance(value, dict) and isinstance(value.get("points"), list):
            found.series.setdefault(key, value)
        elif key in names and not isinstance(value, dict | list):
            found.figures.setdefault(key, value)
        elif key == COMPARED and isinstance(value, dict):
            found.living |= value.get("is_living") is True
    return found


def whole(value: Any) -> int | None:
    """A figure of an answer: a number or its text. Raises CellError."""
    if isinstance(value, bool):
        raise CellError(Message("This is not a number."))
    if isinstance(value, int | Decimal):
        return count(str(value))
    return None if value is None else count(value)


def instant_ms(value: Any) -> int | None:
    found = whole(value)
    if not found:
        return None
    return found * 1000 if found < SECONDS_BELOW else found


def shown(value: Any) -> str:
    return "" if value is None else text(str(value)) or ""


def _walk(node: Any, depth: int) -> Iterator[tuple[str, Any]]:
    """Every (name, value) under the objects of an answer, from above; lists hold parts of other things."""
    if not isinstance(node, dict) or depth > DEEPEST:
        return
    opened = [(str(key), _opened(value)) for key, value in node.items()]
    yield from opened
    for key, value in opened:
        if key not in OTHERS:
            yield from _walk(value, depth + 1)


def _opened(value: Any) -> Any:
    """The API puts objects into texts."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            return json.loads(value, parse_float=Decimal, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise Refused(Message("The JSON breaks off or is damaged."), SAVE_AGAIN) from error
    return value


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)

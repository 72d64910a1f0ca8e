"""Cleans one line of Kaibo's event file."""

import math
import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from kaibo.facts.schema import EVENT_KINDS
from kaibo.message import Message
from kaibo.sources.cells import NULLS, CellError, DamagedId, count, digits_of, identifier, minor, shown, text
from kaibo.sources.event_facts import Event, check_ms, instant_of
from kaibo.sources.platforms import platform as platform_of
from kaibo.sources.reading import Refused
from kaibo.sources.tabular import Context

DIGITS = re.compile(r"\d{1,18}", re.ASCII)
CODE = re.compile(r"[A-Z]{3}", re.ASCII)
# kept as text beside the fact; the viewer never is
KEPT = ("instant", "kind", "platform", "item", "count", "amount", "currency")

Wrong = tuple[str, str, Message]


class EventCells:
    """Made for one reading."""

    def __init__(self, context: Context) -> None:
        self._context = context
        # column → ids that a program turned into numbers
        self._damaged: Counter[str] = Counter()

    def event(self, line: int, row: Mapping[str, Any]) -> Event | Wrong:
        """The event of a line, or (column, value, why not). Raises Refused for a damaged account or event id."""
        cell = {name: _present(value) for name, value in row.items()}
        column = ""
        try:
            column = "instant"
            instant_ms = _instant(cell["instant"])
            column = "kind"
            kind = _kind(cell["kind"])
            column = "account"
            account = self._id(line, cell, "account") or self._context.answers.account
            column = "event_id"
            event_id = self._id(line, cell, "event_id")
            column = "count"
            amount_of = count(cell.get("count", "")) if "count" in cell else None
            column = "platform"
            platform = platform_of(cell.get("platform", "")) or self._context.answers.platform
            column = "amount"
            money, currency = self._money(cell)
        except CellError as error:
            return column, shown(row.get(column, "")), error.message
        if not account or not platform:
            return "platform" if account else "account", "", Message("This cell is empty.")
        viewer = self._other_id(cell, "viewer")
        return Event(
            row=line,
            instant_ms=instant_ms,
            kind=kind,
            account=account,
            platform=platform,
            raw={name: shown(cell[name]) for name in KEPT if cell.get(name, "") != ""},
            viewer=None if viewer is None else self._context.viewer(platform, viewer),
            event_id=event_id,
            item=self._other_id(cell, "item"),
            count=1 if amount_of is None else amount_of,
            amount_minor=money,
            currency=currency,
            same=(platform, account, event_id) if event_id else None,
        )

    def warnings(self) -> list[Message]:
        return [
            Message(
                "Ids in column %(column)s that lost their last digits and are unknown now: %(count)s.",
                {"count": count, "column": column},
            )
            for column, count in self._damaged.items()
        ]

    def _id(self, line: int, cell: Mapping[str, Any], name: str) -> str | None:
        try:
            return identifier(cell.get(name, ""))
        except DamagedId as error:
            raise Refused(
                Message(
                    "The ids in column %(column)s have lost their last digits (line %(line)s: %(value)s).",
                    {"column": name, "line": line, "value": shown(cell[name])},
                ),
                Message("Write the ids as text, and do not open and save the file with a spreadsheet program."),
            ) from error

    def _other_id(self, cell: Mapping[str, Any], name: str) -> str | None:
        """An id that no fact is joined by: unknown where it is damaged."""
        try:
            return identifier(cell.get(name, ""))
        except CellError:
            self._damaged[name] += 1
            return None

    def _money(self, cell: Mapping[str, Any]) -> tuple[int | None, str | None]:
        """(minor units, currency). An amount without a currency is an error, also where the column says none."""
        amount = cell.get("amount", "")
        if amount == "" or text(amount) is None:
            return None, None
        currency = text(cell.get("currency", "")) or self._context.answers.currency
        if not CODE.fullmatch(currency):
            raise CellError(Message("This amount has no currency (CNY)."))
        return minor(amount, digits_of(currency)), currency


def _present(value: Any) -> Any:
    """A cell as tables give it: "" for nothing; whole numbers and decimals of a Parquet file as text."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return value


def _instant(value: Any) -> int:
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
        return check_ms(int(value))
    found = value.strip() if isinstance(value, str) else ""
    if found in NULLS and isinstance(value, str):
        raise CellError(Message("This cell is empty."))
    if DIGITS.fullmatch(found):
        return check_ms(int(found))
    try:
        at = datetime.fromisoformat(found)
    except ValueError as error:
        raise CellError(Message("This is no instant (2026-04-18T20:00:01.250+08:00).")) from error
    if at.tzinfo is None:
        raise CellError(Message("This instant lacks its offset from UTC (+08:00 or Z)."))
    return check_ms(instant_of(at))


def _kind(value: Any) -> str:
    found = (text(value) or "").lower()
    if not found:
        raise CellError(Message("This cell is empty."))
    if found not in EVENT_KINDS:
        raise CellError(
            Message("This kind of event is unknown. Known are: %(kinds)s.", {"kinds": ", ".join(EVENT_KINDS)})
        )
    return found

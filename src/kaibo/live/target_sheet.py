"""A sheet of targets against what is there: whose rooms it names, what would become different, and what is wrong."""

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from kaibo.live.day_plans import days_of
from kaibo.live.models import Account, Target
from kaibo.look.cells import as_typed
from kaibo.look.dates import in_range
from kaibo.look.numbers import exponent
from kaibo.message import Message
from kaibo.sources import target_sheet
from kaibo.sources.cells import CellError, minor, shown
from kaibo.sources.platforms import platform
from kaibo.sources.reading import Refused, Rejected
from kaibo.sources.target_sheet import Aim

# bytes: a sheet of every room and day of a year is far smaller
LIMIT = 1024**2


@dataclass(frozen=True)
class Aimed:
    """What a room is to aim at in a month, minor units; `days`: day → its part, where the sheet goes by days."""

    account: Account
    month: date
    amount_minor: int
    former_minor: int | None
    days: Mapping[date, int] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        return bool(self.days) or self.amount_minor != self.former_minor

    @property
    def silent_days(self) -> int:
        """Days of the month that the sheet gives nothing, where it goes by days."""
        return len(days_of(self.month)) - len(self.days) if self.days else 0


@dataclass
class Preview:
    """Nothing of a sheet is saved while anything is `rejected`."""

    file_name: str
    sheet: str = ""
    aimed: list[Aimed] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)

    @property
    def changes(self) -> list[Aimed]:
        return [one for one in self.aimed if one.is_new]


def preview(content: bytes, file_name: str, month: date) -> Preview:
    """`month`: of rows that name none. Raises Refused where there is no sheet of targets."""
    if len(content) > LIMIT:
        said = Message("A sheet of targets has at most %(size)s MB.", {"size": LIMIT // 1024**2})
        raise Refused(said, target_sheet.LOOK)
    with tempfile.TemporaryDirectory(prefix="kaibo-targets-") as folder:
        path = Path(folder) / f"sheet{Path(file_name).suffix.lower()[:8]}"
        path.write_bytes(content)
        read = target_sheet.read(path, file_name, month)
    found = Preview(file_name, read.name, rejected=list(read.rejected), skipped=read.skipped)
    _resolve(read.aims, found)
    found.rejected.sort(key=lambda one: (one.line, one.column))
    if not found.aimed and not found.rejected:
        raise Refused(Message("The sheet names no target."), target_sheet.LOOK)
    return found


def _resolve(aims: Iterable[Aim], found: Preview) -> None:
    rooms = list(Account.objects.all())
    months: dict[tuple[int, date], tuple[Aim, int]] = {}
    days: dict[tuple[int, date], dict[date, tuple[Aim, int]]] = defaultdict(dict)
    for aim in aims:
        try:
            room = _room(aim, rooms)
            amount = _amount(aim, room)
            when = _sensible(aim.day or aim.month or date.min)
        except _WrongRoom as wrong:
            found.rejected.append(Rejected(aim.line, wrong.column, wrong.value, wrong.message))
            continue
        except CellError as error:
            found.rejected.append(Rejected(aim.line, aim.column, shown(aim.value), error.message))
            continue
        of = (room.pk, when.replace(day=1))
        before = days[of].get(aim.day) if aim.day else months.get(of)
        if before:
            text = Message("Line %(line)s says the same room and time. Keep one of them.", {"line": before[0].line})
            found.rejected.append(Rejected(aim.line, aim.column, shown(aim.value), text))
        elif aim.day:
            days[of][aim.day] = (aim, amount)
        else:
            months[of] = (aim, amount)
    by_pk = {room.pk: room for room in rooms}
    now = Target.objects.filter(month__in={month for _room, month in {*months, *days}})
    former = {(room, month): amount for room, month, amount in now.values_list("account", "month", "amount_minor")}
    for of in sorted(
        {*months, *(key for key, said in days.items() if said)}, key=lambda k: (k[1], by_pk[k[0]].name, k[0])
    ):
        parts = {day: amount for day, (_aim, amount) in sorted(days[of].items())}
        whole = months[of][1] if of in months else sum(parts.values())
        if parts and whole != sum(parts.values()):
            aim = months[of][0]
            text = Message(
                "The days of this room and month add up to %(sum)s, not to this. Correct one of them.",
                {"sum": _major(sum(parts.values()), by_pk[of[0]].currency)},
            )
            found.rejected.append(Rejected(aim.line, aim.column, shown(aim.value), text))
            continue
        found.aimed.append(Aimed(by_pk[of[0]], of[1], whole, former.get(of), parts))


class _WrongRoom(CellError):
    """The room's cell (or its platform's, its currency's) is at fault, not the amount's."""

    def __init__(self, aim: Aim, key: str, value: str, message: Message) -> None:
        super().__init__(message)
        self.column, self.value = aim.titles.get(key, aim.column), value


def _sensible(when: date) -> date:
    try:
        return in_range(when)
    except ValueError:
        raise CellError(Message("This year cannot be meant. Check it.")) from None


def _room(aim: Aim, rooms: Iterable[Account]) -> Account:
    try:
        wanted = platform(aim.platform) if aim.platform else None
    except CellError:
        text = Message("There is no platform “%(name)s”.", {"name": aim.platform})
        raise _WrongRoom(aim, "platform", aim.platform, text) from None
    there = [
        room
        for room in rooms
        if as_typed(aim.room) in (room.handle, room.name, *room.other_names) and wanted in (None, room.platform)
    ]
    if not there:
        text = Message("There is no room “%(name)s”. Write it as it stands on the page of rooms.", {"name": aim.room})
        raise _WrongRoom(aim, "room", aim.room, text)
    if len(there) > 1:
        text = Message(
            "“%(name)s” may be several rooms. Write its number instead, or name the platform in a column 平台.",
            {"name": aim.room},
        )
        raise _WrongRoom(aim, "room", aim.room, text)
    if aim.currency and aim.currency.upper() != there[0].currency:
        text = Message(
            "%(name)s is in %(currency)s. Write its target in that.",
            {"name": there[0].name, "currency": there[0].currency},
        )
        raise _WrongRoom(aim, "currency", aim.currency, text)
    return there[0]


def _amount(aim: Aim, room: Account) -> int:
    amount = minor(aim.value, exponent(room.currency))
    if amount is None:
        raise CellError(Message("This is not a number."))
    return amount


def _major(amount: int, currency: str) -> str:
    return str(Decimal(amount).scaleb(-exponent(currency)))


def as_plain(aimed: Iterable[Aimed]) -> list[dict[str, Any]]:
    """As a form or a program may carry it."""
    return [
        {
            "room": one.account.pk, "month": f"{one.month:%Y-%m}", "amount_minor": one.amount_minor,
            "days": {day.isoformat(): amount for day, amount in one.days.items()},
        }
        for one in aimed
    ]  # fmt: skip

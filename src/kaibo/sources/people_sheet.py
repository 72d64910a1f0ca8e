"""A list of people: who holds which position from when, one appointment a row. It makes no batch.

Departments, positions and people are not known here: what a row says stands as text, to be looked up.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from kaibo.message import Message
from kaibo.sources.cells import CellError, day, shown, text
from kaibo.sources.headers import normal
from kaibo.sources.reading import Refused, Rejected
from kaibo.sources.tables import HEADER_WITHIN, Row, Sheet, is_blank, open_sheets

NAMES: Mapping[str, tuple[str, ...]] = {
    "name": ("姓名", "人员", "员工姓名", "name", "person"),
    "department": ("部门", "所属部门", "department"),
    "position": ("岗位", "职位", "position"),
    "kind": ("任职类型", "任职方式", "kindofappointment", "kind"),
    "start": ("开始", "自", "任职自", "任职日期", "入职日期", "开始日期", "since", "from", "start"),
    "end": ("结束", "任职至", "截止", "从哪天起不再任职", "firstdaywithoutit", "end", "until"),
    "engagement": ("用工方式", "用工类型", "用工性质", "termsofengagement", "engagement"),
    "engaged": ("用工自", "合同开始", "termssince", "engagedsince"),
    "aliases": ("其他写法", "别名", "昵称", "alsowrittenas", "aliases"),
    "username": ("用户名", "登录名", "username"),
    "email": ("邮箱", "电子邮箱", "email", "e-mail"),
}
SECRET = ("密码", "口令", "初始密码", "password")
NEEDED = ("name",)
DAYS = ("start", "end", "engaged")
MOST_ROWS = 20_000
LOOK = Message(
    "The list needs a column 姓名 in its head. Known beside it: %(names)s. Passwords are never imported.",
    {"names": "、".join(names[0] for key, names in NAMES.items() if key not in NEEDED)},
)


@dataclass(frozen=True)
class Entry:
    """A row: field → text, "" where the cell is empty; `start`, `end` and `engaged` are days or None."""

    line: int
    said: Mapping[str, str]
    days: Mapping[str, date | None]


@dataclass
class PeopleSheet:
    """`titles`: field → what its column is called; `unread`: columns that nothing is made of."""

    titles: Mapping[str, str]
    unread: Sequence[str] = ()
    entries: list[Entry] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def read(path: Path, file_name: str) -> PeopleSheet:
    """The first sheet that has a column of names, beside others or alone. Raises Refused, also for one of passwords."""
    alone: list[tuple[Sheet, int, Row, dict[str, int]]] = []
    for sheet in open_sheets(path, file_name):
        for line, row in enumerate(sheet.head(), 1):
            places = _places(row)
            if not all(key in places for key in NEEDED):
                continue
            _refuse_passwords(row)
            if len(places) > 1:
                return _read(sheet, line, row, places)
            alone.append((sheet, line, row, places))
    if alone:
        return _read(*alone[0])
    raise Refused(Message("No list of people was found in the first %(n)s lines.", {"n": HEADER_WITHIN}), LOOK)


def _places(row: Row) -> dict[str, int]:
    known = {normal(name): key for key, names in NAMES.items() for name in names}
    places: dict[str, int] = {}
    for place, cell in enumerate(row):
        key = known.get(normal(cell), "")
        if key and key not in places:
            places[key] = place
    return places


def _refuse_passwords(head: Row) -> None:
    secret = next((cell for cell in head if normal(cell) in SECRET), None)
    if secret is not None:
        said = Message("The column “%(name)s” holds passwords. A list of people never does.", {"name": shown(secret)})
        raise Refused(said, Message("Remove the column and invite people by a link instead."))


def _read(sheet: Sheet, header: int, head: Row, places: Mapping[str, int]) -> PeopleSheet:
    used = set(places.values())
    unread = [shown(cell) for place, cell in enumerate(head) if place not in used and shown(cell)]
    found = PeopleSheet({key: shown(head[place]) for key, place in places.items()}, unread)
    for line, row in enumerate(sheet.rows(), 1):
        if line <= header or is_blank(row):
            continue
        if len(found.entries) >= MOST_ROWS:
            raise Refused(Message("A list of people has at most %(n)s rows.", {"n": MOST_ROWS}), LOOK)
        found.entries.append(_entry(line, row, places, found))
    return found


def _entry(line: int, row: Row, places: Mapping[str, int], found: PeopleSheet) -> Entry:
    said: dict[str, str] = dict.fromkeys(NAMES, "")
    days: dict[str, date | None] = dict.fromkeys(DAYS)
    for key, value, message in _cells(row, places):
        if message is not None:
            found.rejected.append(Rejected(line, found.titles[key], shown(value), message))
        elif key in days:
            days[key] = value
        else:
            said[key] = value
    return Entry(line, said, days)


def _cells(row: Row, places: Mapping[str, int]) -> Iterator[tuple[str, Any, Message | None]]:
    """Field, what its cell says, and what is wrong with it."""
    for key, place in places.items():
        cell = row[place] if place < len(row) else ""
        try:
            clean = day(cell) if key in DAYS else " ".join((text(cell) or "").split())
            yield key, clean, None
        except CellError as error:
            yield key, cell, error.message

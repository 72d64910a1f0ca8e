"""What the rosters say now, and what they say that nobody has explained yet: names, codes, rooms."""

import difflib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.conf import settings

from kaibo.facts import reader
from kaibo.facts.schema import ROSTER_SHIFT
from kaibo.imports.models import Batch, BatchState
from kaibo.live.models import Account, CrewRole, ShiftCode
from kaibo.org.models import Person, PersonAlias
from kaibo.sources.reading import Fact

COLUMNS = [
    "row", "column", "month", "date", "person_name", "code", "role", "account_name", "start_minute", "end_minute",
]  # fmt: skip
# how rosters mark a substitute behind the name
SUBSTITUTE = ("(代)", "(替)", "代班")
ROLES = {role: number for number, role in enumerate(CrewRole.values)}
OFF_CODES = {"休", "休息", "OFF", "off", "×", "假"}


@dataclass(frozen=True)
class RosterRow:
    """One cell of a roster in use: a code, or minutes after the date's midnight (end may pass 1440)."""

    batch: int
    as_of: datetime
    room: str
    row: int
    column: int
    month: str
    date: date
    person_name: str
    code: str
    role: str
    account_name: str
    start_minute: int | None
    end_minute: int | None
    source: str = ""


@dataclass(frozen=True)
class NameOffer:
    """A name no person has. `start`: the first of its first month. `similar`: who it might be, likeliest first."""

    name: str
    shifts: int
    role: str
    start: date
    similar: tuple[Person, ...]


@dataclass(frozen=True)
class CodeOffer:
    code: str
    shifts: int
    off: bool


@dataclass(frozen=True)
class RoomOffer:
    """A room as a list roster writes it ("" where it writes none) that fits no account."""

    name: str
    batches: tuple[int, ...]
    file_name: str
    shifts: int


@dataclass(frozen=True)
class Offers:
    names: Sequence[NameOffer] = ()
    codes: Sequence[CodeOffer] = ()
    rooms: Sequence[RoomOffer] = ()

    @property
    def any(self) -> bool:
        return bool(self.names or self.codes or self.rooms)


def roster_batches() -> list[Batch]:
    return list(Batch.objects.filter(table=ROSTER_SHIFT, state=BatchState.VISIBLE).order_by("as_of", "pk"))


def rows_of(batch: Batch, facts: Sequence[Fact]) -> list[RosterRow]:
    return [
        RosterRow(
            batch=batch.pk, as_of=batch.as_of, room=str(batch.answers.get("account", "")), row=fact["row"],
            column=fact["column"] or 0, month=fact["month"], date=date.fromisoformat(fact["date"]),
            person_name=fact["person_name"], code=(fact["code"] or "").strip(), role=fact["role"] or "",
            account_name=(fact["account_name"] or "").strip(), start_minute=fact["start_minute"],
            end_minute=fact["end_minute"], source=batch.source,
        )
        for fact in facts
    ]  # fmt: skip


def rows_in_use() -> list[RosterRow]:
    """Every cell that counts: of two rosters of one kind and month the newer, unless both name rooms and other ones."""
    batches = roster_batches()
    folders = [Path(settings.FACTS_ROOT) / batch.folder for batch in batches]
    facts = reader.columns_of(folders, ROSTER_SHIFT, COLUMNS)
    return in_use(
        [row for batch, folder in zip(batches, folders, strict=True) for row in rows_of(batch, facts[folder])]
    )


def in_use(rows: Iterable[RosterRow]) -> list[RosterRow]:
    """A month-wide roster of the hosts and a list of everyone else stand beside each other."""
    found = list(rows)
    rooms: dict[tuple[str, str], dict[tuple[datetime, int], set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in found:
        rooms[row.source, row.month][row.as_of, row.batch].add(row.account_name)

    def replaced(row: RosterRow) -> bool:
        return any(
            rank > (row.as_of, row.batch) and (not row.account_name or "" in names or row.account_name in names)
            for rank, names in rooms[row.source, row.month].items()
        )

    return [row for row in found if not replaced(row)]


def plain(name: str) -> str:
    """A name as it is compared: one width, no spaces, no mark of a substitute."""
    text = "".join(unicodedata.normalize("NFKC", name).split())
    for mark in SUBSTITUTE:
        text = text.removesuffix(mark)
    return text


def known_people() -> dict[str, Person]:
    """People by their names and aliases, as compared."""
    known = {plain(a.alias): a.person for a in PersonAlias.objects.select_related("person")}
    return known | {plain(person.name): person for person in Person.objects.all()}


def known_rooms() -> dict[str, Account]:
    """Accounts by name, handle and other names, as compared; a name that two share fits neither."""
    found: dict[str, set[Account]] = defaultdict(set)
    for account in Account.objects.all():
        for name in (account.name, account.handle, *map(str, account.other_names)):
            found[plain(name)].add(account)
    return {name: next(iter(accounts)) for name, accounts in found.items() if len(accounts) == 1}


def room_of(row: RosterRow, rooms: Mapping[str, Account]) -> Account | None:
    """The room of a list roster's row: as written, else as told at import, else the only one there is."""
    if row.account_name:
        return rooms.get(plain(row.account_name))
    if row.room:
        return rooms.get(plain(row.room))
    only = {account.pk: account for account in rooms.values()}
    return next(iter(only.values())) if len(only) == 1 else None


def has_times(row: RosterRow) -> bool:
    return row.start_minute is not None and row.end_minute is not None


def offers(rows: Sequence[RosterRow] | None = None) -> Offers:
    """What the rosters in use need explained before all their shifts can be planned."""
    if rows is None:
        rows = rows_in_use()
    if not rows:
        return Offers()
    return Offers(_names(rows), _codes(rows), _rooms(rows))


def _names(rows: Sequence[RosterRow]) -> list[NameOffer]:
    known = known_people()
    unknown: dict[str, list[RosterRow]] = defaultdict(list)
    for row in rows:
        if plain(row.person_name) and plain(row.person_name) not in known:
            unknown[plain(row.person_name)].append(row)
    found = [
        NameOffer(
            name=name,
            shifts=len(of),
            role=next(
                (role for role, _n in Counter(r.role for r in of if r.role in CrewRole.values).most_common(1)), ""
            ),
            start=min(row.date for row in of).replace(day=1),
            similar=_similar(name, known),
        )
        for name, of in unknown.items()
    ]
    # hosts first, as on the roster of the day; never by how much someone works
    return sorted(found, key=lambda offer: (ROLES.get(offer.role or "host", 99), offer.name))


def _similar(name: str, known: Mapping[str, Person]) -> tuple[Person, ...]:
    """Never taken by itself: two people may well differ by one character."""
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.6)
    part = [other for other in known if len(name) > 1 and len(other) > 1 and (name in other or other in name)]
    return tuple({known[other].pk: known[other] for other in [*part, *near]}.values())


def _codes(rows: Sequence[RosterRow]) -> list[CodeOffer]:
    explained = set(ShiftCode.objects.values_list("code", flat=True))
    counted = Counter(row.code for row in rows if row.code and not has_times(row) and row.code not in explained)
    return [CodeOffer(code, shifts, code in OFF_CODES) for code, shifts in sorted(counted.items())]


def _rooms(rows: Sequence[RosterRow]) -> list[RoomOffer]:
    rooms = known_rooms()
    files = {batch.pk: batch.file_name for batch in roster_batches()}
    asked: dict[tuple[str, int], list[RosterRow]] = defaultdict(list)
    for row in rows:
        if has_times(row) and room_of(row, rooms) is None:
            # a room's name means the same in every file; where none is written, each file is asked on its own
            asked[row.account_name, 0 if row.account_name else row.batch].append(row)
    return [
        RoomOffer(name, tuple(sorted({row.batch for row in of})), files.get(of[0].batch, ""), len(of))
        for (name, _batch), of in asked.items()
    ]

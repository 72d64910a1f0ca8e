"""The route of the team: whose rooms are whose, by departments, day by day.

A room belongs to a department from a day on. A department's team is every room that belongs to it or to one below it on
that day. A department that never had one (content, tech, service) serves the one above it, whose rooms are its team's
then; above the top, or where one department is over all others, it is the company's: every room, those of no department
too. Until the first room of all has a department, everybody's team is the company's.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from kaibo.kpi.rooms import TEAM, Held


@dataclass(frozen=True)
class RoomPlace:
    """From `start` on a room belongs to a department, or to none, until a later one says otherwise."""

    account: int
    department: int | None
    start: date


@dataclass(frozen=True)
class Standing:
    """How a department stood from `start` (None: ever since) to before `until` (None: still): what it was under."""

    department: int
    parent: int | None
    start: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Opened:
    """From when to before when a department is there."""

    department: int
    start: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Post:
    """Somebody holds a position in a department from `start` to before `end`. `weight`: the main one has the most."""

    person: int
    position: str
    department: int
    weight: int
    start: date
    end: date | None = None


@dataclass(frozen=True)
class _Scope:
    """Whose team it is (None: the company's), and its rooms."""

    department: int | None
    accounts: frozenset[int]


@dataclass(frozen=True)
class _Stretch:
    """[start, end) within which nothing of rooms and departments changes."""

    start: date
    end: date
    scopes: Mapping[int, _Scope]


# a department, and [first day, first day after) in it
_Where = tuple[int, date, date]


@dataclass(frozen=True)
class Teams:
    """Of the days of [first, after). `accounts`: every room. `names`: department, in Chinese and in English or ""."""

    first: date
    after: date
    accounts: tuple[int, ...] = ()
    rooms: tuple[RoomPlace, ...] = ()
    standing: tuple[Standing, ...] = ()
    opened: tuple[Opened, ...] = ()
    posts: tuple[Post, ...] = ()
    names: tuple[tuple[int, str, str], ...] = ()

    @property
    def begin(self) -> date | None:
        """The first day on which any room belongs to a department; None: on no day before `after`."""
        return min((one.start for one in self.rooms if one.department is not None), default=None)

    @property
    def by_department(self) -> bool:
        """Whether departments have their own rooms on any of these days."""
        return self.begin is not None and self.begin < self.after

    @cached_property
    def company(self) -> tuple[Held, ...]:
        """Every room on every day."""
        return tuple(Held(0, TEAM, account, self.first) for account in self.accounts)

    def of(self, person: int, position: str) -> Sequence[Held]:
        """The rooms that count for somebody in a position, from–to.

        By where they hold it; a position that nobody is appointed to (a crew role that one is only on shift in) by
        where their main one is.
        """
        if not self.by_department:
            return self.company
        # most people of a department are in it all month
        posts = self.posts_of(person, position)
        where = tuple(sorted({(one.department, one.start, one.end or self.after) for one in posts}))
        if where not in self._known:
            self._known[where] = _merged(self._pieces(where))
        return self._known[where]

    def posts_of(self, person: int, position: str) -> Sequence[Post]:
        """Where somebody has their team from: the places where they hold the position, else their main one."""
        held = self._of_people.get(person, ())
        posts = [one for one in held if one.position == position]
        if not posts:
            most = max((one.weight for one in held), default=0)
            posts = [one for one in held if one.weight == most]
        return posts

    def chain(self, department: int, day: date) -> Sequence[int]:
        """The department and all above it on a day, the nearest first."""
        return _chain(department, self._above(day))

    def top(self, day: date) -> int | None:
        """The one open department without one above it; None of several, or of none."""
        above = self._above(day)
        there = {one.department for one in self.opened if _in_force(one, day)}
        tops = [one for one in there if above.get(one) is None]
        return tops[0] if len(tops) == 1 else None

    def named(self, departments: Iterable[int | None]) -> list[tuple[str, str]]:
        """What the departments are called, by their keys; none for the company (None)."""
        wanted = set(departments)
        return [(zh, en) for department, zh, en in self.names if department in wanted]

    def is_placed(self, person: int) -> bool:
        """Whether they are in any department on these days."""
        return bool(self._of_people.get(person))

    @cached_property
    def _known(self) -> dict[tuple[_Where, ...], Sequence[Held]]:
        return {}

    @cached_property
    def _of_people(self) -> Mapping[int, Sequence[Post]]:
        found: dict[int, list[Post]] = {}
        for one in self.posts:
            if one.start < self.after and (one.end is None or one.end > self.first):
                found.setdefault(one.person, []).append(one)
        return found

    def _pieces(self, where: Collection[_Where]) -> Iterator[Held]:
        begin = max(self.begin or self.after, self.first)
        if begin > self.first:
            yield from (Held(0, TEAM, account, self.first, begin) for account in self.accounts)
        for department, first, after in where:
            for stretch in self._stretches:
                start, end = max(first, stretch.start), min(after, stretch.end)
                scope = stretch.scopes.get(department)
                if start < end and scope:
                    yield from (
                        Held(0, TEAM, account, start, end, scope.department) for account in sorted(scope.accounts)
                    )

    @cached_property
    def _stretches(self) -> list[_Stretch]:
        """From the first day on which a room belongs to a department."""
        begin = max(self.begin or self.after, self.first)
        edges = {one.start for one in self.rooms}
        edges |= {day for one in self.standing for day in (one.start, one.until) if day}
        edges |= {day for one in self.opened for day in (one.start, one.until) if day}
        days = sorted({begin, *(day for day in edges if begin < day < self.after)})
        return [
            _Stretch(start, end, self._scopes(start))
            for start, end in zip(days, [*days[1:], self.after], strict=True)
            if start < end
        ]

    def _scopes(self, day: date) -> Mapping[int, _Scope]:
        above, top = self._above(day), self.top(day)
        ever: set[int] = set()
        rooms: dict[int, set[int]] = {}
        for one in self.rooms:
            if one.start <= day and one.department is not None:
                ever.update(_chain(one.department, above))
        for account, department in self._placed(day).items():
            for one_above in _chain(department, above):
                rooms.setdefault(one_above, set()).add(account)
        company = _Scope(None, frozenset(self.accounts))
        found = {}
        for department in above:
            serving = next((one for one in _chain(department, above) if one in ever), None)
            if serving is None or serving == top:
                found[department] = company
            else:
                found[department] = _Scope(serving, frozenset(rooms.get(serving, ())))
        return found

    def _above(self, day: date) -> dict[int, int | None]:
        return {one.department: one.parent for one in self.standing if _in_force(one, day)}

    def _placed(self, day: date) -> dict[int, int]:
        """Room → the department that it belongs to on a day."""
        newest: dict[int, RoomPlace] = {}
        for one in self.rooms:
            if one.start <= day and (one.account not in newest or newest[one.account].start <= one.start):
                newest[one.account] = one
        return {account: one.department for account, one in newest.items() if one.department is not None}


def _in_force(one: Standing | Opened, day: date) -> bool:
    return (one.start is None or one.start <= day) and (one.until is None or day < one.until)


def _chain(department: int, above: Mapping[int, int | None]) -> list[int]:
    """The department and all above it, the nearest first."""
    path: list[int] = []
    here: int | None = department
    while here is not None and here not in path:
        path.append(here)
        here = above.get(here)
    return path


def _merged(pieces: Iterable[Held]) -> tuple[Held, ...]:
    """Stretches of one room and department that meet or overlap as one, by room and day."""
    found: list[Held] = []
    for one in sorted(pieces, key=lambda held: (held.account, held.department or 0, held.start)):
        last = found[-1] if found else None
        same = last is not None and (last.account, last.department) == (one.account, one.department)
        if last is not None and same and last.end is not None and one.end is not None and one.start <= last.end:
            found[-1] = Held(0, TEAM, one.account, last.start, max(last.end, one.end), one.department)
        else:
            found.append(one)
    return tuple(found)

"""The route of the team where rows name people: whose people are whose, by departments, day by day.

A row belongs, on its day, to the department of the person it names: that of the main position held on that day, so that
each row is in one department. A department's team is its people and those of the departments below it on that day. Who
leads the one department that is over all others has everyone whom rows name, those of no department and names that
nobody here has too. While nobody is in any department, everybody's team is everyone.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import pairwise

from kaibo.kpi.catalog import KPIS, Kpi
from kaibo.kpi.direct import UNKNOWN_NAME
from kaibo.kpi.teams import Post, Teams
from kaibo.kpi.values import MEASURED, MISSING, NOT_SAID, Amounts, Value, merged, value_of

# rows are there, and none of them names anybody of the team
TEAM_NOT_NAMED = "team_not_named"
# why a row is credited to nobody → it counts all the same in the company's; what a newer file tells again, what reaches
# over a month's end and what one punch leaves open counts nowhere
OF_THE_COMPANY = ("", UNKNOWN_NAME)


@dataclass(frozen=True)
class Home:
    """Which department somebody belongs to on the days of [start, end)."""

    person: int
    department: int
    start: date
    end: date


@dataclass(frozen=True)
class Led:
    """Whose rows count on the days of [start, end): a department's with those below it, or (None) everyone's."""

    department: int | None
    start: date
    end: date


@dataclass(frozen=True)
class Said:
    """What rows say of a person (None: of a name that nobody here has) on a day, or on days that are all alike."""

    person: int | None
    day: date
    measure: str
    amount: int


def homes_of(posts: Iterable[Post], first: date, after: date) -> tuple[Home, ...]:
    """Everybody's department on the days of [first, after): of the main position, without one of a second one, then of
    an acting one; of several alike of the newest, then of the one that comes first.
    """
    theirs: dict[int, list[Post]] = defaultdict(list)
    for post in posts:
        if post.start < after and (post.end is None or post.end > first):
            theirs[post.person].append(post)
    return tuple(home for person, held in sorted(theirs.items()) for home in _homes(person, held, first, after))


def _homes(person: int, held: Sequence[Post], first: date, after: date) -> list[Home]:
    edges = {first, after, *(day for post in held for day in (post.start, post.end) if day and first < day < after)}
    found: list[Home] = []
    for start, end in pairwise(sorted(edges)):
        there = [post for post in held if post.start <= start and (post.end is None or start < post.end)]
        if not there:
            continue
        department = max(there, key=lambda post: (post.weight, post.start)).department
        if found and (found[-1].department, found[-1].end) == (department, start):
            found[-1] = replace(found[-1], end=end)
        else:
            found.append(Home(person, department, start, end))
    return found


@dataclass(frozen=True)
class TeamPeople:
    """`teams`: the tree and who holds what; `homes`: where everybody belongs (see homes_of)."""

    teams: Teams
    homes: Sequence[Home]

    def of(self, person: int, position: str) -> tuple[Led, ...]:
        """Whose rows count for somebody in a position, from–to; by where they hold it, see Teams.posts_of."""
        first, after = self.teams.first, self.teams.after
        if not self.homes:
            return (Led(None, first, after),)
        found: list[Led] = []
        for post in self.teams.posts_of(person, position):
            start, end = max(post.start, first), min(post.end or after, after)
            for begin, until in pairwise(sorted({start, end, *(day for day in self._changes if start < day < end)})):
                found.append(Led(self._scope(post.department, begin), begin, until))
        return _joined(found)

    def department(self, person: int | None, day: date) -> int | None:
        """Where somebody belongs on a day; None: nowhere."""
        held = self._of_people.get(person, ()) if person is not None else ()
        return next((one.department for one in held if one.start <= day < one.end), None)

    def counts(self, led: Iterable[Led], department: int | None, day: date) -> bool:
        """Whether what rows say on a day of somebody of a department (None: of none) is in a team."""
        above = self._above(department, day) if department is not None else ()
        return any(one.start <= day < one.end and (one.department is None or one.department in above) for one in led)

    def stretches(self, led: Sequence[Led]) -> dict[int, list[Home]]:
        """Whoever counts in a team, with the stretches of days on which they do, by department."""
        edges = sorted({*self._changes, *(day for one in led for day in (one.start, one.end))})
        found: dict[int, list[Home]] = defaultdict(list)
        for home in self.homes:
            inside = {home.start, home.end, *(day for day in edges if home.start < day < home.end)}
            for start, end in pairwise(sorted(inside)):
                if not self.counts(led, home.department, start):
                    continue
                last = found[home.person][-1] if home.person in found else None
                if last is not None and (last.department, last.end) == (home.department, start):
                    found[home.person][-1] = replace(last, end=end)
                else:
                    found[home.person].append(replace(home, start=start, end=end))
        return dict(found)

    @cached_property
    def edges(self) -> list[date]:
        """The days of the month, its first one too, on which rows of who stays in one department may come to count for
        somebody else: between two of them it is all the same on which day a row is.
        """
        ends = {day for one in self.teams.posts for day in (one.start, one.end) if day}
        inside = {day for day in ends if self.teams.first < day < self.teams.after}
        return sorted({self.teams.first, *inside, *self._changes})

    @cached_property
    def moving(self) -> frozenset[int]:
        """Who is not in one department for all of the month."""
        whole = (self.teams.first, self.teams.after)
        return frozenset(one.person for one in self.homes if (one.start, one.end) != whole)

    @cached_property
    def _of_people(self) -> Mapping[int, Sequence[Home]]:
        found: dict[int, list[Home]] = defaultdict(list)
        for one in self.homes:
            found[one.person].append(one)
        return found

    @cached_property
    def _changes(self) -> list[date]:
        """The days on which departments change their places, come or go, within the month."""
        days = {day for one in self.teams.standing for day in (one.start, one.until) if day}
        days |= {day for one in self.teams.opened for day in (one.start, one.until) if day}
        return sorted(day for day in days if self.teams.first < day < self.teams.after)

    @cached_property
    def _known(self) -> dict[tuple[int, int], Sequence[int]]:
        return {}

    def _above(self, department: int, day: date) -> Sequence[int]:
        """The department and all above it on a day."""
        key = (department, bisect_right(self._changes, day))
        if key not in self._known:
            self._known[key] = self.teams.chain(department, day)
        return self._known[key]

    def _scope(self, department: int, day: date) -> int | None:
        return None if self.teams.top(day) == department else department


def _joined(found: Iterable[Led]) -> tuple[Led, ...]:
    """Stretches of one department that meet or overlap as one."""
    made: list[Led] = []
    for one in sorted(set(found), key=lambda led: (led.department or 0, led.start)):
        last = made[-1] if made else None
        if last is not None and last.department == one.department and one.start <= last.end:
            made[-1] = replace(last, end=max(last.end, one.end))
        else:
            made.append(one)
    return tuple(made)


@dataclass(frozen=True)
class NamedTeams:
    """What rows say of teams by name. `said`: of the month; `tables`: those of which there is any row.

    `people` None: of a month closed before teams had people. Then everybody's team is `everyone`: all rows.
    """

    people: TeamPeople | None
    said: Sequence[Said]
    tables: frozenset[str]
    everyone: Amounts
    kpis: Mapping[str, Kpi]

    def of(self, person: int, position: str) -> tuple[Led, ...]:
        return self.people.of(person, position) if self.people else ()

    def value(self, kpi: str, person: int, position: str) -> Value | None:
        """None where the KPI is not asked for or not told by name, or the person is in no department."""
        if kpi not in self.kpis:
            return None
        led = self.of(person, position)
        if self.people is not None and not led:
            return None
        return self._worth(kpi, led)

    def amounts(self, led: Sequence[Led]) -> Amounts:
        """What rows say of a team, by measure."""
        key = tuple(led)
        if key not in self._known:
            self._known[key] = self._amounts(key) if self.people else self.everyone
        return self._known[key]

    def _amounts(self, led: Sequence[Led]) -> Amounts:
        assert self.people is not None  # noqa: S101 -- asked before
        there = (amounts for (home, day), amounts in self._by_department.items() if self.people.counts(led, home, day))
        return merged(there)

    def _worth(self, kpi: str, led: Sequence[Led]) -> Value:
        declared, amounts = self.kpis[kpi], self.amounts(led)
        other = None if KPIS.get(kpi) is declared else declared
        value = value_of(kpi, amounts, covered=self.tables, definition=other)
        if value.missing in MISSING.values() or _tells(amounts, declared):
            return value
        # of a team that no row names nothing is known, and not 0
        others = self.people is not None and _tells(self.everyone, declared)
        return replace(value, missing=TEAM_NOT_NAMED if others else NOT_SAID)

    @cached_property
    def _known(self) -> dict[tuple[Led, ...], Amounts]:
        return {}

    @cached_property
    def _by_department(self) -> Mapping[tuple[int | None, date], Amounts]:
        """(department or None, day) → what rows say of those who belong to it."""
        found: dict[tuple[int | None, date], dict[tuple[str, str], int]] = defaultdict(dict)
        for one in self.said:
            assert self.people is not None  # noqa: S101 -- asked before
            sums = found[self.people.department(one.person, one.day), one.day]
            sums[one.measure, MEASURED] = sums.get((one.measure, MEASURED), 0) + one.amount
        return found


def _tells(amounts: Amounts, kpi: Kpi) -> bool:
    return {measure for measure, _basis in amounts} >= set(kpi.measures)

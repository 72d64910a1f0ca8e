"""Which rooms and people are whose team's in a month, from what is said of rooms, departments and who holds what.

Of a closed month as it was when it was closed; one that was closed before rooms had departments is every room's, and
one that was closed before teams had people is everyone's whom rows name.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from kaibo.kpi.team_people import Home, TeamPeople, homes_of
from kaibo.kpi.teams import Opened, Post, RoomPlace, Standing, Teams
from kaibo.live.models import Account, RoomDepartment
from kaibo.measurement.closed import Closed
from kaibo.measurement.holdings import Holding
from kaibo.measurement.months import next_month
from kaibo.org.models import Department, DepartmentPast

# the words of a closed month's context
TEAMS, HOMES = "teams", "homes"


def teams_in(month: date, closed: Closed, held: Iterable[Holding], *, tree: bool = False) -> Teams:
    """Two queries, and two more where a room has a department or the `tree` is asked for; one of a closed month.

    `held`: who holds what in the month, of whoever is asked about.
    """
    first = month.replace(day=1)
    one = closed.get(first)
    if one is not None and TEAMS in one.frozen:
        return teams_from(one.frozen[TEAMS], first)
    after = next_month(first)
    accounts = tuple(Account.objects.order_by("pk").values_list("pk", flat=True))
    if one is not None:
        return Teams(first, after, accounts)
    said = RoomDepartment.objects.filter(start__lt=after).order_by("account", "start")
    rooms = tuple(RoomPlace(*row) for row in said.values_list("account", "department", "start"))
    placed = any(place.department is not None for place in rooms)
    if not placed and not tree:
        return Teams(first, after, accounts)
    columns = ("pk", "parent", "opened_on", "closed_on", "name", "name_en")
    departments = list(Department.objects.order_by("pk").values_list(*columns))
    pasts = list(DepartmentPast.objects.order_by("department", "until").values_list("department", "parent", "start",
                                                                                   "until"))  # fmt: skip
    since = {department: until for department, _parent, _start, until in pasts}
    return Teams(
        first, after, accounts, rooms if placed else (),
        standing=(
            *(Standing(*row) for row in pasts),
            *(Standing(pk, parent, since.get(pk)) for pk, parent, *_rest in departments),
        ),
        opened=tuple(Opened(pk, opened, closed_on) for pk, _above, opened, closed_on, *_names in departments),
        posts=_posts(held),
        names=tuple((pk, zh, en) for pk, *_rest, zh, en in departments),
    )  # fmt: skip


def people_in(month: date, closed: Closed, teams: Teams, held: Iterable[Holding]) -> TeamPeople | None:
    """Where everybody belongs; None of a month that was closed before that was kept. No query.

    `held`: who holds what in the month, of everybody; a closed month keeps it.
    """
    one = closed.get(month.replace(day=1))
    if one is not None:
        return people_from(one.frozen.get(TEAMS, {}), teams)
    return TeamPeople(teams, homes_of(_posts(held), teams.first, teams.after))


def _posts(held: Iterable[Holding]) -> tuple[Post, ...]:
    return tuple(_post(holding) for holding in held if holding.department is not None)


def _post(one: Holding) -> Post:
    assert one.department is not None  # noqa: S101 -- asked before
    return Post(one.person, one.position, one.department, one.weight, one.start or date.min, one.end)


def frozen(teams: Teams, lines: Mapping[str, Collection[str]], people: TeamPeople | None = None) -> dict[str, Any]:
    """As a closed month keeps it. `lines`: position → KPIs that its card reads of the team. `people`: where everybody
    belongs, where any of them is told by name.
    """
    homes = people.homes if people else ()
    told = [[one.person, one.department, one.start.isoformat(), one.end.isoformat()] for one in homes]
    return {
        "accounts": list(teams.accounts),
        "rooms": [[one.account, one.department, one.start.isoformat()] for one in teams.rooms],
        "standing": [[one.department, one.parent, _text(one.start), _text(one.until)] for one in teams.standing],
        "opened": [[one.department, _text(one.start), _text(one.until)] for one in teams.opened],
        "posts": [
            [one.person, one.position, one.department, one.weight, one.start.isoformat(), _text(one.end)]
            for one in teams.posts
        ],
        "names": [list(one) for one in teams.names],
        "lines": {position: sorted(kpis) for position, kpis in sorted(lines.items()) if kpis},
        **({HOMES: told} if people else {}),
    }


def teams_from(kept: Mapping[str, Any], month: date) -> Teams:
    """What `frozen` kept."""
    first = month.replace(day=1)
    return Teams(
        first, next_month(first), tuple(kept["accounts"]),
        rooms=tuple(RoomPlace(room, department, _day(start)) for room, department, start in kept["rooms"]),
        standing=tuple(Standing(pk, parent, _read(s), _read(u)) for pk, parent, s, u in kept["standing"]),
        opened=tuple(Opened(pk, _read(s), _read(u)) for pk, s, u in kept["opened"]),
        posts=tuple(Post(who, position, department, weight, _day(start), _read(end))
            for who, position, department, weight, start, end in kept["posts"]),
        names=tuple((pk, zh, en) for pk, zh, en in kept["names"]),
    )  # fmt: skip


def people_from(kept: Mapping[str, Any], teams: Teams) -> TeamPeople | None:
    """What `frozen` kept of people; None where it was not kept."""
    if HOMES not in kept:
        return None
    homes = [Home(who, department, _day(start), _day(end)) for who, department, start, end in kept[HOMES]]
    return TeamPeople(teams, tuple(homes))


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _read(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None

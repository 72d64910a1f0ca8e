"""Whose rooms are whose team's: in small tables, and day by day against a slow reading of the rule."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaibo.kpi.rooms import Held
from kaibo.kpi.teams import Opened, Post, RoomPlace, Standing, Teams

FIRST, AFTER = date(2026, 10, 1), date(2026, 11, 1)
DAYS = [FIRST + timedelta(days=n) for n in range((AFTER - FIRST).days)]
# 1 is over all; 2 and 3 are live departments of 5, which is under 1; 4 (content) is under 1 and never has a room
TREE = (Standing(1, None), Standing(2, 5), Standing(3, 5), Standing(4, 1), Standing(5, 1))
OPEN = tuple(Opened(one) for one in (1, 2, 3, 4, 5))
EARLY = date(2026, 1, 1)


def day(number: int) -> date:
    return date(2026, 10, number)


def teams(*rooms: RoomPlace, posts: tuple[Post, ...] = (), tree=TREE, opened=OPEN) -> Teams:  # type: ignore[no-untyped-def]
    every = posts or tuple(Post(one, "manager", one, 2, EARLY) for one in (1, 2, 3, 4, 5))
    return Teams(FIRST, AFTER, (10, 20, 30), rooms, tree, opened, every)


def on(found: Teams, person: int, when: date, position: str = "manager") -> set[int]:
    return {one.account for one in found.of(person, position) if one.holds(one.account, when)}


BOTH = (RoomPlace(10, 2, EARLY), RoomPlace(20, 3, EARLY))


def test_each_department_has_its_own_rooms_and_those_below_it() -> None:
    found = teams(*BOTH)
    # 30 belongs to nobody: it is the company's alone; content serves the company
    assert {person: on(found, person, day(14)) for person in (1, 2, 3, 4, 5)} == {
        1: {10, 20, 30}, 2: {10}, 3: {20}, 4: {10, 20, 30}, 5: {10, 20},
    }  # fmt: skip


def test_without_any_department_everybodys_team_is_every_room() -> None:
    for found in (teams(), teams(RoomPlace(10, None, EARLY)), teams(RoomPlace(10, 2, AFTER))):
        assert not found.by_department
        assert on(found, 2, day(1)) == on(found, 99, day(31)) == {10, 20, 30}
    # until the first day of the first one
    found = teams(RoomPlace(10, 2, day(11)))
    # 3 never had one: from then on it serves the one above, which has that one
    assert [on(found, 3, day(n)) for n in (10, 11)] == [{10, 20, 30}, {10}]
    assert [on(found, 2, day(n)) for n in (10, 11)] == [{10, 20, 30}, {10}]


def test_a_room_that_is_handed_over_is_the_ones_until_then_and_the_others_from_then() -> None:
    found = teams(*BOTH, RoomPlace(10, 3, day(20)))
    assert [on(found, 2, day(n)) for n in (19, 20)] == [{10}, set()]
    assert [on(found, 3, day(n)) for n in (19, 20)] == [{20}, {10, 20}]
    # who lost the last room is not given all rooms of the department above
    assert [(one.account, one.start, one.end) for one in found.of(2, "manager")] == [(10, FIRST, day(20))]
    gone = teams(*BOTH, RoomPlace(10, None, day(20)))
    assert [on(gone, 5, day(n)) for n in (19, 20)] == [{10, 20}, {20}]
    assert on(gone, 1, day(20)) == {10, 20, 30}


def test_a_manager_has_the_rooms_of_the_days_on_which_they_were_there() -> None:
    posts = (
        Post(7, "manager", 2, 2, EARLY, day(10)), Post(7, "manager", 3, 2, day(10)), Post(8, "planner", 4, 2, EARLY),
        Post(8, "manager", 2, 1, day(25)), Post(9, "host", 3, 2, EARLY),
    )  # fmt: skip
    found = teams(*BOTH, posts=posts)
    assert [on(found, 7, day(n)) for n in (9, 10)] == [{10}, {20}]
    assert [on(found, 8, day(n)) for n in (24, 25)] == [set(), {10}]
    assert on(found, 8, day(25), "planner") == {10, 20, 30}
    # on shift in a role that nobody appointed them to: where their main position is
    assert on(found, 9, day(3), "co_host") == {20}
    assert not found.is_placed(99)
    assert found.of(99, "host") == ()


def test_the_tree_is_that_of_the_day() -> None:
    moved = (*TREE[:2], Standing(3, 5, None, day(16)), Standing(3, 1, day(16)), *TREE[3:])
    found = teams(*BOTH, tree=moved)
    assert [on(found, 5, day(n)) for n in (15, 16)] == [{10, 20}, {10}]


def test_a_room_of_a_department_that_closed_stays_below_the_one_above() -> None:
    found = teams(*BOTH, opened=tuple(Opened(one, None, day(12) if one == 3 else None) for one in (1, 2, 3, 4, 5)))
    assert on(found, 5, day(20)) == {10, 20}


def test_of_several_at_the_top_none_has_what_is_nobodys() -> None:
    roots = (Standing(1, None), Standing(2, 5), Standing(3, 5), Standing(4, None), Standing(5, None))
    found = teams(*BOTH, tree=roots)
    assert {person: on(found, person, day(2)) for person in (1, 4, 5)} == {
        1: {10, 20, 30}, 4: {10, 20, 30}, 5: {10, 20},
    }  # fmt: skip
    # one that closed is none
    shut = tuple(Opened(one, None, EARLY if one in (1, 4) else None) for one in (1, 2, 3, 4, 5))
    assert on(teams(*BOTH, tree=roots, opened=shut), 5, day(2)) == {10, 20, 30}


def test_whoever_has_the_same_department_has_the_same_team_without_asking_twice() -> None:
    posts = tuple(Post(person, "host", 2, 2, EARLY) for person in (1, 2))
    found = teams(*BOTH, posts=posts)
    assert found.of(1, "host") is found.of(2, "host")


WHEN = st.sampled_from([EARLY, *DAYS, AFTER])
PLACES = st.lists(
    st.builds(RoomPlace, st.sampled_from([10, 20, 30]), st.sampled_from([None, 1, 2, 3, 4, 5]), WHEN),
    max_size=6, unique_by=lambda one: (one.account, one.start),
)  # fmt: skip


@st.composite
def standings(draw: st.DrawFn) -> tuple[Standing, ...]:
    """A department is under a lower number, or under none; two change their place in the month."""
    found: list[Standing] = []
    for one in (1, 2, 3, 4, 5):
        above = st.sampled_from([None, *range(1, one)])
        if one in (3, 5):
            change = draw(st.sampled_from(DAYS))
            found += [Standing(one, draw(above), None, change), Standing(one, draw(above), change)]
        else:
            found.append(Standing(one, draw(above)))
    return tuple(found)


@st.composite
def posted(draw: st.DrawFn) -> tuple[Post, ...]:
    starts = draw(st.lists(WHEN, min_size=1, max_size=3, unique=True).map(sorted))
    ends = [*starts[1:], None]
    departments = [draw(st.integers(1, 5)) for _ in starts]
    return tuple(
        Post(7, "manager", department, 2, start, end)
        for department, start, end in zip(departments, starts, ends, strict=True)
    )


def slowly(found: Teams, when: date) -> set[int]:
    """The rule, as it is said: of person 7 on one day."""
    began = [one for one in found.rooms if one.department is not None and one.start <= when]
    if not began:
        return set(found.accounts)
    above = {
        one.department: one.parent for one in found.standing
        if (one.start is None or one.start <= when) and (one.until is None or when < one.until)
    }  # fmt: skip

    def inside(department: int | None, here: int | None) -> bool:
        while department is not None:
            if department == here:
                return True
            department = above[department]
        return False

    team: set[int] = set()
    for post in found.posts:
        if not (post.start <= when and (post.end is None or when < post.end)):
            continue
        here: int | None = post.department
        while here is not None and not any(inside(one.department, here) for one in began):
            here = above[here]
        if here is None or [one for one in above if above[one] is None] == [here]:
            team |= set(found.accounts)
            continue
        for account in found.accounts:
            said = [one for one in found.rooms if one.account == account and one.start <= when]
            if said and inside(max(said, key=lambda one: one.start).department, here):
                team.add(account)
    return team


@settings(max_examples=60, deadline=None)
@given(PLACES, standings(), posted())
def test_every_day_is_as_the_rule_says(
    rooms: list[RoomPlace], tree: tuple[Standing, ...], posts: tuple[Post, ...]
) -> None:
    found = teams(*rooms, tree=tree, posts=posts)
    for when in DAYS:
        assert on(found, 7, when) == slowly(found, when), when


@settings(max_examples=40, deadline=None)
@given(PLACES, standings(), posted(), st.sampled_from(DAYS[1:]))
def test_parts_of_a_month_make_the_month(
    rooms: list[RoomPlace], tree: tuple[Standing, ...], posts: tuple[Post, ...], cut: date
) -> None:
    def days(found: Teams) -> set[tuple[int, date]]:
        return {
            (one.account, when)
            for one in found.of(7, "manager") for when in DAYS
            if found.first <= when < found.after and one.holds(one.account, when)
        }  # fmt: skip

    whole = teams(*rooms, tree=tree, posts=posts)
    parts = [
        Teams(start, end, whole.accounts, whole.rooms, tree, OPEN, posts)
        for start, end in ((FIRST, cut), (cut, AFTER))
    ]  # fmt: skip
    assert days(parts[0]).isdisjoint(days(parts[1]))
    assert days(parts[0]) | days(parts[1]) == days(whole)


@pytest.mark.parametrize("person", [1, 5])
def test_stretches_of_a_room_that_meet_are_one(person: int) -> None:
    found = teams(*BOTH, RoomPlace(30, None, day(5)), RoomPlace(30, None, day(9)))
    assert len({one.account for one in found.of(person, "manager")}) == len(found.of(person, "manager"))
    assert all(isinstance(one, Held) for one in found.of(person, "manager"))

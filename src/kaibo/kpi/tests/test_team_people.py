"""Whose people are whose team's: in small tables, day by day against a slow reading of the rule, all parts together."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from kaibo.kpi.catalog import KPIS
from kaibo.kpi.team_people import Led, NamedTeams, Said, TeamPeople, homes_of
from kaibo.kpi.teams import Opened, Post, Standing, Teams

FIRST, AFTER = date(2026, 10, 1), date(2026, 11, 1)
DAYS = [FIRST + timedelta(days=n) for n in range((AFTER - FIRST).days)]
EARLY = date(2026, 1, 1)
# 1 is over all; 2 and 3 are parts of 5 (service), which is under 1; 4 (content) is under 1
TREE = (Standing(1, None), Standing(2, 5), Standing(3, 5), Standing(4, 1), Standing(5, 1))
OPEN = tuple(Opened(one) for one in (1, 2, 3, 4, 5))
MAIN, SECOND, ACTING = 2, 1, 0


def day(number: int) -> date:
    return date(2026, 10, number)


def people(*posts: Post, tree: tuple[Standing, ...] = TREE, opened: tuple[Opened, ...] = OPEN) -> TeamPeople:
    heads = tuple(Post(100 + one, "manager", one, MAIN, EARLY) for one in (1, 2, 3, 4, 5))
    every = (*heads, *posts)
    return TeamPeople(Teams(FIRST, AFTER, (), (), tree, opened, every), homes_of(every, FIRST, AFTER))


def agent(person: int, department: int, start: date = EARLY, end: date | None = None, weight: int = MAIN) -> Post:
    return Post(person, "service", department, weight, start, end)


def has(found: TeamPeople, head: int, person: int | None, when: date) -> bool:
    return found.counts(found.of(100 + head, "manager"), found.department(person, when), when)


def test_a_department_has_its_own_people_and_those_below_it() -> None:
    found = people(agent(7, 2), agent(8, 3), agent(9, 4))
    counted = {head: {who for who in (7, 8, 9) if has(found, head, who, day(14))} for head in (1, 2, 3, 4, 5)}
    assert counted == {1: {7, 8, 9}, 2: {7}, 3: {8}, 4: {9}, 5: {7, 8}}


def test_who_moves_counts_on_each_side_on_its_own_days_half_open() -> None:
    found = people(agent(7, 2, EARLY, day(10)), agent(7, 3, day(10)))
    assert [has(found, 2, 7, day(n)) for n in (9, 10)] == [True, False]
    assert [has(found, 3, 7, day(n)) for n in (9, 10)] == [False, True]
    assert all(has(found, 5, 7, when) for when in DAYS)
    [one] = found.stretches(found.of(102, "manager"))[7]
    assert (one.start, one.end) == (FIRST, day(10))


def test_who_came_in_the_month_belonged_to_nobody_before() -> None:
    found = people(agent(7, 2, day(10), day(20)))
    assert [has(found, 2, 7, day(n)) for n in (9, 10, 19, 20)] == [False, True, True, False]
    # and to the company all the time, as names that nobody here has do
    assert [has(found, 1, who, day(9)) for who in (7, None)] == [True, True]
    assert not has(found, 2, None, day(9))


def test_who_is_in_two_departments_is_in_that_of_the_main_position() -> None:
    both = (agent(7, 3, day(5), weight=SECOND), agent(7, 2, EARLY, day(20)), agent(7, 4, EARLY, AFTER, weight=ACTING))
    found = people(*both)
    assert [found.department(7, day(n)) for n in (4, 5, 19, 20)] == [2, 2, 2, 3]
    # of two alike the newer one
    assert people(agent(7, 3, day(5)), agent(7, 2)).department(7, day(6)) == 3


def test_a_manager_has_the_people_of_the_days_on_which_they_lead() -> None:
    found = people(agent(7, 2), Post(50, "head", 2, MAIN, EARLY, day(10)), Post(50, "head", 3, MAIN, day(10)))
    led = found.of(50, "head")
    assert led == (Led(2, FIRST, day(10)), Led(3, day(10), AFTER))
    assert [found.counts(led, found.department(7, day(n)), day(n)) for n in (9, 10)] == [True, False]
    assert found.of(999, "head") == ()


def test_the_tree_is_that_of_the_day() -> None:
    moved = (*TREE[:2], Standing(3, 5, None, day(16)), Standing(3, 1, day(16)), *TREE[3:])
    found = people(agent(7, 3), tree=moved)
    assert [has(found, 5, 7, day(n)) for n in (15, 16)] == [True, False]


def test_while_nobody_is_in_a_department_everybodys_team_is_everyone() -> None:
    found = TeamPeople(Teams(FIRST, AFTER), ())
    assert found.of(7, "manager") == (Led(None, FIRST, AFTER),)
    assert found.counts(found.of(7, "manager"), None, day(3))


def test_of_several_at_the_top_none_has_who_is_nowhere() -> None:
    roots = (Standing(1, None), Standing(2, 5), Standing(3, 5), Standing(4, None), Standing(5, None))
    found = people(agent(7, 2), tree=roots)
    assert not has(found, 1, 7, day(2))
    assert not has(found, 1, None, day(2))
    # the others are closed: one is left at the top
    shut = tuple(Opened(one, None, EARLY if one in (1, 4) else None) for one in (1, 2, 3, 4, 5))
    assert has(people(agent(7, 2), tree=roots, opened=shut), 5, None, day(2))


def test_a_team_that_no_row_names_has_nothing_and_not_zero() -> None:
    found = people(agent(7, 2), agent(8, 3))
    said = [Said(7, day(3), "good_ratings", 9), Said(7, day(3), "ratings", 10)]
    every = {("good_ratings", "measured"): 9, ("ratings", "measured"): 10}
    kpis = {key: KPIS[key] for key in ("satisfaction", "reply_3min_rate", "cases")}
    teams = NamedTeams(found, said, frozenset({"service_result"}), every, kpis)

    def told(kpi: str, head: int) -> tuple[object, str]:
        value = teams.value(kpi, 100 + head, "manager")
        assert value is not None
        return value.number and float(value.number), value.missing

    assert told("satisfaction", 2) == (0.9, "")
    assert told("satisfaction", 3) == (None, "team_not_named")
    assert told("reply_3min_rate", 2) == (None, "not_said")
    assert told("cases", 2) == (None, "no_cases")
    assert teams.value("satisfaction", 999, "manager") is None
    assert teams.value("net_paid", 102, "manager") is None


WHEN = st.sampled_from([EARLY, *DAYS, AFTER])
ENDS = st.one_of(st.none(), st.sampled_from([*DAYS, AFTER]))


@st.composite
def posts(draw: st.DrawFn) -> tuple[Post, ...]:
    """Of three people, in any departments, side by side and one after the other."""
    found = []
    for _ in range(draw(st.integers(0, 7))):
        start, end = draw(WHEN), draw(ENDS)
        if end is None or start < end:
            person, department = draw(st.sampled_from([7, 8, 9])), draw(st.integers(1, 5))
            found.append(Post(person, "service", department, draw(st.integers(0, 2)), start, end))
    return tuple(found)


@st.composite
def trees(draw: st.DrawFn) -> tuple[Standing, ...]:
    """1 stays over all; two others change their place in the month."""
    found = [Standing(1, None)]
    for one in (2, 3, 4, 5):
        above = st.integers(1, one - 1)
        if one in (3, 5):
            change = draw(st.sampled_from(DAYS))
            found += [Standing(one, draw(above), None, change), Standing(one, draw(above), change)]
        else:
            found.append(Standing(one, draw(above)))
    return tuple(found)


ROWS = st.lists(
    st.builds(Said, st.sampled_from([7, 8, 9, None]), st.sampled_from(DAYS), st.just("cases"), st.integers(1, 9)),
    max_size=12,
)  # fmt: skip


def slow_department(of: tuple[Post, ...], person: int | None, when: date) -> int | None:
    """The rule as it is said: the main position's of the day, else the second's, else the acting one's; the newest."""
    there = [post for post in of if post.person == person and post.start <= when and (not post.end or when < post.end)]
    for weight in (MAIN, SECOND, ACTING):
        alike = [post for post in there if post.weight == weight]
        if alike:
            newest = max(post.start for post in alike)
            return next(post.department for post in alike if post.start == newest)
    return None


def slow_inside(tree: tuple[Standing, ...], department: int | None, head: int, when: date) -> bool:
    while department is not None:
        if department == head:
            return True
        department = next(
            one.parent for one in tree
            if one.department == department and (not one.start or one.start <= when)
            and (not one.until or when < one.until)
        )  # fmt: skip
    return False


@settings(max_examples=80, deadline=None)
@given(posts(), trees(), ROWS)
def test_each_team_has_what_the_rule_says_and_all_parts_make_everyone(
    held: tuple[Post, ...], tree: tuple[Standing, ...], rows: list[Said]
) -> None:
    found = people(*held, tree=tree)
    teams = NamedTeams(found, rows, frozenset({"service_case"}), {}, {"cases": KPIS["cases"]})

    def counted(led: tuple[Led, ...]) -> int:
        return dict(teams.amounts(led)).get(("cases", "measured"), 0)

    for head in (2, 3, 4, 5):
        slow = sum(
            row.amount for row in rows if slow_inside(tree, slow_department(held, row.person, row.day), head, row.day)
        )
        assert counted(found.of(100 + head, "manager")) == slow, head
    everyone = sum(row.amount for row in rows)
    assert counted(found.of(101, "manager")) == everyone
    # each day of each department alone, and who is in none: every row once
    nowhere = sum(row.amount for row in rows if slow_department(held, row.person, row.day) is None)
    alone = 0
    for row in rows:
        home = found.department(row.person, row.day)
        alone += row.amount if home is not None else 0
        assert home == slow_department(held, row.person, row.day)
    assert alone + nowhere == everyone
    # departments that stand side by side: those right under the top, with who is in the top itself
    for when in DAYS:
        of_day = [row for row in rows if row.day == when]
        beside = [one.department for one in tree if one.parent == 1
                  and (not one.start or one.start <= when) and (not one.until or when < one.until)]  # fmt: skip
        parts = [
            sum(row.amount for row in of_day
                if found.counts((Led(one, when, when + timedelta(days=1)),), found.department(row.person, when), when))
            for one in beside
        ]  # fmt: skip
        in_top = sum(row.amount for row in of_day if found.department(row.person, when) in (1, None))
        assert sum(parts) + in_top == sum(row.amount for row in of_day)


@settings(max_examples=40, deadline=None)
@given(posts(), trees(), ROWS)
def test_it_is_all_the_same_which_of_the_days_between_two_edges_a_row_is_on(
    held: tuple[Post, ...], tree: tuple[Standing, ...], rows: list[Said]
) -> None:
    """So that the database adds up days that are alike, of who stays in one department."""
    found = people(*held, tree=tree)
    for row in rows:
        if row.person in found.moving:
            continue
        alike = max(edge for edge in found.edges if edge <= row.day)
        for head in (1, 2, 3, 4, 5):
            assert has(found, head, row.person, row.day) == has(found, head, row.person, alike)

from datetime import date

import pytest

from kaibo.appraisal.cards import CARDS, WrongCard, cards_in, newest, read
from kaibo.live.models import CrewRole

GOOD = """
[[card]]
role = "host"
version = 1
line = [{ kpi = "orders", weight = 60, rule = { form = "bands", bands = [{ points = "60" }] } }]
later = [{ key = "spend", weight = 40 }]
"""


def test_every_crew_role_has_a_card_of_a_hundred():
    for month in (date(2020, 1, 1), date(2026, 10, 1), date(2026, 11, 1), date(2030, 1, 1)):
        assert set(cards_in(month)) == set(CrewRole.values)
    assert {card.weight for card in CARDS} == {100}


def test_a_version_counts_from_its_month_on():
    versions = [cards_in(date(2026, month, 1))["floor_manager"].version for month in (8, 9, 10, 11)]
    assert versions == [1, 1, 2, 2]


def test_the_newest_version_in_use_is_taken_whatever_the_order():
    second = GOOD.replace("version = 1", 'version = 2\nsince = "2026-10"')
    third = GOOD.replace("version = 1", 'version = 3\nsince = "2027-01"')
    cards = read(third + GOOD + second)
    found = [newest(cards, date(year, month, 1))["host"].version for year, month in [(2026, 9), (2026, 10), (2027, 1)]]
    assert found == [1, 2, 3]


def test_waiting_lines_are_part_of_the_hundred():
    (card,) = read(GOOD)
    assert (card.weight, card.later[0].title) == (100, "消耗与预算")


@pytest.mark.parametrize(
    ("from_", "to", "said"),
    [
        ("weight = 60", "weight = 50", "the weights add up to 90, not to 100"),
        ('points = "60"', 'points = "60", at_least = "10"', "gives no points below 10"),
        ('role = "host"', 'role = "king"', "king v1: no such crew role"),
        ("spend", "glory", "no words for glory"),
        ('kpi = "orders"', 'kpi = "glory"', "there is no KPI “glory”"),
    ],
)
def test_a_card_that_contradicts_itself_is_refused(from_, to, said):
    with pytest.raises(WrongCard, match=said):
        read(GOOD.replace(from_, to))


def test_a_line_against_a_target_names_whose():
    linear = GOOD.replace('{ form = "bands", bands = [{ points = "60" }] }', '{ form = "linear" }')
    assert read(linear.replace("weight = 60,", 'weight = 60, target = "500",'))[0].card.lines[0].target == 500
    assert read(linear.replace("weight = 60,", 'weight = 60, target = "person",'))[0].by_person == {"orders"}
    with pytest.raises(WrongCard, match="orders has no target"):
        read(linear)


def test_a_rated_line_is_part_of_the_card_and_says_what_its_points_mean():
    rated = """[[card.rated]]
key = "calm"
weight = 40
zh = "沉着"
en = "Calm"
anchors = [{ points = "40", zh = "从不慌", en = "never loses it" }, { points = "0", zh = "总慌", en = "always does" }]
"""
    text = GOOD.replace('later = [{ key = "spend", weight = 40 }]', "") + rated
    (card,) = read(text)
    assert (card.weight, card.rated[0].title, card.rated[0].line.max_points) == (100, "沉着", 40)
    with pytest.raises(WrongCard, match="host v1: Item 2: an anchor gives 41 points, more than the weight 40"):
        read(text.replace('points = "40"', 'points = "41"'))

import pytest

from kaibo.appraisal.cards import CARDS, WrongCard, read
from kaibo.live.models import CrewRole

GOOD = """
[[card]]
role = "host"
version = 1
line = [{ kpi = "orders", weight = 60, rule = { form = "bands", bands = [{ points = "60" }] } }]
later = [{ key = "spend", weight = 40 }]
"""


def test_every_crew_role_has_a_card_of_a_hundred():
    assert set(CARDS) == set(CrewRole.values)
    assert {card.weight for card in CARDS.values()} == {100}


def test_waiting_lines_are_part_of_the_hundred():
    card = read(GOOD)["host"]
    assert (card.weight, card.later[0].title) == (100, "消耗与预算")


@pytest.mark.parametrize(
    ("from_", "to", "said"),
    [
        ("weight = 60", "weight = 50", "the weights add up to 90, not to 100"),
        ('points = "60"', 'points = "60", at_least = "10"', "gives no points below 10"),
        ('role = "host"', 'role = "king"', "king: no such crew role"),
        ("spend", "glory", "no words for glory"),
        ('kpi = "orders"', 'kpi = "glory"', "there is no KPI “glory”"),
    ],
)
def test_a_card_that_contradicts_itself_is_refused(from_, to, said):
    with pytest.raises(WrongCard, match=said):
        read(GOOD.replace(from_, to))


def test_a_line_against_a_target_names_whose():
    linear = GOOD.replace('{ form = "bands", bands = [{ points = "60" }] }', '{ form = "linear" }')
    assert read(linear.replace("weight = 60,", 'weight = 60, target = "500",'))["host"].card.lines[0].target == 500
    assert read(linear.replace("weight = 60,", 'weight = 60, target = "person",'))["host"].by_person == {"orders"}
    with pytest.raises(WrongCard, match="orders has no target"):
        read(linear)

import re
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest
from django.utils.translation import override

from kaibo.appraisal.card_file import read_loosely
from kaibo.appraisal.cards import CARDS, WrongCard, newest, read
from kaibo.kpi.rules import Counted, Linear, On, PerOccurrence, Step
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
        assert set(newest(CARDS, month)) >= set(CrewRole.values)
    assert {card.weight for card in CARDS} == {100}


def test_a_version_counts_from_its_month_on():
    versions = [newest(CARDS, date(2026, month, 1))["floor_manager"].version for month in (8, 9, 10, 11)]
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
        ("weight = 60", "weight = 50", r"cards.toml, host v1: .*The weights add up to 90, not to 100\. 10 are"),
        (
            'points = "60"',
            'points = "60", at_least = "10"',
            "Item 1 gives no points below 10. Give that stretch points, or move",
        ),
        ('role = "host"', 'role = "king"', "king v1: there is no such position. Use one of these: ads, analyst"),
        ("spend", "glory", "“glory” has no name. Use one of these: spend"),
        ('kpi = "orders"', 'kpi = "glory"', "Item 1: there is no KPI “glory”. Use a key of the catalog."),
    ],
)
def test_a_card_that_contradicts_itself_is_refused(from_, to, said):
    with pytest.raises(WrongCard, match=said):
        read(GOOD.replace(from_, to))


def test_a_line_against_a_target_names_whose():
    linear = GOOD.replace('{ form = "bands", bands = [{ points = "60" }] }', '{ form = "linear" }')
    assert read(linear.replace("weight = 60,", 'weight = 60, target = "500",'))[0].card.lines[0].target == 500
    assert read(linear.replace("weight = 60,", 'weight = 60, target = "person",'))[0].by_person == {"orders"}
    with pytest.raises(WrongCard, match=r"Item 1: “orders” has no target\. Write a target above 0\."):
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


@pytest.mark.parametrize(
    ("from_", "to", "said"),
    [
        (
            "weight = 60",
            'weight = "much"',
            r"cards.toml, card 1 \(host v1\), line 1 \(orders\): weight: 'much' is no number. Correct it.",
        ),
        ("weight = 60, ", "", r"line 1 \(orders\): it lacks “weight”. Add it."),
        ('form = "bands"', 'form = "stairs"', "no such form: 'stairs'; there are bands, benchmark, together, linear"),
        ('points = "60"', 'points = "lots"', "points: 'lots' is no number"),
        ("version = 1", 'version = 1\nsince = "soon"', r"cards.toml, card 1 \(host v1\): .*soon"),
        ("[[card]]", "[[card]", r"cards.toml, line 2: this is no TOML"),
    ],
)
def test_what_cannot_be_read_is_named_by_file_card_line_and_value(from_, to, said):
    with pytest.raises(WrongCard, match=said):
        read(GOOD.replace(from_, to))


LINE = '[[card]]\nrole = "host"\nversion = 1\n[[card.line]]\nweight = 1\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a." * 150_000 + "a = 1", "line 1: the key “a.a"),
        ("# x\n" + "'\"'.\"\\\"\".".replace(" ", "") * 40_000 + "a = 1", "line 2: the key"),
        ("x = 1\n" * 2 + "[" + "a." * 100_000 + "a]", "line 3: the key"),
        ("a = " + "[" * 190_000, "this is no TOML"),
        ("a = " + "{a=" * 120_000, "this is no TOML"),
        ("a = " + "9" * 390_000, "this is no TOML"),
        ("a" * 390_000, "this is no TOML"),
        ('"' * 390_001, "this is no TOML"),
        ("[[card]]\n" * 43_000, "43000 cards; 50 are the most"),
        ("x" * 1_000_000, "1000000 characters; cards have at most 400000"),
        (LINE + 'kpi = ["a"]', "line 1: “kpi” must be text"),
        (LINE + 'kpi = "views\\u0000"', "line 1: “kpi” holds a sign that no text has"),
        (LINE + 'kpi = "views"\nrule = "linear"', r"line 1 \(views\), rule: no such form: None"),
        (LINE + 'kpi = "views"\nrule = { form = ["linear"] }', "no such form: list"),
        (LINE + 'kpi = "views"\nrule = { form = "bands", bands = [{ points = [1] }] }', "bands 1: points: list is no"),
        (LINE + 'kpi = "views"\nrule = { form = "rated" }', r"stands under \[\[card.rated\]\]"),
        (LINE + 'kpi = "views"\nrule = { form = "linear" }\nroute = "moon"', "“route” says 'moon'; it is one of shift"),
        (LINE + 'kpi = "views"\nrule = { form = "linear" }\nvariants = { by = "level" }', "“variants” must be a list"),
        (LINE + 'kpi = "views"\nrule = { form = "linear" }\nnewcomer = { counts = "no" }', "“counts” is true or"),
        ("[[card]]\nrole = 3\nversion = 1", "“role” must be text"), ("[[card]]\nrole = 'host'\nversion = 1.5", "whole"),
        (LINE + 'kpi = "views"\nrule = { form = "together", rungs = ['
         + "{ points = 1 }," * 5_000 + "] }", "“rungs” has 5000 entries; 30 are the most"),
    ],
)  # fmt: skip
def test_no_file_takes_time_or_breaks_a_page_whatever_it_holds(text, said):
    """The first of these took minutes, the others ended in an error page."""
    with pytest.raises(WrongCard, match=said) as found:
        read_loosely(text, "x.toml")
    with override("zh-hans"):
        assert re.search("[\u4e00-\u9fff]", found.value.text)
        assert found.value.text != str(found.value)


def test_the_docs_name_every_form_and_every_choice():
    told = (Path(__file__).parents[4] / "docs" / "cards.md").read_text(encoding="utf-8")
    words = set(re.findall(r"[a-z_]+", told))
    assert {"linear", "bands", "step", "per_occurrence", "rated", "benchmark", "together", *On, *Counted} <= words
    for rule in (Step, PerOccurrence, Linear):
        assert {field.name for field in fields(rule)} <= words

"""How much a card's words, numbers and lists may hold: the most is taken, one more is said."""

from typing import Any

import pytest

from kaibo.appraisal.card_shape import CARD, wrong

A_LINE = {"kpi": "paid", "rule": {"form": "linear"}}


def fault(**said: Any) -> str:
    """What is wrong with a card that says this beside what it needs."""
    found = wrong({"role": "host", "version": 1, **said}, CARD, "the card")
    return "" if found is None else str(found)


def lines(count: int) -> list[dict[str, Any]]:
    return [{**A_LINE, "weight": "1"}] * count


@pytest.mark.parametrize(
    ("most", "more", "said"),
    [
        ({"line": lines(60)}, {"line": lines(61)}, "“line” has 61 entries; 60 are the most"),
        ({"role": "x" * 1_000}, {"role": "x" * 1_001}, "“role” has more than 1000 characters"),
        ({"rated": [{"key": "x" * 40, "weight": "1"}]}, {"rated": [{"key": "x" * 41, "weight": "1"}]},
         "“key” has more than 40 characters"),
        # no text is looked at for longer, even where it would be a number
        ({"outside_cap": "1".zfill(60)}, {"outside_cap": "1".zfill(61)}, "is no number"),
        ({"version": 999_999}, {"version": 1_000_000}, "is a whole number"),
    ],
)  # fmt: skip
def test_the_most_is_taken_and_one_more_is_said(most: dict[str, Any], more: dict[str, Any], said: str) -> None:
    assert fault(**most) == ""
    assert said in fault(**more)

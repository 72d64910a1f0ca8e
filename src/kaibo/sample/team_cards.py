"""Scorecards that the sample's team made its own of Kaibo's: plain data, for the product's own verbs.

The floor managers' has a grade table, a gate, and bonus and deduction items, one of which the clock-in rows count; of
the live operations manager's an item is rated by several.
"""

from collections.abc import Mapping, Sequence

FLOOR, MANAGER = "floor_manager", "live_manager"
PARTS: Mapping[str, str | Sequence[Mapping[str, str]]] = {
    "outside_floor": "-12",
    "outside_cap": "6",
    "outside": [
        {"key": "praised", "each": "2", "floor": "0", "cap": "6", "zh": "点名表扬", "en": "Praise by name"},
        {"key": "wrong_price", "each": "-3", "floor": "-9", "cap": "0", "zh": "错价漏链", "en": "Wrong price, no link"},
        {"key": "late_times", "each": "-1", "floor": "-5", "cap": "0"},
    ],
    "grade": [
        {"key": "A", "at_least": "90", "coefficient": "1.2", "zh": "A", "en": "A"},
        {"key": "B", "at_least": "75", "coefficient": "1", "zh": "B", "en": "B"},
        {"key": "C", "coefficient": "0.8", "zh": "C", "en": "C"},
    ],
    "gate": [{"key": "serious", "at_least": "1", "grade": "C", "zh": "平台严重违规", "en": "Serious violation"}],
}  # fmt: skip
# of the operations manager's rated item
RATED = "people"
RATERS: Sequence[Mapping[str, str]] = (
    {"rater": "superior", "weight": "50"},
    {"rater": "report", "weight": "20"},
    {"rater": "other_department", "weight": "20"},
    {"rater": "hr", "weight": "10"},
)

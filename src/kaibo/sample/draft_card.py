"""The hosts' next scorecard as far as the sample's owner has written it: plain data, for the product's own verbs."""

from collections.abc import Mapping, Sequence

ROLE = "host"
NOTE = "转化更重要；加等级和违规封顶，和主播们谈过再发布"
# of items that another weight needs no other points for
WEIGHTS: Mapping[str, str] = {"net_paid": "20", "view_order_rate": "20"}
PARTS: Mapping[str, str | Sequence[Mapping[str, str]]] = {
    "outside_floor": "-10",
    "outside_cap": "6",
    "outside": [
        {"key": "praised", "each": "2", "floor": "0", "cap": "6", "zh": "客户点名表扬", "en": "Praise by customers"},
        {"key": "complained", "each": "-5", "floor": "-10", "cap": "0", "zh": "有责投诉", "en": "Complaint upheld"},
    ],
    "grade": [
        {"key": "gold", "at_least": "90", "coefficient": "1.2", "zh": "金牌", "en": "Gold"},
        {"key": "silver", "at_least": "75", "coefficient": "1", "zh": "银牌", "en": "Silver"},
        {"key": "bronze", "coefficient": "0.8", "zh": "铜牌", "en": "Bronze"},
    ],
    "gate": [{"key": "serious", "at_least": "1", "grade": "bronze", "zh": "平台严重违规", "en": "Serious violation"}],
}  # fmt: skip

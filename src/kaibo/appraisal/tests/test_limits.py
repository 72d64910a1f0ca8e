"""What decides on points is written to its last digit: edges, targets, steps and benchmarks of a card."""

from decimal import Decimal
from fractions import Fraction

import pytest
from django.utils.translation import override

from kaibo.appraisal import wording
from kaibo.appraisal.actions import save_draft
from kaibo.appraisal.limits import limit, per_cent
from kaibo.appraisal.own_cards.store import card_of, known_kpis
from kaibo.appraisal.tests.drafts import draft_of, text_of
from kaibo.appraisal.tests.editor import at
from kaibo.kpi.measures import Unit
from kaibo.kpi.scoring import score
from kaibo.kpi.values import Value
from kaibo.look.numbers import GAP, THIN


@pytest.mark.parametrize(
    ("unit", "number", "said"),
    [
        (Unit.COUNT, "30000", f"3.00{GAP}万"), (Unit.COUNT, "12345", "12,345"), (Unit.COUNT, "2.5", "2.5"),
        (Unit.COUNT, "100000001", "100,000,001"), (Unit.MONEY, "50000000", f"¥50.0{GAP}万"),
        (Unit.MONEY, "12345600", "¥123,456.00"), (Unit.MONEY, "1234567", "¥12,345.67"), (Unit.MONEY, "50", "¥0.50"),
        (Unit.MONEY, "0.5", "¥0.005"), (Unit.TIME, "60000", f"60{GAP}秒"), (Unit.TIME, "500", f"0.5{GAP}秒"),
        (Unit.TIME, "35001", f"35.001{GAP}秒"), (Unit.DURATION, "216000000", f"60.0{GAP}小时"),
        (Unit.DURATION, "26100000", f"7.25{GAP}小时"), (Unit.DURATION, "215999999", "59:59:59.999"),
        (Unit.TIME, "599999", f"599.999{GAP}秒"), (Unit.TIME, "600000", f"10{GAP}分"),
        (Unit.TIME, "600500", f"600.5{GAP}秒"), (Unit.TIME, "86400000", f"24.0{GAP}小时"),
        (Unit.TIME, "8100000", f"135{GAP}分"), (Unit.RATIO, "0.015", f"1.50{THIN}%"),
        (Unit.RATIO, "0.12345", f"12.345{THIN}%"),
        (Unit.MULTIPLE, "1.5", "1.50"), (Unit.MULTIPLE, "1.005", "1.005"),
    ],
)  # fmt: skip
def test_a_number_of_a_card_is_short_only_where_that_loses_nothing(unit: Unit, number: str, said: str) -> None:
    with override("zh-hans"):
        assert limit(unit, Decimal(number)) == said


def test_a_share_has_as_many_places_as_it_needs() -> None:
    assert [per_cent(Fraction(one)) for one in ("1", "0.9", "0.155", "0.12345")] == [
        f"{text}{THIN}%" for text in ("100", "90", "15.5", "12.345")
    ]


def test_bands_of_a_draft_say_their_edges_exactly(boss) -> None:  # type: ignore[no-untyped-def]
    draft = draft_of(boss)
    typed = {"form": ["bands"], "kpi": ["views"], "weight": ["10"], "on": ["value"], "bands-0-at_least": ["12345"],
             "bands-0-points": ["10"], "bands-1-below": ["12345"], "bands-1-points": ["0"]}  # fmt: skip
    boss.post(at("card_draft_line", draft.pk, "new"), typed)
    assert "至少 12,345 → 10" in text_of(boss.get(at("card_draft", draft.pk))).replace("\u202f", " ")


def test_several_conditions_at_once_say_their_numbers_as_they_were_typed(boss) -> None:  # type: ignore[no-untyped-def]
    draft = draft_of(boss)
    rungs = [
        {
            "points": "100",
            "conditions": [
                {"kpi": "follow_rate", "at_least": "0.123456"},
                {"kpi": "mean_stay", "above": "61234"},
                {"kpi": "net_paid", "below": "12345678"},
            ],
        },
        {
            "points": "50",
            "conditions": [{"kpi": "airtime", "at_least": "215999999"}, {"kpi": "roi", "at_most": "1.005"}],
        },
    ]
    rule = {"form": "together", "rungs": rungs, "otherwise": "0"}
    data = {"line": [{"kpi": "follow_rate", "weight": "100", "rule": rule}]}
    save_draft(by=None, draft=draft, data=data)
    told = "".join(text_of(boss.get(at("card_draft", draft.pk))).split())
    for text in ("至少12.3456%", "超过61.234秒", "不到¥123,456.78", "至少59:59:59.999", "至多1.005"):
        assert text in told
    line = card_of(draft, known_kpis()).card.lines[0]
    value = Value("follow_rate", {"measured": 1}, {"measured": 2})
    stay, paid = Value("mean_stay", {"measured": 70_000}, {"measured": 1}), Value("net_paid", {"measured": 1})
    found = score(line, value, others={"follow_rate": value, "mean_stay": stay, "net_paid": paid, "airtime": paid,
                                       "roi": value})  # fmt: skip
    with override("zh-hans"):
        assert "超过 61.234" in wording.attainment_text(found)


def test_what_waits_for_files_can_be_weighed_and_taken_out(boss) -> None:  # type: ignore[no-untyped-def]
    draft = draft_of(boss, "analyst")
    page = boss.get(at("card_draft", draft.pk)).content.decode()
    assert ('name="weight-later-1"' in page, 'value="remove:later-1"' in page) == (True, True)
    # it has no form of its own
    assert at("card_draft_line", draft.pk, "later-1") not in page
    boss.post(at("card_draft", draft.pk), {"item-later-1": draft.data["later"][0]["key"], "weight-later-1": "15"})
    draft.refresh_from_db()
    assert draft.data["later"][0]["weight"] == "15"
    boss.post(at("card_draft", draft.pk), {"act": "remove:later-1"})
    draft.refresh_from_db()
    assert draft.data.get("later", []) == []

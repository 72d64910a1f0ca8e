"""What somebody types who has never seen a key: names only, in one language, and what the card makes of them."""

from typing import Any

import pytest
from django.utils.translation import override

from kaibo.appraisal.own_cards.store import card_of, known_kpis
from kaibo.appraisal.tests.drafts import clear, draft_of, text_of
from kaibo.appraisal.tests.editor import Form, at, entered

GRADES = [["金牌", "", "90", "", "1.2"], ["铜牌", "", "70", "", "0.8"], ["其余", "", "", "", "0"]]


def rated(boss: Any, draft: Any, **typed: str) -> Any:
    rows = {"anchors": [["50", "好"], ["0", "差"]]}
    return entered(boss, at("card_draft_line", draft.pk, "new"), {"weight": "50", **typed}, rows, {"rated": "1"})


def test_names_are_enough_and_keys_are_made(boss: Any) -> None:
    draft = draft_of(boss)
    clear(boss, draft)
    for name in ("责任心", "团队协作"):
        assert rated(boss, draft, zh=name).status_code == 302
    tables = {
        "section": [["业绩", "", "50"], ["行为", "Conduct", "50"]], "grade": GRADES,
        "gate": [["", "严重违规", "", "1", "铜牌"], ["absent_days", "", "", "3", "其余"]],
        "outside": [["", "表扬", "", "5", "0", "10"], ["", "投诉", "", "-5", "-20", "0"]],
    }  # fmt: skip
    assert entered(boss, at("card_draft_parts", draft.pk), {}, tables).status_code == 302
    for place, section in (("rated-1", "section_1"), ("rated-2", "conduct")):
        assert entered(boss, at("card_draft_line", draft.pk, place), {"section": section}, {}).status_code == 302
    draft.refresh_from_db()
    said = draft.data
    keys = {name: [one["key"] for one in said[name]] for name in ("section", "grade", "gate", "outside", "rated")}
    assert keys == {
        "section": ["section_1", "conduct"], "grade": ["grade_1", "grade_2", "grade_3"],
        "gate": ["gate_1", "absent_days"], "outside": ["outside_1", "outside_2"], "rated": ["item_1", "item_2"],
    }  # fmt: skip
    # a gate's grade is chosen by its name
    assert [one["grade"] for one in said["gate"]] == ["grade_2", "grade_3"]
    assert card_of(draft, known_kpis()).faults == []
    # the page says names and no key, and saved as it stands it changes nothing
    text = text_of(boss.get(at("card_draft", draft.pk)))
    assert [one for one in ("section_1", "grade_2", "gate_1", "outside_1", "absent_days") if one in text] == []
    for name in ("业绩 50", "严重违规 ≥ 1 → 铜牌", "表扬 5"):
        assert name in text
    assert entered(boss, at("card_draft_parts", draft.pk), {}, {}).status_code == 302
    before = said
    draft.refresh_from_db()
    assert draft.data == before
    with override("en"):
        # nobody wrote it in English: better in Chinese than not at all
        assert [one.title for one in card_of(draft, known_kpis()).rated] == ["责任心", "团队协作"]


def test_what_one_person_counts_may_shut_a_gate_and_take_points(boss: Any) -> None:
    draft = draft_of(boss)
    first = {"grade": GRADES, "outside": [["", "投诉", "", "-5", "-20", "0"]]}
    entered(boss, at("card_draft_parts", draft.pk), {}, first)
    # now it can be chosen by its name
    entered(boss, at("card_draft_parts", draft.pk), {}, {"gate": [["outside_1", "投诉", "", "3", "其余"]]})
    draft.refresh_from_db()
    assert draft.data["gate"][0]["key"] == draft.data["outside"][0]["key"] == "outside_1"


@pytest.mark.parametrize("key", ["责任 心", "a b", "x" * 41, "a/b"])
def test_a_key_that_no_address_holds_is_refused_and_nothing_is_saved(boss: Any, key: str) -> None:
    draft = draft_of(boss)
    before = draft.data
    refused = rated(boss, draft, zh="责任心", key=key)
    assert refused.status_code == 422
    assert "键名只能用字母、数字和 _" in text_of(refused)
    assert 'value="责任心"' in refused.content.decode()
    draft.refresh_from_db()
    assert draft.data == before


def test_people_and_rooms_are_typed_by_what_they_are_called(boss: Any, evening: Any) -> None:
    draft = draft_of(boss)
    clear(boss, draft)
    rows = {
        "bands": [["60", "", "10"], ["", "60", "0"]],
        "variants": [["level", "中层"], ["room_age", "New rooms"], ["room", "生活旗舰店"], ["stage", "trial"]],
    }
    typed = {"kpi": "mean_stay", "form": "bands", "weight": "10", "on": "value"}
    entered(boss, at("card_draft_line", draft.pk, "new"), typed, rows, {"form": "bands", "kpi": "mean_stay"})
    draft.refresh_from_db()
    (line,) = draft.data["line"]
    assert [(one["by"], one["key"]) for one in line["variants"]] == [
        ("level", "middle"), ("room_age", "new"), ("room", "douyin:qinghe"), ("stage", "trial"),
    ]  # fmt: skip
    page = boss.get(at("card_draft_line", draft.pk, "line-1")).content.decode()
    assert ('value="中层"' in page, 'value="middle"' in page) == (True, False)
    # a slip of the pen would hold for nobody, silently
    rows["variants"][0][1] = "中级"
    entered(boss, at("card_draft_line", draft.pk, "line-1"), typed, rows)
    text = text_of(boss.get(at("card_draft", draft.pk)))
    assert "“中级”不是任何人会处在的情况，永远用不上。" in text
    assert "高层, 中层, 基层" in text


def test_more_rows_are_there_before_anything_is_written(boss: Any) -> None:
    draft = draft_of(boss)
    address, asked = at("card_draft_line", draft.pk, "new"), {"form": "bands", "kpi": "views"}
    form = Form(boss.get(address, asked).content.decode())
    assert (form.has_room("bands", 3), form.has_room("bands", 4)) == (True, False)
    form = Form(boss.post(address, {**form.sent, "show": ["rows-bands"]}).content.decode())
    # of this table alone
    assert (form.has_room("bands", 6), form.has_room("targets", 4)) == (True, False)

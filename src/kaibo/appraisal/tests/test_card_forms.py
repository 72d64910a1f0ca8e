"""Every form of an item typed on the pages of a draft, until the card is published."""

from typing import Any

from django.urls import reverse

from kaibo.appraisal.card_file import read_loosely
from kaibo.appraisal.cards import CARDS, every_card
from kaibo.appraisal.models import CardState, CardVersion
from kaibo.appraisal.tests.drafts import clear, draft_of, post, text_of

# form → what is typed in its fields, and what the card then says
FORMS = {
    "bands": (
        {
            "kpi": "views",
            "on": "value",
            "bands-0-at_least": "30,000",
            "bands-0-points": "10",
            "bands-1-below": "30000",
            "bands-1-points": "8",
        },
        {
            "form": "bands",
            "on": "value",
            "bands": [{"at_least": "30000", "points": "10"}, {"below": "30000", "points": "8"}],
        },
    ),
    "linear": (
        {"kpi": "paid", "cap": "120", "target_kind": "number", "target": "5000"},
        {"form": "linear", "cap": "1.2"},
    ),
    "benchmark": (
        {
            "kpi": "audience",
            "by": "room",
            "benchmark-0-key": "douyin:qinghe",
            "benchmark-0-value": "1000",
            "bands-0-at_least": "120",
            "bands-0-points": "10",
            "bands-1-below": "120",
            "bands-1-points": "5",
        },
        {
            "form": "benchmark",
            "benchmark": {"by": "room", "figures": [{"value": "1000", "key": "douyin:qinghe"}]},
            "bands": [{"at_least": "1.2", "points": "10"}, {"below": "1.2", "points": "5"}],
        },
    ),
    "step": (
        {
            "kpi": "interaction_rate",
            "on": "value",
            "base": "15",
            "start": "0",
            "step": "1",
            "above": "1",
            "below": "0",
            "floor": "0",
            "cap": "10",
            "counted": "whole",
        },
        {
            "form": "step",
            "on": "value",
            "counted": "whole",
            "step": "0.01",
            "start": "0",
            "cap": "10",
            "floor": "0",
            "above": "1",
            "below": "0",
            "base": "0.15",
        },
    ),
    "per_occurrence": (
        {"kpi": "late_times", "start": "10", "each": "-3", "floor": "0", "cap": "10"},
        {"form": "per_occurrence", "each": "-3", "start": "10", "cap": "10", "floor": "0"},
    ),
    "together": (
        {
            "kpi": "follow_rate",
            "otherwise": "0",
            "rungs-0-points": "10",
            "rungs-0-kpi1": "follow_rate",
            "rungs-0-at_least1": "5",
            "rungs-0-kpi2": "mean_stay",
            "rungs-0-at_least2": "60",
        },
        {
            "form": "together",
            "otherwise": "0",
            "rungs": [
                {
                    "points": "10",
                    "conditions": [
                        {"kpi": "follow_rate", "at_least": "0.05"},
                        {"kpi": "mean_stay", "at_least": "60000"},
                    ],
                }
            ],
        },
    ),
}


# what is typed beside the items that figures give points for
RATED = {
    "rated": "1",
    "weight": "40",
    "key": "care",
    "zh": "责任心",
    "en": "Care",
    "rater_self": "20",
    "rater_superior": "80",
    "anchors-0-points": "40",
    "anchors-0-zh": "好",
    "anchors-0-en": "good",
    "anchors-1-points": "0",
    "anchors-1-zh": "差",
    "anchors-1-en": "bad",
}
PARTS = {
    "team_kpi": "",
    "outside_cap": "5",
    "grade-0-key": "gold",
    "grade-0-at_least": "80",
    "grade-0-coefficient": "1.2",
    "grade-1-key": "rest",
    "grade-1-coefficient": "1",
    "gate-0-key": "serious",
    "gate-0-at_least": "1",
    "gate-0-grade": "rest",
    "gate-0-zh": "严重违规",
    "gate-0-en": "Serious",
    "outside-0-key": "praise",
    "outside-0-each": "5",
    "outside-0-floor": "0",
    "outside-0-cap": "5",
    "outside-0-zh": "表扬",
    "outside-0-en": "Praise",
}


def new_item(boss: Any, draft: CardVersion, form: str) -> None:
    post(boss, "card_draft_line", draft.pk, "new", form=form, weight="10", **FORMS[form][0])
    draft.refresh_from_db()


def whole_draft(boss: Any) -> CardVersion:
    """A draft of 100 points with an item of every form, one that people rate, grades, a gate and one outside."""
    draft = draft_of(boss)
    clear(boss, draft)
    for form in FORMS:
        new_item(boss, draft, form)
    post(boss, "card_draft_line", draft.pk, "new", **RATED)
    post(boss, "card_draft_parts", draft.pk, **PARTS)
    return draft


def test_every_form_is_typed_without_code(boss: Any, evening: Any) -> None:
    draft = draft_of(boss)
    clear(boss, draft)
    # what the fields show is what was typed before: money in yuan, shares in per cent, time in seconds
    for form, (_typed, rule) in FORMS.items():
        new_item(boss, draft, form)
        assert draft.data["line"][-1]["rule"] == rule, form
    assert draft.data["line"][1]["target"] == "500000"
    page = boss.get(reverse("appraisal:card_draft_line", args=[draft.pk, "line-4"])).content.decode()
    assert 'name="base" id="f-base" value="15"' in page


def test_items_are_moved_and_a_draft_whose_weights_are_wrong_is_not_published(boss: Any, evening: Any) -> None:
    draft = whole_draft(boss)
    # moved down and up again, one weight wrong: the draft says so and cannot be published
    post(boss, "card_draft", draft.pk, act="down:line-1")
    draft.refresh_from_db()
    assert [one["kpi"] for one in draft.data["line"][:2]] == ["paid", "views"]
    post(boss, "card_draft", draft.pk, **{"act": "up:line-2", "weight-line-1": "20"})
    draft.refresh_from_db()
    assert [one["kpi"] for one in draft.data["line"][:2]] == ["views", "paid"]
    text = text_of(boss.get(reverse("appraisal:card_draft", args=[draft.pk])))
    assert "权重合计 110，应为 100" in text
    post(boss, "card_publish", draft.pk, since="2026-12")
    draft.refresh_from_db()
    assert draft.state == CardState.DRAFT
    post(boss, "card_draft", draft.pk, **{"weight-line-1": "x"}, status=422)


def test_a_published_card_is_what_was_typed(boss: Any, evening: Any) -> None:
    draft = whole_draft(boss)
    # what the file says is what was typed
    file = boss.get(reverse("appraisal:cards_file"), {"draft": draft.pk})
    (card,) = read_loosely(file.content.decode(), "x")
    assert (card.weight, len(card.whole.lines)) == (100, 7)
    assert (card.card.grades[0].key, card.card.gates[0].grade) == ("gold", "rest")
    answer = post(boss, "card_publish", draft.pk, since="2026-12")
    assert "v3" in text_of(boss.get(answer.url))
    assert every_card()[-1].version == max(card.version for card in CARDS if card.role == "host") + 1
    assert boss.get(reverse("appraisal:card_draft", args=[draft.pk])).status_code == 404

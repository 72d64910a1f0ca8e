"""What is wrong with a card is said when it is saved, by row, in both languages; nothing is half-saved."""

from datetime import date
from fractions import Fraction as F  # noqa: N817
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kaibo.appraisal.keeping import keep_unkept_now
from kaibo.appraisal.models import CardVersion, OwnKpi, Review
from kaibo.appraisal.own_cards.beside import effect_groups
from kaibo.appraisal.own_cards.effect import Change, Effect
from kaibo.appraisal.tests.cycles import opened
from kaibo.appraisal.tests.drafts import clear, draft_of, post, text_of
from kaibo.appraisal.tests.editor import Form, at, entered

VIEWS = {"kpi": "views", "form": "bands", "weight": "100", "on": "value"}
STAY = {**VIEWS, "kpi": "mean_stay"}


def said(boss: Any, draft: Any, language: str) -> str:
    page = boss.get(at("card_draft", draft.pk), headers={"accept-language": language})
    return text_of(page).replace("\u202f", "").replace("\xa0", "")


def both(boss: Any, draft: Any) -> tuple[str, str]:
    """The page in Chinese and in English."""
    found = []
    for language in ("zh-hans", "en"):
        boss.cookies["django_language"] = language
        found.append(said(boss, draft, language))
    boss.cookies["django_language"] = "zh-hans"
    return found[0], found[1]


@pytest.mark.parametrize(
    ("typed", "bands", "chinese", "english"),
    [
        # as published, form 2 says nothing of 90–100 %
        ({**VIEWS, "kpi": "paid", "on": "attainment", "target_kind": "number", "target": "1000"},
         [["100", "", "100"], ["80", "90", "20"], ["", "80", "0"]],
         "第 1 项在 90% 到 100% 之间没有分", "Item 1 gives no points from 90% to 100%"),
        (STAY, [["60", "", "100"], ["40", "70", "50"], ["", "40", "0"]],
         "第 1 项在 60秒 到 70秒 之间有两个分值", "Item 1 gives points twice from 60s to 70s"),
        (VIEWS, [["100", "", "10"], ["", "100", "100"]], "第 1 项越高越好，从 100 起却只给 10 分",
         "more is better, but from 100 up it gives only 10"),
        (VIEWS, [["100", "", "60"], ["", "100", "0"]], "第 1 项最多给 60 分，到不了权重 100",
         "the most it gives is 60, less than its weight 100"),
        # of 35 s itself: nothing, then twice; signs as published cards have them
        (STAY, [[">35", "", "100"], ["", "<35", "0"]],
         "第 1 项正好为 35秒 时没有分值", "Item 1 gives no points at exactly 35s"),
        (STAY, [["≥35", "", "100"], ["", "≤35", "0"]],
         "第 1 项正好为 35秒 时有两个分值", "Item 1 gives points twice at exactly 35s"),
        (STAY, [[">40", "", "100"], ["", "≤35", "0"]],
         "第 1 项在 > 35秒, ≤ 40秒 这一段没有分值", "Item 1 gives no points for what is > 35s, ≤ 40s"),
        (VIEWS, [["100", "", "100"], ["0", "100", "5"], ["", "0", "1"]], "没有人", "nobody can reach the band below 0"),
    ],
)  # fmt: skip
def test_bands_that_contradict_themselves(
    boss: Any, typed: dict[str, str], bands: list[list[str]], chinese: str, english: str
) -> None:
    draft = draft_of(boss)
    clear(boss, draft)
    asked = {"form": "bands", "kpi": typed["kpi"]}
    assert entered(boss, at("card_draft_line", draft.pk, "new"), typed, {"bands": bands}, asked).status_code == 302
    in_chinese, in_english = both(boss, draft)
    assert chinese.replace(" ", "") in in_chinese.replace(" ", "")
    assert english.replace(" ", "") in in_english.replace(" ", "")
    post(boss, "card_publish", draft.pk, since="2026-12")
    draft.refresh_from_db()
    assert draft.state == "draft"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"bands-0-at_least": "≤35"}, "分档第 1 行：“≤35”写反了位置"),
        ({"bands-0-below": "＞ 35"}, "分档第 1 行：“＞ 35”写反了位置"),
        ({"bands-0-to": "at_most"}, "分档第 1 行：选了“≤ 不超过”，但没有填数"),
    ],
)
def test_an_edge_that_says_nothing_is_refused_by_its_row(boss: Any, typed: dict[str, str], said: str) -> None:
    draft = draft_of(boss)
    before = draft.data
    sent = {**VIEWS, "form": "bands", "bands-0-points": "10", **typed}
    refused = boss.post(at("card_draft_line", draft.pk, "new"), sent)
    assert refused.status_code == 422
    assert said in text_of(refused)
    name, value = next(iter(typed.items()))
    shown = Form(refused.content.decode())
    # what was typed is still there to be corrected
    assert shown.sent[name] == [value]
    draft.refresh_from_db()
    assert draft.data == before


def test_a_sign_typed_into_the_number_is_understood(boss: Any) -> None:
    """As one copies it from a published card: ≤35 instead of choosing the sign beside it."""
    draft = draft_of(boss)
    clear(boss, draft)
    bands = {"bands-0-below": "≤ 35", "bands-0-points": "5", "bands-1-at_least": ">35", "bands-1-below": "<=45",
             "bands-1-points": "3", "bands-2-at_least": "＞45", "bands-2-points": "0"}  # fmt: skip
    post(boss, "card_draft_line", draft.pk, "new", form="bands", kpi="mean_reply", weight="5", on="value", **bands)
    draft.refresh_from_db()
    assert draft.data["line"][-1]["rule"]["bands"] == [
        {"at_most": "35000", "points": "5"}, {"above": "35000", "at_most": "45000", "points": "3"},
        {"above": "45000", "points": "0"},
    ]  # fmt: skip
    # and comes back as a choice beside the number
    again = Form(boss.get(at("card_draft_line", draft.pk, "line-1")).content.decode()).sent
    assert [again[f"bands-1-{name}"] for name in ("from", "at_least", "to", "below")] == [
        ["above"], ["35"], ["at_most"], ["45"],
    ]  # fmt: skip


def test_a_file_whose_edge_says_two_things_is_refused_by_its_place(boss: Any) -> None:
    file = """
[[card]]
role = "service"
version = 1
[[card.line]]
kpi = "mean_reply"
weight = "100"
rule = { form = "bands", bands = [{ below = "35000", at_most = "35000", points = "100" }] }
"""
    answer = boss.post(at("card_import"), {"file": SimpleUploadedFile("cards.toml", file.encode())})
    assert "同时写了“below”和“at_most”" in text_of(answer)
    assert not CardVersion.objects.exists()


@pytest.mark.parametrize("typed", ["一百", "1..5", "12,5x", "--3", "∞"])
def test_text_in_an_amount_names_the_field_and_keeps_what_was_typed(boss: Any, typed: str) -> None:
    draft = draft_of(boss)
    before = draft.data
    sent = {"kpi": "paid", "form": "linear", "weight": "10", "target_kind": "number", "target": typed}
    refused = entered(boss, at("card_draft_line", draft.pk, "new"), sent, {}, {"form": "linear", "kpi": "paid"})
    assert refused.status_code == 422
    assert f"目标数：“{typed}”不是数字" in text_of(refused).replace(" ", "")
    assert f'value="{typed}"' in refused.content.decode()
    draft.refresh_from_db()
    assert draft.data == before
    rows = {"bands": [["100", "", "10"], ["", typed, "0"]]}
    refused = entered(boss, at("card_draft_line", draft.pk, "new"), {**VIEWS}, rows, {"form": "bands", "kpi": "views"})
    # the row and the column too
    assert "第 2 行" in text_of(refused)
    draft.refresh_from_db()
    assert draft.data == before


@pytest.mark.parametrize(
    ("formula", "chinese"),
    [
        ("orders / 0", "0"), ("orders / (views - views)", "0"), ("(" * 10_000 + "orders" + ")" * 10_000, "300"),
        ("(" * 40 + "orders" + ")" * 40, "20"), ("SECRET_KEY", "SECRET_KEY"), ("orders.__class__", "."),
        ("os / views", "os"), ("orders + paid_minor", ""), ("", ""),
    ],
)  # fmt: skip
def test_formulas_that_are_none_are_refused_in_words(boss: Any, formula: str, chinese: str) -> None:
    typed = {"key": "mine", "zh": "我的", "en": "Mine", "formula": formula, "unit": "ratio", "direction": "up"}
    refused = post(boss, "card_kpis", status=422, **typed)
    page = refused.content.decode()
    assert 'class="error"' in page or 'role="alert"' in page
    assert chinese in text_of(refused)
    assert not OwnKpi.objects.exists()


def test_a_target_that_nobody_met_is_a_warning_and_may_be_published(boss: Any, evening: Any) -> None:
    evening.target(100_000)
    keep_unkept_now()
    draft = draft_of(boss)
    clear(boss, draft)
    # the evening's hosts sold 4 orders and 1
    sent = {"kpi": "orders", "form": "linear", "weight": "100", "cap": "100", "target_kind": "number", "target": "5"}
    entered(boss, at("card_draft_line", draft.pk, "new"), sent, {}, {"form": "linear", "kpi": "orders"})
    in_chinese, in_english = both(boss, draft)
    assert "最近三个月没有人达到这个目标（共 2 个值）。" in in_chinese
    assert "nobody met this target in the last three months (2 values)" in in_english
    entered(boss, at("card_draft_line", draft.pk, "line-1"), {"target": "4"}, {})
    assert "nobody met" not in both(boss, draft)[1]
    entered(boss, at("card_draft_line", draft.pk, "line-1"), {"target": "5"}, {})
    post(boss, "card_publish", draft.pk, since="2026-12")
    draft.refresh_from_db()
    assert draft.state == "published"


def test_what_a_draft_changes_is_what_a_hand_counts(boss: Any, evening: Any) -> None:
    """4 orders and 1 order. Now: 100 and 0 of 100; under the draft each order is a quarter of the target of 4."""
    keep_unkept_now()
    draft = draft_of(boss)
    clear(boss, draft)
    cast = evening.cast
    bands = {"bands": [["4", "", "100"], ["", "4", "0"]]}
    sent = {"kpi": "orders", "form": "bands", "weight": "100", "on": "value"}
    entered(boss, at("card_draft_line", draft.pk, "new"), sent, bands, {"form": "bands", "kpi": "orders"})
    grades = [["高", "", "90", "", "1.2"], ["中", "", "20", "", "1"], ["低", "", "", "", "0.5"]]
    entered(boss, at("card_draft_parts", draft.pk), {}, {"grade": grades})
    post(boss, "card_publish", draft.pk, since="2026-10")
    keep_unkept_now()
    draft = draft_of(boss)
    sent = {"form": "linear", "cap": "100", "target_kind": "number", "target": "4"}
    entered(boss, at("card_draft_line", draft.pk, "line-1"), sent, {}, {"form": "linear"})
    page = boss.get(at("card_draft_effect", draft.pk))
    made = page.context["effect"]
    found = {one.person.pk: (one.now, one.draft, one.title_now, one.title) for one in made.changes}
    assert found == {cast.host.pk: (100, 100, "高", "高"), cast.host2.pk: (0, 25, "低", "中")}
    assert [one.person.pk for one in made.gains] == [cast.host2.pk]
    assert (made.loses, [one.person.pk for one in made.same]) == ([], [cast.host.pk])
    # how many have less than 60, 60–70 … now and then; and 1.2 + 0.5 becomes 1.2 + 1
    assert made.spread() == [
        ("< 60", 1, 1),
        ("60–70", 0, 0),
        ("70–80", 0, 0),
        ("80–90", 0, 0),
        ("90–100", 0, 0),
        ("≥ 100", 1, 1),
    ]
    # drawn too: one person is a whole bar, nobody is none
    drawn = page.content.decode()
    assert [drawn.count(f'style="--share:{share}"') for share in (100, 0)] == [4, 8]
    assert [float(one) for one in made.coefficients] == [1.7, 2.2]
    assert made.of == 2


def test_points_that_miss_an_edge_of_the_distribution_are_not_written_as_if_they_reached_it(cast: Any) -> None:
    one = Change(cast.host, F(69999, 1000), F(70))
    made = Effect(date(2026, 10, 1), "host", [one], 0, (None, None))
    [group] = effect_groups(made)
    assert [(row["now"], row["draft"]) for row in group["rows"]] == [("69.999", "70.0")]
    assert [row for row in made.spread() if row[1] or row[2]] == [("60–70", 1, 0), ("70–80", 0, 1)]


def test_edges_deductions_and_what_nobody_has_said_in_the_effect_as_a_hand_counts_them(boss: Any, evening: Any) -> None:
    """4 orders and 1 order, both exactly on an edge of the draft; a complaint takes 30 off, below 0 as well."""
    keep_unkept_now()
    cast, draft = evening.cast, draft_of(boss)
    clear(boss, draft)
    now = {"bands": [["4", "", "100"], ["", "4", "0"]]}
    sent = {"kpi": "orders", "form": "bands", "weight": "100", "on": "value"}
    entered(boss, at("card_draft_line", draft.pk, "new"), sent, now, {"form": "bands", "kpi": "orders"})
    post(boss, "card_publish", draft.pk, since="2026-10")
    keep_unkept_now()
    cycle = opened(cast.owner)
    draft = draft_of(boss)
    then = {"bands": [[">4", "", "100"], [">1", "≤4", "60"], ["", "≤1", "20"]]}
    entered(boss, at("card_draft_line", draft.pk, "line-1"), sent, then, {"form": "bands"})
    parts = {
        "grade": [["好", "", "60", "", "1.2"], ["差", "", "", "", "0.8"]],
        "outside": [["", "投诉", "", "-30", "-30", "0"]],
    }
    entered(boss, at("card_draft_parts", draft.pk), {}, parts)
    draft.refresh_from_db()
    [complaints] = [one["key"] for one in draft.data["outside"]]
    for person, times in ((cast.host, "0"), (cast.host2, "1")):
        Review.objects.filter(cycle=cycle, person=person).update(written={complaints: times})
    made = boss.get(at("card_draft_effect", draft.pk)).context["effect"]
    found = {one.person.pk: (one.now, one.draft, one.title) for one in made.changes}
    # 60 at exactly 4; 20 at exactly 1, less 30
    assert found == {cast.host.pk: (100, 60, "好"), cast.host2.pk: (0, -10, "差")}
    assert {one.person.pk: one.by for one in made.loses} == {cast.host.pk: -40, cast.host2.pk: -10}
    assert made.spread() == [
        ("< 60", 1, 1), ("60–70", 0, 1), ("70–80", 0, 0), ("80–90", 0, 0), ("90–100", 0, 0), ("≥ 100", 1, 0),
    ]  # fmt: skip
    # the card of now has no grades: 1.2 + 0.8 of two people
    assert (made.coefficients, made.of) == ((None, 2), 2)
    # of whom nobody said how often, the points stand without it, and there is no grade
    Review.objects.filter(cycle=cycle, person=cast.host2).update(written={})
    made = boss.get(at("card_draft_effect", draft.pk)).context["effect"]
    found = {one.person.pk: (one.draft, one.title, one.bare) for one in made.changes}
    assert found == {cast.host.pk: (60, "好", False), cast.host2.pk: (20, "", True)}
    assert (made.lacking, made.of) == ({"投诉": 1}, 1)


def test_rare_characters_go_through_the_file_and_fail_clearly_on_paper(boss: Any) -> None:
    draft = draft_of(boss)
    clear(boss, draft)
    name, en = "𠮷野家的龘😀", "Ünïcödé naïve Łódź"
    rows = {"anchors": [["100", "𠮷 好 🎉", "ça va"], ["0", "差", "schlecht"]]}
    entered(boss, at("card_draft_line", draft.pk, "new"), {"zh": name, "en": en, "weight": "100"}, rows, {"rated": "1"})
    draft.refresh_from_db()
    assert (draft.data["rated"][0]["zh"], draft.data["rated"][0]["en"]) == (name, en)
    file = boss.get(at("cards_file"), {"draft": draft.pk}).content
    assert name in file.decode()
    before = draft.data
    boss.post(at("card_import"), {"file": SimpleUploadedFile("x.toml", file), "replace": "1"})
    draft.refresh_from_db()
    assert draft.data == before
    post(boss, "card_publish", draft.pk, since="2026-12")
    draft.refresh_from_db()
    version = {"version": str(draft.version)}
    assert boss.get(at("card_xlsx", "host"), version).status_code == 200
    refused = boss.get(at("card_pdf", "host"), version, follow=True)
    told = text_of(refused)
    assert refused["Content-Type"].startswith("text/html")
    assert [one for one in ("𠮷 (U+20BB7)", "😀 (U+1F600)", "🎉 (U+1F389)") if one not in told] == []
    # Latin with accents and characters that the font has are printed
    draft = draft_of(boss)
    entered(
        boss,
        at("card_draft_line", draft.pk, "rated-1"),
        {"zh": "鹦鹉"},
        {"anchors": [["100", "饕餮 Łódź ça"], ["0", "差"]]},
    )
    post(boss, "card_publish", draft.pk, since="2027-01")
    draft.refresh_from_db()
    assert draft.state == "published"
    printed = boss.get(at("card_pdf", "host"), {"version": str(draft.version)}, follow=True)
    assert printed["Content-Type"] == "application/pdf", text_of(printed)

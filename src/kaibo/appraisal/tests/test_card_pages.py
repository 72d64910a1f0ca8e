"""The pages of cards as a manager uses them: a draft's items, weights and tables typed, previewed, published."""

import re
from dataclasses import replace
from decimal import Decimal
from html import unescape

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.translation import override

from kaibo.appraisal.card_file import read_loosely
from kaibo.appraisal.cards import CARDS, every_card
from kaibo.appraisal.keeping import keep_unkept_now
from kaibo.appraisal.models import CardState, OwnKpi
from kaibo.appraisal.own_cards.differences import differences
from kaibo.appraisal.tests.drafts import clear, draft_of, post, text_of
from kaibo.appraisal.tests.editor import Form
from kaibo.kpi.rules import Band, TeamPart

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


def test_every_form_is_typed_without_code_and_the_card_published(boss, evening):
    draft = draft_of(boss)
    clear(boss, draft)
    # what the fields show is what was typed before: money in yuan, shares in per cent, time in seconds
    for form, (typed, rule) in FORMS.items():
        post(boss, "card_draft_line", draft.pk, "new", form=form, weight="10", **typed)
        draft.refresh_from_db()
        assert draft.data["line"][-1]["rule"] == rule, form
    assert draft.data["line"][1]["target"] == "500000"
    page = boss.get(reverse("appraisal:card_draft_line", args=[draft.pk, "line-4"])).content.decode()
    assert 'name="base" id="f-base" value="15"' in page
    post(
        boss,
        "card_draft_line",
        draft.pk,
        "new",
        rated="1",
        weight="40",
        key="care",
        zh="责任心",
        en="Care",
        rater_self="20",
        rater_superior="80",
        **{
            "anchors-0-points": "40",
            "anchors-0-zh": "好",
            "anchors-0-en": "good",
            "anchors-1-points": "0",
            "anchors-1-zh": "差",
            "anchors-1-en": "bad",
        },
    )
    post(
        boss,
        "card_draft_parts",
        draft.pk,
        team_kpi="",
        outside_cap="5",
        **{
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
        },
    )
    # moved down and up again, one weight wrong: the draft says so and cannot be published
    post(boss, "card_draft", draft.pk, act="down:line-1")
    draft.refresh_from_db()
    assert [one["kpi"] for one in draft.data["line"][:2]] == ["paid", "views"]
    post(boss, "card_draft", draft.pk, **{"act": "up:line-2", "weight-line-1": "20"})
    text = text_of(boss.get(reverse("appraisal:card_draft", args=[draft.pk])))
    assert "权重合计 110，应为 100" in text
    post(boss, "card_publish", draft.pk, since="2026-12")
    draft.refresh_from_db()
    assert draft.state == CardState.DRAFT
    post(boss, "card_draft", draft.pk, **{"weight-line-1": "x"}, status=422)
    post(boss, "card_draft", draft.pk, **{"weight-line-2": "10"})
    # what the file says is what was typed
    file = boss.get(reverse("appraisal:cards_file"), {"draft": draft.pk})
    (card,) = read_loosely(file.content.decode(), "x")
    assert (card.weight, len(card.whole.lines), card.card.grades[0].key, card.card.gates[0].grade) == (
        100,
        7,
        "gold",
        "rest",
    )
    answer = post(boss, "card_publish", draft.pk, since="2026-12")
    assert "v3" in text_of(boss.get(answer.url))
    assert every_card()[-1].version == max(card.version for card in CARDS if card.role == "host") + 1
    assert boss.get(reverse("appraisal:card_draft", args=[draft.pk])).status_code == 404


def test_what_is_half_typed_can_be_mended_and_breaks_no_page(boss, evening):
    evening.target(100_000)
    keep_unkept_now()
    draft = draft_of(boss)
    items = len(draft.data["line"])
    page, effect = (reverse(f"appraisal:{name}", args=[draft.pk]) for name in ("card_draft", "card_draft_effect"))
    for form, kpi in (("bands", "views"), ("together", "comments"), ("benchmark", "orders")):
        post(boss, "card_draft_line", draft.pk, "new", form=form, kpi=kpi, weight="10", on="value")
    draft.refresh_from_db()
    assert len(draft.data["line"]) == items + 3
    shown = boss.get(page).context["page"]
    assert (shown.wrong, shown.sound) == ("", False)
    assert boss.get(reverse("appraisal:card_draft_line", args=[draft.pk, f"line-{items + 1}"])).status_code == 200
    assert "自相矛盾" in text_of(boss.get(effect))
    for typed in ("1e9999999999", "1" * 30, "1e99", "nan"):
        answer = post(boss, "card_draft_line", draft.pk, "new", form="linear", kpi="likes", weight=typed, status=422)
        assert "不是数字" in text_of(answer), typed


def test_files_kpis_and_what_is_refused(boss, evening):
    typed = {
        "key": "own_rate",
        "zh": "自定",
        "en": "Own",
        "formula": "orders / glory",
        "unit": "ratio",
        "direction": "up",
    }
    assert "没有“glory”" in text_of(post(boss, "card_kpis", status=422, **typed))
    post(boss, "card_kpis", **{**typed, "formula": "orders / views"})
    post(boss, "card_kpi", "own_rate", **{**typed, "formula": "2 * orders / views"})
    assert OwnKpi.objects.get(in_use=True).version == 2
    draft = draft_of(boss)
    post(
        boss,
        "card_draft_line",
        draft.pk,
        "new",
        form="linear",
        kpi="own_rate",
        weight="10",
        cap="100",
        target_kind="number",
        target="1.5",
    )
    assert "自定" in text_of(boss.get(reverse("appraisal:card_draft", args=[draft.pk])))
    # somebody else saved in between: the second is told
    post(boss, "card_draft", draft.pk, status=422, seen="0" * 20)
    assert boss.get(reverse("appraisal:card_draft_line", args=[draft.pk, "line-99"])).status_code == 404
    whole = boss.get(reverse("appraisal:cards_file")).content
    back = boss.post(
        reverse("appraisal:card_import"), {"file": SimpleUploadedFile("cards.toml", whole), "replace": "1"}
    )
    assert back.status_code == 302
    for content in (b"\xff\xfe", b"", b"[[card]]\nrole = 'king'\nversion = 1", b"x" * 500_000):
        answer = boss.post(reverse("appraisal:card_import"), {"file": SimpleUploadedFile("cards.toml", content)})
        assert answer.status_code == 422
    person = evening.cast.client("host")
    assert person.get(reverse("appraisal:card", args=["host"])).status_code == 200
    assert person.get(reverse("appraisal:card_draft", args=[draft.pk])).status_code == 404


def fields_of(answer) -> dict:  # type: ignore[no-untyped-def]
    """What a browser would send of the page's last form as it stands."""
    form = answer.content.decode().rpartition("<form")[2].partition("</form>")[0]
    found = {}
    for tag in re.findall(r"<input [^>]*>", form):
        said = {name: unescape(text) for name, text in re.findall(r'(name|value|type)="([^"]*)"', tag)}
        if said.get("type") != "checkbox" or " checked" in tag:
            found[said["name"]] = said.get("value", "")
    for name, options in re.findall(r'<select name="([^"]*)".*?>(.*?)</select>', form, re.S):
        chosen = re.findall(r'<option value="([^"]*)" selected', options)
        found[name] = chosen[0] if chosen else re.findall(r'value="([^"]*)"', options)[0]
    return found


def test_a_refused_item_keeps_what_was_typed_and_is_saved_after_somebody_elses_change(boss, evening):
    draft = draft_of(boss)
    page = boss.get(reverse("appraisal:card_draft_line", args=[draft.pk, "line-2"]))
    typed = fields_of(page)
    del typed["csrfmiddlewaretoken"]
    item = typed["kpi"]
    rows = {f"targets-{n}-{name}": said for n in range(250) for name, said in (("key", f"r{n}"), ("value", "7"))}
    typed |= {"weight": "12,5x", "target_kind": "number", "target": "33", "targets_by": "room", **rows}
    refused = post(boss, "card_draft_line", draft.pk, "line-2", status=422, **typed)
    again = fields_of(refused)
    assert {name: again[name] for name in typed} == typed
    assert again["targets-249-key"] == "r249"
    # meanwhile somebody takes the first item out: this one is another's place now
    post(boss, "card_draft", draft.pk, act="remove:line-1")
    again["weight"] = "12.5"
    told = post(boss, "card_draft_line", draft.pk, "line-2", status=422, **again)
    assert "保存" in text_of(told)
    last = fields_of(told)
    assert last["weight"] == "12.5"
    post(boss, "card_draft_line", draft.pk, "line-2", **last)
    draft.refresh_from_db()
    assert (draft.data["line"][0]["kpi"], draft.data["line"][0]["weight"]) == (item, "12.5")
    assert len(draft.data["line"][0]["targets"]["figures"]) == 250
    # weights of the list too: the one that was refused still stands there
    listed = post(boss, "card_draft", draft.pk, status=422, **{"item-line-1": item, "weight-line-1": "much"})
    assert 'value="much"' in listed.content.decode()
    parts = fields_of(boss.get(reverse("appraisal:card_draft_parts", args=[draft.pk])))
    parts |= {"grade-0-key": "gold", "grade-0-coefficient": "one"}
    assert fields_of(post(boss, "card_draft_parts", draft.pk, status=422, **parts))["grade-0-key"] == "gold"


def test_variants_and_newcomers_have_rules_of_their_own_and_versions_are_compared(boss, evening):
    draft = draft_of(boss)
    place = next(n for n, one in enumerate(draft.data["line"], 1) if one["rule"]["form"] == "linear")
    line = reverse("appraisal:card_draft_line", args=[draft.pk, f"line-{place}"])
    typed = fields_of(boss.get(line)) | {"variants-0-by": "room_age", "variants-0-key": "new"}
    post(boss, "card_draft_line", draft.pk, f"line-{place}", **typed)
    assert "新" in text_of(boss.get(line))
    for whose in ("newcomer", "variant-1"):
        args = (draft.pk, f"line-{place}", whose)
        form = fields_of(boss.get(reverse("appraisal:card_draft_rule", args=args)))
        assert form["form"] == "linear"
        shown = post(boss, "card_draft_rule", *args, status=200, **form | {"form": "bands", "show": "1"})
        form = fields_of(shown) | {"on": "attainment", "bands-0-at_least": "0.5", "bands-0-points": "x"}
        form.pop("show", None)
        refused = fields_of(post(boss, "card_draft_rule", *args, status=422, **form))
        assert (refused["bands-0-at_least"], refused["bands-0-points"]) == ("0.5", "x")
        post(boss, "card_draft_rule", *args, **refused | {"bands-0-at_least": "", "bands-0-points": "30"})
    draft.refresh_from_db()
    said = draft.data["line"][place - 1]
    rule = {"form": "bands", "on": "attainment", "bands": [{"points": "30"}]}
    assert (said["newcomer"]["rule"], said["variants"][0]["rule"]) == (rule, rule)
    # the item's own form keeps both, and each can be taken away again
    post(boss, "card_draft_line", draft.pk, f"line-{place}", **fields_of(boss.get(line)))
    post(boss, "card_draft_rule", draft.pk, f"line-{place}", "newcomer", remove="1")
    draft.refresh_from_db()
    assert "rule" not in draft.data["line"][place - 1].get("newcomer", {})
    assert draft.data["line"][place - 1]["variants"][0]["rule"] == rule
    for whose in ("variant-2", "nobody"):
        assert boss.get(reverse("appraisal:card_draft_rule", args=[draft.pk, "line-1", whose])).status_code == 404
    before = max(card.version for card in CARDS if card.role == "host")
    text = text_of(boss.get(reverse("appraisal:card", args=["host"]), {"version": before, "against": 1}))
    assert f"v{before} 相比 v1 的改动" in text
    old, new = (next(c for c in CARDS if c.role == "host" and c.version == n) for n in (1, before))
    titles = {one.title for one in differences(old, new)}
    assert titles
    assert all(title in text for title in titles)
    assert differences(new, new) == []
    # what pays beside the items, and the second of two items on one KPI
    part = TeamPart("paid", (Band(Decimal(1)),))
    one, two = (
        replace(
            new, card=replace(new.card, team=replace(part, bands=(Band(Decimal(most)),)), outside_cap=Decimal(most))
        )
        for most in (1, 2)
    )
    with override("en"):
        assert [(told.title, told.state) for told in differences(one, two)] == [
            ("Limits of them together", "changed"), ("Team's coefficient", "changed"),
        ]  # fmt: skip
        twice = replace(new, card=replace(new.card, lines=(*new.card.lines, new.card.lines[0])))
        heavier = replace(new.card.lines[0], weight=Decimal(1))
        other = replace(new, card=replace(new.card, lines=(*new.card.lines, heavier)))
        assert len(differences(twice, other)) == 1


def test_a_card_is_begun_empty_and_taken_back(boss):
    draft = draft_of(boss, "floor_manager")
    before = draft.data
    assert before["line"]
    post(boss, "card_draft", draft.pk, act="clear")
    draft.refresh_from_db()
    assert not {"line", "rated", "later", "grade", "gate", "outside", "section"} & draft.data.keys()
    page = text_of(boss.get(reverse("appraisal:card_draft", args=[draft.pk])))
    # one sentence says what is missing, and an empty card has nothing to be emptied of
    assert "权重合计 0，应为 100。还差 100：增加一项，或改一项的权重。" in page
    assert "清空" not in page
    post(boss, "card_draft", draft.pk, act="undo")
    draft.refresh_from_db()
    assert draft.data == before


def test_grades_out_of_reach_are_told_once_all_points_are_given(boss):
    draft = draft_of(boss)
    clear(boss, draft)
    grades = {"grade-0-en": "High", "grade-0-at_least": "90", "grade-0-coefficient": "1.2", "grade-1-en": "Low",
              "grade-1-coefficient": "0.8"}  # fmt: skip
    post(boss, "card_draft_parts", draft.pk, **grades)
    late = {"form": "per_occurrence", "kpi": "late_times", "each": "-1", "floor": "0"}
    post(boss, "card_draft_line", draft.pk, "new", weight="40", start="40", cap="40", **late)
    address = reverse("appraisal:card_draft", args=[draft.pk])
    page = text_of(boss.get(address))
    assert "还差 60" in page
    assert "90 分起" not in page.partition("考核项")[0]
    # once the weights make 100 a grade that nobody can reach is named
    post(boss, "card_draft_line", draft.pk, "line-1", weight="100", start="40", cap="40", **late)
    assert "等级“High”从 90 分起，而这张表最多只有 40 分" in text_of(boss.get(address)).replace(" “", "“").replace(
        "” ", "”"
    )


def test_the_next_item_is_added_at_once_and_the_form_says_what_is_left(boss):
    draft = draft_of(boss)
    clear(boss, draft)
    address = reverse("appraisal:card_draft_line", args=[draft.pk, "new"])
    assert "权重还可以分配 100（合计 100）" in text_of(boss.get(address))
    sent = {"form": "linear", "kpi": "orders", "weight": "30", "target_kind": "number", "target": "200", "again": "1"}
    assert boss.post(address, sent).url == address
    assert "权重还可以分配 70（合计 100）" in text_of(boss.get(address))
    own = reverse("appraisal:card_draft_line", args=[draft.pk, "line-1"])
    assert "权重还可以分配 100（合计 100）" in text_of(boss.get(own))
    rated = {"rated": "1", "zh": "态度", "weight": "10", "anchors-0-points": "10", "anchors-0-zh": "好", "again": "1"}
    assert boss.post(address, rated).url == f"{address}?rated=1"


def test_the_target_stands_with_the_rule_that_needs_it_and_no_number_is_lost(boss):
    draft = draft_of(boss)
    clear(boss, draft)
    address = reverse("appraisal:card_draft_line", args=[draft.pk, "new"])

    def folded(**asked: str) -> tuple[bool, list[str]]:
        form = Form(boss.get(address, {"kpi": "orders", **asked}).content.decode())
        page = boss.get(address, {"kpi": "orders", **asked}).content.decode()
        return 'name="target"' in page.partition('<details class="card fold"')[2], form.sent["target_kind"]

    # a new item that needs one begins with a number
    assert folded(form="linear") == (False, ["number"])
    assert folded(form="bands") == (True, [""])
    assert folded(form="bands", on="attainment") == (False, ["number"])
    assert folded(form="step") == (False, ["number"])
    assert folded(form="step", base="3") == (True, [""])
    # who types a number and chooses nothing means the number
    sent = {"form": "linear", "kpi": "orders", "weight": "30", "cap": "120", "target_kind": "", "target": "200"}
    post(boss, "card_draft_line", draft.pk, "new", **sent)
    draft.refresh_from_db()
    assert draft.data["line"][0]["target"] == "200"
    # who chooses “none” where it stood takes it away
    post(boss, "card_draft_line", draft.pk, "line-1", **sent)
    draft.refresh_from_db()
    assert "target" not in draft.data["line"][0]


def test_kpis_stand_under_the_files_that_tell_them(boss):
    draft = draft_of(boss)
    page = boss.get(reverse("appraisal:card_draft_line", args=[draft.pk, "new"])).content.decode()
    group = next(one for one in page.split("<optgroup") if 'value="late_times"' in one)
    assert group.startswith(' label="打卡与排班"')
    # choosing a KPI or a form shows its fields at once where there is script
    assert page.count("data-shows") == 2

"""One item of a draft: what is refused stays typed, rules of newcomers and variants, its target, its KPI."""

import re

import pytest
from django.urls import reverse

from kaibo.appraisal.tests.drafts import clear, draft_of, fields_of, post, text_of
from kaibo.appraisal.tests.editor import Form


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


@pytest.mark.parametrize("page", ["card_draft_line", "card_draft_rule"])
def test_enter_in_a_field_saves(boss, evening, page):
    """What a browser presses is the form's first button: none that only shows other fields or more rows."""
    whose = ["newcomer"] if page == "card_draft_rule" else []
    shown = boss.get(reverse(f"appraisal:{page}", args=[draft_of(boss).pk, "line-2", *whose])).content.decode()
    form = shown[shown.index('<form method="post" class="stack"') :]
    first = re.search(r"<button[^>]*>([^<]*)", form)
    assert "name=" not in first[0]
    assert first[1] == "保存"


def test_variants_and_newcomers_have_rules_of_their_own(boss, evening):
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

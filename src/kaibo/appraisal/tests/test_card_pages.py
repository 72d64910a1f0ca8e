"""The pages of cards as a manager uses them: drafts half typed, begun empty, taken back; files, own KPIs, versions."""

from dataclasses import replace
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.translation import override

from kaibo.appraisal.cards import CARDS
from kaibo.appraisal.keeping import keep_unkept_now
from kaibo.appraisal.models import OwnKpi
from kaibo.appraisal.own_cards.differences import differences
from kaibo.appraisal.tests.drafts import clear, draft_of, post, text_of
from kaibo.kpi.rules import Band, TeamPart


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


def test_versions_of_a_card_are_compared(boss, evening):
    before = max(card.version for card in CARDS if card.role == "host")
    text = text_of(boss.get(reverse("appraisal:card", args=["host"]), {"version": before, "against": 1}))
    assert f"v{before} 相比 v1 的改动" in text
    old, new = (next(c for c in CARDS if c.role == "host" and c.version == n) for n in (1, before))
    titles = {one.title for one in differences(old, new)}
    assert titles
    assert all(title in text for title in titles)
    assert differences(new, new) == []


def test_what_pays_beside_the_items_and_the_second_item_on_one_kpi_are_compared():
    new = max((card for card in CARDS if card.role == "host"), key=lambda card: card.version)
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

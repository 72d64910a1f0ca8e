"""Grade tables as teams publish them (“>90 A”, “60以下（含60）”): typed, checked, scored, printed, handed on."""

from fractions import Fraction
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import override
from pypdf import PdfReader

from kaibo.appraisal.cycle.graded import gate_rule, graded
from kaibo.appraisal.cycle.review_models import CardTerms
from kaibo.appraisal.cycle.terms import digest_of, said
from kaibo.appraisal.keeping import keep_unkept_now
from kaibo.appraisal.models import CardVersion, Review
from kaibo.appraisal.own_cards.store import card_of, known_kpis
from kaibo.appraisal.tests.cycles import opened
from kaibo.appraisal.tests.drafts import clear, draft_of, post, text_of
from kaibo.appraisal.tests.editor import Form, at, entered

# “90 分以上 A（不含 90）, over 75 to 90 B, over 60 to 75 C, 60 and below D”, as columns of the form
TABLE = [["优", "A", ">90", "", "1.2"], ["良", "B", ">75", "≤90", "1"], ["中", "C", ">60", "≤75", "0.8"],
         ["差", "D", "", "≤60", "0"]]  # fmt: skip
GATE = [["", "罚单", "Fine", ">2", "差"]]
SAID = [
    {"key": "a", "above": "90", "coefficient": "1.2", "zh": "优", "en": "A"},
    {"key": "b", "above": "75", "at_most": "90", "coefficient": "1", "zh": "良", "en": "B"},
    {"key": "c", "above": "60", "at_most": "75", "coefficient": "0.8", "zh": "中", "en": "C"},
    {"key": "d", "at_most": "60", "coefficient": "0", "zh": "差", "en": "D"},
]


def typed(boss: Any, grades: list[list[str]], gates: list[list[str]] | None = None) -> tuple[CardVersion, Any]:
    """A card of one item, 4 orders are 90 points and fewer 60, and the table."""
    draft = draft_of(boss)
    clear(boss, draft)
    bands = {"bands": [["9", "", "100"], ["4", "9", "90"], ["", "4", "60"]]}
    sent = {"kpi": "orders", "form": "bands", "weight": "100", "on": "value"}
    entered(boss, at("card_draft_line", draft.pk, "new"), sent, bands, {"form": "bands", "kpi": "orders"})
    answer = entered(
        boss, at("card_draft_parts", draft.pk), {}, {"grade": grades, **({"gate": gates} if gates else {})}
    )
    draft.refresh_from_db()
    return draft, answer


def test_a_published_table_is_typed_and_comes_back_from_the_form_and_from_the_file(boss: Any) -> None:
    draft, answer = typed(boss, TABLE, GATE)
    assert answer.status_code == 302
    assert draft.data["grade"] == SAID
    assert draft.data["gate"] == [{"key": "fine", "above": "2", "grade": "d", "zh": "罚单", "en": "Fine"}]
    assert card_of(draft, known_kpis()).faults == []
    # the form shows the sign as a choice beside the number, the grade as one of the card's; saved anew nothing changes
    form = Form(boss.get(at("card_draft_parts", draft.pk)).content.decode())
    cells = [form.sent[f"grade-1-{name}"] for name in ("from", "at_least", "to", "below")]
    assert cells == [["above"], ["75"], ["at_most"], ["90"]]
    assert (form.sent["gate-0-from"], form.sent["gate-0-at_least"], form.sent["gate-0-grade"]) == (
        ["above"], ["2"], ["d"],
    )  # fmt: skip
    assert form.choices["gate-0-grade"] == {"": "—", "a": "优", "b": "良", "c": "中", "d": "差"}
    before = draft.data
    assert boss.post(at("card_draft_parts", draft.pk), form.sent).status_code == 302
    draft.refresh_from_db()
    assert draft.data == before
    file = boss.get(at("cards_file"), {"draft": draft.pk}).content
    boss.post(at("card_import"), {"file": SimpleUploadedFile("x.toml", file), "replace": "1"})
    draft.refresh_from_db()
    assert draft.data == before
    # pages and paper say which grade has the number
    shown = "优 超过 90 × 1.2 · 良 > 75 且 ≤ 90 × 1 · 中 > 60 且 ≤ 75 × 0.8 · 差 至多 60 × 0"
    page = text_of(boss.get(at("card_draft", draft.pk)))
    assert shown in page
    assert "罚单 > 2 → 差" in page
    post(boss, "card_publish", draft.pk, since="2026-12")
    draft.refresh_from_db()
    pdf = PdfReader(BytesIO(boss.get(at("card_pdf", "host"), {"version": f"{draft.version}"}).content))
    paper = "".join("".join(one.extract_text() for one in pdf.pages).split())
    for text in (*shown.split(" · "), "罚单 > 2 → 差"):
        assert "".join(text.split()) in paper


def test_signs_and_words_as_tables_have_them_are_understood(boss: Any) -> None:
    draft, _answer = typed(boss, TABLE)
    form = Form(boss.get(at("card_draft_parts", draft.pk)).content.decode()).sent
    cells = {
        "grade-0-at_least": "90分以上（不含90）", "grade-0-from": "", "grade-1-at_least": "75 及以上",
        "grade-1-from": "", "grade-1-below": "不超过90分", "grade-1-to": "", "grade-2-at_least": "＞60",
        "grade-2-from": "", "grade-2-below": "低于 75", "grade-2-to": "",
        "grade-3-below": "60以下(含60)", "grade-3-to": "",
    }  # fmt: skip
    assert boss.post(at("card_draft_parts", draft.pk), form | cells).status_code == 302
    draft.refresh_from_db()
    edges = [{name: one[name] for name in one if name in ("at_least", "above", "below", "at_most")}
             for one in draft.data["grade"]]  # fmt: skip
    assert edges == [{"above": "90"}, {"at_least": "75", "at_most": "90"}, {"above": "60", "below": "75"},
                     {"at_most": "60"}]  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "text", "said"),
    [
        # said both ways by people: nothing is guessed
        ("grade-3-below", "60以下", "“60以下”没有说明 60 本身算不算"),
        ("grade-0-at_least", "90 分以上", "“90 分以上”没有说明 90 本身算不算"),
        ("grade-0-at_least", "<90", "等级第 1 行：“<90”写反了位置"),
        ("gate-0-at_least", "≤ 3", "红线第 1 行：“≤ 3”方向反了"),
        ("gate-0-at_least", "", "红线第 1 行：选了“> 超过”，但没有填数"),
    ],
)
def test_an_edge_that_is_unclear_is_refused_by_its_row_and_nothing_is_saved(
    boss: Any, cell: str, text: str, said: str
) -> None:
    draft, _answer = typed(boss, TABLE, GATE)
    before = draft.data
    form = Form(boss.get(at("card_draft_parts", draft.pk)).content.decode()).sent
    signs = {cell.replace("at_least", "from").replace("below", "to"): ""} if text else {}
    refused = boss.post(at("card_draft_parts", draft.pk), form | signs | {cell: text})
    assert refused.status_code == 422
    assert "".join(said.split()) in "".join(text_of(refused).split())
    assert Form(refused.content.decode()).sent[cell] == [text]
    draft.refresh_from_db()
    assert draft.data == before


@pytest.mark.parametrize(
    ("grades", "chinese", "english"),
    [
        ([["优", "A", "90", "", "1"], ["差", "D", "", "≤89", "0"]],
         "> 89, < 90 分既不属于等级“差”，也不属于“优”。改正等级表。",
         "Points > 89, < 90 are neither in grade “D” nor in “A”."),
        ([["优", "A", "90", "", "1"], ["差", "D", "", "≤90", "0"]],
         "正好 90 分时同属等级“差”和“优”。", "Exactly 90 points are in both grades, “D” and “A”."),
        ([["优", "A", ">100", "", "1"], ["差", "D", "", "", "0"]],
         "等级“优”要超过 100 分，而这张表最多只有 100 分。",
         "Grade “A” begins above 100 points; the card gives 100 at most."),
    ],
)  # fmt: skip
def test_a_table_with_a_hole_cannot_be_published(
    boss: Any, grades: list[list[str]], chinese: str, english: str
) -> None:
    draft, _answer = typed(boss, grades)
    for language, text in (("zh-hans", chinese), ("en", english)):
        boss.cookies["django_language"] = language
        page = text_of(boss.get(at("card_draft", draft.pk)))
        assert "".join(text.split()) in "".join(page.split())
    boss.cookies["django_language"] = "zh-hans"
    post(boss, "card_publish", draft.pk, since="2026-12")
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_file_whose_grade_begins_twice_or_whose_gate_nowhere_is_refused_by_its_place(boss: Any) -> None:
    def refused(parts: str) -> str:
        file = f'[[card]]\nrole = "service"\nversion = 1\n{parts}'
        return text_of(boss.post(at("card_import"), {"file": SimpleUploadedFile("cards.toml", file.encode())}))

    twice = refused('grade = [{ key = "a", coefficient = "1", at_least = "90", above = "90" }]')
    assert "grade 1 (a)：同时写了“at_least”和“above”" in twice
    assert "gate 1 (x)：缺少“at_least”或“above”" in refused('gate = [{ key = "x", grade = "a" }]')
    assert not CardVersion.objects.exists()


def test_the_simulator_and_the_preview_put_the_number_where_the_table_says(boss: Any, evening: Any) -> None:
    """4 orders are 90 points, 1 order 60: B and D by this table; A and C where each begins at its number."""
    keep_unkept_now()
    cast = evening.cast
    draft, _answer = typed(boss, TABLE, GATE)
    cycle = opened(cast.owner)
    Review.objects.filter(cycle=cycle).update(written={"fine": "2"})

    def titles() -> dict[int, str]:
        made = boss.get(at("card_draft_effect", draft.pk)).context["effect"]
        return {one.person.pk: one.title for one in made.changes}

    def gate() -> tuple[str, str]:
        found = boss.get(f"{at('card_draft', draft.pk)}?person={cast.host.pk}").context["preview"]
        return found.parts[0].title, found.parts[0].draft

    assert titles() == {cast.host.pk: "良", cast.host2.pk: "差"}
    assert gate() == ("罚单 · 超过 2 次：等级最高为差", "未生效")
    Review.objects.filter(cycle=cycle, person=cast.host).update(written={"fine": "3"})
    assert gate()[1] == "生效"
    assert titles()[cast.host.pk] == "差"
    usual = [
        ["优", "A", "90", "", "1.2"],
        ["良", "B", "75", "", "1"],
        ["中", "C", "60", "", "0.8"],
        ["差", "D", "", "", "0"],
    ]
    entered(boss, at("card_draft_parts", draft.pk), {}, {"grade": usual, "gate": [["", "罚单", "Fine", "3", "差"]]})
    assert titles() == {cast.host.pk: "差", cast.host2.pk: "中"}
    assert gate() == ("罚单 · 3 次起：等级最高为差", "生效")


def test_a_review_says_which_side_of_the_number_it_is_on(boss: Any, evening: Any) -> None:
    draft, _answer = typed(boss, TABLE, GATE)
    draft.since = draft.made_at.date()
    text = said(card_of(draft, known_kpis()))
    cycle = opened(evening.cast.owner)
    review = Review.objects.get(cycle=cycle, person=evening.cast.host, role="host")
    review.terms = CardTerms.objects.create(digest=digest_of(text), data=text)
    line = review.lines.get(kpi="orders") if review.lines.filter(kpi="orders") else review.lines.create(
        number=1, key="orders", kpi="orders", weight=100
    )  # fmt: skip
    line.key = line.kpi = "orders"
    line.weight = 100

    def why(points: Fraction, times: int, language: str = "en") -> list[str]:
        line.points, review.written = points, {"fine": str(times)}
        with override(language):
            told = graded(review, [line])
            assert told is not None
            return list(told.why)

    assert why(Fraction(95), 0) == ["95.0 points: grade A begins above 90."]
    assert why(Fraction(90), 0) == [
        "90.0 points: grade B begins above 75.", "Grade A begins above 90 points: exactly 90 are not enough.",
    ]  # fmt: skip
    # 90.02 written with one place would stand where B is
    assert why(Fraction(9002, 100), 0) == ["90.02 points: grade A begins above 90."]
    assert why(Fraction(60), 0)[0] == "60.0 points pass no limit of the grade table: grade D."
    assert why(Fraction(55), 0)[1] == "More than 5.0 points are missing to grade C, which begins above 60."
    assert why(Fraction(95), 3)[1] == "Held down by “Fine”: 3 times, and with more than 2 the grade is D at best."
    assert why(Fraction(90), 0, "zh-hans") == ["90.0 分：超过 75 分为良。", "优要超过 90 分：正好 90 分还不够。"]
    card = card_of(draft, known_kpis()).card
    with override("en"):
        assert gate_rule(card.gates[0], card.grades) == "more than 2: grade D at best"
        told = graded(review, [line])
        assert told is not None
        assert [one.rule for one in told.gates] == ["more than 2: grade D at best"]


def test_grades_typed_just_now_can_be_chosen_for_a_gate_before_anything_is_saved(boss: Any) -> None:
    draft, _answer = typed(boss, [["差", "D", "", "", "0"]])
    address = at("card_draft_parts", draft.pk)
    form = Form(boss.get(address).content.decode())
    before = draft.data
    assert form.choices["gate-0-grade"] == {"": "—", "d": "差"}
    form.fill("grade-1-zh", "优")
    form.fill("grade-1-at_least", "90")
    form.fill("grade-1-coefficient", "1")
    form.fill("gate-0-zh", "罚单")
    shown = boss.post(address, {**form.sent, "show": ["rows-gate"]})
    again = Form(shown.content.decode())
    assert again.choices["gate-0-grade"] == {"": "—", "d": "差", "优": "优"}
    assert (again.sent["gate-0-zh"], again.sent["grade-1-zh"]) == (["罚单"], ["优"])
    draft.refresh_from_db()
    assert draft.data == before
    again.fill("gate-0-grade", "d")
    again.fill("gate-0-at_least", "1")
    # Enter in a field saves: the first button of the form is none that only shows more rows
    assert boss.post(address, again.sent).status_code == 302
    page = boss.get(address).content.decode().rpartition("<form")[2]
    assert 'name="show"' not in page.partition("<button")[2].partition(">")[0]
    draft.refresh_from_db()
    assert draft.data["gate"] == [{"key": "gate_1", "at_least": "1", "grade": "d", "zh": "罚单"}]
    # a name that is no grade of the card cannot be chosen; who sends it all the same is told so by the draft
    again = Form(boss.get(address).content.decode())
    assert boss.post(address, {**again.sent, "gate-0-grade": ["铂金"]}).status_code == 302
    assert "铂金" in text_of(boss.get(at("card_draft", draft.pk)))

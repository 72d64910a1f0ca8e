"""Every line of the published scorecards, typed into the editor as a browser shows it, scored, printed, read back."""

import tomllib
from collections.abc import Mapping
from fractions import Fraction as F  # noqa: N817
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import override
from pypdf import PdfReader
from python_calamine import load_workbook

from kaibo.appraisal.card import DefaultCard
from kaibo.appraisal.models import CardState, CardVersion
from kaibo.appraisal.own_cards.scale import scale_of
from kaibo.appraisal.own_cards.store import card_of, known_kpis
from kaibo.appraisal.tests.drafts import clear, draft_of, post
from kaibo.appraisal.tests.editor import at, entered
from kaibo.kpi.catalog import KPIS, Kpi
from kaibo.kpi.rules import Bands, By, Line, On, Rater, Standing
from kaibo.kpi.scoring import LineScore, as_newcomer, rated_by, score
from kaibo.kpi.values import Value

HERE = Path(__file__).parent
TABLE = tomllib.loads((HERE / "published_lines.toml").read_text(encoding="utf-8"))
INVENTED = tomllib.loads((HERE / "invented_lines.toml").read_text(encoding="utf-8"))
CARDS = {one["name"]: one for one in [*TABLE["card"], *INVENTED["card"]]}
HOURS, SECONDS, MINOR = 3_600_000, 1000, 100


def number(text: str) -> F:
    """A value as people say it, in the KPI's unit."""
    if text.startswith("¥"):
        return F(text[1:]) * MINOR
    for sign, each in (("%", F(1, 100)), ("h", F(HOURS)), ("s", F(SECONDS))):
        if text.endswith(sign):
            return F(text.removesuffix(sign)) * each
    return F(text)


def value(kpi: Kpi, text: str) -> Value:
    if not text[-1].isdigit() and text[-1] not in "%hs":
        return Value(kpi.key, missing=text, definition=kpi)
    return of_number(kpi, number(text))


def of_number(kpi: Kpi, said: F) -> Value:
    """A value of so much in the KPI's unit."""
    found = said / kpi.scale
    if kpi.denominator:
        top, bottom = {"measured": found.numerator}, {"measured": found.denominator}
        return Value(kpi.key, top, bottom, definition=kpi)
    assert found.denominator == 1, f"{kpi.key} is counted, so it is never {said}"
    return Value(kpi.key, {"measured": int(found)}, definition=kpi)


def standing(whom: Mapping[str, Any]) -> Standing:
    keys = {By(name): {said: 1} for name, said in whom.items() if name in list(By)}
    return Standing(str(whom.get("month", "")), keys)


def given(line: Line, said: Any) -> LineScore:
    """Of a rated item: what each kind of rater gives; a number alone is the superior's."""
    told = said if isinstance(said, dict) else {"superior": F(said)}
    return rated_by(line, {Rater(kind): points if isinstance(points, list) else [points]
                           for kind, points in told.items()})  # fmt: skip


def scored(card: DefaultCard, item: Mapping[str, Any], said: Any, whom: Mapping[str, Any]) -> LineScore:
    typed = item["typed"]
    if "kpi" not in typed:
        return given(next(one.line for one in card.rated if one.zh == typed["zh"]), said)
    key = typed["kpi"]
    line = next(one for one in card.card.lines if one.kpi == key)
    how = as_newcomer if whom.get("newcomer") else score
    aim = number(whom["aim"]) if "aim" in whom else None
    others = {name: value(card.known_kpis[name], text) for name, text in whom.get("others", {}).items()}
    return how(line, value(card.known_kpis[key], said), aim, standing=standing(whom), others=others)


def make_kpis(boss: Any, card: Mapping[str, Any]) -> None:
    for one in TABLE["kpi"]:
        if any(item["typed"].get("kpi") == one["key"] for item in card["item"]):
            post(boss, "card_kpis", **one)


def enter(boss: Any, draft: CardVersion, item: Mapping[str, Any], number_: int) -> None:
    """One item; afterwards the rules of newcomers and variants, each on a page of its own."""
    head = {name: item["typed"][name] for name in ("rated", "form", "kpi") if name in item["typed"]}
    typed = {name: said for name, said in item["typed"].items() if name != "rated"}
    answer = entered(boss, at("card_draft_line", draft.pk, "new"), typed, item.get("rows", {}), head)
    assert answer.status_code == 302, answer.content.decode()
    others = [(f"variant-{n}", one) for n, one in enumerate(item.get("variants", []), 1)]
    others += [("newcomer", item["newcomer"])] if "newcomer" in item else []
    for whose, rule in others:
        address = at("card_draft_rule", draft.pk, f"line-{number_}", whose)
        answer = entered(boss, address, rule.get("typed", {}), rule.get("rows", {}), {"form": rule["form"]})
        assert answer.status_code == 302, answer.content.decode()


def fill_up(boss: Any, draft: CardVersion, card: Mapping[str, Any]) -> None:
    """What is missing to a hundred becomes an item of its own, and the sections are written down."""
    lacking = 100 - sum(F(item["typed"]["weight"]) for item in card["item"])
    rows = {"anchors": [[f"{lacking}", "好", "good"], ["0", "差", "bad"]]}
    typed = {"key": "rest", "zh": "其余", "en": "The rest", "weight": str(lacking)}
    if lacking:
        entered(boss, at("card_draft_line", draft.pk, "new"), typed, rows, {"rated": "1"})


def squeezed(text: str) -> str:
    return "".join(text.split()).replace("\u202f", "")


def begun(boss: Any, card: Mapping[str, Any]) -> CardVersion:
    make_kpis(boss, card)
    draft = draft_of(boss, card["position"])
    clear(boss, draft)
    if card.get("sections"):
        answer = entered(boss, at("card_draft_parts", draft.pk), {}, {"section": card["sections"]})
        assert answer.status_code == 302
    return draft


def typed_in(boss: Any, card: Mapping[str, Any]) -> CardVersion:
    draft = begun(boss, card)
    numbers = {"rated": 0, "line": 0}
    for item in card["item"]:
        kind = "rated" if "rated" in item["typed"] else "line"
        numbers[kind] += 1
        enter(boss, draft, item, numbers[kind])
    fill_up(boss, draft, card)
    draft.refresh_from_db()
    return draft


@pytest.mark.parametrize("name", list(CARDS))
def test_every_line_is_typed_scored_printed_and_read_back(boss: Any, name: str) -> None:
    said = CARDS[name]
    draft = typed_in(boss, said)
    card = card_of(draft, known_kpis())
    with override("zh-hans"):
        assert [fault.text for fault in card.faults] == []
    for item in said["item"]:
        for one in item["at"]:
            found = scored(card, item, one[0], one[2] if len(one) > 2 else {})
            points = found.waiting.replace("_", " ") if found.points is None else found.points
            wanted = one[1] if found.points is None else F(one[1])
            assert points == wanted or (one[1] == "?" and found.waits), f"{item['says']}: {one}: {points}"
        tried = edges_are_the_published_ones(card, item)
        # those on attainment and against a benchmark have theirs under `at`
        assert bool(tried) == (item["typed"].get("form") == "bands" and item["typed"]["on"] == "value")
    is_read_back(boss, draft, card)
    is_printed(boss, draft, card, said)


def edges_are_the_published_ones(card: DefaultCard, item: Mapping[str, Any]) -> int:
    """At every edge, just below and just above it: the points of the row that holds it as it is written; how many."""
    line = next((one for one in card.card.lines if one.kpi == item["typed"].get("kpi")), None)
    if line is None or not isinstance(line.rule, Bands) or line.rule.on is not On.VALUE:
        return 0
    kpi = card.known_kpis[line.kpi]
    each = scale_of(kpi).each
    tried = 0
    for edge in {_edge(cell) for row in item["rows"]["bands"] for cell in row[:2] if cell}:
        step = F(1, 1000) if kpi.denominator else F(1) / F(each)
        for at_ in (edge - step, edge, edge + step):
            points = [F(row[2]) for row in item["rows"]["bands"] if _within(at_, row[0], row[1])]
            assert len(points) == 1, f"{item['says']}: {at_} stands in {len(points)} rows"
            found = score(line, of_number(kpi, at_ * F(each)))
            assert found.points == points[0], f"{item['says']}: {at_}: {found.points}"
            tried += 1
    return tried


def _edge(cell: str) -> F:
    return F(cell.lstrip("<>≤≥").replace(",", ""))


def _within(number_: F, low: str, high: str) -> bool:
    above = not low or (number_ > _edge(low) if low[0] == ">" else number_ >= _edge(low))
    return above and (not high or (number_ <= _edge(high) if high[0] == "≤" else number_ < _edge(high)))


def is_read_back(boss: Any, draft: CardVersion, card: DefaultCard) -> None:
    """Out as a file, thrown away, and in again: the same to the last word."""
    before, file = draft.data, boss.get(at("cards_file"), {"draft": draft.pk}).content
    post(boss, "card_discard", draft.pk)
    boss.post(at("card_import"), {"file": SimpleUploadedFile("cards.toml", file)})
    again = CardVersion.objects.get(role=draft.role, state=CardState.DRAFT)
    assert again.data == before
    assert card_of(again, known_kpis()) == card
    assert boss.get(at("cards_file"), {"draft": again.pk}).content == file


def is_printed(boss: Any, draft: CardVersion, card: DefaultCard, said: Mapping[str, Any]) -> None:
    """Published, it stands on paper and in a workbook with every item and every number of its rules."""
    again = CardVersion.objects.get(role=draft.role, state=CardState.DRAFT)
    post(boss, "card_publish", again.pk, since="2026-12")
    again.refresh_from_db()
    assert again.state == CardState.PUBLISHED
    # the next draft says what this version says, to the last word
    assert draft_of(boss, draft.role).data == again.data
    address, version = at("card_pdf", draft.role), {"version": str(again.version)}
    answer = boss.get(address, version)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    paper = squeezed("".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages))
    book = load_workbook(BytesIO(boss.get(at("card_xlsx", draft.role), version).content))
    sheet = squeezed("".join(str(cell) for row in book.get_sheet_by_index(0).to_python() for cell in row))
    with override("zh-hans"):
        titles = [one.title for one in card.rated]
        titles += [str(card.known_kpis[line.kpi].title) for line in card.card.lines if line.kpi not in KPIS]
    wanted = [*titles, *(text for item in said["item"] for text in item.get("prints", []))]
    for where, text in (("paper", paper), ("workbook", sheet)):
        assert [one for one in wanted if squeezed(one) not in text] == [], where


def test_what_people_rate_says_why_no_file_tells_it() -> None:
    """26 of the lines are rated although they could be counted; each says what is lacking."""
    every = [item for card in TABLE["card"] for item in card["item"]]
    told = [item for item in every if "no_file" in item]
    assert all("rated" in item["typed"] and len(item["no_file"]) > 10 for item in told)
    assert len(told) == 26

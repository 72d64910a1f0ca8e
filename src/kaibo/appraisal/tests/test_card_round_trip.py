"""Whatever a card says comes back exactly: from its file, and from the editor as a browser sends it unchanged."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest
import tomli_w
from django.http import QueryDict
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from kaibo.appraisal.card_file import card_as_data, card_from_data, read_loosely, written
from kaibo.appraisal.own_cards.fields import Field, Part, shown
from kaibo.appraisal.own_cards.line_form import place_from, place_parts, rated_from, rated_parts
from kaibo.appraisal.own_cards.parts_form import card_parts_from, parts_of_card
from kaibo.appraisal.own_cards.rule_form import kpi_choices, parts_of, rule_from
from kaibo.appraisal.own_cards.scale import scale_of
from kaibo.kpi.catalog import KPIS, Route
from kaibo.kpi.rules import By, Counted, On, Rater
from kaibo.kpi.values import MISSING

KEYS = ("net_paid", "airtime", "mean_stay", "interaction_rate", "orders", "late_times", "satisfaction", "gone_kpi")
# hours of odd milliseconds, parts of a cent, negative points, many and few places
numbers = st.one_of(
    st.integers(-(10**12), 10**12).map(str),
    st.decimals(Decimal(-(10**6)), Decimal(10**6), places=7, allow_nan=False, allow_infinity=False).map(str),
    st.sampled_from(["0", "0.05", "1.50", "1E+3", "3599999", "1", "0.000000000000000001"]),
)
edges = st.one_of(st.none(), numbers)
kpis = st.sampled_from(KEYS)
words = st.sampled_from(["", "好", "good", "a b", "é“”", "douyin:1001"])
ROWS = st.integers(0, 4)


def said(**parts: Any) -> st.SearchStrategy[dict[str, Any]]:
    """A table without what is not said."""
    return st.fixed_dictionaries(parts).map(lambda found: {k: v for k, v in found.items() if v is not None})


def some(one: st.SearchStrategy[Any], most: int = 4) -> st.SearchStrategy[list[Any]]:
    return st.lists(one, max_size=most)


def edged(**parts: Any) -> st.SearchStrategy[dict[str, Any]]:
    """With an edge on either side, or none: its number belongs to it or not."""
    low = st.one_of(said(at_least=edges), said(above=numbers))
    high = st.one_of(said(below=edges), said(at_most=numbers))
    return st.tuples(said(**parts), low, high).map(lambda found: {**found[0], **found[1], **found[2]})


bands = some(edged(points=numbers))
by = st.sampled_from(list(By)).map(str)
figures = some(said(value=numbers, key=words, month=st.sampled_from(["", "2026-10"])))
tables = said(by=st.one_of(st.none(), by), figures=figures)
conditions = some(edged(kpi=kpis), most=6)
rules = st.one_of(
    said(form=st.just("linear"), cap=numbers),
    said(form=st.just("bands"), on=st.sampled_from(list(On)).map(str), bands=bands),
    said(form=st.just("benchmark"), benchmark=tables, bands=bands),
    said(form=st.just("together"), otherwise=numbers, rungs=some(said(points=numbers, conditions=conditions))),
    said(
        form=st.just("step"), on=st.sampled_from(list(On)).map(str), counted=st.sampled_from(list(Counted)).map(str),
        step=numbers, start=numbers, cap=numbers, floor=numbers, above=numbers, below=numbers, base=edges,
    ),
    said(form=st.just("per_occurrence"), each=numbers, start=numbers, cap=numbers, floor=numbers),
)  # fmt: skip
eased = {"counts": st.sampled_from([None, False, True]), "part": edges, "rule": st.one_of(st.none(), rules)}
among = {
    "section": st.sampled_from([None, "business", "lost"]),
    "not_applicable": st.lists(st.sampled_from(["no_plan", "no_room", *MISSING.values()]), unique=True, max_size=3),
    "gives_to": st.lists(kpis, unique=True, max_size=3),
}
lines = said(
    kpi=kpis, weight=numbers, rule=rules, **among,
    target=st.one_of(st.none(), numbers, st.sampled_from(["person", "account"])),
    targets=st.one_of(st.none(), tables), route=st.sampled_from([None, *map(str, Route)]),
    duty=st.sampled_from([None, "operator", "no_such_duty"]), newcomer=st.one_of(st.none(), said(**eased)),
    variants=some(said(by=by, key=words, target=edges, **eased)),
)  # fmt: skip
raters = st.lists(st.sampled_from(list(Rater)).map(str), unique=True).flatmap(
    lambda found: st.tuples(*(said(rater=st.just(one), weight=numbers) for one in found)).map(list)
)
rated = said(
    key=st.sampled_from(["care", "values"]), weight=numbers, zh=words, en=words, raters=raters, **among,
    anchors=some(said(points=numbers, zh=words, en=words)),
)  # fmt: skip
named = {"key": st.sampled_from(["business", "gold", "praise"]), "zh": words, "en": words}
gated = {**named, "grade": st.just("gold")}
cards = said(
    role=st.just("host"), version=st.integers(1, 9), since=st.sampled_from([None, "2026-10"]),
    line=st.lists(lines, max_size=3, unique_by=lambda one: one["kpi"]),
    rated=some(rated, 2), later=some(said(key=st.just("work"), weight=numbers), 2), outside_floor=edges,
    outside_cap=edges, section=some(said(weight=numbers, **named)), grade=some(edged(coefficient=numbers, **named)),
    gate=some(st.one_of(said(at_least=numbers, **gated), said(above=numbers, **gated))),
    outside=some(said(each=numbers, floor=numbers, cap=numbers, **named)),
    team=st.one_of(st.none(), said(kpi=kpis, on=st.sampled_from(list(On)).map(str), target=edges, bands=bands)),
)  # fmt: skip


def sent(parts: Iterable[Part]) -> QueryDict:
    """What a browser sends of the form: the first option where a select has none of its value."""
    post = QueryDict(mutable=True)
    for part in shown(parts):
        for field in part.get("fields") or [
            field for _number, cells in part["shown"] for cell in cells for field in cell.fields
        ]:
            post.setlist(field.name, _of(field))
    return post


def _of(field: Field) -> list[str]:
    options = [str(key) for key, _text in field.choices]
    if field.kind == "many":
        return [key for key in options if key in field.value]
    if field.kind == "select":
        return [str(field.value) if str(field.value) in options else options[0]]
    return [str(field.value)]


@pytest.mark.slow
@pytest.mark.django_db
@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(cards)
def test_a_card_comes_back_from_its_file_and_through_the_editor(data: dict[str, Any]) -> None:
    (card,) = read_loosely(tomli_w.dumps({"card": [data]}), "x")
    assert read_loosely(written([card]), "x") == [card]
    said = card_as_data(card)
    names = [(key, key) for key in KEYS]
    again = {**said, **{key: [] for key in ("section", "outside", "grade", "gate")}}
    for key in ("outside_floor", "outside_cap", "team"):
        again.pop(key, None)
    again |= card_parts_from(sent(parts_of_card(said, KPIS, kpi_choices(KPIS))), KPIS)
    again["line"] = []
    for line in said.get("line", []):
        kpi, form = KPIS.get(line["kpi"]), line["rule"]["form"]
        post = sent([*parts_of(line, form, kpi, KPIS), *place_parts(line, kpi, names, [])])
        typed = {"kpi": line["kpi"], "weight": line["weight"], "rule": rule_from(post, form, kpi, KPIS)}
        typed |= place_from(post, line, kpi)
        again["line"].append({key: one for key, one in typed.items() if one not in (None, "", [], {})})
    again["rated"] = []
    for line in said.get("rated", []):
        post = sent(rated_parts(line, names, []))
        typed = {**rated_from(post, line), "weight": line["weight"]}
        again["rated"].append({key: one for key, one in typed.items() if one not in (None, "", [], {})})
    assert card_from_data(again, "x") == card


@pytest.mark.parametrize(
    ("typed", "ms"),
    [("60", "216000000"), ("1:30", "5400000"), ("59:59:59.999", "215999999"), ("0:00:00.0005", "0.5"),
     ("-1:00", "-3600000"), ("2：15", "8100000"), ("1,000 h", "3600000000")],
)  # fmt: skip
def test_hours_are_typed_as_a_number_or_as_a_clock_says_them(typed: str, ms: str) -> None:
    scale = scale_of(KPIS["airtime"])
    assert scale.read(typed.removesuffix("h") if scale.sign != "h" else typed, "x") == ms
    assert scale.read(scale.written(ms), "x") == ms

"""The rule of an item as fields and tables, by its form; and back from what was typed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaibo.appraisal.own_cards import edges
from kaibo.appraisal.own_cards.fields import Choice, Column, Field, Part, Rows
from kaibo.appraisal.own_cards.keys import Places
from kaibo.appraisal.own_cards.scale import PER_CENT, PLAIN, Scale, scale_of
from kaibo.appraisal.wording import title
from kaibo.kpi.catalog import KPIS, Kpi
from kaibo.kpi.rules import By, Counted, On

FORMS: Sequence[Choice] = (
    ("linear", gettext_lazy("In proportion to the target")),
    ("bands", gettext_lazy("By bands")),
    ("benchmark", gettext_lazy("By bands against a benchmark")),
    ("step", gettext_lazy("By steps above and below a base")),
    ("per_occurrence", gettext_lazy("For each occurrence")),
    ("together", gettext_lazy("Several conditions at once")),
)
EXAMPLES: Mapping[str, str | Promise] = {
    "linear": gettext_lazy("Target 200 orders, weight 10, at most 120 %: 100 orders give 5 points, 240 or more 12."),
    "bands": gettext_lazy(
        "At least 30,000 → 10 points; 20,000 to below 30,000 → 8; below 20,000 → 0. On attainment: 100, 90, 80 %."
    ),
    "benchmark": gettext_lazy(
        "From 120 % of the category's figure on 12 points, 110 to 120 % 10, 90 to 110 % 8, below 90 % 0."
    ),
    "step": gettext_lazy(
        "Base 15 %, 0 points there, each 1 % above adds 1, at most 10. Or: 40 points, each 5 % below −5, not below 20."
    ),
    "per_occurrence": gettext_lazy("Starts at 10, each time late −3, not below 0."),
    "together": gettext_lazy(
        "Follow rate at least 5 % and mean stay at least 60 s → 8 points; at least 3 % and 45 s → 6; everybody else 0."
    ),
}
ON: Sequence[Choice] = (
    (On.VALUE, gettext_lazy("The value")),
    (On.ATTAINMENT, gettext_lazy("Attainment of the target")),
)
COUNTED: Sequence[Choice] = (
    (Counted.WHOLE, gettext_lazy("Whole steps")),
    (Counted.BEGUN, gettext_lazy("Every step that has begun")),
    (Counted.PART, gettext_lazy("Parts of a step too")),
)
BY: Sequence[Choice] = (
    ("", gettext_lazy("The month only")),
    (By.ROOM, gettext_lazy("Room (platform:handle)")),
    (By.ROOM_AGE, gettext_lazy("New or mature room (new, mature)")),
    (By.LEVEL, gettext_lazy("Level (executive, middle, front)")),
    (By.STAGE, gettext_lazy("Stage of a host")),
    (By.CATEGORY, gettext_lazy("Category")),
)
# conditions that a row of “several at once” has room for at least
CONDITIONS = 3


def example(form: str) -> str:
    """What a rule of this form says, on a card as one reads it."""
    return _("For example: %(rule)s") % {"rule": EXAMPLES[form]}


def kpi_choices(kpis: Mapping[str, Kpi]) -> list[Choice]:
    return sorted(((key, title(kpi)) for key, kpi in kpis.items()), key=lambda one: (str(one[1]), one[0]))


def kpi_groups(kpis: Mapping[str, Kpi]) -> dict[str, str]:
    """Key → the file that tells it, in words; of the team's own that they are."""
    return {key: _(KPIS[key].source) if key in KPIS else _("KPIs by formula") for key in kpis}


def parts_of(line: Mapping[str, Any], form: str, kpi: Kpi | None, kpis: Mapping[str, Kpi]) -> list[Part]:
    """The fields of the rule in this form, filled with what the line says if it is of this form."""
    rule = line.get("rule", {})
    rule = rule if rule.get("form") == form else {}
    value = scale_of(kpi)
    if form == "linear":
        hint = _("100 % gives the weight; more than that up to this.")
        return [Field("cap", _("At most"), PER_CENT.written(rule.get("cap", "1.2")), hint=hint, sign="%")]
    if form == "per_occurrence":
        return [
            Field("start", _("Starts at (points)"), rule.get("start", line.get("weight", ""))),
            Field("each", _("Each time (points, − takes off)"), rule.get("each", "-1")),
            Field("floor", _("Not below"), rule.get("floor", "0")),
            Field("cap", _("Not above"), rule.get("cap", line.get("weight", ""))),
        ]
    if form == "step":
        return _step(rule, line, value)
    if form == "together":
        return [rungs(rule, kpis), Field("otherwise", _("Points for everybody else"), rule.get("otherwise", "0"))]
    if form == "benchmark":
        table = rule.get("benchmark", {})
        return [
            Field("by", _("The benchmark differs by"), table.get("by", ""), "select", BY),
            figures("benchmark", _("Benchmarks"), table, value),
            bands(rule, PER_CENT, _("Value ÷ benchmark")),
        ]
    on = rule.get("on", "value")
    scale = PER_CENT if on == On.ATTAINMENT else value
    return [Field("on", _("Bands on"), on, "select", ON, shows=True), bands(rule, scale, _("Bands"))]


def _step(rule: Mapping[str, Any], line: Mapping[str, Any], value: Scale) -> list[Part]:
    scale = PER_CENT if rule.get("on") == On.ATTAINMENT else value
    return [
        Field("on", _("Counted on"), rule.get("on", "value"), "select", ON, shows=True),
        Field("base", _("Base; empty: the target"), scale.written(rule.get("base")), sign=scale.sign),
        Field("start", _("Points at the base"), rule.get("start", "")),
        Field("step", _("Size of a step"), scale.written(rule.get("step")), sign=scale.sign),
        Field("above", _("Points for each step above"), rule.get("above", "0")),
        Field("below", _("Points for each step below"), rule.get("below", "0")),
        Field("floor", _("Not below"), rule.get("floor", "0")),
        Field("cap", _("Not above"), rule.get("cap", line.get("weight", ""))),
        Field("counted", _("Which steps count"), rule.get("counted", "whole"), "select", COUNTED),
    ]


def rule_from(post: QueryDict, form: str, kpi: Kpi | None, kpis: Mapping[str, Kpi]) -> dict[str, Any]:
    """The rule that was typed. Raises ValidationError for what is no number."""
    value = scale_of(kpi)
    scale = PER_CENT if post.get("on") == On.ATTAINMENT else value
    scales = {"cap": PER_CENT} if form == "linear" else {"base": scale, "step": scale}
    found: dict[str, Any] = {"form": form}
    for part in typed_parts(post, form, kpi, kpis):
        if isinstance(part, Field) and part.name == "by":
            continue
        if isinstance(part, Field) and part.kind == "select":
            found[part.name] = post.get(part.name, "")
        elif isinstance(part, Field):
            found[part.name] = scales.get(part.name, PLAIN).read(post.get(part.name, ""), part.label)
        elif part.name == "rungs":
            where = _("%(table)s, row %(row)s")
            found["rungs"] = [
                _rung(row, kpis, where % {"table": part.title, "row": place + 1}) for place, row in part.placed(post)
            ]
        elif part.name == "bands":
            found["bands"] = edges.rows_from(part, post)
        elif part.name == "benchmark":
            found["benchmark"] = {"by": post.get("by", ""), "figures": figures_from(part, post.get("by", ""), post)}
        else:
            found[part.name] = part.read(post)
    return {name: said for name, said in found.items() if said is not None}


def typed_parts(post: QueryDict, form: str, kpi: Kpi | None, kpis: Mapping[str, Kpi]) -> list[Part]:
    """The fields as they were sent: a table of conditions is as wide as it was there."""
    rule: dict[str, Any] = {"form": form, "on": post.get("on", "value")}
    if form == "together":
        sent = [int(found[1]) for name in post if (found := re.fullmatch(r"rungs-\d{1,6}-kpi(\d{1,6})", name))]
        rule["rungs"] = [{"conditions": [{"kpi": ""}] * min(max(sent, default=0), len(post))}]
    return parts_of({"rule": rule}, form, kpi, kpis)


def bands(rule: Mapping[str, Any], scale: Scale, title_: str) -> Rows:
    hint = _("An empty edge is open: everything above or below it. ≤ 35 includes 35, < 35 ends just before it.")
    return edges.banded("bands", title_, scale, _("Points"), rule.get("bands", []), hint)


def figures(name: str, title_: str, table: Mapping[str, Any], scale: Scale) -> Rows:
    columns = (
        Column("key", _("Which (empty: every one)")),
        Column("month", _("Month (2026-11; empty: every one)")),
        Column("value", _("The number"), scale),
    )
    places, by = Places(), table.get("by", "")
    said = [{**one, "key": places.name(by, one.get("key", ""))} for one in table.get("figures", [])]
    hint = _("The figure of this one and month goes before that of this one, that of the month, that of all.")
    return Rows(name, title_, columns, said, hint)


def figures_from(part: Rows, by: str, post: QueryDict) -> list[dict[str, Any]]:
    """The figures that were typed, each with the key of what it is for. Raises ValidationError."""
    places = Places()
    return [{**row, **({"key": places.key(by, row["key"])} if "key" in row else {})} for row in part.read(post)]


def rungs(rule: Mapping[str, Any], kpis: Mapping[str, Kpi]) -> Rows:
    """As many conditions a row as any of them has, each in its KPI's unit as the card has it."""
    said = []
    most = max([CONDITIONS, *(len(rung.get("conditions", [])) for rung in rule.get("rungs", []))])
    for rung in rule.get("rungs", []):
        row = {"points": rung.get("points")}
        for place, one in enumerate(rung.get("conditions", []), 1):
            row |= {f"kpi{place}": one["kpi"]}
            scale, said_edges = scale_of(kpis.get(one["kpi"])), edges.shown(one, f"{place}")
            row |= {name: scale.written(edge) if name in _numbers(place) else edge for name, edge in said_edges.items()}
        said.append(row)
    names: list[Choice] = [("", "—"), *kpi_choices(kpis)]
    columns = [Column("points", _("Points"), PLAIN)]
    for place in range(1, most + 1):
        columns.append(Column(f"kpi{place}", _("Which KPI"), choices=names))
        # each in the unit of its KPI, which is chosen beside it
        columns += [replace(one, scale=None) for one in edges.columns(PLAIN, f"{place}")]
    hint = _("The row with most points whose conditions all hold counts.")
    return Rows("rungs", _("Conditions"), columns, said, hint)


def _numbers(place: str | int) -> tuple[str, str]:
    return f"at_least{place}", f"below{place}"


def _rung(row: Mapping[str, Any], kpis: Mapping[str, Kpi], where: str) -> dict[str, Any]:
    """Edges are read in the unit of the KPI that stands before them."""
    conditions = []
    for name in row:
        if not name.startswith("kpi"):
            continue
        scale, place = scale_of(kpis.get(row[name])), name.removeprefix("kpi")
        typed = {one: str(row.get(one, "")) for one in (*_numbers(place), f"from{place}", f"to{place}")}
        numbers = {one: scale.read(edges.split(typed[one])[1], where) for one in _numbers(place)}
        conditions.append({"kpi": row[name], **edges.read(typed, numbers, where, place)})
    return {"points": row.get("points", "0"), "conditions": conditions}

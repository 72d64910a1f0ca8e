"""One item of a card as fields and small tables, by the form of its rule; and back from what was typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaibo.appraisal.card import PERSONS_TARGET, ROOMS_TARGET
from kaibo.appraisal.own_cards.scale import PER_CENT, PLAIN, Scale, scale_of
from kaibo.appraisal.wording import title
from kaibo.kpi.catalog import Kpi, Route
from kaibo.kpi.rules import By, Counted, On, Rater
from kaibo.live.models import RoomDuty

Choice = tuple[str, str | Promise]
FORMS: Sequence[Choice] = (
    ("linear", gettext_lazy("In proportion to the target")),
    ("bands", gettext_lazy("By bands")),
    ("benchmark", gettext_lazy("By bands against a benchmark")),
    ("step", gettext_lazy("By steps above and below a base")),
    ("per_occurrence", gettext_lazy("For each occurrence")),
    ("together", gettext_lazy("Several conditions at once")),
)
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
TARGET: Sequence[Choice] = (
    ("", gettext_lazy("None, or the table below")),
    ("number", gettext_lazy("This number")),
    (PERSONS_TARGET, gettext_lazy("Own part of the rooms' month targets")),
    (ROOMS_TARGET, gettext_lazy("Targets of the rooms one answers for")),
)
NEWCOMER: Sequence[Choice] = (
    ("", gettext_lazy("The same for newcomers")),
    ("part", gettext_lazy("A part of the target is enough")),
    ("not", gettext_lazy("Does not count for newcomers")),
)
ROUTE: Sequence[Choice] = (
    ("", gettext_lazy("The KPI's usual way")),
    (Route.SHIFT, gettext_lazy("Who was on shift")),
    (Route.ACCOUNT, gettext_lazy("Who answers for the room")),
    (Route.TEAM, gettext_lazy("All rooms")),
)
RATERS: Mapping[str, str | Promise] = {
    Rater.SELF: gettext_lazy("Oneself"),
    Rater.SUPERIOR: gettext_lazy("Direct superior"),
    Rater.PEER: gettext_lazy("Colleagues"),
    Rater.REPORT: gettext_lazy("Those one leads"),
    Rater.OTHER_DEPARTMENT: gettext_lazy("Other departments"),
    Rater.HR: gettext_lazy("HR"),
}
MISSING: Sequence[Choice] = (
    ("no_plan", gettext_lazy("Nothing was planned")),
    ("zero_denominator", gettext_lazy("There is nothing to divide by")),
    ("no_room", gettext_lazy("Answers for no room")),
)
SPARE = 3


@dataclass(frozen=True)
class Field:
    """`kind`: text, select or many. `sign`: what stands behind the number."""

    name: str
    label: str
    value: Any = ""
    kind: str = "text"
    choices: Sequence[Choice] = ()
    hint: str = ""
    sign: str = ""


@dataclass(frozen=True)
class Column:
    name: str
    label: str
    scale: Scale | None = None
    choices: Sequence[Choice] = ()


@dataclass(frozen=True)
class Rows:
    """A table of inputs named `name-row-column`; empty rows mean nothing."""

    name: str
    title: str
    columns: Sequence[Column]
    said: Sequence[Mapping[str, Any]] = field(default_factory=list)
    hint: str = ""

    def shown(self) -> list[tuple[int, list[Field]]]:
        """What is there, and a few empty rows to write in."""
        rows = [*self.said, *({} for _spare in range(SPARE))]
        return [
            (
                place + 1,
                [
                    Field(
                        f"{self.name}-{place}-{c.name}",
                        f"{c.label} {place + 1}",
                        c.scale.written(row.get(c.name)) if c.scale else row.get(c.name, ""),
                        "select" if c.choices else "text",
                        c.choices,
                        sign=c.scale.sign if c.scale else "",
                    )
                    for c in self.columns
                ],
            )
            for place, row in enumerate(rows)
        ]

    def read(self, post: QueryDict) -> list[dict[str, Any]]:
        """The rows that say anything. Raises ValidationError for what is no number, naming column and row."""
        found = []
        for place in range(200):
            cells = {c.name: post.get(f"{self.name}-{place}-{c.name}") for c in self.columns}
            if all(cell is None for cell in cells.values()):
                break
            typed = {c.name: (cells[c.name] or "").strip() for c in self.columns}
            if not any(typed[c.name] for c in self.columns if not c.choices):
                continue
            row: dict[str, Any] = {}
            for c in self.columns:
                text = typed[c.name]
                named = _("%(table)s, row %(row)s, %(column)s") % {
                    "table": self.title,
                    "row": place + 1,
                    "column": c.label,
                }
                said = c.scale.read(text, named) if c.scale else text
                if said not in (None, ""):
                    row[c.name] = said
            found.append(row)
        return found


Part = Field | Rows


def kpi_choices(kpis: Mapping[str, Kpi]) -> list[Choice]:
    return sorted(((key, title(kpi)) for key, kpi in kpis.items()), key=lambda one: str(one[1]))


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
        scale = PER_CENT if rule.get("on") == On.ATTAINMENT else value
        return [
            Field("on", _("Counted on"), rule.get("on", "value"), "select", ON),
            Field("base", _("Base; empty: the target"), scale.written(rule.get("base")), sign=scale.sign),
            Field("start", _("Points at the base"), rule.get("start", "")),
            Field("step", _("Size of a step"), scale.written(rule.get("step")), sign=scale.sign),
            Field("above", _("Points for each step above"), rule.get("above", "0")),
            Field("below", _("Points for each step below"), rule.get("below", "0")),
            Field("floor", _("Not below"), rule.get("floor", "0")),
            Field("cap", _("Not above"), rule.get("cap", line.get("weight", ""))),
            Field("counted", _("Which steps count"), rule.get("counted", "whole"), "select", COUNTED),
        ]
    if form == "together":
        return [_rungs(rule, kpis), Field("otherwise", _("Points for everybody else"), rule.get("otherwise", "0"))]
    if form == "benchmark":
        table = rule.get("benchmark", {})
        return [
            Field("by", _("The benchmark differs by"), table.get("by", ""), "select", BY),
            _figures("benchmark", _("Benchmarks"), table, value),
            _bands(rule, PER_CENT, _("Value ÷ benchmark")),
        ]
    on = rule.get("on", "value")
    scale = PER_CENT if on == On.ATTAINMENT else value
    return [Field("on", _("Bands on"), on, "select", ON), _bands(rule, scale, _("Bands"))]


def rule_from(post: QueryDict, form: str, kpi: Kpi | None, kpis: Mapping[str, Kpi]) -> dict[str, Any]:
    """The rule that was typed. Raises ValidationError for what is no number."""
    value = scale_of(kpi)
    scale = PER_CENT if post.get("on") == On.ATTAINMENT else value
    scales = {"cap": PER_CENT} if form == "linear" else {"base": scale, "step": scale}
    found: dict[str, Any] = {"form": form}
    for part in parts_of({"rule": {"form": form, "on": post.get("on", "value")}}, form, kpi, kpis):
        if isinstance(part, Field) and part.name == "by":
            continue
        if isinstance(part, Field) and part.kind == "select":
            found[part.name] = post.get(part.name, "")
        elif isinstance(part, Field):
            found[part.name] = scales.get(part.name, PLAIN).read(post.get(part.name, ""), part.label)
        elif part.name == "rungs":
            found["rungs"] = [_rung(row) for row in part.read(post)]
        elif part.name == "benchmark":
            found["benchmark"] = {"by": post.get("by", ""), "figures": part.read(post)}
        else:
            found[part.name] = part.read(post)
    return {name: said for name, said in found.items() if said is not None}


def place_parts(
    line: Mapping[str, Any], kpi: Kpi | None, names: Sequence[Choice], sections: Sequence[Choice]
) -> list[Part]:
    """What every scored line has besides its rule."""
    target = line.get("target", "")
    kind = target if target in ("", PERSONS_TARGET, ROOMS_TARGET) else "number"
    newcomer, scale = line.get("newcomer", {}), scale_of(kpi)
    eased = "not" if newcomer.get("counts") is False else "part" if newcomer.get("part") else ""
    found: list[Part] = [
        Field("target_kind", _("Target"), kind, "select", TARGET),
        Field("target", _("Number of the target"), scale.written(target) if kind == "number" else "", sign=scale.sign),
        Field("route", _("Credited by"), line.get("route", ""), "select", ROUTE),
        Field(
            "duty",
            _("Duty of the room"),
            line.get("duty", ""),
            "select",
            [("", _("As the card's role")), *RoomDuty.choices],
        ),
        Field("newcomer", _("Newcomers"), eased, "select", NEWCOMER),
        Field("part", _("Part of the target"), PER_CENT.written(newcomer.get("part")), sign="%"),
    ]
    table = line.get("targets", {})
    found += [
        Field("targets_by", _("Targets differ by"), table.get("by", ""), "select", BY),
        _figures("targets", _("Targets by month or place"), table, scale),
        Rows(
            "variants",
            _("Other targets for some"),
            (
                Column("by", _("Differs by"), choices=[one for one in BY if one[0]]),
                Column("key", _("Which")),
                Column("target", _("Target"), scale),
                Column("part", _("Part of the target"), PER_CENT),
            ),
            [{**one, "part": one.get("part")} for one in line.get("variants", [])],
        ),
    ]
    return [*found, *shared_parts(line, names, sections)]


def shared_parts(line: Mapping[str, Any], names: Sequence[Choice], sections: Sequence[Choice]) -> list[Part]:
    """What rated lines have too: the section, and where the weight goes."""
    found: list[Part] = []
    if sections:
        found.append(Field("section", _("Section"), line.get("section", ""), "select", [("", "—"), *sections]))
    found.append(Field("not_applicable", _("Not applicable where"), line.get("not_applicable", []), "many", MISSING))
    found.append(Field("gives_to", _("Its weight then goes to"), line.get("gives_to", []), "many", names))
    return found


def place_from(post: QueryDict, line: Mapping[str, Any], kpi: Kpi | None) -> dict[str, Any]:
    """What was typed there. A variant's own rule, which only files can say, stays. Raises ValidationError."""
    scale, kind = scale_of(kpi), post.get("target_kind", "")
    target = scale.read(post.get("target", ""), _("Number of the target")) if kind == "number" else kind or None
    eased: dict[str, Any] = {k: v for k, v in line.get("newcomer", {}).items() if k == "rule"}
    if post.get("newcomer") == "not":
        eased = {"counts": False}
    elif post.get("newcomer") == "part":
        eased["part"] = PER_CENT.read(post.get("part", ""), _("Part of the target")) or "1"
    tables = {one.name: one for one in place_parts({}, kpi, (), ()) if isinstance(one, Rows)}
    figures = tables["targets"].read(post)
    rules = {(one["by"], one["key"]): one for one in line.get("variants", [])}
    variants = []
    for row in tables["variants"].read(post):
        known = rules.get((row.get("by"), row.get("key")), {})
        variants.append({**{k: known[k] for k in ("rule", "counts") if k in known}, **row})
    found = {
        "target": target,
        "route": post.get("route"),
        "duty": post.get("duty"),
        "newcomer": eased,
        "targets": {"by": post.get("targets_by", ""), "figures": figures} if figures else None,
        "variants": variants,
    }
    return {**found, **shared_from(post)}


def shared_from(post: QueryDict) -> dict[str, Any]:
    return {
        "section": post.get("section", ""),
        "not_applicable": post.getlist("not_applicable"),
        "gives_to": post.getlist("gives_to"),
    }


def rated_parts(line: Mapping[str, Any], names: Sequence[Choice], sections: Sequence[Choice]) -> list[Part]:
    """A line that people rate: its words, its anchors, who rates."""
    told = {one["rater"]: one["weight"] for one in line.get("raters", [])}
    raters = [Field(f"rater_{key}", str(label), told.get(key, ""), sign="%") for key, label in RATERS.items()]
    anchors = (Column("points", _("Points"), PLAIN), Column("zh", _("In Chinese")), Column("en", _("In English")))
    return [
        Field("key", _("Key (letters, digits, _)"), line.get("key", "")),
        Field("zh", _("Chinese name"), line.get("zh", "")),
        Field("en", _("English name"), line.get("en", "")),
        Rows("anchors", _("What the points mean"), anchors, line.get("anchors", [])),
        *raters,
        *shared_parts(line, names, sections),
    ]


def rated_from(post: QueryDict) -> dict[str, Any]:
    anchors = next(one for one in rated_parts({}, (), ()) if isinstance(one, Rows))
    shares = [
        (key, PLAIN.read(post.get(f"rater_{key}", "").removesuffix("%"), str(label))) for key, label in RATERS.items()
    ]
    return {
        "key": post.get("key", "").strip(),
        "zh": post.get("zh", "").strip(),
        "en": post.get("en", "").strip(),
        "anchors": anchors.read(post),
        "raters": [{"rater": str(key), "weight": share} for key, share in shares if share],
        **shared_from(post),
    }


def _bands(rule: Mapping[str, Any], scale: Scale, title_: str) -> Rows:
    columns = (
        Column("at_least", _("At least"), scale),
        Column("below", _("Below"), scale),
        Column("points", _("Points"), PLAIN),
    )
    return Rows(
        "bands", title_, columns, rule.get("bands", []), _("An empty edge is open: everything above or below it.")
    )


def _figures(name: str, title_: str, table: Mapping[str, Any], scale: Scale) -> Rows:
    columns = (
        Column("key", _("Which (empty: every one)")),
        Column("month", _("Month (2026-11; empty: every one)")),
        Column("value", _("Figure"), scale),
    )
    return Rows(name, title_, columns, table.get("figures", []))


def _rungs(rule: Mapping[str, Any], kpis: Mapping[str, Kpi]) -> Rows:
    """Two conditions a row, each in its KPI's unit as the card has it."""
    said = []
    for rung in rule.get("rungs", []):
        row = {"points": rung.get("points")}
        for place, one in enumerate(rung.get("conditions", [])[:3], 1):
            row |= {f"kpi{place}": one["kpi"]}
            for name in ("at_least", "below"):
                row |= {f"{name}{place}": scale_of(kpis.get(one["kpi"])).written(one.get(name))}
        said.append(row)
    names: list[Choice] = [("", "—"), *kpi_choices(kpis)]
    columns = [Column("points", _("Points"), PLAIN)]
    for place in (1, 2, 3):
        columns += [
            Column(f"kpi{place}", _("Which KPI"), choices=names),
            Column(f"at_least{place}", _("At least")),
            Column(f"below{place}", _("Below")),
        ]
    hint = _("The row with most points whose conditions all hold counts.")
    return Rows("rungs", _("Conditions"), columns, said, hint)


def _rung(row: Mapping[str, Any]) -> dict[str, Any]:
    """Edges are read in the unit of the KPI that stands before them."""
    from kaibo.appraisal.own_cards.store import known_kpis

    kpis, conditions = known_kpis(), []
    for place in (1, 2, 3):
        key = row.get(f"kpi{place}")
        if key:
            scale = scale_of(kpis.get(key))
            edges = {n: scale.read(row.get(f"{n}{place}", ""), _("Conditions")) for n in ("at_least", "below")}
            conditions.append({"kpi": key, **{n: edge for n, edge in edges.items() if edge is not None}})
    return {"points": row.get("points", "0"), "conditions": conditions}

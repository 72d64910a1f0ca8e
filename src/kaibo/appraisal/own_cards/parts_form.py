"""What a card has besides its lines, as tables: sections, items outside the hundred, grades, gates, the team's part."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from kaibo.appraisal.own_cards import edges
from kaibo.appraisal.own_cards.fields import Choice, Column, Field, Part, Rows, as_typed
from kaibo.appraisal.own_cards.keys import counted_choices, grade_of, key_of
from kaibo.appraisal.own_cards.rule_form import ON
from kaibo.appraisal.own_cards.scale import PER_CENT, PLAIN, scale_of
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.rules import On
from kaibo.look.numbers import either

TABLES = ("section", "outside", "grade", "gate")


def parts_of_card(data: Mapping[str, Any], kpis: Mapping[str, Kpi], names: Sequence[Choice]) -> list[Part]:
    """Every table of it, filled with what the card says."""
    return [*_tables(data, kpis, names), *_limits(data), *_team(data.get("team", {}), kpis, names)]


def _tables(data: Mapping[str, Any], kpis: Mapping[str, Kpi], names: Sequence[Choice]) -> list[Part]:
    key, zh, en = Column("key", _("Key (may stay empty)")), Column("zh", _("In Chinese")), Column("en", _("In English"))
    titles = {name: str(title) for name, title in names}
    counted = Column("key", _("What is counted"), choices=counted_choices(data, kpis, titles) if titles else ())

    def number(name: str, label: str) -> Column:
        return Column(name, label, PLAIN)

    sections = (zh, en, number("weight", _("Weight")), key)
    reach = edges.columns(PLAIN, labels={"at_least": _("From (points)"), "below": _("To (points, may stay empty)")})
    grades = (zh, en, *reach, number("coefficient", _("Coefficient")), key)
    gates = (counted, zh, en, *edges.columns(PLAIN, labels={"at_least": _("From (times)")}),
             at_best(data.get("grade", [])))  # fmt: skip
    outside = (counted, zh, en, number("each", _("Each time")), number("floor", _("Not below")),
               number("cap", _("Not above")))  # fmt: skip
    hints = {
        "section": _("Weights of the sections make 100; those of the items in one make its weight, or 100."),
        "grade": _(
            "From 90 points gold × 1.2, from 80 silver × 1.0 …; the lowest grade has no limit below. Each ends where "
            "the next one begins: ≥ 90 includes 90, > 90 leaves it to the grade below."
        ),
        "gate": _(
            "From one serious violation on: bronze at best, whatever the score. A grade typed above just now can be "
            "chosen after “More rows”."
        ),
        "outside": _("Outside the 100. Commendation: each time 5, not below 0, not above 10. Complaint: −5, −20, 0."),
    }
    return [
        Rows("section", _("Sections"), sections, data.get("section", []), hints["section"]),
        Rows(
            "grade", _("Grades"), grades, [{**one, **edges.shown(one)} for one in data.get("grade", [])], hints["grade"]
        ),
        Rows("gate", _("Gates"), gates, [{**one, **edges.shown(one)} for one in data.get("gate", [])], hints["gate"]),
        Rows("outside", _("Bonus and deduction items"), outside, data.get("outside", []), hints["outside"]),
    ]


def at_best(grades: Sequence[Mapping[str, Any]]) -> Column:
    """The choice of one of the card's grades. One without a key yet is known by its name."""
    called = [(one.get("key", ""), either(one.get("zh", ""), one.get("en", ""))) for one in grades]
    names = [name for _key, name in called]
    choices = [
        (key or name, f"{name} ({key})" if key and names.count(name) > 1 else name or key)
        for key, name in called if key or name
    ]  # fmt: skip
    return Column("grade", _("Grade at best"), choices=[("", "—"), *choices])


def as_sent(parts: Iterable[Part], post: QueryDict) -> list[Part]:
    """The same fields with what was typed in them; the grades just typed can be chosen too."""
    found = as_typed(parts, post)
    typed = [row for one in found if isinstance(one, Rows) and one.name == "grade" for row in one.typed or ()]
    return [
        replace(one, columns=[at_best(typed) if column.name == "grade" else column for column in one.columns])
        if isinstance(one, Rows) and one.name == "gate" else one
        for one in found
    ]  # fmt: skip


def _limits(data: Mapping[str, Any]) -> list[Part]:
    return [
        Field("outside_floor", _("All of them not below"), data.get("outside_floor", "")),
        Field("outside_cap", _("All of them not above"), data.get("outside_cap", "")),
    ]


def _team(team: Mapping[str, Any], kpis: Mapping[str, Kpi], names: Sequence[Choice]) -> list[Part]:
    of_kpi = scale_of(kpis.get(team.get("kpi", "")))
    scale = PER_CENT if team.get("on") == On.ATTAINMENT else of_kpi
    hint = _(
        "Everybody's coefficient is multiplied by it: below 80 % of the target 0.8, from 80 % 1, from 100 % 1.1. "
        "The team is the rooms of one's department; until rooms have departments, all rooms. Of what rows tell by name "
        "it is the department's people."
    )
    choices: Sequence[Choice] = [("", _("No team's coefficient")), *names]
    return [
        Field("team_kpi", _("Team's coefficient by"), team.get("kpi", ""), "select", choices),
        Field("team_on", _("Counted on"), team.get("on", "value"), "select", ON),
        Field("team_target", _("Target of the team"), of_kpi.written(team.get("target"))),
        edges.banded("team_bands", _("Team's coefficient"), scale, _("Coefficient"), team.get("bands", []), hint),
    ]


def _with_keys(kind: str, rows: Sequence[Mapping[str, Any]], kpis: Mapping[str, Kpi]) -> list[dict[str, Any]]:
    """Every row with a key. Raises ValidationError for one that is none."""
    taken = {*kpis, *(one["key"] for one in rows if "key" in one)}
    found = []
    for one in rows:
        key = key_of(one.get("key", ""), one.get("en", ""), kind, taken)
        taken.add(key)
        found.append({"key": key, **one})
    return found


def card_parts_from(post: QueryDict, kpis: Mapping[str, Kpi]) -> dict[str, Any]:
    """What was typed. Raises ValidationError for what is no number."""
    kpi = post.get("team_kpi", "")
    asked = {"team": {"kpi": kpi, "on": post.get("team_on", "value")}}
    rows = {one.name: one for one in parts_of_card(asked, kpis, ()) if isinstance(one, Rows)}
    found: dict[str, Any] = {name: _with_keys(name, edges.rows_from(rows[name], post), kpis) for name in TABLES}
    for gate in found["gate"]:
        if "grade" in gate:
            gate["grade"] = grade_of(gate["grade"], found["grade"])
    for name in ("outside_floor", "outside_cap"):
        found[name] = PLAIN.read(post.get(name, ""), _("Bonus and deduction items"))
    if kpi:
        target = scale_of(kpis.get(kpi)).read(post.get("team_target", ""), _("Target of the team"))
        found["team"] = {**asked["team"], "target": target, "bands": edges.rows_from(rows["team_bands"], post)}
    return {name: said for name, said in found.items() if said not in (None, [], "")}

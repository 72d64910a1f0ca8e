"""What a card has besides its lines, as tables: sections, items outside the hundred, grades, gates, the team's part."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from kaibo.appraisal.own_cards import edges
from kaibo.appraisal.own_cards.fields import Choice, Column, Field, Part, Rows
from kaibo.appraisal.own_cards.keys import counted_choices, grade_of, key_of, named_grade
from kaibo.appraisal.own_cards.rule_form import ON
from kaibo.appraisal.own_cards.scale import PER_CENT, PLAIN, scale_of
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.rules import On

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
    grades = (zh, en, number("at_least", _("From (points)")), number("coefficient", _("Coefficient")), key)
    gates = (counted, zh, en, number("at_least", _("From (times)")), Column("grade", _("Grade at best")))
    outside = (counted, zh, en, number("each", _("Each time")), number("floor", _("Not below")),
               number("cap", _("Not above")))  # fmt: skip
    named = [{**one, "grade": named_grade(one["grade"], data.get("grade", []))} for one in data.get("gate", [])]
    hints = {
        "section": _("Weights of the sections make 100; those of the items in one make its weight, or 100."),
        "grade": _("From 90 points gold × 1.2, from 80 silver × 1.0 …; the lowest grade has no limit."),
        "gate": _(
            "From one serious violation on: bronze at best, whatever the score. Write the grade as in the table."
        ),
        "outside": _("Outside the 100. Commendation: each time 5, not below 0, not above 10. Complaint: −5, −20, 0."),
    }
    return [
        Rows("section", _("Sections"), sections, data.get("section", []), hints["section"]),
        Rows("grade", _("Grades"), grades, data.get("grade", []), hints["grade"]),
        Rows("gate", _("Gates"), gates, named, hints["gate"]),
        Rows("outside", _("Bonus and deduction items"), outside, data.get("outside", []), hints["outside"]),
    ]


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
    found: dict[str, Any] = {name: _with_keys(name, rows[name].read(post), kpis) for name in TABLES}
    for gate in found["gate"]:
        if "grade" in gate:
            gate["grade"] = grade_of(gate["grade"], found["grade"])
    for name in ("outside_floor", "outside_cap"):
        found[name] = PLAIN.read(post.get(name, ""), _("Bonus and deduction items"))
    if kpi:
        target = scale_of(kpis.get(kpi)).read(post.get("team_target", ""), _("Target of the team"))
        found["team"] = {**asked["team"], "target": target, "bands": edges.bands_from(rows["team_bands"], post)}
    return {name: said for name, said in found.items() if said not in (None, [], "")}

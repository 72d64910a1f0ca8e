"""What a card has besides its lines, as tables: sections, items outside the hundred, grades, gates, the team's part."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from kaibo.appraisal.own_cards.line_form import ON, Choice, Column, Field, Part, Rows
from kaibo.appraisal.own_cards.scale import PER_CENT, PLAIN, scale_of
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.rules import On

TABLES = ("section", "outside", "grade", "gate")


def parts_of_card(data: Mapping[str, Any], kpis: Mapping[str, Kpi], names: Sequence[Choice]) -> list[Part]:
    """Every table of it, filled with what the card says."""
    key, zh, en = Column("key", _("Key")), Column("zh", _("In Chinese")), Column("en", _("In English"))
    team = data.get("team", {})
    scale = PER_CENT if team.get("on") == On.ATTAINMENT else scale_of(kpis.get(team.get("kpi", "")))
    return [
        Rows(
            "section",
            _("Sections"),
            (key, Column("weight", _("Weight"), PLAIN), zh, en),
            data.get("section", []),
            _("Weights of the sections make 100; those of the items in one make its weight, or 100."),
        ),
        Rows(
            "grade",
            _("Grades"),
            (
                key,
                Column("at_least", _("From (points)"), PLAIN),
                Column("coefficient", _("Coefficient"), PLAIN),
                zh,
                en,
            ),
            data.get("grade", []),
            _("The lowest grade has no limit."),
        ),
        Rows(
            "gate",
            _("Gates"),
            (key, Column("at_least", _("From (times)"), PLAIN), Column("grade", _("Grade at best")), zh, en),
            data.get("gate", []),
            _("A KPI that counts, or a key of its own that a person notes."),
        ),
        Rows(
            "outside",
            _("Bonus and deduction items"),
            (
                key,
                Column("each", _("Each time"), PLAIN),
                Column("floor", _("Not below"), PLAIN),
                Column("cap", _("Not above"), PLAIN),
                zh,
                en,
            ),
            data.get("outside", []),
            _("Outside the 100."),
        ),
        Field("outside_floor", _("All of them not below"), data.get("outside_floor", "")),
        Field("outside_cap", _("All of them not above"), data.get("outside_cap", "")),
        Field(
            "team_kpi",
            _("Team's coefficient by"),
            team.get("kpi", ""),
            "select",
            [("", _("No team's coefficient")), *names],
        ),
        Field("team_on", _("Counted on"), team.get("on", "value"), "select", ON),
        Field(
            "team_target", _("Target of the team"), scale_of(kpis.get(team.get("kpi", ""))).written(team.get("target"))
        ),
        Rows(
            "team_bands",
            _("Team's coefficient"),
            (
                Column("at_least", _("At least"), scale),
                Column("below", _("Below"), scale),
                Column("points", _("Coefficient"), PLAIN),
            ),
            team.get("bands", []),
        ),
    ]


def card_parts_from(post: QueryDict, kpis: Mapping[str, Kpi]) -> dict[str, Any]:
    """What was typed. Raises ValidationError for what is no number."""
    kpi = post.get("team_kpi", "")
    asked = {"team": {"kpi": kpi, "on": post.get("team_on", "value")}}
    rows = {one.name: one for one in parts_of_card(asked, kpis, ()) if isinstance(one, Rows)}
    found: dict[str, Any] = {name: rows[name].read(post) for name in TABLES}
    for name in ("outside_floor", "outside_cap"):
        found[name] = PLAIN.read(post.get(name, ""), _("Bonus and deduction items"))
    if kpi:
        target = scale_of(kpis.get(kpi)).read(post.get("team_target", ""), _("Target of the team"))
        found["team"] = {**asked["team"], "target": target, "bands": rows["team_bands"].read(post)}
    return {name: said for name, said in found.items() if said not in (None, [], "")}

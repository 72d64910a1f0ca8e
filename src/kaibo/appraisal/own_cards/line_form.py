"""What an item of a card says besides its rule, and rated items, as fields and tables; and back from what was typed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaibo.appraisal.card import PERSONS_TARGET, ROOMS_TARGET
from kaibo.appraisal.own_cards.fields import Choice, Column, Field, Part, Rows
from kaibo.appraisal.own_cards.keys import Places, key_of
from kaibo.appraisal.own_cards.rule_form import BY, figures, figures_from
from kaibo.appraisal.own_cards.scale import PER_CENT, PLAIN, scale_of
from kaibo.kpi.catalog import Kpi, Route
from kaibo.kpi.rules import Rater
from kaibo.live.models import RoomDuty

TARGET: Sequence[Choice] = (
    ("", gettext_lazy("None, or the table below")),
    ("number", gettext_lazy("This number")),
    (PERSONS_TARGET, gettext_lazy("Own part of the rooms' month targets")),
    (ROOMS_TARGET, gettext_lazy("Targets of the rooms one answers for, or of the department's")),
)
NEWCOMER: Sequence[Choice] = (
    ("", gettext_lazy("The same for newcomers")),
    ("part", gettext_lazy("A part of the target is enough")),
    ("not", gettext_lazy("Does not count for newcomers")),
)
COUNTS: Sequence[Choice] = (("", gettext_lazy("It counts")), ("not", gettext_lazy("Does not count")))
ROUTE: Sequence[Choice] = (
    ("", gettext_lazy("The KPI's usual way")),
    (Route.SHIFT, gettext_lazy("Who was on shift")),
    (Route.ACCOUNT, gettext_lazy("Who answers for the room")),
    (Route.TEAM, gettext_lazy("The department's rooms, or its people whom rows name")),
    (Route.DIRECT, gettext_lazy("Whom the rows name")),
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
    ("no_team_room", gettext_lazy("No room belongs to the department")),
    ("team_not_named", gettext_lazy("No row names anybody of the department")),
)


# the first ones of `place_parts` say what it is held against
TARGET_FIELDS = 2


def place_parts(
    line: Mapping[str, Any], kpi: Kpi | None, names: Sequence[Choice], sections: Sequence[Choice], *,
    needs_target: bool = False,
) -> list[Part]:  # fmt: skip
    """What every scored line has besides its rule."""
    target = line.get("target", "")
    kind = target if target in ("", PERSONS_TARGET, ROOMS_TARGET) else "number"
    if not line and needs_target:
        kind = "number"
    newcomer, scale = line.get("newcomer", {}), scale_of(kpi)
    eased = "not" if newcomer.get("counts") is False else "part" if newcomer.get("part") else ""
    table = line.get("targets", {})
    duties: Sequence[Choice] = [("", _("As the card's role")), *RoomDuty.choices]
    return [
        Field("target_kind", _("Target"), kind, "select", TARGET),
        Field("target", _("Number of the target"), scale.written(target) if kind == "number" else "", sign=scale.sign),
        Field("route", _("Credited by"), line.get("route", ""), "select", ROUTE),
        Field("duty", _("Duty of the room"), line.get("duty", ""), "select", duties),
        Field("newcomer", _("Newcomers"), eased, "select", NEWCOMER),
        Field("part", _("Part of the target for newcomers"), PER_CENT.written(newcomer.get("part")), sign="%"),
        Field("targets_by", _("Targets differ by"), table.get("by", ""), "select", BY),
        figures("targets", _("Targets by month or place"), table, scale),
        _variants(line, kpi),
        *shared_parts(line, names, sections),
    ]


def _variants(line: Mapping[str, Any], kpi: Kpi | None) -> Rows:
    columns = (
        Column("by", _("Differs by"), choices=[("", "—"), *(one for one in BY if one[0])]),
        Column("key", _("Which")),
        Column("counts", _("Counts or not"), choices=COUNTS),
        Column("target", _("Target"), scale_of(kpi)),
        Column("part", _("Part of the target"), PER_CENT),
    )
    places = Places()
    said = [
        {
            **one,
            "counts": "not" if one.get("counts") is False else "",
            "key": places.name(one["by"], one.get("key", "")),
        }
        for one in line.get("variants", [])
    ]
    hint = _("Their own target goes before every other one; of whichever counts, the part is enough.")
    return Rows("variants", _("Other targets for some"), columns, said, hint)


def shared_parts(
    line: Mapping[str, Any], names: Sequence[Choice], sections: Sequence[Choice], *, rated: bool = False
) -> list[Part]:
    """What rated lines have too: the section, and where the weight goes."""
    found: list[Part] = []
    if sections or line.get("section"):
        found.append(Field("section", _("Section"), line.get("section", ""), "select", [("", "—"), *sections]))
    if rated and not (line.get("not_applicable") or line.get("gives_to")):
        # what lacks in a month's data keeps nobody from rating
        return found
    found.append(Field("not_applicable", _("Not applicable where"), line.get("not_applicable", []), "many", MISSING))
    found.append(Field("gives_to", _("Its weight then goes to"), line.get("gives_to", []), "many", names))
    return found


def place_from(post: QueryDict, line: Mapping[str, Any], kpi: Kpi | None) -> dict[str, Any]:
    """What was typed there; the rules of newcomers and variants stay. Raises ValidationError."""
    scale, kind = scale_of(kpi), post.get("target_kind", "")
    number = scale.read(post.get("target", ""), _("Number of the target"))
    # a number that is new there is meant, though nothing was chosen; one that stood there was chosen away
    if kind == "" and number is not None and number != line.get("target"):
        kind = "number"
    target = number if kind == "number" else kind or None
    by = post.get("targets_by", "")
    table = figures_from(figures("targets", _("Targets by month or place"), {}, scale), by, post)
    found = {
        "target": target,
        "route": post.get("route"),
        "duty": post.get("duty"),
        "newcomer": _newcomer_from(post, line),
        "targets": {"by": by, "figures": table} if table or by else None,
        "variants": _variants_from(post, line, kpi),
    }
    return {**found, **shared_from(post, line)}


def _newcomer_from(post: QueryDict, line: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: said for name, said in line.get("newcomer", {}).items() if name == "rule"}
    part, kind = PER_CENT.read(post.get("part", ""), _("Part of the target")), post.get("newcomer", "")
    if kind == "not":
        kept["counts"] = False
    if kind and part is not None:
        kept["part"] = part
    return kept


def _variants_from(post: QueryDict, line: Mapping[str, Any], kpi: Kpi | None) -> list[dict[str, Any]]:
    """Each with the rule that it had: the one of its row, if that is still for the same people, else of its name."""
    before = list(line.get("variants", []))
    found = []
    table, places = _variants({}, kpi), Places()
    for place, row in table.placed(post):
        if "by" not in row:
            text = _("%(table)s, row %(row)s: choose what it differs by.")
            raise ValidationError(text % {"table": table.title, "row": place + 1})
        whom = (row["by"], places.key(row["by"], row.get("key", "")))
        of_row = before[place] if place < len(before) else {}
        named = next((one for one in before if (one.get("by"), one.get("key", "")) == whom), of_row)
        same = of_row if (of_row.get("by"), of_row.get("key", "")) == whom else named
        row["key"] = whom[1]
        if row.pop("counts", "") == "not":
            row["counts"] = False
        found.append({**row, **({"rule": same["rule"]} if "rule" in same else {})})
    return found


def shared_from(post: QueryDict, line: Mapping[str, Any]) -> dict[str, Any]:
    before = list(line.get("gives_to", []))
    taking = sorted(post.getlist("gives_to"), key=lambda name: before.index(name) if name in before else len(before))
    return {
        "section": post.get("section", ""), "not_applicable": post.getlist("not_applicable"), "gives_to": taking,
    }  # fmt: skip


def rated_parts(line: Mapping[str, Any], names: Sequence[Choice], sections: Sequence[Choice]) -> list[Part]:
    """A line that people rate: its words, its anchors, who rates."""
    told = {one["rater"]: one["weight"] for one in line.get("raters", [])}
    raters = [Field(f"rater_{key}", str(label), told.get(key, ""), sign="%") for key, label in RATERS.items()]
    raters[0] = replace(raters[0], hint=_("Who rates, together 100 %. All empty: the direct superior alone."))
    return [
        Field("zh", _("Chinese name"), line.get("zh", "")),
        Field("en", _("English name"), line.get("en", "")),
        _anchors(line),
        *raters,
        *shared_parts(line, names, sections, rated=True),
        Field("key", _("Key (may stay empty)"), line.get("key", ""), hint=_("What files and addresses call it.")),
    ]


def _anchors(line: Mapping[str, Any]) -> Rows:
    columns = (Column("points", _("Points"), PLAIN), Column("zh", _("In Chinese")), Column("en", _("In English")))
    hint = _("The most points first, the fewest last; one language is enough.")
    return Rows("anchors", _("What the points mean"), columns, line.get("anchors", []), hint)


def rated_from(post: QueryDict, line: Mapping[str, Any], taken: Collection[str] = ()) -> dict[str, Any]:
    """What was typed; raters stand in the order that they had. `taken`: keys of other items. Raises ValidationError."""
    before = [one["rater"] for one in line.get("raters", [])]
    shares = [
        (str(key), PLAIN.read(post.get(f"rater_{key}", "").strip().removesuffix("%"), str(label)))
        for key, label in RATERS.items()
    ]
    shares.sort(key=lambda one: before.index(one[0]) if one[0] in before else len(before))
    return {
        "key": key_of(post.get("key", "").strip(), post.get("en", ""), "item", taken),
        "zh": post.get("zh", "").strip(),
        "en": post.get("en", "").strip(),
        "anchors": _anchors({}).read(post),
        "raters": [{"rater": key, "weight": share} for key, share in shares if share],
        **shared_from(post, line),
    }

"""The form of one item of a draft: what it shows, and the draft with what was typed in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from kaibo.appraisal import wording
from kaibo.appraisal.own_cards.fields import Choice, Field, Part, as_typed, shown
from kaibo.appraisal.own_cards.line_form import TARGET_FIELDS, place_from, place_parts, rated_from, rated_parts
from kaibo.appraisal.own_cards.models import CardVersion
from kaibo.appraisal.own_cards.rule_form import (
    FORMS,
    example,
    kpi_choices,
    kpi_groups,
    parts_of,
    rule_from,
    typed_parts,
)
from kaibo.appraisal.own_cards.scale import PLAIN
from kaibo.appraisal.own_cards.store import known_kpis
from kaibo.kpi import rule_data
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.rules import On
from kaibo.look.numbers import either

NEW = "new"


@dataclass(frozen=True)
class LinePage:
    """A form of one item. `kpi` None: of a rated one, or not chosen yet. `at`: its place now; `item`: its key there.

    `taken`: keys that another one may not have; `rest`: what the others leave of 100, in words.
    """

    rated: bool
    kpi: Kpi | None
    form: str
    line: Mapping[str, Any]
    head: Sequence[Field]
    rule: Sequence[Any]
    place: Sequence[Any] = ()
    at: str = NEW
    kpis: Mapping[str, Kpi] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    rest: str = ""

    @property
    def is_new(self) -> bool:
        return self.at == NEW

    @property
    def example(self) -> str:
        return "" if self.rated else example(self.form)

    @property
    def item(self) -> str:
        return named(self.line)

    def read(self, post: QueryDict) -> dict[str, Any]:
        """The item that was typed. Raises ValidationError for what is no number, and for what lacks."""
        weight = PLAIN.read(post.get("weight", ""), _("Weight"))
        if weight is None:
            raise ValidationError(_("Write a weight."))
        if self.rated:
            return {**rated_from(post, self.line, self.taken), "weight": weight}
        if self.kpi is None:
            raise ValidationError(_("Choose a KPI."))
        rule = rule_from(post, self.form, self.kpi, self.kpis)
        return {"kpi": self.kpi.key, "weight": weight, "rule": rule, **place_from(post, self.line, self.kpi)}


def of_item(asked: QueryDict) -> QueryDict:
    """Of what was asked only which item it is about."""
    found = QueryDict(mutable=True)
    found["item"] = asked.get("item", "")
    return found


def named(line: Mapping[str, Any]) -> str:
    return str(line.get("kpi") or line.get("key") or "")


def line_page(draft: CardVersion, place: str, asked: QueryDict, *, typed: bool = False) -> LinePage:
    """The item as it is, or (`typed`) with what was typed. Raises Http404 for an item there is not.

    `asked`: a form that was sent says which `item` it was opened for: somebody may have moved it or taken it out since.
    """
    at, rated, line = _found(draft.data, place, asked)
    kpis, data = known_kpis(), draft.data
    sections: list[Choice] = [
        (one["key"], either(one.get("zh", ""), one.get("en", "")) or one["key"]) for one in data.get("section", [])
    ]
    names = [one for one in _names(data, kpis) if one[0] != named(line)]
    weight = Field("weight", _("Weight"), asked.get("weight", line.get("weight", "")))
    rest = _rest(data, line)
    if rated:
        parts = _filled(rated_parts(line, names, sections), asked, typed=typed)
        taken = frozenset({*kpis, *(key for key, _title in names)})
        return LinePage(True, None, "", line, [weight], shown(parts), at=at, kpis=kpis, taken=taken, rest=rest)
    key = asked.get("kpi", line.get("kpi", ""))
    form = asked.get("form") or line.get("rule", {}).get("form", "linear")
    if form not in dict(FORMS):
        form = "linear"
    kpi = kpis.get(key)
    head = [
        Field(
            "kpi",
            _("Which KPI"),
            key,
            "select",
            [("", _("Choose a KPI")), *kpi_choices(kpis)],
            shows=True,
            groups=kpi_groups(kpis),
        ),
        Field("form", _("How it gives points"), form, "select", FORMS, shows=True),
        weight,
    ]
    rule = filled_rule(line, form, kpi, kpis, asked if typed else None)
    needs = _needs_target(line, form, asked)
    placing = _filled(place_parts(line, kpi, names, sections, needs_target=needs), asked, typed=typed)
    if needs:
        # without a target it gives no points: that is not folded away with what few need
        rule, placing = [*placing[:TARGET_FIELDS], *rule], placing[TARGET_FIELDS:]
    return LinePage(False, kpi, form, line, head, shown(rule), shown(placing), at, kpis, rest=rest)


def _needs_target(line: Mapping[str, Any], form: str, asked: QueryDict) -> bool:
    """As far as what is chosen or typed so far tells."""
    rule = line.get("rule", {})
    rule = rule if rule.get("form") == form else {}
    on, base = asked.get("on", rule.get("on", "value")), asked.get("base", rule.get("base", ""))
    return form == "linear" or (form in ("bands", "step") and (on == On.ATTAINMENT or (form == "step" and not base)))


def _found(data: Mapping[str, Any], place: str, asked: QueryDict) -> tuple[str, bool, Mapping[str, Any]]:
    """Where the item is, whether people rate it, and what it says."""
    kind, _dash, number = place.partition("-")
    if place == NEW:
        return NEW, asked.get("rated") == "1", {}
    if kind not in ("line", "rated") or not number.isascii() or not number.isdigit() or len(number) > 4:
        raise Http404
    items, item = data.get(kind, []), asked.get("item", "")
    there = items[int(number) - 1] if 0 < int(number) <= len(items) else None
    if there is not None and item in ("", named(there)):
        return place, kind == "rated", there
    if not item:
        raise Http404
    moved = next((n for n, one in enumerate(items, 1) if named(one) == item), None)
    # taken out meanwhile: saved once more it stands behind the others
    return (f"{kind}-{moved}", kind == "rated", items[moved - 1]) if moved else (NEW, kind == "rated", {})


def _rest(data: Mapping[str, Any], line: Mapping[str, Any]) -> str:
    """How much of the 100 the other items leave; nothing where sections say it, or a number is none."""
    if data.get("section"):
        return ""
    others = [one for name in ("line", "rated", "later") for one in data.get(name, ()) if one is not line]
    try:
        rest = 100 - sum((rule_data.number(one, "weight") for one in others), Decimal(0))
    except (KeyError, ValueError):
        return ""
    return _("The other items leave %(rest)s of 100.") % {"rest": wording.plain(rest)} if rest > 0 else ""


def _names(data: Mapping[str, Any], kpis: Mapping[str, Kpi]) -> list[Choice]:
    """Every item by its key, in the reader's language."""
    scored = [(one["kpi"], wording.title(kpis[one["kpi"]]) if one["kpi"] in kpis else one["kpi"])
              for one in data.get("line", [])]  # fmt: skip
    rated = [(one["key"], either(one.get("zh", ""), one.get("en", "")) or one["key"]) for one in data.get("rated", [])]
    return [*scored, *rated]


def filled_rule(
    line: Mapping[str, Any], form: str, kpi: Kpi | None, kpis: Mapping[str, Kpi], typed: QueryDict | None
) -> list[Part]:
    """The rule's fields with what was typed, unless those of another form were shown then."""
    if typed is None or typed.get("form_shown", form) != form:
        return parts_of(line, form, kpi, kpis)
    return as_typed(typed_parts(typed, form, kpi, kpis), typed)


def _filled(parts: list[Part], asked: QueryDict, *, typed: bool) -> list[Part]:
    return as_typed(parts, asked) if typed else parts


def with_line(data: Mapping[str, Any], place: str, line: Mapping[str, Any], *, rated: bool) -> dict[str, Any]:
    """The draft with this item in its place, or behind the others."""
    name = "rated" if rated else "line"
    items = [dict(one) for one in data.get(name, [])]
    told = {key: said for key, said in line.items() if said not in (None, "", [], {})}
    if place == NEW:
        items.append(told)
    else:
        items[int(place.partition("-")[2]) - 1] = told
    return {**data, name: items}

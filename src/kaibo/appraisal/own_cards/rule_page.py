"""A rule of their own for newcomers, or for those of a variant: a form of its own beside the item's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from kaibo.appraisal.own_cards.fields import Field, shown
from kaibo.appraisal.own_cards.item_page import LinePage, filled_rule, with_line
from kaibo.appraisal.own_cards.rule_form import BY, FORMS, example, rule_from

NEWCOMER = "newcomer"


@dataclass(frozen=True)
class OwnRule:
    """`whose`: newcomer or variant-N; `whom`: what it is called in the form; `form`: "" where there is none yet."""

    whose: str
    title: str
    whom: str
    form: str


@dataclass(frozen=True)
class RulePage:
    own: OwnRule
    item: LinePage
    form: str
    head: Sequence[Field]
    rule: Sequence[Any]

    @property
    def example(self) -> str:
        return example(self.form)

    def saved(self, data: Mapping[str, Any], post: QueryDict) -> dict[str, Any]:
        """The draft with the rule that was typed, or (`remove`) without one. Raises ValidationError."""
        rule = None if "remove" in post else rule_from(post, self.form, self.item.kpi, self.item.kpis)
        line = dict(self.item.line)
        if self.own.whose == NEWCOMER:
            line["newcomer"] = _with_rule(line.get("newcomer", {}), rule)
        else:
            variants = list(line["variants"])
            at = int(self.own.whose.partition("-")[2]) - 1
            variants[at] = _with_rule(variants[at], rule)
            line["variants"] = variants
        return with_line(data, self.item.at, line, rated=False)


def _with_rule(said: Mapping[str, Any], rule: Mapping[str, Any] | None) -> dict[str, Any]:
    kept = {name: one for name, one in said.items() if name != "rule"}
    return kept if rule is None else {**kept, "rule": rule}


def own_rules(line: Mapping[str, Any]) -> list[OwnRule]:
    """Who may have one on this item, and what it is."""
    words, by = dict(FORMS), dict(BY)

    def form(said: Mapping[str, Any]) -> str:
        return str(words.get(said.get("rule", {}).get("form", ""), ""))

    found = [OwnRule(NEWCOMER, _("Newcomers"), NEWCOMER, form(line.get("newcomer", {})))]
    for place, one in enumerate(line.get("variants", []), 1):
        key = one.get("key", "")
        title = f"{by.get(one['by'], one['by'])}: {key or '—'}"
        found.append(OwnRule(f"variant-{place}", title, f"{one['by']} {key}", form(one)))
    return found


def rule_page(item: LinePage, whose: str, asked: QueryDict, *, typed: bool) -> RulePage:
    """Raises Http404 for whom the item does not know."""
    if item.rated or item.is_new or item.kpi is None:
        raise Http404
    whom, rules = asked.get("whom", ""), own_rules(item.line)
    own = next((one for one in rules if one.whose == whose and whom in ("", one.whom)), None)
    own = own or next((one for one in rules if whom and one.whom == whom), None)
    if own is None:
        raise Http404
    line = item.line
    said = line.get("newcomer", {}) if own.whose == NEWCOMER else line["variants"][int(own.whose.partition("-")[2]) - 1]
    rule = said.get("rule") or line.get("rule", {})
    form = asked.get("form") or rule.get("form", "linear")
    if form not in dict(FORMS):
        form = "linear"
    pseudo = {"rule": rule, "weight": line.get("weight", "")}
    fields = filled_rule(pseudo, form, item.kpi, item.kpis, asked if typed else None)
    head = [Field("form", _("How it gives points"), form, "select", FORMS, shows=True)]
    return RulePage(own, item, form, head, shown(fields))

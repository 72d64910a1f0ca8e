"""A person's month for programs: the same numbers, and the same words where one lacks. See docs/api.md."""

from datetime import date
from fractions import Fraction
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from kaibo.appraisal import line_sides, month_page, wording
from kaibo.appraisal.month import MyMonth, RatedScore, month_of
from kaibo.appraisal.month_lines import MonthLine
from kaibo.appraisal.own_cards.store import adds_amounts
from kaibo.appraisal.rule_words import rule_text
from kaibo.home.api_views import api
from kaibo.home.records.saying import exact, scored
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.measures import Unit
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area
from kaibo.look import numbers
from kaibo.org.access import find_person, sees_amounts

# how many decimals of a share of amounts are told to whoever may not see these, as pages do
SHARES = {"attainment": 3, "measured_share": 3}
RATES = {"value": 4, "target": 4}


@api("GET", area=Area.SCORES)
def person_month(request: HttpRequest, user: User, pk: int, month: date) -> JsonResponse:
    """Exact numbers as text (“39001/71429”), in the KPI's unit; null where unknown, with `why` and `todo` in words."""
    person = find_person(user, pk, right=Right.SEE_NUMBERS)
    with numbers.amounts_withheld(not sees_amounts(user, person)):
        return JsonResponse(_month(month_of(person, month, role=request.GET.get("role", ""))))


def _month(mine: MyMonth) -> dict[str, Any]:
    return {
        "person": mine.person.pk, "name": mine.person.name, "month": f"{mine.month:%Y-%m}", "role": mine.role or None,
        "roles": list(mine.roles), "closed": mine.closed.snapshot if mine.closed else None,
        "card": {"title": mine.card.title, "version": mine.card.version} if mine.card else None,
        "faults": [fault.text for fault in mine.card.faults] if mine.card else [],
        "protection": month_page.protection(mine) or None,
        "points": scored(mine.total.points) if mine.total.weights else None, "of": str(mine.total.weights),
        "waiting_weight": str(mine.waiting_weight), "waiting": month_page.waiting_text(mine) or None,
        "why": None if mine.card else _("No shifts and no data in this month yet"),
        "provisional": mine.provisional,
        "immature_until": mine.immature_until.isoformat() if mine.immature_until else None,
        "lines": [*(_line(mine, line) for line in mine.lines), *(_rated(one) for one in mine.rated)],
        "later": [{"title": line.title, "weight": str(line.weight)} for line in mine.later],
    }  # fmt: skip


def _line(mine: MyMonth, line: MonthLine) -> dict[str, Any]:
    value, score, waiting = line.value, line.score, wording.waiting(line, mine.platforms)
    known = not value.missing
    # null like what is unknown, so it is said why
    told = {
        "value": exact(value.number), "numerator": value.top if known else None,
        "denominator": value.bottom if known else None, "target": exact(score.target),
        "measured_share": exact(value.measured_share) if known else None, "attainment": exact(score.attainment),
    }  # fmt: skip
    told = withheld(line.kpi, told)
    return {
        "number": line.number, "kpi": line.kpi.key, "title": wording.title(line.kpi), "unit": line.kpi.unit.value,
        "version": line.kpi.version, "weight": str(line.line.weight), "rule": rule_text(score),
        **told, "points": scored(score.points),
        "waiting": score.waiting or None, "why": waiting.why if waiting else None,
        "todo": waiting.todo or None if waiting else None,
        "sessions": value.sessions, "of_sessions": value.of_sessions, "in_part": value.in_part,
        "partial": line_sides.partial(value) or None,
        "notes": [*month_page.eased(mine, line), *month_page.notes(value)],
    }  # fmt: skip


def withheld(kpi: Kpi, told: dict[str, Any], *, amounts: bool = False) -> dict[str, Any]:
    """The figures, with null in place of amounts and a word that says so, where amounts are withheld.

    A share of amounts says neither of them once it is rounded; exact, as 39001/71429, it says both. `amounts`: they
    may be amounts though the KPI adds up none any more.
    """
    if not numbers.withholds_amounts() or not (amounts or adds_amounts(kpi)):
        return told
    shares = SHARES | (RATES if kpi.unit is not Unit.MONEY else {})
    rounded = {name: scored(Fraction(told[name]), shares[name]) for name in shares if told.get(name) is not None}
    return dict.fromkeys(told) | rounded | {"withheld": "amounts"}


def _rated(one: RatedScore) -> dict[str, Any]:
    return {
        "number": one.number, "rated": one.rated.line.kpi, "title": one.rated.title,
        "weight": str(one.rated.line.weight), "points": exact(one.score.points), "waiting": one.score.waiting or None,
        "why": wording.not_rated() if one.score.waiting else None,
        "anchors": [{"points": str(a.points), "words": wording.anchor_text(a)} for a in one.rated.anchors],
    }  # fmt: skip

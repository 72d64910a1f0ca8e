"""Months for programs: how each stands, and checking a closed one. docs/api.md names every address."""

from datetime import date
from typing import Any

from django.http import HttpRequest, JsonResponse

from kaibo.appraisal.cards import DefaultCard
from kaibo.appraisal.month_data import cards_of
from kaibo.closing import overview
from kaibo.closing.access import find_closed, find_month
from kaibo.closing.actions import ask_verification
from kaibo.home.api_views import api
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area
from kaibo.org.access import require


@api("GET", area=Area.SCORES)
def months(request: HttpRequest, user: User) -> JsonResponse:
    require(user, Right.SEE_MONTHS)
    return JsonResponse({"months": [overview.as_json(row, user) for row in overview.month_rows()]})


@api("GET", area=Area.SCORES)
def month(request: HttpRequest, user: User, month: date) -> JsonResponse:
    shown = overview.as_json(overview.month_row(find_month(user, month)), user)
    cards = [_card(card) for _role, card in sorted(cards_of(month).items())]
    return JsonResponse({**shown, "cards": cards})


def _card(card: DefaultCard) -> dict[str, Any]:
    """The card that the month is scored by; with any fault nobody is."""
    return {
        "role": card.role, "version": card.version, "title": card.title,
        "since": f"{card.since:%Y-%m}" if card.since else None,
        "lines": [{"kpi": line.kpi, "weight": str(line.weight)} for line in card.card.lines],
        "rated": [{"key": one.line.kpi, "weight": str(one.line.weight)} for one in card.rated],
        "waiting": [{"key": one.key, "weight": str(one.weight)} for one in card.later],
        "faults": [fault.text for fault in card.faults],
    }  # fmt: skip


@api("POST", area=Area.SCORES)
def verify(request: HttpRequest, user: User, month: date) -> JsonResponse:
    """Have the worker check it; the answer's `verification` is new once `job` is done."""
    closing = find_closed(user, month)
    job = ask_verification(by=user, closing=closing)
    return JsonResponse({**overview.as_json(overview.month_row(month), user), "job": job.pk}, status=202)

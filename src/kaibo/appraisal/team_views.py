"""The team's month: everyone in a role side by side, for those who lead."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kaibo.appraisal import compare_page, team_page
from kaibo.appraisal.compare import FEWEST, MOST
from kaibo.appraisal.compare import compare as compare_people
from kaibo.appraisal.team import newest_kept, team_of
from kaibo.appraisal.team_file import team_workbook
from kaibo.appraisal.team_filter import TeamFilter
from kaibo.login.access import user_of
from kaibo.login.rights import Right
from kaibo.look import numbers
from kaibo.look.ids import id_of
from kaibo.measurement.addresses import require_time
from kaibo.measurement.due import is_computing
from kaibo.measurement.months import month_of
from kaibo.org.access import people_within, require, sees_amounts


@require_safe
def team(request: HttpRequest) -> HttpResponse:
    """The month of everyone in a position; the address holds month, role, filters, order and page."""
    user = user_of(request)
    require(user, Right.SEE_NUMBERS)
    found = team_of(user, TeamFilter.of(request.GET.dict()))
    with numbers.amounts_withheld(not sees_amounts(user)):
        return render(request, "appraisal/team.html", {"team": found, "page": team_page.build(found)})


@require_safe
def team_file(request: HttpRequest) -> HttpResponse:
    """What the filter leaves, on all pages, as xlsx: with parts, basis and n."""
    user = user_of(request)
    require(user, Right.SEE_NUMBERS)
    require_time(request)
    with numbers.amounts_withheld(not sees_amounts(user)):
        return team_workbook(team_of(user, TeamFilter.of(request.GET.dict())))


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Two to four people side by side (?people=, as often as people; ?month=, ?role=)."""
    user = user_of(request)
    require(user, Right.SEE_NUMBERS)
    asked = list(dict.fromkeys(id_of(pk) or 0 for pk in request.GET.getlist("people") if pk.isdecimal()))[:50]
    known = {person.pk: person for person in people_within(user, Right.SEE_NUMBERS).filter(pk__in=asked)}
    if len(known) != len(asked):
        raise Http404
    people = [known[pk] for pk in asked]
    month = month_of(request.GET.get("month", "")) or newest_kept()
    fits = month is not None and FEWEST <= len(people) <= MOST
    context: dict[str, Any] = {"people": people, "month": month, "back": request.GET, "fewest": FEWEST, "most": MOST}
    with numbers.amounts_withheld(not all(sees_amounts(user, person) for person in people)):
        if fits and month:
            found = compare_people(people, month, request.GET.get("role", ""))
            context |= {"found": found, "sheet": compare_page.build(found), "computing": is_computing(month)}
        return render(request, "appraisal/compare.html", context)

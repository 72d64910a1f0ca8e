"""The page of exchange rates: the table, adding to it, taking back."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from kaibo.kpi.money import MOST_DAYS
from kaibo.login.access import user_of
from kaibo.login.rights import Right
from kaibo.measurement import rates as table
from kaibo.measurement.rate_forms import RatesForm
from kaibo.org.access import require

PER_PAGE = 100


@require_http_methods(["GET", "HEAD", "POST"])
def rates(request: HttpRequest) -> HttpResponse:
    """What one unit of another currency is worth in the team's, by day. Leads read and add."""
    user = user_of(request)
    require(user, Right.SEE_ROOMS)
    if request.method == "POST":
        require(user, Right.CORRECT_RECORDS, Right.CLOSE_MONTHS)
    form = RatesForm(request.POST or None) if request.method == "POST" else RatesForm()
    if request.method == "POST" and form.is_valid():
        try:
            table.add_rates(by=user, rates=form.said, source=form.cleaned_data["source"])
            return redirect("measurement:rates")
        except ValidationError as error:
            form.add_error("table", error)
    page = Paginator(table.history(), PER_PAGE).get_page(request.GET.get("page"))
    in_use = {one.pk for one in table.rates_in_use()}
    context: dict[str, Any] = {
        "form": form,
        "page": page,
        "rows": [(one, f"{one.rate.normalize():f}", one.pk in in_use) for one in page],
        "team": settings.KAIBO_CURRENCY,
        "foreign": table.foreign_currencies(),
        "used": sorted(table.used_by().items()),
        "lacking": table.lacking(),
        "most_days": MOST_DAYS,
    }
    return render(request, "measurement/rates.html", context, status=422 if form.is_bound else 200)


@require_POST
def undo_rates(request: HttpRequest) -> HttpResponse:
    """Take back what was added at once."""
    user = user_of(request)
    require(user, Right.CORRECT_RECORDS, Right.CLOSE_MONTHS)
    if not table.undo_rates(by=user, act=request.POST.get("act", "")):
        raise Http404
    return redirect("measurement:rates")

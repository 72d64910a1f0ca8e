"""The page of what was left out and why, and its file."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kaibo.login.access import user_of
from kaibo.measurement.addresses import require_time
from kaibo.measurement.due import is_computing
from kaibo.measurement.left_out_asked import asked
from kaibo.measurement.left_out_file import left_out_file as file_of

PAGE = 50


@require_safe
def left_out(request: HttpRequest) -> HttpResponse:
    """A month's reasons (?month=), and the order lines of one (?place=, ?kind=, ?page=) or of a list (?list=)."""
    found = asked(user_of(request), request.GET.dict())
    page = Paginator(found.lines, PAGE).get_page(request.GET.get("page")) if found.chosen else None
    context = {
        "month": found.month,
        "months": found.months,
        "groups": found.groups,
        "chosen": found.chosen,
        "page": page,
        "lines": page.object_list if page else [],
        "listed": found.listed,
        "computed": found.month in found.months,
        "computing": is_computing(found.month),
    }
    return render(request, "measurement/left_out.html", context)


@require_safe
def left_out_file(request: HttpRequest) -> HttpResponseBase:
    """The same as a file, on all pages."""
    require_time(request)
    return file_of(asked(user_of(request), request.GET.dict()))

"""Pages of one broadcast: the whole of it, and its minutes as a table."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from kaibo.login.access import user_of
from kaibo.measurement.access import find_broadcast, find_session
from kaibo.measurement.closed import head_of
from kaibo.measurement.minutes_page import minutes_file as file_of_minutes
from kaibo.measurement.minutes_page import minutes_page
from kaibo.measurement.products import chosen
from kaibo.measurement.products import products_file as file_of_products
from kaibo.measurement.session_page import goods_of, session_page

LINES_A_PAGE, PRODUCTS_A_PAGE = 200, 100


@require_safe
def session(request: HttpRequest, pk: int) -> HttpResponse:
    """One broadcast: sums, who was on air, what fell into each segment."""
    user = user_of(request)
    found = find_broadcast(user, pk)
    head = head_of(found.session)
    if head.pk != pk:
        return redirect("measurement:session", head.pk)
    return render(request, "measurement/session.html", {"page": session_page(user, found)})


@require_safe
def minutes(request: HttpRequest, pk: int) -> HttpResponse:
    """The table behind the panels."""
    user = user_of(request)
    asked = find_session(user, pk)
    head = head_of(asked)
    if head.pk != asked.pk:
        return redirect("measurement:minutes", head.pk)
    found = minutes_page(user, asked, request.GET.get("every", ""))
    lines = Paginator(found.lines, LINES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "measurement/minutes.html", {"found": found, "page": lines})


@require_safe
def minutes_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as xlsx, on all pages."""
    user = user_of(request)
    asked = find_session(user, pk)
    return file_of_minutes(minutes_page(user, head_of(asked), request.GET.get("every", "1")))


@require_safe
def products(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything the session sold: ?q= part of a name or id, ?sort= a column, ?page=."""
    asked = find_session(user_of(request), pk)
    head = head_of(asked)
    if head.pk != asked.pk:
        return redirect("measurement:products", head.pk)
    found = goods_of(asked)
    q, sort = request.GET.get("q", "").strip(), request.GET.get("sort", "")
    page = Paginator(chosen(found, q=q, sort=sort), PRODUCTS_A_PAGE).get_page(request.GET.get("page"))
    context = {"session": asked, "goods": found, "page": page, "q": q, "sort": sort}
    return render(request, "measurement/products.html", context)


@require_safe
def products_file(request: HttpRequest, pk: int) -> HttpResponse:
    """What that page shows, on all its pages, as xlsx."""
    asked = head_of(find_session(user_of(request), pk))
    rows = chosen(goods_of(asked), q=request.GET.get("q", ""), sort=request.GET.get("sort", ""))
    return file_of_products(asked, rows)

"""The page of what was left out and why."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kaibo.login.access import user_of
from kaibo.measurement.due import is_computing
from kaibo.measurement.finders import computed_months
from kaibo.measurement.left_out import count_of, groups, kind_of_list, lines_of
from kaibo.measurement.months import month_of
from kaibo.measurement.tags_page import tagged_batch
from kaibo.org.access import require_lead

PAGE = 50


@require_safe
def left_out(request: HttpRequest) -> HttpResponse:
    """A month's reasons (?month=), and the order lines of one (?place=, ?kind=, ?page=) or of a list (?list=)."""
    user = user_of(request)
    require_lead(user)
    listed = tagged_batch(user, request.GET.get("list", ""))
    months = computed_months()
    newest = months[0] if months else timezone.localdate().replace(day=1)
    month = month_of(request.GET.get("month", "")) or newest
    found = groups(month)
    wanted = request.GET.get("place", ""), request.GET.get("kind", "")
    if listed is not None and not wanted[0]:
        wanted = ("tagged", kind_of_list(month, listed))
    chosen = next((one for one in found if (one.place, one.kind) == wanted), None)
    page = Paginator(range(count_of(month, chosen, listed)), PAGE).get_page(request.GET.get("page")) if chosen else None
    start = page.start_index() - 1 if page and page.paginator.count else 0
    context = {
        "month": month,
        "months": months,
        "groups": found,
        "chosen": chosen,
        "page": page,
        "lines": lines_of(month, chosen, limit=PAGE, offset=start, tag_batch=listed) if chosen else [],
        "listed": listed,
        "computing": is_computing(month),
    }
    return render(request, "measurement/left_out.html", context)

"""Targets from a sheet: the file is read and shown first; nothing is saved before somebody says so, or while a cell is
wrong.
"""

import csv
from datetime import date
from io import StringIO
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from kaibo.imports.sentences import say
from kaibo.live import actions
from kaibo.live.models import Account, Target
from kaibo.live.target_forms import major
from kaibo.live.target_sheet import LIMIT, Preview, as_plain, preview
from kaibo.live.views.targets import month_of
from kaibo.login.access import user_of
from kaibo.login.rights import Right
from kaibo.look.cells import as_text
from kaibo.org.access import require
from kaibo.sources.reading import Refused

SALT = "targets from a sheet"


@require_http_methods(["GET", "POST"])
def sheet(request: HttpRequest) -> HttpResponse:
    """Choose a file, look at what it says, save it. ?empty=csv: a sheet to fill in, with what is there now."""
    user = user_of(request)
    require(user, Right.SET_TARGETS)
    month = month_of(request.POST.get("month", "") or request.GET.get("month", ""))
    if request.method == "GET":
        return _to_fill_in(month) if "empty" in request.GET else _page(request, month)
    if "said" in request.POST:
        return _save(request, month)
    upload = request.FILES.get("file")
    if upload is None or isinstance(upload, list):
        return _page(request, month, problem=(_("Choose a file first."), ""))
    try:
        found = preview(upload.read(LIMIT + 1), upload.name or "", month)
    except Refused as refused:
        return _page(request, month, problem=(say(refused.message), say(refused.todo)))
    return _page(request, month, found=found)


def _save(request: HttpRequest, month: date) -> HttpResponse:
    try:
        said = signing.loads(request.POST["said"], salt=SALT, max_age=24 * 3600)
    except signing.BadSignature:
        return _page(request, month, problem=(_("This preview is too old. Choose the file again."), ""))
    rooms = Account.objects.in_bulk([one["room"] for one in said])
    aimed = [
        (
            rooms[one["room"]], date.fromisoformat(f"{one['month']}-01"), one["amount_minor"],
            {date.fromisoformat(day): amount for day, amount in one["days"].items()},
        )
        for one in said
        if one["room"] in rooms
    ]  # fmt: skip
    changed = actions.import_targets(by=user_of(request), aimed=aimed)
    messages.success(request, ngettext("%(n)s target changed.", "%(n)s targets changed.", changed) % {"n": changed})
    first = min((month for _room, month, *_rest in aimed), default=month)
    return redirect(f"{reverse('live:targets')}?month={first:%Y-%m}")


def _page(
    request: HttpRequest, month: date, *, found: Preview | None = None, problem: tuple[str, str] | None = None
) -> HttpResponse:
    rows = [(one.line, one.column, one.value, say(one.reason)) for one in found.rejected] if found else []
    context: dict[str, Any] = {
        "month": month,
        "found": found,
        "problem": problem,
        "rejected": rows,
        "said": signing.dumps(as_plain(found.changes), salt=SALT, compress=True) if found and not rows else "",
    }
    return render(request, "live/target_sheet.html", context, status=422 if problem or rows else 200)


def _to_fill_in(month: date) -> HttpResponse:
    """Every room with its target of the month, as a sheet that can be filled in and brought back."""
    now = dict(Target.objects.filter(month=month).values_list("account", "amount_minor"))
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(["直播间", "平台", "月份", "目标"])
    for room in Account.objects.order_by("name", "pk"):
        amount = major(now.get(room.pk), room.currency)
        writer.writerow([as_text(room.handle), room.platform, f"{month:%Y-%m}", "" if amount is None else amount])
    # the mark by which spreadsheet programs know that it is UTF-8
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="targets-{month:%Y-%m}.csv"'
    return response

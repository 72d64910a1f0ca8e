"""People from a file: it is read and shown first; nothing is made before somebody says so, or while a cell is wrong."""

import csv
from io import StringIO
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kaibo.imports.sentences import say
from kaibo.login.access import user_of
from kaibo.login.rights import Right
from kaibo.message import Message
from kaibo.org import actions
from kaibo.org.access import find_people_list, require_company
from kaibo.org.actions.importing import CHECK, CHECKED_AT_ONCE
from kaibo.org.models import Department, PeopleList, Position
from kaibo.org.people_kept import planned
from kaibo.org.people_reading import LIMIT, keep, told
from kaibo.sources.reading import Refused

SHOWN = 10


@require_http_methods(["GET", "HEAD", "POST"])
def import_people(request: HttpRequest) -> HttpResponse:
    """Choose a file. ?empty=csv: a list to fill in."""
    user = user_of(request)
    require_company(user, Right.MANAGE_PEOPLE)
    if request.method != "POST":
        return _to_fill_in() if "empty" in request.GET else _choose(request)
    upload = request.FILES.get("file")
    if upload is None or isinstance(upload, list):
        return _choose(request, 422, problem=_("Choose a file first."))
    try:
        return redirect("org:people_list", keep(user, upload.read(LIMIT + 1), upload.name or "").pk)
    except Refused as refused:
        return _choose(request, 422, problem=f"{say(refused.message)} {say(refused.todo)}")


def _choose(request: HttpRequest, status: int = 200, problem: str = "") -> HttpResponse:
    context = {"problem": problem, "lists": PeopleList.objects.select_related("by")[:SHOWN]}
    return render(request, "org/import.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def people_list(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: what a list would make, or what came of it; POST: import it in the background."""
    user = user_of(request)
    found = find_people_list(user, pk)
    problem = ""
    if request.method == "POST":
        try:
            act = actions.check_people if "check" in request.POST else actions.start_people_import
            act(by=user, found=found)
            return redirect("org:people_list", pk)
        except ValidationError as error:
            problem = " ".join(error.messages)
    return _show(request, found, problem)


def _show(request: HttpRequest, found: PeopleList, problem: str) -> HttpResponse:
    running = found.job is not None and not found.job.is_over and found.done_at is None
    context: dict[str, Any] = {"list": found, "running": running, "problem": problem}
    context["checking"] = found.job is not None and found.job.kind == CHECK
    if request.headers.get("HX-Request") == "true":
        return render(request, "org/includes/import_progress.html", context)
    if found.done_at is None and not running:
        made = found.checked if len(found.rows) > CHECKED_AT_ONCE else told(planned(found))
        faults = [(*where, say(Message(**why))) for *where, why in made.get("faults", ())]
        context |= {"made": made, "faults": faults, "to_check": not made}
    return render(request, "org/people_list.html", context, status=422 if problem else 200)


def _to_fill_in() -> HttpResponse:
    """The columns, and two rows that show how; UTF-8 with the mark that spreadsheet programs need for Chinese."""
    text = StringIO()
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow(["姓名", "部门", "岗位", "任职类型", "开始", "结束", "用工方式", "其他写法", "用户名", "邮箱"])
    department, position = Department.objects.order_by("pk").first(), Position.objects.filter(key="host").first()
    if department and position:
        writer.writerow(
            ["张三（示例，请删除）", department.name, position.name, "主岗", "2026-01-01", "", "劳动合同", "三三"]
        )
    answer = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="people.csv"'
    return answer

"""标签与名单: the rules and the lists that say which orders are no sales, and what they left out."""

import io
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaibo.facts.schema import TAGGED_LINE
from kaibo.imports.access import require_files, visible_batches
from kaibo.imports.actions import NotNow, restore_batch, withdraw_batch
from kaibo.imports.models import Batch
from kaibo.imports.sentences import say
from kaibo.live import actions
from kaibo.live.access import find_tag_rule
from kaibo.live.actions.tagging import why_of
from kaibo.live.forms import USUAL_TAGS, PasteForm, TagForm
from kaibo.live.models import TagRule
from kaibo.login.access import user_of
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look.ids import id_of
from kaibo.look.numbers import exponent
from kaibo.measurement.due import is_computing
from kaibo.measurement.finders import computed_months
from kaibo.measurement.tags_page import lists, rules
from kaibo.org.access import require
from kaibo.org.forms import put
from kaibo.sources import tag_lists as sheet
from kaibo.sources.platforms import PLATFORMS

PAGE = 30
# the format of cells that are text
TEXT = 49
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "HEAD", "POST"])
def tags(request: HttpRequest) -> HttpResponse:
    """GET: lists and rules (`?edit=` opens a rule). POST: make or change a rule (owners), or paste a list (leads)."""
    user = user_of(request)
    require(user, Right.SEE_FILES)
    if request.method != "POST":
        return _page(request, user)
    if request.POST.get("act") == "paste":
        require(user, Right.IMPORT_FILES)
        return _paste(request, user)
    require(user, Right.MANAGE_ROOMS)
    number = id_of(request.POST.get("rule", ""))
    rule = None if number is None else find_tag_rule(user, number)
    form = TagForm(request.POST, currency=settings.KAIBO_CURRENCY)
    if form.is_valid():
        read = form.cleaned_data
        try:
            actions.save_tag_rule(
                by=user, tag=read["tag"], how=TagRule.By(read["how"]), value=read["value"], reason=read["reason"],
                rule=rule, seen=request.POST.get("seen", ""),
            )  # fmt: skip
            messages.success(request, _("Saved. Months already computed are computed anew."))
            return redirect("measurement:tags")
        except ValidationError as error:
            put(form, error)
    return _page(request, user, rule_form=form, editing=rule, status=422)


def _paste(request: HttpRequest, user: User) -> HttpResponse:
    require_files(user)
    form = PasteForm(request.POST)
    if form.is_valid():
        try:
            upload = actions.paste_list(by=user, **form.cleaned_data)
            return redirect("home:upload_one", upload.pk)
        except ValidationError as error:
            put(form, error)
    return _page(request, user, paste_form=form, status=422)


def _page(
    request: HttpRequest, user: User, *, rule_form: TagForm | None = None, paste_form: PasteForm | None = None,
    editing: TagRule | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    number = id_of(request.GET.get("edit", ""))
    if rule_form is None and number is not None and user.can(Right.MANAGE_ROOMS):
        editing = find_tag_rule(user, number)
    used, retired = rules()
    months = computed_months()
    context: dict[str, Any] = {
        "lists": Paginator(lists(), PAGE).get_page(request.GET.get("page")),
        "rules": [(rule, _amount(rule)) for rule in used],
        "retired": [(rule, _amount(rule)) for rule in retired],
        "form": rule_form or _rule_form(editing),
        "editing": editing,
        "paste": paste_form or PasteForm(),
        "may_edit": user.can(Right.MANAGE_ROOMS),
        "names": USUAL_TAGS,
        "computing": any(is_computing(month) for month in months[:1]),
    }
    return render(request, "measurement/tags.html", context, status=status)


def _rule_form(rule: TagRule | None) -> TagForm:
    if rule is None:
        return TagForm(currency=settings.KAIBO_CURRENCY)
    amount = _amount(rule)
    value = rule.value if amount is None else f"{Decimal(amount).scaleb(-exponent(settings.KAIBO_CURRENCY)):f}"
    initial = {"tag": rule.tag, "how": rule.by, "value": value, "reason": rule.reason}
    return TagForm(currency=settings.KAIBO_CURRENCY, initial=initial)


def _amount(rule: TagRule) -> int | None:
    """The value of an amount rule in minor units; None for the others."""
    return int(rule.value) if rule.by == TagRule.By.AMOUNT_AT_MOST and rule.value.isdecimal() else None


@require_POST
def retire_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Retire a rule with a reason, or use a retired one again (act=restore)."""
    user = user_of(request)
    rule = find_tag_rule(user, pk)
    require(user, Right.MANAGE_ROOMS)
    try:
        if request.POST.get("act") == "restore":
            actions.restore_tag_rule(by=user, rule=rule)
            messages.success(request, _("In use again. Months already computed are computed anew."))
        else:
            actions.retire_tag_rule(by=user, rule=rule, reason=request.POST.get("reason", ""))
            messages.success(request, _("Retired: its orders count again. It stands below and can be used again."))
    except ValidationError as error:
        return _refused(request, user, " ".join(error.messages))
    return redirect("measurement:tags")


@require_POST
def withdraw_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a list with a reason, or use a withdrawn one again (act=restore)."""
    user = user_of(request)
    require(user, Right.IMPORT_FILES)
    batch: Batch = get_object_or_404(visible_batches(user), pk=pk, table=TAGGED_LINE)
    reason = request.POST.get("reason", "")
    try:
        if request.POST.get("act") == "restore":
            restore_batch(by=user, batch=batch, reason=why_of(reason) if reason.strip() else "undone")
            messages.success(request, _("The list is in use again. Numbers follow in the background."))
        else:
            withdraw_batch(by=user, batch=batch, reason=why_of(reason))
            messages.success(request, _("Withdrawn: its orders count again. Numbers follow in the background."))
    except ValidationError as error:
        return _refused(request, user, " ".join(error.messages))
    except NotNow as error:
        return _refused(request, user, say(error.message))
    return redirect("measurement:tags")


def _refused(request: HttpRequest, user: User, why: str) -> HttpResponse:
    messages.error(request, why)
    return _page(request, user, status=422)


@require_safe
def tags_template(request: HttpRequest) -> HttpResponse:
    """An empty list as a workbook whose cells are text: no program turns a number of 19 digits into a figure."""
    require(user_of(request), Right.SEE_FILES)
    answer = HttpResponse(_workbook(), content_type=XLSX)
    answer["Content-Disposition"] = "attachment; filename*=UTF-8''%E6%A0%87%E7%AD%BE%E5%90%8D%E5%8D%95.xlsx"
    return answer


def _workbook() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        text, bold = book.add_format({"num_format": TEXT}), book.add_format({"bold": True, "num_format": TEXT})
        page, about = book.add_worksheet(sheet.SOURCE.own_name), book.add_worksheet(_("How to fill it in"))
        page.set_column(0, len(sheet.COLUMNS) - 1, 24, text)
        page.freeze_panes(1, 0)
        about.set_column(0, 0, 16)
        about.set_column(1, 1, 90)
        for number, column in enumerate(sheet.COLUMNS):
            page.write_string(0, number, column.name, bold)
            about.write_string(number, 0, column.name, bold)
            about.write_string(number, 1, _help()[column.name])
    return buffer.getvalue()


def _help() -> dict[str, str]:
    """What stands on the second sheet about each column; no row of it reads like a list."""
    return {
        sheet.LINE: _("One order line. A row needs this number or the order's."),
        sheet.ORDER: _("A whole order: every line of it. The cells are text already; paste values only."),
        sheet.TAG: _(
            "福袋, 样品, 自购, 刷单, 测试, or a word of your own. Leave it blank to be asked once for the whole list."
        ),
        sheet.REASON: _("Shown to whom it concerns. Leave it blank to be asked once for the whole list."),
        sheet.LIST: _("What the list is called. Leave it blank to be asked once."),
        sheet.PLATFORM: "、".join(PLATFORMS),
    }

"""Roster codes and tag rules: what people explain once."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from kaibo.live import actions
from kaibo.live.access import find_code, find_tag_rule
from kaibo.live.forms import CodeForm, TagForm
from kaibo.live.models import ShiftCode, TagRule
from kaibo.login.access import user_of
from kaibo.org.access import require_lead, require_owner
from kaibo.org.forms import put

USUAL_TAGS = ("福袋", "样品", "自购", "刷单", "测试")


@require_http_methods(["GET", "POST"])
def codes(request: HttpRequest) -> HttpResponse:
    """What each code on a month-wide roster means; `?edit=` opens one."""
    user = user_of(request)
    require_lead(user)
    if request.method == "POST":
        form = CodeForm(request.POST)
        if form.is_valid():
            try:
                actions.save_code(by=user, **form.cleaned_data)
                return redirect("live:codes")
            except ValidationError as error:
                put(form, error)
    else:
        form = CodeForm(initial=_code(request.GET.get("edit", "")))
    context = {"codes": ShiftCode.objects.select_related("account"), "form": form, "editing": request.GET.get("edit")}
    return render(request, "live/codes.html", context, status=422 if form.is_bound else 200)


def _code(code: str) -> dict[str, object]:
    found = ShiftCode.objects.filter(code=code).first()
    return model_to_dict(found) if found else {}


@require_POST
def remove_code(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    actions.remove_code(by=user, code=find_code(user, pk))
    return redirect("live:codes")


@require_http_methods(["GET", "POST"])
def tags(request: HttpRequest) -> HttpResponse:
    """Which order lines are no sales. Leads read the rules, owners make them."""
    user = user_of(request)
    require_lead(user)
    form: forms.Form
    if request.method == "POST":
        require_owner(user)
        form = TagForm(request.POST, currency=settings.KAIBO_CURRENCY)
        if form.is_valid():
            read = form.cleaned_data
            try:
                actions.save_tag_rule(
                    by=user, tag=read["tag"], how=TagRule.By(read["how"]), value=read["value"], reason=read["reason"]
                )
                return redirect("live:tags")
            except ValidationError as error:
                put(form, error)
    else:
        form = TagForm(currency=settings.KAIBO_CURRENCY)
    rules = [(rule, _amount(rule)) for rule in TagRule.objects.order_by("tag", "pk")]
    context = {
        "rules": rules,
        "form": form,
        "may_edit": user.is_owner,
        "names": ("福袋", "样品", "自购", "刷单", "测试"),
    }
    return render(request, "live/tags.html", context, status=422 if form.is_bound else 200)


def _amount(rule: TagRule) -> int | None:
    """The value of an amount rule in minor units; None for the others."""
    return int(rule.value) if rule.by == TagRule.By.AMOUNT_AT_MOST and rule.value.isdecimal() else None


@require_POST
def remove_tag(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    rule = find_tag_rule(user, pk)
    require_owner(user)
    actions.remove_tag_rule(by=user, rule=rule)
    return redirect("live:tags")

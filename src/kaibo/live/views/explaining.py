"""Roster codes: what people explain once."""

from django.core.exceptions import ValidationError
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from kaibo.live import actions
from kaibo.live.access import find_code
from kaibo.live.forms import CodeForm
from kaibo.live.models import ShiftCode
from kaibo.login.access import user_of
from kaibo.login.rights import Right
from kaibo.org.access import require
from kaibo.org.forms import put


@require_http_methods(["GET", "POST"])
def codes(request: HttpRequest) -> HttpResponse:
    """What each code on a month-wide roster means; `?edit=` opens one."""
    user = user_of(request)
    require(user, Right.SEE_ROSTER)
    if request.method == "POST":
        require(user, Right.PLAN_ROSTER)
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

"""Roles: who holds which, what somebody may and why, giving, ending and lending them."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kaibo.login.access import user_of
from kaibo.login.models import Role, User
from kaibo.login.rights import Right
from kaibo.org import actions
from kaibo.org.access import find_grant, find_holder, find_own_grant, require, visible_holders
from kaibo.org.forms import put
from kaibo.org.holders import grants_shown, in_words, may_be_lent, name_of, rights_in_words
from kaibo.org.role_forms import EndRoleForm, GiveRoleForm, LendRoleForm

PER_PAGE = 100


@require_safe
def roles(request: HttpRequest) -> HttpResponse:
    """Everyone who holds more than their own things now or later; `?role=` narrows."""
    user, today = user_of(request), timezone.localdate()
    holders = visible_holders(user)
    wanted = request.GET.get("role", "")
    shown = grants_shown().filter(Q(end=None) | Q(end__gt=today), user__in=holders.values("pk"), user__is_active=True)
    shown = shown.exclude(role=Role.PERSON).filter(**({"role": wanted} if wanted in Role.values else {}))
    page = Paginator(shown.order_by("role", "user__person__name", "user", "start"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    listed = [(name_of(one.grant.user), one) for one in in_words(list(page.object_list), today, user)]
    choices = [(one.value, one.label) for one in Role if one != Role.PERSON]
    context = {"page": page, "listed": listed, "choices": choices, "wanted": wanted}
    return render(request, "org/roles.html", context)


@require_safe
def role_holder(request: HttpRequest, pk: int) -> HttpResponse:
    """What this user may: by grant, and by right over whom, through what and until when."""
    return _holder(request, find_holder(user_of(request), pk))


def _holder(request: HttpRequest, holder: User, status: int = 200, **bound: Any) -> HttpResponse:
    user, today = user_of(request), timezone.localdate()
    held = in_words(list(grants_shown().filter(user=holder).order_by("-start", "-pk")), today, user)
    lent = in_words(list(grants_shown().filter(delegated_from__user=holder).order_by("-start", "-pk")), today, user)
    is_self = holder.pk == user.pk
    context: dict[str, Any] = {
        "holder": holder, "name": name_of(holder), "is_self": is_self, "today": today,
        "current": [one for one in held if not one.grant.until or one.grant.until > today],
        "former": [one for one in held if one.grant.until and one.grant.until <= today],
        "lent": [(name_of(one.grant.user), one) for one in lent if not one.grant.until or one.grant.until > today],
        "rights": rights_in_words(held),
        "may_give": user.can(Right.MANAGE_RIGHTS) and not is_self,
        "lendable": [one for one in held if may_be_lent(one)],
        "give_form": bound.get("give_form") or GiveRoleForm(auto_id="give_%s"),
        "lend_form": bound.get("lend_form") or (LendRoleForm(by=user, auto_id="lend_%s") if is_self else None),
        "end_form": bound.get("end_form") or EndRoleForm(auto_id="end_%s"),
    }  # fmt: skip
    return render(request, "org/role_holder.html", context, status=status)


def _change(
    request: HttpRequest, holder: User, name: str, form: forms.Form, act: Callable[[dict[str, Any]], object], said: str
) -> HttpResponse:
    if form.is_valid():
        try:
            act(form.cleaned_data)
            messages.success(request, said)
            return redirect("org:role_holder", holder.pk)
        except ValidationError as error:
            put(form, error)
    return _holder(request, holder, 422, **{name: form})


@require_POST
def give_role(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    require(user, Right.MANAGE_RIGHTS)
    holder, form = find_holder(user, pk), GiveRoleForm(request.POST, auto_id="give_%s")
    return _change(
        request, holder, "give_form", form, lambda read: actions.give_role(by=user, user=holder, **read), _("Given.")
    )


@require_POST
def end_role(request: HttpRequest, pk: int, grant: int) -> HttpResponse:
    """Whoever gives roles ends them; a lender takes back what they lent."""
    user = user_of(request)
    found = find_grant(user, grant, holder=pk)
    form = EndRoleForm(request.POST, auto_id="end_%s")
    back = user if found.source.user_id == user.pk else found.user
    return _change(
        request, back, "end_form", form, lambda read: actions.end_role(by=user, grant=found, **read), _("Ended.")
    )


@require_POST
def lend_role(request: HttpRequest, pk: int, grant: int) -> HttpResponse:
    """One's own role to somebody else for a while."""
    user = user_of(request)
    found = find_own_grant(user, grant, holder=pk)
    form = LendRoleForm(request.POST, by=user, auto_id="lend_%s")
    return _change(
        request, user, "lend_form", form, lambda read: actions.lend_role(by=user, grant=found, **read), _("Lent.")
    )

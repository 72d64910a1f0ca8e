"""The owner's hand in how people sign in: inviting them, a link for a new password, taking links back."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from kaibo.login.access import user_of
from kaibo.login.models import Link, Right, Role
from kaibo.org import actions
from kaibo.org.access import require
from kaibo.org.actions.sign_ins import free_sign_ins
from kaibo.org.forms import ConnectForm, EmailForm, InviteForm, put
from kaibo.org.views import change, person_page, to_edit


@require_POST
@never_cache
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """The answer itself shows the link, once: its text is kept nowhere, so there is nothing to redirect to."""
    user, person = to_edit(request, pk)
    form = InviteForm(request.POST, auto_id="invite_%s")
    if person.user is not None:
        return _show_link(request, pk, form, lambda: actions.invite(by=user, person=person))
    if form.is_valid():
        read = form.cleaned_data
        return _show_link(
            request, pk, form,
            lambda: actions.invite(
                by=user, person=person, username=read["username"], email=read["email"], role=Role(read["role"])
            ),
        )  # fmt: skip
    return person_page(request, person, 422, invite_form=form)


@require_POST
@never_cache
def reset_sign_in(request: HttpRequest, pk: int) -> HttpResponse:
    """As above, for someone who has lost their password."""
    user, person = to_edit(request, pk)
    form = InviteForm(request.POST, auto_id="invite_%s")
    return _show_link(request, pk, form, lambda: actions.reset_sign_in(by=user, person=person))


def _show_link(request: HttpRequest, pk: int, form: InviteForm, make: Callable[[], tuple[Link, str]]) -> HttpResponse:
    try:
        link, text = make()
    except ValidationError as error:
        put(form, error)
        return person_page(request, to_edit(request, pk)[1], 422, invite_form=form)
    url = request.build_absolute_uri(reverse(f"login:{link.kind}", args=[text]))
    return person_page(request, to_edit(request, pk)[1], link_url=url, link=link)


@require_POST
def connect_sign_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Owners only: to others there is no such address."""
    require(user_of(request), Right.MANAGE_RIGHTS)
    form = ConnectForm(request.POST, free=free_sign_ins(), auto_id="connect_%s")
    return change(
        request, pk, "connect_form", form,
        lambda by, person, read: actions.connect_sign_in(by=by, person=person, user=read["sign_in"]),
    )  # fmt: skip


@require_POST
def part_sign_in(request: HttpRequest, pk: int) -> HttpResponse:
    require(user_of(request), Right.MANAGE_RIGHTS)
    user, person = to_edit(request, pk)
    try:
        actions.part_sign_in(by=user, person=person)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("org:person", pk)


@require_POST
def take_links_back(request: HttpRequest, pk: int) -> HttpResponse:
    user, person = to_edit(request, pk)
    if actions.take_links_back(by=user, person=person):
        messages.success(request, _("The link opens nothing any more."))
    return redirect("org:person", pk)


@require_POST
def know_by_email(request: HttpRequest, pk: int) -> HttpResponse:
    form = EmailForm(request.POST, auto_id="email_%s")
    return change(
        request, pk, "email_form", form, lambda by, person, read: actions.know_by_email(by=by, person=person, **read)
    )


@require_POST
def take_off_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    user, person = to_edit(request, pk)
    try:
        actions.take_off_second_factor(by=user, person=person)
        messages.success(request, _("The second factor is off, and they are signed out everywhere."))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("org:person", pk)

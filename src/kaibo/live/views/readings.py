"""交接时抄大屏: the form for a phone, and the readings taken last."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from kaibo.live import actions
from kaibo.live.access import find_reading, rooms_of, visible_readings
from kaibo.live.forms import InstantField
from kaibo.live.models import Account
from kaibo.login.access import user_of
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.org.access import own_person, require
from kaibo.org.forms import put

SHOWN = 12


def _count(label: Any) -> forms.IntegerField:
    number = forms.NumberInput(attrs={"inputmode": "numeric"})
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=10**12, widget=number)


class ReadingForm(forms.Form):
    """Everything since the broadcast's start, as the screen shows it; empty is unknown, not zero."""

    account = forms.ModelChoiceField(Account.objects.none(), label=_("Room"))
    at = InstantField(label=_("Read at"))
    views = _count(_("Views so far"))
    gmv_minor = forms.DecimalField(
        label=_("Sales so far"), required=False, min_value=Decimal(0), max_digits=16, decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}),
    )  # fmt: skip
    orders = _count(_("Orders so far"))
    comments = _count(_("Comments so far"))
    new_followers = _count(_("New followers so far"))
    online = _count(_("Online now"))

    def __init__(self, *args: Any, rooms: QuerySet[Account], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        only = rooms.get() if rooms.count() == 1 else None
        self.fields["account"] = forms.ModelChoiceField(rooms, label=_("Room"), initial=only, empty_label=_("Choose"))

    @property
    def figures(self) -> dict[str, int | Decimal]:
        read = self.cleaned_data
        return {name: read[name] for name in self.fields if name not in ("account", "at") and read[name] is not None}

    @property
    def figure_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in ("account", "at")]


@require_http_methods(["GET", "POST"])
def readings(request: HttpRequest) -> HttpResponse:
    """GET: the form and the last readings; POST: take one."""
    user = user_of(request)
    rooms = rooms_of(user)
    now = timezone.localtime().replace(second=0, microsecond=0)
    form = ReadingForm(request.POST or None, rooms=rooms, initial={"at": now})
    if request.method == "POST":
        require(user, Right.ACT_OWN, Right.IMPORT_FILES)
    if request.method == "POST" and form.is_valid():
        person, read = own_person(user), form.cleaned_data
        try:
            actions.take_reading(
                by=user, account=read["account"], at=read["at"], figures=form.figures,
                name=person.name if person else "",
            )  # fmt: skip
            return redirect("live:readings")
        except ValidationError as error:
            put(form, error)
    return _page(request, user, form, 422 if request.method == "POST" else 200)


def _page(request: HttpRequest, user: User, form: forms.Form, status: int) -> HttpResponse:
    taken = visible_readings(user).select_related("batch", "by__person")[:SHOWN]
    rooms = rooms_of(user).exists()
    return render(request, "live/readings.html", {"form": form, "taken": taken, "rooms": rooms}, status=status)


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a mistyped reading."""
    user = user_of(request)
    found = find_reading(user, pk)
    try:
        actions.take_back_reading(by=user, reading=found)
    except ValidationError as error:
        form = ReadingForm(rooms=rooms_of(user), data={})
        form.is_valid()
        form.errors.clear()
        put(form, error)
        return _page(request, user, form, 422)
    return redirect("live:readings")

"""Terms on which somebody works, how far along a host is, and taking back what was said of a person by mistake."""

from collections.abc import Callable

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from kaibo.org import actions
from kaibo.org.forms import EngageForm, StageForm
from kaibo.org.stages import newest_change
from kaibo.org.views import change, to_edit


@require_POST
def engage(request: HttpRequest, pk: int) -> HttpResponse:
    """Other terms from a day on."""
    form = EngageForm(request.POST, auto_id="engage_%s")
    return change(
        request, pk, "engage_form", form, lambda by, person, read: actions.engage(by=by, person=person, **read)
    )


@require_POST
def move_host(request: HttpRequest, pk: int) -> HttpResponse:
    """A host's next stage."""
    _user, person = to_edit(request, pk)
    before = newest_change(person)
    form = StageForm(request.POST, auto_id="stage_%s", now=before.stage if before else None)
    return change(
        request, pk, "stage_form", form, lambda by, person, read: actions.move_host(by=by, person=person, **read)
    )


# what may be taken back for a day → how it is called on a person, and the verb with the name of what it takes
TAKEN_BACK: dict[str, tuple[str, Callable[..., None], str]] = {
    "appointment": ("appointments", actions.take_back_appointment, "appointment"),
    "engagement": ("engagements", actions.take_back_engagement, "engagement"),
    "stage": ("stages", actions.take_back_stage, "change"),
}


@require_POST
def take_back(request: HttpRequest, pk: int, what: str, of: int) -> HttpResponse:
    """What was said of a person by mistake, not longer ago than a day: `what` is a key of TAKEN_BACK."""
    _user, person = to_edit(request, pk)
    many, verb, name = TAKEN_BACK[what]
    found = getattr(person, many).filter(pk=of).first()
    if found is None:
        raise Http404
    return change(
        request, pk, "take_back_form", forms.Form({}), lambda by, _person, _read: verb(by=by, **{name: found})
    )

"""The owner's hand in the terms on which somebody works, and in how far along a host is."""

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
def take_back_engagement(request: HttpRequest, pk: int, engagement: int) -> HttpResponse:
    _user, person = to_edit(request, pk)
    found = person.engagements.filter(pk=engagement).first()
    if found is None:
        raise Http404
    return change(
        request, pk, "take_back_form", forms.Form({}),
        lambda by, _person, _read: actions.take_back_engagement(by=by, engagement=found),
    )  # fmt: skip


@require_POST
def move_host(request: HttpRequest, pk: int) -> HttpResponse:
    """A host's next stage."""
    _user, person = to_edit(request, pk)
    before = newest_change(person)
    form = StageForm(request.POST, auto_id="stage_%s", now=before.stage if before else None)
    return change(
        request, pk, "stage_form", form, lambda by, person, read: actions.move_host(by=by, person=person, **read)
    )


@require_POST
def take_back_stage(request: HttpRequest, pk: int, change_pk: int) -> HttpResponse:
    _user, person = to_edit(request, pk)
    found = person.stages.filter(pk=change_pk).first()
    if found is None:
        raise Http404
    return change(
        request, pk, "take_back_form", forms.Form({}),
        lambda by, _person, _read: actions.take_back_stage(by=by, change=found),
    )  # fmt: skip

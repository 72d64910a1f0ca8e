"""What the live views share: where to go back to, and showing what a verb refused."""

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme


def back(request: HttpRequest, usual: str) -> HttpResponse:
    """To where the form says it came from, if that is on this site; else to `usual`."""
    target = request.POST.get("next", "")
    fine = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(target if fine else usual)


def put(form: forms.Form, error: ValidationError) -> None:
    """Show a refusal beside the field it names, or above the form when it names none of its fields."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields and name != NON_FIELD_ERRORS else None, ValidationError(errors))

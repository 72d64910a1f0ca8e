"""No edit is lost: a form says what its writer saw of a record, and the verb refuses where it is otherwise by now.

The verb claims the record first, which locks its row: of two who save at once, the second finds what the first wrote.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _

from kaibo.audit.models import AuditEvent
from kaibo.look.numbers import clock, day_short


class Changed(ValidationError):
    """Somebody else was there in between. What was typed is kept; saving once more is a decision."""


def mark(row: Model) -> str:
    """What a form's hidden field carries: a digest of the record's own columns as they are."""
    return mark_of({field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields})


def mark_of(values: Mapping[Any, Any]) -> str:
    """The same of several records that one form shows."""
    text = json.dumps({str(key): value for key, value in values.items()}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def claim(row: Model, seen: str) -> None:
    """Lock the record, and raise Changed where it is not what was seen; "" is asked by nobody who saw it (programs).

    The verb's first act, before it changes anything of `row`.
    """
    # not its key: what points to it (an import of its rows) goes on meanwhile
    now = type(row)._base_manager.select_for_update(no_key=True).filter(pk=row.pk).first()
    if now is None:
        raise Changed(_("Somebody removed this since you opened it."))
    if seen and mark(now) != seen:
        raise Changed(who_changed(row))


def who_changed(target: Model) -> str:
    """Who changed it last, as the audit has it, and what to do."""
    events = AuditEvent.objects.about(target._meta.label_lower, target.pk)
    last = events.order_by("-pk").first()
    if last is None or last.erased_by is not None:
        return otherwise()
    when = f"{day_short(last.at)} {clock(last.at)}"
    text = _(
        "%(who)s changed this (%(when)s) since you opened it. What you wrote stands below; saving again replaces it."
    )
    return text % {"who": last.by_name, "when": when}


def otherwise() -> str:
    """The same where nobody is known to have done it."""
    return _("This was changed since you opened it. What you wrote stands below; saving again writes over it.")


def seen_in(form: forms.BaseForm, now: str) -> str:
    """What the form's hidden field says: what its writer saw first, until they were told that it is otherwise."""
    posted = str(form.data.get("seen", "")) if form.is_bound else ""
    told = any(isinstance(one, Changed) for one in form.errors.as_data().get("__all__", ())) if form.is_bound else False
    return now if told or not posted else posted

"""Changes to departments: made, described, put under another, closed and opened again."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaibo.audit.record import record
from kaibo.audit.seen import claim
from kaibo.login.models import User
from kaibo.org.handbook import ring
from kaibo.org.models import Appointment, Department

NAMED = 3


@transaction.atomic
def save_department(
    *, by: User | None, department: Department, name: str, name_en: str = "", purpose: str = "", purpose_en: str = "",
    parent: Department | None = None, seen: str = "",
) -> Department:  # fmt: skip
    """Its words and its place anew. `seen`: what the editor saw of it (audit.seen).

    Raises ValidationError: no name or one that is taken, and a department that would be under itself.
    """
    claim(department, seen)
    said = {"name": name, "name_en": name_en, "purpose": purpose, "purpose_en": purpose_en}
    said = {key: " ".join(value.split()) for key, value in said.items()}
    if not said["name"]:
        raise ValidationError({"name": _("Write a name.")})
    if Department.objects.filter(name=said["name"]).exclude(pk=department.pk).exists():
        raise ValidationError({"name": _("There is already a department “%(name)s”.") % {"name": said["name"]}})
    above = dict(Department.objects.values_list("pk", "parent"))
    above[department.pk] = parent.pk if parent else None
    found = ring(above, department.pk)
    if found:
        names = {one.pk: one.title for one in Department.objects.filter(pk__in=found)}
        text = _("Then it would be under itself: %(ring)s. Choose another department.")
        path = " → ".join(names[pk] for pk in [*found, department.pk])
        raise ValidationError({"parent": text % {"ring": path}})
    former = {key: getattr(department, key) for key in said}
    changed: dict[str, list[str | int | None]] = {
        key: [former[key], value] for key, value in said.items() if former[key] != value
    }
    if department.parent_id != above[department.pk]:
        changed["parent"] = [department.parent_id, above[department.pk]]
    for key, value in said.items():
        setattr(department, key, value)
    department.parent = parent
    department.save(update_fields=[*said, "parent"])
    if changed:
        record(by=by, verb="save_department", target=department, changed=changed)
    return department


@transaction.atomic
def close_department(*, by: User | None, department: Department, day: date) -> Department:
    """`day` is the first day without it; what it was before stays.

    Raises ValidationError: it is closed already, somebody holds a position in it on that day or later, a department
    under it is open.
    """
    department = Department.objects.select_for_update().get(pk=department.pk)
    if department.closed_on:
        text = _("It is closed from %(day)s on already.")
        raise ValidationError(text % {"day": department.closed_on.isoformat()})
    still = Q(end__isnull=True) | Q(end__gt=day)
    inside = Appointment.objects.filter(still, department=department).values_list("person__name", flat=True)
    names = sorted(set(inside))
    if names:
        text = ngettext(
            "%(count)s person is in it on that day or later: %(names)s. Move them first.",
            "%(count)s people are in it on that day or later: %(names)s. Move them first.",
            len(names),
        )
        shown = "、".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
        raise ValidationError(text % {"count": len(names), "names": shown})
    below = department.children.filter(Q(closed_on=None) | Q(closed_on__gt=day)).first()
    if below:
        text = _("%(name)s is under it and open. Close or move that first.")
        raise ValidationError(text % {"name": below.title})
    department.closed_on = day
    department.save(update_fields=["closed_on"])
    record(by=by, verb="close_department", target=department, day=day)
    return department


@transaction.atomic
def reopen_department(*, by: User | None, department: Department) -> Department:
    """It is there again, as if it had not been closed."""
    former, department.closed_on = department.closed_on, None
    department.save(update_fields=["closed_on"])
    record(by=by, verb="reopen_department", target=department, former=former)
    return department

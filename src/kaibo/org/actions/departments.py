"""Changes to departments: made, described, put under another, closed and opened again."""

from collections.abc import Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaibo.audit.record import record
from kaibo.audit.seen import claim
from kaibo.login.models import User
from kaibo.look import numbers
from kaibo.org.belonging import positions_of, rooms_left
from kaibo.org.handbook import ring
from kaibo.org.models import Appointment, Department, DepartmentGap, DepartmentPast
from kaibo.org.tree import parents

NAMED = 3
# of rooms that stand in the way of closing; the department's page lists all
ROOMS_NAMED = 12
# of a first day that is not spoken of
AS_IT_IS = date.min


@transaction.atomic
def save_department(
    *, by: User | None, department: Department, name: str, name_en: str = "", purpose: str = "", purpose_en: str = "",
    parent: Department | None = None, since: date | None = None, opened_on: date | None = AS_IT_IS, seen: str = "",
) -> Department:  # fmt: skip
    """Its words and its place anew. `since`: from that day on, before it stays as it was; None: it always was so.

    `seen`: what the editor saw of it (audit.seen). Raises ValidationError: no name or one that is taken, a department
    that would be under itself on that day or a later one, a day before the last change, a new name from a day to come,
    a first day after somebody held a position in it.
    """
    # two who move departments under each other's at once make no ring
    list(Department.objects.select_for_update(no_key=True).order_by("pk"))
    claim(department, seen)
    said = {"name": name, "name_en": name_en, "purpose": purpose, "purpose_en": purpose_en}
    said = {key: " ".join(value.split()) for key, value in said.items()}
    if not said["name"]:
        raise ValidationError({"name": _("Write a name.")})
    if Department.objects.filter(name=said["name"]).exclude(pk=department.pk).exists():
        raise ValidationError({"name": _("There is already a department “%(name)s”.") % {"name": said["name"]}})
    opened_on = department.opened_on if opened_on == AS_IT_IS else opened_on
    _refuse_ring(department, parent, since)
    _refuse_opening(department, opened_on)
    former = {key: getattr(department, key) for key in said}
    changed: dict[str, list[str | int | None]] = {
        key: [former[key], value] for key, value in said.items() if former[key] != value
    }
    under = parent.pk if parent else None
    if department.parent_id != under:
        changed["parent"] = [department.parent_id, under]
    if department.opened_on != opened_on:
        changed["opened_on"] = [str(department.opened_on or ""), str(opened_on or "")]
    if since is not None and {"name", "name_en", "parent"} & changed.keys():
        _keep_past(department, since, renamed="name" in changed or "name_en" in changed)
    for key, value in said.items():
        setattr(department, key, value)
    department.parent, department.opened_on = parent, opened_on
    department.save(update_fields=[*said, "parent", "opened_on"])
    if since is None and {"name", "name_en"} & changed.keys():
        # a move that lies ahead keeps how it stands until then, under the new name
        ahead = department.pasts.filter(until__gt=timezone.localdate())
        ahead.update(name=department.name, name_en=department.name_en)
    if changed:
        record(by=by, verb="save_department", target=department, changed=changed, since=since)
    return department


def _refuse_ring(department: Department, parent: Department | None, since: date | None) -> None:
    """On no day from then on may it be under itself."""
    last = department.pasts.last()
    first = since or (last.until if last else date.min)
    later = DepartmentPast.objects.filter(until__gt=first).values_list("until", flat=True)
    for day in sorted({first, *later}):
        above = {**parents(day), department.pk: parent.pk if parent else None}
        found = ring(above, department.pk)
        if found:
            names = {one.pk: one.title for one in Department.objects.filter(pk__in=found)}
            text = _("Then it would be under itself: %(ring)s. Choose another department.")
            path = " → ".join(names[pk] for pk in [*found, department.pk])
            raise ValidationError({"parent": text % {"ring": path}})


def _refuse_opening(department: Department, opened_on: date | None) -> None:
    if opened_on is None or opened_on == department.opened_on:
        return
    before = Appointment.objects.filter(department=department, start__lt=opened_on).order_by("start").first()
    if before:
        text = _("%(name)s held a position in it on %(day)s already. Choose that day or an earlier one.")
        said = {"name": before.person.name, "day": before.start.isoformat()}
        raise ValidationError({"opened_on": text % said})
    if department.closed_on and department.closed_on <= opened_on:
        raise ValidationError({"opened_on": _("It closes before that day.")})


def _keep_past(department: Department, since: date, *, renamed: bool) -> None:
    """Write down how it stood until then; a second change from the same day on corrects the first."""
    last = department.pasts.last()
    if renamed and since > timezone.localdate():
        raise ValidationError({"since": _("A name is shown at once: choose today or an earlier day for it.")})
    if department.opened_on and since <= department.opened_on:
        text = _("It is there from %(day)s on. Choose a later day, or none if it always was so.")
        raise ValidationError({"since": text % {"day": department.opened_on.isoformat()}})
    if last and since < last.until:
        text = _("It changed on %(day)s. Choose that day or a later one.")
        raise ValidationError({"since": text % {"day": last.until.isoformat()}})
    if last and since == last.until:
        return
    DepartmentPast.objects.create(
        department=department, start=last.until if last else None, until=since, parent=department.parent,
        name=department.name, name_en=department.name_en,
    )  # fmt: skip


@transaction.atomic
def close_department(*, by: User | None, department: Department, day: date) -> Department:
    """`day` is the first day without it; what it was before stays.

    Raises ValidationError: it is closed already, it is not there yet or was closed until after that day, somebody holds
    a position in it on that day or later, a department under it is open, a room belongs to it on that day or later, a
    position usually sits in it.
    """
    department = Department.objects.select_for_update().get(pk=department.pk)
    if department.closed_on:
        text = _("It is closed from %(day)s on already.")
        raise ValidationError(text % {"day": department.closed_on.isoformat()})
    _refuse_too_early(department, day)
    still = Q(end__isnull=True) | Q(end__gt=day)
    inside = Appointment.objects.filter(still, department=department).values_list("person__name", flat=True)
    names = sorted(set(inside))
    if names:
        text = ngettext(
            "%(count)s person is in it on that day or later: %(names)s. Move them first.",
            "%(count)s people are in it on that day or later: %(names)s. Move them first.",
            len(names),
        )
        raise ValidationError(text % {"count": len(names), "names": _some(names)})
    open_then = Q(closed_on=None) | Q(closed_on__gt=day)
    moving = DepartmentPast.objects.filter(parent=department, until__gt=day).values("department")
    below = Department.objects.filter(open_then, Q(parent=department) | Q(pk__in=moving)).first()
    if below:
        text = _("%(name)s is under it and open. Close or move that first.")
        raise ValidationError(text % {"name": below.title})
    _refuse_what_is_left(department, day)
    department.closed_on = day
    department.save(update_fields=["closed_on"])
    record(by=by, verb="close_department", target=department, day=day)
    return department


def _refuse_what_is_left(department: Department, day: date) -> None:
    """Rooms would be in nobody's result any more without a word, and positions sit where nobody can be appointed."""
    told = []
    if rooms := rooms_left(department, day):
        text = ngettext(
            "%(count)s room belongs to it on that day or later: %(names)s. Say on the room's page first to which "
            "department it belongs from then on.",
            "%(count)s rooms belong to it on that day or later: %(names)s. Say on the rooms' pages first to which "
            "department they belong from then on.",
            len(rooms),
        )
        told.append(text % {"count": len(rooms), "names": _some(rooms, ROOMS_NAMED)})
    if positions := [one.title for one in positions_of(department)]:
        text = ngettext(
            "%(count)s position usually sits in it: %(names)s. Choose another department on its page first.",
            "%(count)s positions usually sit in it: %(names)s. Choose another department on their pages first.",
            len(positions),
        )
        told.append(text % {"count": len(positions), "names": _some(positions)})
    if told:
        raise ValidationError(told)


def _some(names: Sequence[str], most: int = NAMED) -> str:
    return numbers.listed(names[:most]) + (" …" if len(names) > most else "")


def _refuse_too_early(department: Department, day: date) -> None:
    gap = department.gaps.last()
    first = gap.until if gap else department.opened_on
    if first and day <= first:
        text = _("It is there from %(day)s on. It closes the day after at the earliest.")
        raise ValidationError({"day": text % {"day": first.isoformat()}})


@transaction.atomic
def reopen_department(*, by: User | None, department: Department, day: date) -> Department:
    """It is there again from `day` on; that it was closed before that day stays in the chart of those days.

    On the day it closed, or before: that it closed was a mistake, and it never did. Raises ValidationError: it is open.
    """
    department = Department.objects.select_for_update().get(pk=department.pk)
    former, department.closed_on = department.closed_on, None
    if former is None:
        raise ValidationError(_("It is open."))
    department.save(update_fields=["closed_on"])
    if day > former:
        DepartmentGap.objects.create(department=department, start=former, until=day)
    record(by=by, verb="reopen_department", target=department, former=former, day=day)
    return department

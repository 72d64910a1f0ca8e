"""Everything that changes people: who they are, how rosters write them, what they hold, how they sign in."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.audit.seen import claim
from kaibo.login.actions import revoke_links
from kaibo.login.models import User
from kaibo.org.actions.appointments import appoint, end_all
from kaibo.org.actions.engagements import end_terms
from kaibo.org.actions.lifecycle import leave_path
from kaibo.org.actions.oneself import not_above, not_on_oneself
from kaibo.org.actions.roles import keep_another_owner
from kaibo.org.models import (
    Department,
    Departure,
    Person,
    PersonAlias,
    Position,
    Protection,
    ProtectionReason,
)

LONGEST_PROTECTION = timedelta(days=366)


@transaction.atomic
def create_person(
    *,
    by: User | None,
    name: str,
    position: Position | None = None,
    department: Department | None = None,
    start: date | None = None,
) -> Person:
    """A new person without sign-in; with all three given, appointed too. Raises ValidationError: name taken."""
    person = Person.objects.create(name=_free_name(name))
    record(by=by, verb="create_person", target=person, name=person.name)
    if position and department and start:
        appoint(by=by, person=person, position=position, department=department, start=start)
    return person


@transaction.atomic
def rename(*, by: User | None, person: Person, name: str, seen: str = "") -> Person:
    """Give a person another name; the former one stays an alias, because old rosters still write it.

    `seen`: what the editor saw of them (audit.seen).
    """
    claim(person, seen)
    former, wanted = person.name, _clean(name)
    if wanted == former:
        return person
    PersonAlias.objects.filter(alias=wanted, person=person).delete()
    person.name = _free_name(wanted)
    person.save(update_fields=["name"])
    PersonAlias.objects.get_or_create(alias=former, defaults={"person": person})
    record(by=by, verb="rename", target=person, former=former, name=person.name)
    return person


@transaction.atomic
def add_alias(*, by: User | None, person: Person, alias: str) -> PersonAlias:
    """Remember another way rosters write this person. Raises ValidationError when it already means someone."""
    made = PersonAlias.objects.create(alias=_free_name(alias), person=person)
    record(by=by, verb="add_alias", target=person, alias=made.alias)
    return made


@transaction.atomic
def remove_alias(*, by: User | None, alias: PersonAlias) -> None:
    """Forget it; shifts made with it stay."""
    record(by=by, verb="remove_alias", target=alias.person, alias=alias.alias)
    alias.delete()


@transaction.atomic
def protect(
    *, by: User | None, person: Person, start: date, end: date, reason: ProtectionReason = ProtectionReason.NEW
) -> Protection:
    """Score a person as a newcomer from `start` to before `end`.

    Raises ValidationError: ends before it begins, lasts over a year, or another protection covers some of the days.
    """
    not_on_oneself(by, person)
    if end <= start:
        raise ValidationError({"end": _("Choose a day after its beginning.")})
    if end > start + LONGEST_PROTECTION:
        raise ValidationError({"end": _("A protection lasts a year at the most.")})
    other = person.protections.filter(start__lt=end, end__gt=start).first()
    if other:
        text = _("Already protected from %(start)s to before %(end)s. End that first.")
        raise ValidationError({"start": text % {"start": other.start, "end": other.end}})
    made = Protection.objects.create(person=person, start=start, end=end, reason=reason)
    record(by=by, verb="protect", target=person, protection=made.pk, start=start, end=end, cause=reason)
    return made


@transaction.atomic
def end_protection(*, by: User | None, protection: Protection, end: date) -> Protection | None:
    """`end` is the first day without it; at or before its start it never was, and None is left.

    Raises ValidationError for a day after its end: a longer one is a new one.
    """
    not_on_oneself(by, protection.person)
    if end > protection.end:
        text = _("It ends on %(day)s. To go on, add another one from that day.")
        raise ValidationError({"end": text % {"day": protection.end}})
    former = protection.end
    record(
        by=by, verb="end_protection", target=protection.person,
        protection=protection.pk, start=protection.start, former=former, end=end,
    )  # fmt: skip
    if end <= protection.start:
        protection.delete()
        return None
    protection.end = end
    protection.save(update_fields=["end"])
    return protection


@transaction.atomic
def deactivate(*, by: User | None, person: Person, day: date, reason: str = "") -> Person:
    """The person left: what they hold ends on `day`, what was to begin later does not, the sign-in is closed.

    Every number stays. Raises ValidationError: they left already, or it is oneself or the last owner.
    """
    if by is not None and person.user_id == by.pk:
        raise ValidationError(_("Nobody removes themselves. Another owner can."))
    not_above(by, person)
    gone = Departure.objects.filter(person=person, back_on=None).first()
    if gone:
        text = _("%(name)s left on %(day)s already.")
        raise ValidationError({"end": text % {"name": person.name, "day": gone.day.isoformat()}})
    back = Departure.objects.filter(person=person, back_on__gt=day).order_by("-back_on").first()
    if back:
        text = _("They came back on %(day)s. Choose that day or a later one.")
        raise ValidationError({"end": text % {"day": back.back_on}})
    if person.user is not None:
        keep_another_owner(person.user)
        person.user.is_active = False
        person.user.save(update_fields=["is_active"])
        revoke_links(by=by, user=person.user)
    end_all(by=by, person=person, day=day)
    end_terms(person, day)
    person.active = False
    person.save(update_fields=["active"])
    reason = " ".join(reason.split())
    leave_path(by=by, person=person, day=day, reason=reason)
    Departure.objects.create(person=person, day=day, reason=reason)
    record(by=by, verb="deactivate", target=person, reason=reason, day=day)
    return person


@transaction.atomic
def reactivate(*, by: User | None, person: Person, day: date | None = None) -> Person:
    """The person is back from `day` on, with their old sign-in; a position is given anew, by `appoint`.

    Without a day, or on the day they left: it was a mistake, and they never left. Raises ValidationError for a day
    before they left.
    """
    not_above(by, person)
    gone = Departure.objects.filter(person=person, back_on=None).first()
    if gone and day and day < gone.day:
        text = _("They left on %(day)s only. Choose that day or a later one.")
        raise ValidationError({"start": text % {"day": gone.day.isoformat()}})
    if person.user is not None:
        # whoever never accepted their invitation is invited anew
        person.user.is_active = not person.user.is_invited
        person.user.save(update_fields=["is_active"])
    person.active = True
    person.save(update_fields=["active"])
    if gone and day:
        gone.back_on = day
        gone.save(update_fields=["back_on"])
    record(by=by, verb="reactivate", target=person, day=day, left=gone.day if gone else None)
    return person


@transaction.atomic
def add_department(*, by: User | None, name: str) -> Department:
    """A department. Raises ValidationError when there is one of that name."""
    name = _clean(name)
    if Department.objects.filter(name=name).exists():
        raise ValidationError({"name": _("There is already a department “%(name)s”.") % {"name": name}})
    made = Department.objects.create(name=name)
    record(by=by, verb="add_department", target=made, name=name)
    return made


def _clean(name: str) -> str:
    return " ".join(name.split())


def _free_name(name: str) -> str:
    """The tidied name, if neither a person nor an alias has it: rosters must never be in doubt who is meant."""
    name = _clean(name)
    if not name:
        raise ValidationError({"name": _("Write a name.")})
    if Person.objects.filter(name=name).exists():
        raise ValidationError({"name": _("There is already someone called “%(name)s”.") % {"name": name}})
    alias = PersonAlias.objects.filter(alias=name).select_related("person").first()
    if alias:
        raise ValidationError(
            {"name": _("“%(name)s” already stands for %(person)s.") % {"name": name, "person": alias.person.name}}
        )
    return name

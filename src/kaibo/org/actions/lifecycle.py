"""How far along a host is: a step at a time, from a day, with a reason where one is owed."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.login.models import User
from kaibo.org.actions.appointments import TAKEN_BACK_WITHIN
from kaibo.org.actions.oneself import not_on_oneself_but_owners
from kaibo.org.models import Person, Stage, StageChange
from kaibo.org.stages import OWES_A_REASON, newest_change, next_stages


@transaction.atomic
def move_host(*, by: User | None, person: Person, stage: Stage, day: date, reason: str = "") -> StageChange:
    """A host is at `stage` from `day` on.

    Raises ValidationError: not possible from where they are (it says what is), before the last change, without a reason
    for a pause or the end, or for somebody who left.
    """
    person = Person.objects.select_for_update().get(pk=person.pk)
    not_on_oneself_but_owners(by, person)
    if not person.active:
        raise ValidationError(_("%(name)s left. Say first that they are back.") % {"name": person.name})
    before = newest_change(person)
    possible = next_stages(before.stage if before else None)
    if stage not in possible:
        names = " / ".join(str(one.label) for one in possible)
        if before is None:
            raise ValidationError({"stage": _("To begin with: %(names)s.") % {"names": names}})
        text = _("From “%(now)s” a host goes to: %(names)s.")
        raise ValidationError({"stage": text % {"now": Stage(before.stage).label, "names": names}})
    if before is not None and day < before.day:
        text = _("The last change is of %(day)s. Choose that day or a later one.")
        raise ValidationError({"day": text % {"day": before.day.isoformat()}})
    reason = " ".join(reason.split())
    if stage in OWES_A_REASON and not reason:
        raise ValidationError({"reason": _("Say why, in a few words: it stands in their history.")})
    made = StageChange.objects.create(person=person, stage=stage, day=day, reason=reason, by=by)
    record(
        by=by, verb="move_host", target=person, reason=reason,
        stage=stage, former=before.stage if before else None, day=day,
    )  # fmt: skip
    return made


@transaction.atomic
def take_back_stage(*, by: User | None, change: StageChange) -> None:
    """It was a mistake: the host is where they were. Raises ValidationError: not the newest, or over a day old."""
    person = Person.objects.select_for_update().get(pk=change.person_id)
    not_on_oneself_but_owners(by, person)
    if newest_change(person) != change:
        raise ValidationError(_("Another change came after it. Take that back first."))
    if change.made_at <= timezone.now() - TAKEN_BACK_WITHIN:
        raise ValidationError(_("It was made more than a day ago and is history now. Say the next stage instead."))
    record(
        by=by, verb="take_back_stage", target=person, stage=change.stage, day=change.day, former_reason=change.reason
    )
    change.delete()


def leave_path(*, by: User | None, person: Person, day: date, reason: str) -> None:
    """Part of leaving, which writes it down: whoever is on a host's path is out from `day` on."""
    before = newest_change(person)
    if before is not None and before.stage != Stage.OUT:
        StageChange.objects.create(person=person, stage=Stage.OUT, day=max(day, before.day), reason=reason, by=by)

"""A list of people: received, put away, imported as a whole or not at all."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.jobs.models import Job
from kaibo.jobs.queue import enqueue
from kaibo.login.actions import prepare_sign_ins
from kaibo.login.models import User
from kaibo.org.models import Appointment, Engagement, PeopleList, Person, PersonAlias
from kaibo.org.people_file import Plan
from kaibo.org.people_kept import planned

KIND, CHECK = "import_people", "check_people"
# rows that are checked while their page is made; more take a second and are checked in the background
CHECKED_AT_ONCE = 1000
AT_ONCE = 500


@transaction.atomic
def receive_people(*, by: User | None, file_name: str, sha256: str, said: Mapping[str, Any]) -> PeopleList:
    """Keep what a file says until it is imported; nobody is made yet. `said`: titles, rows, rejected, unread."""
    made = PeopleList.objects.create(by=by, file_name=file_name[-255:], sha256=sha256, **said)
    record(by=by, verb="receive_people", target=made, file=made.file_name, sha256=sha256, rows=len(made.rows))
    if len(made.rows) > CHECKED_AT_ONCE:
        made.job = enqueue(kind=CHECK, by=by, args={"people_list": made.pk}, about=made.file_name)
        made.save(update_fields=["job"])
    return made


@transaction.atomic
def check_people(*, by: User | None, found: PeopleList) -> Job:
    """Look again, in the background, at what a list would make. Raises ValidationError when it was imported."""
    found = _waiting(found)
    if found.job is None or found.job.is_over:
        found.job = enqueue(kind=CHECK, by=by, args={"people_list": found.pk}, about=found.file_name)
        found.checked = {}
        found.save(update_fields=["job", "checked"])
        record(by=by, verb="check_people", target=found, file=found.file_name)
    return found.job


def _waiting(found: PeopleList) -> PeopleList:
    found = PeopleList.objects.select_for_update(of=("self",)).select_related("job").get(pk=found.pk)
    if found.done_at:
        raise ValidationError(_("This list is imported already."))
    return found


@transaction.atomic
def start_people_import(*, by: User, found: PeopleList) -> Job:
    """Import it in the background.

    Raises ValidationError when that was done already, while it is being checked, and where a cell is wrong: no job
    begins that can only fail.
    """
    found = _waiting(found)
    if found.job is not None and not found.job.is_over:
        if found.job.kind == CHECK:
            raise ValidationError(_("The list is still being checked. Wait for what it says."))
        return found.job
    _require_sound(found)
    found.job = enqueue(kind=KIND, by=by, args={"people_list": found.pk}, about=found.file_name)
    found.save(update_fields=["job"])
    record(by=by, verb="start_people_import", target=found, file=found.file_name)
    return found.job


def _require_sound(found: PeopleList) -> None:
    """By what is there now; of a long list by what checking it in the background found."""
    if len(found.rows) <= CHECKED_AT_ONCE:
        wrong = len(planned(found).rejected)
    elif not found.checked:
        raise ValidationError(_("The list is not checked yet. Check it again, then import it."))
    else:
        wrong = found.checked["counts"]["wrong"]
    if wrong:
        raise ValidationError(_("Cells are wrong. Nothing is imported until they are corrected."))


def import_people(*, by: User | None, found: PeopleList, made: Plan) -> dict[str, int]:
    """All of a plan or nothing of it; how many of what. The audit has one row, with a digest of its members.

    Raises ValidationError: a cell is wrong, the list was imported, or people were changed since the plan was made.
    """
    if made.rejected:
        raise ValidationError(_("Cells are wrong. Nothing is imported until they are corrected."))
    try:
        with transaction.atomic():
            return _import(by, found, made)
    except IntegrityError:
        raise ValidationError(_("People were changed meanwhile. Start the import again.")) from None


def _import(by: User | None, found: PeopleList, made: Plan) -> dict[str, int]:
    if PeopleList.objects.select_for_update().get(pk=found.pk).done_at:
        raise ValidationError(_("This list is imported already."))
    users = prepare_sign_ins(by=by, wanted=[(username, email) for _person, username, email in made.sign_ins])
    known = []
    for (person, _username, _email), user in zip(made.sign_ins, users, strict=True):
        person.user = user
        if person.pk:
            known.append(person)
    Person.objects.bulk_create(made.people, AT_ONCE)
    Person.objects.bulk_update(known, ["user"], AT_ONCE)
    PersonAlias.objects.bulk_create(made.aliases, AT_ONCE)
    # what runs ends first: nobody may have two main positions, not even in between
    Appointment.objects.bulk_update([one for one in made.ended if isinstance(one, Appointment)], ["end"], AT_ONCE)
    Engagement.objects.bulk_update([one for one in made.ended if isinstance(one, Engagement)], ["end"], AT_ONCE)
    Appointment.objects.bulk_create(made.appointments, AT_ONCE)
    Engagement.objects.bulk_create(made.engagements, AT_ONCE)
    came = {
        "people": len(made.people), "changed": len(made.changed), "appointments": len(made.appointments),
        "engagements": len(made.engagements), "aliases": len(made.aliases), "sign_ins": len(users), "same": made.same,
        "ended": len(made.ended),
    }  # fmt: skip
    found.done_at, found.came = timezone.now(), came
    found.titles, found.rows, found.rejected, found.checked = {}, [], [], {}
    found.save(update_fields=["done_at", "came", "titles", "rows", "rejected", "checked"])
    record(
        by=by, verb="import_people", target=found, file=found.file_name, sha256=found.sha256, came=came,
        members=_members(made),
    )  # fmt: skip
    return came


def _members(made: Plan) -> Iterator[str]:
    """Everything that was made or ended: a bulk verb says what it did without a row for each."""
    for one in made.people:
        yield f"person {one.pk} {one.name}"
    for held in made.appointments:
        yield f"appointment {held.pk} {held.person_id} {held.position_id} {held.department_id} {held.kind} {held.start}"
    for terms in made.engagements:
        yield f"engagement {terms.pk} {terms.person_id} {terms.kind} {terms.start}"
    for alias in made.aliases:
        yield f"alias {alias.person_id} {alias.alias}"
    for ended in made.ended:
        yield f"ended {type(ended).__name__} {ended.pk} {ended.end}"

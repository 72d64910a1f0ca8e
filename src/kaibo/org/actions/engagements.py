"""On what terms somebody works here: said from a day on, ended, taken back."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.login.models import User
from kaibo.org.actions.appointments import TAKEN_BACK_WITHIN
from kaibo.org.actions.oneself import not_on_oneself_but_owners
from kaibo.org.engagement import refuse_terms, running_terms
from kaibo.org.models import Engagement, EngagementKind, Person


@transaction.atomic
def engage(
    *, by: User | None, person: Person, kind: EngagementKind, start: date, end: date | None = None
) -> Engagement:
    """Work on these terms from `start` to before `end`; those of before end on that day.

    Raises ValidationError: it ends before it begins, other terms begin on or after that day, the same terms run, or the
    person left.
    """
    person = Person.objects.select_for_update().get(pk=person.pk)
    not_on_oneself_but_owners(by, person)
    if not person.active:
        raise ValidationError(_("%(name)s left. Say first that they are back.") % {"name": person.name})
    made = Engagement(person=person, kind=kind, start=start, end=end, made_at=timezone.now())
    there = list(person.engagements.all())
    refuse_terms(made, there)
    running = running_terms(there, start)
    if running:
        made.follows, made.follows_end = running, running.end
        _end(running, start)
    made.save()
    record(
        by=by, verb="engage", target=person, kind=kind, start=start, end=end, engagement=made.pk,
        ended=running.pk if running else None,
    )  # fmt: skip
    return made


@transaction.atomic
def take_back_engagement(*, by: User | None, engagement: Engagement) -> None:
    """It was a mistake: it never was, and the terms of before go on. Raises ValidationError: not newest, too old."""
    person = Person.objects.select_for_update().get(pk=engagement.person_id)
    not_on_oneself_but_owners(by, person)
    engagement = Engagement.objects.select_related("follows").get(pk=engagement.pk)
    if person.engagements.filter(start__gt=engagement.start).exists():
        raise ValidationError(_("Another change came after it. Take that back first."))
    if engagement.made_at <= timezone.now() - TAKEN_BACK_WITHIN:
        raise ValidationError(_("It was said more than a day ago and is history now. Say the new terms instead."))
    record(
        by=by, verb="take_back_engagement", target=person,
        kind=engagement.kind, start=engagement.start, end=engagement.end, engagement=engagement.pk,
    )  # fmt: skip
    before, end = engagement.follows, engagement.follows_end
    engagement.delete()
    if before is not None and before.end == engagement.start:
        _end(before, end)


def _end(engagement: Engagement, end: date | None) -> None:
    engagement.end = end
    engagement.save(update_fields=["end"])


def end_terms(person: Person, day: date) -> None:
    """Part of leaving, which writes it down: terms that run end on `day`, those that would begin later do not."""
    person.engagements.filter(start__gte=day).delete()
    for running in person.engagements.exclude(end__lte=day):
        _end(running, day)

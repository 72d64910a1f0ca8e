"""Verbs on words: notes and evidence during the month, talks, and who has seen a published review."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.appraisal.actions.told import not_about_oneself
from kaibo.appraisal.cycle.review_models import Acknowledgement, NoteKind, Review, ReviewNote
from kaibo.audit.record import record
from kaibo.login.models import User
from kaibo.measurement.months import next_month
from kaibo.org.models import Person


@transaction.atomic
def add_note(
    *,
    by: User,
    person: Person,
    month: date,
    kind: NoteKind,
    text: str,
    day: date | None = None,
    line: str = "",
    told: bool = False,
) -> ReviewNote:
    """Write something down about a person's month, whether its cycle is open or not; see ReviewNote.

    Raises ValidationError: no text, a day that is to come, or an observation of another month.
    """
    words = text.strip()
    today = timezone.localdate()
    day = day or today
    if not words:
        raise ValidationError({"text": _("Say what happened.")})
    if len(words) > 2000:
        raise ValidationError({"text": _("At most 2,000 characters; these are %(n)d.") % {"n": len(words)}})
    if day > today:
        raise ValidationError({"day": _("This day is to come.")})
    if kind is not NoteKind.TALK and not month <= day < next_month(month):
        raise ValidationError({"day": _("Choose a day of the month that it is about.")})
    own = person.user_id == by.pk
    # a talk is with the person, and what one writes of oneself one may read
    told = told or own or kind is NoteKind.TALK
    note = ReviewNote.objects.create(
        person=person, month=month, kind=kind, line=line[:48], day=day, text=words, told=told, by=by
    )
    record(by=by, verb="add_review_note", target=note, person=person.pk, month=f"{month:%Y-%m}", kind=kind, told=told)
    return note


@transaction.atomic
def take_back_note(*, by: User, note: ReviewNote) -> None:
    """Its writer takes it back; the row stays. Raises ValidationError for somebody else's, or a second time."""
    note = ReviewNote.objects.select_for_update(of=("self",)).get(pk=note.pk)
    if note.by_id != by.pk:
        raise ValidationError(_("Only its writer takes a note back."))
    if note.taken_back_at is not None:
        raise ValidationError(_("It was taken back already."))
    note.taken_back_at = timezone.now()
    note.save(update_fields=["taken_back_at"])
    record(by=by, verb="take_back_review_note", target=note, person=note.person_id, text=note.text)


@transaction.atomic
def acknowledge(*, by: User, review: Review) -> Acknowledgement:
    """The person has seen their published review; that is no agreement. Once a version; again does nothing."""
    review = Review.objects.select_for_update(of=("self",)).select_related("person").get(pk=review.pk)
    if review.person.user_id != by.pk:
        raise ValidationError(_("Only the person themselves says that they have seen it."))
    return _seen(by, review, delivered=False, note="")


@transaction.atomic
def record_delivery(*, by: User, review: Review, note: str) -> Acknowledgement:
    """The review was handed over in person to somebody who does not click: how, and before whom.

    Raises ValidationError without a word on how, before publication, and about one's own.
    """
    review = Review.objects.select_for_update(of=("self",)).select_related("person").get(pk=review.pk)
    not_about_oneself(by, review)
    how = " ".join(note.split())
    if not how:
        raise ValidationError({"note": _("Say how it was handed over, and who was there.")})
    return _seen(by, review, delivered=True, note=how[:300])


def _seen(by: User, review: Review, *, delivered: bool, note: str) -> Acknowledgement:
    if review.published_at is None:
        raise ValidationError(_("This review is not published."))
    told = {"by": by, "delivered": delivered, "note": note}
    found, made = Acknowledgement.objects.get_or_create(review=review, version=review.version, defaults=told)
    if made:
        record(
            by=by, verb="record_delivery" if delivered else "acknowledge_review", target=review,
            version=review.version, note=note,
        )  # fmt: skip
    return found

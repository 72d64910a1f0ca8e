"""Outages of a room: recorded by whoever saw them, confirmed by somebody else."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.audit.record import record, record_each
from kaibo.audit.seen import claim
from kaibo.live.actions.changing import stretch
from kaibo.live.actions.waiting import lock_rooms
from kaibo.live.models import Account, Outage, OutageCause
from kaibo.live.months import months_of
from kaibo.login.models import User


@transaction.atomic
def record_outage(
    *, by: User | None, account: Account, start: datetime, end: datetime, cause: OutageCause, note: str = ""
) -> Outage:
    """Write down that a room could not be watched. Raises ValidationError for wrong times, or a stretch told before."""
    lock_rooms([account.pk])
    _refuse_wrong_times(account, start, end)
    outage = Outage.objects.create(
        account=account, start=start, end=end, cause=cause, note=" ".join(note.split()), recorded_by=by
    )
    record(
        by=by, verb="record_outage", target=outage, account=account.pk, start=start, end=end, cause=cause,
        months=months_of([(start, end)]),
    )  # fmt: skip
    return outage


@transaction.atomic
def edit_outage(
    *, by: User | None, outage: Outage, start: datetime, end: datetime, cause: OutageCause, note: str = "",
    seen: str = "",
) -> Outage:  # fmt: skip
    """Correct an outage. Who corrects it is who recorded it now, so it has to be confirmed again.

    `seen`: what the editor saw of it (audit.seen).
    Raises ValidationError as record_outage does.
    """
    lock_rooms([outage.account_id])
    claim(outage, seen)
    _refuse_wrong_times(outage.account, start, end, but=outage)
    former = {"start": outage.start, "end": outage.end, "cause": outage.cause, "note": outage.note}
    stretches = [(outage.start, outage.end), (start, end)]
    outage.start, outage.end, outage.cause, outage.note = start, end, cause, " ".join(note.split())
    outage.recorded_by, outage.confirmed_by, outage.confirmed_at = by, None, None
    outage.save()
    record(
        by=by, verb="edit_outage", target=outage, former=former, start=start, end=end, cause=cause,
        months=months_of(stretches),
    )  # fmt: skip
    return outage


@transaction.atomic
def confirm_outages(*, by: User, outages: Sequence[Outage]) -> None:
    """Say that these happened as told; taken back or confirmed ones stay as they are.

    Raises ValidationError for one's own: nobody confirms what they recorded.
    """
    lock_rooms(outage.account_id for outage in outages)
    confirmed = []
    now = Outage.objects.in_bulk([outage.pk for outage in outages])
    for outage in outages:
        # who corrected it in between recorded it now
        for field in Outage._meta.concrete_fields:
            setattr(outage, field.attname, getattr(now[outage.pk], field.attname))
        if outage.removed or outage.confirmed_at is not None:
            continue
        if outage.recorded_by_id == by.pk:
            raise ValidationError(
                _("You recorded the outage of %(room)s at %(when)s yourself: somebody else has to confirm it.")
                % {"room": outage.account.name, "when": stretch(outage.start, outage.end)}
            )
        outage.confirmed_by, outage.confirmed_at = by, timezone.now()
        outage.save(update_fields=["confirmed_by", "confirmed_at"])
        confirmed.append(outage)
    months = months_of([(one.start, one.end) for one in confirmed])
    record_each(by=by, verb="confirm_outage", each=[(one, {}) for one in confirmed], months=months)


@transaction.atomic
def remove_outage(*, by: User | None, outage: Outage) -> None:
    """Take an outage back; it stays in the history and can be brought back."""
    _set_removed(by, outage, "remove_outage", removed=True)


@transaction.atomic
def restore_outage(*, by: User | None, outage: Outage) -> None:
    """Bring one back. Raises ValidationError where another was recorded for the same time meanwhile."""
    lock_rooms([outage.account_id])
    outage.refresh_from_db()
    _refuse_wrong_times(outage.account, outage.start, outage.end, but=outage)
    _set_removed(by, outage, "restore_outage", removed=False)


def _set_removed(by: User | None, outage: Outage, verb: str, *, removed: bool) -> None:
    outage.removed = removed
    outage.save(update_fields=["removed"])
    record(by=by, verb=verb, target=outage, months=months_of([(outage.start, outage.end)]))


def _refuse_wrong_times(account: Account, start: datetime, end: datetime, but: Outage | None = None) -> None:
    """Two outages of a room in one minute would leave it out twice."""
    if end <= start:
        raise ValidationError({"end": _("The end must be after the start.")})
    if start > timezone.now():
        raise ValidationError({"start": _("This is still to come. Record an outage once it happened.")})
    clash = Outage.objects.filter(account=account, removed=False, start__lt=end, end__gt=start)
    other = (clash.exclude(pk=but.pk) if but else clash).order_by("start").first()
    if other:
        raise ValidationError(
            {
                "start": _("%(room)s already has an outage at %(other)s. Change that one instead.")
                % {"room": account.name, "other": stretch(other.start, other.end)}
            }
        )

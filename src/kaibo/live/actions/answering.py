"""Who answers for a room from–to, and which rooms an ad account spends for."""

from collections.abc import Sequence
from datetime import date, datetime, time

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.audit.record import record, record_each
from kaibo.live.actions.waiting import lock_rooms
from kaibo.live.models import Account, AdAccountPart, Responsibility, RoomDuty, Session
from kaibo.live.months import months_of
from kaibo.login.models import User
from kaibo.org.models import Person


@transaction.atomic
def assign_responsibility(
    *, by: User | None, account: Account, person: Person, duty: RoomDuty, start: date, end: date | None = None
) -> Responsibility:
    """From `start` on this person answers for the duty; whoever did so until then ends on that day.

    Raises ValidationError: an end that is no later day, or somebody who begins within these days.
    """
    if end is not None and end <= start:
        raise ValidationError({"end": _("The last day must be after the first.")})
    lock_rooms([account.pk])
    of_duty = Responsibility.objects.filter(account=account, duty=duty)
    until = Q(start__lt=end) if end else Q()
    later = of_duty.filter(until, start__gte=start).order_by("start").first()
    if later:
        raise ValidationError(
            {"start": _("%(person)s has this duty from %(day)s.") % {"person": later.person, "day": later.start}}
        )
    of_duty.filter(Q(end__isnull=True) | Q(end__gt=start), start__lt=start).update(end=start)
    made = Responsibility.objects.create(account=account, person=person, duty=duty, start=start, end=end)
    record(
        by=by, verb="assign_responsibility", target=made, account=account.pk, person=person.pk, duty=duty, start=start,
        end=end, months=_months_from(account, start),
    )  # fmt: skip
    return made


@transaction.atomic
def end_responsibility(*, by: User | None, held: Responsibility, end: date) -> None:
    """The first day on which nobody, or somebody else, has the duty.

    Raises ValidationError: not after its start, or somebody else has the duty before that day.
    """
    lock_rooms([held.account_id])
    held.refresh_from_db()
    if end <= held.start:
        raise ValidationError({"end": _("The last day must be after the first.")})
    of_duty = Responsibility.objects.filter(account=held.account_id, duty=held.duty).exclude(pk=held.pk)
    later = of_duty.filter(start__gte=held.start, start__lt=end).order_by("start").first()
    if later:
        raise ValidationError(
            {"end": _("%(person)s has this duty from %(day)s.") % {"person": later.person, "day": later.start}}
        )
    former, held.end = held.end, end
    held.save(update_fields=["end"])
    record(
        by=by, verb="end_responsibility", target=held, former=former, end=end,
        months=_months_from(held.account, min(end, former or end)),
    )  # fmt: skip


@transaction.atomic
def remove_responsibility(*, by: User | None, held: Responsibility) -> None:
    """Take away one that was entered by mistake. The audit keeps what it said."""
    record(
        by=by, verb="remove_responsibility", target=held, account=held.account_id, person=held.person_id,
        duty=held.duty, start=held.start, end=held.end, months=_months_from(held.account, held.start),
    )  # fmt: skip
    held.delete()


@transaction.atomic
def map_ad_account(
    *, by: User | None, ad_account: str, start: date, parts: Sequence[tuple[Account, int]]
) -> list[AdAccountPart]:
    """From `start` on the ad account spends for these rooms in these parts; none: for none of them.

    What held until then ends on that day; what began later is replaced. Raises ValidationError: a room twice, a part
    below one.
    """
    name = " ".join(ad_account.split())
    if not name:
        raise ValidationError({"ad_account": _("Which ad account?")})
    if len({account.pk for account, _part in parts}) < len(parts) or any(part < 1 for _account, part in parts):
        raise ValidationError({"parts": _("Name each room once, with a whole part of at least 1.")})
    lock_rooms([*(account.pk for account, _part in parts), *_rooms_of(name)])
    before = AdAccountPart.objects.filter(ad_account=name)
    former = list(before.values("account", "parts", "start", "end"))
    touched = {account.pk: account for account, _part in parts}
    touched |= {row.account_id: row.account for row in before.select_related("account")}
    before.filter(start__gte=start).delete()
    before.filter(Q(end__isnull=True) | Q(end__gt=start)).update(end=start)
    made = AdAccountPart.objects.bulk_create(
        [AdAccountPart(ad_account=name, account=account, parts=part, start=start) for account, part in parts]
    )
    months = sorted({month for account in touched.values() for month in _months_from(account, start)})
    record_each(
        by=by, verb="map_ad_account", each=[(account, {}) for account in touched.values()], ad_account=name,
        start=start, former=former, parts={one.pk: part for one, part in parts}, months=months,
    )  # fmt: skip
    return made


def _rooms_of(ad_account: str) -> list[int]:
    return list(AdAccountPart.objects.filter(ad_account=ad_account).order_by().values_list("account", flat=True))


def _months_from(account: Account, start: date) -> list[str]:
    midnight = datetime.combine(start, time(), tzinfo=timezone.get_default_timezone())
    on_air = Session.objects.filter(account=account, gone=False, end__gte=midnight)
    return months_of(on_air.values_list("start", "end"))

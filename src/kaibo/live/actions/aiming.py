"""What rooms aim at: many targets at once, and the days they fall on."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.live.actions.rooms import set_target
from kaibo.live.models import Account, DayPlan, Target
from kaibo.login.models import User


@transaction.atomic
def set_targets(*, by: User | None, month: date, amounts: Mapping[Account, int | None]) -> int:
    """The targets of many rooms for a month, each with its own audit row; returns how many became different."""
    month = month.replace(day=1)
    now = dict(Target.objects.filter(month=month).values_list("account", "amount_minor"))
    changed = {account: amount for account, amount in amounts.items() if now.get(account.pk) != amount}
    for account, amount in changed.items():
        set_target(by=by, account=account, month=month, amount_minor=amount)
    return len(changed)


@transaction.atomic
def set_day_plan(
    *, by: User | None, account: Account, month: date, weekdays: Sequence[int], special: Mapping[date, tuple[int, str]]
) -> DayPlan:
    """Weights of the month's days. Raises ValidationError: not seven, below 0, nothing above 0, a day elsewhere."""
    month = month.replace(day=1)
    if len(weekdays) != 7 or any(weight < 0 for weight in weekdays):
        raise ValidationError(_("Each weekday has a weight of 0 or more."))
    if not any(weekdays) and not any(weight for weight, _name in special.values()):
        raise ValidationError(_("At least one day needs a weight above 0, else the target falls nowhere."))
    for day, (weight, _name) in special.items():
        if (day.year, day.month) != (month.year, month.month) or weight < 0:
            raise ValidationError(
                {"special": _("%(day)s is not in this month, or its weight is below 0.") % {"day": day}}
            )
    said: dict[str, Any] = {
        "weekdays": list(weekdays),
        "special": {day.isoformat(): list(what) for day, what in special.items()},
    }
    former = DayPlan.objects.filter(account=account, month=month).values("weekdays", "special").first()
    plan, _made = DayPlan.objects.update_or_create(account=account, month=month, defaults=said)
    record(by=by, verb="set_day_plan", target=account, former=former, of=month, months=[f"{month:%Y-%m}"], **said)
    return plan

"""What rooms aim at: many targets at once, and the days they fall on."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.audit.seen import Changed, mark, mark_of, otherwise, who_changed
from kaibo.live.actions.rooms import put_targets
from kaibo.live.models import Account, DayPlan, Target
from kaibo.login.models import User


@transaction.atomic
def set_targets(*, by: User | None, month: date, amounts: Mapping[Account, int | None], seen: str = "") -> int:
    """The targets of many rooms for a month, in one audit row; returns how many became different.

    `seen`: what the editor saw of the month's targets (`seen_targets`). Raises audit.seen.Changed.
    """
    month = month.replace(day=1)
    # of two who save at once the second sees what the first wrote
    list(Account.objects.select_for_update(no_key=True).order_by("pk"))
    if seen and seen_targets(month) != seen:
        raise Changed(otherwise())
    now = dict(Target.objects.filter(month=month).values_list("account", "amount_minor"))
    changed = {account: amount for account, amount in amounts.items() if now.get(account.pk) != amount}
    put_targets(by, month, changed)
    return len(changed)


def seen_targets(month: date) -> str:
    """The mark of a month's targets, all rooms."""
    return mark_of(dict(Target.objects.filter(month=month.replace(day=1)).values_list("account", "amount_minor")))


@transaction.atomic
def import_targets(*, by: User | None, aimed: Iterable[tuple[Account, date, int, Mapping[date, int]]]) -> int:
    """What a sheet says, all of it or nothing: room, month, amount, and its days where the sheet goes by days.

    Days that the sheet leaves out then aim at nothing. Returns how many targets or plans became different.
    """
    said = [(account, month.replace(day=1), amount, days) for account, month, amount, days in aimed]
    changed: set[tuple[int, date]] = set()
    for of in sorted({month for _account, month, _amount, _days in said}):
        now = dict(Target.objects.filter(month=of).values_list("account", "amount_minor"))
        amounts = {one: amount for one, month, amount, _days in said if month == of and now.get(one.pk) != amount}
        put_targets(by, of, amounts)
        changed |= {(account.pk, of) for account in amounts}
    for account, month, amount, days in said:
        if amount and days and _replan(by, account, month, days):
            changed.add((account.pk, month))
    return len(changed)


def _replan(by: User | None, account: Account, month: date, days: Mapping[date, int]) -> bool:
    """The days' amounts as weights: together they are the target, so each day gets its own amount."""
    whole = math.gcd(*days.values())
    special = {day: (amount // whole, "") for day, amount in days.items()}
    plan = DayPlan.objects.filter(account=account, month=month).first()
    said = {day.isoformat(): list(what) for day, what in special.items()}
    if plan is not None and (plan.weekdays, plan.special) == ([0] * 7, said):
        return False
    set_day_plan(by=by, account=account, month=month, weekdays=[0] * 7, special=special)
    return True


def seen_plan(account: Account, month: date) -> str:
    """The mark of a room's days of a month."""
    plan = DayPlan.objects.filter(account=account, month=month.replace(day=1)).first()
    return mark(plan) if plan else mark_of({})


@transaction.atomic
def set_day_plan(
    *, by: User | None, account: Account, month: date, weekdays: Sequence[int],
    special: Mapping[date, tuple[int, str]], seen: str = "",
) -> DayPlan:  # fmt: skip
    """Weights of the month's days. `seen`: what the editor saw of them (`seen_plan`).

    Raises audit.seen.Changed; ValidationError ValidationError: not seven, below 0, nothing above 0, a day elsewhere."""
    month = month.replace(day=1)
    # the plan may not be there yet, so its room is what two who save at once wait for
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    if seen and seen_plan(account, month) != seen:
        raise Changed(who_changed(account))
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

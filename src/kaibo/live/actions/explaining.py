"""What people explain once: codes on a month-wide roster, and which order lines are no sales."""

from datetime import time

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.live.models import Account, CrewRole, Session, ShiftCode, TagRule
from kaibo.live.months import months_of
from kaibo.live.roster_sync import sync_roster_shifts
from kaibo.login.models import User


@transaction.atomic
def save_code(
    *,
    by: User | None,
    code: str,
    off: bool = False,
    account: Account | None = None,
    role: CrewRole | str = "",
    start: time | None = None,
    end: time | None = None,
    next_day: bool = False,
) -> ShiftCode:
    """Say what a code on the roster means: a day off, or a room and hours (and a role; without one, the row's own).

    Planned shifts follow the new meaning; what people confirmed stays. Raises ValidationError, naming the field.
    """
    saved = write_code(by=by, code=code, off=off, account=account, role=role, start=start, end=end, next_day=next_day)
    sync_roster_shifts(by=by)
    return saved


def write_code(
    *,
    by: User | None,
    code: str,
    off: bool,
    account: Account | None,
    role: CrewRole | str,
    start: time | None,
    end: time | None,
    next_day: bool,
) -> ShiftCode:
    """Part of save_code, for who plans the shifts of several codes at once afterwards."""
    code = code.strip()
    if off:
        account, role, start, end, next_day = None, "", None, None, False
    else:
        _refuse_half(account, start, end, next_day)
    former = ShiftCode.objects.filter(code=code).values("off", "account", "role", "start", "end", "next_day").first()
    saved, _made = ShiftCode.objects.update_or_create(
        code=code,
        defaults={"off": off, "account": account, "role": role, "start": start, "end": end, "next_day": next_day},
    )
    record(
        by=by, verb="save_code", target=saved, former=former, code=code, off=off, role=role, start=start, end=end,
        account=account.pk if account else None, next_day=next_day,
    )  # fmt: skip
    return saved


def _refuse_half(account: Account | None, start: time | None, end: time | None, next_day: bool) -> None:
    missing = {"account": account, "start": start, "end": end}
    errors = {name: _("Needed, unless the code means a day off.") for name, value in missing.items() if value is None}
    if errors:
        raise ValidationError(errors)
    if start is not None and end is not None and not next_day and end <= start:
        raise ValidationError({"end": _("The end is before the start. If it is on the next day, say so.")})


@transaction.atomic
def remove_code(*, by: User | None, code: ShiftCode) -> None:
    """Forget a code; its rosters ask again, and the shifts it gave stay until then."""
    record(by=by, verb="remove_code", target=code, code=code.code)
    code.delete()
    sync_roster_shifts(by=by)


@transaction.atomic
def save_tag_rule(
    *, by: User | None, tag: str, how: TagRule.By, value: str, reason: str, rule: TagRule | None = None
) -> TagRule:
    """Order lines that are not sales (福袋, 样品 …). KPIs leave them out, and the person sees what was left out.

    Raises ValidationError without a tag, a reason, or, for an amount, a whole number of minor units.
    """
    tag, value, reason = tag.strip(), value.strip(), reason.strip()
    words = {"tag": tag, "value": value, "reason": reason}
    empty = {name: _("Needed: it is shown to whom it concerns.") for name, text in words.items() if not text}
    if empty:
        raise ValidationError(empty)
    if how == TagRule.By.AMOUNT_AT_MOST and not (value.isascii() and value.isdigit()):
        raise ValidationError({"value": _("Write an amount, for example 1.00.")})
    saved = rule or TagRule()
    former = {"tag": saved.tag, "by": saved.by, "value": saved.value, "reason": saved.reason} if rule else None
    saved.tag, saved.by, saved.value, saved.reason = tag, how, value, reason
    saved.save()
    record(by=by, verb="save_tag_rule", target=saved, former=former, tag=tag, how=how, value=value, why=reason,
           months=_months_on_air())  # fmt: skip
    return saved


@transaction.atomic
def remove_tag_rule(*, by: User | None, rule: TagRule) -> None:
    """Its lines count again."""
    record(by=by, verb="remove_tag_rule", target=rule, tag=rule.tag, value=rule.value, months=_months_on_air())
    rule.delete()


def _months_on_air() -> list[str]:
    return months_of(Session.objects.filter(gone=False).values_list("start", "end"))

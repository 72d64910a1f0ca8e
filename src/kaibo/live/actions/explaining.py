"""What people explain once: codes on a month-wide roster."""

from datetime import time

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.live.models import Account, CrewRole, ShiftCode
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

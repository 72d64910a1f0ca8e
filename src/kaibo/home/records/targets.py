"""What rooms aim at: every target, setting one, and a whole sheet of them as text."""

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.home.records.saying import Kind, Plain, Told, Verb, Wrong, found_all, number, words
from kaibo.imports.sentences import say
from kaibo.live import actions
from kaibo.live.access import find_account
from kaibo.live.business_days import business_day
from kaibo.live.models import Target
from kaibo.live.target_sheet import Aimed, as_plain, preview
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area
from kaibo.look.dates import in_range
from kaibo.org.access import require
from kaibo.sources.reading import Refused


def _target(one: Target) -> Plain:
    return {
        "id": one.pk, "room": one.account_id, "month": f"{one.month:%Y-%m}", "amount_minor": one.amount_minor,
        "currency": one.account.currency,
    }  # fmt: skip


def _targets(user: User) -> Any:
    require(user, Right.SEE_ROOMS)
    return Target.objects.select_related("account").order_by("-month", "account", "pk")


def _set(user: User, _pk: int, told: Told) -> Plain:
    require(user, Right.SET_TARGETS)
    [room] = found_all([number(told, "room")], lambda pk: find_account(user, pk), "room")
    month = _month(words(told, "month"))
    minor = None if told.get("amount_minor") in (None, "") else number(told, "amount_minor")
    if minor is not None and minor < 0:
        raise Wrong({"amount_minor": [_("This amount cannot be negative.")]})
    actions.set_target(by=user, account=room, month=month, amount_minor=minor)
    return {"room": room.pk, "month": f"{month:%Y-%m}", "amount_minor": minor, "currency": room.currency}


def _check(user: User, _pk: int, told: Told) -> Plain:
    require(user, Right.SET_TARGETS)
    return {"targets": as_plain(_read(told))}


def _import(user: User, _pk: int, told: Told) -> Plain:
    require(user, Right.SET_TARGETS)
    aimed = _read(told)
    said = [(one.account, one.month, one.amount_minor, one.days) for one in aimed]
    return {"changed": actions.import_targets(by=user, aimed=said), "targets": as_plain(aimed)}


def _read(told: Told) -> list[Aimed]:
    """Raises Wrong: of every wrong cell its line, column, value and what to do; then nothing is saved."""
    month = _month(words(told, "month")) if told.get("month") else business_day(timezone.now()).replace(day=1)
    try:
        found = preview(words(told, "table").encode(), "table.csv", month)
    except Refused as refused:
        raise Wrong({"table": [f"{say(refused.message)} {say(refused.todo)}"]}) from refused
    if found.rejected:
        raise Wrong(
            {
                "table": [
                    _("Line %(line)s, %(column)s, “%(value)s”: %(why)s")
                    % {"line": one.line, "column": one.column, "value": one.value, "why": say(one.reason)}
                    for one in found.rejected
                ]
            }
        )
    return found.aimed


def _month(text: str) -> date:
    try:
        return in_range(date.fromisoformat(f"{text}-01"))
    except ValueError:
        raise Wrong({"month": [_("Say a month like 2026-11.")]}) from None


TARGETS = Kind(
    "targets", "what rooms aim at, minor units of the room's currency, the newest month first", _targets, _target,
    (
        Verb("set", "set one; without amount_minor there is none", ("room", "month", "amount_minor?"), _set,
             of_one=False),
        Verb("check", "what a sheet (rows of text with a header) would make them; nothing is saved",
             ("table", "month?"), _check, of_one=False, reads=True),
        Verb("import", "save a sheet, all of it or nothing; a shell reads a file by table=@targets.xlsx",
             ("table", "month?"), _import, of_one=False),
    ), area=Area.LIVE,
)  # fmt: skip

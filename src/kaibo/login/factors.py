"""Second factors: an authenticator app (TOTP), passkeys (WebAuthn) and the recovery codes for when both are lost.

The rows and the cryptography are allauth's; here are the verbs, each with its audit row, and the check of a code.
"""

import hmac
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.login.access import needs_second_factor
from kaibo.login.models import User

Kind = Authenticator.Type


@dataclass(frozen=True)
class Factors:
    """What a user has set up."""

    app: Authenticator | None
    keys: list[Authenticator]
    codes_left: int


def factors_of(user: User) -> Factors:
    """What this user has set up. One query."""
    rows = list(Authenticator.objects.filter(user=user).order_by("pk"))
    codes = next((row for row in rows if row.type == Kind.RECOVERY_CODES), None)
    return Factors(
        app=next((row for row in rows if row.type == Kind.TOTP), None),
        keys=[row for row in rows if row.type == Kind.WEBAUTHN],
        codes_left=len(codes.wrap().get_unused_codes()) if codes else 0,
    )


@transaction.atomic
def use_code(user: User, code: str) -> str | None:
    """Which of the user's factors this code is of, and it is used up: no code opens anything twice. None: wrong."""
    code = "".join(code.split())
    rows = Authenticator.objects.select_for_update().filter(user=user, type__in=[Kind.TOTP, Kind.RECOVERY_CODES])
    for row in rows:
        used = _use_totp(row, code) if row.type == Kind.TOTP else RecoveryCodes(row).validate_code(code)
        if used:
            Authenticator.objects.filter(pk=row.pk).update(last_used_at=timezone.now())
            if row.type == Kind.RECOVERY_CODES:
                record(by=user, verb="login.used_recovery_code", target=user)
            return str(row.type)
    return None


def _use_totp(row: Authenticator, code: str) -> bool:
    """A code of now, or half a minute off, that is newer than the last one used. All web processes see that row."""
    secret, last = decrypt(row.data["secret"]), row.data.get("counter", -1)
    for counter in yield_hotp_counters_from_time():
        expected = format_hotp_value(hotp_value(secret, counter))
        if counter > last and hmac.compare_digest(expected.encode(), code.encode()):
            row.data["counter"] = counter
            row.save(update_fields=["data"])
            return True
    return False


@transaction.atomic
def add_app(*, by: User, secret: str) -> list[str]:
    """The authenticator app that holds `secret`, in place of a former one. The recovery codes, if these are new."""
    Authenticator.objects.filter(user=by, type=Kind.TOTP).delete()
    TOTP.activate(by, secret)
    return _added(by, "app")


@transaction.atomic
def add_key(*, by: User, name: str, credential: dict[str, Any]) -> list[str]:
    """A passkey whose registration has been checked. The recovery codes, if these are new."""
    Authenticator.objects.create(user=by, type=Kind.WEBAUTHN, data={"name": name, "credential": credential})
    return _added(by, "passkey")


@transaction.atomic
def remove_factor(*, by: User, factor: Authenticator) -> None:
    """One's own app or passkey. Raises ValidationError for the last one of somebody who must have one."""
    rest = Authenticator.objects.filter(user=by).exclude(pk=factor.pk).exclude(type=Kind.RECOVERY_CODES)
    last = not rest.exists()
    if last and needs_second_factor(by):
        raise ValidationError(_("You need a second factor. Set up another one first, then remove this one."))
    record(by=by, verb="login.remove_factor", target=by, kind=factor.type)
    factor.delete()
    if last:
        Authenticator.objects.filter(user=by).delete()
    _keep_true(by)


@transaction.atomic
def new_codes(*, by: User) -> list[str]:
    """Ten fresh recovery codes; the older ones open nothing from now on."""
    Authenticator.objects.filter(user=by, type=Kind.RECOVERY_CODES).delete()
    record(by=by, verb="login.new_recovery_codes", target=by)
    return list(RecoveryCodes.activate(by).generate_codes())


@transaction.atomic
def remove_all_factors(*, by: User | None, user: User) -> int:
    """For somebody whose phone is lost: they sign in with their password alone, and set one up again. How many."""
    rows = Authenticator.objects.filter(user=user)
    count: int = rows.exclude(type=Kind.RECOVERY_CODES).count()
    rows.delete()
    _keep_true(user)
    if count:
        record(by=by, verb="login.remove_all_factors", target=user, count=count)
    return count


def _added(user: User, what: str) -> list[str]:
    record(by=user, verb="login.add_factor", target=user, kind=what)
    _keep_true(user)
    if Authenticator.objects.filter(user=user, type=Kind.RECOVERY_CODES).exists():
        return []
    return list(RecoveryCodes.activate(user).generate_codes())


def _keep_true(user: User) -> None:
    """The user's own column says whether there is a second factor."""
    rows = Authenticator.objects.filter(user=user).exclude(type=Kind.RECOVERY_CODES)
    user.second_factor = rows.exists()
    user.save(update_fields=["second_factor"])

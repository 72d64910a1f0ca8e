"""What stands between a right password and being signed in."""

from allauth.account.stages import LoginStage
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpResponse
from django.shortcuts import redirect


class SecondFactor(LoginStage):  # type: ignore[misc]
    """Asks for a code or a key of those who have set one up.

    Not allauth's own stage, with which fido2 and cryptography would be loaded by every web process at its start.
    """

    key = "second_factor"
    urlname = "login:second_factor"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        if is_mfa_enabled(self.login.user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]):
            return redirect(self.urlname), True
        return None, True

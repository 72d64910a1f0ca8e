"""How allauth's flows of signing in behave here: nobody signs up, pages are ours, secrets are kept encrypted."""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from kaibo.login.models import User
from kaibo.login.sessions import enter


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    """Signing in: the password (or the company) first, then the second factor, then in."""

    def get_login_stages(self) -> list[str]:
        return ["kaibo.login.stages.SecondFactor"]

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        enter(request, user)

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> None:
        return None

    def post_login(
        self, request: HttpRequest, user: User, *, redirect_url: str | None = None, **kwargs: Any
    ) -> HttpResponse:
        return HttpResponseRedirect(redirect_url or "/")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """No mail server is asked for, so no flow sends any."""


class Factors(DefaultMFAAdapter):  # type: ignore[misc]
    """What an authenticator app or a key is told of this installation and of its user."""

    def get_totp_issuer(self) -> str:
        return "Kaibo"

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        return str(user.get_username())

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Kaibo"}

    def encrypt(self, text: str) -> str:
        return str(_box().encrypt(text.encode()).decode())

    def decrypt(self, encrypted_text: str) -> str:
        return str(_box().decrypt(encrypted_text.encode()).decode())


def _box() -> Any:
    """A copy of the database alone tells nobody's second factor."""
    # half the time of a start, and needed by few requests
    from cryptography.fernet import Fernet

    key = hashlib.sha256(f"second factor\0{settings.INSTALLATION_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))

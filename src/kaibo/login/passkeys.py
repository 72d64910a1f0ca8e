"""Passkeys (WebAuthn), by allauth and fido2: what the browser is asked, and whether its answer is right."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from kaibo.login.models import User


def possible(request: HttpRequest) -> bool:
    """Browsers offer passkeys only over https, or on the machine itself under the name localhost."""
    host = request.get_host().partition(":")[0]
    return host == "localhost" or (request.is_secure() and not host.replace(".", "").isdigit())


def ask_registration(user: User) -> dict[str, Any]:
    """What the browser is to make a key from; the challenge is kept in the session."""
    return dict(_auth().begin_registration(user, False))


def ask_authentication(user: User) -> dict[str, Any]:
    """What the browser is to sign; the challenge is kept in the session."""
    return dict(_auth().begin_authentication(user))


def check_registration(credential: object) -> dict[str, Any]:
    """The credential, if it answers the challenge of this session; else ValidationError."""
    with _Refusing():
        auth = _auth()
        auth.parse_registration_response(credential)
        auth.complete_registration(credential)
    assert isinstance(credential, dict)  # noqa: S101 — parsed as one above
    return credential


def check_authentication(user: User, credential: object) -> Authenticator:
    """Which of the user's keys has signed the challenge of this session; else ValidationError."""
    with _Refusing():
        auth = _auth()
        auth.parse_authentication_response(credential)
        return auth.complete_authentication(user, credential)


class _Refusing:
    """Whatever a forged or broken answer makes the libraries raise is one refusal."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _where: object) -> None:
        from cryptography.exceptions import InvalidSignature

        if isinstance(error, ValidationError | ValueError | TypeError | KeyError | AttributeError | InvalidSignature):
            raise ValidationError(_("The passkey was not accepted. Try again, or use another way.")) from error


def _auth() -> Any:
    # fido2 and its cryptography take longer to load than all else here, and few requests need them
    from allauth.mfa.webauthn.internal import auth

    return auth

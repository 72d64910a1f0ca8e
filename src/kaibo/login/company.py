"""The company's own sign-on over OpenID Connect: asking it who somebody is, and believing only what it signed for us.

Discovery, the exchange of the code, PKCE and the states are allauth's; its provider takes an ID token on trust where it
came straight from the token endpoint, so signature, issuer, audience, time and nonce are checked here, always.
Imported only by requests that need it: requests and cryptography take longer to load than the rest of a sign-in.
"""

import hmac
import secrets
from dataclasses import dataclass
from typing import Any

import jwt
import requests
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

COMPANY = "company"
# what a provider's public keys sign with; none of these can be made with what everybody knows
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
REQUIRED = ["exp", "iat", "iss", "aud", "sub"]
LEEWAY_SECONDS = 60


class Refused(Exception):
    """Nobody is signed in; `text` says why and what to do. `forged`: the answer itself was wrong, for the audit."""

    def __init__(self, text: str, *, status: int = 403, forged: str = "") -> None:
        super().__init__(text)
        self.text, self.status, self.forged = text, status, forged


@dataclass(frozen=True)
class Claim:
    """Who the company says it is. `email` is empty unless the company says that it is verified."""

    issuer: str
    subject: str
    email: str
    unverified: str
    next: str


def ask(request: HttpRequest, next_page: str) -> str:
    """The address to which the browser goes now; what the answer must fit is kept in the session. Raises Refused."""
    challenge = generate_code_challenge()
    nonce = secrets.token_urlsafe(24)
    kept = {"nonce": nonce, "next": next_page, "verifier": challenge.pop("code_verifier")}
    where = _discovered()["authorization_endpoint"]
    state = statekit.stash_state(request, provider_id=COMPANY, state=kept)
    asked = {
        "response_type": "code", "client_id": _client_id(), "redirect_uri": _callback(request),
        "scope": "openid email", "state": state, "nonce": nonce, **challenge,
    }  # fmt: skip
    return f"{where}?{urlencode(asked)}"


def answered(request: HttpRequest) -> Claim:
    """What the company answered, once it is believed. Raises Refused: broken off, forged, replayed, late, silent."""
    kept = statekit.unstash_state(request, provider_id=COMPANY, state_id=request.GET.get("state", ""))
    if kept is None:
        raise Refused(
            _("This answer of the company's sign-on belongs to no sign-in that was begun here, or was used already.")
        )
    if "code" not in request.GET:
        raise Refused(_("The company's sign-on was broken off. Begin again, or sign in with your password."))
    told = _discovered()
    try:
        tokens = _exchange(request, told, kept["verifier"])
        claims = _believed(tokens.get("id_token"), told, kept["nonce"])
        if "email" not in claims and "userinfo_endpoint" in told:
            claims = {**_userinfo(told, tokens["access_token"], claims["sub"]), **claims}
    except (OAuth2Error, jwt.PyJWTError, ValueError, KeyError, TypeError) as error:
        said = _("The answer of the company's sign-on could not be verified, so nobody was signed in. Begin again.")
        raise Refused(said, forged=f"{type(error).__name__}: {error}"[:200]) from error
    email = str(claims.get("email") or "")
    verified = claims.get("email_verified") in (True, "true")
    return Claim(told["issuer"], str(claims["sub"]), email if verified else "", email, kept["next"])


def _believed(token: object, told: dict[str, Any], nonce: str) -> dict[str, Any]:
    """The claims of an ID token that the company signed, for us, lately, in answer to this very question."""
    if not isinstance(token, str):
        raise OAuth2Error("no ID token")
    kid = jwt.get_unverified_header(token).get("kid")
    keys = jwt.PyJWKSet.from_dict(_get(told["jwks_uri"])).keys
    fitting = [key for key in keys if kid is None or key.key_id == kid]
    if len(fitting) != 1:
        raise OAuth2Error("no key of the company fits")
    claims: dict[str, Any] = jwt.decode(
        token, fitting[0].key, algorithms=ALGORITHMS, audience=_client_id(), issuer=told["issuer"],
        leeway=LEEWAY_SECONDS, options={"require": REQUIRED},
    )  # fmt: skip
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != _client_id():
        raise OAuth2Error("made for another program too")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise OAuth2Error("the nonce is not ours")
    return claims


def _exchange(request: HttpRequest, told: dict[str, Any], verifier: str) -> dict[str, Any]:
    methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    client = OAuth2Client(
        request, _client_id(), settings.OIDC["client_secret"], "POST", told["token_endpoint"], _callback(request),
        basic_auth="client_secret_post" not in methods,
    )  # fmt: skip
    try:
        answer: dict[str, Any] = client.get_access_token(request.GET["code"], pkce_code_verifier=verifier)
    except requests.RequestException as error:
        raise _silent() from error
    return answer


def _userinfo(told: dict[str, Any], access_token: str, subject: str) -> dict[str, Any]:
    said = _get(told["userinfo_endpoint"], {"Authorization": f"Bearer {access_token}"})
    if said.get("sub") != subject:
        raise OAuth2Error("the user info is of somebody else")
    return said


def _discovered() -> dict[str, Any]:
    """What the company says of its sign-on. Another issuer than the one that is set is not it."""
    issuer = settings.OIDC["issuer"].rstrip("/")
    told = _get(f"{issuer}/.well-known/openid-configuration")
    if str(told.get("issuer", "")).rstrip("/") != issuer:
        raise _silent()
    return told


def _get(url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    try:
        with get_adapter().get_requests_session() as session:
            answer = session.get(url, headers=headers)
            answer.raise_for_status()
            told: dict[str, Any] = answer.json()
    except requests.RequestException as error:
        raise _silent() from error
    return told


def _silent() -> Refused:
    return Refused(
        _("The company's sign-on does not answer as it should. Try again later, or sign in with your password."),
        status=503,
    )


def _callback(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("login:company_answer"))


def _client_id() -> str:
    return str(settings.OIDC["client_id"])

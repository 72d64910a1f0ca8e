"""API tokens: making one (shown once), revoking it, who a request's token speaks for and how far."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.utils import timezone

from kaibo.audit.record import record
from kaibo.login.models import ApiToken, User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import MONEY, SCOPES, in_order

PREFIX = "kaibo_"
# how often the time of the last use is written
USED_EVERY = timedelta(hours=1)


def make_token(
    *, by: User, name: str, scopes: Collection[str] = SCOPES, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A new token of this user, and its text, which nobody can read again; unless said, of every scope and for ever."""
    held = in_order(scopes)
    text = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(user=by, name=name, sha256=_hash(text), scopes=held, expires_at=expires_at)
        record(by=by, verb="token made", target=token, name=name, scopes=held, expires_at=expires_at)
    return token, text


def revoke_token(*, by: User, token: ApiToken) -> None:
    """The token opens nothing from now on. Revoked twice is revoked once."""
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
            record(by=by, verb="token revoked", target=token, name=token.name, scopes=token.scopes)


def find_token(user: User, pk: int) -> ApiToken:
    """The user's own token; else Http404."""
    token = ApiToken.objects.filter(pk=pk, user=user).first()
    if token is None:
        raise Http404
    return token


def token_of(request: HttpRequest) -> ApiToken | None:
    """The token of `Authorization: Bearer …`; None for none, a wrong, revoked or expired one, or a user who has left.

    Its `user` knows its scopes, and sees no amounts where it has not the scope for them.
    """
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not text.startswith(PREFIX):
        return None
    now = timezone.now()
    lasts = Q(expires_at=None) | Q(expires_at__gt=now)
    found = ApiToken.objects.filter(lasts, sha256=_hash(text.strip()), revoked_at=None, user__is_active=True)
    token = found.select_related("user").first()
    if token is None:
        return None
    if token.used_at is None or now - token.used_at > USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(used_at=now)
    token.user.scopes = frozenset(token.scopes)
    if MONEY not in token.scopes:
        token.user.withheld = frozenset({Right.SEE_MONEY})
    return token


def _hash(text: str) -> str:
    # random and long: a slow hash would only slow the requests down
    return hashlib.sha256(text.encode()).hexdigest()

"""API tokens: making one (shown once), revoking it, and who a request's token speaks for."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.http import Http404, HttpRequest
from django.utils import timezone

from kaibo.audit.record import record
from kaibo.login.models import ApiToken, User

PREFIX = "kaibo_"
# how often the time of the last use is written
USED_EVERY = timedelta(hours=1)


def make_token(*, by: User, name: str) -> tuple[ApiToken, str]:
    """A new token of this user, and its text, which nobody can read again."""
    text = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(user=by, name=name, sha256=_hash(text))
        record(by=by, verb="token made", target=token, name=name)
    return token, text


def revoke_token(*, by: User, token: ApiToken) -> None:
    """The token opens nothing from now on. Revoked twice is revoked once."""
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
            record(by=by, verb="token revoked", target=token, name=token.name)


def find_token(user: User, pk: int) -> ApiToken:
    """The user's own token; else Http404."""
    token = ApiToken.objects.filter(pk=pk, user=user).first()
    if token is None:
        raise Http404
    return token


def user_of_token(request: HttpRequest) -> User | None:
    """Who `Authorization: Bearer …` speaks for; None for no token, a wrong or revoked one, or a user who has left."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not text.startswith(PREFIX):
        return None
    found = ApiToken.objects.filter(sha256=_hash(text.strip()), revoked_at=None, user__is_active=True)
    token = found.select_related("user").first()
    if token is None:
        return None
    now = timezone.now()
    if token.used_at is None or now - token.used_at > USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(used_at=now)
    return token.user


def _hash(text: str) -> str:
    # random and long: a slow hash would only slow the requests down
    return hashlib.sha256(text.encode()).hexdigest()

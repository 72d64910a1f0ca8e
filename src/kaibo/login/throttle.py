"""How many wrong answers (passwords, codes, links) there may be from one name and address before it must wait."""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from kaibo.audit.record import record
from kaibo.login.models import SignInFailure

LIMIT = 10
WINDOW = timedelta(minutes=15)


def key_of(username: str, address: str, what: str = "password") -> str:
    """One name from one address; keyed, so that the table does not tell which names were tried."""
    said = f"{settings.SECRET_KEY}\0{username.strip().lower()}\0{address}\0{what}"
    return hashlib.sha256(said.encode()).hexdigest()


def waiting_minutes(username: str, address: str, what: str = "password") -> int:
    """Minutes until this name may try again from this address; 0 when it may."""
    since = timezone.now() - WINDOW
    failures = SignInFailure.objects.filter(key=key_of(username, address, what), at__gt=since).order_by("-at")
    tenth = failures[LIMIT - 1 : LIMIT].first()
    if tenth is None:
        return 0
    return max(1, -((since - tenth.at) // timedelta(minutes=1)))


def note_failure(username: str, address: str, what: str = "password") -> None:
    """Count a wrong answer; the one that reaches the limit is written to the audit."""
    key, now = key_of(username, address, what), timezone.now()
    with transaction.atomic():
        SignInFailure.objects.filter(at__lt=now - timedelta(days=1)).delete()
        failure = SignInFailure.objects.create(key=key)
        if SignInFailure.objects.filter(key=key, at__gt=now - WINDOW).count() == LIMIT:
            record(by=None, verb="login.throttled", target=failure, username=username[:150], address=address, what=what)


def forget_failures(username: str, address: str, what: str = "password") -> None:
    """A right answer ends the count."""
    SignInFailure.objects.filter(key=key_of(username, address, what)).delete()

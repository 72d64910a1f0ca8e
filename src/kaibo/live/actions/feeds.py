"""A person's own roster as a calendar: making its secret address, making another one, taking it away."""

import hashlib
import secrets

from django.db import transaction
from django.utils import timezone

from kaibo.audit.record import record
from kaibo.live.models import RosterFeed
from kaibo.login.models import User
from kaibo.org.models import Person


@transaction.atomic
def make_feed(*, by: User, person: Person, language: str) -> tuple[RosterFeed, str]:
    """A new address, and the secret in it, which nobody can read again; an address from before opens nothing now."""
    secret = secrets.token_urlsafe(32)
    said = {"sha256": hash_of(secret), "language": language, "made_by": by, "made_at": timezone.now(), "used_at": None}
    feed, made = RosterFeed.objects.update_or_create(person=person, defaults=said)
    record(by=by, verb="roster feed made" if made else "roster feed renewed", target=person)
    return feed, secret


@transaction.atomic
def stop_feed(*, by: User, person: Person) -> None:
    """The address opens nothing from now on. Stopped twice is stopped once."""
    deleted, _of = RosterFeed.objects.filter(person=person).delete()
    if deleted:
        record(by=by, verb="roster feed stopped", target=person)


def hash_of(secret: str) -> str:
    # random and long: a slow hash would only slow the requests down
    return hashlib.sha256(secret.encode()).hexdigest()

"""The browsers in which a user is signed in: noted at sign-in, last seen every few minutes, ended by hand.

The rows are allauth's UserSession; the session itself is Django's, and both end together.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import login, update_session_auth_hash
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from kaibo.audit.record import record
from kaibo.login.models import User

BACKEND = settings.AUTHENTICATION_BACKENDS[0]
# how often "last seen" is written, at most
SEEN_EVERY = timedelta(minutes=5)
# for how long one has just said who one is
CONFIRMED_FOR = timedelta(minutes=10)
LISTED, CONFIRMED = "listed", "confirmed_at"
LONGEST_AGENT = 200
# the first that fits; many browsers claim to be others too
BROWSERS = {"MicroMessenger": "WeChat", "Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "FxiOS": "Firefox",
            "Chrome": "Chrome", "CriOS": "Chrome", "Safari": "Safari"}  # fmt: skip
SYSTEMS = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "Mac OS X": "macOS",
           "Linux": "Linux"}  # fmt: skip


@dataclass(frozen=True)
class Browser:
    """One line of the list."""

    pk: int
    name: str
    since: datetime
    seen: datetime
    here: bool


def enter(request: HttpRequest, user: User) -> None:
    """Sign in for good: every check has been passed. The browser is listed from now on."""
    login(request, user, backend=BACKEND)
    if not request.session.session_key:
        request.session.create()
    request.session[LISTED] = True
    confirm(request)
    _forget_gone(user)
    UserSession.objects.create(
        user=user,
        session_key=request.session.session_key,
        user_agent=request.headers.get("User-Agent", "")[:LONGEST_AGENT],
        # not shown, so not kept
        ip="0.0.0.0",  # noqa: S104
    )


def note_seen(request: HttpRequest) -> None:
    """Write down that this browser was here, unless that was done a few minutes ago."""
    key = request.session.session_key
    if request.session.get(LISTED) and cache.add(f"seen-{key}", True, SEEN_EVERY.total_seconds()):
        UserSession.objects.filter(session_key=key).update(last_seen_at=timezone.now())


def keep_this_session(request: HttpRequest, user: User) -> None:
    """After a new password: this browser stays signed in, with a new key."""
    former = request.session.session_key
    update_session_auth_hash(request, user)
    if not request.session.session_key:
        request.session.save()
    UserSession.objects.filter(session_key=former).update(session_key=request.session.session_key)


def browsers_of(request: HttpRequest, user: User) -> list[Browser]:
    """Where this user is signed in: this browser first, then by when it was last seen."""
    _forget_gone(user)
    here = request.session.session_key
    rows = [
        Browser(row.pk, named(row.user_agent), row.created_at, row.last_seen_at, row.session_key == here)
        for row in UserSession.objects.filter(user=user).order_by("-last_seen_at")
    ]
    return sorted(rows, key=lambda row: not row.here)


@transaction.atomic
def end_sessions(*, by: User | None, user: User, but: str | None = None, only: int | None = None) -> int:
    """Sign `user` out of their browsers (`only` one, or all `but` the one with this session key); of how many."""
    rows = UserSession.objects.filter(user=user).exclude(session_key=but or "")
    ended = list(rows if only is None else rows.filter(pk=only))
    for row in ended:
        row.end()
    if ended:
        record(by=by, verb="login.end_sessions", target=user, browsers=[named(row.user_agent) for row in ended])
    return len(ended)


def confirm(request: HttpRequest) -> None:
    """The user has just shown who they are."""
    request.session[CONFIRMED] = int(time.time())


def confirmed(request: HttpRequest) -> bool:
    """Did they so within the last minutes? What guards their sign-in is changed only then."""
    at: int = request.session.get(CONFIRMED, 0)
    return time.time() - at < CONFIRMED_FOR.total_seconds()


def named(agent: str) -> str:
    """A browser's header as one would say it: "Chrome · Windows"; empty where it says nothing known."""
    found = [next((marks[mark] for mark in marks if mark in agent), "") for marks in (BROWSERS, SYSTEMS)]
    return " · ".join(name for name in found if name)


def _forget_gone(user: User) -> None:
    """Rows whose session has run out, was signed out, or belongs to an older password."""
    UserSession.objects.purge_and_list(user)

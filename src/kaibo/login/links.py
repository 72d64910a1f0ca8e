"""Invitations and links for a new password: which one a text opens, and in one sentence why it opens nothing."""

import hashlib
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.login import throttle
from kaibo.login.models import Link, LinkKind, User

LIFE = {LinkKind.INVITATION: timedelta(days=7), LinkKind.RESET: timedelta(days=1)}
# what is counted against an address that tries links which do not exist
TRIED = "link"


class Gone(Exception):
    """This text opens nothing; `text` says why and what to do, `status` is the answer's."""

    def __init__(self, text: str, status: int = 410) -> None:
        super().__init__(text)
        self.text, self.status = text, status


def hash_of(text: str) -> str:
    """How a link is kept. Random and long: a slow hash would only slow the requests down."""
    return hashlib.sha256(text.encode()).hexdigest()


def open_link(user: User, now: datetime | None = None) -> Link | None:
    """The link that this user was given and has not used yet, if it still opens something."""
    return user.links.filter(used_at=None, revoked_at=None, expires_at__gt=now or timezone.now()).first()


def find_link(kind: LinkKind, text: str, address: str) -> Link:
    """The link that this text opens. Raises Gone: unknown, too many unknown ones tried, used, taken back, too late."""
    if throttle.waiting_minutes("", address, TRIED):
        raise Gone(_("Too many wrong links from here. Wait a quarter of an hour, then open yours again."), 429)
    link = Link.objects.select_related("user").filter(kind=kind, sha256=hash_of(text)).first()
    if link is None:
        throttle.note_failure("", address, TRIED)
        said = _("No such link. Perhaps it was cut off when it was copied: open it whole, or ask for a new one.")
        raise Gone(said, 404)
    why = why_gone(link)
    if why:
        raise Gone(why)
    return link


def why_gone(link: Link) -> str:
    """Empty for a link that can be used; else the sentence for whoever opened it."""
    if link.used_at:
        return _("This link has been used already. Sign in with the password that was chosen then.")
    if link.revoked_at:
        return _("This link was taken back, or a newer one has replaced it. Ask whoever gave it to you.")
    if link.expires_at <= timezone.now():
        said = timezone.localtime(link.expires_at)
        text = _("This link was good until %(time)s. Ask whoever gave it to you for a new one.")
        return text % {"time": f"{said:%Y-%m-%d %H:%M}"}
    return ""

"""What changes a sign-in: the first one, invitations and links for a new password, a user's language and appearance."""

import secrets
from collections.abc import Sequence

from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.login.grants import Grant, give_role
from kaibo.login.links import LIFE, Gone, hash_of, why_gone
from kaibo.login.models import Link, LinkKind, Role, User
from kaibo.login.rights import SCOPES

THEMES = ("", "light", "dark")
# the name of a sign-in until the invited have chosen one; "~" cannot be typed into a username
PLACEHOLDER = "~"


class AlreadyStarted(Exception):
    """The installation has a user already; the first run is over."""


def make_owner(*, username: str, name: str, password: str, language: str = "") -> User:
    """The first user of an empty installation. Raises AlreadyStarted when there is one."""
    with transaction.atomic():
        _alone()
        if User.objects.exists():
            raise AlreadyStarted
        owner = User.objects.create_user(
            username, password=password, role=Role.OWNER, first_name=name, language=language
        )
        record(by=owner, verb="login.make_owner", target=owner)
        return owner


def change_password(*, by: User, password: str) -> None:
    """The user's own new password; the form has asked for the old one. Other browsers of theirs are signed out."""
    with transaction.atomic():
        by.set_password(password)
        by.save(update_fields=["password"])
        record(by=by, verb="login.change_password", target=by)


@transaction.atomic
def prepare_sign_in(*, by: User | None, username: str, email: str, role: Role) -> User:
    """A closed sign-in without password, for somebody who is invited next; without `username` they choose it freely.

    Raises ValidationError: the name or the e-mail address is taken.
    """
    if username:
        _free_username(username)
    _free_email(email)
    user = User(username=username or PLACEHOLDER + secrets.token_hex(8), email=email, is_active=False)
    user.set_unusable_password()
    if username:
        user.full_clean(exclude=["password", "first_name", "last_name"], validate_constraints=False)
    user.save()
    give_role(user, role, by=by)
    record(by=by, verb="login.prepare_sign_in", target=user, username=username, role=role)
    return user


@transaction.atomic
def prepare_sign_ins(*, by: User | None, wanted: Sequence[tuple[str, str]]) -> list[User]:
    """`prepare_sign_in` for many of (username, e-mail), with the rights of a person; one audit row for all.

    Raises IntegrityError where a name or an address is taken: whoever calls has looked before.
    """
    if not wanted:
        return []
    users = []
    for username, email in wanted:
        user = User(username=username or PLACEHOLDER + secrets.token_hex(8), email=email, is_active=False)
        user.set_unusable_password()
        users.append(user)
    User.objects.bulk_create(users, 500)
    today = timezone.localdate()
    given = [
        Grant(user=one, role=Role.PERSON, scope=SCOPES[Role.PERSON][0], start=today, granted_by=by) for one in users
    ]
    Grant.objects.bulk_create(given, 500)
    record(by=by, verb="login.prepare_sign_ins", target=users[0], count=len(users), users=[one.pk for one in users])
    return users


@transaction.atomic
def set_email(*, by: User | None, user: User, email: str) -> User:
    """The address by which a company sign-on knows this user; empty takes it away. Raises ValidationError: taken.

    Another address cuts what the former one was linked to: the company's next answer links anew.
    """
    _free_email(email, user)
    former, user.email = user.email, email
    user.save(update_fields=["email"])
    cut = 0
    if former.lower() != email.lower():
        cut, _rows = SocialAccount.objects.filter(user=user).delete()
    record(by=by, verb="login.set_email", target=user, changed=former != email, unlinked=cut)
    return user


@transaction.atomic
def make_link(*, by: User | None, user: User, kind: LinkKind) -> tuple[Link, str]:
    """A new link for this user, and its text, which nobody can read again. Older ones open nothing from now on."""
    text, now = secrets.token_urlsafe(24), timezone.now()
    revoke_links(by=by, user=user)
    link = Link.objects.create(user=user, kind=kind, sha256=hash_of(text), expires_at=now + LIFE[kind])
    record(by=by, verb=f"login.make_{kind}", target=user, link=link.pk, expires=link.expires_at)
    return link, text


@transaction.atomic
def make_invitations(*, by: User | None, users: Sequence[User]) -> list[tuple[Link, str]]:
    """`make_link` for many who are invited; one audit row for all."""
    if not users:
        return []
    now = timezone.now()
    still = Link.objects.filter(user__in=users, used_at=None, revoked_at=None, expires_at__gt=now)
    revoked = still.update(revoked_at=now)
    texts, kind = [secrets.token_urlsafe(24) for _one in users], LinkKind.INVITATION
    links = [
        Link(user=user, kind=kind, sha256=hash_of(text), expires_at=now + LIFE[kind])
        for user, text in zip(users, texts, strict=True)
    ]
    Link.objects.bulk_create(links)
    ids = [user.pk for user in users]
    record(by=by, verb="login.make_invitations", target=users[0], members=ids, users=ids, revoked=revoked)
    return list(zip(links, texts, strict=True))


@transaction.atomic
def revoke_links(*, by: User | None, user: User) -> int:
    """No link that this user was given opens anything from now on; how many did."""
    found = user.links.filter(used_at=None, revoked_at=None, expires_at__gt=timezone.now())
    numbers = list(found.values_list("pk", flat=True))
    if numbers:
        found.update(revoked_at=timezone.now())
        record(by=by, verb="login.revoke_links", target=user, links=numbers)
    return len(numbers)


@transaction.atomic
def accept_invitation(*, by: User, link: Link, username: str, password: str) -> User:
    """`by`, whom the link is for, chooses a name and a password and can sign in from now on.

    Raises ValidationError: the name is taken; Gone: somebody was quicker with the same link.
    """
    _use(link)
    _free_username(username, by)
    by.username, by.is_active = username, True
    by.set_password(password)
    by.save(update_fields=["username", "is_active", "password"])
    record(by=by, verb="login.accept_invitation", target=by, link=link.pk, username=username)
    return by


@transaction.atomic
def reset_password(*, by: User, link: Link, password: str) -> User:
    """`by`, whom the link is for, chooses a new password; every browser of theirs is signed out. Raises Gone."""
    _use(link)
    by.set_password(password)
    by.save(update_fields=["password"])
    record(by=by, verb="login.reset_password", target=by, link=link.pk)
    return by


def _use(link: Link) -> None:
    """Once: of two who open it at the same time one is told that it has been used."""
    now = timezone.now()
    usable = Link.objects.filter(pk=link.pk, used_at=None, revoked_at=None, expires_at__gt=now)
    if not usable.update(used_at=now):
        link.refresh_from_db()
        raise Gone(why_gone(link))


def _free_username(username: str, user: User | None = None) -> None:
    if _others(user).filter(username__iexact=username).exists():
        raise ValidationError({"username": _("“%(name)s” is taken. Choose another.") % {"name": username}})


def _free_email(email: str, user: User | None = None) -> None:
    """Raise ValidationError for an address that another user has: a company sign-on must never be in doubt."""
    holder = _others(user).filter(email__iexact=email).first() if email else None
    if holder and holder.username.startswith(PLACEHOLDER):
        said = _("%(email)s is already the address of somebody who is invited. An address belongs to one person.")
        raise ValidationError({"email": said % {"email": email}})
    if holder:
        said = _("%(email)s is already the address of %(name)s. An address belongs to one person.")
        raise ValidationError({"email": said % {"email": email, "name": holder}})


def _others(user: User | None) -> QuerySet[User]:
    return User.objects.exclude(pk=user.pk) if user else User.objects.all()


def _alone() -> None:
    """Let nobody else add a user until the commit. SQLite's transactions are alone anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {User._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")


def set_language(*, by: User, language: str) -> None:
    """The language this user reads. ValueError for one that is not offered is the form's business."""
    with transaction.atomic():
        User.objects.filter(pk=by.pk).update(language=language)
        record(by=by, verb="login.set_language", target=by, old=by.language, new=language)


def set_theme(*, by: User, theme: str) -> None:
    """Light, dark, or empty: as the system says."""
    with transaction.atomic():
        User.objects.filter(pk=by.pk).update(theme=theme)
        record(by=by, verb="login.set_theme", target=by, old=by.theme, new=theme)

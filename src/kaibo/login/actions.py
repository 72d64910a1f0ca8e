"""What changes a sign-in: making the first one, and a user's own language and appearance."""

from django.db import connection, transaction

from kaibo.audit.record import record
from kaibo.login.models import Role, User

THEMES = ("", "light", "dark")


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

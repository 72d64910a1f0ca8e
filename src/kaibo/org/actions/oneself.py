"""Nobody decides on themselves or on who is above them: what somebody who manages people may not change."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.org.access import superiors_of
from kaibo.org.models import Person


def not_on_oneself(by: User | None, person: Person) -> None:
    """Raise ValidationError where somebody would decide what they themselves are scored or kept by."""
    if by is not None and person.user_id == by.pk:
        raise ValidationError(_("Nobody decides on themselves. Somebody else who manages people can."))
    not_above(by, person)


def not_on_oneself_but_owners(by: User | None, person: Person) -> None:
    """The same, but that an owner may: in a small house nobody else could say what the owner does in it."""
    if by is not None and not by.can(Right.MANAGE_RIGHTS):
        not_on_oneself(by, person)


def not_above(by: User | None, person: Person) -> None:
    """Raise ValidationError where the person is a superior of who would decide on them; owners have none."""
    if by is not None and is_above(by, person):
        text = _("%(name)s is your superior, and nobody decides on their superior. An owner can.")
        raise ValidationError(text % {"name": person.name})


def is_above(by: User, person: Person) -> bool:
    """Whether the person stands above the user."""
    if by.can(Right.MANAGE_RIGHTS):
        return False
    return superiors_of(by, of_company=True).filter(pk=person.pk).exists()

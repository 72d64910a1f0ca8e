"""Nobody decides on themselves: what somebody who manages people may not change of their own."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.org.models import Person


def not_on_oneself(by: User | None, person: Person) -> None:
    """Raise ValidationError where somebody would decide what they themselves are scored or kept by."""
    if by is not None and person.user_id == by.pk:
        raise ValidationError(_("Nobody decides on themselves. Somebody else who manages people can."))


def not_on_oneself_but_owners(by: User | None, person: Person) -> None:
    """The same, but that an owner may: in a small house nobody else could say what the owner does in it."""
    if by is not None and not by.can(Right.MANAGE_RIGHTS):
        not_on_oneself(by, person)

"""How people get to sign in: invitations, links for a new password, and the address a company sign-on knows them by."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.login.actions import make_link, prepare_sign_in, revoke_links, set_email
from kaibo.login.factors import remove_all_factors
from kaibo.login.models import Link, LinkKind, Right, Role, User
from kaibo.login.sessions import end_sessions
from kaibo.org.models import Person


@transaction.atomic
def invite(
    *, by: User | None, person: Person, username: str = "", email: str = "", role: Role = Role.PERSON
) -> tuple[Link, str]:
    """An invitation for a person, and the text of its link, which is returned here and kept nowhere.

    Without `username` the invited choose it freely. Called again before they have come: a new link, the older one opens
    nothing, and the other arguments change nothing. Raises ValidationError: the person can sign in or has left; name
    or address taken.
    """
    if role != Role.PERSON and by is not None and not by.can(Right.MANAGE_RIGHTS):
        raise ValidationError({"role": _("Only who gives roles can invite with another role than “Person”.")})
    if not person.active:
        raise ValidationError(_("%(name)s has left the team.") % {"name": person.name})
    if person.user is None:
        username = " ".join(username.split())
        person.user = prepare_sign_in(by=by, username=username, email=email.strip(), role=role)
        person.save(update_fields=["user"])
        record(by=by, verb="invite", target=person, username=username, role=role)
    elif not person.user.is_invited:
        raise ValidationError(_("%(name)s can sign in already.") % {"name": person.name})
    return make_link(by=by, user=person.user, kind=LinkKind.INVITATION)


@transaction.atomic
def reset_sign_in(*, by: User | None, person: Person) -> tuple[Link, str]:
    """A link with which the person chooses a new password, and its text; until then the old password works.

    Raises ValidationError for someone who cannot sign in.
    """
    if person.user is None or not person.user.is_active:
        raise ValidationError(_("%(name)s cannot sign in.") % {"name": person.name})
    _not_above(by, person.user)
    made = make_link(by=by, user=person.user, kind=LinkKind.RESET)
    record(by=by, verb="reset_sign_in", target=person)
    return made


@transaction.atomic
def take_links_back(*, by: User | None, person: Person) -> int:
    """Neither an invitation nor a link for a new password of this person opens anything from now on; how many did."""
    count = revoke_links(by=by, user=person.user) if person.user else 0
    if count:
        record(by=by, verb="take_links_back", target=person, count=count)
    return count


@transaction.atomic
def know_by_email(*, by: User | None, person: Person, email: str) -> Person:
    """The address by which a company sign-on knows the person. Raises ValidationError: taken, or no sign-in."""
    if person.user is None:
        raise ValidationError(_("%(name)s has no sign-in yet.") % {"name": person.name})
    _not_above(by, person.user)
    set_email(by=by, user=person.user, email=email.strip())
    record(by=by, verb="know_by_email", target=person)
    return person


@transaction.atomic
def take_off_second_factor(*, by: User | None, person: Person) -> int:
    """For a lost phone: the person signs in with the password alone and sets one up anew. Signed out everywhere.

    How many factors. Raises ValidationError for oneself: one's own is removed after saying who one is.
    """
    if person.user is None:
        raise ValidationError(_("%(name)s has no sign-in yet.") % {"name": person.name})
    if by is not None and by.pk == person.user.pk:
        raise ValidationError(_("Your own second factor is removed under “Sign-in and security”."))
    _not_above(by, person.user)
    count = remove_all_factors(by=by, user=person.user)
    end_sessions(by=by, user=person.user)
    record(by=by, verb="take_off_second_factor", target=person, count=count)
    return count


def _not_above(by: User | None, user: User) -> None:
    """Whoever opens a way into a sign-in could use it: nobody does so for one that may more than they."""
    if by is not None and not set(user.may) <= set(by.may):
        raise ValidationError(
            _("%(name)s may more than you. Only somebody who may as much can do this.") % {"name": user}
        )

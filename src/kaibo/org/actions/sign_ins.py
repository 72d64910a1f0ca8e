"""How people get to sign in: invitations, links for a new password, and the address a company sign-on knows them by."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.login.actions import make_invitations, make_link, prepare_sign_in, prepare_sign_ins, revoke_links, set_email
from kaibo.login.factors import remove_all_factors
from kaibo.login.models import Link, LinkKind, Right, Role, User
from kaibo.login.sessions import end_sessions
from kaibo.org.access import may_as_much
from kaibo.org.models import Person


@transaction.atomic
def invite(
    *, by: User | None, person: Person, username: str = "", email: str = "", role: Role = Role.PERSON
) -> tuple[Link, str]:
    """An invitation for a person, and the text of its link, which is returned here and kept nowhere.

    Without `username` the invited choose it freely. Called again before they have come: a new link, the older one opens
    nothing, and the other arguments change nothing. Raises ValidationError: the person can sign in or has left; name
    or address taken, or they would sign in with more than whoever invites may.
    """
    # two who invite the same person at once make one sign-in
    person.refresh_from_db(from_queryset=Person.objects.select_for_update(no_key=True, of=("self",)))
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
    else:
        _not_above(by, person.user)
    return make_link(by=by, user=person.user, kind=LinkKind.INVITATION)


# links are shown once, on one page
INVITED_AT_ONCE = 200


@dataclass(frozen=True)
class Invitations:
    """Whom a bulk invitation reached, with the link and its text, and whom not, with why."""

    invited: Sequence[tuple[Person, Link, str]]
    skipped: Sequence[tuple[Person, str]]


@transaction.atomic
def invite_many(*, by: User | None, people: Collection[Person]) -> Invitations:
    """An invitation for each, with the rights of a person, by name; whoever cannot be invited is left out and told.

    Raises ValidationError: nobody, or more than INVITED_AT_ONCE.
    """
    if not people:
        raise ValidationError(_("Choose people first."))
    if len(people) > INVITED_AT_ONCE:
        raise ValidationError(_("At most %(n)s at once. Narrow the list first.") % {"n": INVITED_AT_ONCE})
    there = Person.objects.select_for_update(of=("self",)).select_related("user").prefetch_related("user__grants")
    found = list(there.filter(pk__in=[one.pk for one in people]).order_by("name", "pk"))
    told = [(one, _why_not(by, one)) for one in found]
    skipped = [(one, why) for one, why in told if why]
    wanted = [one for one, why in told if not why]
    new = [one for one in wanted if one.user is None]
    for person, user in zip(new, prepare_sign_ins(by=by, wanted=[("", "")] * len(new)), strict=True):
        person.user = user
    Person.objects.bulk_update(new, ["user"])
    links = make_invitations(by=by, users=[one.user for one in wanted if one.user])
    if wanted:
        ids = [one.pk for one in wanted]
        record(by=by, verb="invite_many", target=wanted[0], members=ids, people=ids, skipped=len(skipped))
    return Invitations([(one, *made) for one, made in zip(wanted, links, strict=True)], skipped)


def _why_not(by: User | None, person: Person) -> str:
    if not person.active:
        return _("%(name)s has left the team.") % {"name": person.name}
    if person.user is None:
        return ""
    if not person.user.is_invited:
        return _("%(name)s can sign in already.") % {"name": person.name}
    try:
        _not_above(by, person.user)
    except ValidationError as error:
        return str(error.messages[0])
    return ""


@transaction.atomic
def connect_sign_in(*, by: User | None, person: Person, user: User) -> Person:
    """The sign-in is this person's from now on: an owner makes theirs before there is anyone whose it could be.

    Raises ValidationError: only owners may; either of them belongs to somebody else, has left or is not in yet.
    """
    _only_owners(by)
    person.refresh_from_db(from_queryset=Person.objects.select_for_update(no_key=True, of=("self",)))
    User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
    if not person.active:
        raise ValidationError(_("%(name)s has left the team.") % {"name": person.name})
    if person.user is not None:
        raise ValidationError(_("%(name)s has a sign-in already.") % {"name": person.name})
    if user not in free_sign_ins():
        raise ValidationError(_("This sign-in belongs to somebody else, or is not in use."))
    person.user = user
    person.save(update_fields=["user"])
    record(by=by, verb="connect_sign_in", target=person, username=user.username)
    return person


@transaction.atomic
def part_sign_in(*, by: User | None, person: Person) -> Person:
    """Takes a mistaken connection back: the sign-in stays and is nobody's. Raises ValidationError: only owners may."""
    _only_owners(by)
    person.refresh_from_db(from_queryset=Person.objects.select_for_update(no_key=True, of=("self",)))
    if person.user is None or not person.user.is_active:
        raise ValidationError(_("%(name)s has no sign-in yet.") % {"name": person.name})
    username = person.user.username
    person.user = None
    person.save(update_fields=["user"])
    record(by=by, verb="part_sign_in", target=person, username=username)
    return person


def free_sign_ins() -> QuerySet[User]:
    """Those that somebody uses and that belong to no person."""
    return User.objects.filter(is_active=True, person__isnull=True).order_by("username")


def _only_owners(by: User | None) -> None:
    if by is not None and not by.can(Right.MANAGE_RIGHTS):
        raise ValidationError(_("Only an owner says whose a sign-in is."))


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
    """Whoever opens a way into a sign-in could use it: nobody does so for one that may more, or over more, than they.

    What will be held counts too: a link that nobody has opened lasts until then.
    """
    if by is not None and not may_as_much(by, user):
        raise ValidationError(
            _("%(name)s may more than you. Only somebody who may as much can do this.") % {"name": user}
        )

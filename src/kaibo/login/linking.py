"""Which user the company means: the one linked to its subject, else whoever has the verified address, linked then."""

from typing import TYPE_CHECKING

from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.login.models import SignInFailure, User

if TYPE_CHECKING:
    from kaibo.login.company import Claim


@transaction.atomic
def user_of_claim(claim: "Claim") -> User:
    """The user; linked to the subject from now on. Raises company.Refused: unknown, unverified, closed, doubtful."""
    from kaibo.login.company import Refused

    known = SocialAccount.objects.select_related("user").filter(provider=claim.issuer, uid=claim.subject).first()
    user: User | None = known.user if known else _by_email(claim)
    if user is None:
        if claim.email:
            said = _("Nobody here has the address %(email)s. Ask the owner to write it on your page under People.")
            raise Refused(said % {"email": claim.email})
        if claim.unverified:
            said = _("The company does not say that %(email)s is verified, so it is not believed to be yours.")
            raise Refused(said % {"email": claim.unverified})
        raise Refused(_("The company tells no address, and nobody here is linked to you yet."))
    if user.is_invited:
        raise Refused(_("Your sign-in is not opened yet: use the link of your invitation first."))
    if not user.is_active:
        raise Refused(_("This sign-in is closed."))
    if known is None:
        if SocialAccount.objects.filter(provider=claim.issuer, user=user).exists():
            raise Refused(_("Somebody else of the company is linked to this address already. Ask the owner."))
        SocialAccount.objects.create(provider=claim.issuer, uid=claim.subject, user=user)
        record(by=user, verb="login.link_company", target=user, issuer=claim.issuer, subject=claim.subject)
    return user


def _by_email(claim: "Claim") -> User | None:
    return User.objects.filter(email__iexact=claim.email).first() if claim.email else None


@transaction.atomic
def note_forged(why: str) -> None:
    """An answer to a question of ours that the company cannot have given: for the audit."""
    record(by=None, verb="login.company_refused", target=SignInFailure(pk=0, at=timezone.now()), why=why)

"""`kaibo unlock USERNAME`: for whom nobody else can help, the only owner without password or phone."""

import argparse
from collections.abc import Sequence

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from kaibo.login.actions import make_link
from kaibo.login.factors import remove_all_factors
from kaibo.login.models import LinkKind, User
from kaibo.login.sessions import end_sessions


def run(words: Sequence[str]) -> int:
    """Take the second factor off, sign out everywhere, print a link for a new password. 1 where nobody has the name."""
    parser = argparse.ArgumentParser(
        prog="kaibo unlock",
        description=_("Whoever may run this can read the database anyway; the audit says that kaibo did it."),
    )
    parser.add_argument("username")
    name = parser.parse_args(words).username
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        print(_("Nobody signs in as “%(name)s”.") % {"name": name})
        return 1
    with transaction.atomic():
        remove_all_factors(by=None, user=user)
        end_sessions(by=None, user=user)
        link, text = make_link(by=None, user=user, kind=LinkKind.RESET)
    print(
        _("The second factor is off. Open this path at the address of Kaibo and choose a new password, within a day:")
    )
    print(f"  {reverse(f'login:{link.kind}', args=[text])}")
    return 0

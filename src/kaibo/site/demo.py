"""The sample installation, as the command line sees it: whether it is there, having it made, who can sign in."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from kaibo.login.models import Role, User
from kaibo.org.models import Position
from kaibo.sample.answers import PASSWORD, SignIn
from kaibo.sample.company import BY_NAME
from kaibo.sample.decisions import SIGN_INS

Say = Callable[[str], None]
MARK = "sample"  # pages look for this file and say that the data is made up


@dataclass(frozen=True)
class Mark:
    """What the file says: the month of the sample, whether its refunds have settled, whether all of it is there."""

    month: date
    settled: bool
    done: bool


def prepare(say: Say) -> None:
    """Make the sample in an empty installation; once made, do nothing. Raises SystemExit where real data is."""
    mark = read_mark()
    if mark is None and User.objects.exists():
        where = {"home": settings.KAIBO_HOME}
        raise SystemExit(_("This folder holds real data: %(home)s. The sample needs one of its own.") % where)
    if mark and mark.done:
        say(_("The sample of %(month)s is there.") % {"month": f"{mark.month:%Y-%m}"})
        return
    # a process of its own, so that what computes does not stay in the memory of the one that serves for days
    done = subprocess.run([sys.executable, "-m", "kaibo.site.bring_in"], check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


def sign_ins() -> list[str]:
    """One line for each sample sign-in: user name, password, who it is."""
    width = max(len(one.username) for one in SIGN_INS)
    return [f"{one.username:{width}}  {PASSWORD}  {one.full_name} ({_sees(one)})" for one in SIGN_INS]


def _sees(one: SignIn) -> str:
    if one.role == Role.OWNER:
        return _("owner, sees everyone")
    member = BY_NAME[one.person]
    if one.role == Role.LEAD:
        return _("lead of %(department)s") % {"department": member.department}
    position = Position.objects.get(key=member.position).title
    if one.role == Role.PERSON:
        return _("%(position)s, own numbers only") % {"position": position}
    # no department of its own: the role reaches the whole company
    where = one.over or _("the whole company")
    return _("%(position)s, %(role)s of %(where)s") % {
        "position": position,
        "role": Role(one.role).label,
        "where": where,
    }


def read_mark() -> Mark | None:
    """What the mark says; None where there is none: this is no sample."""
    try:
        said = json.loads((Path(settings.KAIBO_HOME) / MARK).read_text())
    except FileNotFoundError:
        return None
    return Mark(date.fromisoformat(said["month"]), bool(said["settled"]), bool(said["done"]))

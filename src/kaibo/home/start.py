"""The three steps from an empty installation to the first number, and which of them are done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Min
from django.urls import reverse
from django.utils.translation import gettext as _

from kaibo.facts.schema import AFTER_SALE
from kaibo.home.needs import roster_offers
from kaibo.home.reach import Reach
from kaibo.live.models import Shift, ShiftState
from kaibo.live.nights import open_shifts
from kaibo.login.models import User
from kaibo.measurement.finders import current


@dataclass(frozen=True)
class Step:
    """`state`: done, now (the one to do) or later."""

    title: str
    text: str
    action: str
    url: str
    state: str = "later"


# how long the way to the first numbers is pointed out after the first shift was confirmed
FIRST_DAY = timedelta(days=1)


def steps(found: Sequence[Reach], now: datetime) -> list[Step]:
    """Empty a day after numbers could first be seen."""
    uploaded = all(one.batches for one in found if one.table != AFTER_SALE)
    explained = uploaded and not roster_offers().any
    first = Shift.objects.filter(state=ShiftState.CONFIRMED).aggregate(at=Min("confirmed_at"))["at"]
    confirmed = explained and first is not None
    if first is not None and now - first > FIRST_DAY and current().exists():
        return []
    made = [
        Step(
            _("Upload your files"),
            _("Session reports, shop orders, after-sales and the roster, as you exported them, of any platform."),
            _("Upload data"),
            reverse("home:upload"),
        ),
        Step(
            _("Say who is who, and confirm who was on air"),
            _("New names become people with one click; codes such as A1 are explained once; then one list to confirm."),
            _("Confirm shifts") if explained else _("Explain the roster"),
            (reverse("live:shifts") + "?open=1") if explained else reverse("live:roster"),
        ),
        Step(
            _("See the numbers"),
            _("Each person's month, and what stands behind every figure, down to the row of the file."),
            _("See people"),
            reverse("org:people"),
        ),
    ]
    done = [uploaded, confirmed, False]
    at = done.index(False)
    return [
        replace(step, state="done" if d else "now" if n == at else "later")
        for n, (step, d) in enumerate(zip(made, done, strict=True))
    ]


def next_step(user: User, now: datetime) -> Step | None:
    """What imported files wait for: explaining the roster, then confirming. None: nothing."""
    if roster_offers().any:
        text = _("Imported. Next: say who the names are and what the codes mean, once.")
        return Step("", text, _("Explain the roster"), reverse("live:roster"))
    if open_shifts(user, now):
        text = _("Imported. Next: confirm who was on air.")
        return Step("", text, _("Confirm shifts"), reverse("live:shifts") + "?open=1")
    return None


def greeting_of(now: datetime) -> str:
    """Which greeting fits the local hour: morning, noon, afternoon or evening."""
    hour = now.hour
    return "morning" if 5 <= hour < 11 else "noon" if 11 <= hour < 13 else "afternoon" if 13 <= hour < 18 else "evening"

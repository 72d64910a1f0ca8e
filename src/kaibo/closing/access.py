"""Who may see closed months and who may close them. No row and no right look the same: 404."""

from datetime import date

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from kaibo.closing.overview import known_months
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look import numbers
from kaibo.look.missing import missing
from kaibo.measurement.models import Closing, ClosingState
from kaibo.org.access import require


def visible_closings(user: User) -> QuerySet[Closing]:
    """Every closing there was; leads and owners read them."""
    require(user, Right.SEE_MONTHS)
    return Closing.objects.select_related("by", "reopened_by", "computation", "candidate")


def find_month(user: User, month: date) -> date:
    """The month, if there is anything in it and the user leads; else Http404, which says to leads what lacks."""
    require(user, Right.SEE_MONTHS)
    if month not in known_months():
        text = _("%(month)s has no figures yet: no file, no shift speaks of it")
        raise missing(text % {"month": numbers.month(month)}, reverse("closing:months"), _("To the months"))
    return month


def find_month_to_close(user: User, month: date) -> date:
    """Closing and reopening are the owner's."""
    require(user, Right.CLOSE_MONTHS)
    return find_month(user, month)


def find_closed(user: User, month: date, *, to_read: bool = False) -> Closing:
    """The newest closing of the month that has a bundle, for who closes months or only reads them; else Http404."""
    require(user, Right.CLOSE_MONTHS, *([Right.READ_AUDIT] if to_read else []))
    states = [ClosingState.CLOSED, ClosingState.REOPENED]
    found = visible_closings(user).filter(month=month, state__in=states).exclude(folder="").order_by("-pk").first()
    if found is None:
        raise Http404
    return found

"""The dated table of exchange rates: adding, taking back, reading. A change recomputes the months it may touch."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.kpi.money import MOST_DAYS, waits
from kaibo.live.models import Account
from kaibo.login.models import User
from kaibo.measurement.models import ExchangeRate, SegmentFact
from kaibo.measurement.months import next_month


@dataclass(frozen=True)
class Said:
    """A rate before it is kept: one whole unit of `currency` in the team's currency from `day` on."""

    currency: str
    day: date
    rate: Decimal


@transaction.atomic
def add_rates(*, by: User | None, rates: Sequence[Said], source: str) -> list[ExchangeRate]:
    """Add rates at once, to be undone at once; one that is in use already with the same number is left out.

    `source`: where they come from (中国银行折算价). Raises ValidationError where nothing is left to add.
    """
    known = {(r.currency, r.day): r.rate for r in rates_in_use()}
    fresh = [said for said in rates if known.get((said.currency, said.day)) != said.rate]
    if not fresh:
        raise ValidationError(_("These rates are in the table already."))
    act = uuid.uuid4().hex
    made = [
        ExchangeRate.objects.create(
            currency=said.currency, day=said.day, rate=said.rate, source=source, act=act, by=by
        )
        for said in fresh
    ]  # fmt: skip
    record(
        by=by, verb="rates added", target=made[0], months=months_of(said.day for said in fresh), source=source,
        rates=[f"{said.currency} {said.day} {said.rate.normalize():f}" for said in fresh],
    )  # fmt: skip
    return made


@transaction.atomic
def undo_rates(*, by: User | None, act: str) -> int:
    """Take back what was added at once; gives how many rates went out of use."""
    found = list(ExchangeRate.objects.select_for_update().filter(act=act, undone=False))
    if not found:
        return 0
    ExchangeRate.objects.filter(pk__in=[one.pk for one in found]).update(undone=True)
    record(
        by=by, verb="rates taken back", target=found[0], months=months_of(one.day for one in found),
        rates=[str(one) for one in found],
    )  # fmt: skip
    return len(found)


def rates_in_use(until: date | None = None) -> list[ExchangeRate]:
    """Of each currency and day the newest row that was not undone, by currency and day."""
    rows = ExchangeRate.objects.filter(undone=False).order_by("currency", "day", "pk")
    if until is not None:
        rows = rows.filter(day__lte=until)
    return list({(row.currency, row.day): row for row in rows}.values())


def history() -> QuerySet[ExchangeRate]:
    """Every row there ever was, newest day first, with who added it."""
    return ExchangeRate.objects.select_related("by").order_by("-day", "currency", "-pk")


def months_of(days: Iterable[date]) -> list[str]:
    """The months whose sessions may be converted at a rate of these days, and those whose orders of no session may."""
    found = set()
    for day in days:
        # a session of the last evening may begin after midnight; a business date is up to a day behind
        month, last = day.replace(day=1), day + timedelta(days=MOST_DAYS + 1)
        while month <= last:
            found.add(f"{month:%Y-%m}")
            month = next_month(month)
    return sorted(found)


def foreign_currencies() -> list[str]:
    """The currencies of rooms that are not the team's."""
    codes = Account.objects.exclude(currency=settings.KAIBO_CURRENCY).order_by().values_list("currency", flat=True)
    return sorted(set(codes))


def used_by() -> dict[str, int]:
    """Currency → how many sessions of the current months have money that was converted or waits."""
    rows = SegmentFact.objects.filter(computation__state="current", session__isnull=False).exclude(currency="")
    found: dict[str, set[int]] = {}
    for currency, session in rows.order_by().values_list("currency", "session").distinct():
        found.setdefault(currency, set()).add(session)
    return {currency: len(sessions) for currency, sessions in found.items()}


def lacking() -> list[tuple[str, str, int]]:
    """(currency, day, sessions) of each rate that money of the current months waits for, oldest first.

    Money of no session is told with 0 sessions; what nobody paid waits for nothing.
    """
    rows = SegmentFact.objects.filter(computation__state="current", measure__contains="@").exclude(place="unpaid")
    found: dict[tuple[str, str], set[int]] = {}
    for measure, session in rows.order_by().values_list("measure", "session").distinct():
        waiting = waits(measure)
        if waiting and waiting[2]:
            of_rate = found.setdefault((waiting[2], waiting[1]), set())
            of_rate |= {session} - {None}
    return [(currency, day, len(sessions)) for (day, currency), sessions in sorted(found.items())]

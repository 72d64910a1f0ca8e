"""A range of days to confirm, read from the tables: which days a person asked for, and what stands in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Max, Q
from django.utils import timezone

from kaibo.live.access import shifts_between, visible_shifts
from kaibo.live.actions.changing import COUNTING, times
from kaibo.live.business_days import business_day as business_day
from kaibo.live.business_days import business_start as business_start
from kaibo.live.confirming import Night, Proposal, Rules, propose
from kaibo.live.models import Session, Shift, ShiftState
from kaibo.live.months import LOOK_BACK
from kaibo.login.models import User
from kaibo.look.dates import in_range


@dataclass(frozen=True)
class Days:
    """Business days from `first` to `last` (inclusive); `only_open`: nothing but what nobody has confirmed yet."""

    first: date
    last: date
    only_open: bool = False

    @property
    def start(self) -> datetime:
        return business_start(self.first)

    @property
    def end(self) -> datetime:
        return business_start(self.last + timedelta(days=1))

    @property
    def query(self) -> str:
        return urlencode({"from": self.first, "to": self.last} | ({"open": "1"} if self.only_open else {}))


def last_night(now: datetime) -> Days:
    """Yesterday's business day; before dawn that is the one still running."""
    yesterday = timezone.localdate(now) - timedelta(days=1)
    return Days(yesterday, yesterday)


def asked_days(query: Mapping[str, str], now: datetime) -> Days:
    """The range in the URL; last night where it says none or nonsense."""
    usual = last_night(now)
    try:
        first = in_range(date.fromisoformat(query.get("from", "")))
        last = in_range(date.fromisoformat(query.get("to", "") or str(first)))
    except ValueError:
        first, last = usual.first, usual.last
    return Days(min(first, last), max(first, last), query.get("open") == "1")


def open_shifts(user: User, now: datetime) -> list[datetime]:
    """Planned starts of every shift that is over and that nobody has confirmed yet, earliest first."""
    waiting = visible_shifts(user).filter(state=ShiftState.PLANNED, planned_end__lte=now)
    return sorted(start for start in waiting.values_list("planned_start", flat=True) if start)


def read_night(user: User, days: Days, now: datetime) -> Night:
    """Proposals for this user's shifts that are over, and the holes of broadcasts that began in these days."""
    asked = shifts_between(user, days.start, days.end).filter(
        Q(planned_end__lte=now) | Q(planned_start__isnull=True) | ~Q(state=ShiftState.PLANNED)
    )
    shifts = list(asked.order_by("planned_start", "confirmed_start", "pk"))
    around = (days.start - LOOK_BACK, days.end + LOOK_BACK)
    sessions = Session.objects.filter(gone=False, start__gte=around[0], start__lt=around[1]).select_related("account")
    beside = Shift.objects.filter(
        Q(planned_start__lt=around[1], planned_end__gt=around[0])
        | Q(confirmed_start__lt=around[1], confirmed_end__gt=around[0]),
        state__in=COUNTING,
    ).select_related("person", "account")
    night = propose(shifts, sessions, rules=rules(), beside=beside, reached=_reached())
    night.holes = [hole for hole in night.holes if days.start <= hole.session.start < min(days.end, now)]
    if days.only_open:
        night.proposals = [p for p in night.proposals if p.is_open or p.shift.flag]
    return night


def propose_one(shift: Shift) -> Proposal:
    """The proposal for one shift."""
    start, end = times(shift)
    sessions = Session.objects.filter(
        account=shift.account_id, gone=False, start__lt=end + LOOK_BACK, end__gt=start - LOOK_BACK
    ).select_related("account")
    beside = Shift.objects.filter(account=shift.account_id, state__in=COUNTING).filter(
        Q(planned_start__lt=end + LOOK_BACK, planned_end__gt=start - LOOK_BACK)
        | Q(confirmed_start__lt=end + LOOK_BACK, confirmed_end__gt=start - LOOK_BACK)
    )
    night = propose(
        [shift], sessions, rules=rules(), beside=beside.select_related("person", "account"), reached=_reached()
    )
    return night.proposals[0]


def rules() -> Rules:
    """As the installation's settings say."""
    return Rules(timedelta(minutes=settings.SNAP_MINUTES), timedelta(minutes=settings.HANDOVER_GAP_MINUTES))


def by_day(proposals: Iterable[Proposal]) -> list[tuple[date, list[Proposal]]]:
    """Grouped by business day, then in the order of rooms and starts."""
    days: dict[date, list[Proposal]] = {}
    for proposal in proposals:
        days.setdefault(business_day(times(proposal.shift)[0]), []).append(proposal)
    for group in days.values():
        group.sort(key=lambda p: (p.shift.account.name, p.shift.account_id, times(p.shift)[0], p.shift.pk))
    return sorted(days.items())


def _reached() -> dict[int, datetime]:
    """Up to when each room's broadcasts are known."""
    ends = Session.objects.filter(gone=False).order_by().values("account").annotate(last=Max("end"))
    return {row["account"]: row["last"] for row in ends}

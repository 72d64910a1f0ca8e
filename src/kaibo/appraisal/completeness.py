"""What the data of a month lacks: each with what to do, where, and whether it can be taken over with a reason."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaibo.appraisal.cards import cards_in
from kaibo.facts.schema import AFTER_SALE, ORDER_LINE, SESSION_REPORT
from kaibo.imports.models import Batch, BatchState, Upload, UploadState
from kaibo.kpi.ad_spend import NO_ROOM
from kaibo.kpi.off_air import OTHER_MONEY, READ_MONEY
from kaibo.kpi.values import final_on, ordered_until
from kaibo.live.models import Platform, Session, Shift, ShiftState
from kaibo.live.nights import Days, business_start
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look import numbers
from kaibo.measurement.covered import Coverage, coverage
from kaibo.measurement.file_spans import OF_A_PLATFORM
from kaibo.measurement.finders import computation_of, credits_of_month
from kaibo.measurement.matches_page import waiting
from kaibo.measurement.models import Computation
from kaibo.measurement.months import month_bounds, next_month

# what a day of broadcasts needs, and how the file is called on pages
FILES = (SESSION_REPORT, ORDER_LINE)
DAYS_NAMED = 6
# what the pages that findings lead to ask of their readers: without it they answer 404, or show nothing
ASKED_BY = {
    "home:upload": Right.IMPORT_FILES, "imports:batches": Right.SEE_FILES, "live:shifts": Right.SEE_ROSTER,
    "measurement:sessions": Right.SEE_ROOMS, "measurement:matches": Right.SEE_ROOMS,
    "measurement:rates": Right.SEE_ROOMS, "measurement:left_out": Right.SEE_ROOMS, "appraisal:team": Right.SEE_NUMBERS,
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """`code` names it for good; `blocking`: nothing goes on with it, whatever the reason.

    `url` is "" where there is no page for it, or none that this reader may open.
    """

    code: str
    title: str
    todo: str
    url: str
    action: str
    blocking: bool = False


def data_findings(month: date, now: datetime) -> list[Finding]:
    """Everything that the data of a computed month lacks; none of a month that is not computed."""
    computation = computation_of(month)
    if computation is None:
        return []
    imported = coverage()
    return [
        *_shifts(month, now), *_refunds(month, imported), *_missing(month, imported), *_batches(month),
        *_uploads(), *_doubts(), *_orders(computation),
        *_other_money(computation), *_ads(computation), *_holes(month), *_cards(month),
    ]  # fmt: skip


def for_reader(user: User, found: Iterable[Finding]) -> list[Finding]:
    """With links only to pages that the user may open; else what to do says which right it takes."""
    asked = {reverse(name): right for name, right in ASKED_BY.items()}
    return [_for_reader(user, one, asked) for one in found]


def _for_reader(user: User, one: Finding, asked: dict[str, Right]) -> Finding:
    lacks = [right for path, right in asked.items() if one.url.startswith(path) and not user.can(right)]
    if not lacks:
        return one
    told = _("It takes the right “%(right)s”.") % {"right": lacks[0].label}
    return replace(one, todo=f"{one.todo} {told}", url="", action="")


def _shifts(month: date, now: datetime) -> Iterator[Finding]:
    start, end = business_start(month), business_start(next_month(month))
    every = Shift.objects.annotate(begins=Coalesce("planned_start", "confirmed_start"))
    inside = every.filter(begins__gte=start, begins__lt=end)
    days = Days(month, next_month(month) - timedelta(days=1), only_open=True)
    url = f"{reverse('live:shifts')}?{days.query}"
    open_ones = inside.filter(state=ShiftState.PLANNED, planned_end__lte=now).count()
    credited = credits_of_month(month).filter(provisional=True).values("shift").distinct().count()
    count = max(open_ones, credited)
    if count:
        title = ngettext("%(count)d shift is not confirmed", "%(count)d shifts are not confirmed", count)
        text = _("Say of each whether it was so. Its numbers are provisional until then.")
        yield Finding("shifts", title % {"count": count}, text, url, _("Confirm"), True)
    flagged = inside.exclude(flag="").exclude(state=ShiftState.CANCELLED).count()
    if flagged:
        title = ngettext("%(count)d shift is said to be wrong", "%(count)d shifts are said to be wrong", flagged)
        yield Finding(
            "flags", title % {"count": flagged}, _("Answer the objection on the shift's page."), url, _("See")
        )


def _refunds(month: date, imported: Coverage) -> Iterator[Finding]:
    final = final_on(ordered_until(next_month(month) - timedelta(days=1)), settings.REFUND_DAYS)
    start, end = month_bounds(month)
    aired = Session.objects.filter(gone=False, start__gte=start, start__lt=end).order_by()
    until = imported.after_sales_until(set(aired.values_list("account__platform", flat=True)))
    if until is None or until < final:
        title = _("Refunds are not final before %(day)s") % {"day": numbers.day_short(final)}
        text = _("Export the after-sales on that day or later and upload them.")
        if until:
            text += " " + _("So far they are known up to %(day)s.") % {"day": numbers.day_short(until)}
        yield Finding("refunds", title, text, reverse("home:upload"), _("Upload"))


def _missing(month: date, imported: Coverage) -> Iterator[Finding]:
    """Days with broadcasts of which no file of a kind speaks; orders and after-sales platform by platform."""
    start, end = month_bounds(month)
    sessions = Session.objects.filter(gone=False, start__gte=start, start__lt=end)
    aired = {(at, of) for at, of in sessions.values_list("start", "account__platform")}
    platforms = {of for _at, of in aired}
    titles = {SESSION_REPORT: _("session reports"), ORDER_LINE: _("shop orders"), AFTER_SALE: _("after-sales")}
    for table in (*FILES, AFTER_SALE):
        bare = {(timezone.localdate(at), of) for at, of in aired if not _told(imported, table, at, of)}
        lacking, of_these = sorted({day for day, _of in bare}), {of for _day, of in bare}
        if lacking:
            title = ngettext(
                "%(count)d day with broadcasts has no %(file)s", "%(count)d days with broadcasts have no %(file)s",
                len(lacking),
            )  # fmt: skip
            named = _(", ").join(numbers.day_short(day) for day in lacking[:DAYS_NAMED])
            text = _("Export and upload them: %(days)s") % {"days": named + ("…" if lacking[DAYS_NAMED:] else "")}
            if of_these != platforms:
                text += " · " + _(", ").join(str(one.label) for one in Platform if one in of_these)
            said = title % {"count": len(lacking), "file": titles[table]}
            yield Finding(f"missing_{table}", said, text, reverse("home:upload"), _("Upload"))


def _told(imported: Coverage, table: str, at: datetime, platform: str) -> bool:
    """Whether a file speaks of the broadcast that began then: as values ask it."""
    if table in OF_A_PLATFORM:
        return table not in imported.lacking(at, platform)
    return imported.reaches(table, *2 * (timezone.localdate(at),))


def _batches(month: date) -> Iterator[Finding]:
    start, end = month_bounds(month)
    near = Batch.objects.filter(state=BatchState.VISIBLE, first_instant__lt=end, last_instant__gte=start)
    bad = list(near.filter(Q(rejected__gt=0) | Q(held__gt=0)).order_by("pk"))
    if bad:
        rows = sum(batch.left_out for batch in bad)
        title = ngettext("%(count)d row was not taken over", "%(count)d rows were not taken over", rows)
        url = reverse("imports:batch", args=[bad[0].pk]) if len(bad) == 1 else reverse("imports:batches")
        text = _("Correct them in the file and upload it again: %(files)s") % {
            "files": _(", ").join(batch.file_name for batch in bad[:3])
        }
        yield Finding("batches", title % {"count": rows}, text, url, _("See which"))


def _uploads() -> Iterator[Finding]:
    count = Upload.objects.filter(state=UploadState.PREVIEW).count()
    if count:
        title = ngettext("%(count)d file waits for your yes", "%(count)d files wait for your yes", count)
        text = _("Confirm it or put it away: nothing of it counts yet.")
        yield Finding("uploads", title % {"count": count}, text, reverse("home:upload"), _("Check"))


def _doubts() -> Iterator[Finding]:
    count = waiting()
    if count:
        title = ngettext("%(count)d group is in doubt", "%(count)d groups are in doubt", count) % {"count": count}
        text = _("Say which broadcast the orders, reports and minutes are of.")
        yield Finding("doubts", title, text, reverse("measurement:matches"), _("Settle"))


def _orders(computation: Computation) -> Iterator[Finding]:
    """Money without a rate, orders that do not say where they came from, orders of no session."""
    waits = computation.facts.filter(measure__contains="@").exclude(place="unpaid")
    if waits.exists():
        rooms = waits.values("account").distinct().count()
        title = ngettext("Money of %(count)d room waits for a rate", "Money of %(count)d rooms waits for a rate", rooms)
        text = _("Enter the exchange rate of the day.")
        yield Finding("rates", title % {"count": rooms}, text, reverse("measurement:rates"), _("Enter"))
    month = f"{computation.month:%Y-%m}"
    orders = computation.facts.filter(measure="orders").values("place", "kind").order_by().annotate(sum=Sum("amount"))
    sums = {(row["place"], row["kind"]): row["sum"] for row in orders}
    pending = sums.get(("outside", "pending"), 0)
    if pending:
        title = ngettext(
            "%(count)d order does not say yet where it came from",
            "%(count)d orders do not say yet where they came from", pending,
        )  # fmt: skip
        url = f"{reverse('measurement:left_out')}?{urlencode({'month': month, 'place': 'outside', 'kind': 'pending'})}"
        text = _("Export these orders again a day later and upload them.")
        yield Finding("pending", title % {"count": pending}, text, url, _("See which"))
    unmatched = {kind: count for (place, kind), count in sums.items() if place == "unmatched" and count}
    if unmatched:
        count = sum(unmatched.values())
        title = ngettext("%(count)d order fits no broadcast", "%(count)d orders fit no broadcast", count)
        asked = {"month": month, "place": "unmatched", "kind": next(iter(unmatched))}
        text = _("Add the room's other names, or the missing broadcast.")
        url = f"{reverse('measurement:left_out')}?{urlencode(asked)}"
        yield Finding("unmatched", title % {"count": count}, text, url, _("See which"))


def _other_money(computation: Computation) -> Iterator[Finding]:
    """The platform's sales, by minutes or as read at handovers, in a currency that their room does not have."""
    other = computation.facts.filter(kind__in=(OTHER_MONEY, READ_MONEY))
    days = list(other.order_by("date").values_list("kind", "date").distinct())
    if days:
        title = ngettext(
            "Sales of %(count)d day are in another currency than their room's",
            "Sales of %(count)d days are in another currency than their room's", len({day for _kind, day in days}),
        )  # fmt: skip
        text = _("Correct the room's currency, or the currency of these amounts.")
        asked = {"month": f"{computation.month:%Y-%m}", "place": "unmatched", "kind": days[0][0]}
        url = f"{reverse('measurement:left_out')}?{urlencode(asked)}"
        yield Finding("other_money", title % {"count": len({day for _kind, day in days})}, text, url, _("See which"))


def _ads(computation: Computation) -> Iterator[Finding]:
    """Spend of ad accounts of which nobody said whose they are."""
    spent = computation.facts.filter(kind=NO_ROOM, measure__startswith="spend_minor", amount__gt=0)
    days = spent.order_by().values("date").distinct().count()
    if days:
        title = ngettext(
            "Ad spend of %(count)d day belongs to no room", "Ad spend of %(count)d days belongs to no room", days
        )
        text = _("Say which rooms the ad account spends for.")
        asked = {"month": f"{computation.month:%Y-%m}", "place": "unmatched", "kind": NO_ROOM}
        url = f"{reverse('measurement:left_out')}?{urlencode(asked)}"
        yield Finding("ad_accounts", title % {"count": days}, text, url, _("See which"))


def _cards(month: date) -> Iterator[Finding]:
    """Cards that contradict themselves: nobody is scored by them."""
    for role, card in sorted(cards_in(month).items()):
        if card.faults:
            title = _("The scorecard “%(card)s” contradicts itself: nobody is scored by it") % {"card": card.title}
            url = f"{reverse('appraisal:team')}?{urlencode({'month': f'{month:%Y-%m}', 'role': role})}"
            yield Finding(f"card_{role}", title, " ".join(fault.text for fault in card.faults), url, _("See"))


def _holes(month: date) -> Iterator[Finding]:
    """Air time in which nobody was host."""
    none = credits_of_month(month).filter(role="host", person=None, reason="no_one", measure="air_ms", amount__gt=0)
    about = none.aggregate(ms=Sum("amount"), sessions=Count("session", distinct=True))
    if about["sessions"]:
        title = ngettext(
            "%(time)s on air without a host, in %(count)d broadcast",
            "%(time)s on air without a host, in %(count)d broadcasts", about["sessions"],
        ) % {"time": numbers.minutes(about["ms"]), "count": about["sessions"]}  # fmt: skip
        last = next_month(month) - timedelta(days=1)
        asked = {"from": month.isoformat(), "to": last.isoformat(), "state": "unstaffed"}
        url = f"{reverse('measurement:sessions')}?{urlencode(asked)}"
        yield Finding("holes", title, _("Add who was there, or correct the times of the shifts."), url, _("See which"))

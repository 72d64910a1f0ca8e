"""A person's own shifts as an iCalendar (RFC 5545): planned ones tentative, confirmed ones confirmed, nothing else."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from kaibo.live.actions.feeds import hash_of
from kaibo.live.models import CrewRole, RosterFeed, Shift, ShiftState

# what calendar programs keep in sight
BACK, AHEAD = timedelta(days=60), timedelta(days=400)
ASK_EVERY = timedelta(hours=1)


def find_feed(secret: str) -> RosterFeed:
    """Whose address it is; else Http404, as for one that was never made. Who may not sign in any more has none."""
    found = RosterFeed.objects.filter(sha256=hash_of(secret)).select_related("person__user").first()
    if found is None or found.person.user is None or not found.person.user.is_active:
        raise Http404
    return found


def shifts_of(feed: RosterFeed, now: datetime) -> list[Shift]:
    """The person's own, from two months ago on; what was cancelled or not kept is none."""
    mine = Shift.objects.filter(person=feed.person).exclude(state__in=[ShiftState.CANCELLED, ShiftState.ABSENT])
    near = mine.filter(planned_start__gte=now - BACK, planned_start__lt=now + AHEAD) | mine.filter(
        planned_start=None, confirmed_start__gte=now - BACK
    )
    return list(near.select_related("account").order_by("planned_start", "confirmed_start", "pk"))


def as_calendar(feed: RosterFeed, shifts: Iterable[Shift], now: datetime, host: str) -> bytes:
    """`host`: whose shifts these are among all the world's, so that an entry stays one when it moves."""
    # only here: no other page needs it
    from icalendar import Calendar, Event

    with override(feed.language):
        calendar = Calendar()
        calendar.add("prodid", "-//Kaibo//Roster//EN")
        calendar.add("version", "2.0")
        calendar.add("method", "PUBLISH")
        calendar.add("x-wr-calname", _("My shifts"))
        calendar.add("refresh-interval", ASK_EVERY, parameters={"value": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")
        for shift in shifts:
            start, end = _times(shift)
            confirmed = shift.state == ShiftState.CONFIRMED
            event = Event()
            event.add("uid", f"shift-{shift.pk}@{host}")
            event.add("dtstamp", now)
            event.add("dtstart", start)
            event.add("dtend", end)
            event.add("summary", f"{shift.account.name} · {CrewRole(shift.role).label}")
            event.add("status", "CONFIRMED" if confirmed else "TENTATIVE")
            event.add("description", _("Confirmed: you were there.") if confirmed else _("Planned."))
            calendar.add_component(event)
        return bytes(calendar.to_ical())


def _times(shift: Shift) -> tuple[datetime, datetime]:
    """Confirmed times where confirmed, else planned ones."""
    if shift.state == ShiftState.CONFIRMED and shift.confirmed_start and shift.confirmed_end:
        return shift.confirmed_start, shift.confirmed_end
    start = shift.planned_start or shift.confirmed_start
    end = shift.planned_end or shift.confirmed_end
    if start is None or end is None:
        raise ValueError(f"shift {shift.pk} has no whole times")
    return start, end


def used(feed: RosterFeed) -> None:
    """Writes that it was asked for, at most once an hour."""
    now = timezone.now()
    if feed.used_at is None or now - feed.used_at > ASK_EVERY:
        RosterFeed.objects.filter(pk=feed.pk).update(used_at=now)

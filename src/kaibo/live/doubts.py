"""What a person has to settle, as rows with numbered choices: joins, reports at once, minutes of no room, shifts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.imports.models import Batch, BatchState, Reject
from kaibo.live.confirming import Problem, Proposal
from kaibo.live.importer import report_batches, report_facts, reports
from kaibo.live.instants import to_instant
from kaibo.live.joins import proposed_joins, shorts
from kaibo.live.minutes import newest_said, sums_of, with_minutes
from kaibo.live.models import MinutePlace, Session
from kaibo.live.nights import Days, business_day, open_shifts, read_night
from kaibo.live.reported import Reported
from kaibo.login.models import User
from kaibo.look import numbers

# so many broadcasts are offered for a file of minutes
OFFERED = 5
# the start of the sentence with which live.reported holds a row that another session leaves no room for
AT_ONCE = "This account has another session at that time"


@dataclass(frozen=True)
class Choice:
    """`key`: what the form sends; on the page choices are numbered in their order."""

    key: str
    title: str
    note: str = ""


@dataclass(frozen=True)
class Item:
    """One thing to settle. `group`: items with the same one stand together. `parts`: what may share it, if anything."""

    key: str
    title: str
    facts: str
    choices: tuple[Choice, ...]
    group: str = ""
    count: int | None = None
    amount: int | None = None
    currency: str = ""
    href: str = ""
    parts: tuple[Choice, ...] = ()


def span(start: datetime, end: datetime) -> str:
    return f"{numbers.day_short(timezone.localdate(start))} {numbers.clock_range(start, end)}"


def joins() -> list[Item]:
    """Broadcasts that look like one, and very short ones."""
    found = []
    for pair in proposed_joins():
        gap = _("%(gap)s off air") % {"gap": numbers.minutes(pair.off // timedelta(milliseconds=1))}
        choices = [
            Choice("join", _("One broadcast"), _("it broke off and went on")), Choice("apart", _("Two broadcasts")),
        ]  # fmt: skip
        if pair.off > timedelta(minutes=30) or _is_short(pair.later) or _is_short(pair.earlier):
            choices.append(Choice("test", _("The short one was a test"), _("credits nobody")))
        facts = (
            f"{span(pair.earlier.start, pair.earlier.end)} → {numbers.clock_range(pair.later.start, pair.later.end)}"
        )
        found.append(
            Item(
                f"{pair.earlier.pk}-{pair.later.pk}", pair.later.account.name, f"{facts} · {gap}", tuple(choices),
                href=reverse("live:edit_session", args=[pair.later.pk]),
            )
        )  # fmt: skip
    for short in shorts():
        session = short.session
        choices = [Choice("test", _("A test"), _("credits nobody")), Choice("apart", _("A real broadcast"))]
        found.append(
            Item(
                f"{session.pk}", session.account.name, " · ".join([span(session.start, session.end), _("very short")]),
                tuple(choices), href=reverse("live:edit_session", args=[session.pk]),
            )
        )  # fmt: skip
    return found


def _is_short(session: Session) -> bool:
    return session.end - session.start < timedelta(minutes=10)


def reports_at_once() -> list[Item]:
    """Rows of session reports that make no session because another one of the room is on air then."""
    found = []
    for reject, one, standing in held_reports():
        choices = (
            Choice("keep", span(standing.start, standing.end), _("as it counts now")),
            Choice("use", span(one.start, one.end), _("this row instead")),
        )
        facts = " · ".join([reject.batch.file_name, _("row %(row)s") % {"row": reject.line}])
        url = reverse("imports:row", args=[reject.batch_id, reject.line])
        found.append(Item(f"{reject.batch_id}-{reject.line}", standing.account.name, facts, choices, href=url))
    return found


def held_reports() -> list[tuple[Reject, Reported, Session]]:
    """The held rows that a person can decide, with what each reports and the session that stands in its way."""
    held = Reject.objects.filter(held=True, batch__state=BatchState.VISIBLE, reason__startswith=AT_ONCE)
    rejects = list(held.select_related("batch").order_by("batch", "line"))
    if not rejects:
        return []
    batches = list(report_batches().filter(pk__in={reject.batch_id for reject in rejects}))
    facts = report_facts(batches)
    rows = {(one.batch, one.row): one for batch in batches for one in reports(batch, facts[batch.pk])}
    pairs = [(reject, rows.get((reject.batch_id, reject.line))) for reject in rejects]
    found = [(reject, one, _standing(one)) for reject, one in pairs if one is not None]
    return [(reject, one, standing) for reject, one, standing in found if standing is not None]


def _standing(one: Reported) -> Session | None:
    there = Session.objects.filter(gone=False, account__platform=one.platform, start__lt=one.end, end__gt=one.start)
    named = there.filter(account__handle=one.handle) if one.handle else there.filter(account__name=one.name)
    return named.select_related("account").order_by("start").first()


def minutes_of_no_room() -> list[Item]:
    """Files of minutes that name no room, fit several reports or none, and that nobody has placed yet."""
    batches = {batch.pk: batch for batch in waiting_minutes()}
    found = []
    for one in sums_of(list(batches.values())):
        start, end = to_instant(one.first_ms), to_instant(one.end_ms)
        choices = [Choice(str(s.pk), s.account.name, span(s.start, s.end)) for s in near(start, end, one.platform)]
        choices.append(Choice("none", _("None of ours")))
        known = [
            text % {"n": numbers.count(value)}
            for text, value in [(_("%(n)s comments"), one.comments), (_("%(n)s new followers"), one.new_followers)]
            if value is not None
        ]
        facts = " · ".join([span(start, end), *known])
        url = reverse("imports:batch", args=[one.batch])
        found.append(
            Item(str(one.batch), batches[one.batch].file_name, facts, tuple(choices), count=one.rows, href=url)
        )
    return found


def waiting_minutes() -> list[Batch]:
    settled = set(newest_said()) | set(MinutePlace.objects.values_list("batch", flat=True))
    return [batch for batch in with_minutes(Batch.objects.filter(state=BatchState.VISIBLE)) if batch.pk not in settled]


def near(start: datetime, end: datetime, platform: str) -> list[Session]:
    """The broadcasts that share most time with a stretch, best first."""
    there = Session.objects.filter(gone=False, start__lt=end, end__gt=start).select_related("account")
    if platform:
        there = there.filter(account__platform=platform)
    return sorted(there, key=lambda s: (max(s.start, start) - min(s.end, end), s.pk))[:OFFERED]


def shifts(user: User, now: datetime) -> list[Item]:
    """Open shifts that something speaks against: they cannot be confirmed by one button with the others."""
    return [_shift(proposal) for proposal in hard_shifts(user, now)]


def hard_shifts(user: User, now: datetime) -> list[Proposal]:
    waiting = open_shifts(user, now)
    if not waiting:
        return []
    days = Days(business_day(waiting[0]), business_day(waiting[-1]), only_open=True)
    hard = [proposal for proposal in read_night(user, days, now).hard if proposal.is_open]
    return sorted(hard, key=lambda p: (PROBLEMS.index(p.problems[0]), p.shift.account.name, p.start, p.shift.pk))


PROBLEMS = list(Problem)


def problem_word(problem: Problem) -> str:
    return {
        Problem.FLAGGED: _("Objection"),
        Problem.NO_SESSION: _("No session found"),
        Problem.NOT_YET: _("No data yet"),
        Problem.NOT_LIVE: _("Not live air time"),
        Problem.BEGAN_LATE: _("Began later"),
        Problem.ENDED_EARLY: _("Ended earlier"),
        Problem.OVERLAP: _("Twice at once"),
        Problem.WHO_LEADS: _("Who comes first"),
    }[problem]


def _shift(proposal: Proposal) -> Item:
    shift = proposal.shift
    planned = span(*_planned(proposal))
    choices = (
        Choice("confirm", _("Was so"), numbers.clock_range(proposal.start, proposal.end)),
        Choice("cancel", _("Did not take place")),
        Choice("absent", _("Nobody came")),
    )
    facts = f"{planned} · {shift.account.name}" + (f" · “{shift.flag}”" if shift.flag else "")
    title = f"{shift.person.name} · {shift.get_role_display()}"
    group = _(", ").join(problem_word(problem) for problem in proposal.problems)
    return Item(str(shift.pk), title, facts, choices, group=group, href=reverse("live:shift", args=[shift.pk]))


def _planned(proposal: Proposal) -> tuple[datetime, datetime]:
    shift = proposal.shift
    return shift.planned_start or proposal.start, shift.planned_end or proposal.end


def keys(items: Sequence[Item]) -> dict[str, Item]:
    return {item.key: item for item in items}

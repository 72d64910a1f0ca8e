"""Separation of duty (ADR 38): who corrected their own numbers of a month, or a superior's, does not close it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from kaibo.appraisal.asked import team_lines
from kaibo.appraisal.cards import cards_in
from kaibo.appraisal.own_cards.store import own_kpis
from kaibo.audit.models import EACH, AuditEvent, each_of
from kaibo.closing.losing import Stretch, of_decisions
from kaibo.kpi.catalog import KPIS
from kaibo.kpi.msgid import gettext_noop as _
from kaibo.live.models import MinuteDecision, Outage, ReportDecision, Responsibility, Session, Shift
from kaibo.live.simulcasts import all_groups, also_on
from kaibo.login.models import Grant, User
from kaibo.login.rights import Right, roles_with
from kaibo.measurement.months import month_bounds, next_month
from kaibo.message import Message
from kaibo.org.access import superiors_of
from kaibo.org.models import Appointment, DepartmentPast, Person

# what a person says of numbers that files or others say; confirming a shift as it was proposed is none
CORRECTIONS = (
    "edit_shift", "mark_absent", "cancel_shift", "add_shift", "set_lead", "undo", "add_session", "edit_session",
    "remove_session", "join_sessions", "part_sessions", "call_test", "decide_match", "record_outage", "edit_outage",
    "remove_outage", "restore_outage", "assign_responsibility", "end_responsibility", "remove_responsibility",
    "place_room", "take_room_out",
)  # fmt: skip
# planning while the shift is still to come; once it has begun, a correction like any other
PLANNING = ("plan_shift", "move_shift", "undo")
# of a file's rows: which months they touch is known by the decision alone
OF_FILES = ("choose_report", "place_minutes")
BEGINS = ("planned_start", "confirmed_start")
TIMES = (*BEGINS, "planned_end", "confirmed_end")
DAY = timedelta(days=1)


def in_the_way(user: User | None, month: date) -> Message | None:
    """Why somebody else closes the month: this user corrected numbers of their own or of a superior in it.

    None for the installation itself, and where nobody else may close months: a house of one owner closes all the same.
    """
    if user is None:
        return None
    told = corrected(user, month)
    if not told or not User.objects.who_may(Right.CLOSE_MONTHS).exclude(pk=user.pk).exists():
        return None
    text = _("You corrected numbers of %(names)s in this month yourself. Somebody else who closes months closes it.")
    return Message(text, {"names": "、".join(sorted(told))})


def corrected(user: User, month: date) -> list[str]:
    """The names of those among the user and their superiors of the month whose numbers of it the user corrected."""
    start, _end = month_bounds(month)
    targets: dict[str, set[Any]] = defaultdict(set)
    named: set[Any] = set()
    # what changes a month is done in it or later
    done = AuditEvent.objects.filter(by_id=user.pk, verb__in={*CORRECTIONS, *PLANNING, *OF_FILES}, at__gte=start)
    for verb, at, kind, target, said in done.values_list("verb", "at", "target_type", "target_id", "payload__data"):
        of_file = kind in ("live.reportdecision", "live.minutedecision")
        if not of_file and f"{month:%Y-%m}" not in (said or {}).get("months", ()):
            continue
        many = EACH in (said or {})
        for pk, data in each_of(target, said or {}):
            if many and kind == "live.shift" and not _near(data, month):
                continue
            if kind == "live.shift" and verb in PLANNING and not _had_begun(data, at):
                continue
            targets[kind].add(int(pk))
            if kind == "live.shift":
                named |= _named(data)
    if not targets:
        return []
    people = _above_or_oneself(user, month)
    return sorted(people[pk] for pk in (_touched(targets, people, month) | named & people.keys()))


def _had_begun(data: Mapping[str, Any], at: datetime) -> bool:
    """Whether a shift that was planned otherwise had begun by then, as it was or as it became."""
    told = (data.get(state, {}).get(name) for state in ("former", "now") for name in BEGINS)
    return any(datetime.fromisoformat(begun) <= at for begun in told if begun)


def _near(data: Mapping[str, Any], month: date) -> bool:
    """Whether one shift of many has a time in the month or a day from it: the row names the months of them all."""
    start, end = month_bounds(month)
    told = (data.get(state, {}).get(name) for state in ("former", "now") for name in TIMES)
    return any(start - DAY <= datetime.fromisoformat(at) <= end + DAY for at in told if at)


def _named(data: Mapping[str, Any]) -> set[Any]:
    """Whose shift it was before and after."""
    return {data.get("person"), *(data.get(state, {}).get("person_id") for state in ("former", "now"))} - {None}


def _above_or_oneself(user: User, month: date) -> dict[int, str]:
    """Person → name of the user and of who was above them on any day of the month."""
    found = dict(Person.objects.filter(user=user).values_list("pk", "name"))
    for day in _changes(user, month):
        found |= superiors_of(user, day, of_company=True).values_list("pk", "name")
    return found


def _changes(user: User, month: date) -> list[date]:
    """The days of the month on which somebody else may have come to be above the user; its first day before all."""
    deciding = Grant.objects.filter(Q(role__in=roles_with(Right.DECIDE)) | Q(user=user), delegated_from=None).order_by()
    who = Q(person__user=user) | Q(person__user__in=deciding.values("user"))
    rows = [
        *Appointment.objects.filter(who).values_list("start", "end"), *deciding.values_list("start", "end"),
        *DepartmentPast.objects.values_list("start", "until"),
    ]  # fmt: skip
    days = {day for row in rows for day in row if day is not None and month <= day < next_month(month)}
    return sorted(days | {month})


def _touched(targets: Mapping[str, set[Any]], people: Collection[int], month: date) -> set[int]:
    """Which of the people the corrected rows speak of."""
    shifts = Shift.objects.filter(person__in=people)
    found = set(shifts.filter(pk__in=targets["live.shift"]).values_list("person", flat=True))
    answering = Responsibility.objects.filter(person__in=people, pk__in=targets["live.responsibility"])
    found |= set(answering.values_list("person", flat=True))
    found |= _of_teams(people, month) if targets["live.account"] else set()
    stretches: list[Stretch] = [*of_decisions(targets["live.matchdecision"]), *_of_files(targets, month)]
    for model, keys in ((Session, targets["live.session"]), (Outage, targets["live.outage"])):
        stretches += model._default_manager.filter(pk__in=keys).values_list("account", "start", "end")
    for some in _parts(_of_one_crew(stretches)):
        found |= set(shifts.filter(some).values_list("person", flat=True))
    return found


def _of_teams(people: Collection[int], month: date) -> set[int]:
    """Who is scored by a team's rooms: where a room belongs is a part of their numbers, whichever room it is."""
    cards = cards_in(month)
    kpis = own_kpis(cards.values())
    told = team_lines(cards, kpis)
    positions = [role for role, keys in told.items() if any((kpis or KPIS)[key].of_rooms for key in keys)]
    held = Appointment.objects.filter(Q(end=None) | Q(end__gt=month), start__lt=next_month(month), person__in=people)
    return set(held.filter(position__key__in=positions).order_by().values_list("person", flat=True))


def _of_files(targets: Mapping[str, set[Any]], month: date) -> list[Stretch]:
    """The broadcasts that a decision about a file's reports or minutes speaks of."""
    chosen = MinuteDecision.objects.filter(pk__in=targets["live.minutedecision"]).values("session")
    asked = Q(pk__in=chosen)
    for one in ReportDecision.objects.filter(pk__in=targets["live.reportdecision"]):
        names = Q(account__handle=one.handle) | Q(account__name=one.handle)
        asked |= names & Q(account__platform=one.platform, start__lte=one.start, end__gt=one.start)
    there = Session.objects.filter(asked).values_list("account", "start", "end")
    return [row for row in there if timezone.localdate(row[1]).replace(day=1) == month]


def _of_one_crew(stretches: Iterable[Stretch]) -> set[Stretch]:
    """A shift of one room of a simulcast covers the others too."""
    groups = all_groups()
    found = set()
    for account, start, end in stretches:
        found |= {(room, start, end) for room in (account, *also_on(account, start, groups))}
    return found


def _parts(stretches: Iterable[Stretch], at_once: int = 100) -> Iterable[Q]:
    """Shifts on these rooms at these times, some at a time."""
    rows = list(stretches)
    for first in range(0, len(rows), at_once):
        asked = Q(pk__in=())
        for account, start, end in rows[first : first + at_once]:
            asked |= Q(account=account, confirmed_start__lt=end, confirmed_end__gt=start)
            asked |= Q(account=account, confirmed_start=None, planned_start__lt=end, planned_end__gt=start)
        yield asked

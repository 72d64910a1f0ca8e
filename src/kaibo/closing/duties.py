"""Separation of duty (ADR 38): who corrected their own numbers of a month, or a superior's, does not close it."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.db.models import Q

from kaibo.audit.models import AuditEvent
from kaibo.kpi.msgid import gettext_noop as _
from kaibo.live.models import MatchChoice, Outage, Responsibility, Session, Shift
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.measurement.months import month_bounds
from kaibo.message import Message
from kaibo.org.access import superiors_of
from kaibo.org.models import Person

# what a person says of numbers that files or others say; confirming a shift as it was proposed is none
CORRECTIONS = (
    "edit_shift", "mark_absent", "cancel_shift", "add_shift", "set_lead", "undo", "add_session", "edit_session",
    "remove_session", "join_sessions", "part_sessions", "call_test", "decide_match", "record_outage", "edit_outage",
    "remove_outage", "restore_outage", "assign_responsibility", "end_responsibility", "remove_responsibility",
)  # fmt: skip


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
    """The names of those among the user and their superiors whose numbers of the month the user corrected."""
    mine = Person.objects.filter(user=user) | superiors_of(user, of_company=True)
    people = dict(mine.values_list("pk", "name"))
    if not people:
        return []
    start, _end = month_bounds(month)
    # what changes a month is done in it or later
    done = AuditEvent.objects.filter(by_id=user.pk, verb__in=CORRECTIONS, at__gte=start)
    targets: dict[str, set[Any]] = defaultdict(set)
    for kind, pk, data in done.values_list("target_type", "target_id", "data"):
        if f"{month:%Y-%m}" in data.get("months", ()):
            targets[kind].add(int(pk))
    return [people[pk] for pk in _touched(targets, people)]


def _touched(targets: dict[str, set[Any]], people: Collection[int]) -> set[int]:
    """Which of the people the corrected rows speak of."""
    shifts = Shift.objects.filter(person__in=people)
    found = set(shifts.filter(pk__in=targets["live.shift"]).values_list("person", flat=True))
    answering = Responsibility.objects.filter(person__in=people, pk__in=targets["live.responsibility"])
    found |= set(answering.values_list("person", flat=True))
    chosen = MatchChoice.objects.filter(decision__in=targets["live.matchdecision"]).values_list("session", flat=True)
    stretches: list[tuple[int, Any, Any]] = []
    for model, keys in ((Session, targets["live.session"] | set(chosen)), (Outage, targets["live.outage"])):
        stretches += model._default_manager.filter(pk__in=keys).values_list("account", "start", "end")
    for some in _parts(stretches):
        found |= set(shifts.filter(some).values_list("person", flat=True))
    return found


def _parts(stretches: Iterable[tuple[int, Any, Any]], at_once: int = 100) -> Iterable[Q]:
    """Shifts on these rooms at these times, some at a time."""
    rows = list(stretches)
    for first in range(0, len(rows), at_once):
        asked = Q(pk__in=())
        for account, start, end in rows[first : first + at_once]:
            asked |= Q(account=account, confirmed_start__lt=end, confirmed_end__gt=start)
            asked |= Q(account=account, confirmed_start=None, planned_start__lt=end, planned_end__gt=start)
        yield asked

"""A person's way through the company: what began, changed and ended, the newest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, CharField, DateField, DateTimeField, F, QuerySet, Value, When
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.look.numbers import day_year
from kaibo.org.actions.appointments import TAKEN_BACK_WITHIN
from kaibo.org.models import Appointment, AppointmentKind, EngagementKind, Person, ProtectionReason, Stage

# shorter leave is the roster's, and stands there
LONG_LEAVE = timedelta(days=14)


@dataclass(frozen=True)
class Moment:
    """`day`: the day it stands at; `state`: now, done or to come. `kind` and `of` say what can be done with it."""

    day: date
    kind: str
    icon: str
    title: str
    note: str = ""
    state: str = "done"
    of: Any = None
    undo: bool = False
    may_end: bool = False
    chips: Sequence[str] = ()


@dataclass(frozen=True)
class Noted:
    """A row of the person's terms, stages, protections or departures: `what` it is, `key` which of its kind."""

    what: str
    pk: int
    key: str
    start: date
    end: date | None
    reason: str
    made_at: datetime | None
    by: str


@dataclass
class Way:
    """What is known of a person's way. `moments`: by year, the newest first."""

    appointments: list[Appointment]
    noted: list[Noted]
    leaves: list[Any]
    moments: list[tuple[int, list[Moment]]] = field(default_factory=list)

    def engagement(self, on: date) -> Noted | None:
        return next((one for one in self.of("engagement") if _holds(one.start, one.end, on)), None)

    @property
    def stage(self) -> Noted | None:
        return next(reversed(self.of("stage")), None)

    def of(self, what: str) -> list[Noted]:
        return [one for one in self.noted if one.what == what]


def way(person: Person, today: date) -> Way:
    """Three queries."""
    held = person.appointments.select_related("position", "department").order_by("start", "pk")
    found = Way(list(held), _noted(person), long_leaves(person))
    years: dict[int, list[Moment]] = {}
    for moment in sorted(_moments(found, today), key=lambda one: one.day, reverse=True):
        years.setdefault(moment.day.year, []).append(moment)
    found.moments = list(years.items())
    return found


def _noted(person: Person) -> list[Noted]:
    """One query over four tables, by day: a page of a person asks for enough already."""
    never, nothing = Cast(Value(None), DateField()), Value("", output_field=CharField())
    unknown = Cast(Value(None), DateTimeField())
    by = Case(
        When(by__isnull=True, then=nothing), When(by__first_name="", then="by__username"), default="by__first_name"
    )
    terms = _columns("engagement", person.engagements, "kind", "start", F("end"), nothing, F("made_at"), nothing)
    rows = terms.union(
        _columns("stage", person.stages, "stage", "day", never, F("reason"), F("made_at"), by),
        _columns("protection", person.protections, "reason", "start", F("end"), nothing, unknown, nothing),
        _columns("departure", person.departures, "", "day", F("back_on"), F("reason"), unknown, nothing),
        all=True,
    )
    return sorted((Noted(*row) for row in rows), key=lambda one: (one.start, one.pk))


def _columns(what: str, rows: Any, key: str, start: str, *others: Any) -> QuerySet[Any, Any]:
    end, reason, made_at, by = others
    text: CharField[str, str] = CharField()
    told: QuerySet[Any, Any] = rows.order_by().annotate(
        told_what=Value(what, output_field=text), told_key=F(key) if key else Value("", output_field=text),
        told_start=F(start), told_end=end, told_reason=reason, told_made=made_at, told_by=by,
    )  # fmt: skip
    return told.values_list(
        "told_what", "pk", "told_key", "told_start", "told_end", "told_reason", "told_made", "told_by"
    )


def long_leaves(person: Person) -> list[Any]:
    """Approved leave of two weeks or more; it is the roster's leave (the reverse of live.Leave.person), kept once."""
    approved = person.leaves.filter(state="approved", end__gte=F("start") + LONG_LEAVE)
    return list(approved.order_by("start"))


def away(on: date) -> set[int]:
    """The people who are on long leave at noon of a day; one query."""
    noon = timezone.make_aware(datetime.combine(on, datetime.min.time()) + timedelta(hours=12))
    there = Person.objects.filter(
        leaves__state="approved", leaves__end__gte=F("leaves__start") + LONG_LEAVE,
        leaves__start__lte=noon, leaves__end__gt=noon,
    )  # fmt: skip
    return set(there.order_by().values_list("pk", flat=True))


def _holds(start: date, end: date | None, on: date) -> bool:
    return start <= on and (end is None or on < end)


def _state(start: date, end: date | None, today: date) -> str:
    if start > today:
        return "later"
    return "now" if _holds(start, end, today) else "done"


def span(start: date, end: date | None) -> str:
    """From a day to before a day, in words."""
    if end is None:
        return _("since %(day)s") % {"day": day_year(start)}
    return _("%(start)s to before %(end)s") % {"start": day_year(start), "end": day_year(end)}


def _young(made_at: datetime | None) -> bool:
    return made_at is not None and made_at > timezone.now() - TAKEN_BACK_WITHIN


def _moments(found: Way, today: date) -> Iterator[Moment]:
    yield from _held(found, today)
    newest = {id(found.of(what)[-1]) for what in ("engagement", "stage") if found.of(what)}
    for one in found.noted:
        undo = id(one) in newest and _young(one.made_at)
        state = _state(one.start, one.end, today)
        if one.what == "engagement":
            title = str(EngagementKind(one.key).label)
            yield Moment(one.start, one.what, "file-text", title, span(one.start, one.end), state, one, undo)
        elif one.what == "stage":
            title = _("Host: %(stage)s") % {"stage": Stage(one.key).label}
            state = "done" if state == "now" and id(one) not in newest else state
            told = " · ".join(part for part in (one.reason, one.by) if part)
            yield Moment(one.start, one.what, "flag", title, told, state, one, undo)
        elif one.what == "protection":
            title = _("Protected: %(reason)s") % {"reason": ProtectionReason(one.key).label}
            told = span(one.start, one.end)
            yield Moment(one.start, one.what, "lock", title, told, state, one, may_end=state != "done")
        else:
            yield Moment(one.start, one.what, "logout", _("Left"), one.reason, "done", one)
            if one.end:
                yield Moment(one.end, "return", "door", _("Back with the team"), "", "done", one)
    for leave in found.leaves:
        start, end = timezone.localdate(leave.start), timezone.localdate(leave.end)
        title = _("On long leave")
        yield Moment(start, "leave", "calendar-time", title, span(start, end), _state(start, end, today), leave)


def _held(found: Way, today: date) -> Iterator[Moment]:
    """Appointments; the first main one is the day they came."""
    mains = [one for one in found.appointments if one.kind == AppointmentKind.MAIN]
    for one in found.appointments:
        state = _state(one.start, one.end, today)
        chips = [one.beside] if one.beside else []
        if mains and one is mains[0]:
            chips.append(_("Came"))
        elif one.follows_id is not None:
            chips.append(_("Transfer"))
        title = f"{one.position.title} · {one.department.title}"
        last = not (one.kind == AppointmentKind.MAIN and one is not mains[-1])
        yield Moment(
            one.start, "appointment", "user-check", title, span(one.start, one.end), state, one,
            _young(one.made_at) and last, state != "done", tuple(chips),
        )  # fmt: skip

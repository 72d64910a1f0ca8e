"""Gathers everything a month's computation reads from the database, as plain frozen values."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cached_property, lru_cache
from typing import Any

from django.conf import settings
from django.db.models import IntegerField, Q, TextField
from django.db.models.functions import Cast
from django.utils.timezone import get_current_timezone, localdate

from kaibo.facts.schema import (
    AD_SPEND,
    AFTER_SALE,
    CLOCK_IN,
    EVENT,
    MINUTE,
    ORDER_LINE,
    READING,
    SERVICE_CASE,
    SERVICE_RESULT,
    SESSION_PRODUCT,
    SESSION_REPORT,
    TAGGED_LINE,
)
from kaibo.imports.files import batches_of, file_of, in_use
from kaibo.imports.models import BatchState, Reject
from kaibo.kpi.due import without
from kaibo.kpi.inputs import (
    AdPartIn,
    AnswerIn,
    BatchIn,
    DueIn,
    MatchIn,
    MonthInputs,
    OutageIn,
    PersonIn,
    RateIn,
    SessionIn,
    Settings,
    ShiftIn,
    TagRuleIn,
)
from kaibo.live.matches import Decision, decisions_in_force
from kaibo.live.models import (
    Account,
    AdAccountPart,
    MinutePlace,
    Outage,
    OutageCause,
    Responsibility,
    Shift,
    ShiftState,
    TagRule,
)
from kaibo.live.plan_models import Leave, LeaveState
from kaibo.live.same_rooms import as_input
from kaibo.live.simulcasts import Group, all_groups, also_on
from kaibo.live.spans import OnAir, folded, sessions_near
from kaibo.measurement.closed import fixed_of, fixed_sessions
from kaibo.measurement.crowds import kept_of
from kaibo.measurement.months import month_bounds, next_month
from kaibo.measurement.rates import rates_in_use
from kaibo.measurement.remembered import Crew, crew_of, mark, marks
from kaibo.org.models import Person

DIRECT = (SERVICE_RESULT, SERVICE_CASE, CLOCK_IN)
TABLES = (
    SESSION_REPORT, ORDER_LINE, AFTER_SALE, SESSION_PRODUCT, MINUTE, READING, EVENT, TAGGED_LINE, AD_SPEND, *DIRECT,
)  # fmt: skip
# a shift may reach past its session, and a session past the month's end
AROUND = timedelta(days=2)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# shifts of some months, by what the database says of them
REMEMBERED = 50_000


@dataclass(frozen=True)
class Gathered:
    """The engine's inputs and, for showing only, the names of the people in them."""

    inputs: MonthInputs
    names: dict[int, str] = field(default_factory=dict)

    def sha256(self) -> str:
        """The same for the same inputs, whatever order the database answered in."""
        return hashlib.sha256(json.dumps(self.marks, sort_keys=True).encode()).hexdigest()

    @cached_property
    def crew(self) -> Crew:
        """Shifts and outages, as lines."""
        return crew_of(self.inputs)

    @cached_property
    def marks(self) -> dict[str, str]:
        """A mark of every field of the inputs, and of the names."""
        return {**marks(self.inputs, self.crew), "names": mark(sorted(self.names.items()))}


def gather(month: date, *, adopt: Collection[int] = ()) -> Gathered:
    """The inputs of the sessions that start in `month`, in the team's zone.

    Without those that another, closed month fixed; with those that this month fixed, and those to `adopt`.
    """
    start, end = month_bounds(month)
    # late orders fall to a session that ended up to `after_days` ago, unless a later month's session ended since
    back = timedelta(days=computation_settings().after_days) + AROUND
    every = _on_air(start - back, end + back)
    elsewhere, adopted = fixed_sessions(without=month), {*adopt, *fixed_of(month)}
    first_ms, end_ms = to_ms(start), to_ms(end)
    own = {
        one.id for one in every
        if (first_ms <= one.start_ms < end_ms or one.id in adopted) and one.id not in elsewhere
    }  # fmt: skip
    last = EPOCH + timedelta(milliseconds=max([end_ms, *(one.end_ms for one in every)]))
    shifts, names = _shifts(start - back, last)
    inputs = MonthInputs(
        month=f"{month:%Y-%m}",
        accounts=[as_input(a) for a in Account.objects.order_by("pk")],
        sessions=[one for one in every if one.id in own],
        neighbours=[one for one in every if one.id not in own],
        shifts=shifts,
        batches=_batches(),
        tag_rules=[TagRuleIn(r.tag, r.by, r.value, r.pk) for r in _rules()],
        aside=_aside(),
        people=_people(),
        due=_due(month),
        ad_parts=_ad_parts(),
        answers=_answers(month),
        outages=_outages(start - back, last),
        settings=computation_settings(),
        rates=[RateIn(r.currency, r.day.isoformat(), f"{r.rate.normalize():f}") for r in rates_in_use(localdate(last))],
        matches=[_match(one) for one in decisions_in_force(start - back, last)],
        crowds=kept_of(own),
    )
    return Gathered(inputs, names)


def computation_settings() -> Settings:
    """The installation's settings that change numbers."""
    return Settings(
        zone=settings.TIME_ZONE,
        business_day_starts_at=settings.BUSINESS_DAY_STARTS_AT,
        snap_ms=settings.SNAP_MINUTES * 60_000,
        handover_gap_ms=settings.HANDOVER_GAP_MINUTES * 60_000,
        refund_days=settings.REFUND_DAYS,
        currency=settings.KAIBO_CURRENCY,
        tells_untold=True,
    )


def to_ms(instant: datetime) -> int:
    """Whole milliseconds since the epoch, without a float on the way."""
    since = instant - EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


def _shifts(start: datetime, end: datetime) -> tuple[list[ShiftIn], dict[int, str]]:
    """The shifts near, and the names of the people in them. Thousands: read without making a model of each."""
    lo, hi = start - AROUND, end + AROUND
    near = Q(planned_start__lt=hi, planned_end__gt=lo) | Q(confirmed_start__lt=hi, confirmed_end__gte=lo)
    there = Shift.objects.exclude(state__in=[ShiftState.ABSENT, ShiftState.CANCELLED]).filter(near)
    times = (_text("planned_start"), _text("planned_end"), _text("confirmed_start"), _text("confirmed_end"))
    # nothing that Django would turn into another value, row by row
    lead = Cast("lead", IntegerField())
    rows = there.order_by("pk").values_list("pk", "state", "account", "person", "role", lead, *times)
    groups = all_groups()
    found = [_shift(groups, *row) for row in rows] if groups else [_alone(*row) for row in rows]
    names = Person.objects.filter(pk__in={shift.person for shift in found}).values_list("pk", "name")
    return found, dict(names)


def _on_air(start: datetime, end: datetime) -> list[SessionIn]:
    """The broadcasts that begin in [start, end), as `on_air` gives them; of those in one piece no model is made."""
    near = sessions_near(start, end)
    rows = near.values_list("pk", "account", _text("start"), _text("end"), "air_kind", "joined_to")
    heads = {joined for *_, joined in rows if joined}
    single = [_alone_on_air(*row) for *row, joined in rows if not joined and row[0] not in heads]
    several = folded(near.filter(Q(joined_to__isnull=False) | Q(pk__in=heads))) if heads else []
    found = (*single, *map(_session, several))
    lo, hi = to_ms(start), to_ms(end)
    return sorted((one for one in found if lo <= one.start_ms < hi), key=lambda one: one.id)


@lru_cache(maxsize=REMEMBERED)
def _alone_on_air(pk: int, account: int, start: str, end: str, air_kind: str) -> SessionIn:
    return SessionIn(pk, account, to_ms(_read(start)), to_ms(_read(end)), air_kind)


def _session(one: OnAir) -> SessionIn:
    """A broadcast that broke off and went on is its first session, with breaks."""
    breaks = tuple((to_ms(start), to_ms(end)) for start, end in one.breaks)
    head = one.session
    return SessionIn(head.pk, head.account_id, to_ms(one.start), to_ms(one.end), head.air_kind, breaks)


def _match(one: Decision) -> MatchIn:
    return MatchIn(
        to_ms(one.start), to_ms(one.end), one.product_id, one.sub_order, one.sessions, one.weights, one.account,
        "" if one.account else one.currency, "" if one.account else one.platform,
    )  # fmt: skip


def _text(column: str) -> Cast:
    """An instant as the database writes it: turning tens of thousands into Django's takes most of the time."""
    return Cast(column, TextField())


def _read(text: str) -> datetime:
    """What `_text` gives: SQLite writes no zone, and means UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _shift(
    groups: Sequence[Group], pk: int, state: str, account: int, person: int, role: str, lead: int,
    planned_start: str | None, planned_end: str | None, confirmed_start: str | None, confirmed_end: str | None,
) -> ShiftIn:  # fmt: skip
    confirmed = state == ShiftState.CONFIRMED
    start, end = planned_start, planned_end
    if confirmed or start is None or end is None:
        start, end = confirmed_start, confirmed_end
    if start is None or end is None:
        raise ValueError(f"shift {pk} has no whole times")
    first = confirmed_start or planned_start
    also = also_on(account, _read(first), groups) if groups and first else ()
    begin, over, day = to_ms(_read(start)), to_ms(_read(end)), None
    if confirmed and planned_start and planned_end:
        planned, until = to_ms(_read(planned_start)), to_ms(_read(planned_end))
        # who comes before the business day begins works in the day of the plan, against which hours are held
        day = planned if planned != begin and planned < over and begin < until else None
    return ShiftIn(pk, account, person, role, begin, over, bool(lead), confirmed, also, day)


# a computation after one changed shift reads all others as they were
@lru_cache(maxsize=REMEMBERED)
def _alone(*row: Any) -> ShiftIn:
    """Of a room that nobody serves together with others."""
    return _shift((), *row)


def _people() -> list[PersonIn]:
    """Everyone, by every name that is remembered."""
    every = Person.objects.order_by("pk").prefetch_related("aliases")
    return [PersonIn(p.pk, tuple(sorted({p.name, *(known.alias for known in p.aliases.all())}))) for p in every]


def _due(month: date) -> list[DueIn]:
    """When the day's planned shifts begin, also of those who were not there; a day before midnight belongs to it.

    Less approved leave, as hours due are: who was away is neither late nor absent.
    """
    start, end = month_bounds(month)
    planned = Shift.objects.exclude(state=ShiftState.CANCELLED).filter(planned_start__lt=end, planned_end__gt=start)
    rows = planned.order_by("pk").values_list("person", _text("planned_start"), _text("planned_end"))
    away: dict[int, list[tuple[int, int]]] = defaultdict(list)
    leaves = Leave.objects.filter(state=LeaveState.APPROVED, start__lt=end + AROUND, end__gt=start - AROUND)
    for person, begin, over in leaves.values_list("person", "start", "end"):
        away[person].append((to_ms(begin), to_ms(over)))
    zone, low, high = get_current_timezone(), to_ms(start), to_ms(end)
    begins = [(person, _begins(first, last, away.get(person, ()))) for person, first, last in rows]
    return [_due_at(person, at, zone) for person, at in begins if at is not None and low <= at < high]


def _begins(start: str, end: str, away: Collection[tuple[int, int]]) -> int | None:
    """When one is due on a planned shift, in ms; None: on leave throughout."""
    at = to_ms(_read(start))
    if not away:
        return at
    left = without([(at, to_ms(_read(end)))], away)
    return left[0][0] if left else None


@lru_cache(maxsize=REMEMBERED)
def _due_at(person: int, ms: int, zone: tzinfo) -> DueIn:
    at = (EPOCH + timedelta(milliseconds=ms)).astimezone(zone)
    return DueIn(person, at.date().isoformat(), at.hour * 60 + at.minute)


def _ad_parts() -> list[AdPartIn]:
    return [
        AdPartIn(
            one.ad_account, one.account_id, one.parts, one.start.isoformat(), one.end.isoformat() if one.end else None
        )
        for one in AdAccountPart.objects.order_by("ad_account", "start", "account")
    ]


def _answers(month: date) -> list[AnswerIn]:
    """Whoever answers for a room on a day of the month."""
    there = Responsibility.objects.filter(start__lt=next_month(month)).exclude(end__lte=month)
    every = there.order_by("account", "duty", "start", "pk")
    return [
        AnswerIn(
            one.person_id, one.duty, one.account_id, one.start.isoformat(), one.end.isoformat() if one.end else None
        )
        for one in every
    ]


def _outages(start: datetime, end: datetime) -> list[OutageIn]:
    """The confirmed ones; a violation is a fact about conduct and no outage."""
    there = Outage.objects.filter(removed=False, confirmed_at__isnull=False, start__lt=end, end__gt=start)
    there = there.exclude(cause=OutageCause.VIOLATION).order_by("pk")
    return [OutageIn(one.account_id, to_ms(one.start), to_ms(one.end), one.cause) for one in there]


def _batches() -> list[BatchIn]:
    """The visible batches of the tables that count; raises FileNotFoundError where one's facts are gone."""
    rooms = {
        place.batch_id: place.session.account
        for place in MinutePlace.objects.select_related("session__account").order_by("pk")
    }
    found, every = [], list(in_use())
    for table in TABLES:
        for batch in batches_of(table, every):
            file = file_of(table, batch)
            if not file.path.is_file():
                # forgetting it silently would lower people's numbers
                raise FileNotFoundError(
                    f"the facts of batch {batch.pk} ({batch.file_name}) are not in {file.path.parent}"
                )
            platform, scope = file.platform, file.scope
            if table == MINUTE and not scope and batch.pk in rooms:
                platform, scope = rooms[batch.pk].platform, rooms[batch.pk].handle
            found.append(BatchIn(batch.pk, table, file.as_of_ms, file.path.parent, platform, scope))
    return found


def _rules() -> Iterable[TagRule]:
    return TagRule.objects.filter(retired_at__isnull=True).order_by("pk")


def _aside() -> list[tuple[int, int]]:
    """Rows of session reports that make no session, because another one of the room was on air then."""
    held = Reject.objects.filter(held=True, batch__state=BatchState.VISIBLE, batch__table=SESSION_REPORT)
    return sorted(set(held.values_list("batch_id", "line")))

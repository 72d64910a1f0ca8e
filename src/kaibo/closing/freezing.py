"""The job that closes a month: computes it once more, writes the bundle, then fixes its numbers in one transaction.

Worker only. Until that transaction everything is invisible; whatever goes wrong leaves the month open, and says why.
"""

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext, override

from kaibo import __version__
from kaibo.appraisal.cards import DefaultCard, cards_in, words_of
from kaibo.appraisal.own_cards.store import as_default, own_kpis
from kaibo.audit.record import record
from kaibo.closing import figures
from kaibo.closing.bundle import Writer, closed_root
from kaibo.closing.carried import carried_credits, carried_facts
from kaibo.closing.findings import blocking
from kaibo.closing.records import plain_rows, records
from kaibo.jobs.queue import Cancelled, Progress
from kaibo.kpi.canonical import dumps, plain
from kaibo.kpi.catalog import KPIS, Route
from kaibo.kpi.engine import VERSION
from kaibo.kpi.inputs import CreditOut, MonthInputs, MonthResult
from kaibo.kpi.msgid import gettext_noop as _
from kaibo.live.day_plans import day_plans, days_of
from kaibo.live.due import DueShift, due_shifts
from kaibo.live.models import Account, Session, Shift, ShiftState
from kaibo.live.nights import business_day
from kaibo.live.outages import confirmed_outages
from kaibo.live.simulcasts import groups_between
from kaibo.measurement.broadcast_plan import frozen_groups, groups_from
from kaibo.measurement.computing import build
from kaibo.measurement.covered import Coverage, as_frozen, coverage
from kaibo.measurement.definitions import KPI_WORDS
from kaibo.measurement.finders import from_ms
from kaibo.measurement.gathering import gather, to_ms
from kaibo.measurement.holdings import holdings_in
from kaibo.measurement.models import (
    ClosedSession,
    ClosedShift,
    Closing,
    ClosingState,
    Computation,
    ComputationState,
    Credit,
    Segment,
    SegmentFact,
)
from kaibo.measurement.months import month_bounds, next_month
from kaibo.measurement.named import positions_in
from kaibo.measurement.room_values import answers_in
from kaibo.measurement.sweeping import derived_root, discard
from kaibo.measurement.targets import target_amounts
from kaibo.message import Message
from kaibo.org.models import Person
from kaibo.org.protection import protected_in

CHUNK = 2_000
MOVED = Message(
    _("The numbers changed while the month was being closed. Wait for the computation, then close it again.")
)


class NotClosed(Exception):
    """The month stays open; `message` says why and what to do."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def freeze(progress: Progress, closing: int) -> None:
    """Close the month of this closing, or say on its row why not. Running it twice changes nothing."""
    found = Closing.objects.get(pk=closing)
    if found.state != ClosingState.FREEZING:
        return
    _forget_attempt(found)
    try:
        _freeze(progress, found)
    except NotClosed as error:
        leave_open(found, error.message)
    except Cancelled:
        leave_open(found, Message(_("It was stopped. Nothing was changed.")))
        raise
    except Exception:
        leave_open(found, Message(_("It did not work, for a reason that the job tells. Nothing was changed.")))
        raise


def _forget_attempt(closing: Closing) -> None:
    """What a killed attempt left; none of it was visible."""
    closing.sessions.all().delete()
    closing.shifts.all().delete()
    if closing.folder:
        shutil.rmtree(closed_root() / closing.folder, ignore_errors=True)


@transaction.atomic
def leave_open(closing: Closing, message: Message) -> None:
    """Say on its row why the month was not closed, and take away what was begun."""
    _forget_attempt(closing)
    closing.state, closing.problem, closing.folder = ClosingState.FAILED, message.as_json(), ""
    closing.save(update_fields=["state", "problem", "folder"])
    record(by=closing.by, verb="month not closed", target=closing, month=f"{closing.month:%Y-%m}", why=message.text)


def _freeze(progress: Progress, closing: Closing) -> None:
    month = closing.month
    stops = blocking(month, timezone.now(), ignore=closing)
    if stops:
        raise NotClosed(Message(_("Something still stands against it: %(what)s"), {"what": stops[0].title}))
    current = Computation.objects.filter(month=month, state=ComputationState.CURRENT).first()
    begun = timezone.now()
    if current is None or current.engine_version != VERSION or current.inputs_sha256 != gather(month).sha256():
        raise NotClosed(MOVED)
    adopted = _reaching_into(month, current)
    gathered = gather(month, adopt=adopted)
    computation, result = build(progress, month, gathered, begun=begun)
    try:
        if _published(result, current, month) != _computed(result, month):
            raise NotClosed(MOVED)
        frozen = _frozen(month)
        _keep_sessions(closing, gathered.inputs, result)
        _keep_shifts(closing, result)
        closing.folder = f"{month:%Y-%m}-{computation.folder[-8:]}"
        closing.save(update_fields=["folder"])
        snapshot = _write(closing, gathered.inputs, gathered.names, computation, result, frozen)
        progress.step(1, 1, force=True)
        _fix(closing, computation, result, frozen, snapshot, current)
    except BaseException:
        discard(computation)
        raise


def _reaching_into(month: date, current: Computation) -> set[int]:
    """Sessions of neighbouring months, open ones, that give credit to the days of this one."""
    inside = Credit.objects.filter(
        computation__state=ComputationState.CURRENT, date__gte=month, date__lt=next_month(month)
    )
    free = inside.exclude(computation=current).exclude(computation__closing__state=ClosingState.CLOSED)
    return set(free.order_by().values_list("session", flat=True).distinct())


CREDIT_KEY = ("session", "segment", "role", "person", "shift", "date", "measure", "basis", "amount", "provisional")
FACT_KEY = (
    "place",
    "kind",
    "account",
    "session",
    "segment",
    "date",
    "measure",
    "basis",
    "amount",
    "currency",
)


def _published(result: MonthResult, current: Computation, month: date) -> Counter[tuple[Any, ...]]:
    """What pages show now of the sessions that are about to be fixed, and of the month's orders of no session."""
    ids = {one.session for one in result.segments}
    shown = Q(computation__state=ComputationState.CURRENT)
    credits = Credit.objects.filter(shown, session__in=ids).order_by().values_list(*CREDIT_KEY)
    facts = SegmentFact.objects.filter(shown, session__in=ids).order_by().values_list(*FACT_KEY)
    alone = current.facts.filter(session=None).order_by().values_list(*FACT_KEY)
    late = Credit.objects.filter(shown, date__gte=month, date__lt=next_month(month)).exclude(session__in=ids)
    late = late.exclude(computation__closing__state=ClosingState.CLOSED)
    return Counter(
        _iso(row) for rows in (credits, facts, alone, late.values_list(*CREDIT_KEY)) for row in rows.iterator()
    )


def _iso(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(value.isoformat() if isinstance(value, date) else value for value in row)


def _computed(result: MonthResult, month: date) -> Counter[tuple[Any, ...]]:
    found = Counter(tuple(getattr(one, name) for name in CREDIT_KEY) for one in result.credits)
    found.update(tuple(getattr(one, name) for name in FACT_KEY) for one in result.facts)
    return found


def _frozen(month: date) -> dict[str, Any]:
    """The small inputs that pages read beside the computation."""
    after = next_month(month)
    everyone = list(Person.objects.order_by("pk").values_list("pk", flat=True))
    targets = {account: amount for (account, _month), amount in target_amounts(month, after).items()}
    imported = coverage().of(month)
    near = _sessions_near(month)
    return {
        "targets": {str(account): targets[account] for account in sorted(targets)},
        "coverage": as_frozen(imported, month, after - timedelta(days=1)),
        "refund_days": settings.REFUND_DAYS,
        "leaves_out": True,
        "silent": _silent(month, near, imported),
        "platforms": _platforms(near),
        "protected": {
            str(person): [one.start.isoformat(), one.end.isoformat(), one.reason]
            for person, one in sorted(protected_in(month, after).items())
        },
        "held": [[one.person, one.position] for one in holdings_in(month, {})],
        "positions": {str(person): key for person, key in sorted(positions_in(month, everyone).items())},
        "answers": [
            [one.person, one.duty, one.account, one.start.isoformat(), one.end.isoformat() if one.end else None]
            for one in answers_in(month)
        ],
        "outages": [
            [one.account_id, to_ms(one.start), to_ms(one.end), one.note]
            for one in confirmed_outages(*month_bounds(month))
        ],
        "simulcasts": frozen_groups(groups_between(month, after)),
        "day_targets": {
            str(room): [plan.days[day] for day in days_of(month)]
            for (room, _month), plan in sorted(day_plans([month]).items())
        },
    }


def _sessions_near(month: date) -> list[tuple[int, str, datetime]]:
    """Number, platform and beginning of the sessions of the month and the days around it."""
    start, end = month_bounds(month)
    near = Session.objects.filter(start__gte=start - timedelta(days=3), start__lt=end + timedelta(days=3))
    return list(near.order_by("pk").values_list("pk", "account__platform", "start"))


def _silent(month: date, near: Sequence[tuple[int, str, datetime]], imported: Coverage) -> dict[str, list[str]]:
    """Session → the tables of which no file speaks of it, of those of which any lacks."""
    found = {str(pk): sorted(imported.silent(month, platform, began)) for pk, platform, began in near}
    return {pk: tables for pk, tables in found.items() if tables}


def _platforms(near: Sequence[tuple[int, str, datetime]]) -> dict[str, dict[str, str]]:
    """Whose files speak of which room, and of which session of the month and the days around it."""
    return {
        "rooms": {str(pk): name for pk, name in Account.everyone.order_by("pk").values_list("pk", "platform")},
        "sessions": {str(pk): name for pk, name, _began in near},
    }


def _keep_sessions(closing: Closing, inputs: MonthInputs, result: MonthResult) -> None:
    rows = (
        ClosedSession(
            closing=closing, session_id=one.id, start=from_ms(one.start_ms), end=from_ms(one.end_ms),
            air_kind=one.air_kind, breaks=[list(pair) for pair in one.breaks],
        )
        for one in inputs.sessions
    )  # fmt: skip
    _bulk(ClosedSession.objects.all(), rows)


def _keep_shifts(closing: Closing, result: MonthResult) -> None:
    """The shifts of the month's business days, and those that were credited in its sessions."""
    month, boundary = closing.month, timedelta(hours=settings.BUSINESS_DAY_STARTS_AT)
    start, end = (edge + boundary for edge in month_bounds(month))
    credited = {one.shift for one in result.credits if one.shift}
    live = Shift.objects.exclude(state=ShiftState.CANCELLED).annotate(
        begins=Coalesce("planned_start", "confirmed_start")
    )
    own: dict[int, Shift] = {shift.pk: shift for shift in live.filter(begins__gte=start, begins__lt=end)}
    for ids in _chunks(sorted(credited - own.keys())):
        own |= {shift.pk: shift for shift in Shift.objects.filter(pk__in=ids)}
    owed = {one.shift: one for one in due_shifts(month, next_month(month)) if one.shift}
    rows = (
        ClosedShift(
            closing=closing, shift=shift.pk, date=business_day(shift.planned_start or shift.confirmed_start or start),
            account_id=shift.account_id, person_id=shift.person_id, due=_due(shift, owed.get(shift.pk)),
            **{name: getattr(shift, name) for name in ClosedShift.COPIED},
        )
        for shift in own.values()
    )  # fmt: skip
    _bulk(ClosedShift.objects.all(), rows)


def _due(shift: Shift, owed: DueShift | None) -> list[Any] | None:
    """What is due of it as ClosedShift keeps it: None where that is its plan."""
    if shift.planned_start is None or shift.planned_end is None:
        return None
    if owed is None:
        return []
    whole = (to_ms(shift.planned_start), to_ms(shift.planned_end))
    if owed.whole == whole and owed.pieces == (whole,):
        return None
    return [*owed.whole, [list(piece) for piece in owed.pieces]]


def _write(
    closing: Closing, inputs: MonthInputs, names: dict[int, str], computation: Computation, result: MonthResult,
    frozen: dict[str, Any],
) -> str:  # fmt: skip
    """The bundle on the disk; the snapshot's name."""
    month = closing.month
    writer = Writer(closed_root() / closing.folder)
    writer.inputs(inputs)
    writer.lines("names", ({"person": person, "name": name} for person, name in sorted(names.items())))
    writer.lines("segments", in_order(result.segments))
    writer.lines("facts", in_order(result.facts))
    writer.lines("credits", in_order(result.credits))
    writer.lines("direct", in_order(result.direct))
    writer.lines("crowds", (plain(one) for one in result.crowds))
    carried = list(carried_credits(month))
    writer.lines("carried", carried)
    writer.lines("plan", (plan_row(row) for row in closing.shifts.order_by("shift")))
    writer.value("context", frozen)
    cards = cards_in(month)
    kpis = own_kpis(cards.values()) or KPIS
    writer.lines("kpis", (kpis[key] for key in sorted(kpis)))
    writer.value("cards", {role: as_default(card) for role, card in sorted(cards.items())})
    writer.value("words", _words(cards))
    credits = [*result.credits, *(CreditOut(**{k: v for k, v in one.items() if k != "snapshot"}) for one in carried)]
    plan = [row.as_shift() for row in closing.shifts.select_related("person", "account") if in_plan(row, month)]
    imported = Coverage.from_frozen(frozen)
    named = figures.named_from(result.direct, {int(person): key for person, key in frozen["positions"].items()})
    others = list(carried_facts(month))
    broadcasts = figures.broadcasts_of(plan, groups_from(frozen["simulcasts"]))
    of_session, of_room = frozen["platforms"]["sessions"], frozen["platforms"]["rooms"]
    writer.lines("carried_facts", (plain(one) for one in others))
    writer.lines("values", [
        *figures.told(figures.values_of(credits, plan, imported, month, kpis, named, broadcasts, of_session, of_room)),
        *figures.told(
            figures.rooms_of([*result.facts, *others], inputs.answers, imported, month, kpis, broadcasts, of_room),
            route=Route.ACCOUNT.value,
        ),
    ])  # fmt: skip
    start, end = month_bounds(month)
    for table, rows in records(start - timedelta(days=3), end + timedelta(days=3)).items():
        writer.lines(f"records/{table}", plain_rows(rows))
    writer.file("rows.parquet", derived_root() / computation.folder / "rows.parquet")
    counts = {"sessions": len(inputs.sessions), "segments": len(result.segments), "facts": len(result.facts)}
    return writer.finish(
        {
            "month": f"{month:%Y-%m}", "engine": VERSION, "kaibo": __version__, "closed_at": timezone.now(),
            "closed_by": str(closing.by or ""), "accepted": closing.accepted,
            "inputs_sha256": computation.inputs_sha256,
            "counts": {**counts, "credits": len(result.credits), "carried": len(carried), "shifts": len(plan)},
        }
    )  # fmt: skip


def _words(cards: Mapping[str, DefaultCard]) -> dict[str, dict[str, str]]:
    """Language → what KPIs, cards and waiting lines are called in it now: names may change, a closed month's do not."""
    found = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found[language] = words_of(cards)
            for kpi in KPIS.values():
                found[language] |= {text: gettext(text) for name in KPI_WORDS if (text := getattr(kpi, name))}
    return found


def in_order(rows: Iterable[Any]) -> list[Any]:
    """As plain values, in an order of their own."""
    return sorted((plain(row) for row in rows), key=dumps)


def in_plan(row: ClosedShift, month: date) -> bool:
    return bool(row.planned_start) and row.date.replace(day=1) == month


def plan_row(row: ClosedShift) -> dict[str, Any]:
    instants = ("planned_start", "planned_end", "confirmed_start", "confirmed_end")
    times = {f"{name}_ms": to_ms(at) if (at := getattr(row, name)) else None for name in instants}
    return {
        "shift": row.shift, "date": row.date, "account": row.account_id, "person": row.person_id, "role": row.role,
        "state": row.state, "lead": row.lead, "due": row.due, **times,
    }  # fmt: skip


def _fix(
    closing: Closing, computation: Computation, result: MonthResult, frozen: dict[str, Any], snapshot: str,
    seen: Computation,
) -> None:  # fmt: skip
    """From here on the month's numbers are these."""
    now, month = timezone.now(), closing.month
    with transaction.atomic():
        of_month = Computation.objects.select_for_update().filter(month=month)
        # one that was amended meanwhile stays the same row, with other inputs
        as_seen = {"inputs_sha256": seen.inputs_sha256, "folder": seen.folder}
        if not of_month.filter(pk=seen.pk, state=ComputationState.CURRENT, **as_seen).exists():
            raise NotClosed(MOVED)
        if not Closing.objects.select_for_update().filter(pk=closing.pk, state=ClosingState.FREEZING).exists():
            raise NotClosed(MOVED)
        of_month.filter(pk=seen.pk).update(state=ComputationState.OLD, alive_at=now)
        of_month.filter(pk=computation.pk).update(
            state=ComputationState.CURRENT, finished_at=now, alive_at=now,
            coverage={table: dict(about) for table, about in result.coverage.items()},
        )  # fmt: skip
        ids = closing.sessions.values_list("session", flat=True)
        elsewhere = Q(computation__state=ComputationState.CURRENT) & ~Q(computation=computation)
        for model in (Credit, SegmentFact, Segment):
            # what neighbouring months said of sessions that are fixed here now
            model._default_manager.filter(elsewhere, session__in=ids).exclude(computation__month=month).delete()
        closing.state, closing.computation, closing.closed_at = ClosingState.CLOSED, computation, now
        closing.snapshot, closing.frozen, closing.problem = snapshot, frozen, {}
        closing.save()
        record(
            by=closing.by, verb="month closed", target=closing, month=f"{month:%Y-%m}", snapshot=snapshot,
            accepted=closing.accepted, months=[f"{month - timedelta(days=1):%Y-%m}", f"{next_month(month):%Y-%m}"],
        )  # fmt: skip


def _bulk(rows: QuerySet[Any], made: Iterable[Any]) -> None:
    rest = iter(made)
    while chunk := list(islice(rest, CHUNK)):
        with transaction.atomic():
            rows.bulk_create(chunk)


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for begin in range(0, len(ids), 500):
        yield ids[begin : begin + 500]

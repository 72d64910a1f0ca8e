"""Two rooms that are one: a nickname that stood for a number."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.imports.following import follow
from kaibo.imports.models import Batch, BatchState
from kaibo.live.actions.changing import stretch
from kaibo.live.models import (
    Account,
    AdAccountPart,
    DayPlan,
    MatchChoice,
    MatchDecision,
    MinuteDecision,
    Outage,
    PublishedShift,
    ReportDecision,
    Responsibility,
    RoomDepartment,
    Session,
    SessionNote,
    Shift,
    ShiftCode,
    Simulcast,
    Target,
)
from kaibo.live.months import months_of_sales
from kaibo.login.models import User


@transaction.atomic
def merge_rooms(*, by: User | None, room: Account, into: Account) -> Account:
    """Let `room` be `into` from now on: its names, broadcasts, shifts and records go over, and its files with them.

    What both have of one broadcast is one broadcast. `room` stays as a row that leads to `into`, hidden everywhere.
    Raises ValidationError: another platform, currency or zone, a room merged already, a broadcast made by hand or an
    outage that overlaps one of the other room, two people with one duty on the same days. What both aimed at in a
    month, `into` aims at. The job that follows the newest report makes the other broadcasts anew.
    """
    both = {
        a.pk: a
        for a in Account.everyone.select_for_update(no_key=True).filter(pk__in=[room.pk, into.pk]).order_by("pk")
    }
    room, into = both[room.pk], both[into.pk]
    _refuse_unlike(room, into)
    _refuse_at_once(room, into)
    spans = list(Session.objects.filter(account__in=both, gone=False).values_list("start", "end"))
    moved, dropped = _move_sessions(room, into)
    names = {into.name, *map(str, into.other_names), room.handle, room.name, *map(str, room.other_names)}
    into.other_names = sorted(names - {into.name, into.handle})
    into.save(update_fields=["other_names"])
    former = {"handle": room.handle, "name": room.name, "other_names": room.other_names}
    room.merged_into = into
    room.save(update_fields=["merged_into"])
    Account.everyone.filter(merged_into=room).update(merged_into=into)
    shifts = _move_records(room, into)
    untold = _drop_aims(room)
    record(
        by=by, verb="merge_rooms", target=into, merged=room.pk, former=former, sessions=moved, same_sessions=dropped,
        shifts=shifts, dropped=untold, months=months_of_sales(spans),
    )  # fmt: skip
    newest = Batch.objects.filter(state=BatchState.VISIBLE, table="session_report").order_by("-pk").first()
    if newest is not None:
        follow(newest, by)
    return into


def _refuse_unlike(room: Account, into: Account) -> None:
    if room.pk == into.pk or room.merged_into_id or into.merged_into_id:
        raise ValidationError(_("These are one room already."))
    if (room.platform, room.currency, room.zone) != (into.platform, into.currency, into.zone):
        raise ValidationError(_("Rooms of another platform, currency or time zone cannot be merged."))


def _refuse_at_once(room: Account, into: Account) -> None:
    """Two who answer for one room would each be credited with all of it; two outages would count twice."""
    theirs = list(into.responsibilities.select_related("person"))
    for one in room.responsibilities.select_related("person"):
        for other in theirs:
            until, beside = one.end or date.max, other.end or date.max
            days = one.start < beside and other.start < until
            if days and one.duty == other.duty and one.person_id != other.person_id:
                text = _("%(duty)s: %(one)s in %(room)s and %(other)s in %(into)s at once. End one of the two first.")
                said = {"duty": one.get_duty_display(), "one": one.person, "other": other.person}
                raise ValidationError(text % {**said, "room": room.name, "into": into.name})
    for outage in room.outages.filter(removed=False):
        beside_it = into.outages.filter(removed=False, start__lt=outage.end, end__gt=outage.start)
        if beside_it.exists():
            text = _("Both rooms have an outage at %(when)s. Take one of the two back first.")
            raise ValidationError(text % {"when": stretch(outage.start, outage.end)})


def _drop_aims(room: Account) -> dict[str, Any]:
    """What `room` aimed at in months of which the other one says something itself: counted, it would be aimed twice.

    And where it belonged, if the other one belongs somewhere by itself.
    """
    targets, plans = Target.objects.filter(account=room), DayPlan.objects.filter(account=room)
    placed = RoomDepartment.objects.filter(account=room).select_related("department").order_by("start")
    said = {
        "targets": {f"{one.month:%Y-%m}": one.amount_minor for one in targets},
        "day_plans": [f"{one.month:%Y-%m}" for one in plans],
        "departments": [one.department.name for one in placed if one.department],
    }
    targets.delete()
    plans.delete()
    placed.delete()
    return {name: found for name, found in said.items() if found}


def _move_sessions(room: Account, into: Account) -> tuple[list[int], list[int]]:
    """(ids of broadcasts that went over, ids of those that the other room has as well)."""
    there = list(Session.objects.select_for_update().filter(account=into).order_by("start"))
    moved, dropped = [], []
    for session in Session.objects.select_for_update().filter(account=room, gone=False).order_by("start"):
        at_once = [s for s in there if s.start < session.end and s.end > session.start and not s.gone]
        if session.by_hand and at_once:
            raise ValidationError(
                _("%(session)s was made by hand and overlaps a broadcast of %(room)s. Remove one of them first.")
                % {"session": f"{timezone.localtime(session.start):%Y-%m-%d %H:%M}", "room": into.name}
            )
        if at_once or any(s.start == session.start for s in there):
            same = max(at_once, key=lambda s: min(s.end, session.end) - max(s.start, session.start), default=None)
            _hand_over(session, same)
            session.gone = True
            dropped.append(session.pk)
        else:
            session.account = into
            moved.append(session.pk)
        session.save(update_fields=["account", "gone"])
    return moved, dropped


def _hand_over(session: Session, same: Session | None) -> None:
    """What people decided for a broadcast, and wrote of it, holds for the other room's row of it."""
    if same is None:
        return
    known = MatchChoice.objects.filter(session=same).values("decision")
    MatchChoice.objects.filter(session=session).exclude(decision__in=known).update(session=same)
    MinuteDecision.objects.filter(session=session).update(session=same)
    SessionNote.objects.filter(session=session).update(session=same)


def _move_records(room: Account, into: Account) -> int:
    """Everything else that names the room; how many shifts it was."""
    for model in (Outage, ShiftCode, Responsibility, MatchDecision, PublishedShift):
        model._default_manager.filter(account=room).update(account=into)
    if not RoomDepartment.objects.filter(account=into).exists():
        RoomDepartment.objects.filter(account=room).update(account=into)
    ReportDecision.objects.filter(platform=room.platform, handle=room.handle).update(handle=into.handle)
    for of_month in (Target, DayPlan):
        there = of_month._default_manager.filter(account=into).values("month")
        of_month._default_manager.filter(account=room).exclude(month__in=there).update(account=into)
    for part in AdAccountPart.objects.filter(account=room):
        # one mapping names both: their parts are the one room's
        same = AdAccountPart.objects.filter(ad_account=part.ad_account, account=into, start=part.start)
        if same.update(parts=F("parts") + part.parts):
            part.delete()
        else:
            part.account = into
            part.save(update_fields=["account"])
    for simulcast in Simulcast.objects.filter(accounts=room):
        simulcast.accounts.remove(room)
        simulcast.accounts.add(into)
    return Shift.objects.filter(account=room).update(account=into)

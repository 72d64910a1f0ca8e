"""What a person chose for doubtful things, done: one act, whatever was chosen for each."""

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaibo.imports.models import Batch
from kaibo.live import actions
from kaibo.live.actions.changing import hold, new_act
from kaibo.live.actions.confirming import Confirmation
from kaibo.live.doubts import hard_shifts, held_reports, waiting_minutes
from kaibo.live.models import Session, ShiftState
from kaibo.login.models import User
from kaibo.look.ids import id_of

# item key → choice key
Chosen = Mapping[str, str]


def stale() -> ValidationError:
    return ValidationError(_("The list has changed since you opened it. Look again, then decide."))


@transaction.atomic
def settle_joins(*, by: User, chosen: Chosen, reason: str) -> str:
    act = new_act()
    for key, choice in chosen.items():
        ids = [pk for part in key.split("-") if (pk := id_of(part)) is not None]
        found = list(Session.objects.filter(pk__in=ids, gone=False).select_related("account").order_by("start"))
        if not found or len(found) != len(ids):
            raise stale()
        if choice == "join":
            actions.join_sessions(by=by, sessions=found, reason=reason, act=act)
        elif choice == "test":
            shortest = min(found, key=lambda session: session.end - session.start)
            actions.call_tests(by=by, sessions=[shortest], reason=reason, act=act)
        elif choice == "apart":
            actions.keep_apart(by=by, sessions=found[-1:], reason=reason, act=act)
        else:
            raise stale()
    return act


@transaction.atomic
def settle_reports(*, by: User, chosen: Chosen, reason: str) -> str:
    act = new_act()
    there = {f"{reject.batch_id}-{reject.line}": (reject.batch, one, other) for reject, one, other in held_reports()}
    for key, choice in chosen.items():
        if key not in there or choice not in ("keep", "use"):
            raise stale()
        batch, one, standing = there[key]
        room = standing.account
        named = (room.platform, room.handle, one.start)
        actions.choose_report(by=by, batch=batch, key=named, use=choice == "use", reason=reason, act=act)
    return act


@transaction.atomic
def settle_minutes(*, by: User, chosen: Chosen, reason: str) -> str:
    act = new_act()
    waiting: dict[str, Batch] = {str(batch.pk): batch for batch in waiting_minutes()}
    for key, choice in chosen.items():
        session = Session.objects.filter(pk=choice, gone=False).first() if choice.isdecimal() else None
        if key not in waiting or (session is None and choice != "none"):
            raise stale()
        actions.place_minutes(by=by, batch=waiting[key], session=session, reason=reason, act=act)
    return act


@transaction.atomic
def settle_shifts(*, by: User, chosen: Chosen, reason: str, now: datetime) -> str:
    """Only shifts that this user may see are found; else ValidationError, as for those that someone settled since."""
    act = new_act()
    there = {str(proposal.shift.pk): proposal for proposal in hard_shifts(by, now)}
    if not chosen.keys() <= there.keys() or not set(chosen.values()) <= {"confirm", "cancel", "absent"}:
        raise stale()
    # all at once, in one order: two who settle the same night never wait for each other
    hold([there[key].shift for key in chosen])
    of = {
        choice: [there[key] for key, what in chosen.items() if what == choice]
        for choice in ("confirm", "cancel", "absent")
    }
    for choice, state in (("cancel", ShiftState.CANCELLED), ("absent", ShiftState.ABSENT)):
        actions.set_aside_shifts(by=by, shifts=[p.shift for p in of[choice]], state=state, reason=reason, act=act)
    items = [Confirmation(p.shift, p.start, p.end) for p in of["confirm"]]
    if items:
        actions.confirm_shifts(by=by, items=items, reason=reason, act=act)
    return act

"""Broadcasts that broke off and went on: joined, parted again, kept apart; and the very short ones."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaibo.audit.record import record_each
from kaibo.live.actions.changing import new_act, stretch
from kaibo.live.actions.waiting import lock_rooms
from kaibo.live.models import AirKind, Session
from kaibo.live.months import months_of_sales
from kaibo.live.spans import LONGEST
from kaibo.login.models import User

# what these verbs touch and undo restores
FIELDS = ("joined_to_id", "join_reason", "stands_alone", "air_kind")


@transaction.atomic
def join_sessions(*, by: User | None, sessions: Sequence[Session], reason: str, act: str = "") -> str:
    """Take these, and what is joined to them already, as one broadcast, headed by the earliest; returns the act.

    Raises ValidationError: fewer than two, of several rooms, further apart than a broadcast can be long, no reason.
    """
    reason, act = a_reason(reason), act or new_act()
    there = locked(sessions)
    parts = sorted(_groups(there), key=lambda s: (s.start, s.pk))
    if len(parts) < 2:
        raise ValidationError(_("It takes two broadcasts to join."))
    if len({s.account_id for s in parts}) > 1:
        raise ValidationError(_("Only broadcasts of one room can be joined."))
    if max(s.end for s in parts) - parts[0].start > LONGEST:
        raise ValidationError(
            _("%(first)s and %(last)s are too far apart to be one broadcast.")
            % {"first": stretch(parts[0].start, parts[0].end), "last": stretch(parts[-1].start, parts[-1].end)}
        )
    months = months_of_sales((s.start, s.end) for s in parts)
    heads = {session.pk: None if session is parts[0] else parts[0].pk for session in parts}
    put = [
        (one, {"joined_to_id": heads[one.pk], "join_reason": reason if heads[one.pk] else "", "stands_alone": False})
        for one in parts
    ]
    change_all(by, "join_sessions", put, act, reason, months)
    return act


@transaction.atomic
def part_sessions(*, by: User | None, session: Session, reason: str) -> str:
    """Take every part of this broadcast as a broadcast of its own again; returns the act."""
    reason, act = a_reason(reason), new_act()
    parts = _groups(locked([session]))
    if len(parts) < 2:
        raise ValidationError(_("This broadcast is not joined to another."))
    months = months_of_sales((s.start, s.end) for s in parts)
    put = [
        (one, {"joined_to_id": None, "join_reason": "", "stands_alone": one.joined_to_id is not None}) for one in parts
    ]
    change_all(by, "part_sessions", put, act, reason, months)
    return act


@transaction.atomic
def keep_apart(*, by: User | None, sessions: Sequence[Session], reason: str, act: str = "") -> str:
    """These are broadcasts of their own, however short or close to the one before: never proposed again."""
    reason, act = a_reason(reason), act or new_act()
    change_all(by, "keep_apart", [(one, {"stands_alone": True}) for one in locked(sessions)], act, reason, [])
    return act


@transaction.atomic
def call_tests(*, by: User | None, sessions: Sequence[Session], reason: str, act: str = "") -> str:
    """These were tries of the equipment: they credit nobody."""
    reason, act = a_reason(reason), act or new_act()
    there = locked(sessions)
    months = months_of_sales((s.start, s.end) for s in there)
    change_all(by, "call_test", [(one, {"air_kind": AirKind.TEST}) for one in there], act, reason, months)
    return act


def change_all(
    by: User | None, verb: str, put: Iterable[tuple[Session, dict[str, Any]]], act: str, reason: str,
    months: Sequence[str],
) -> None:  # fmt: skip
    """Set these fields of each and record what they were, in one row; nothing of those where nothing differs."""
    each = []
    for session, fields in put:
        former = {name: getattr(session, name) for name in fields}
        if former == fields:
            continue
        for name, value in fields.items():
            setattr(session, name, value)
        session.save(update_fields=[name.removesuffix("_id") for name in fields])
        each.append((session, {"former": former, "now": fields}))
    record_each(by=by, verb=verb, each=each, reason=reason, act=act, months=list(months))


def locked(sessions: Iterable[Session]) -> list[Session]:
    """The sessions as they are now, with their rooms locked: two who join at once come one after the other."""
    ids = [session.pk for session in sessions]
    lock_rooms(Session.objects.filter(pk__in=ids).values_list("account", flat=True))
    there = list(Session.objects.filter(pk__in=ids, gone=False).order_by("start", "pk"))
    if len(there) != len(set(ids)):
        raise ValidationError(_("One of these broadcasts is gone since; nothing was changed. Look again."))
    return there


def _groups(sessions: Iterable[Session]) -> list[Session]:
    """These and everything joined with them."""
    heads = {session.joined_to_id or session.pk for session in sessions}
    there = Session.objects.filter(gone=False)
    return list(there.filter(pk__in=heads) | there.filter(joined_to__in=heads))


def a_reason(text: str) -> str:
    text = " ".join(text.split())[:300]
    if not text:
        raise ValidationError({"reason": _("Say why, in a few words: it is kept with the decision.")})
    return text

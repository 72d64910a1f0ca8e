"""Decisions about what files leave in doubt, and taking one's last one back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from kaibo.audit.models import AuditEvent
from kaibo.audit.record import record, record_each
from kaibo.imports.following import follow
from kaibo.imports.models import Batch
from kaibo.live.actions.changing import new_act
from kaibo.live.actions.joining import FIELDS, a_reason, change_all, locked
from kaibo.live.models import Account, MatchChoice, MatchDecision, MinuteDecision, ReportDecision, Session
from kaibo.live.months import months_of_sales
from kaibo.login.models import User

JOINING = ("join_sessions", "part_sessions", "keep_apart", "call_test")


@dataclass(frozen=True)
class Scope:
    """Orders with instants in [start, end) of a lane, perhaps of a product.

    The lane: a room, or all of `platform` that sell in `currency`.
    """

    start: datetime
    end: datetime
    account: Account | None = None
    currency: str = ""
    platform: str = ""
    product_id: str = ""
    sub_order: str = ""
    about: str = ""


@dataclass(frozen=True)
class Match:
    """What someone says of a scope: sessions with integer weights; none at all: of no session."""

    scope: Scope
    weights: Mapping[Session, int]


@transaction.atomic
def decide_matches(*, by: User | None, items: Sequence[Match], reason: str, act: str = "") -> str:
    """Say of which sessions orders are. Newer decisions win over older ones; none is ever deleted. Returns the act.

    Raises ValidationError: no reason, a session that is gone or of another room or currency, a weight below one.
    """
    reason, act = a_reason(reason), act or new_act()
    stretches: list[tuple[datetime, datetime]] = []
    for item in items:
        stretches += [(item.scope.start, item.scope.end), *_former(item.scope)]
        stretches += [(session.start, session.end) for session in item.weights]
    months = months_of_sales(stretches)
    each: list[tuple[Model, dict[str, Any]]] = []
    for item in items:
        _refuse_unfit(item)
        scope = item.scope
        made = MatchDecision.objects.create(
            act=act, by=by, reason=reason, start=scope.start, end=scope.end, account=scope.account,
            currency="" if scope.account else scope.currency, platform="" if scope.account else scope.platform,
            product_id=scope.product_id, sub_order=scope.sub_order, about=scope.about[:200],
        )  # fmt: skip
        MatchChoice.objects.bulk_create(
            [MatchChoice(decision=made, session=session, weight=weight) for session, weight in item.weights.items()]
        )
        each.append((made, {
            "start": scope.start, "end": scope.end, "account": scope.account.pk if scope.account else None,
            "currency": made.currency, "platform": made.platform, "about": made.about,
            "product_id": scope.product_id, "sub_order": scope.sub_order,
            "sessions": {session.pk: weight for session, weight in item.weights.items()},
        }))  # fmt: skip
    record_each(by=by, verb="decide_match", each=each, reason=reason, act=act, months=months)
    return act


def _refuse_unfit(item: Match) -> None:
    scope = item.scope
    for session, weight in item.weights.items():
        room = session.account
        of_lane = room.currency == scope.currency and scope.platform in ("", room.platform)
        fits = room.pk == scope.account.pk if scope.account else of_lane
        if session.gone or not fits:
            raise ValidationError(_("%(session)s cannot have these orders.") % {"session": session})
        if weight < 1:
            raise ValidationError(_("A part is a whole number from 1."))


def _former(scope: Scope) -> list[tuple[datetime, datetime]]:
    """The sessions that older decisions of this time chose: they lose what goes elsewhere now."""
    older = MatchChoice.objects.filter(
        decision__undone=False, decision__start__lt=scope.end, decision__end__gt=scope.start
    )
    return list(older.values_list("session__start", "session__end").distinct())


@transaction.atomic
def choose_report(
    *, by: User | None, batch: Batch, key: tuple[str, str, datetime], use: bool, reason: str, act: str = ""
) -> str:
    """Of sessions reported at once on one room, let the row that begins then make one, or put it aside.

    `key`: platform, handle, start. The job that follows the row's batch makes the sessions anew. Returns the act.
    """
    reason, act = a_reason(reason), act or new_act()
    made = ReportDecision.objects.create(
        act=act, by=by, reason=reason, platform=key[0], handle=key[1], start=key[2], use=use
    )
    record(by=by, verb="choose_report", target=made, reason=reason, act=act, batch=batch.pk, use=use, start=key[2])
    follow(batch, by)
    return act


@transaction.atomic
def place_minutes(*, by: User | None, batch: Batch, session: Session | None, reason: str, act: str = "") -> str:
    """Say of which session a file's minutes are; None: of none of ours. Returns the act."""
    reason, act = a_reason(reason), act or new_act()
    if session is not None:
        locked([session])
    made = MinuteDecision.objects.create(act=act, by=by, reason=reason, batch=batch, session=session)
    record(
        by=by, verb="place_minutes", target=made, reason=reason, act=act, batch=batch.pk,
        session=session.pk if session else None,
    )  # fmt: skip
    follow(batch, by)
    return act


@transaction.atomic
def undo_matches(*, by: User | None, act: str) -> int:
    """Take back one's own act of this page; how many decisions it was.

    Raises ValidationError when there is nothing (left) of that name, or a session was joined otherwise since.
    """
    if not act or AuditEvent.objects.filter(verb="undo", payload__reason=act).exists():
        raise ValidationError(_("There is nothing left to undo here."))
    count = sum(_undo_rows(by, act, model) for model in (MatchDecision, ReportDecision, MinuteDecision))
    count += _undo_joins(by, act)
    if not count:
        raise ValidationError(_("There is nothing left to undo here."))
    return count


def _undo_rows(by: User | None, act: str, model: type[MatchDecision | ReportDecision | MinuteDecision]) -> int:
    found: QuerySet[Any] = model._default_manager.select_for_update().filter(act=act, by=by, undone=False)
    rows: list[MatchDecision | ReportDecision | MinuteDecision] = list(found)
    stretches: list[tuple[datetime, datetime]] = []
    for row in rows:
        row.undone = True
        row.save(update_fields=["undone"])
        if isinstance(row, MatchDecision):
            chosen = [(c.session.start, c.session.end) for c in row.choices.select_related("session")]
            stretches += [(row.start, row.end), *chosen]
    months = months_of_sales(stretches)
    record_each(by=by, verb="undo", each=[(row, {}) for row in rows], reason=act, months=months)
    for batch in _batches(rows):
        follow(batch, by)
    return len(rows)


def _batches(rows: Iterable[MatchDecision | ReportDecision | MinuteDecision]) -> list[Batch]:
    """The batches whose following makes an undone decision felt."""
    events = AuditEvent.objects.filter(
        verb__in=["choose_report", "place_minutes"],
        target_id__in=[str(row.pk) for row in rows if not isinstance(row, MatchDecision)],
        payload__data__act__in={row.act for row in rows},
    )
    return list(Batch.objects.filter(pk__in={event.data["batch"] for event in events}))


def _undo_joins(by: User | None, act: str) -> int:
    events = list(
        AuditEvent.objects.filter(
            target_type="live.session", verb__in=JOINING, payload__data__act=act, by_id=by.pk if by else None
        )
    )
    told = [(int(pk), data) for event in events for pk, data in event.each()]
    if not told:
        return 0
    sessions = {s.pk: s for s in locked(Session.objects.filter(pk__in=[pk for pk, _data in told]))}
    stretches = [(s.start, s.end) for s in sessions.values()]
    heads = {data["former"].get("joined_to_id") for _pk, data in told} - {None}
    stretches += Session.objects.filter(pk__in=heads).values_list("start", "end")
    months = months_of_sales(stretches)
    again: list[tuple[Session, dict[str, Any]]] = []
    for pk, data in told:
        session = sessions.get(pk)
        if session is None or any(getattr(session, name) != value for name, value in data["now"].items()):
            raise ValidationError(_("One of these broadcasts was changed since; nothing was undone."))
        again.append((session, {name: data["former"][name] for name in FIELDS if name in data["former"]}))
    change_all(by, "undo", again, "", act, months)
    return len(told)

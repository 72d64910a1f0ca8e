"""Broadcasts made or corrected by hand; the platform's reports make the others."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.audit.seen import claim
from kaibo.live.actions.changing import stretch
from kaibo.live.actions.waiting import lock_rooms
from kaibo.live.air_time import proposed_air_kind
from kaibo.live.models import Account, AirKind, Session
from kaibo.live.months import months_of_sales
from kaibo.login.models import User


@transaction.atomic
def add_session(
    *,
    by: User | None,
    account: Account,
    start: datetime,
    end: datetime,
    title: str = "",
    air_kind: AirKind | None = None,
) -> Session:
    """A broadcast no report speaks of. Without `air_kind` the proposal stands: under ten minutes it was a test.

    Raises ValidationError when it ends before it starts, or overlaps another broadcast of the room.
    """
    lock_rooms([account.pk])
    _refuse_wrong_times(account, start, end)
    session = Session.objects.create(
        account=account, start=start, end=end, title=" ".join(title.split()), by_hand=True,
        air_kind=air_kind or proposed_air_kind(start, end),
    )  # fmt: skip
    record(
        by=by, verb="add_session", target=session, account=account.pk, start=start, end=end,
        air_kind=session.air_kind, months=months_of_sales([(start, end)]),
    )  # fmt: skip
    return session


@transaction.atomic
def edit_session(
    *,
    by: User | None,
    session: Session,
    title: str,
    air_kind: AirKind,
    start: datetime | None = None,
    end: datetime | None = None,
    seen: str = "",
) -> Session:
    """Correct the title and the kind of air time; the times only of a broadcast made by hand.

    `seen`: what the editor saw of it (audit.seen).
    Raises ValidationError for times a report is the source of, and as add_session does.
    """
    lock_rooms([session.account_id])
    claim(session, seen)
    former = {"title": session.title, "air_kind": session.air_kind, "start": session.start, "end": session.end}
    stretches = [(session.start, session.end), (start or session.start, end or session.end)]
    new_start, new_end = start or session.start, end or session.end
    if (new_start, new_end) != (session.start, session.end):
        if not session.by_hand:
            raise ValidationError({"start": _("The times come from the platform's report and stay as they are.")})
        _refuse_wrong_times(session.account, new_start, new_end, but=session)
    session.title, session.air_kind = " ".join(title.split()), air_kind
    session.start, session.end = new_start, new_end
    session.save(update_fields=["title", "air_kind", "start", "end"])
    record(
        by=by, verb="edit_session", target=session, former=former, title=session.title, air_kind=air_kind,
        start=new_start, end=new_end, months=months_of_sales(stretches),
    )  # fmt: skip
    return session


@transaction.atomic
def remove_session(*, by: User | None, session: Session, reason: str = "") -> None:
    """A broadcast made by hand by mistake: kept for its history, counted nowhere. Raises ValidationError for others."""
    if not session.by_hand:
        raise ValidationError(_("It comes from a platform's report. Withdraw that batch instead."))
    session.gone = True
    session.save(update_fields=["gone"])
    record(
        by=by,
        verb="remove_session",
        target=session,
        reason=reason,
        months=months_of_sales([(session.start, session.end)]),
    )


def _refuse_wrong_times(account: Account, start: datetime, end: datetime, but: Session | None = None) -> None:
    if end <= start:
        raise ValidationError({"end": _("The end must be after the start.")})
    clash = Session.objects.filter(account=account, gone=False, start__lt=end, end__gt=start)
    other = (clash.exclude(pk=but.pk) if but else clash).order_by("start").first()
    if other:
        raise ValidationError(
            {
                "start": _("%(room)s is already on air %(other)s%(title)s. One room has one broadcast at a time.")
                % {
                    "room": account.name,
                    "other": stretch(other.start, other.end),
                    "title": f" ({other.title})" if other.title else "",
                }
            }
        )

"""Rooms that one crew serves at once, from a day to a day."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.audit.record import record
from kaibo.audit.seen import Changed, claim, mark_of, who_changed
from kaibo.live.actions.waiting import lock_rooms
from kaibo.live.models import Account, Session, Simulcast
from kaibo.live.months import months_of
from kaibo.login.models import User


@transaction.atomic
def save_simulcast(
    *, by: User | None, name: str, accounts: Sequence[Account], start: date, end: date | None,
    simulcast: Simulcast | None = None, seen: str = "",
) -> Simulcast:  # fmt: skip
    """Say that one crew serves these rooms on days in [start, end); `simulcast`: correct this one instead of adding.

    `seen`: what the editor saw of `simulcast` (`seen_of`), which includes its rooms.
    Raises ValidationError: fewer than two rooms, it ends before it starts, a room is in another one on the same days.
    """
    if simulcast is not None:
        claim(simulcast, "")
        if seen and seen_of(simulcast) != seen:
            raise Changed(who_changed(simulcast))
    rooms = sorted(set(accounts), key=lambda account: account.pk)
    if len(rooms) < 2:
        raise ValidationError({"accounts": _("Choose at least two rooms.")})
    if end is not None and end <= start:
        raise ValidationError({"end": _("The end must be after the start.")})
    # of two who save at once the second sees what the first wrote
    lock_rooms(room.pk for room in rooms)
    _refuse_shared(rooms, start, end, simulcast)
    former = _state(simulcast) if simulcast else {}
    stretches = _on_air(simulcast) if simulcast else []
    made = simulcast or Simulcast()
    made.name, made.start, made.end = " ".join(name.split()), start, end
    made.save()
    made.accounts.set(rooms)
    record(
        by=by, verb="save_simulcast", target=made, former=former, now=_state(made),
        months=months_of([*stretches, *_on_air(made)]),
    )  # fmt: skip
    return made


@transaction.atomic
def remove_simulcast(*, by: User | None, simulcast: Simulcast) -> None:
    """It was never so: its shifts cover their own room alone. To end one, give it an end."""
    stretches = _on_air(simulcast)
    record(by=by, verb="remove_simulcast", target=simulcast, former=_state(simulcast), months=months_of(stretches))
    simulcast.delete()


def seen_of(simulcast: Simulcast) -> str:
    """What a form shows of it, as the database has it now: its own columns and its rooms."""
    return mark_of(_state(Simulcast.objects.get(pk=simulcast.pk)))


def _refuse_shared(rooms: Iterable[Account], start: date, end: date | None, but: Simulcast | None) -> None:
    beside = Simulcast.objects.filter(Q(end__isnull=True) | Q(end__gt=start), accounts__in=rooms)
    if end is not None:
        beside = beside.filter(start__lt=end)
    other = (beside.exclude(pk=but.pk) if but else beside).distinct().first()
    if other:
        raise ValidationError(
            {
                "accounts": _("“%(name)s” holds one of these rooms on the same days. End it first.")
                % {"name": other.name}
            }
        )


def _state(simulcast: Simulcast) -> dict[str, object]:
    return {
        "name": simulcast.name, "start": simulcast.start, "end": simulcast.end,
        "accounts": list(simulcast.accounts.order_by("pk").values_list("pk", flat=True)),
    }  # fmt: skip


def _on_air(simulcast: Simulcast) -> list[tuple[datetime, datetime]]:
    """What its rooms broadcast in its days: there numbers may change."""
    there = Session.objects.filter(account__in=simulcast.accounts.all(), gone=False, end__gt=_midnight(simulcast.start))
    if simulcast.end is not None:
        there = there.filter(start__lt=_midnight(simulcast.end))
    return list(there.values_list("start", "end"))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())

"""What audit rows are about, by name and address: one question for each kind that a page of rows mentions."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse

from kaibo.appraisal.appeals.models import Appeal
from kaibo.appraisal.cycle.models import Cycle
from kaibo.appraisal.cycle.review_models import Review, ReviewNote
from kaibo.appraisal.own_cards.models import CardVersion, OwnKpi
from kaibo.appraisal.roles import title_of
from kaibo.imports.mapping_models import Mapping as Mapping_
from kaibo.imports.models import Batch, Upload
from kaibo.live.models import (
    Account,
    Leave,
    MatchDecision,
    Outage,
    Responsibility,
    RosterPublication,
    Session,
    SessionNote,
    Shift,
    ShiftCode,
    Simulcast,
    TagRule,
)
from kaibo.login.models import ApiToken, User
from kaibo.look.ids import id_of
from kaibo.look.numbers import clock, day_short, day_year, in_chinese
from kaibo.measurement.closed_models import Closing
from kaibo.measurement.models import ExchangeRate
from kaibo.org.models import Department, Person, Position, Process

# (label, address or ""); a row about what is gone has neither
Named = tuple[str, str]
Asked = tuple[Callable[[], QuerySet[Any]], Callable[[Any], Named]]


def _when(at: Any) -> str:
    return f"{day_short(at)} {clock(at)}"


def _shift(shift: Shift) -> Named:
    start = shift.confirmed_start or shift.planned_start
    return f"{shift.person.name} · {_when(start) if start else '—'}", reverse("live:shift", args=[shift.pk])


def _holder(user: User) -> str:
    """By the person's name, else the sign-in's."""
    person = getattr(user, "person", None)
    return person.name if person else str(user)


def _review(review: Review) -> str:
    return f"{review.person.name} · {review.cycle.month:%Y-%m}"


ASKED: Mapping[str, Asked] = {
    "org.person": (Person.objects.all, lambda one: (one.name, reverse("org:person", args=[one.pk]))),
    "org.position": (Position.objects.all, lambda one: (one.title, reverse("org:position", args=[one.pk]))),
    "org.department": (Department.objects.all, lambda one: (one.title, reverse("org:department", args=[one.pk]))),
    "org.process": (Process.objects.all, lambda one: (one.title, reverse("org:process", args=[one.pk]))),
    "live.account": (Account.objects.all, lambda one: (one.name, reverse("live:room", args=[one.pk]))),
    "live.shift": (lambda: Shift.objects.select_related("person"), _shift),
    "live.session": (
        lambda: Session.objects.select_related("account"),
        lambda one: (f"{one.account.name} · {_when(one.start)}", reverse("measurement:session", args=[one.pk])),
    ),
    "live.outage": (
        lambda: Outage.objects.select_related("account"),
        lambda one: (f"{one.account.name} · {_when(one.start)}", ""),
    ),
    "imports.batch": (Batch.objects.all, lambda one: (one.file_name, reverse("imports:batch", args=[one.pk]))),
    "imports.upload": (Upload.objects.all, lambda one: (one.file_name, "")),
    "login.user": (lambda: User.objects.select_related("person"), lambda one: (_holder(one), "")),
    "login.apitoken": (ApiToken.objects.all, lambda one: (one.name, "")),
    "imports.mapping": (Mapping_.objects.all, lambda one: (one.name, "")),
    "live.shiftcode": (ShiftCode.objects.all, lambda one: (one.code, "")),
    "live.simulcast": (Simulcast.objects.all, lambda one: (one.name, "")),
    "live.tagrule": (TagRule.objects.all, lambda one: (f"{one.tag} · {one.get_by_display()} {one.value}", "")),
    "live.responsibility": (
        lambda: Responsibility.objects.select_related("account", "person"),
        lambda one: (f"{one.account.name} · {one.person.name}", ""),
    ),
    "live.leave": (
        lambda: Leave.objects.select_related("person"),
        lambda one: (f"{one.person.name} · {_when(one.start)}", ""),
    ),
    "live.rosterpublication": (RosterPublication.objects.all, lambda one: (f"{one.month:%Y-%m}", "")),
    "live.matchdecision": (MatchDecision.objects.all, lambda one: (one.about, "")),
    "live.sessionnote": (
        lambda: SessionNote.objects.select_related("session__account"),
        lambda one: (f"{one.session.account.name} · {_when(one.session.start)}", ""),
    ),
    "measurement.exchangerate": (ExchangeRate.objects.all, lambda one: (f"{one.currency} · {day_year(one.day)}", "")),
    "measurement.closing": (Closing.objects.all, lambda one: (f"{one.month:%Y-%m}", "")),
    # a page of theirs is not for everybody who reads the audit
    "appraisal.cycle": (Cycle.objects.all, lambda one: (f"{one.month:%Y-%m}", "")),
    "appraisal.review": (lambda: Review.objects.select_related("person", "cycle"), lambda one: (_review(one), "")),
    "appraisal.reviewnote": (
        lambda: ReviewNote.objects.select_related("person"),
        lambda one: (f"{one.person.name} · {one.month:%Y-%m}", ""),
    ),
    "appraisal.appeal": (
        lambda: Appeal.objects.select_related("review__person", "review__cycle"),
        lambda one: (_review(one.review), ""),
    ),
    "appraisal.cardversion": (CardVersion.objects.all, lambda one: (title_of(one.role), "")),
    "appraisal.ownkpi": (OwnKpi.objects.all, lambda one: (one.zh if in_chinese() else one.en or one.zh, "")),
}


def named(mentioned: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Named]:
    """(type, id) → name and address, of those that are still there."""
    wanted: dict[str, set[int]] = {}
    for kind, pk in mentioned:
        if kind in ASKED and (number := id_of(pk)) is not None:
            wanted.setdefault(kind, set()).add(number)
    found: dict[tuple[str, str], Named] = {}
    for kind, ids in wanted.items():
        rows, tell = ASKED[kind]
        there: Iterable[Model] = rows().filter(pk__in=ids)
        found |= {(kind, str(one.pk)): tell(one) for one in there}
    return found

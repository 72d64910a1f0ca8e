"""The list of sessions: filters, the sums of each session, and days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from kaibo.kpi.inputs import HOST_KINDS
from kaibo.kpi.values import Amounts
from kaibo.live.air_time import looks_like_test
from kaibo.live.models import Session, SessionNote, ShiftState
from kaibo.live.spans import OnAir, folded
from kaibo.measurement import finders
from kaibo.measurement.access import shifts_of_session
from kaibo.measurement.closed import Closed, as_closed
from kaibo.measurement.covered import Coverage, coverage, filled
from kaibo.measurement.forms import SessionFilter
from kaibo.measurement.models import ClosedSession, ClosingState, Segment
from kaibo.measurement.months import local_midnight
from kaibo.measurement.session_figures import Figures, figures
from kaibo.measurement.words import of_sessions


@dataclass(frozen=True)
class Line:
    """One session of the list. `hosts`: names in the order of their time."""

    session: Session
    figures: Figures
    hosts: Sequence[str]
    to_confirm: bool
    unstaffed: bool
    computed: bool
    # the broadcast with all its parts, where it broke off and went on
    on_air: OnAir

    @property
    def length_ms(self) -> int:
        return self.on_air.air_time // timedelta(milliseconds=1)

    @property
    def day(self) -> date:
        return timezone.localdate(self.session.start)

    @property
    def currency(self) -> str:
        """Computed sums are in the team's currency, whatever the room sells in."""
        return str(settings.KAIBO_CURRENCY)

    @property
    def looks_like_test(self) -> bool:
        """Too short for a broadcast: proposed as a test, which a lead decides."""
        return looks_like_test(self.session)


@dataclass(frozen=True)
class Totals:
    """Sums of some lines; a sum with an unknown part is of the known ones.

    `net`: of those whose sales and refunds are both known; `orders` per `views` of those whose both are.
    """

    sessions: int
    length_ms: int
    figures: Figures
    currency: str
    net: int | None
    orders: int | None
    views: int | None
    # of how many sessions sales are, in words, where some sessions' are unknown
    partial: str


@dataclass(frozen=True)
class Day:
    day: date
    lines: Sequence[Line]
    totals: Totals


def filtered(sessions: QuerySet[Session], chosen: SessionFilter) -> QuerySet[Session]:
    """The sessions that a valid filter leaves, newest first; one that broke off stands once, as its head."""
    asked = chosen.cleaned_data
    fixed = ClosedSession.objects.filter(closing__state=ClosingState.CLOSED, session=OuterRef("pk"))
    sessions = sessions.filter(Q(joined_to__isnull=True) | Q(joined_to__gone=True) | Exists(fixed))
    sessions = sessions.select_related("account").order_by("-start", "-pk")
    if asked["room"]:
        sessions = sessions.filter(account=asked["room"])
    if asked["start"]:
        sessions = sessions.filter(start__gte=local_midnight(asked["start"]))
    if asked["end"]:
        sessions = sessions.filter(start__lt=local_midnight(asked["end"] + timedelta(days=1)))
    if asked["state"] == "unconfirmed":
        sessions = sessions.filter(Exists(shifts_of_session().filter(state=ShiftState.PLANNED)))
    if asked["state"] == "unstaffed":
        sessions = sessions.filter(~Exists(shifts_of_session().filter(role="host")))
    if asked["state"] == "unreviewed":
        sessions = unreviewed(sessions)
    if asked["q"]:
        word = asked["q"]
        there = Exists(shifts_of_session().filter(person__name__icontains=word))
        named = Q(title__icontains=word) | Q(account__name__icontains=word) | Q(account__handle__icontains=word)
        sessions = sessions.filter(named | there)
    return sessions


def unreviewed(sessions: QuerySet[Session]) -> QuerySet[Session]:
    """Broadcasts by people of which nobody said yet how they went; tests and recordings need no review."""
    said = SessionNote.objects.filter(Q(session=OuterRef("pk")) | Q(session__joined_to=OuterRef("pk")), removed=False)
    return sessions.filter(~Exists(said), air_kind__in=HOST_KINDS)


def lines(sessions: Iterable[Session], closed: Closed | None = None) -> list[Line]:
    """`sessions`: of one page; annotated with `to_confirm` and `staffed` (see `annotated`)."""
    found = list(sessions)
    ids = [session.pk for session in found]
    sums = finders.session_summary(ids)
    hosts = _hosts(finders.segments_of(ids))
    imported = coverage(closed)
    spans = on_air_of(found)
    return [
        Line(
            session=session,
            figures=figures(_filled(imported, session, sums.get(session.pk))),
            hosts=hosts.get(session.pk, []),
            to_confirm=getattr(session, "to_confirm", False),
            unstaffed=not getattr(session, "staffed", True),
            computed=session.pk in sums or session.pk in hosts,
            on_air=spans.get(session.pk) or OnAir(session, session.start, session.end, (), (session,)),
        )
        for session in found
    ]


def _filled(imported: Coverage, session: Session, amounts: Amounts | None) -> Amounts:
    """Zeros only for what was computed."""
    if amounts is None:
        return {}
    return filled(amounts, imported.lacking(session.start, session.account.platform, session.pk))


def on_air_of(sessions: Sequence[Session]) -> dict[int, OnAir]:
    """Each session's broadcast, with the parts that are joined to it; of a closed month as it was at closing."""
    parts = Session.objects.filter(joined_to__in=sessions, gone=False).select_related("account")
    return {one.session.pk: one for one in folded([*sessions, *parts])} | as_closed(sessions)


def annotated(sessions: QuerySet[Session]) -> QuerySet[Session]:
    """With whether a shift waits for confirmation and whether anyone was host."""
    return sessions.annotate(
        to_confirm=Exists(shifts_of_session().filter(state=ShiftState.PLANNED)),
        staffed=Exists(shifts_of_session().filter(role="host")),
    )


def days(lines: Sequence[Line]) -> list[Day]:
    """By local date of the start, in the order given."""
    return [
        Day(day, of_day, totals(of_day))
        for day, group in groupby(lines, key=lambda line: line.day)
        for of_day in [list(group)]
    ]


def totals(lines: Sequence[Line]) -> Totals:
    sold = [line.figures for line in lines if line.figures.net is not None]
    both = [line.figures for line in lines if line.figures.orders is not None and line.figures.views is not None]
    paid = sum(line.figures.paid is not None for line in lines)
    return Totals(
        sessions=len(lines),
        length_ms=sum(line.length_ms for line in lines),
        figures=Figures(
            paid=_sum(line.figures.paid for line in lines),
            orders=_sum(line.figures.orders for line in lines),
            refund=_sum(line.figures.refund for line in lines),
            views=_sum(line.figures.views for line in lines),
        ),
        currency=str(settings.KAIBO_CURRENCY),
        net=_sum(one.net for one in sold),
        orders=_sum(one.orders for one in both),
        views=_sum(one.views for one in both),
        partial=of_sessions(len(sold), paid, len(lines)),
    )


def _sum(amounts: Iterable[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None


def _hosts(segments: Iterable[Segment]) -> Mapping[int, Sequence[str]]:
    names: dict[int, dict[str, None]] = {}
    for segment in segments:
        of_session = names.setdefault(segment.session_id, {})
        of_session.update((member["name"], None) for member in segment.crew.get("host", []))
    return {session: list(found) for session, found in names.items()}

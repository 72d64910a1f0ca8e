"""Rejected order rows of a session's time and room: a step of the bridge; what cannot be placed is named as such."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from kaibo.database.prepared import Prepared
from kaibo.facts.schema import ORDER_LINE
from kaibo.imports.files import file_of
from kaibo.imports.models import Batch, BatchState, Reject
from kaibo.kpi.inputs import DOUYIN, RateIn
from kaibo.kpi.money import Rates
from kaibo.live.models import Account
from kaibo.live.spans import LONGEST, OnAir, on_air
from kaibo.measurement.rates import rates_in_use

BLANK = {"", "-", "--", "—", "0"}
LIVE, AFFILIATE = "直播", "精选联盟"


@dataclass(frozen=True)
class RejectedOrders:
    """`inside`: of this session, in the team's minor units. `open`: (amount, currency) of which no file tells."""

    inside: int = 0
    open: Sequence[tuple[int, str]] = ()


def rejected_orders(spans: OnAir) -> RejectedOrders:
    """Of the rejected order rows in use with a known amount those ordered while the session was on air, and perhaps so.

    A row is the session's if it names the room, or no room and no other one of the platform and currency was on air.
    It is left open if its time or its payment cannot be read, or others were on air too. Rows that name somebody else
    or another kind of sale are of no session. Rows rejected before their times were kept are open by their file's sum.
    """
    rows = _rows(spans)
    if not rows:
        return RejectedOrders()
    inside: dict[str, int] = defaultdict(int)
    perhaps: dict[str, int] = defaultdict(int)
    lane = _lane(spans)
    for row in rows:
        room = spans.session.account
        if row.about is None:
            perhaps[room.currency] += row.batch.rejected_minor or 0
            continue
        place = _place(row, spans, lane)
        if place is not None and row.amount_minor:
            (inside if place else perhaps)[row.about.get("currency") or room.currency] += row.amount_minor
    return _in_team_money(inside, perhaps, spans.start)


def _wanted(*, start: Any, end: Any) -> QuerySet[Reject]:
    there = Reject.objects.filter(Q(batch__table=ORDER_LINE) | Q(batch__more_tables__icontains=f'"{ORDER_LINE}"'))
    there = there.filter(batch__state=BatchState.VISIBLE, held=False)
    near = Q(batch__first_instant__lt=end, batch__last_instant__gte=start)
    timed = Q(instant__gte=start, instant__lt=end)
    old = Q(about__isnull=True, batch__rejected_minor__isnull=False)
    found = there.filter(timed | (Q(instant=None) & near & (Q(amount_minor__isnull=False) | old)))
    return found.select_related("batch").order_by("batch", "line", "pk")


_rejects = Prepared(_wanted)


def _rows(spans: OnAir) -> list[Reject]:
    """One for each file row, or for each file whose rows tell nothing."""
    first: dict[tuple[int, int], Reject] = {}
    for row in _rejects(start=spans.start, end=spans.end):
        first.setdefault((row.batch_id, 0 if row.about is None else row.line), row)
    return list(first.values())


def _lane(spans: OnAir) -> list[OnAir]:
    """Every broadcast whose room orders may be of that name none."""
    room = spans.session.account
    return [
        one
        for one in on_air(spans.start - LONGEST, spans.end)
        if (one.session.account.platform, one.session.account.currency) == (room.platform, room.currency)
    ]


def _place(row: Reject, spans: OnAir, lane: Sequence[OnAir]) -> bool | None:
    """True: the session's, False: perhaps, None: not."""
    about: Mapping[str, Any] = row.about or {}
    room = spans.session.account
    if _platform(row.batch, about) != room.platform or not _live(about):
        return None
    names = _names(room)
    creator = [text for key in ("creator_id", "creator_name") if (text := _said(about, key))]
    said = creator or [text for key in ("account",) if (text := _said(about, key))]
    if said and not names.intersection(said):
        return None
    if not said and about.get("currency") not in (None, room.currency):
        return None
    if row.instant is None or "paid_ms" not in about:
        return False if row.instant is None or _on(spans, row.instant) else None
    if not _on(spans, row.instant):
        return None
    return bool(said) or sum(_on(one, row.instant) for one in lane) == 1


def _platform(batch: Batch, about: Mapping[str, Any]) -> str:
    return str(about.get("platform") or file_of(ORDER_LINE, batch).platform or DOUYIN)


def _live(about: Mapping[str, Any]) -> bool:
    """Sold in a broadcast of ours, as far as the row says."""
    flow, source = _said(about, "flow_kind"), str(about.get("flow_source") or "")
    named = _said(about, "creator_id") or _said(about, "creator_name")
    return flow in ("", LIVE) and not (flow == LIVE and AFFILIATE in source and not named)


def _said(about: Mapping[str, Any], name: str) -> str:
    text = str(about.get(name) or "").strip()
    return "" if text in BLANK else text


def _names(room: Account) -> set[str]:
    return {name.strip() for name in (room.handle, room.name, *map(str, room.other_names))}


def _on(one: OnAir, instant: datetime) -> bool:
    return any(start <= instant < end for start, end in one.stretches)


def _in_team_money(inside: Mapping[str, int], perhaps: Mapping[str, int], start: datetime) -> RejectedOrders:
    """Converted at the day's rate; what has none is named in its own currency and stands in no step."""
    team = settings.KAIBO_CURRENCY
    rates = Rates(team, [])
    if {*inside, *perhaps} - {team}:
        there = rates_in_use(timezone.localdate(start))
        rates = Rates(team, [RateIn(r.currency, r.day.isoformat(), f"{r.rate.normalize():f}") for r in there])
    sure, left = 0, defaultdict[str, int](int)
    for amounts, placed in ((inside, True), (perhaps, False)):
        for currency, amount in amounts.items():
            rate = None if currency == team else rates.on(currency, timezone.localdate(start).isoformat())
            value = amount if currency == team else rate.convert(amount) if rate else None
            if placed and value is not None:
                sure += value
            else:
                left[team if value is not None else currency] += amount if value is None else value
    return RejectedOrders(sure, [(amount, currency) for currency, amount in sorted(left.items()) if amount])

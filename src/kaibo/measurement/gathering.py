"""Gathers everything a month's computation reads from the database, as plain frozen values."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from kaibo.facts.schema import AFTER_SALE, ORDER_LINE, SESSION_REPORT
from kaibo.imports.models import Batch, BatchState
from kaibo.kpi.inputs import AccountIn, BatchIn, MonthInputs, SessionIn, Settings, ShiftIn, TagRuleIn
from kaibo.live.models import Account, Session, Shift, ShiftState, TagRule
from kaibo.measurement.months import month_bounds

TABLES = (SESSION_REPORT, ORDER_LINE, AFTER_SALE)
# a shift may reach past its session, and a session past the month's end
AROUND = timedelta(days=2)


@dataclass(frozen=True)
class Gathered:
    """The engine's inputs and, for showing only, the names of the people in them."""

    inputs: MonthInputs
    names: dict[int, str] = field(default_factory=dict)

    def sha256(self) -> str:
        """The same for the same inputs, whatever order the database answered in."""
        plain = {"inputs": asdict(self.inputs), "names": sorted(self.names.items())}
        return hashlib.sha256(json.dumps(plain, default=str, sort_keys=True).encode()).hexdigest()


def gather(month: date) -> Gathered:
    """The inputs of the sessions that start in `month`, in the team's zone."""
    start, end = month_bounds(month)
    sessions = _sessions(start, end)
    # late orders fall to a session that ended up to `after_days` ago, unless a later month's session ended since
    back = timedelta(days=computation_settings().after_days) + AROUND
    near = [s for s in _sessions(start - back, end + back) if not start <= s.start < end]
    shifts = _shifts(start - back, max([end, *(s.end for s in (*sessions, *near))]))
    inputs = MonthInputs(
        month=f"{month:%Y-%m}",
        accounts=[_account(a) for a in Account.objects.order_by("pk")],
        sessions=[_session(s) for s in sessions],
        neighbours=[_session(s) for s in near],
        shifts=[_shift(s) for s in shifts],
        batches=_batches(),
        tag_rules=[TagRuleIn(r.tag, r.by, r.value) for r in TagRule.objects.order_by("pk")],
        settings=computation_settings(),
    )
    return Gathered(inputs, {s.person_id: s.person.name for s in shifts})


def computation_settings() -> Settings:
    """The installation's settings that change numbers."""
    return Settings(
        zone=settings.TIME_ZONE,
        business_day_starts_at=settings.BUSINESS_DAY_STARTS_AT,
        snap_ms=settings.SNAP_MINUTES * 60_000,
        handover_gap_ms=settings.HANDOVER_GAP_MINUTES * 60_000,
        refund_days=settings.REFUND_DAYS,
    )


def to_ms(instant: datetime) -> int:
    """Whole milliseconds since the epoch, without a float on the way."""
    return (instant - datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))) // timedelta(milliseconds=1)


def _sessions(start: datetime, end: datetime) -> Sequence[Session]:
    return list(Session.objects.filter(gone=False, start__gte=start, start__lt=end).order_by("pk"))


def _shifts(start: datetime, end: datetime) -> Sequence[Shift]:
    lo, hi = start - AROUND, end + AROUND
    near = Q(planned_start__lt=hi, planned_end__gt=lo) | Q(confirmed_start__lt=hi, confirmed_end__gte=lo)
    there = Shift.objects.exclude(state__in=[ShiftState.ABSENT, ShiftState.CANCELLED])
    return list(there.filter(near).select_related("person").order_by("pk"))


def _account(account: Account) -> AccountIn:
    names = tuple(dict.fromkeys([account.handle, account.name, *map(str, account.other_names)]))
    return AccountIn(account.pk, names, account.zone, account.currency, account.split_rule)


def _session(session: Session) -> SessionIn:
    return SessionIn(session.pk, session.account_id, to_ms(session.start), to_ms(session.end), session.air_kind)


def _shift(shift: Shift) -> ShiftIn:
    confirmed = shift.state == ShiftState.CONFIRMED
    start, end = shift.planned_start, shift.planned_end
    if confirmed or start is None or end is None:
        start, end = shift.confirmed_start, shift.confirmed_end
    if start is None or end is None:
        raise ValueError(f"shift {shift.pk} has no whole times")
    return ShiftIn(
        shift.pk, shift.account_id, shift.person_id, shift.role, to_ms(start), to_ms(end), shift.lead, confirmed
    )


def _batches() -> list[BatchIn]:
    """The visible batches of the tables that count; raises FileNotFoundError where one's facts are gone."""
    found = []
    for batch in Batch.objects.filter(state=BatchState.VISIBLE, table__in=TABLES).order_by("pk"):
        folder = Path(settings.FACTS_ROOT) / batch.folder
        if not (folder / f"{batch.table}.parquet").is_file():
            # forgetting it silently would lower people's numbers
            raise FileNotFoundError(f"the facts of batch {batch.pk} ({batch.file_name}) are not in {folder}")
        found.append(BatchIn(batch.pk, batch.table, to_ms(batch.as_of), folder))
    return found

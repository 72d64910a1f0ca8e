"""A result's rows as they are written to the database."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

from django.db.models import Model

from kaibo.kpi.inputs import DirectOut, MonthResult, SegmentOut
from kaibo.measurement.models import Computation, Credit, DirectCredit, Segment, SegmentFact


def rows_of(computation: Computation, result: MonthResult, names: Mapping[int, str]) -> Iterator[Iterable[Model]]:
    """One iterable per table: a chunk never mixes tables."""
    yield (_segment(computation, out, names) for out in result.segments)
    yield (
        SegmentFact(
            computation=computation, place=f.place, kind=f.kind, account_id=f.account, session_id=f.session,
            segment=f.segment, date=date.fromisoformat(f.date), measure=f.measure, basis=f.basis, amount=f.amount,
            currency=f.currency, original=f.original,
        )
        for f in result.facts
    )  # fmt: skip
    yield (
        Credit(
            computation=computation, session_id=c.session, segment=c.segment, role=c.role, person_id=c.person,
            shift_id=c.shift, date=date.fromisoformat(c.date), measure=c.measure, basis=c.basis, amount=c.amount,
            weight=c.weight, weights=c.weights, reason=c.reason, provisional=c.provisional,
        )
        for c in result.credits
    )  # fmt: skip
    yield (direct(computation, out) for out in result.direct)


def direct(computation: Computation, out: DirectOut) -> DirectCredit:
    return DirectCredit(
        computation=computation, table=out.table, batch=out.batch, row=out.row, person_id=out.person,
        name=out.name[:120], date=date.fromisoformat(out.date), measure=out.measure, amount=out.amount,
        reason=out.reason,
    )  # fmt: skip


def _segment(computation: Computation, out: SegmentOut, names: Mapping[int, str]) -> Segment:
    crew = {
        role: [
            {"person": m.person, "name": names.get(m.person, ""), "lead": m.lead, "weight": m.weight,
             "shift": m.shift, "confirmed": m.confirmed}
            for m in members
        ]
        for role, members in out.crew.items()
    }  # fmt: skip
    return Segment(
        computation=computation, session_id=out.session, number=out.number,
        start=_instant(out.start_ms), end=_instant(out.end_ms), crew=crew,
    )  # fmt: skip


def _instant(ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)

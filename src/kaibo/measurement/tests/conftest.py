"""A small made-up month: one evening of two hosts and a gap, already computed, with hand-made sums."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kaibo.imports.models import Batch
from kaibo.live.models import Account, Session, Shift, Target
from kaibo.measurement.models import Computation, ComputationState, Credit, Segment, SegmentFact

OCTOBER = date(2026, 10, 1)
EVENING = date(2026, 10, 14)


def at(text: str, day: int = 14, month: int = 10) -> datetime:
    """A local clock time of a day of October 2026, as an instant; 24 and more run into the next day."""
    hour, minute = (int(part) for part in text.split(":"))
    return datetime(2026, month, day, tzinfo=UTC) + timedelta(hours=hour - 8, minutes=minute)


class Evening:
    """19:00–24:00: four minutes nobody (¥1), 林晓彤 to 21:30 (¥300, ¥50 came back), 陈嘉禾 to the end (¥200)."""

    def __init__(self, cast) -> None:  # type: ignore[no-untyped-def]
        self.cast = cast
        self.account = Account.objects.create(handle="qinghe", name="生活旗舰店")
        self.session = Session.objects.create(
            account=self.account, start=at("19:00"), end=at("24:00"), title="秋冬专场"
        )
        self.shifts = [
            self.shift(cast.host, "19:04", "21:30"),
            self.shift(cast.host2, "21:30", "24:00"),
        ]
        self.computation = self.make_computation()
        members = [[], [self.member(0)], [self.member(1)]]
        edges = [at("19:00"), at("19:04"), at("21:30"), at("24:00")]
        for number, (start, end, host) in enumerate(zip(edges, edges[1:], members, strict=False), 1):
            Segment.objects.create(
                computation=self.computation, session=self.session, number=number, start=start, end=end,
                crew={"host": host},
            )  # fmt: skip
        self.sell(1, None, orders=1, paid=100)
        self.sell(2, cast.host, orders=3, paid=30_000, refund=5_000, shift=self.shifts[0])
        self.sell(3, cast.host2, orders=2, paid=20_000, shift=self.shifts[1])

    def shift(self, person, start: str, end: str, day: int = 14, **other) -> Shift:  # type: ignore[no-untyped-def]
        times = {"confirmed_start": at(start, day), "confirmed_end": at(end, day)}
        planned = {"planned_start": at(start, day), "planned_end": at(end, day)}
        made = {"account": self.account, "role": "host", "state": "confirmed", **times, **planned, **other}
        return Shift.objects.create(person=person, **made)

    def member(self, index: int) -> dict[str, object]:
        shift = self.shifts[index]
        return {
            "person": shift.person_id, "name": shift.person.name, "lead": False, "weight": 1,
            "shift": shift.pk, "confirmed": True,
        }  # fmt: skip

    def make_computation(self, month: date = OCTOBER, state: str = ComputationState.CURRENT) -> Computation:
        return Computation.objects.create(
            month=month, state=state, engine_version="1", folder=f"{month}-{state}", inputs_sha256="x",
            finished_at=at("23:00", 16), coverage={"order_line": {"rows": 6, "until_ms": 1_792_000_000_000}},
        )  # fmt: skip

    def fact(self, measure: str, amount: int, **place) -> SegmentFact:  # type: ignore[no-untyped-def]
        made = {"place": "segment", "kind": "", "basis": "measured", "date": EVENING, "session": self.session, **place}
        return SegmentFact.objects.create(computation=self.computation, measure=measure, amount=amount, **made)

    def sell(self, segment, person, shift=None, **sums: int) -> None:  # type: ignore[no-untyped-def]
        """Facts of a segment and the host's credit for them."""
        for name, amount in sums.items():
            measure = f"{name}_minor" if name in ("paid", "refund") else name
            self.fact(measure, amount, segment=segment, kind="self_live")
            Credit.objects.create(
                computation=self.computation, session=self.session, segment=segment, role="host", person=person,
                shift=shift, date=EVENING, measure=measure, basis="measured", amount=amount,
                reason="" if person else "no_one",
            )  # fmt: skip

    def imported(self, table: str) -> Batch:
        """A visible batch that speaks of the evening."""
        return Batch.objects.create(
            source=table, table=table, file_name=f"{table}.xlsx", sha256=table, as_of=at("09:00", 16),
            folder=f"b-{table}", accepted=1, rejected=0, first_instant=at("10:00", 14), last_instant=at("22:00", 15),
        )  # fmt: skip

    def target(self, amount_minor: int) -> Target:
        return Target.objects.create(account=self.account, month=OCTOBER, amount_minor=amount_minor)


@pytest.fixture
def evening(cast) -> Evening:  # type: ignore[no-untyped-def]
    return Evening(cast)

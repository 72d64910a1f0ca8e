"""One computed evening with its files: 林晓彤 alone to 21:00, then 7:3 with 陈嘉禾; views known as a total only."""

import json
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings
from django.test import Client

from kaibo.appraisal.tests.cycles import kept
from kaibo.appraisal.tests.raters import rating_team
from kaibo.facts.schema import AFTER_SALE, ORDER_LINE, SESSION_REPORT
from kaibo.facts.store import write_batch
from kaibo.imports.models import Batch
from kaibo.kpi.credit import split
from kaibo.kpi.inputs import PLACED_ROW
from kaibo.live.models import Account, Session, Shift, Target
from kaibo.measurement.models import Computation, Credit, Segment, SegmentFact
from kaibo.measurement.sweeping import derived_root

OCTOBER = date(2026, 10, 1)
HOUR = 3_600_000
ROW = {"kind": "self_live", "place": "segment", "basis": "measured"}


def at(text: str, day: int = 14, month: int = 10) -> datetime:
    """A local clock time of a day of 2026; hours from 24 on run into the next day."""
    hour, minute = (int(part) for part in text.split(":"))
    return datetime(2026, month, day, tzinfo=UTC) + timedelta(hours=hour - 8, minutes=minute)


def ms(instant: datetime) -> int:
    return int(instant.timestamp()) * 1000


class Evening:
    """The host's October: ¥440.01 of sales, ¥50 came back, 4 orders, 1,700 of 2,000 views, 4 of 5 planned hours."""

    def __init__(self, cast) -> None:  # type: ignore[no-untyped-def]
        self.cast = cast
        self.account = Account.objects.create(handle="qinghe", name="生活旗舰店", split_rule="7:3")
        self.session = Session.objects.create(account=self.account, start=at("19:00"), end=at("23:00"))
        self.batches = {t: self.batch(t) for t in (ORDER_LINE, AFTER_SALE, SESSION_REPORT)}
        self.computation = Computation.objects.create(
            month=OCTOBER, state="current", engine_version="1", folder="evening", inputs_sha256="x",
            finished_at=at("09:00", 20, 11),
            coverage={t: {"rows": 5, "as_of_ms": ms(at("09:00", 20, 11))} for t in self.batches},
        )  # fmt: skip
        self.shifts = [
            self.shift(cast.host, "19:00", "23:00", lead=True),
            self.shift(cast.host2, "21:00", "23:00"),
        ]
        self.shift(cast.host, "20:00", "21:00", day=16, state="absent", confirmed_start=None, confirmed_end=None)
        self.segment(1, "19:00", "21:00", [(0, 1)])
        self.segment(2, "21:00", "23:00", [(0, 7), (1, 3)])
        self.credit(1, orders=3, paid_minor=30_000, refund_minor=5_000, views=1_000)
        self.credit(2, orders=2, paid_minor=20_001, views=1_000)
        self.write_rows()

    def shift(self, person, start: str, end: str, *, day: int = 14, **other) -> Shift:  # type: ignore[no-untyped-def]
        planned = {"planned_start": at(start, day), "planned_end": at(end, day)}
        confirmed = {"confirmed_start": at(start, day), "confirmed_end": at(end, day), "state": "confirmed"}
        made = {"account": self.account, "person": person, "role": "host", **planned, **confirmed, **other}
        return Shift.objects.create(**made)

    def batch(self, table: str) -> Batch:
        """A visible batch exported long after the month, so that refunds are final."""
        return Batch.objects.create(
            source=table, table=table, file_name=f"{table}.xlsx", sha256=table.ljust(64, "0"),
            as_of=at("09:00", 20, 11), first_instant=at("00:00", 1), last_instant=at("23:00", 31),
            folder=f"b-{table}", accepted=1, rejected=0,
        )  # fmt: skip

    def segment(self, number: int, start: str, end: str, crew: list[tuple[int, int]]) -> None:
        members = [
            {"person": self.shifts[i].person_id, "name": str(self.shifts[i].person), "weight": weight,
             "shift": self.shifts[i].pk, "lead": i == 0, "confirmed": True}
            for i, weight in crew
        ]  # fmt: skip
        Segment.objects.create(
            computation=self.computation, session=self.session, number=number, start=at(start), end=at(end),
            crew={"host": members},
        )  # fmt: skip
        length = ms(at(end)) - ms(at(start))
        self.fact(number, "air_ms", length)
        for member in members:
            self.give(number, member, "air_ms", length, 1, 1)

    def credit(self, number: int, **sums: int) -> None:
        """A segment's facts and everyone's part of them."""
        members = Segment.objects.get(session=self.session, number=number).crew["host"]
        weights = [member["weight"] for member in members]
        for measure, amount in sums.items():
            basis = "allocated" if measure == "views" else "measured"
            self.fact(number, measure, amount, basis)
            for member, part in zip(members, split(amount, weights), strict=True):
                self.give(number, member, measure, part, member["weight"], sum(weights), basis)

    def fact(self, number: int | None, measure: str, amount: int, basis: str = "measured", **other) -> None:  # type: ignore[no-untyped-def]
        place = {"place": "segment", "kind": "", "session": self.session, "segment": number, **other}
        SegmentFact.objects.create(
            computation=self.computation, date=date(2026, 10, 14), measure=measure, basis=basis, amount=amount, **place
        )

    def give(self, number, member, measure, amount, weight, weights, basis="measured") -> None:  # type: ignore[no-untyped-def]
        Credit.objects.create(
            computation=self.computation, session=self.session, segment=number, role="host",
            person_id=member["person"], shift_id=member["shift"], date=date(2026, 10, 14), measure=measure,
            basis=basis, amount=amount, weight=weight, weights=weights,
        )  # fmt: skip

    def write_rows(self) -> None:
        """The files' facts, and where each row was placed."""
        orders = [(2, 1, 10_000), (3, 1, 10_000), (4, 1, 10_000), (5, 2, 10_000), (6, 2, 10_001)]
        rows = [self.placed(ORDER_LINE, row, segment, "paid_minor", amount) for row, segment, amount in orders]
        rows.append(self.placed(AFTER_SALE, 2, 1, "refund_minor", 5_000))
        rows += [self.placed(SESSION_REPORT, 2, n, "views", 2_000, basis="allocated") for n in (1, 2)]
        # what is credited to nobody stands in no segment
        rows.append(self.placed(ORDER_LINE, 9, None, "paid_minor", 1, place="tagged", kind="福袋"))
        self.fact(None, "orders", 1, place="tagged", kind="福袋")
        folder = derived_root() / self.computation.folder
        folder.mkdir(parents=True)
        kinds = {"int64": pa.int64(), "text": pa.string()}
        schema = pa.schema([(name, kinds[kind]) for name, kind in PLACED_ROW.items()])
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / "rows.parquet")
        facts = [self.order(row, amount) for row, _segment, amount in orders]
        write_batch(Path(settings.FACTS_ROOT) / "b-order_line", ORDER_LINE, facts)

    def placed(  # type: ignore[no-untyped-def]
        self, table: str, row: int, segment: int | None, measure: str, amount: int, **other
    ) -> dict[str, object]:
        return {
            **dict.fromkeys(PLACED_ROW), **ROW, "table": table, "batch": self.batches[table].pk, "row": row,
            "session": self.session.pk, "segment": segment, "measure": measure, "amount": amount, "count": 1,
            "instant_ms": ms(at("19:00")) + row * 60_000, "sub_order": f"69380000000000000{row:02d}",
            "label": "四件套", **other,
        }  # fmt: skip

    def order(self, row: int, amount: int) -> dict[str, object]:
        raw = {"子订单编号": f"69380000000000000{row:02d}", "订单应付金额": f"{amount / 100:.2f}"}
        return {"row": row, "raw": json.dumps(raw, ensure_ascii=False), "ordered_ms": ms(at("19:00")) + row * 60_000}

    def target(self, amount_minor: int) -> Target:
        return Target.objects.create(account=self.account, month=OCTOBER, amount_minor=amount_minor)


@pytest.fixture
def evening(cast) -> Evening:  # type: ignore[no-untyped-def]
    return Evening(cast)


@pytest.fixture
def boss(evening: Evening) -> Client:
    """The browser of the owner, who makes scorecards."""
    return evening.cast.client("owner")


@pytest.fixture
def team(cast):  # type: ignore[no-untyped-def]
    return rating_team(cast)


@pytest.fixture
def scored(cast):  # type: ignore[no-untyped-def]
    """The hosts' and the floor manager's kept October; the floor manager's card has an item that people rate."""
    kept(cast.host, "host", [16, 12, Fraction(52, 3)])
    kept(cast.host2, "host", [10, None, 20])
    kept(cast.lead, "floor_manager", [18, 9])
    return cast

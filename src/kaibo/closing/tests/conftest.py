"""October, computed from real files by the real engine: two hosts, a night that ends in November, refunds settled."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kaibo.closing.actions import close_month
from kaibo.closing.findings import findings
from kaibo.closing.freezing import freeze
from kaibo.facts.schema import TABLES
from kaibo.facts.store import write_batch
from kaibo.imports.files import folder_of
from kaibo.imports.models import Batch
from kaibo.jobs.models import Job
from kaibo.jobs.queue import Progress
from kaibo.live.models import Account, Session, Shift, Target
from kaibo.measurement.computing import compute_month, compute_stale_now
from kaibo.measurement.models import Closing

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
MINUTE = 60_000
NOW = datetime(2026, 12, 20, 4, tzinfo=UTC)


def at(day: int, clock: str, month: int = 10) -> datetime:
    """A local clock time as an instant; 24 and more run into the next day."""
    hour, minute = (int(part) for part in clock.split(":"))
    return datetime(2026, month, day, tzinfo=UTC) + timedelta(hours=hour - 8, minutes=minute)


def ms(instant: datetime) -> int:
    return int(instant.timestamp()) * 1000


class Autumn:
    def __init__(self, cast) -> None:  # type: ignore[no-untyped-def]
        self.cast = cast
        self.room = Account.objects.create(handle="qinghe", name="生活旗舰店")
        self.evening = self.session(at(14, "19:00"), at(14, "24:00"))
        self.last = self.session(at(31, "20:00"), at(31, "24:30"))
        # begins in November, of the business day 31 October
        self.night = self.session(at(31, "25:30"), at(31, "29:00"))
        self.november = self.session(at(5, "19:00", 11), at(5, "22:00", 11))
        self.first = self.shift(cast.host, at(14, "19:00"), at(14, "21:30"))
        self.shift(cast.host2, at(14, "21:30"), at(14, "24:00"))
        self.shift(cast.host, at(31, "20:00"), at(31, "24:30"))
        self.shift(cast.host2, at(31, "25:30"), at(31, "29:00"))
        self.shift(cast.host, at(5, "19:00", 11), at(5, "22:00", 11))
        self.target = Target.objects.create(account=self.room, month=OCTOBER, amount_minor=1_000_00)
        orders = [
            self.order(1, at(14, "20:00"), 300_00), self.order(2, at(14, "20:10"), 33_33, product="p2"),
            self.order(3, at(14, "22:00"), 200_00), self.order(4, at(31, "21:00"), 100_01),
            self.order(5, at(31, "26:00"), 77_77), self.order(6, at(5, "20:00", 11), 50_00),
            self.order(7, at(14, "21:00"), 1), self.order(8, at(14, "23:00"), 900_00, flow_kind="商品卡"),
        ]  # fmt: skip
        self.orders = self.batch("order_line", orders, as_of=at(10, "09:00", 12))
        self.sales = self.batch("after_sale", [self.refund(1, "s3", at(16, "12:00"), 50_00)], as_of=at(10, "09:00", 12))
        reports = [self.report(n, one) for n, one in enumerate((self.evening, self.last, self.night, self.november), 2)]
        self.reports = self.batch("session_report", reports, as_of=at(10, "09:00", 12))
        self.compute()

    def session(self, start: datetime, end: datetime) -> Session:
        return Session.objects.create(account=self.room, start=start, end=end)

    def shift(self, person, start: datetime, end: datetime, **other) -> Shift:  # type: ignore[no-untyped-def]
        times = {"planned_start": start, "planned_end": end, "confirmed_start": start, "confirmed_end": end}
        made = {"account": self.room, "role": "host", "state": "confirmed", **times, **other}
        return Shift.objects.create(person=person, **made)

    @staticmethod
    def order(row: int, when: datetime, minor: int, product: str = "p1", **other) -> dict[str, object]:  # type: ignore[no-untyped-def]
        said = {
            "ordered_ms": ms(when), "paid_ms": ms(when) + MINUTE, "sub_order": f"s{row}", "payable_minor": minor,
            "product": f"杯 {row}", "product_id": product, "creator_id": "qinghe", "flow_kind": "直播",
            "platform": "douyin", "currency": "CNY", "order_type": "普通",
        }  # fmt: skip
        return fact("order_line", row, **{**said, **other})

    def refund(self, row: int, order: str, when: datetime, minor: int) -> dict[str, object]:
        return fact(
            "after_sale", row, after_sale=f"a{row}", sub_order=order, platform="douyin", currency="CNY",
            applied_ms=ms(when), refunded_ms=ms(when), refund_minor=minor,
        )  # fmt: skip

    def report(self, row: int, session: Session) -> dict[str, object]:
        return fact(
            "session_report", row, platform="douyin", account="qinghe", account_name="生活旗舰店", currency="CNY",
            start_ms=ms(session.start), end_ms=ms(session.end), views=1000 + row,
        )  # fmt: skip

    @staticmethod
    def batch(table: str, rows: list[dict[str, object]], as_of: datetime, name: str = "") -> Batch:
        number = Batch.objects.count() + 1
        made = Batch.objects.create(
            source=table, table=table, file_name=name or f"{table}.xlsx", sha256=f"{number:064d}", as_of=as_of,
            folder=f"b-{table}-{number}", accepted=len(rows), rejected=0, first_instant=at(1, "06:00"),
            last_instant=at(30, "23:00", 11),
        )  # fmt: skip
        write_batch(folder_of(made), table, rows)
        return made

    def compute(self) -> None:
        for month in ("2026-10", "2026-11"):
            compute_month(Progress(), month)

    def close(self, month: date = OCTOBER) -> Closing:
        """As the owner would, taking over whatever may be taken over."""
        reasons = {one.code: "都核对过" for one in findings(month, NOW) if not one.blocking}
        closing = close_month(by=self.cast.owner, month=month, accepted=reasons)
        Job.objects.filter(kind="close_month").update(state="done")
        freeze(Progress(), closing.pk)
        closing.refresh_from_db()
        compute_stale_now()
        return closing


def fact(table: str, row: int, **said: object) -> dict[str, object]:
    return dict.fromkeys(TABLES[table]) | {"row": row, "raw": "{}"} | said


@pytest.fixture
def autumn(cast, time_machine) -> Autumn:  # type: ignore[no-untyped-def]
    time_machine.move_to(NOW)
    return Autumn(cast)

"""From the day on that is called final no refund changes a number any more, and on the day before one still may."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from kaibo.kpi.inputs import AccountIn, MonthInputs, SessionIn, Settings, ShiftIn
from kaibo.kpi.tests.month_files import fact, run, write
from kaibo.kpi.tests.slow_numbers import as_ms
from kaibo.kpi.values import final_on, ordered_until

HOUR = 3_600_000
ROOM = AccountIn(1, ("room",), "Asia/Shanghai", "CNY")
# from 20:00 of 31 October to 4:00 of 1 November in Shanghai: one business day
START = as_ms(datetime(2026, 10, 31, 12, tzinfo=UTC))
NIGHT = SessionIn(1, 1, START, START + 8 * HOUR)
HOST = ShiftIn(1, 1, 7, "host", START, START + 8 * HOUR)


def refunded(folder: Path, ordered_ms: int, day: date) -> tuple[int, str]:
    """What the host's sales lose by a refund at the end of that day, and the business date they stand at."""
    back = as_ms(datetime(day.year, day.month, day.day, 15, 59, tzinfo=UTC))
    order = fact(
        "order_line", 1, platform="douyin", sub_order="s", ordered_ms=ordered_ms, paid_ms=ordered_ms,
        payable_minor=9_900, flow_kind="直播", creator_id="room", currency="CNY",
    )  # fmt: skip
    sale = fact(
        "after_sale", 1, platform="douyin", after_sale="a", sub_order="s", refunded_ms=back, applied_ms=back,
        refund_minor=500,
    )  # fmt: skip
    batches = write(folder / "facts", {"order_line": [(1, 1, order)], "after_sale": [(2, 1, sale)]})
    inputs = MonthInputs("2026-10", [ROOM], [NIGHT], (), [HOST], batches, settings=Settings())
    mine = [one for one in run(inputs, folder / "out").credits if one.person == HOST.person]
    (paid,) = [one for one in mine if one.measure == "paid_minor"]
    return sum(one.amount for one in mine if one.measure == "refund_minor"), paid.date


@pytest.mark.parametrize(("hours", "lost_before"), [(7, 500), (1, 0)])
def test_an_order_past_midnight_is_final_as_late_as_is_said(tmp_path: Path, hours: int, lost_before: int) -> None:
    ordered = START + hours * HOUR
    final = final_on(ordered_until(date(2026, 10, 31)), Settings().refund_days)
    assert refunded(tmp_path / "before", ordered, final - timedelta(days=1)) == (lost_before, "2026-10-31")
    assert refunded(tmp_path / "on", ordered, final) == (0, "2026-10-31")

"""Which broadcasts a file speaks of: by its days, joined with the next file's, and not after it was drawn."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kaibo.facts.schema import AFTER_SALE, ORDER_LINE, SESSION_REPORT
from kaibo.measurement.covered import Coverage, as_frozen, filled, together
from kaibo.measurement.file_spans import Said, Span, span_of_row

OCTOBER, LAST = date(2026, 10, 1), date(2026, 10, 31)
NOVEMBER = date(2026, 11, 1)


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Local (Shanghai) in October 2026; days from 32 on are November's."""
    return datetime(2026, 10, 1, tzinfo=UTC) + timedelta(days=day - 1, hours=hour - 8, minutes=minute)


def day(number: int) -> date:
    return OCTOBER + timedelta(days=number - 1)


def span(
    first: int, last: int, *, drawn: datetime | None = None, table: str = ORDER_LINE, stated: object = None
) -> Span:
    """Rows at noon of the first day and at 20:00 of the last; drawn at 09:00 of the day after."""
    period = (day(stated[0]), day(stated[1])) if isinstance(stated, tuple) else None
    found = Said(at(first, 12), at(last, 20), drawn or at(last + 1, 9), period).span(table, "douyin")
    assert found is not None
    return found


def known(spans: list[Span], *, table: str = ORDER_LINE) -> list[int]:
    """Of broadcasts that begin at 19:00 on each day of October those that the files speak of."""
    there = Coverage({table: spans})
    return [n for n in range(1, 32) if table not in there.lacking(at(n, 19), "douyin")]


@pytest.mark.parametrize(
    ("spans", "days"),
    [
        ([span(1, 20)], [*range(1, 21)]),
        ([span(5, 5)], [5]),
        # one file a day
        ([span(n, n) for n in range(1, 32)], [*range(1, 32)]),
        # the file of the 7th was forgotten
        ([span(n, n) for n in (5, 6, 8, 9)], [5, 6, 8, 9]),
        ([span(1, 10), span(8, 15)], [*range(1, 16)]),
        # few orders: rows until the 28th, and somebody says until the 31st
        ([span(3, 28)], [*range(3, 29)]),
        ([span(3, 28, stated=(1, 31))], [*range(1, 32)]),
        # fewer days than it has rows: exported in the morning of the 21st
        ([span(1, 21, drawn=at(21, 20, 30), stated=(1, 20))], [*range(1, 21)]),
        ([], []),
    ],
)
def test_of_which_days_files_speak(spans, days):
    assert known(spans) == days


def test_what_begins_after_a_file_was_drawn_it_knows_nothing_of():
    there = Coverage({ORDER_LINE: [Said(at(1, 12), at(21, 9), at(21, 10, 5)).span(ORDER_LINE, "douyin")]})
    assert there.lacking(at(21, 10), "douyin") == {AFTER_SALE}
    assert there.lacking(at(21, 19), "douyin") == {ORDER_LINE, AFTER_SALE}
    # a time that is earlier than the file's own last row is no time of its export
    wrong = Coverage({ORDER_LINE: [Said(at(1, 12), at(21, 9), at(21)).span(ORDER_LINE, "douyin")]})
    assert ORDER_LINE not in wrong.lacking(at(21, 9), "douyin")
    # who says that it covers the day means the whole of it
    said = Coverage({ORDER_LINE: [span(1, 21, drawn=at(21, 20, 30), stated=(1, 21))]})
    assert ORDER_LINE not in said.lacking(at(21, 23), "douyin")


def test_after_sales_speak_of_every_day_before_they_were_exported():
    assert known([span(15, 18, table=AFTER_SALE, drawn=at(22, 10))], table=AFTER_SALE) == [*range(1, 22)]
    # somebody says that it was exported for the first half of the month
    early = [span(3, 14, table=AFTER_SALE, drawn=at(40), stated=(1, 15))]
    assert known(early, table=AFTER_SALE) == [*range(1, 16)]
    assert Coverage({AFTER_SALE: early}).after_sales_until({"douyin"}) == day(15)


def test_a_broadcast_is_of_the_day_on_which_it_begins():
    there = Coverage({ORDER_LINE: [span(1, 20)]})
    assert ORDER_LINE not in there.lacking(at(20, 23, 59), "douyin")
    assert ORDER_LINE in there.lacking(at(21, 0), "douyin")
    assert ORDER_LINE in there.lacking(at(20, 19), "tiktok")


def test_a_day_off_air_is_told_where_any_of_it_is():
    there = Coverage({ORDER_LINE: [span(1, 21, drawn=at(21, 20, 30))]})
    assert [ORDER_LINE in there.lacking_on(day(n), "douyin") for n in (20, 21, 22)] == [False, False, True]


def test_sums_of_several_broadcasts_are_unknown_where_one_is():
    sold, none = {("paid_minor", "measured"): 5, ("orders", "measured"): 1}, {("views", "measured"): 9}
    nothing, lacks = frozenset[str](), frozenset({ORDER_LINE, AFTER_SALE})
    assert filled(none, nothing)["paid_minor", "measured"] == 0
    assert filled(none, lacks) == none
    assert together([(sold, nothing), (none, nothing)])["paid_minor", "measured"] == 5
    assert together([(sold, nothing), (none, lacks)]) == {("views", "measured"): 9}


def test_what_a_closed_month_keeps_says_the_same_again():
    """Also of what begins after its last midnight, and of the hour at which a file was drawn."""
    spans = {
        ORDER_LINE: [span(1, 20), span(33, 33, drawn=at(33, 21)), span(60, 61)],
        AFTER_SALE: [span(3, 9, table=AFTER_SALE, drawn=at(25, 10))],
        SESSION_REPORT: [Span(OCTOBER, LAST, NOVEMBER)],
    }
    there = Coverage(spans)
    frozen = as_frozen(there, OCTOBER, LAST)
    again = Coverage.from_frozen(
        {"coverage": frozen, "refund_days": 15, "leaves_out": True, "silent": {"7": [ORDER_LINE]}}
    )
    for when in [at(n, hour) for n in range(1, 35) for hour in (0, 9, 19, 23)]:
        assert again.lacking(when, "douyin") == there.lacking(when, "douyin"), when
    # sessions are as they were at closing, whatever is said of their times later
    assert (again.silent(OCTOBER, "douyin", at(3), 7), again.silent(OCTOBER, "douyin", at(25), 8)) == (
        {ORDER_LINE},
        set(),
    )
    assert [len(row) for row in frozen[ORDER_LINE]] == [4, 5]
    assert all(span_of_row(*row).row() == row for rows in frozen.values() for row in rows)


def test_a_month_that_was_closed_before_asks_by_month():
    frozen = {"coverage": as_frozen(Coverage({ORDER_LINE: [span(1, 20)]}), OCTOBER, LAST), "refund_days": 15}
    by_month = Coverage.from_frozen(frozen | {"leaves_out": True})
    assert by_month.silent(OCTOBER, "douyin", at(25, 19), 1) == {AFTER_SALE}
    assert by_month.silent(OCTOBER, "tiktok", at(3, 19), 1) == {ORDER_LINE, AFTER_SALE}
    assert Coverage.from_frozen(frozen).silent(OCTOBER, "tiktok", at(3, 19), 1) == set()

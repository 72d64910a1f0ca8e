"""Cells become values, nothing, or an error; never a guess."""

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaibo.sources.cells import CellError, DamagedId, count, day, identifier, minor, minute, moment, number, shown, text
from kaibo.sources.clocks import Clock
from kaibo.sources.reading import Refused

ZONES = ["Asia/Shanghai", "America/New_York", "UTC"]
ANY_CELL = st.one_of(
    st.text(),
    st.floats(allow_nan=True),
    st.booleans(),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.from_regex(r"[-+¥￥ ]{0,2}[0-9][0-9,，.]{0,9}[万亿w%元eE]?[0-9]?"),
)


@pytest.mark.parametrize(
    ("cell", "minor_units"),
    [
        ("1,234", 123400),
        ("¥1,234.50", 123450),
        ("￥ 12", 1200),
        ("1.2万", 1200000),
        ("3.4亿", 34000000000),
        ("1.2w", 1200000),
        ("12元", 1200),
        ("0", 0),
        (" 7.10 ", 710),
        ("１２．５", 1250),
        ("1，234", 123400),
        (6136.0, 613600),
        (0.1 + 0.2, 30),
        (4069.13, 406913),
        ("-", None),
        ("--", None),
        ("—", None),
        ("N/A", None),
        ("", None),
        ("  ", None),
    ],
)
def test_amounts(cell: Any, minor_units: int | None) -> None:
    assert minor(cell) == minor_units


@pytest.mark.parametrize(
    "cell",
    [
        "1.2.3",
        "1,23",
        "12,34.5",
        "1.234",
        0.123,
        "12%",
        "abc",
        "¥",
        "1e5",
        "--5",
        "-5",
        -5.0,
        True,
        "99999999999999999",
        1e18,
        float("nan"),
        float("inf"),
        datetime(2026, 1, 1),
        "1 2",
        "Rp9.467.316",
        "1.2千",
        "²",
    ],
)
def test_what_is_no_amount(cell: Any) -> None:
    with pytest.raises(CellError):
        minor(cell)


def test_an_amount_may_be_negative_where_that_has_a_meaning() -> None:
    assert minor("-5.00", signed=True) == -500
    assert minor("¥-5", signed=True) == -500
    assert minor("−5", signed=True) == -500


def test_currencies_without_minor_unit() -> None:
    assert minor("1,234", 0) == 1234
    with pytest.raises(CellError):
        minor("1.5", 0)


@pytest.mark.parametrize(
    ("cell", "counted"), [("1,234", 1234), (136.0, 136), ("1.2万", 12000), ("0", 0), (0.0, 0), ("-", None)]
)
def test_counts(cell: Any, counted: int | None) -> None:
    assert count(cell) == counted


@pytest.mark.parametrize("cell", ["-1", -1.0, "1.5", 1.5, "1.2.3", "x", False])
def test_what_is_no_count(cell: Any) -> None:
    with pytest.raises(CellError):
        count(cell)


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("\t6917926768823643751", "6917926768823643751"),
        ("'6917926768823643751", "6917926768823643751"),
        ('="6917926768823643751"', "6917926768823643751"),
        (123456.0, "123456"),
        ("abc_1", "abc_1"),
        ("-", None),
        ("\t", None),
    ],
)
def test_ids(cell: Any, kept: str | None) -> None:
    assert identifier(cell) == kept


@pytest.mark.parametrize("cell", [6.917926768823644e18, 1e15, "6.91793E+18", "6.9e18", "6917926768823643751.0"])
def test_damaged_ids(cell: Any) -> None:
    with pytest.raises(DamagedId):
        identifier(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "2026/04/18 19:15:15",
        "2026-04-18 19:15:15",
        "2026-4-18 19:15:15",
        "2026/04/18/ 19:15:15",
        "2026-04-18T19:15:15",
        "2026-04-18 19:15:15.0",
        "2026年4月18日 19:15:15",
        datetime(2026, 4, 18, 19, 15, 14, 999_600),
        46130.80225694444,
    ],
)
def test_instants_in_every_spelling(cell: Any) -> None:
    assert moment(cell) == datetime(2026, 4, 18, 19, 15, 15)


@pytest.mark.parametrize(
    "cell",
    [
        "18/04/2026 10:00:00",
        "4/18/26 10:00",
        "2026-02-30 10:00:00",
        "2026-04-18 25:00:00",
        "10:00",
        "yesterday",
        7.0,
        True,
        time(10, 0),
        "1776510915",
    ],
)
def test_what_is_no_instant(cell: Any) -> None:
    with pytest.raises(CellError):
        moment(cell)


def test_a_date_has_no_time() -> None:
    assert day("2026-04-18") == day(date(2026, 4, 18)) == day(46130.0) == date(2026, 4, 18)
    assert day("-") is None
    with pytest.raises(CellError):
        day("2026-04-18 10:00:00")


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [
        ("19:00", 1140),
        ("9:05:30", 545),
        ("24:00", 1440),
        ("25:30", 1530),
        ("次日 02:00", 1560),
        ("次日02：00", 1560),
        (time(19, 0), 1140),
        (timedelta(hours=26), 1560),
        (0.7916666666666666, 1140),
        ("-", None),
    ],
)
def test_times_of_day(cell: Any, minutes: int | None) -> None:
    assert minute(cell) == minutes


@pytest.mark.parametrize("cell", ["19", "48:00", "19:60", "7pm", 19.0, datetime(2026, 4, 1), timedelta(days=-1), True])
def test_what_is_no_time_of_day(cell: Any) -> None:
    with pytest.raises(CellError):
        minute(cell)


def test_text_and_what_is_shown() -> None:
    assert text(" a ") == "a"
    assert text("—") is None
    assert text(136.0) == "136"
    assert shown(0.27) == "0.27"
    assert shown(datetime(2026, 4, 18, 9)) == "2026-04-18 09:00:00"


@pytest.mark.parametrize("clean", [text, identifier, number, count, minor, moment, day, minute])
@given(cell=ANY_CELL)
def test_no_cell_breaks_a_cleaner(clean: Any, cell: Any) -> None:
    with suppress(CellError):
        clean(cell)


@given(st.decimals(0, 10**10, places=2, allow_nan=False))
def test_an_amount_is_read_as_written(amount: Decimal) -> None:
    expected = int(amount * 100)
    assert minor(f"{amount:,}") == minor(f"¥{amount}") == minor(f"{amount}元") == expected


@given(
    st.datetimes(datetime(2000, 1, 2), datetime(2100, 12, 30)),
    st.sampled_from(["Asia/Shanghai", "America/New_York", "UTC"]),
)
def test_an_instant_and_its_clock_time_are_one(local: datetime, zone: str) -> None:
    clock = Clock(zone)
    local = local.replace(microsecond=0)
    try:
        assert clock.local(clock.ms(local)) == local
    except CellError:
        assert zone == "America/New_York"


@pytest.mark.parametrize("local", ["2026-03-08 02:30:00", "2026-11-01 01:30:00"])
def test_a_time_that_the_clocks_skip_or_repeat_is_not_guessed(local: str) -> None:
    with pytest.raises(CellError):
        Clock("America/New_York").instant(local)


def test_zones_by_name() -> None:
    assert Clock("").instant("2026-04-18 19:15:15") == 1776510915000
    assert Clock("Asia/Jakarta").instant("2026-04-18 18:15:15") == 1776510915000
    with pytest.raises(Refused):
        Clock("Mars/Base")
    with pytest.raises(CellError):
        Clock("").instant("1926-04-18 19:15:15")

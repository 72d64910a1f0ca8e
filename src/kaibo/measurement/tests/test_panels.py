"""Minutes of a broadcast: what its room's files say, added up over stretches, and drawn where it belongs."""

import re
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaibo.facts.minute_rows import MinuteRow
from kaibo.facts.schema import MINUTE
from kaibo.facts.store import write_batch
from kaibo.imports.models import Batch
from kaibo.live.models import MinutePlace, Outage
from kaibo.measurement.access import find_broadcast
from kaibo.measurement.gathering import to_ms
from kaibo.measurement.panels import panels, scale, ticks
from kaibo.measurement.session_minutes import SessionMinutes, slice_minutes, slices
from kaibo.measurement.session_page import session_page

from .conftest import at

M = 60_000


def row(start: int, length: int = M, **values: int) -> MinuteRow:
    return MinuteRow(start, start + length, 1, 2, values)


def drawn(session, rows, orders=None, off_air=()):  # type: ignore[no-untyped-def]
    found = SessionMinutes(to_ms(session.start), to_ms(session.end), rows)
    every = slice_minutes(session, found)
    return panels(session, found, slices(found, every, orders), every, off_air)


@pytest.fixture
def evening_hour(evening):  # type: ignore[no-untyped-def]
    """19:00–20:00, not saved."""
    evening.session.end = at("20:00")
    return evening.session


def imported_minutes(settings, evening, minutes, *, as_of="09:00", name="a", **answers) -> Batch:  # type: ignore[no-untyped-def]
    """A visible batch of minutes: (clock, values) of each."""
    folder = f"minutes-{name}"
    facts = [
        {"row": n, "raw": "{}", "platform": "douyin", "minute_ms": to_ms(at(clock)), "length_ms": M, **values}
        for n, (clock, values) in enumerate(minutes, 2)
    ]
    write_batch(settings.FACTS_ROOT / folder, MINUTE, facts)
    instants = [at(clock) for clock, _values in minutes]
    return Batch.objects.create(
        source="douyin_minutes", table=MINUTE, file_name=name, sha256=name, as_of=at(as_of, 16), folder=folder,
        accepted=len(facts), rejected=0, first_instant=min(instants), last_instant=max(instants), answers=answers,
    )  # fmt: skip


def page(evening, who: str = "owner"):  # type: ignore[no-untyped-def]
    user = getattr(evening.cast, who)
    user = user if who == "owner" else user.user
    return session_page(user, find_broadcast(user, evening.session.pk))


def test_the_minutes_of_the_room_are_drawn_and_no_others(evening, settings) -> None:  # type: ignore[no-untyped-def]
    both = [("19:10", {"online": 100, "entries": 7}), ("19:11", {"online": 300, "entries": 5})]
    imported_minutes(settings, evening, both, account="qinghe")
    imported_minutes(settings, evening, [("19:12", {"online": 999})], name="b", account="another")
    found = page(evening)
    assert [(r.values["online"], r.values["entries"]) for r in found.minutes.rows] == [(100, 7), (300, 5)]
    assert found.mean_online == 200
    assert (found.peak_online.number, found.peak_online.at) == (300, at("19:11"))


def test_a_file_that_names_no_room_is_of_the_session_it_fits(evening, settings) -> None:  # type: ignore[no-untyped-def]
    batch = imported_minutes(settings, evening, [("19:10", {"comments": 3})])
    assert page(evening).minutes.rows == []
    MinutePlace.objects.create(batch=batch, session=evening.session)
    assert [r.values for r in page(evening).minutes.rows] == [{"comments": 3}]


def test_a_newer_file_of_the_same_time_counts_alone(evening, settings) -> None:  # type: ignore[no-untyped-def]
    imported_minutes(settings, evening, [("19:10", {"online": 1}), ("19:30", {"online": 5})], account="qinghe")
    imported_minutes(
        settings,
        evening,
        [("19:05", {"online": 2}), ("19:15", {"online": 3})],
        name="b",
        as_of="10:00",
        account="qinghe",
    )
    assert [r.values["online"] for r in page(evening).minutes.rows] == [2, 3, 5]


def test_a_lost_file_is_told_and_the_page_stands(evening, settings) -> None:  # type: ignore[no-untyped-def]
    batch = imported_minutes(settings, evening, [("19:10", {"online": 1})], account="qinghe")
    (settings.FACTS_ROOT / batch.folder / "minute.parquet").unlink()
    text = evening.cast.client("owner").get(f"/sessions/{evening.session.pk}/").content.decode()
    assert "分钟文件不在磁盘上" in text


def test_bars_stand_at_their_minute(evening_hour) -> None:  # type: ignore[no-untyped-def]
    (orders,) = drawn(evening_hour, [], [(to_ms(at("19:30")), 3, 900)]).shown
    assert orders.path.startswith("M500.00 66v-66.0h")
    assert (orders.peak.number, orders.peak.at, orders.kind) == (3, at("19:30"), "bars")
    assert orders.axis == "M0.0 66H1000.0"


def test_a_gap_breaks_the_line_and_is_told(evening_hour) -> None:  # type: ignore[no-untyped-def]
    start = to_ms(evening_hour.start)
    known = [*range(20), *range(30, 60)]
    found = drawn(evening_hour, [row(start + n * M, online=100) for n in known])
    (line,) = found.shown
    assert line.path.count("M") == 2
    assert re.findall(r"(?:M|L)(\d+\.\d) ", line.path)[0] == "0.0"
    assert [(gap.start, gap.end) for gap in found.gaps] == [(at("19:20"), at("19:30"))]
    assert found.gap_minutes == 10


def test_time_off_air_is_no_gap(evening_hour) -> None:  # type: ignore[no-untyped-def]
    start = to_ms(evening_hour.start)
    rows = [row(start + n * M, online=100) for n in [*range(20), *range(30, 60)]]
    assert drawn(evening_hour, rows, off_air=[(start + 20 * M, start + 30 * M)]).gaps == []


def test_one_minute_can_be_seen(evening_hour) -> None:  # type: ignore[no-untyped-def]
    (line,) = drawn(evening_hour, [row(to_ms(at("19:30")), online=7)]).shown
    xs = [float(x) for x in re.findall(r"(?:M|L)(\d+\.\d) ", line.path)]
    assert (min(xs), max(xs)) == (500.0, 516.7)


def test_zero_is_drawn_and_unknown_is_not(evening_hour) -> None:  # type: ignore[no-untyped-def]
    start = to_ms(evening_hour.start)
    shown = drawn(evening_hour, [row(start, entries=0), row(start + M, online=4)]).shown
    assert [panel.key for panel in shown] == ["online", "entries"]
    assert shown[1].path == ""
    assert shown[1].axis == "M0.0 76H16.7"


def test_what_the_files_know_decides_the_second_panel(evening_hour) -> None:  # type: ignore[no-untyped-def]
    start = to_ms(evening_hour.start)
    assert [panel.key for panel in drawn(evening_hour, [row(start, comments=2)]).shown] == ["comments"]
    assert [panel.key for panel in drawn(evening_hour, [row(start, comments=2, enter_users=1)]).shown] == [
        "enter_users"
    ]


def test_long_sessions_have_wider_bars_and_few_ticks(evening) -> None:  # type: ignore[no-untyped-def]
    evening.session.end = at("45:00")
    start = to_ms(evening.session.start)
    rows = [row(start + n * M, online=n % 7, entries=1) for n in range(26 * 60)]
    found = drawn(evening.session, rows)
    assert found.minutes == 5
    assert len(ticks(evening.session)) <= 13
    assert found.shown[1].peak.number == 5
    # the peak is of one minute, not of a mean over five
    assert found.shown[0].peak.number == 6


def test_the_sentence_says_the_finding(evening_hour) -> None:  # type: ignore[no-untyped-def]
    start = to_ms(evening_hour.start)
    line = drawn(evening_hour, [row(start, online=10), row(start + M, online=30)]).shown[0]
    assert line.said == "在线人数：平均 20 人，最高 30 人，在 19:01；60 段中有 58 段没有数据"


minute_lists = st.lists(
    st.tuples(st.integers(0, 59), st.integers(0, 5_000), st.integers(0, 300)), max_size=60, unique_by=lambda one: one[0]
)


@given(minute_lists, st.sampled_from([1, 2, 5, 10, 15, 30, 60]))
def test_slices_add_up_to_the_minutes(minutes, every: int) -> None:  # type: ignore[no-untyped-def]
    """Σ of what adds up is kept whatever the width; a level is weighed by time and stays within its minutes."""
    rows = [row(n * M, online=level, entries=count) for n, level, count in sorted(minutes)]
    found = SessionMinutes(0, 60 * M, rows)
    parts = slices(found, every)
    assert [part.start_ms for part in parts] == list(range(0, 60 * M, every * M))
    assert sum(part.sums.get("entries", 0) for part in parts) == sum(count for _n, _level, count in minutes)
    weighed = sum((part.online or 0) * part.known_ms for part in parts)
    assert weighed == sum(level * M for _n, level, _count in minutes)
    for part in parts:
        inside = [level for n, level, _count in minutes if part.start_ms <= n * M < part.end_ms]
        assert (part.online is None) == (not inside)
        assert part.online is None or min(inside) <= part.online <= max(inside)
    if minutes:
        assert found.mean() == Fraction(sum(level for _n, level, _count in minutes), len(minutes))


@given(st.integers(0, 10**7), st.integers(2, 5))
def test_scales_are_round_and_high_enough(highest: int, most: int) -> None:
    step, top = scale(highest, most)
    assert str(step).rstrip("0") in ("1", "2", "5")
    assert top >= highest
    assert top % step == 0
    assert top // step <= most
    assert top - step < max(1, highest)


def test_a_plain_person_sees_online_and_only_ones_own_orders(evening, settings) -> None:  # type: ignore[no-untyped-def]
    imported_minutes(settings, evening, [("22:00", {"online": 5})], account="qinghe")
    found = page(evening, "host")
    assert found.mean_online == 5
    assert all(part.orders is None for part in found.panels.slices if part.start_ms >= to_ms(at("21:30")))


def test_outages_lie_over_the_panels_cut_to_the_session(evening) -> None:  # type: ignore[no-untyped-def]
    made = {"account": evening.account, "cause": "venue"}
    Outage.objects.create(start=at("18:50"), end=at("19:30"), **made)
    Outage.objects.create(start=at("20:00"), end=at("20:10"), removed=True, **made)
    found = page(evening)
    assert [(band.left, band.width, band.text) for band in found.bands] == [("0.000", "10.000", "场地 30\u00a0分")]
    assert found.outage_ms == 30 * M
    assert [mark.text for mark in found.marks] == ["19:00 场地 30\u00a0分"]


def test_marks_never_lie_on_each_other(evening) -> None:  # type: ignore[no-untyped-def]
    for minute in range(0, 60, 10):
        Outage.objects.create(
            account=evening.account, cause="venue", start=at("19:00") + timedelta(minutes=minute),
            end=at("19:01") + timedelta(minutes=minute),
        )  # fmt: skip
    rows: dict[int, list[float]] = {}
    for mark in page(evening).marks:
        rows.setdefault(mark.row, []).append(float(mark.left))
    assert sum(len(lefts) for lefts in rows.values()) == 6
    assert all(b - a >= 17 for lefts in rows.values() for a, b in pairwise(lefts))


def test_the_table_and_its_file_hold_each_minute(evening, settings) -> None:  # type: ignore[no-untyped-def]
    imported_minutes(settings, evening, [("19:10", {"online": 123, "entries": 77})], account="qinghe")
    client = evening.cast.client("owner")
    url = f"/sessions/{evening.session.pk}/minutes"
    assert "123" in client.get(f"{url}/?every=1").content.decode()
    by_hours = client.get(f"{url}/?every=60").content.decode()
    assert by_hours.count("<tr>") == 1 + 5
    assert client.get(f"{url}/?every=nonsense").status_code == 200
    assert client.get(f"{url}.xlsx").status_code == 200

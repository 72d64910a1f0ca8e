"""The further rooms' files: the same every time, read by the product's readers without a reject, none left unasked."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from kaibo.sample import company
from kaibo.sample.cast import HOST
from kaibo.sample.further.cast import GIFTS, KITCHEN, ROOMS, TAOBAO, TIKTOK
from kaibo.sample.further.service import FEW
from kaibo.sample.generate import Sample, generate
from kaibo.sample.story import instant
from kaibo.sample.truth import PersonMonth
from kaibo.sources.reading import Answers, Reading
from kaibo.sources.registry import read

MONTH = date(2026, 10, 1)
NOW_MS = 1_795_000_000_000


@dataclass(frozen=True)
class Made:
    sample: Sample
    readings: dict[str, Reading]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    sample = generate(tmp_path_factory.mktemp("sample"), MONTH, settled=True)
    readings = {}
    for file in sample.further_files:
        told = {"zone": "Asia/Shanghai", "currency": "CNY", "as_of": file.as_of.isoformat()} | dict(file.told)
        readings[file.path.name] = read(file.path, file.path.name, Answers(**told), now_ms=NOW_MS)
    return Made(sample, readings)


def test_the_same_arguments_give_the_same_bytes(made: Made, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    again = generate(tmp_path / "again", MONTH, settled=True)
    assert [f.path.read_bytes() for f in again.further_files] == [
        f.path.read_bytes() for f in made.sample.further_files
    ]


def test_every_file_is_read_whole_and_asks_nothing_more(made: Made) -> None:
    assert len(made.readings) == len(made.sample.further_files) >= 15
    for name, reading in made.readings.items():
        assert (name, reading.rejects, reading.questions) == (name, [], [])
        assert reading.facts, name


def test_each_reader_of_sessions_and_orders_finds_its_own(made: Made) -> None:
    sources = {reading.source.key for reading in made.readings.values()}
    assert {"douyin_sessions", "doudian_orders", "doudian_after_sales", "roster_list"} <= sources
    assert {"tiktok_lives", "tiktok_orders", "taobao_sessions"} <= sources


def test_the_lists_of_28_days_have_every_broadcast_of_the_room_once(made: Made) -> None:
    starts = [f["start_ms"] for r in made.readings.values() if r.source.key == "tiktok_lives" for f in r.facts]
    assert sorted(starts) == sorted(b.start * 1000 for b in made.sample.further.tiktok.broadcasts)


def test_a_broadcast_that_broke_off_stands_in_the_report_twice(made: Made) -> None:
    [broken] = [b for b in made.sample.further.life.broadcasts if b.breaks]
    [joined] = made.sample.decisions.joined
    assert [int(start.timestamp()) for start in joined.starts] == [start for start, _ in broken.parts()]
    starts = [f["start_ms"] for r in made.readings.values() if r.source.key == "douyin_sessions" for f in r.facts]
    assert {start * 1000 for start, _ in broken.parts()} <= set(starts)
    assert not any(off <= line.ordered < on for off, on in broken.breaks for line in made.sample.further.life.lines)


def test_minutes_add_up_to_what_the_report_says_where_none_is_missing(made: Made) -> None:
    with_minutes = [b for story in (made.sample.story, made.sample.further.life) for b in story.broadcasts if b.minutes]
    whole = [b for b in with_minutes if (b.end - 1) // 60 - b.start // 60 + 1 == len(b.minutes)]
    assert (len(with_minutes), len(whole)) == (7, 6)
    for broadcast in whole:
        assert sum(m.views for m in broadcast.minutes) == broadcast.views
        assert sum(m.comments for m in broadcast.minutes) == broadcast.counts["comments"]
    found = [f for r in made.readings.values() if r.source.key == "douyin_minutes" for f in r.facts]
    assert sum(f["entries"] for f in found) == sum(m.views for b in with_minutes for m in b.minutes)
    assert len(found) == sum(len(b.minutes) for b in with_minutes)


def test_the_hours_of_ad_accounts_are_the_true_ones(made: Made) -> None:
    hours = told(made, "qianchuan_hours")
    assert {(f["ad_account"], f["start_ms"]): f["spend_minor"] for f in hours} == made.sample.truth.spend
    assert {one.name for one in made.sample.decisions.ad_accounts} > {f["ad_account"] for f in hours}
    [ads] = [r for r in made.readings.values() if r.source.key == "tiktok_ads"]
    costs = {b.start * 1000: b.counts["spend_minor"] for b in made.sample.further.tiktok.broadcasts}
    assert {f["start_ms"]: f["spend_minor"] for f in ads.facts} == costs


def test_the_downloaded_session_has_its_products_and_channels(made: Made) -> None:
    [reading] = [r for r in made.readings.values() if r.source.key == "compass_session"]
    [session] = [b for b in made.sample.further.life.broadcasts if b.start * 1000 == reading.facts[0]["session_ms"]]
    sold = [x for x in made.sample.further.life.lines if x.broadcast is session and x.place in ("sold", "after")]
    assert sum(f["gmv_minor"] for f in reading.facts) == sum(line.payable for line in sold)
    assert sum(f["views"] for f in reading.more["session_channel"]) == session.views


def told(made: Made, source: str) -> list[dict[str, object]]:
    return [dict(f) for r in made.readings.values() if r.source.key == source for f in r.facts]


def test_service_results_and_conversations_are_the_true_ones(made: Made) -> None:
    truth = made.sample.truth
    results = {(f["agent"], f["start_ms"]): f for f in told(made, "feige_results")}
    assert len(results) == len(truth.service) == 4 * 6
    for one in truth.service:
        fact = results[one.agent, instant(one.start, 0) * 1000]
        assert (fact["received"], fact["ratings"], fact["good_ratings"]) == (one.received, one.ratings, one.good)
        assert (fact["first_reply_ms"], fact["in_3_minutes_ppm"]) == (one.first_reply_ms, one.in_3_minutes_ppm)
        assert (fact["end_ms"], fact["paid_minor"]) == (instant(one.end, 0) * 1000, one.paid_minor)
    few = [one for one in truth.service if one.agent == FEW and one.start >= MONTH]
    assert sum(one.ratings for one in few) == 3
    cases = {
        f["case_id"]: (f["agent"], f["opened_ms"], f["answered_ms"], f["rating"]) for f in told(made, "csat_cases")
    }
    assert sorted(cases.values()) == sorted(
        (c.agent, c.opened * 1000, c.answered * 1000, c.rating) for c in truth.cases
    )


def test_comings_and_goings_are_the_true_ones(made: Made) -> None:
    days = {(f["person_name"], f["date"]): f for f in told(made, "wecom_clock_in")}
    attendance = made.sample.truth.attendance
    assert [a.person for a in attendance if a.absent] == ["许清越", "赵一诺"]
    late = {(a.person, a.day.day): a.late_ms for a in attendance if a.late_ms}
    assert late == {("何川", 14): 9 * 60_000, ("赵一诺", 5): 26 * 60_000}
    assert [a.person for a in attendance if a.late_ms is None and not a.absent] == ["韩述"]
    for one in attendance:
        first = days[one.person, one.day.isoformat()]["first_minute"]
        came = one.punches[0] - instant(one.day, 0) if one.punches else None
        assert first == (None if came is None else came // 60)


def test_readings_are_taken_where_the_crew_changes(made: Made) -> None:
    [read] = [b for b in made.sample.further.life.broadcasts if b.readings]
    assert [f["views"] for f in told(made, "handover_readings")] == [r.views for r in read.readings]
    assert [end for _, end in read.pieces()] == [r.edge for r in read.readings]
    assert read.readings[-1].views < read.views


def test_rooms_of_one_platform_are_never_on_air_together_but_where_the_story_says_so(made: Made) -> None:
    """Else orders without a room's name would be another room's too."""
    own = [b for b in made.sample.further.life.broadcasts if b.room in (KITCHEN, GIFTS)]
    others = [*made.sample.story.broadcasts, *made.sample.further.around.broadcasts]
    for broadcast in own:
        for other in [*others, *own]:
            assert broadcast is other or other.end <= broadcast.start or broadcast.end <= other.start


def test_one_crew_serves_both_rooms_of_the_simulcast(made: Made) -> None:
    life = made.sample.further.life
    there = {room.handle: [b for b in life.broadcasts if b.room is room] for room in (GIFTS, TAOBAO)}
    assert len(there[GIFTS.handle]) == len(there[TAOBAO.handle]) > 20
    assert not [shift for shift in life.shifts if shift.room is TAOBAO]


def test_everyone_has_a_post_and_whoever_is_gone_works_no_more(made: Made) -> None:
    decisions = made.sample.decisions
    posts = {post.person: post for post in decisions.people}
    assert len(posts) == len(decisions.people) == 47
    assert {post.department for post in decisions.people} == set(company.DEPARTMENTS)
    assert all(post.start <= MONTH + timedelta(days=30) for post in decisions.people)
    [gone] = decisions.leavers
    [moved] = decisions.transfers
    for answer in decisions.shifts:
        assert answer.start.date() >= posts[answer.person].start
        assert answer.person != gone.person or answer.start.date() < gone.day
        if answer.person == moved.person:
            assert (answer.role == HOST) == (answer.start.date() >= moved.start)


def test_money_of_another_currency_is_the_teams_in_the_truth(made: Made) -> None:
    truth, tiktok = made.sample.truth, made.sample.further.tiktok
    sold = sum(x.payable for x in tiktok.lines if x.place == "sold" and x.broadcast and x.broadcast.day.month == 10)
    hosts = sum(truth.people[PersonMonth("2026-10", name, HOST)]["paid_minor"] for name in ("梁美仪", "黄梓轩"))
    assert hosts == pytest.approx(sold * 0.00044, rel=0.02)
    assert {room.handle for room in made.sample.decisions.rooms} >= {room.handle for room in ROOMS}
    assert TIKTOK.currency == "IDR"

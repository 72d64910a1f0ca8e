"""视频号 JSON: amounts in 分, people kept apart from counts, series read only where their totals prove how."""

import json
from pathlib import Path
from typing import Any

import pytest

from kaibo.facts.schema import MINUTE, SESSION_REPORT, TABLES
from kaibo.sources.reading import Answers, Reading, Refused
from kaibo.sources.tests.making import raw, reading

ROOM = Answers(account="sph-1")
START_S = 1776513600  # 2026-04-18 20:00 in Shanghai
SUMMARY = {
    "new_watch_uv": 1000, "max_online_watch_uv": 80, "impression_uv": 9000, "new_follow_uv": 12, "new_fans_club_uv": 3,
    "average_watch_seconds_per_audience": 95, "comment_uv": 40, "reward_uv": 1, "sharing_uv": 7, "hot_quota": 5,
}  # fmt: skip
COMMERCE = {
    "total_gmv": 105990, "total_pay_pv": 10, "total_pay_uv": 9, "total_clk_pv": 300, "total_clk_uv": 200,
    "refund_pv": 1, "refund_uv": 1, "refund_amount": 9900, "refund_rate": 0.1, "clk_pay_ratio": 333.3,
}  # fmt: skip


def dashboard(*, in_text: bool = False, **changes: Any) -> dict[str, Any]:
    """An answer of getlivedata; the API wraps its parts in texts."""
    parts: dict[str, Any] = {
        "live_dashboard_data": {
            "live_dashboard_data": {"summary": SUMMARY, "portrait": {"new_watch_uv": 1}},
            "live_duration": 7200,
            "start_time": START_S,
        },
        "live_comparison_index": {"is_living": False, "ended": {"total_gmv": 1}},
        "live_ec_data_summary": COMMERCE,
    } | changes
    wrapped = {name: json.dumps(part) if in_text else part for name, part in parts.items()}
    return {"errcode": 0, "errmsg": "ok", "trace_id": "x", **wrapped}


def listed(**changes: Any) -> dict[str, Any]:
    """A broadcast of get_finder_live_data_list."""
    return {
        "export_id": "export/1", "live_start_time": START_S, "live_duration_in_seconds": 7200,
        "total_audience_count": 1000, "new_follow_count": 12, "forward_count": 8, "total_comment_count": 55,
        "audiences_avg_seconds": 95, "max_online_count": 80, "total_cheer_count": 700, **changes,
    }  # fmt: skip


def read_json(tmp_path: Path, found: Any, answers: Answers = ROOM) -> Reading:
    path = tmp_path / "live.json"
    path.write_text(found if isinstance(found, str) else json.dumps(found), encoding="utf-8")
    return reading(path, answers)


@pytest.mark.parametrize("in_text", [False, True])
def test_a_broadcast_of_getlivedata(tmp_path: Path, in_text: bool) -> None:
    found = read_json(tmp_path, dashboard(in_text=in_text))
    [fact] = found.facts
    assert set(fact) <= set(TABLES[SESSION_REPORT])
    assert (fact["platform"], fact["account"], fact["currency"]) == ("wechat", "sph-1", "CNY")
    assert (fact["start_ms"], fact["end_ms"] - fact["start_ms"]) == (START_S * 1000, 7_200_000)
    # 分 as they are; 95 s
    assert (fact["gmv_minor"], fact["refund_minor"], fact["mean_stay_ms"]) == (105_990, 9_900, 95_000)
    assert (fact["viewers"], fact["pcu"], fact["orders"], fact["buyers"]) == (1000, 80, 10, 9)
    # people who commented are not comments
    assert (fact["comment_users"], fact["share_users"], fact["comments"], fact["shares"]) == (40, 7, None, None)
    assert raw(fact)["clk_pay_ratio"] == "333.3"
    assert (found.rejects, found.warnings, found.more, found.accounts) == ([], [], {}, ["sph-1"])
    assert found.sample[0]["start_time"] == "2026-04-18 20:00:00"


def test_a_list_of_broadcasts(tmp_path: Path) -> None:
    later = listed(export_id="export/2", live_start_time=str((START_S + 86_400) * 1000))
    found = read_json(tmp_path, {"errcode": 0, "item": [listed(), later], "continue_flag": False})
    assert [fact["session_key"] for fact in found.facts] == ["export/1", "export/2"]
    assert [fact["start_ms"] for fact in found.facts] == [START_S * 1000, (START_S + 86_400) * 1000]
    one = found.facts[0]
    assert (one["comments"], one["shares"], one.get("likes")) == (55, 8, None)
    assert one["gmv_minor"] is None
    # several pages saved as one list
    assert len(read_json(tmp_path, [{"item": [listed()]}, {"item": [later]}]).facts) == 2


def test_no_answer_names_the_room(tmp_path: Path) -> None:
    found = read_json(tmp_path, dashboard(), Answers())
    assert (found.questions, found.facts) == (["account"], [])
    assert found.sample


def point(minute: int, value: Any) -> dict[str, Any]:
    return {"ts": START_S + 60 * minute, "value": value}


def with_series(tmp_path: Path, values: list[Any], name: str = "total_gmv", step: int = 60) -> Reading:
    series = {"points": [point(n, value) for n, value in enumerate(values)], "step": step}
    return read_json(tmp_path, dashboard(trend={name: series}))


@pytest.mark.parametrize("values", [[5_990, 0, 100_000], [5_990, 5_990, 105_990]])
def test_a_series_is_of_each_minute_or_so_far_as_its_total_shows(tmp_path: Path, values: list[int]) -> None:
    found = with_series(tmp_path, values)
    facts = found.more[MINUTE]
    assert [fact["gmv_minor"] for fact in facts] == [5_990, 0, 100_000]
    assert [fact["minute_ms"] - START_S * 1000 for fact in facts] == [0, 60_000, 120_000]
    assert all(set(fact) <= set(TABLES[MINUTE]) for fact in facts)
    assert (facts[0]["platform"], facts[0]["account"], facts[0]["length_ms"]) == ("wechat", "sph-1", 60_000)


@pytest.mark.parametrize("values", [[1, 2, 3], [5_990, "?", 100_000], []])
def test_a_series_that_its_total_does_not_prove_is_left_out_and_said_so(tmp_path: Path, values: list[Any]) -> None:
    found = with_series(tmp_path, values)
    assert (found.more, len(found.facts)) == ({}, 1)
    assert "total_gmv" in str(found.warnings[0])


def test_a_level_needs_no_total_and_hours_are_no_minutes(tmp_path: Path) -> None:
    found = with_series(tmp_path, [50, 80, 60], "online_watch_uv")
    assert [fact["online"] for fact in found.more[MINUTE]] == [50, 80, 60]
    assert with_series(tmp_path, [50, 80], "online_watch_uv", step=3600).more == {}


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"live_start_time": None}, "start_time"), ({"live_duration_in_seconds": 0}, "start_time"),
        ({"live_duration_in_seconds": 7_200_000}, "live_duration"), ({"total_audience_count": "many"},
        "total_audience_count"), ({"total_audience_count": -1}, "total_audience_count"),
        ({"max_online_count": True}, "max_online_count"), ({"forward_count": 1.5}, "forward_count"),
    ],
)  # fmt: skip
def test_a_wrong_broadcast_is_rejected(tmp_path: Path, changes: dict[str, Any], column: str) -> None:
    found = read_json(tmp_path, {"item": [listed(live_start_time=START_S + 86_400), listed(**changes)]})
    assert len(found.facts) == 1
    assert [(reject.line, reject.column) for reject in found.rejects] == [(2, column)]


def test_one_broadcast_with_two_values_is_rejected_and_a_repetition_counts_once(tmp_path: Path) -> None:
    found = read_json(tmp_path, {"item": [listed(), listed(), listed(forward_count=9)]})
    assert (len(found.facts), [reject.line for reject in found.rejects]) == (1, [3])


def test_an_answer_fetched_on_air_says_so(tmp_path: Path) -> None:
    found = read_json(tmp_path, dashboard(live_comparison_index={"is_living": True}))
    assert "went on" in str(found.warnings[0])


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(dashboard())[:-20], '{"live_dashboard_data": "{cut"}', '{"total_gmv": NaN}',
        '{"total_gmv": ' + "1" * 5000 + "}", '{"live_dashboard_data":' * 3000, '[1, "total_gmv"]',
        '{"errcode": 40001, "errmsg": "invalid credential", "live_dashboard_data": ""}',
    ],
    ids=["cut", "cut inside", "NaN", "huge number", "deep", "no answer", "an error"],
)  # fmt: skip
def test_what_is_no_answer_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Refused) as caught:
        read_json(tmp_path, text)
    assert str(caught.value.message)
    assert str(caught.value.todo)


def test_another_currency_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="CNY"):
        read_json(tmp_path, dashboard(), Answers(account="a", currency="USD"))


def test_other_json_is_not_taken_for_it(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="TikTok"):
        read_json(tmp_path, {"data": {"live_stream_sessions": []}})

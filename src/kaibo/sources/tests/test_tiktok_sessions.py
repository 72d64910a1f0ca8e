"""TikTok Shop's two lists of LIVE sessions: what the file does not say is asked, what it says is believed."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from kaibo.facts.schema import SESSION_REPORT, TABLES
from kaibo.sources import tiktok_analysis, tiktok_lives
from kaibo.sources.reading import Answers, Reading, Refused
from kaibo.sources.tests.consistency import check_consistent
from kaibo.sources.tests.making import raw, reading, xlsx

LIVES = [c.name for c in tiktok_lives.COLUMNS]
ANALYSIS = [c.name for c in tiktok_analysis.COLUMNS]
JAKARTA = Answers(account="shop", zone="Asia/Jakarta")
HOUR_MS = 3_600_000


def live(**cells: Any) -> list[Any]:
    """A row of the 28 days' list: 12 orders of Rp1.200.000 in 300 views."""
    row: dict[str, Any] = dict.fromkeys(LIVES, 0.0)
    row |= {
        "Livestream": "LIVE ✨ SALE", "Start time": datetime(2026, 5, 2, 23, 30), "Duration": 7204.0,
        "Gross revenue": "Rp1.300.000", "Direct GMV": "Rp1.200.000", "Avg. price": "Rp100.000",
        "Orders paid for": 12.0, "GMV/1K shows": "Rp1.000", "GMV/1K views": "Rp4.000.000", "Views": 300.0,
        "Viewers": 200.0, "Product clicks": 60.0, "CTR": 0.2, "CTOR (SKU orders)": 0.2, "Avg. view duration": 36.0,
    }  # fmt: skip
    return list((row | cells).values())


def analysed(**cells: Any) -> list[Any]:
    """A row of Live Analysis, text throughout."""
    row: dict[str, Any] = dict.fromkeys(ANALYSIS, "0")
    row |= {
        "Creator ID": "6526684195492729856", "Creator": "Kreator 1", "Nickname": "kreator1",
        "Launched Time": "2026/04/18/ 22:14", "Duration": "1h 40min",
        "LIVE gross merchandise value (RM)": "1,444.23", "LIVE SKU orders": "3", "Average Price (RM)": "481.41",
        "Click-to-order rate (LIVE)": "8.33%", "LIVE attributed GMV (RM)": "1444.23", "Viewers": "14254",
        "Views": "16652", "Average viewing duration (LIVE streams)": "107", "Product Impressions": "1778",
        "Product Clicks": "36", "CTR": "2.02%",
    }  # fmt: skip
    return list((row | cells).values())


def read_lives(tmp_path: Path, *rows: list[Any], answers: Answers = JAKARTA, title: str = "") -> Reading:
    top = title or "2026-04-13 ~ 2026-05-10"
    return reading(xlsx(tmp_path / "a.xlsx", [[top], [], LIVES, *rows]), answers)


def read_analysis(tmp_path: Path, *rows: list[Any], answers: Answers | None = None, sign: str = "RM") -> Reading:
    header = [name.replace("(RM)", f"({sign})") for name in ANALYSIS]
    lines = [["Date Range: 2026-04-12 ~ 2026-04-18"], [], header, *rows]
    return reading(xlsx(tmp_path / "a.xlsx", lines), answers or Answers(zone="Asia/Kuala_Lumpur"))


def test_a_session_of_the_list(tmp_path: Path) -> None:
    found = read_lives(tmp_path, live())
    [fact] = found.facts
    assert set(fact) <= set(TABLES[SESSION_REPORT])
    assert (fact["platform"], fact["account"], fact["currency"], fact["row"]) == ("tiktok", "shop", "IDR", 4)
    # 23:30 in Jakarta is 16:30 UTC; it ends 2 h and 4 s later, on the next day there
    assert fact["start_ms"] == 1777739400000
    assert fact["end_ms"] - fact["start_ms"] == 2 * HOUR_MS + 4000
    assert (fact["gmv_minor"], fact["attributed_minor"], fact["mean_stay_ms"]) == (120_000_000, 130_000_000, 36_000)
    assert (fact["orders"], fact["views"], fact["viewers"]) == (12, 300, 200)
    assert raw(fact)["Direct GMV"] == "Rp1.200.000"
    assert (found.warnings, found.rejects, found.questions, found.accounts) == ([], [], [], ["shop"])
    check_consistent(found)


def test_the_list_asks_for_room_and_zone_and_takes_the_currency_from_the_cells(tmp_path: Path) -> None:
    found = read_lives(tmp_path, live(), answers=Answers())
    assert (found.questions, found.facts) == (["account", "zone"], [])
    assert found.sample[0]["Direct GMV"] == "Rp1.200.000"
    unmarked = live(**dict.fromkeys(("Gross revenue", "Direct GMV", "Avg. price", "GMV/1K views"), 1200.0))
    assert read_lives(tmp_path, unmarked, answers=Answers()).questions == ["account", "zone", "currency"]
    assert (
        read_lives(tmp_path, unmarked, answers=Answers("shop", "", "Asia/Tokyo", "JPY")).facts[0]["gmv_minor"] == 1200
    )


def test_the_files_own_currency_is_believed(tmp_path: Path) -> None:
    found = read_lives(tmp_path, live(), answers=Answers(account="shop", zone="Asia/Jakarta", currency="MYR"))
    assert found.facts[0]["currency"] == "IDR"
    assert "MYR" in str(found.warnings[0])


def test_two_currencies_in_a_column_refuse_the_file_and_name_the_lines(tmp_path: Path) -> None:
    rows = [live(), live(**{"Start time": datetime(2026, 5, 4, 9), "Direct GMV": "RM12.50"})]
    with pytest.raises(Refused, match=r"IDR \(line 4\) and MYR \(line 5\)"):
        read_lives(tmp_path, *rows)


@pytest.mark.parametrize(
    ("cell", "minor"),
    [("Rp9.467.316", 946_731_600), ("Rp 9,467,316", 946_731_600), ("Rp1.234,50", 123_450), ("Rp0", 0), ("-", None)],
)
def test_amounts_as_the_shop_writes_them(tmp_path: Path, cell: str, minor: int | None) -> None:
    assert read_lives(tmp_path, live(**{"Gross revenue": cell})).facts[0]["attributed_minor"] == minor


@pytest.mark.parametrize(
    ("column", "value"),
    [("Direct GMV", "Rp1.2.3"), ("Direct GMV", "Rp1.2万"), ("Duration", 0.0), ("Duration", "long"), ("Views", -1.0)],
)
def test_a_wrong_row_is_rejected_with_its_place(tmp_path: Path, column: str, value: Any) -> None:
    found = read_lives(tmp_path, live(**{"Start time": datetime(2026, 5, 4, 9)}), live(**{column: value}))
    assert [(r.line, r.column) for r in found.rejects] == [(5, column)]


@pytest.mark.parametrize(
    ("cells", "word"),
    [({"CTR": 0.3}, "CTR"), ({"Avg. price": "Rp90.000"}, "Avg. price"), ({"CTOR (SKU orders)": 0.1}, "CTOR")],
)
def test_what_does_not_follow_is_a_warning(tmp_path: Path, cells: dict[str, Any], word: str) -> None:
    found = read_lives(tmp_path, live(**cells))
    assert len(found.facts) == 1
    assert word in str(found.warnings[0])


def test_sessions_outside_the_period_and_overlapping_ones_are_warnings(tmp_path: Path) -> None:
    outside = read_lives(tmp_path, live(), title="2026-05-03 ~ 2026-05-10")
    assert "outside the file's own period" in str(outside.warnings[0])
    both = read_lives(tmp_path, live(), live(**{"Start time": datetime(2026, 5, 3, 0, 30)}))
    assert "overlap" in str(both.warnings[0])


def test_a_session_of_the_analysis(tmp_path: Path) -> None:
    found = read_analysis(tmp_path, analysed())
    [fact] = found.facts
    assert set(fact) <= set(TABLES[SESSION_REPORT])
    assert (fact["account"], fact["account_name"], fact["currency"]) == ("6526684195492729856", "Kreator 1", "MYR")
    # 22:14 in Kuala Lumpur is 14:14 UTC
    assert fact["start_ms"] == 1776521640000
    assert fact["end_ms"] - fact["start_ms"] == 100 * 60_000
    assert (fact["gmv_minor"], fact["orders"], fact["mean_stay_ms"]) == (144_423, 3, 107_000)
    # its name speaks of videos: no follower of the broadcast is claimed
    assert fact.get("new_followers") is None
    assert (found.warnings, found.accounts) == ([], ["6526684195492729856"])


def test_the_analysis_asks_for_the_zone_and_says_its_rooms(tmp_path: Path) -> None:
    found = read_analysis(tmp_path, analysed(), answers=Answers(currency="MYR"))
    assert (found.questions, found.facts, found.accounts) == (["zone"], [], ["6526684195492729856"])


@pytest.mark.parametrize(("sign", "asked", "currency"), [("Rp", [], "IDR"), ("฿", [], "THB"), ("$", ["currency"], "")])
def test_the_currency_stands_in_the_header(tmp_path: Path, sign: str, asked: list[str], currency: str) -> None:
    found = read_analysis(tmp_path, analysed(), sign=sign)
    assert found.questions == asked
    assert [fact["currency"] for fact in found.facts] == ([currency] if currency else [])


@pytest.mark.parametrize(
    ("text", "minutes"), [("45min", 45), ("2h", 120), ("1h 5min", 65), ("16h 0min", 960), ("1:05:00", 65)]
)
def test_lengths(tmp_path: Path, text: str, minutes: int) -> None:
    [fact] = read_analysis(tmp_path, analysed(Duration=text)).facts
    assert fact["end_ms"] - fact["start_ms"] == minutes * 60_000


@pytest.mark.parametrize("text", ["100", "1:40", "soon", "0min", ""])
def test_a_length_without_unit_is_rejected_not_guessed(tmp_path: Path, text: str) -> None:
    found = read_analysis(tmp_path, analysed(), analysed(**{"Creator ID": "7", "Duration": text}))
    assert [reject.column for reject in found.rejects] == ["Duration"]


def test_a_creator_id_that_became_a_number_refuses(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="lost their last digits"):
        read_analysis(tmp_path, analysed(**{"Creator ID": 6.526684195492729e18}))


@pytest.mark.real
def test_the_real_lists(real_files: Path) -> None:
    found = reading(real_files / "tiktokshop_id_live_28days.xlsx", JAKARTA)
    assert (len(found.facts), found.rejects, found.missing_columns, found.unknown_columns) == (104, [], [], [])
    # the platform's own Avg. price is off in some rows; everything else follows
    assert [str(warning)[:25] for warning in found.warnings] == ["Rows where Avg. price doe"]
    check_consistent(found)
    found = reading(real_files / "tiktokshop_my_live_analysis_sample.xlsx", Answers(zone="Asia/Kuala_Lumpur"))
    assert (len(found.facts), found.rejects, found.warnings, len(found.accounts)) == (2, [], [], 2)
    check_consistent(found)

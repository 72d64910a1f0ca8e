"""TikTok Shop LIVE ads: spend exact, attribution rounded, no end invented, damaged ids joined on by nobody."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from kaibo.facts.schema import AD_SPEND, TABLES
from kaibo.sources import tiktok_ads
from kaibo.sources.reading import Answers, Reading, Refused
from kaibo.sources.tests.consistency import check_consistent
from kaibo.sources.tests.making import csv_file, raw, reading, xlsx

COLUMNS = [c.name for c in tiktok_ads.COLUMNS]
TOLD = Answers(ad_account="ads-1", zone="Asia/Jakarta")


def ad(**cells: Any) -> list[Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS, 0.0)
    row |= {
        "LIVE name": "LIVE ✨", "Launched time": datetime(2026, 5, 4, 9, 0, 6), "Status": "Ended",
        "Campaign name": "GMV Max", "Campaign ID": 1859535524243840.0, "Cost": 2000.0, "Net Cost": 1900.0,
        "SKU orders": 9.0, "SKU orders (Current shop)": 7.0, "Gross revenue": 90000.0,
        "Gross revenue (Current shop)": 30000.125, "ROI (Current shop)": 15.0, "Currency": "IDR",
    }  # fmt: skip
    return list((row | cells).values())


def read_rows(tmp_path: Path, *rows: list[Any], answers: Answers = TOLD) -> Reading:
    return reading(xlsx(tmp_path / "a.xlsx", [COLUMNS, *rows], "Data"), answers)


def test_a_campaign_of_a_broadcast(tmp_path: Path) -> None:
    found = read_rows(tmp_path, ad())
    [fact] = found.facts
    assert set(fact) <= set(TABLES[AD_SPEND])
    assert (fact["platform"], fact["ad_account"], fact["currency"]) == ("tiktok", "ads-1", "IDR")
    # 09:00:06 in Jakarta is 02:00:06 UTC; the file does not say when the campaign ended
    assert (fact["launch_ms"], fact["start_ms"], fact.get("end_ms")) == (1777860006000, 1777860006000, None)
    # this shop's, not all shops'; a third decimal of an attribution goes half to even
    assert (fact["spend_minor"], fact["net_spend_minor"], fact["orders"]) == (200_000, 190_000, 7)
    assert fact["gmv_minor"] == 3_000_012
    check_consistent(found)


def test_a_damaged_campaign_id_is_text_and_said_so(tmp_path: Path) -> None:
    found = read_rows(tmp_path, ad())
    assert raw(found.facts[0])["Campaign ID"].startswith("1859535524243840")
    assert "lost their last digit: 1" in str(found.warnings[0])
    whole = read_rows(tmp_path, ad(**{"Campaign ID": "1859535524243847", "Gross revenue (Current shop)": 30000.0}))
    assert whole.warnings == []


def test_campaigns_of_one_broadcast_and_name_are_all_kept(tmp_path: Path) -> None:
    found = read_rows(tmp_path, ad(), ad(Cost=3000.0, **{"ROI (Current shop)": 10.0}), ad())
    assert [fact["spend_minor"] for fact in found.facts] == [200_000, 300_000]
    assert any("twice, word for word" in str(warning) for warning in found.warnings)


def test_spend_finer_than_its_currency_is_rejected_not_rounded(tmp_path: Path) -> None:
    found = read_rows(tmp_path, ad(), ad(Cost=2000.125))
    assert [(reject.line, reject.column) for reject in found.rejects] == [(3, "Cost")]


def test_a_roi_that_does_not_follow_is_a_warning_and_without_cost_there_is_none(tmp_path: Path) -> None:
    off = read_rows(tmp_path, ad(**{"ROI (Current shop)": 16.0}))
    assert "ROI" in str(off.warnings[-1])
    free = read_rows(tmp_path, ad(Cost=0.0, **{"ROI (Current shop)": 0.0}))
    assert (free.facts[0]["spend_minor"], len(free.warnings)) == (0, 2)


def test_it_asks_for_the_ad_account_and_the_zone(tmp_path: Path) -> None:
    assert read_rows(tmp_path, ad(), answers=Answers()).questions == ["ad_account", "zone"]
    assert read_rows(tmp_path, ad(Currency=""), answers=Answers()).questions == ["ad_account", "zone", "currency"]


def test_mixed_currencies_refuse(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"IDR \(line 2\) and USD \(line 3\)"):
        read_rows(tmp_path, ad(), ad(Currency="USD"))


def test_blank_tail_rows_are_nothing(tmp_path: Path) -> None:
    blank = [[""] * len(COLUMNS)] * 10
    row = ad(**{"Launched time": "2026-05-04 09:00:06"})
    found = reading(csv_file(tmp_path / "a.csv", [COLUMNS, row, *blank]), TOLD)
    assert (len(found.facts), found.rows_seen, found.rejects) == (1, 1, [])


@pytest.mark.real
def test_the_real_ads(real_files: Path) -> None:
    found = reading(real_files / "tiktokshop_id_live_ads.xlsx", TOLD)
    assert (len(found.facts), found.rejects, found.missing_columns, found.unknown_columns) == (69, [], [], [])
    assert [str(warning).split(":")[1][:3] for warning in found.warnings] == [" 69", " 14"]
    check_consistent(found)

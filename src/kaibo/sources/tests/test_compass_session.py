"""罗盘 整场数据下载: stacked tables of products and SKUs, channels without totals, and which session it is."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from kaibo.facts.schema import SESSION_CHANNEL, SESSION_PRODUCT, TABLES
from kaibo.sources.reading import Answers, Reading, Refused
from kaibo.sources.tests.making import raw, reading, xlsx

NAME = "直播间详情页_整场数据下载_2026-04-20_10-00-00(示例_旗舰店_2026-04-19_00-31-40).xlsx"
INFO = [["直播时间", "千次观看成交金额"], ["2026-04-18_19-15-15~2026-04-19_00-31-40", "¥1,234"]]
# +08:00
START_MS, END_MS, DOWNLOADED_MS = 1_776_510_915_000, 1_776_529_900_000, 1_776_650_400_000
ROOM = ["商品点击人数", "直播间商品曝光-点击率(人数)", "商品点击-成交转化率(人数)", "客单价"]
PRODUCT = [
    "商品名称", "商品图片", "商品编号", "成交金额", "成交件数", "成交人数", "成交订单数", "预售订单数", "预售创建金额",
    "商品曝光人数", "商品点击人数", "商品曝光-点击率(人数)", "商品点击-成交转化率(人数)", "退款人数", "退款金额",
    "退款订单数",
]  # fmt: skip
SKU = [
    "-", "sku名称", "sku图片", "成交金额", "成交件数", "成交人数", "成交订单数", "预售订单数", "预售创建金额",
    "退款人数", "退款金额", "退款订单数", "商品支付GPM",
]  # fmt: skip
CUP = ["杯子", "http://x", "3609999999999999991", "¥1,059.90", "3", "2", "2", "0", "¥0", "1.2万", "300", "2.5%", "0.7%",
       "1", "¥59.90", "1"]  # fmt: skip
LID = [
    "盖子",
    "http://x",
    "3609999999999999992",
    "¥10",
    "1",
    "1",
    "1",
    "-",
    "-",
    "100",
    "9",
    "9%",
    "11.1%",
    "0",
    "¥0",
    "0",
]
BLUE = ["-", "蓝色", "http://x", "¥1,000", "2", "1", "1", "0", "¥0", "1", "¥59.90", "1", "¥20"]
RED = ["", "红色", "http://x", "¥59.90", "1", "1", "1", "0", "¥0", "0", "¥0", "0", "¥20"]
GOODS = [ROOM, ["300", "2.5%", "0.7%", "¥356"], [], PRODUCT, CUP, SKU, BLUE, RED, LID]
CHANNEL_HEADER = ["渠道名称", "千川消耗", "人均观看时长", "观看次数"]
CHANNELS = [
    CHANNEL_HEADER,
    ["整体", "¥500", "1分钟2秒", "1.5万"],
    ["推荐feed", "-", "1分钟10秒", "1.2万"],
    ["千川PC版", "¥500.50", "35秒", "3,000"],
    ["全域推广", "¥500.50", "40秒", "2,900"],
]


def download(
    tmp_path: Path,
    goods: Sequence[Any] = GOODS,
    came: Sequence[Any] = CHANNELS,
    info: Sequence[Any] = INFO,
    name: str = NAME,
    answers: Answers | None = None,
) -> Reading:
    sheets = [
        ("互动&人群&售后", [["退款人数", "新增粉丝数"], ["1", "2"]]),
        ("流量分析-渠道分析", came),
        ("商品", goods),
    ]
    return reading(xlsx(tmp_path / "up.xlsx", info, "基本信息", more=sheets), answers, name)


def test_products_as_facts(tmp_path: Path) -> None:
    found = download(tmp_path)
    assert (found.source.key, found.questions, found.rejects) == ("compass_session", [], [])
    cup, blue, _red, lid = found.facts
    assert all(set(fact) <= set(TABLES[SESSION_PRODUCT]) for fact in found.facts)
    assert (cup["product_id"], cup["product"], cup["sku"], cup["row"]) == ("3609999999999999991", "杯子", None, 5)
    assert (cup["gmv_minor"], cup["items"], cup["impression_users"], cup["refund_minor"]) == (105_990, 3, 12_000, 5_990)
    assert (lid["presale_orders"], lid["presale_minor"], lid["row"]) == (None, None, 9)
    assert raw(cup)["商品曝光-点击率(人数)"] == "2.5%"
    assert "http://x" not in str([raw(fact) for fact in (cup, blue)])


def test_skus_belong_to_the_product_above(tmp_path: Path) -> None:
    _cup, blue, red, _lid = download(tmp_path).facts
    assert [(f["product_id"], f["product"], f["sku"], f["row"]) for f in (blue, red)] == [
        ("3609999999999999991", "杯子", "蓝色", 7),
        ("3609999999999999991", "杯子", "红色", 8),
    ]
    # the columns of SKUs are others than those of products
    assert (blue["refund_users"], blue["refund_minor"], blue["impression_users"]) == (1, 5_990, None)


def test_the_session_is_known_from_sheet_and_name(tmp_path: Path) -> None:
    found = download(tmp_path)
    fact = found.facts[0]
    assert (fact["session_ms"], fact["session_end_ms"]) == (START_MS, END_MS)
    assert (fact["account"], fact["account_name"], fact["platform"]) == (None, "示例_旗舰店", "douyin")
    assert (found.as_of_ms, found.as_of_from, found.accounts) == (DOWNLOADED_MS, "name", ["示例_旗舰店"])
    assert (found.first_instant_ms, found.last_instant_ms) == (START_MS, START_MS)


def test_channels_without_total_and_overlap(tmp_path: Path) -> None:
    found = download(tmp_path)
    feed, ads = found.more[SESSION_CHANNEL]
    assert set(feed) <= set(TABLES[SESSION_CHANNEL])
    assert (feed["channel"], feed["views"], feed["mean_stay_ms"], feed["spend_minor"]) == (
        "推荐feed",
        12_000,
        70_000,
        None,
    )
    assert (ads["channel"], ads["views"], ads["mean_stay_ms"], ads["spend_minor"]) == (
        "千川PC版",
        3_000,
        35_000,
        50_050,
    )
    assert (feed["session_ms"], feed["account_name"]) == (START_MS, "示例_旗舰店")
    # two channels and the one row of the room's totals
    assert found.dropped_totals == 3
    assert any("整体、全域推广" in str(warning) for warning in found.warnings)
    assert any("rounded" in str(warning) for warning in found.warnings)


def test_the_newer_download_names_the_handle_and_the_start(tmp_path: Path) -> None:
    info = [
        ["达人昵称", "抖音号or火山号", "直播时间"],
        ["示例店", "20290000001", "2026/04/18 19:15:15-2026/04/19 00:31:40"],
    ]
    goods = [
        ["商品名称", "商品ID", "用户支付金额", "成交件数", "成交人数", "商品曝光人数", "商品点击人数"],
        ["杯子", "3609999999999999991", "¥236,552", "3", "2", "100", "9"],
        ["-", "sku名称", "用户支付金额", "成交件数", "-", "-", "-"],
        ["-", "蓝色", "¥236,552", "3", "", "", ""],
    ]
    sheets = [("整体看板", [["平均在线人数"], ["22"]]), ("商品分析-商品明细", goods)]
    name = "直播间详情页_示例店_2026-04-18_19-15-15_整场数据下载 (1).xlsx"
    found = reading(xlsx(tmp_path / "up.xlsx", info, "基本信息", more=sheets), None, name)
    cup, blue = found.facts
    assert (cup["account"], cup["account_name"], cup["session_ms"]) == ("20290000001", "示例店", START_MS)
    assert (cup["paid_minor"], cup["gmv_minor"], blue["sku"], blue["items"]) == (23_655_200, None, "蓝色", 3)
    # its name says when the session began, not when it was downloaded
    assert (found.as_of_ms, found.questions, found.warnings) == (None, [], [])


def test_values_beside_their_labels(tmp_path: Path) -> None:
    info = [["基本信息"], ["直播时间", INFO[1][0]], ["达人昵称", "别名店"]]
    fact = download(tmp_path, info=info).facts[0]
    assert (fact["session_ms"], fact["account_name"]) == (START_MS, "别名店")


def test_it_asks_for_what_neither_sheets_nor_name_say(tmp_path: Path) -> None:
    found = download(tmp_path, info=[["直播时间"], ["-"]], name="下载.xlsx")
    assert found.questions == ["account", "session"]
    told = Answers(account="shop_1", session="2026-04-18 19:15:15")
    found = download(tmp_path, info=[["直播时间"], ["-"]], name="下载.xlsx", answers=told)
    assert found.questions == []
    assert {(f["account"], f["session_ms"]) for f in found.facts} == {("shop_1", START_MS)}
    with pytest.raises(Refused, match="no date"):
        download(tmp_path, info=[["直播时间"], ["-"]], answers=Answers(session="yesterday"))


def test_a_renamed_workbook_is_noticed(tmp_path: Path) -> None:
    found = download(tmp_path, name=NAME.replace("00-31-40", "00-31-41"))
    assert found.facts[0]["session_end_ms"] == END_MS
    assert "name says another time" in str(found.warnings[0])


def test_wrong_rows_are_named_by_sheet_and_line(tmp_path: Path) -> None:
    goods = [*GOODS, ["盒子", "x", "3609999999999999993", "1.2.3"], ["合计", "", "-", "¥9", "4"]]
    came = [*CHANNELS, ["搜索", "¥1", "90", "5"]]
    found = download(tmp_path, goods, came)
    assert [(r.column, r.line) for r in found.rejects] == [
        ("商品: 成交金额", 10),
        ("流量分析-渠道分析: 人均观看时长", 6),
    ]
    assert found.dropped_totals == 4


def test_a_product_with_two_values_counts_for_neither(tmp_path: Path) -> None:
    other = [*CUP[:4], "4", *CUP[5:]]
    found = download(tmp_path, [*GOODS, other])
    assert [(r.line, r.reason.values["line"]) for r in found.rejects] == [(5, 10), (10, 5)]
    assert {fact["sku"] for fact in found.facts if fact["product_id"] == CUP[2]} == {"蓝色", "红色"}


def test_a_product_id_that_became_a_number_refuses_the_file(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="lost their last digits"):
        download(tmp_path, [PRODUCT, [*CUP[:2], 3.609999999999999e18, *CUP[3:]]])


def test_sheets_without_their_header_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="商品编号"):
        download(tmp_path, [["没有", "商品"], ["1", "2"]])
    with pytest.raises(Refused, match="渠道名称"):
        download(tmp_path, came=[["没有", "渠道"], ["1", "2"]])
    with pytest.raises(Refused, match="lacks both sheets"):
        reading(xlsx(tmp_path / "b.xlsx", INFO, "基本信息", more=[("整体看板", [["平均在线人数"], ["22"]])]))


def test_the_order_of_sheets_and_products_without_skus_do_not_matter(tmp_path: Path) -> None:
    sheets = [("流量分析-渠道分析", CHANNELS), ("基本信息", INFO)]
    found = reading(xlsx(tmp_path / "up.xlsx", [PRODUCT, LID, CUP], "商品", more=sheets), None, NAME)
    assert [fact["product"] for fact in found.facts] == ["盖子", "杯子"]
    assert found.facts[0]["session_ms"] == START_MS

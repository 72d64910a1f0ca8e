"""Targets from a sheet: what it may look like, what is wrong with it to the cell, and that nothing is half-written."""

import re
from datetime import date
from html import unescape
from io import BytesIO

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from kaibo.audit.models import AuditEvent
from kaibo.live.day_plans import room_days
from kaibo.live.models import Account, DayPlan, Target
from kaibo.live.target_sheet import preview
from kaibo.sources.reading import Refused

NOVEMBER = date(2026, 11, 1)


@pytest.fixture
def rooms(db: None) -> list[Account]:
    made = [("qinghe", "生活旗舰店", "douyin", "CNY"), ("qh_id", "青禾印尼", "tiktok", "IDR"),
            ("home", "家居馆", "douyin", "CNY"), ("home", "家居馆", "taobao", "CNY")]  # fmt: skip
    return [Account.objects.create(handle=h, name=n, platform=p, currency=c) for h, n, p, c in made]


def workbook(rows: list[list[object]]) -> bytes:
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("目标")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for line, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(line, place, cell, day)
                else:
                    sheet.write(line, place, cell)
    return file.getvalue()


def said(content: bytes, name: str = "t.csv") -> list[tuple[str, date, int, int]]:
    found = preview(content, name, NOVEMBER)
    assert found.rejected == []
    return [(one.account.handle, one.month, one.amount_minor, len(one.days)) for one in found.aimed]


def test_one_row_a_room_by_name_or_number(rooms):
    text = '直播间,月份,目标\n生活旗舰店,2026-11,"1,200,000"\nqh_id,2026年12月,35万\n合计,,155万\n'
    assert said(text.encode()) == [("qinghe", NOVEMBER, 120_000_000, 0), ("qh_id", date(2026, 12, 1), 35_000_000, 0)]
    # a GB18030 text without months is of the month that the page shows
    assert said("账号\t目标金额\nqinghe\t500.50\n".encode("gb18030")) == [("qinghe", NOVEMBER, 50_050, 0)]


def test_a_column_for_each_month_below_a_title(rooms):
    head = ["直播间", "平台", "2026-11", "2026年12月"]
    content = workbook([["下半年目标"], head, ["家居馆", "淘宝", 1000, ""], ["家居馆", "抖音", 2000, 3000.5]])
    found = preview(content, "t.xlsx", NOVEMBER)
    assert [(one.account.platform, one.month.month, one.amount_minor) for one in found.aimed] == [
        ("douyin", 11, 200_000), ("taobao", 11, 100_000), ("douyin", 12, 300_050),
    ]  # fmt: skip


def test_days_make_the_month_and_its_plan(rooms, cast):
    content = workbook(
        [["直播间", "日期", "目标"], ["qinghe", date(2026, 11, 1), 100], ["qinghe", date(2026, 11, 11), 900]]
    )
    client = cast.client("owner")
    page = client.post("/targets/sheet/", {"month": "2026-11", "file": SimpleUploadedFile("双11.xlsx", content)})
    assert page.status_code == 200
    assert "¥1,000.00" in text_of(page)
    assert "有 28 天表里没有" in text_of(page)
    assert not Target.objects.exists()
    assert not DayPlan.objects.exists()
    token = re.search(r'name="said" value="([^"]+)"', page.content.decode())
    assert token
    done = client.post("/targets/sheet/", {"month": "2026-11", "said": token[1]})
    assert done["Location"] == "/targets/?month=2026-11"
    found = room_days(rooms[0], NOVEMBER)
    assert found is not None
    assert {day.day: minor for day, minor in found.days.items() if minor} == {1: 10_000, 11: 90_000}
    verbs = AuditEvent.objects.filter(target_type="live.account").values_list("verb", flat=True)
    assert sorted(verbs) == ["set_day_plan", "set_target"]
    # the same again changes nothing
    again = client.post("/targets/sheet/", {"month": "2026-11", "said": token[1]}, follow=True)
    assert "改了 0 个目标" in text_of(again)
    assert AuditEvent.objects.filter(target_type="live.account").count() == 2


BAD = [
    ("直播间,平台,目标\n家居馆,淘金,100\n", 2, "平台", "淘金", "There is no platform “淘金”"),
    ("直播间,月份,目标\n旗舰点,2026-11,100\n", 2, "直播间", "旗舰点", "There is no room “旗舰点”"),
    ("直播间,月份,目标\n家居馆,2026-11,100\n", 2, "直播间", "家居馆", "may be several rooms"),
    ("直播间,月份,目标\nqinghe,2026-13,100\n", 2, "月份", "2026-13", "This is no month"),
    ("直播间,日期,目标\nqinghe,2026-11-31,100\n", 2, "日期", "2026-11-31", "no such date"),
    ("直播间,日期,目标\nqinghe,,100\n", 2, "日期", "", "The day is missing"),
    ("直播间,月份,目标\nqinghe,2026-11,一百万\n", 2, "目标", "一百万", "not a number"),
    ("直播间,月份,目标\nqinghe,2026-11,-5\n", 2, "目标", "-5", "cannot be negative"),
    ("直播间,月份,目标\nqinghe,2026-11,1.005\n", 2, "目标", "1.005", "more decimals"),
    ("直播间,月份,目标\nqinghe,2026-11,\n", 2, "目标", "", "The amount is missing"),
    ("直播间,月份,目标\n,2026-11,100\n", 2, "直播间", "", "The room is missing"),
    ("直播间,月份,目标\nqinghe,1026-11,100\n", 2, "目标", "100", "This year cannot be meant"),
    ("直播间,月份,目标,币种\nqh_id,2026-11,100,CNY\n", 2, "币种", "CNY", "is in IDR"),
    ("直播间,月份,目标\nqinghe,2026-11,1\n生活旗舰店,2026-11,2\n", 3, "目标", "2", "Line 2 says the same"),
    ("直播间,月份,日期,目标\nqinghe,2026-11,,500\nqinghe,,2026-11-02,100\n", 2, "目标", "500", "add up to 100.00"),
]


@pytest.mark.parametrize(("text", "line", "column", "value", "why"), BAD)
def test_a_wrong_cell_is_named(rooms, text, line, column, value, why):
    (one,) = preview(text.encode(), "t.csv", NOVEMBER).rejected
    assert (one.line, one.column, one.value) == (line, column, value)
    assert why in str(one.reason)


@pytest.mark.parametrize("text", ["姓名,班次\n林,A1\n", "", "直播间,目标\n", "直播间,目标,2026-11\nqinghe,1,2\n"])
def test_what_is_no_sheet_of_targets_is_refused(rooms, text):
    with pytest.raises(Refused):
        preview(text.encode(), "t.csv", NOVEMBER)


def text_of(page) -> str:  # type: ignore[no-untyped-def]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.content.decode())))


def test_one_wrong_cell_keeps_the_whole_sheet_out(rooms, cast):
    client = cast.client("owner")
    content = "直播间,月份,目标\nqinghe,2026-11,100\n旗舰点,2026-11,100\n".encode()
    page = client.post("/targets/sheet/", {"month": "2026-11", "file": SimpleUploadedFile("t.csv", content)})
    assert page.status_code == 422
    assert "3 直播间 旗舰点 没有直播间“旗舰点”" in text_of(page)
    assert 'name="said" value=""' in page.content.decode()
    assert client.post("/targets/sheet/", {"month": "2026-11", "said": "made-up"}).status_code == 422
    assert not Target.objects.exists()


def test_the_sheet_to_fill_in_can_be_brought_back(rooms, cast):
    Target.objects.create(account=rooms[0], month=NOVEMBER, amount_minor=12_345)
    got = cast.client("owner").get("/targets/sheet/?empty=csv&month=2026-11")
    filled = got.content.decode("utf-8-sig").replace("home,taobao,2026-11,", "home,taobao,2026-11,7")
    filled = "\n".join(line for line in filled.splitlines() if not line.endswith(","))
    assert sorted(said(filled.encode())) == [("home", NOVEMBER, 700, 0), ("qinghe", NOVEMBER, 12_345, 0)]

"""What is proposed for an unknown table: by headings and first values, asked where two readings fit."""

from datetime import date, datetime, time, timedelta

import pytest

from kaibo.sources.headers import Header, headers
from kaibo.sources.heads import head_of, sheets_of
from kaibo.sources.mapped import problems
from kaibo.sources.mapped_proposals import header_proposed, kind_proposed, nearest, propose
from kaibo.sources.mapped_targets import KINDS, target_of
from kaibo.sources.presets import PRESETS
from kaibo.sources.tables import Sheet


def header(*rows: list[object]) -> Header:
    return Header(Sheet("", lambda: iter([list(row) for row in rows])), 1, list(rows[0]))


def proposed(heading: str, *cells: object, table: str = "session_report") -> tuple[str, str, bool]:
    (one,) = propose(header([heading], *([cell] for cell in cells)), table)
    return one.target, one.unit, one.asked


@pytest.mark.parametrize(
    ("heading", "cells", "wanted"),
    [
        ("开播时间", ("2026-04-18 19:00",), ("start_ms", "ymd", False)),
        ("开播时间", ("05/04/2026 19:00", "06/04/2026 19:00"), ("start_ms", "", True)),
        ("开播时间", ("05/04/2026 19:00", "13/04/2026 19:00"), ("start_ms", "dmy", False)),
        ("开播时间", ("04/05/2026 19:00", "04/13/2026 19:00"), ("start_ms", "mdy", False)),
        ("开播时间", ("13/04/2026 19:00", "04/13/2026 19:00"), ("start_ms", "", True)),
        ("Start time", (1775734200.0,), ("start_ms", "unix", False)),
        ("Start time", ("1775734200000",), ("start_ms", "unix_ms", False)),
        ("开播时间", (datetime(2026, 4, 18, 19),), ("start_ms", "ymd", False)),
        ("日期", ("2026-04-18", "合计"), ("start_ms:day", "ymd", False)),
        ("日期", (date(2026, 4, 18),), ("start_ms:day", "ymd", False)),
        ("开播时刻", ("19:30", "20:00:05"), ("start_ms:time", "", False)),
        ("时长", ("2小时5分",), ("duration_ms", "words", False)),
        ("直播时长(分钟)", ("136",), ("duration_ms", "min", False)),
        ("Duration", ("136",), ("duration_ms", "", True)),
        ("GMV（元）", ("¥1,234.50",), ("gmv_minor", "major", False)),
        ("GMV(分)", ("123450",), ("gmv_minor", "minor", False)),
        ("GMV", ("Rp9.467.316",), ("gmv_minor", "dots", False)),
        ("观看次数", ("5.3%",), ("", "", False)),
        ("天气", ("晴",), ("", "", False)),
    ],
)
def test_a_column_is_proposed_by_its_heading_and_its_values(heading, cells, wanted):
    assert proposed(heading, *cells) == wanted


def test_no_meaning_is_proposed_twice():
    found = propose(
        header(["观看次数", "Views", "开播时间", "日期"], ["1", "2", "2026-04-18 19:00", "2026-04-18"]),
        "session_report",
    )
    assert [one.target for one in found] == ["views", "", "start_ms", ""]


def test_the_header_is_the_line_that_names_columns():
    rows = [["四月", "直播"], ["开播时间", "观看次数", "GMV"], ["2026-04-18 19:00", "x", "y"]]
    candidates = headers([Sheet("", lambda: iter([list(row) for row in rows]))])
    found = candidates[header_proposed(candidates)]
    assert (found.line, kind_proposed(found)) == (2, "session_report")


def test_first_rows_keep_the_types_of_their_cells_as_json():
    row = ["x", 1.5, True, datetime(2026, 4, 18, 19, 0, 1), date(2026, 4, 18), time(19), timedelta(hours=2), ""]
    (sheet,) = sheets_of(head_of([Sheet("表", lambda: iter([list(row)]))]))
    assert list(sheet.rows()) == [row]
    assert [type(cell) for cell in next(sheet.rows())] == [type(cell) for cell in row]


def test_a_preset_is_near_a_table_with_most_of_its_headings_and_proposes_each_meaning_once():
    names = ["live_start_time", "live_duration_in_seconds", "new_watch_uv", "total_audience_count", "total_gmv"]
    table = header(names, ["1775734200", "3600", "5", "6", "700"])
    preset = nearest(table, PRESETS)
    assert preset is not None
    assert preset.platform == "wechat"
    found = propose(table, preset.table, preset, unconfirmed=True)
    assert [one.target for one in found] == ["start_ms", "duration_ms", "viewers", "", "gmv_minor"]
    assert found[0].unit == "unix"
    assert nearest(header(["编号", "名称"]), PRESETS) is None


def test_presets_and_names_speak_of_fields_that_exist():
    for preset in PRESETS:
        assert all(target_of(preset.table, column.field) for column in preset.columns), preset.name
        # two headings of one meaning, and orders of days to be taken from the cells
        assert all("no column" not in str(problem).lower() for problem in problems(preset))
    assert len({kind.table for kind in KINDS}) == len(KINDS)

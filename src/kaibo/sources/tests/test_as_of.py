"""The instant a file speaks of: said, else in its name, else unknown."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kaibo.sources.reading import Answers
from kaibo.sources.tests.making import ORDER_COLUMNS, csv_file, order, reading


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("订单_20260103090000.csv", "2026-01-03 01:00"),
        ("整场_2026-01-03_09-00-00(账号).csv", "2026-01-03 01:00"),
        ("订单_20261399090000.csv", ""),
        ("订单_20990103090000.csv", ""),
        ("直播明细_20260414_20260528.csv", ""),
        ("6920260103090000123.csv", ""),
    ],
)
def test_from_the_files_name(tmp_path: Path, name: str, expected: str) -> None:
    found = reading(csv_file(tmp_path / name, [ORDER_COLUMNS, order()], "gb18030"))
    said = "" if found.as_of_ms is None else f"{datetime.fromtimestamp(found.as_of_ms / 1000, UTC):%Y-%m-%d %H:%M}"
    assert (said, found.as_of_from) == (expected, "name" if expected else "")


def test_what_someone_said_wins(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "订单_20260103090000.csv", [ORDER_COLUMNS, order()], "gb18030")
    found = reading(path, Answers(as_of="2026-01-05 12:00"))
    assert found.as_of_from == "asked"

"""A table that nobody knows is refused by its headings, and never by somebody's row."""

from pathlib import Path

import pytest

from kaibo.sources.reading import UnknownTable
from kaibo.sources.registry import detect


@pytest.mark.parametrize(
    ("first", "quoted"),
    [("甲列,乙列,第3列", "甲列, 乙列"), ("张三,13812345678,幸福路5号", "—")],
)
def test_only_headings_are_quoted(tmp_path: Path, first: str, quoted: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{first}\n李四,13912345678,和平路6号\n", encoding="utf-8")
    with pytest.raises(UnknownTable) as refused:
        detect(path, path.name)
    assert refused.value.message.values["header"] == quoted

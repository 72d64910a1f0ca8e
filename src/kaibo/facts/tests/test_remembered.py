"""What files answered is kept for who asks the same again, and only as long as the files are the same."""

import os
from pathlib import Path

import pytest

from kaibo.facts.remembered import forget, remembered
from kaibo.facts.visible import BatchFile


def test_asked_again_only_where_the_question_or_a_file_is_another(tmp_path: Path) -> None:
    path, asked = tmp_path / "a.parquet", list[str]()
    path.write_text("one")

    @remembered
    def words(files: list[BatchFile], *, name: str) -> list[str]:
        asked.append(name)
        return [files[0].path.read_text()]

    file = BatchFile(1, 0, path)
    assert words([file], name="x") == words([file], name="x") == ["one"]
    assert asked == ["x"]
    assert words([file], name="y") == ["one"]
    assert asked == ["x", "y"]
    path.write_text("two")
    os.utime(path, ns=(1, 1))
    assert words([file], name="x") == ["two"]
    forget()
    assert words([file], name="x") == ["two"]
    assert asked == ["x", "y", "x", "x"]


def test_a_file_that_is_gone_is_missed_though_it_was_read(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_text("one")

    @remembered
    def text(path: Path) -> str:
        return path.read_text()

    assert text(path) == "one"
    path.unlink()
    with pytest.raises(FileNotFoundError):
        text(path)

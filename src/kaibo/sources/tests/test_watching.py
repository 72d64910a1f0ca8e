"""Whoever waits for a long file hears of its rows, and can stop it in the middle."""

from pathlib import Path

import pytest

from kaibo.facts.schema import ORDER_LINE
from kaibo.facts.store import write_batch
from kaibo.sources.reading import Answers
from kaibo.sources.registry import read
from kaibo.sources.tests.making import NOW_MS, ORDER_COLUMNS, csv_file, order, xlsx

ROWS = 1700


class Stopped(Exception):
    pass


@pytest.fixture(params=["orders.xlsx", "orders.csv"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    write = xlsx if request.param.endswith("xlsx") else csv_file
    return write(tmp_path / request.param, [ORDER_COLUMNS, *(order(n) for n in range(ROWS))])


def test_rows_are_told(path: Path) -> None:
    told: list[tuple[int, int]] = []
    read(path, path.name, Answers(), now_ms=NOW_MS, watch=lambda done, total: told.append((done, total)))
    assert [pair for pair in told if pair != (0, 0)] == [(500, ROWS + 1), (1000, ROWS + 1), (1500, ROWS + 1)]


def test_reading_stops_in_the_middle(path: Path) -> None:
    def watch(done: int, _total: int) -> None:
        if done >= 1000:
            raise Stopped(done)

    with pytest.raises(Stopped, match="1000"):
        read(path, path.name, Answers(), now_ms=NOW_MS, watch=watch)


def test_looking_for_the_encoding_can_be_stopped(tmp_path: Path) -> None:
    """Nothing is known of the rows yet, and a text of 300 MB takes a while."""

    def watch(_done: int, _total: int) -> None:
        raise Stopped

    path = csv_file(tmp_path / "orders.csv", [ORDER_COLUMNS, order()])
    with pytest.raises(Stopped):
        read(path, path.name, Answers(), now_ms=NOW_MS, watch=watch)


def test_writing_is_told_and_stops_without_a_trace(tmp_path: Path) -> None:
    facts = [{"row": n, "ordered_ms": n} for n in range(45_000)]
    told: list[tuple[int, int]] = []
    write_batch(tmp_path / "whole", ORDER_LINE, facts, watch=lambda done, total: told.append((done, total)))
    assert [pair for pair in told if pair[1]] == [(0, 45_000), (20_000, 45_000), (40_000, 45_000)]

    def watch(done: int, _total: int) -> None:
        if done:
            raise Stopped

    with pytest.raises(Stopped):
        write_batch(tmp_path / "half", ORDER_LINE, facts, watch=watch)
    assert {found.name for found in tmp_path.iterdir()} - {"static"} == {"whole"}

"""Shares of a whole: text with its sign, or a number from 0 to 1; never a guess between the two."""

import pytest

from kaibo.sources.cells import CellError
from kaibo.sources.shares import ppm


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("98.5%", 985_000), ("100%", 1_000_000), ("0%", 0), ("12.34％", 123_400), (" 5.3 % ", 53_000), (0.985, 985_000),
        ("0.985", 985_000), (1.0, 1_000_000), (0.0, 0), ("33.33335%", 333_334), ("-", None), ("", None), ("--", None),
    ],
)  # fmt: skip
def test_a_share(cell: object, expected: int | None) -> None:
    assert ppm(cell) == expected


@pytest.mark.parametrize("cell", ["98.5", 98.5, "100.1%", "-1%", "%", "half", "1.2.3%", "9万%"])
def test_what_is_no_share(cell: object) -> None:
    with pytest.raises(CellError):
        ppm(cell)

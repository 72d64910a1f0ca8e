"""What people typed stays text in a spreadsheet program, and comes back as it was."""

import pytest

from kaibo.look.cells import as_text, as_typed


@pytest.mark.parametrize("typed", ["=1+1", "+86 138", "-x", "@SUM(A1)", "\t=1", "旗舰店", "'旗舰店", "'", ""])
def test_there_and_back(typed: str) -> None:
    cell = as_text(typed)
    assert cell[:1] not in ("=", "+", "-", "@", "\t")
    assert as_typed(cell) == typed


def test_numbers_are_left_alone() -> None:
    assert as_text(-5) == -5

"""Cells of files for spreadsheet programs."""

from typing import TypeVar

T = TypeVar("T")


def as_text(value: T) -> T | str:
    """A cell of a csv file that no spreadsheet program takes for a formula; numbers stay as they are."""
    return f"'{value}" if isinstance(value, str) and value[:1] in tuple("=+-@\t\r") else value

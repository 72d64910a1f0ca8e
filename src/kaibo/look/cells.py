"""Cells of files for spreadsheet programs."""

from typing import TypeVar

T = TypeVar("T")
FORMULA = tuple("=+-@\t\r")


def as_text(value: T) -> T | str:
    """A cell of a csv file that no spreadsheet program takes for a formula; numbers stay as they are."""
    return f"'{value}" if isinstance(value, str) and value[:1] in FORMULA else value


def as_typed(text: str) -> str:
    """Such a cell as it was before, where a file of ours comes back."""
    return text[1:] if text[:1] == "'" and text[1:2] in FORMULA else text

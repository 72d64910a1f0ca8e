"""What the web process reads of files: light, and safe whatever the values hold."""

import subprocess
import sys
from pathlib import Path

import pytest

from kaibo.facts import reader
from kaibo.facts.reader import file_row
from kaibo.facts.store import write_batch


def test_a_missing_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        file_row(tmp_path, "order_line", 2)


def test_importing_the_reader_loads_no_heavy_library() -> None:
    code = "import sys, kaibo.facts.reader; sys.exit(any(m in sys.modules for m in ('duckdb', 'pyarrow', 'numpy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_reading_rows_keeps_the_web_process_light(tmp_path: Path) -> None:
    write_batch(tmp_path / "b", "roster_shift", [{"row": 3, "raw": "{}", "person_name": "O'Neil?"}])
    program = (
        "import sys; from pathlib import Path; from kaibo.facts import reader;"
        f"found = reader.rows(Path({str(tmp_path / 'b')!r}), 'roster_shift', [3]);"
        "assert found[0]['person_name'] == \"O'Neil?\";"
        "print(sorted({'pandas', 'numpy', 'pyarrow', 'ibis'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_a_quote_or_a_question_mark_in_a_value_is_a_value(tmp_path: Path) -> None:
    folder = tmp_path / "it's a folder?"
    write_batch(folder, "roster_shift", [{"row": 3, "raw": "{}", "person_name": "x"}])
    assert reader.file_row(folder, "roster_shift", 3) is not None


def test_the_facts_of_one_line_keep_the_order_of_the_file(tmp_path: Path) -> None:
    """A month's roster: one line, thirty days. They came in the order in which sorting left equals."""
    days = [f"2026-04-{day:02}" for day in range(1, 31)]
    facts = [{"row": row, "raw": "{}", "person_name": f"p{row}", "code": day} for row in range(2, 40) for day in days]
    write_batch(tmp_path / "b", "roster_shift", facts)
    found = reader.rows(tmp_path / "b", "roster_shift", [3])
    assert [(one["row"], one["code"]) for one in found] == [(3, day) for day in days]
    assert "file_row_number" not in found[0]

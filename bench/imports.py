"""How long it takes to read and store files, against what the spreadsheet library alone needs.

    python bench/imports.py [--rows 20000] [--real DIR]

`--real`: a folder with 直播明细 files, read as they are.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from kaibo.facts.schema import ORDER_LINE
from kaibo.facts.store import write_batch
from kaibo.sources.reading import Answers
from kaibo.sources.registry import read
from kaibo.sources.tests.making import NOW_MS, ORDER_COLUMNS, csv_file, order, xlsx


def timed(name: str, work: Callable[[], Any], rows: int) -> Any:
    """Run `work`, print its CPU and wall seconds, hand on its result."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    print(
        f"{name:44} {rows:>9,} rows  CPU {time.process_time() - cpu:6.2f} s  wall {time.perf_counter() - wall:6.2f} s"
    )
    return result


def calamine(path: Path) -> int:
    return len(CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--real", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        rows = [ORDER_COLUMNS, *(order(n) for n in range(options.rows))]
        book, text = xlsx(home / "订单.xlsx", rows), csv_file(home / "订单.csv", rows, "gb18030")
        timed("orders xlsx, calamine alone", lambda: calamine(book), options.rows)
        timed("orders xlsx, read", lambda: read(book, book.name, Answers(), now_ms=NOW_MS), options.rows)
        found = timed("orders csv GB18030, read", lambda: read(text, text.name, Answers(), now_ms=NOW_MS), options.rows)
        timed("orders, stored", lambda: write_batch(home / "batch", ORDER_LINE, found.facts), options.rows)
    for path in sorted(options.real.glob("直播明细*.xlsx")) if options.real else []:
        timed(
            f"{path.name}, read", lambda path=path: read(path, path.name, Answers(), now_ms=NOW_MS), calamine(path) - 1
        )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()

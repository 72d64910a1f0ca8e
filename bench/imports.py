"""How long it takes to read files and write them as batches, against what the libraries alone need for the same rows.

    python bench/imports.py [--rows 20000] [--csv-rows 100000] [--keep DIR] [--real DIR]

Each line is a process of its own: CPU and wall seconds, peak memory, and the CPU time as a multiple of the library's.
Loading the libraries is not counted. `--keep`: where the made files stay for another run. `--real`: a folder with
直播明细 files, read as they are.
"""

import argparse
import csv
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

import xlsxwriter

from kaibo.facts.schema import ORDER_LINE
from kaibo.facts.store import write_batch
from kaibo.sources.reading import Answers
from kaibo.sources.registry import read
from kaibo.sources.tests.making import NOW_MS, ORDER_COLUMNS, order


def calamine(path: Path) -> int:
    return sum(1 for _ in CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).iter_rows()) - 1


def text(path: Path) -> int:
    with path.open(encoding="gb18030" if "gb18030" in path.name else "utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1


def reading(path: Path) -> int:
    return len(read(path, path.name, Answers(), now_ms=NOW_MS).facts)


def batch(path: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        found = read(path, path.name, Answers(), now_ms=NOW_MS)
        return write_batch(Path(folder) / "batch", found.source.table, found.facts, found.more)


WORK: dict[str, Callable[[Path], int]] = {"calamine": calamine, "csv": text, "read": reading, "batch": batch}


def measure(work: str, path: Path) -> None:
    """Do it here and print what it took; for a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        # pyarrow loads a part of itself with the first array
        write_batch(Path(folder) / "first", ORDER_LINE, [{"row": 1}])
    cpu, wall = time.process_time(), time.perf_counter()
    rows = WORK[work](path)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(rows, cpu, wall, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def show(work: str, path: Path, alone: float = 0) -> float:
    """Measure in another process; `alone` is the library's CPU time. Says its own."""
    command = [sys.executable, __file__, "--measure", work, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    rows, cpu, wall, peak = (float(value) for value in done.stdout.split())
    times = f"{cpu / alone:5.2f} ×" if alone else ""
    print(
        f"{path.name:28} {work:9} {rows:>11,.0f} rows  CPU {cpu:6.2f} s  wall {wall:6.2f} s  "
        f"peak {peak:6,.0f} MB  {times}",
        flush=True,
    )
    return cpu


def made(folder: Path, name: str, write: Callable[[Path], Any]) -> Path:
    path = folder / name
    if not path.exists():
        write(path)
    return path


def orders(rows: int) -> Iterator[list[Any]]:
    yield ORDER_COLUMNS
    yield from (order(n) for n in range(rows))


def write_xlsx(path: Path, rows: int) -> None:
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for line, row in enumerate(orders(rows)):
            page.write_row(line, 0, row)


def write_csv(path: Path, rows: int, encoding: str) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(orders(rows))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=20_000, help="of the workbook")
    parser.add_argument("--csv-rows", type=int, default=100_000)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--measure", nargs=2)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure[0], Path(options.measure[1]))
        return
    with tempfile.TemporaryDirectory() as temporary:
        home = options.keep or Path(temporary)
        home.mkdir(parents=True, exist_ok=True)
        book = made(home, f"orders-{options.rows}.xlsx", lambda path: write_xlsx(path, options.rows))
        compared(book, "calamine")
        for encoding in ("utf-8", "gb18030"):
            name = f"orders-{options.csv_rows}-{encoding}.csv"
            compared(made(home, name, lambda path, e=encoding: write_csv(path, options.csv_rows, e)), "csv")
    for path in sorted(options.real.glob("直播明细*.xlsx")) if options.real else []:
        compared(path, "calamine")


def compared(path: Path, library: str) -> None:
    alone = show(library, path)
    for work in ("read", "batch"):
        show(work, path, alone)


if __name__ == "__main__":
    main()

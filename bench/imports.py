"""How long it takes to read files and write them as batches, against what the libraries alone need for the same rows.

    python bench/imports.py [--rows 20000] [--csv-rows 100000] [--encodings utf-8,gb18030] [--keep DIR] [--real DIR]

Each line is a process of its own: CPU and wall seconds, peak memory, and the CPU time as a multiple of the library's.
Two workbooks are read: rows as varied as a shop's, and rows of which only two cells differ; how often cells repeat
decides how fast a workbook is read. docs/performance.md has the figures of a run.

Loading the libraries is not counted. `--keep`: where the made files stay for another run. `--real`: a folder with
直播明细 files, read as they are.
"""

import argparse
import csv
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
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
    print(rows, cpu, wall, peak_mb())


def peak_mb() -> float:
    """Of this process; getrusage also counts what its parent held when it was started."""
    status = Path("/proc/self/status")
    if status.exists():
        said = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(said.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


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
    """As varied as a shop's: of 75 cells some 15 stand in no other line, a dozen are one of many, the rest repeats."""
    dice = random.Random(rows)
    yield ORDER_COLUMNS
    for n in range(rows):
        at = datetime(2026, 4, 1) + timedelta(seconds=n * 30 * 86_400 // rows + dice.randrange(60))
        product, place = dice.randrange(300), dice.randrange(2000)
        cents = 990 + 100 * dice.randrange(400)
        cells = {
            "选购商品": f"夏季新款连衣裙 第{product}款",
            "商品ID": f"\t{3609999999999990000 + product}",
            "商家编码": f"SKU-{product:05d}",
            "商品数量": str(1 + (dice.random() < 0.1)),
            "商品金额": f"{cents / 100:.2f}",
            "订单应付金额": f"{(cents - dice.randrange(900)) / 100:.2f}",
            "优惠总金额": f"{dice.randrange(900) / 100:.2f}",
            "订单提交时间": f"{at:%Y-%m-%d %H:%M:%S}",
            "支付完成时间": f"{at + timedelta(seconds=20 + dice.randrange(40)):%Y-%m-%d %H:%M:%S}",
            "承诺发货时间": f"{at + timedelta(hours=48):%Y-%m-%d %H:%M:%S}",
            "发货时间": f"{at + timedelta(seconds=dice.randrange(90_000)):%Y-%m-%d %H:%M:%S}",
            "订单完成时间": f"{at + timedelta(days=7, seconds=dice.randrange(90_000)):%Y-%m-%d %H:%M:%S}",
            "订单状态": dice.choice(["已发货", "已完成", "已完成", "已关闭", "待发货"]),
            "收件人": f"#{dice.randbytes(12).hex()}",
            "收件人手机号": f"${dice.randbytes(12).hex()}",
            "省": f"省{place % 31}",
            "市": f"市{place % 300}",
            "区": f"区{place}",
            "详细地址": f"~{dice.randbytes(24).hex()}",
            "快递信息": f"{dice.randrange(10**13):013d}-顺丰",
            "流量体裁": dice.choice(["直播", "直播", "商品卡", "短视频"]),
        }
        yield order(n, **cells)


def alike(rows: int) -> Iterator[list[Any]]:
    """Rows of which only the two order numbers differ."""
    yield ORDER_COLUMNS
    for n in range(rows):
        yield order(n)


def write_xlsx(path: Path, lines: Iterator[list[Any]]) -> None:
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for line, row in enumerate(lines):
            page.write_row(line, 0, row)


def write_csv(path: Path, rows: int, encoding: str) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(orders(rows))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=20_000, help="of the workbook")
    parser.add_argument("--csv-rows", type=int, default=100_000)
    parser.add_argument("--encodings", default="utf-8,gb18030", help="of the text")
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
        for kind, lines in (("orders", orders), ("alike", alike)):
            name = f"{kind}-{options.rows}.xlsx"
            compared(made(home, name, lambda path, of=lines: write_xlsx(path, of(options.rows))), "calamine")
        for encoding in options.encodings.split(","):
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

"""What a web worker costs: the sample is served, and every page of it is asked for, several times.

    python -m bench.web [--rounds 5] [--home DIR]     (DIR: a prepared sample; else one is made)

Prints the seconds until `kaibo serve` answers, for each page its CPU and wall milliseconds (median) and KB, and the
worker's memory before and after. Fails where it answers later than 2 s or the worker grows beyond 150 MB.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from tests.browser.conftest import environment, free_port
from tests.browser.visitor import Visitor

ANSWER_AT_MOST, MEMORY_AT_MOST = 2.0, 150.0
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """What the process has used so far."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICKS


def memory(pid: int) -> tuple[float, float]:
    """Resident memory now and at its highest, in MB."""
    text = Path(f"/proc/{pid}/status").read_text()
    now, highest = (int(re.search(rf"{name}:\s+(\d+)", text)[1]) / 1024 for name in ("VmRSS", "VmHWM"))  # type: ignore[index]
    return now, highest


def children(pid: int) -> list[int]:
    return [int(x) for task in Path(f"/proc/{pid}/task").iterdir() for x in (task / "children").read_text().split()]


def web_worker(pid: int) -> int:
    """The process that answers: below the command, below its web server."""
    for child in children(pid):
        if b"granian" in Path(f"/proc/{child}/cmdline").read_bytes():
            below = children(child)
            return max(below, key=lambda one: memory(one)[0]) if below else child
    raise AssertionError("no web server runs")


def measure(home: Path, rounds: int) -> bool:
    """Serve and visit; True where both promises hold."""
    port = free_port()
    started = time.monotonic()
    command = [sys.executable, "-m", "kaibo.site", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment(home), stdout=subprocess.DEVNULL)
    try:
        answered = first_answer(f"http://127.0.0.1:{port}/sign-in/") - started
        worker = web_worker(process.pid)
        before = memory(worker)[0]
        print(f"first answer after {answered:.2f} s; web worker {before:.0f} MB")
        print(f"{'CPU ms':>7} {'ms':>6} {'KB':>5} {'MB':>5} {'peak':>5}  page")
        visitors = [(who, Visitor(f"http://127.0.0.1:{port}").sign_in(who)) for who in ("owner", "host")]
        highest = memory(worker)[1]
        for who, visitor in visitors:
            highest = max(highest, visit(visitor, who, worker, rounds))
        after = memory(worker)[0]
        print(f"web worker after every page: {after:.0f} MB, at its highest {highest:.0f} MB")
        return answered <= ANSWER_AT_MOST and highest <= MEMORY_AT_MOST
    finally:
        process.terminate()
        process.wait(20)


def first_answer(url: str) -> float:
    """When it first answered."""
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 — our own server
            return time.monotonic()
        except OSError:
            time.sleep(0.02)


def visit(visitor: Visitor, who: str, worker: int, rounds: int) -> float:
    """Every kind of page `rounds` times; the worker's highest memory. CPU comes in ticks of 10 ms, hence over all."""
    highest = 0.0
    for page in visitor.walk():
        before, walls, size = cpu_seconds(worker), list[float](), 0
        Path(f"/proc/{worker}/clear_refs").write_text("5")  # forget the highest memory so far
        for _ in range(rounds):
            began = time.monotonic()
            size = len(visitor.get(page.path)[1])
            walls.append(time.monotonic() - began)
        cpu = (cpu_seconds(worker) - before) / rounds * 1000
        now, peak = memory(worker)
        highest = max(highest, peak)
        wall = statistics.median(walls) * 1000
        print(f"{cpu:7.0f} {wall:6.0f} {size / 1024:5.0f} {now:5.0f} {peak:5.0f}  {who} {page.shape}")
    return highest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        home = Path(made, "home")
        if options.home:
            shutil.copytree(options.home, home)
        else:
            prepare = [sys.executable, "-m", "kaibo.site", "demo", "--prepare-only"]
            subprocess.run(prepare, env=environment(home), check=True)
        measure(home, 1)  # collects static files and warms the disk, as the first start of an installation does
        return 0 if measure(home, options.rounds) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Run by test_full_disk: `python filling.py FOLDER RUNS` does the work of killing.py on a disk that is full soon.

The installation lies on a disk of SIZE in memory, in a mount namespace of its own. Before each run a ballast leaves a
random number of bytes free: none, or enough for some of the facts, or for all but the last page of the database.
"""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import django

SIZE = 64 * 1024**2
HOME = Path(os.environ["KAIBO_HOME"])
HOME.mkdir(parents=True, exist_ok=True)
# before the settings make their folders; the processes that it starts find the disk there
if __name__ == "__main__" and len(sys.argv) > 2:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(HOME)], check=True)

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import DatabaseError, connection  # noqa: E402

from kaibo.imports.models import Batch  # noqa: E402
from kaibo.jobs.full_disk import FULL, is_full  # noqa: E402
from kaibo.jobs.models import Job, JobState  # noqa: E402
from kaibo.site import import_cli  # noqa: E402
from kaibo.site.tests import killing  # noqa: E402

BALLAST = HOME / "ballast"
FULL_IN_WORDS = "磁盘已满"
SAID = "said.txt"


def free() -> int:
    found = os.statvfs(HOME)
    return found.f_bavail * found.f_frsize


def leave(room: int) -> None:
    """So many bytes free, and no room left in the write-ahead log."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with BALLAST.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, free() - room))


def saying(said: Path) -> Callable[[Callable[[], object]], int]:
    """Does a work and writes all it says there. 0: done, 1: it said that the disk is full, 2: anything else."""

    def told(work: Callable[[], object]) -> int:
        with said.open("w") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
            try:
                work()
            except (OSError, DatabaseError) as error:
                print(repr(error), FULL_IN_WORDS, flush=True)
                return 1 if is_full(error) else 2
            except SystemExit as error:
                return int(str(error.code))
            except Exception as error:  # noqa: BLE001 — the end of this process
                print(repr(error), flush=True)
                return 2
            return 0

    return told


def fill_often(kind: killing.Kind, runs: int, dice: random.Random, outside: Path, stock: killing.Stock) -> int:
    """How many of the runs hit the end of the disk."""
    kind.prepare()
    killing.quietly(kind.work)
    kind.prepare()
    leave(SIZE // 2)
    before = free()
    killing.quietly(kind.work)
    kind.done()
    need, hit = before - free(), 0
    BALLAST.unlink()
    for _number in range(runs):
        kind.prepare()
        leave(dice.randrange(int(need * 1.5)))
        connection.close()
        other = stock.take()
        other.begin(kind.word())
        code = other.ended()
        BALLAST.unlink()
        said = outside.read_text()
        # a traceback of one that hung ends with 1 too
        assert code in (0, 1), said
        assert "Timeout (" not in said, said
        failed = Job.objects.filter(state=JobState.FAILED)
        assert all(job.error.startswith(FULL.text) for job in failed), [job.error for job in failed]
        if code == 1:
            assert FULL_IN_WORDS in said, said
        hit += code == 1
        kind.look()
        killing.recover()
        kind.look()
        killing.quietly(kind.work)
        kind.done()
    print(f"{kind.name}: {runs} runs, {hit} on a full disk, a whole run takes {need // 1024} KB", flush=True)
    return hit


def importing(name: str, *flags: str) -> Callable[[], None]:
    """As a person would from the shell, who has to be told."""

    def work() -> None:
        code = import_cli.run([name, *flags])
        if code == import_cli.NOT_UNDERSTOOD:
            raise SystemExit(1)

    return work


def works(folder: Path) -> dict[str, Callable[[], object]]:
    """As a person would from the shell, and a report that is turned."""
    report, sales, curve = (kind.word() for kind in killing.kinds(folder))
    return killing.works(folder) | {
        report: importing(str(folder / "直播明细.xlsx")), sales: importing(str(folder / "订单.csv")),
        curve: importing(str(folder / "流量综合趋势分析.xlsx"), "--account", "room1"),
    }  # fmt: skip


def without_months() -> None:
    """A month's computation is another room's business, and takes longer than all the rest."""
    import_cli.compute = lambda _tell: None


def main(folder: Path, runs: int) -> None:
    call_command("migrate", verbosity=0)
    without_months()
    dice, outside = random.Random(20261102), folder / SAID
    report, sales, curve = killing.kinds(folder)
    stock = killing.Stock(Path(__file__), folder)
    few = runs // 5
    hit = fill_often(report, runs - 3 * few, dice, outside, stock)
    for kind in (sales, curve):
        hit += fill_often(kind, few, dice, outside, stock)
        kind.prepare()
    hit += fill_often(killing.turning([True]), few, dice, outside, stock)
    stock.close()
    assert Batch.objects.count() == 1
    print(f"{runs} runs, {hit} on a full disk")


if __name__ == "__main__":
    if len(sys.argv) == 2:
        without_months()
        folder = Path(sys.argv[1])
        killing.told_to_work(works(folder), saying(folder / SAID))
    main(Path(sys.argv[1]), int(sys.argv[2]))

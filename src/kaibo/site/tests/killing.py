"""Run by test_killed: `python killing.py FOLDER KILLS` imports a file in a forked process, kills it, looks, repeats.

Only plain sqlite and forks here: no test database, no threads.
"""

import contextlib
import io
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from kaibo.facts import reader  # noqa: E402
from kaibo.imports.actions import withdraw_batch  # noqa: E402
from kaibo.imports.models import Batch, BatchState, Reject  # noqa: E402
from kaibo.imports.sweeping import sweep  # noqa: E402
from kaibo.jobs.models import Job, JobState  # noqa: E402
from kaibo.live.models import Session  # noqa: E402
from kaibo.site import import_cli  # noqa: E402
from kaibo.site.tests.test_import_cli import ROW, sheet, with_  # noqa: E402
from kaibo.sources.reading import Answers  # noqa: E402

GOOD, BAD = 300, 20


def write_file(folder: Path, number: int) -> Path:
    """A session report of GOOD rows in 30 rooms and BAD unreadable ones; each number gives other bytes."""
    rows = []
    for n in range(GOOD):
        day, room = n // 30, n % 30
        at = f"2026/{1 + day // 28:02}/{1 + day % 28:02}"
        rows.append(
            with_(
                主播抖音号=f"room{room}", 直播开始时间=f"{at} 19:00:00", 直播结束时间=f"{at} 23:00:00",
                直播间观看次数=number,
            )
        )  # fmt: skip
    rows += [with_(主播抖音号="bad", 直播间成交金额="1.2.3") for _ in range(BAD)]
    assert ROW
    return Path(sheet(folder / f"直播明细_{number}.xlsx", *rows))


def in_a_fork(work: Callable[[], object], kill_after: float | None) -> None:
    """Do the work in a forked process; kill it after so many seconds, wherever it is."""
    connection.close()
    child = os.fork()
    if child == 0:
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                work()
        except BaseException as error:  # noqa: BLE001 — the end of the forked process
            sys.stderr.write(repr(error))
            os._exit(1)
        os._exit(0)
    if kill_after is not None:
        time.sleep(kill_after)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    if kill_after is None:
        assert status == 0, status


def import_one(path: Path) -> None:
    import_cli.import_file(path, Answers())
    import_cli.follow_up()


def look(before: int) -> bool:
    """Everything that must hold after a kill; whether the batch of this round is there."""
    batches = Batch.objects.filter(state=BatchState.VISIBLE)
    assert batches.count() in (0, 1)
    for batch in Batch.objects.all():
        facts = reader.columns(Path(settings.FACTS_ROOT) / batch.folder, batch.table, ["row"])
        assert (len(facts), batch.accepted) == (GOOD, GOOD)
        assert (batch.rejected, batch.rejects.count()) == (BAD, BAD)
    assert Reject.objects.count() == BAD * Batch.objects.count()
    # sessions all or none: the follow-up is one transaction
    assert Session.objects.filter(gone=False).count() in (0, GOOD)
    return Batch.objects.count() > before


def recover() -> None:
    """What a start after the kill does: stale jobs go back into the queue (here at once), leftovers are swept."""
    Job.objects.filter(state=JobState.RUNNING).update(state=JobState.QUEUED)
    sweep(orphan_age=timedelta(0))
    on_disk = {path.name for path in Path(settings.FACTS_ROOT).glob("*")} | {
        path.name for path in Path(settings.FACTS_ROOT).glob(".*")
    }
    assert on_disk == set(Batch.objects.values_list("folder", flat=True)), on_disk


def main(folder: Path, kills: int) -> None:
    call_command("migrate", verbosity=0)
    dice = random.Random(20261101)
    path = write_file(folder, 0)
    begun = time.monotonic()
    in_a_fork(lambda: import_one(path), None)
    whole = time.monotonic() - begun
    there = 0
    for _number in range(kills):
        # back to no visible batch, then kill the next import somewhere in its life
        Batch.objects.all().delete()
        Session.objects.all().delete()
        Job.objects.all().delete()
        sweep(orphan_age=timedelta(0))
        in_a_fork(lambda: import_one(path), dice.uniform(0, whole * 1.1))
        there += look(0)
        recover()
        look(0)
        in_a_fork(lambda: import_one(path), None)
        assert Batch.objects.filter(state=BatchState.VISIBLE).count() == 1
        assert Session.objects.filter(gone=False).count() == GOOD
    withdraw_batch(by=None, batch=Batch.objects.get(), reason="over")
    print(f"{kills} kills, {there} of them after the batch stood; a whole import took {whole:.2f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

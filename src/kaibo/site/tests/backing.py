"""Run by test_backup: `python backing.py FOLDER ROUNDS [TARGET_URL…]` backs up what is being written to.

A closed October; another process imports files and computes November without a pause. Each backup is restored into an
empty home of its own (and an empty database, where it is PostgreSQL), where October must verify, every file that the
database names must be there, and November must compute.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import django
import time_machine

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from kaibo.audit.verifying import verify as verify_audit  # noqa: E402
from kaibo.closing.tests.conftest import NOVEMBER, NOW, Autumn, at  # noqa: E402
from kaibo.imports.files import folder_of  # noqa: E402
from kaibo.imports.models import Batch  # noqa: E402
from kaibo.jobs.queue import Progress  # noqa: E402
from kaibo.login.models import Role, User  # noqa: E402
from kaibo.measurement.computing import compute_month  # noqa: E402
from kaibo.measurement.finders import rows_path  # noqa: E402
from kaibo.measurement.models import Closing, ClosingState, Computation, ComputationState  # noqa: E402
from kaibo.org.models import Person  # noqa: E402
from kaibo.site import backup_cli  # noqa: E402


def people() -> SimpleNamespace:
    owner = User.objects.create_user("owner", password=None, role=Role.OWNER)
    names = {"host": "林晓彤", "host2": "陈嘉禾", "lead": "吴桐"}
    return SimpleNamespace(owner=owner, **{key: Person.objects.create(name=name) for key, name in names.items()})


def write_on(autumn: Autumn, stop: Path) -> None:
    """What a worker does all day: files come in, and a month is computed and swept."""
    from kaibo.measurement.sweeping import sweep, timedelta

    row = 1000
    while not stop.exists():
        row += 1
        autumn.batch("order_line", [autumn.order(row, at(5, "20:30", 11), row)], as_of=at(15, "09:00", 12))
        compute_month(Progress(), "2026-11")
        sweep(replaced_for=timedelta(0))


def forked(work) -> int:  # type: ignore[no-untyped-def]
    connection.close()
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 — the end of the forked process
            print(repr(error), flush=True)
            os._exit(1)
        os._exit(0)
    return child


def make(folder: Path, rounds: int) -> None:
    call_command("migrate", verbosity=0)
    autumn = Autumn(people())
    closing = autumn.close()
    assert closing.state == ClosingState.CLOSED, closing.problem
    stop = folder / "stop"
    child = forked(lambda: write_on(autumn, stop))
    batches = Batch.objects.count()
    for number in range(rounds):
        while Batch.objects.count() < batches + 2 * (number + 1):
            time.sleep(0.05)
        assert backup_cli.backup([str(folder / f"{number}.tar")]) == 0
    stop.touch()
    _pid, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def look() -> None:
    """In a restored home: everything that is named is there, and works."""
    for batch in Batch.objects.all():
        for table in batch.tables:
            assert (folder_of(batch) / f"{table}.parquet").is_file(), batch
    for computation in Computation.objects.filter(state=ComputationState.CURRENT):
        assert rows_path(computation).is_file(), computation
    assert Closing.objects.get().state == ClosingState.CLOSED
    audit = verify_audit()
    assert audit.holds, audit.faults
    assert audit.events
    assert compute_month(Progress(), f"{NOVEMBER:%Y-%m}").state == ComputationState.CURRENT
    print(f"{Batch.objects.count()} batches", flush=True)


def restore(folder: Path, number: int, url: str) -> None:
    home = folder / f"home-{number}"
    environment = {**os.environ, "KAIBO_HOME": str(home)} | ({"KAIBO_DATABASE_URL": url} if url else {})
    kaibo = [sys.executable, "-m", "kaibo.site"]
    subprocess.run([*kaibo, "restore", str(folder / f"{number}.tar")], env=environment, check=True)
    again = subprocess.run([*kaibo, "restore", str(folder / f"{number}.tar")], env=environment, check=False)
    assert again.returncode == 1
    subprocess.run([*kaibo, "verify", "2026-10"], env=environment, check=True)
    subprocess.run([sys.executable, __file__, "look"], env=environment, check=True)


if __name__ == "__main__":
    with time_machine.travel(NOW):
        if sys.argv[1] == "look":
            look()
        else:
            where, times, urls = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
            make(where, times)
            for place in range(times):
                restore(where, place, urls[place] if urls else "")
            print("all equal")

"""Run by test_backup: `python backing.py FOLDER ROUNDS [TARGET_URL…]` backs up what is being written to.

A closed October; another process imports files and computes November without a pause. Each backup is restored into an
empty home of its own (and an empty database, where it is PostgreSQL), where October must verify, every file that the
database names must be there, and November must compute.
"""

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import django
import time_machine

django.setup()

from django.core.management import call_command  # noqa: E402

from kaibo.audit.verifying import verify as verify_audit  # noqa: E402
from kaibo.closing.tests.conftest import NOVEMBER, NOW, Autumn, at  # noqa: E402
from kaibo.imports.files import folder_of  # noqa: E402
from kaibo.imports.models import Batch  # noqa: E402
from kaibo.jobs.queue import Progress  # noqa: E402
from kaibo.login.models import Role, User  # noqa: E402
from kaibo.measurement.computing import compute_month  # noqa: E402
from kaibo.measurement.finders import rows_path  # noqa: E402
from kaibo.measurement.models import Closing, ClosingState, Computation, ComputationState  # noqa: E402
from kaibo.measurement.sweeping import sweep  # noqa: E402
from kaibo.org.models import Person  # noqa: E402
from kaibo.site import backup_cli  # noqa: E402

# seconds for what takes one or two, however busy the machine is
PATIENCE = 300


def people() -> SimpleNamespace:
    owner = User.objects.create_user("owner", password=None, role=Role.OWNER)
    names = {"host": "林晓彤", "host2": "陈嘉禾", "lead": "吴桐"}
    return SimpleNamespace(owner=owner, **{key: Person.objects.create(name=name) for key, name in names.items()})


def write_on(stop: Path) -> None:
    """What a worker does all day: files come in, and a month is computed and swept."""
    row = 1000
    while not stop.exists():
        row += 1
        Autumn.batch("order_line", [Autumn.order(row, at(5, "20:30", 11), row)], as_of=at(15, "09:00", 12))
        compute_month(Progress(), "2026-11")
        sweep(replaced_for=timedelta(0))


def make(folder: Path, rounds: int) -> None:
    call_command("migrate", verbosity=0)
    closing = Autumn(people()).close()
    assert closing.state == ClosingState.CLOSED, closing.problem
    stop, batches = folder / "stop", Batch.objects.count()
    # never forked: a process that has computed has threads, and a fork would inherit their locks without them
    with subprocess.Popen([sys.executable, __file__, "write", str(folder)]) as writer:
        try:
            for number in range(rounds):
                begun = time.monotonic()
                while Batch.objects.count() < batches + 2 * (number + 1):
                    assert writer.poll() is None, f"the writer ended by itself ({writer.returncode})"
                    assert time.monotonic() - begun < PATIENCE, "the writer writes nothing any more"
                    time.sleep(0.05)
                assert backup_cli.backup([str(folder / f"{number}.tar")]) == 0
            stop.touch()
            assert writer.wait(PATIENCE) == 0
        finally:
            writer.kill()


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
    if url:
        _assert_counted(url)
    again = subprocess.run([*kaibo, "restore", str(folder / f"{number}.tar")], env=environment, check=False)
    assert again.returncode == 1
    subprocess.run([*kaibo, "verify", "2026-10"], env=environment, check=True)
    subprocess.run([sys.executable, __file__, "look"], env=environment, check=True)


def _assert_counted(url: str) -> None:
    """PostgreSQL knows how many rows its tables have: the first pages are not planned as for empty ones."""
    import psycopg

    with psycopg.connect(url) as database:
        counted = "select relname, reltuples >= 0 from pg_class where relkind = 'r' and relnamespace = %s::regnamespace"
        found = dict(database.execute(counted, ["public"]).fetchall())
    assert found, "no tables"
    assert all(found.values()), found


if __name__ == "__main__":
    with time_machine.travel(NOW):
        if sys.argv[1] == "look":
            look()
        elif sys.argv[1] == "write":
            write_on(Path(sys.argv[2]) / "stop")
        else:
            where, times, urls = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
            make(where, times)
            for place in range(times):
                restore(where, place, urls[place] if urls else "")
            print("all equal")

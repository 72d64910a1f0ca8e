"""Run by test_killed: `python killing.py FOLDER KILLS` has work done in another process, kills it, looks, repeats.

Kinds of work: a session report, orders, minutes come in; a report is withdrawn and brought back. Only plain SQLite
here: no test database. What is killed is a process of its own (`killing.py FOLDER`, see `Ready`), never a fork: locks
that threads of DuckDB or Arrow hold at a fork are never free in it.
"""

import contextlib
import faulthandler
import io
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import django

django.setup()

# loaded before there is work, so that no kill falls into loading
import duckdb  # noqa: E402, F401
import pandas  # noqa: E402, F401
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from kaibo.audit.models import AuditEvent  # noqa: E402
from kaibo.audit.tests.emptying import empty_audit  # noqa: E402
from kaibo.facts import reader  # noqa: E402
from kaibo.facts.schema import MINUTE, ORDER_LINE, SESSION_REPORT  # noqa: E402
from kaibo.imports.actions import NotNow, restore_batch, withdraw_batch  # noqa: E402
from kaibo.imports.models import Batch, BatchState, Reject  # noqa: E402
from kaibo.imports.sweeping import sweep  # noqa: E402
from kaibo.jobs.models import Job, JobState  # noqa: E402
from kaibo.live.models import Session  # noqa: E402
from kaibo.site import import_cli  # noqa: E402
from kaibo.site.tests.test_import_cli import orders, sheet, with_  # noqa: E402
from kaibo.sources.reading import Answers  # noqa: E402

GOOD, BAD = 120, 10
# seconds; a whole run takes one or two, on a busy machine ten
HANGS_AFTER = 60
MONTHS = ["2026-01"]
NONE = Answers()
READY = "ready"
# the words for turning a report
BACK, AWAY = "back", "away"


def write_report(folder: Path) -> Path:
    """A session report of GOOD rows in 12 rooms and BAD unreadable ones."""
    path, rows = folder / "直播明细.xlsx", []
    for n in range(GOOD):
        at = f"2026/01/{10 + n // 12:02}"
        rows.append(with_(主播抖音号=f"room{n % 12}", 直播开始时间=f"{at} 19:00:00", 直播结束时间=f"{at} 23:00:00"))
    rows += [with_(主播抖音号="bad", 直播间成交金额="1.2.3") for _ in range(BAD)]
    return path if path.exists() else Path(sheet(path, *rows))


def write_orders(folder: Path) -> Path:
    """GOOD order lines during the sessions of the report and BAD unreadable ones."""
    path = folder / "订单.csv"
    # the processes in stock begin at once: none may write anew what another reads
    if path.exists():
        return path
    head, line = Path(orders(folder / "one.csv")).read_text(encoding="gb18030").splitlines()
    known = "6917926768823643751"
    rows = [line.replace(known, str(int(known) + n)).replace("2026-10-03", "2026-01-12") for n in range(GOOD)]
    bad = orders(folder / "bad.csv", key="7000000000000000001", amount="1.2.3")
    wrong = Path(bad).read_text(encoding="gb18030").splitlines()[1]
    rows += [wrong.replace("7000000000000000001", str(7000000000000000011 + n)) for n in range(BAD)]
    path.write_text("\n".join([head, *rows]) + "\n", encoding="gb18030")
    return path


def write_minutes(folder: Path) -> Path:
    """GOOD minutes of one evening and BAD unreadable ones."""
    heads = ["时间", "评论次数", "新加直播团人数", "新增粉丝数"]
    rows = [[f"2026/01/12 {19 + n // 60}:{n % 60:02}", n, 0, 1] for n in range(GOOD)]
    rows += [[f"2026/01/12 22:{n:02}", "many", 0, 1] for n in range(BAD)]
    path = folder / "流量综合趋势分析.xlsx"
    return path if path.exists() else Path(sheet(path, *rows, heads=heads))


@dataclass(frozen=True)
class Kind:
    """`prepare`: back to before the work; `work`: what is killed and then finished; `look`, `done`: what must hold.

    `word`: what another process is told, so that it does this work.
    """

    name: str
    word: Callable[[], str]
    prepare: Callable[[], object]
    work: Callable[[], object]
    look: Callable[[], object]
    done: Callable[[], object]


def importing(path: Path, table: str, answers: Answers = NONE) -> Kind:
    def prepare() -> None:
        Batch.objects.filter(table=table).delete()
        if table == SESSION_REPORT:
            Session.objects.all().delete()
        forget_work()

    def work() -> None:
        import_cli.import_file(path, answers)
        import_cli.follow_up()

    def done() -> None:
        assert Batch.objects.filter(table=table, state=BatchState.VISIBLE).count() == 1
        assert Session.objects.filter(gone=False).count() == GOOD
        assert not Job.objects.exclude(state=JobState.DONE).exists()
        months = AuditEvent.objects.filter(verb="batch followed").latest("pk").data["months"]
        assert months == MONTHS, months

    return Kind(f"{table} imported", lambda: table, prepare, work, assert_whole, done)


def turning(there: list[bool]) -> Kind:
    """The one report, withdrawn and brought back in turns; `there` says what the finished turn leaves."""

    def prepare() -> None:
        there[0] = not there[0]
        forget_work()

    def work() -> None:
        verb = restore_batch if there[0] else withdraw_batch
        with contextlib.suppress(NotNow):
            verb(by=None, batch=Batch.objects.get(table=SESSION_REPORT), reason="a kill")
        import_cli.follow_up()

    def look() -> None:
        changed = (Batch.objects.get(table=SESSION_REPORT).state == BatchState.VISIBLE) is there[0]
        # the change and the job that follows it stand or fall together
        assert Job.objects.filter(kind="follow_batch").exists() is changed
        assert_whole()

    def done() -> None:
        assert Session.objects.filter(gone=False).count() == (GOOD if there[0] else 0)
        assert not Job.objects.exclude(state=JobState.DONE).exists()

    return Kind("report withdrawn or restored", lambda: BACK if there[0] else AWAY, prepare, work, look, done)


def forget_work() -> None:
    Job.objects.all().delete()
    empty_audit()
    sweep(orphan_age=timedelta(0))


class Ready:
    """A process that has loaded all it needs and waits for a word: a kind's, or none."""

    def __init__(self, script: Path, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(script), str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def begin(self, word: str) -> None:
        """Waits until it is ready, then lets it work. Without a word it ends."""
        assert self.process.stdin
        assert self.process.stdout
        assert self.process.stdout.readline() == f"{READY}\n", "it ended before it was told what to do"
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.close()

    def ended(self, kill_after: float | None = None) -> int:
        """Its exit code; killed after so many seconds, wherever it is then (None: it ends by itself)."""
        try:
            return self.process.wait(HANGS_AFTER + 10 if kill_after is None else kill_after)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
            assert kill_after is not None, "a process hung, and could not say where"
            return -signal.SIGKILL


class Stock:
    """The next process loads while one works and what it did is looked at."""

    def __init__(self, script: Path, folder: Path) -> None:
        self.script, self.folder = script, folder
        self.next = Ready(script, folder)

    def take(self) -> Ready:
        one, self.next = self.next, Ready(self.script, self.folder)
        return one

    def close(self) -> None:
        self.next.begin("")
        self.next.ended()


def told_to_work(works: dict[str, Callable[[], object]], told: Callable[[Callable[[], object]], int]) -> None:
    """The other process: says that it is ready, waits for a word, does that work, and ends with what `told` says."""
    print(READY, flush=True)
    code = 0
    if word := sys.stdin.readline().strip():
        # one that hangs says where, instead of waiting for ever
        faulthandler.dump_traceback_later(HANGS_AFTER, exit=True, file=sys.__stderr__)
        code = told(works[word])
    sys.stdout.flush()
    # at once: to take a process down in order takes longer than the work, and would be what most kills fall into
    os._exit(code)


def plainly(work: Callable[[], object]) -> int:
    try:
        quietly(work)
    except Exception as error:  # noqa: BLE001 — the end of this process
        print(repr(error), file=sys.__stderr__, flush=True)
        return 1
    return 0


def quietly(work: Callable[[], object]) -> None:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        work()


def assert_whole() -> None:
    """Everything that must hold at any moment: whole batches or none, all sessions of a report or none."""
    for batch in Batch.objects.all():
        facts = reader.columns(Path(settings.FACTS_ROOT) / batch.folder, batch.table, ["row"])
        assert (len(facts), batch.accepted) == (GOOD, GOOD)
        assert (batch.rejected, batch.rejects.count()) == (BAD, BAD)
    assert Reject.objects.count() == BAD * Batch.objects.count()
    assert Session.objects.filter(gone=False).count() in (0, GOOD)


def recover() -> None:
    """What a start after the kill does: jobs of dead processes go back into the queue, leftovers are swept."""
    beating = Job.objects.filter(state=JobState.RUNNING, heartbeat_at__isnull=False)
    beating.update(heartbeat_at=timezone.now() - timedelta(minutes=2))
    sweep(orphan_age=timedelta(0))
    on_disk = {path.name for path in Path(settings.FACTS_ROOT).iterdir()}
    assert on_disk == set(Batch.objects.values_list("folder", flat=True)), on_disk


def kill_often(kind: Kind, kills: int, dice: random.Random, stock: Stock) -> None:
    # the first time loads what stays loaded
    kind.prepare()
    quietly(kind.work)
    kind.prepare()
    whole = one_run(kind, stock, None)
    kind.done()
    late = 0
    for _number in range(kills):
        kind.prepare()
        one_run(kind, stock, dice.uniform(0, whole))
        kind.look()
        late += not Job.objects.exclude(state=JobState.DONE).exists() and Job.objects.exists()
        recover()
        kind.look()
        quietly(kind.work)
        kind.done()
    print(f"{kind.name}: {kills} kills, {late} too late, a whole run took {whole:.2f} s", flush=True)


def one_run(kind: Kind, stock: Stock, kill_after: float | None) -> float:
    """The work in another process, killed after so many seconds; how long it took."""
    connection.close()
    other = stock.take()
    other.begin(kind.word())
    begun = time.monotonic()
    assert other.ended(kill_after) in (0, -signal.SIGKILL), "it failed before it was killed"
    return time.monotonic() - begun


def kinds(folder: Path) -> tuple[Kind, Kind, Kind]:
    """The imports, in the order in which they need each other: orders and minutes fall into the report's sessions."""
    return (
        importing(write_report(folder), SESSION_REPORT),
        importing(write_orders(folder), ORDER_LINE),
        importing(write_minutes(folder), MINUTE, Answers(account="room1")),
    )


def works(folder: Path) -> dict[str, Callable[[], object]]:
    """What a process can be told to do: each kind's work by its word."""
    told: dict[str, Callable[[], object]] = {kind.word(): kind.work for kind in kinds(folder)}
    return told | {BACK: turning([True]).work, AWAY: turning([False]).work}


def main(folder: Path, kills: int) -> None:
    call_command("migrate", verbosity=0)
    dice = random.Random(20261101)
    report, sales, curve = kinds(folder)
    stock = Stock(Path(__file__), folder)
    few = kills // 5
    kill_often(report, kills - 3 * few, dice, stock)
    for kind in (sales, curve):
        kill_often(kind, few, dice, stock)
        kind.prepare()
    kill_often(turning([True]), few, dice, stock)
    stock.close()
    print(f"{kills} kills")


if __name__ == "__main__":
    if len(sys.argv) == 2:
        told_to_work(works(Path(sys.argv[1])), plainly)
    main(Path(sys.argv[1]), int(sys.argv[2]))

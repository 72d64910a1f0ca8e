"""One command that runs web and worker and stops both cleanly."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from kaibo import __version__
from kaibo.login.models import User

STOP_SECONDS = 10
# a worker that dies so often in so short a time has another trouble than a file
MOST_DEATHS, WITHIN_SECONDS = 5, 60.0
# for glibc: else each thread keeps a heap of its own, and what a sign-in's hash or a large page took is not given back
FRUGAL = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "1048576"}

Process = subprocess.Popen[bytes]


def prepare_database(say: Callable[[str], object]) -> None:
    """Bring the tables up to date, and say so where it takes long; nothing to do costs a few milliseconds."""
    executor = MigrationExecutor(connection)
    steps = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not steps:
        return
    begun = time.monotonic()
    first = not executor.loader.applied_migrations
    text = _("Making the database: %(n)s steps, usually less than half a minute.") if first else _(
        "Bringing the database up to date: %(n)s steps. Please let it finish."
    )  # fmt: skip
    say(text % {"n": len(steps)})
    call_command("migrate", verbosity=0)
    say(_("The database is ready, after %(n)s s.") % {"n": round(time.monotonic() - begun)})


def prepare_static() -> None:
    """Collect static files once for each version of them (their names, sizes and times)."""
    found = sorted(p for p in settings.PACKAGE.glob("*/static/**/*") if p.is_file())
    said = "\n".join(f"{p} {p.stat().st_size} {p.stat().st_mtime_ns}" for p in found)
    stamp = f"{__version__} {hashlib.sha256(said.encode()).hexdigest()}"
    mark = Path(settings.STATIC_ROOT) / "collected"
    if mark.exists() and mark.read_text() == stamp:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    mark.write_text(stamp)


def lan_host(usual: str) -> str:
    """The address to listen on for phones. Not before there is an owner: the first visitor becomes it."""
    if User.objects.exists():
        return "0.0.0.0"  # noqa: S104 — asked for by --lan
    print(_("No owner yet: open the page on this machine and make one, then start again with --lan."), flush=True)
    return usual


def lan_address() -> str:
    """This machine's address in its network, without sending anything."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def serve(*, host: str, port: int, web: bool, worker: bool, sign_ins: Sequence[str], web_workers: int = 1) -> int:
    """Start what is asked for, print where, wait; SIGINT or SIGTERM stops both. The exit code."""
    environment = dict(os.environ)
    address = f"http://{'127.0.0.1' if host in ('0.0.0.0', '127.0.0.1') else host}:{port}"  # noqa: S104
    if host == "0.0.0.0":  # noqa: S104
        lan = lan_address()
        environment["KAIBO_HOSTS"] = ",".join([*settings.ALLOWED_HOSTS, lan, socket.gethostname()])
        address += "   " + _("phones: %(address)s") % {"address": f"http://{lan}:{port}"}
    server = start_worker = None
    if web:
        if _taken(host, port):
            text = _("Port %(port)s is taken; choose another: kaibo serve --port %(other)s")
            print(text % {"port": port, "other": port + 1}, file=sys.stderr)
            return 1
        prepare_static()
        words = f"-m granian --interface wsgi --host {host} --port {port} --workers {web_workers} --blocking-threads 4"
        words += " --log-level warning --no-ws --workers-kill-timeout 5 kaibo.site.wsgi:application"
        server = subprocess.Popen([sys.executable, *words.split()], env=FRUGAL | environment)
    if worker:
        start_worker = partial(_worker, environment)
    if web:
        print(f"Kaibo 开播  {address}", flush=True)
        for line in sign_ins:
            print(f"  {line}", flush=True)
        print("  " + _("Ctrl-C stops it."), flush=True)
    return _wait(server, start_worker)


def _worker(environment: Mapping[str, str]) -> Process:
    return subprocess.Popen([sys.executable, "-m", "kaibo.site.worker"], env=environment)


def _taken(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def _wait(server: Process | None, start_worker: Callable[[], Process] | None) -> int:
    """Until a signal, or until the web server ends by itself; then all are stopped. The exit code.

    A worker that dies (of a file that needs more memory than there is) is started again, but not for ever.
    """
    asked = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    worker = start_worker() if start_worker else None
    deaths: list[float] = []
    while not asked and not _ended(server):
        if start_worker and _ended(worker):
            deaths = [*deaths[1 - MOST_DEATHS :], time.monotonic()]
            if len(deaths) == MOST_DEATHS and deaths[-1] - deaths[0] < WITHIN_SECONDS:
                break
            worker = start_worker()
        time.sleep(0.1)
    _stop([process for process in (server, worker) if process is not None])
    return 0 if asked else 1


def _ended(process: Process | None) -> bool:
    return process is not None and process.poll() is not None


def _stop(processes: Sequence[Process]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()

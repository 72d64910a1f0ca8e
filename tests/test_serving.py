"""Web and worker as real processes."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import migrated
from tests.browser.conftest import COMES_WITHIN, STOPS_WITHIN, environment, free_port, serving

pytestmark = pytest.mark.slow


def test_an_empty_installation_answers_with_its_first_run_page(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        page = urllib.request.urlopen(server.url, timeout=COMES_WITHIN)
        told = (tmp_path / "serve.log").read_text().splitlines()
    assert page.url.endswith("/start/")
    # what takes long at the first start is said before it begins
    assert re.fullmatch(r"第一次启动，正在建数据库：\d+ 步，通常不到半分钟。", told[0])
    assert re.fullmatch(r"数据库已就绪，用了 \d+ 秒。", told[1])


@contextmanager
def served(home: Path) -> Iterator[tuple["subprocess.Popen[bytes]", list[int]]]:
    """`kaibo serve` and the ids of its web server and its worker."""
    migrated.into(home)
    command = [sys.executable, "-m", "kaibo.site", "serve", "--port", str(free_port())]
    process = subprocess.Popen(command, env=environment(home), stdout=subprocess.DEVNULL)
    try:
        yield process, children(process, 2)
    finally:
        process.terminate()
        process.wait(STOPS_WITHIN)


def children(process: "subprocess.Popen[bytes]", wanted: int, without: int = 0) -> list[int]:
    """The ids of its children, once there are so many beside `without`."""
    deadline = time.monotonic() + COMES_WITHIN
    while time.monotonic() < deadline:
        time.sleep(0.2)
        listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        if len(found := [int(x) for x in listed if int(x) != without]) >= wanted:
            return found
    raise AssertionError("the processes did not come up")


def test_when_the_web_process_dies_the_worker_is_stopped_too(tmp_path: Path) -> None:
    with served(tmp_path) as (process, (web, worker)):
        os.kill(web, signal.SIGKILL)
        assert process.wait(STOPS_WITHIN) == 1
        assert not any(Path(f"/proc/{child}").exists() for child in (web, worker))


def test_a_worker_that_dies_is_started_again(tmp_path: Path) -> None:
    with served(tmp_path) as (process, (web, worker)):
        os.kill(worker, signal.SIGKILL)
        assert web in children(process, 2, without=worker)
        assert process.poll() is None


def test_a_taken_port_is_said_with_another_one(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        port = server.url.rsplit(":", 1)[1]
        (tmp_path / "second").mkdir()
        command = [sys.executable, "-m", "kaibo.site", "serve", "--port", port]
        second = subprocess.run(
            command, env=environment(tmp_path / "second"), capture_output=True, timeout=COMES_WITHIN, text=True
        )
    assert second.returncode == 1
    assert f"--port {int(port) + 1}" in second.stderr

"""Web and worker as real processes."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.browser.conftest import environment, free_port, serving

pytestmark = pytest.mark.slow


def test_an_empty_installation_answers_with_its_first_run_page(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        page = urllib.request.urlopen(server.url, timeout=10)
    assert page.url.endswith("/start/")


def test_when_the_web_process_dies_the_worker_is_stopped_too(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "kaibo.site", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment(tmp_path), stdout=subprocess.DEVNULL)
    children: list[int] = []
    deadline = time.monotonic() + 30
    while len(children) < 2 and time.monotonic() < deadline:
        time.sleep(0.2)
        children = [int(x) for x in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    os.kill(children[0], signal.SIGKILL)
    assert process.wait(20) == 1
    assert not any(Path(f"/proc/{child}").exists() for child in children)


def test_a_taken_port_is_said_with_another_one(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        port = server.url.rsplit(":", 1)[1]
        (tmp_path / "second").mkdir()
        command = [sys.executable, "-m", "kaibo.site", "serve", "--port", port]
        second = subprocess.run(
            command, env=environment(tmp_path / "second"), capture_output=True, timeout=60, text=True
        )
    assert second.returncode == 1
    assert f"--port {int(port) + 1}" in second.stderr

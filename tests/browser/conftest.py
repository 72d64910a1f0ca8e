"""A served sample and a browser: what a person has in front of them."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response, expect, sync_playwright
from tools.browser import HELP, find_browser

from tests import migrated

ARGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
]
PASSWORD = "kaibo-demo-1"
# below those that a system hands out for connections, so that nobody takes one between its choice and its use; each
# process of a run begins at a place of its own
PORTS = cycle(20_000 + (os.getpid() * 12 + n) % 12_000 for n in range(12_000))
# seconds; what takes one or two, on a busy machine ten
COMES_WITHIN, STOPS_WITHIN = 60, 60
# one or two minutes for the sample, on a busy machine five
PREPARED_WITHIN = 800
expect.set_options(timeout=COMES_WITHIN * 1000)


@dataclass
class Server:
    """A running installation: its address, its folder."""

    url: str
    home: Path

    def said(self) -> str:
        """The end of what it wrote, where an error stands."""
        return (self.home / "serve.log").read_text(errors="replace")[-10_000:]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What the servers of a failed test said stands in its report."""
    report = yield
    for given in getattr(item, "funcargs", {}).values() if report.failed else ():
        if isinstance(given, Server):
            report.sections.append(("what the server said", given.said()))
    return report


def free_port() -> int:
    """One that nobody listens on."""
    for port in PORTS:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def environment(home: Path) -> dict[str, str]:
    names = {k: v for k, v in os.environ.items() if not k.startswith("KAIBO_")}
    return names | {"KAIBO_HOME": str(home), "DJANGO_SETTINGS_MODULE": "kaibo.site.settings"}


@contextmanager
def serving(home: Path) -> Iterator[Server]:
    """`kaibo serve` on a free port, until the block ends; it must stop cleanly."""
    port = free_port()
    command = [sys.executable, "-m", "kaibo.site", "serve", "--port", str(port)]
    log = (home / "serve.log").open("wb")
    process = subprocess.Popen(command, env=environment(home), stdout=log, stderr=log)
    server = Server(f"http://127.0.0.1:{port}", home)
    try:
        wait_for(f"{server.url}/sign-in/", process, home / "serve.log")
        yield server
    except BaseException:
        print(f"what the server said:\n{server.said()}")
        raise
    finally:
        process.terminate()
        code = process.wait(STOPS_WITHIN)
        log.close()
    assert code == 0, (home / "serve.log").read_text()


def wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5)
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    raise AssertionError(f"the server did not come up:\n{log.read_text()}")


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The prepared sample; made once for all test processes, then copied."""
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "sample-made"
    try:
        shared.mkdir()
    except FileExistsError:
        deadline = time.monotonic() + PREPARED_WITHIN
        while not (shared / "done").exists() and time.monotonic() < deadline:
            time.sleep(0.5)
    else:
        migrated.into(shared / "home")
        command = [sys.executable, "-m", "kaibo.site", "demo", "--prepare-only"]
        subprocess.run(command, env=environment(shared / "home"), check=True, timeout=PREPARED_WITHIN)
        (shared / "done").touch()
    own = base / "sample-home"
    shutil.copytree(shared / "home", own)
    return own


@pytest.fixture(scope="session")
def sample(sample_home: Path) -> Iterator[Server]:
    with serving(sample_home) as server:
        yield server


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Server]:
    migrated.into(tmp_path)
    with serving(tmp_path) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_browser()
    if path is None:
        pytest.fail(HELP)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield found
        found.close()


@dataclass
class Desk:
    """A browser window that remembers what went wrong in it."""

    page: Page
    url: str
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)
    script: bool = True

    def go(self, path: str) -> Response:
        answer = self.page.goto(self.url + path)
        assert answer is not None
        return answer

    @property
    def is_phone(self) -> bool:
        return bool(self.page.viewport_size and self.page.viewport_size["width"] < 500)

    def touch(self, selector: str) -> None:
        """Click it, or tap it on a phone: the first that is visible."""
        found = self.page.locator(selector).locator("visible=true").first
        found.tap() if self.is_phone else found.click()

    def press(self, selector: str) -> None:
        """Touch what leads elsewhere, and be there."""
        with self.page.expect_navigation():
            self.touch(selector)
        self.page.wait_for_load_state("networkidle")

    def sign_in(self, username: str, password: str = PASSWORD) -> "Desk":
        self.go("/sign-in/")
        self.page.fill("input[name=username]", username)
        self.page.fill("input[name=password]", password)
        self.page.locator("main button[type=submit], form button").last.click()
        self.page.wait_for_url(lambda url: "/sign-in/" not in url)
        return self


OpenDesk = Callable[..., Desk]


def open_desk(
    browser: Browser, server: Server, *, width: int = 1280, language: str = "zh-CN", script: bool = True
) -> Desk:
    """A fresh window; a narrow one is a phone with touch. The caller closes its context."""
    context = browser.new_context(
        viewport={"width": width, "height": 900 if width > 500 else 844},
        locale=language,
        timezone_id="Asia/Shanghai",
        java_script_enabled=script,
        # a colour that is still changing has no contrast to measure; who wants no motion gets none
        reduced_motion="reduce",
        has_touch=width < 500,
        is_mobile=width < 500,
    )
    desk = Desk(context.new_page(), server.url, script=script)
    desk.page.set_default_timeout(COMES_WITHIN * 1000)
    desk.page.on("console", lambda m: desk.errors.append(m.text) if m.type == "error" else None)
    desk.page.on("pageerror", lambda e: desk.errors.append(str(e)))
    desk.page.on("request", lambda r: desk.posts.append(r.url) if r.method == "POST" else None)
    ours = (server.url, "data:", "blob:")
    desk.page.on("request", lambda r: None if r.url.startswith(ours) else desk.foreign.append(r.url))
    return desk


@pytest.fixture
def desk(browser: Browser) -> Iterator[OpenDesk]:
    """`desk(server, width=1280, language="zh-CN", script=True)` → Desk; no console error, no foreign request."""
    opened: list[Desk] = []

    def open_one(server: Server, **options: Any) -> Desk:
        opened.append(open_desk(browser, server, **options))
        return opened[-1]

    yield open_one
    for one in opened:
        one.page.context.close()
        assert one.errors == [], "console errors"
        assert one.foreign == [], "requests to other hosts"

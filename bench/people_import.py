"""A list of many people, brought in as somebody does it: chosen on the page, looked at, imported; part of bench.people.

`kaibo serve` with its worker runs on a copy of the installation. The workbook fills every column of every row: a name,
a department, a position, its days, terms, another spelling, a user name and an address. Counted is all the time from
sending the file until its page says that the people are there.
"""

import io
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from html import unescape
from pathlib import Path

from tests.browser.conftest import environment, free_port, wait_for

SECONDS_AT_MOST, PATIENCE = 20.0, 300.0
# oftener than the page asks by itself (each second), so that what it tells on the way is seen here too
EVERY_SECONDS = 0.3
HEAD = ["姓名", "部门", "岗位", "任职类型", "开始", "结束", "用工方式", "用工自", "其他写法", "用户名", "邮箱"]
SENT = "multipart/form-data; boundary=kaibo-bench"


@dataclass
class Seen:
    """What the pages said: `told` is every different line of progress, with the seconds when it was first read."""

    told: list[tuple[float, str]] = field(default_factory=list)
    page: str = ""


class Owner:
    """An owner's browser, as far as it is needed: one session, one form."""

    def __init__(self, url: str, session: str) -> None:
        self.url, self.session, self.path = url, session, ""

    def get(self, path: str, *, part: bool = False) -> str:
        return self._ask(path, None, {"HX-Request": "true"} if part else {})

    def post(self, path: str, token: str, content: bytes = b"") -> str:
        """Send a form, `content` being its file; what its answer leads to."""
        if content:
            body, kind = _parts(token, content), SENT
        else:
            body, kind = f"csrfmiddlewaretoken={token}".encode(), "application/x-www-form-urlencoded"
        return self._ask(path, body, {"Content-Type": kind})

    def _ask(self, path: str, body: bytes | None, headers: dict[str, str]) -> str:
        cookies = f"sessionid={self.session}; csrftoken={'k' * 32}; django_language=en"
        asked = urllib.request.Request(self.url + path, body, {"Cookie": cookies, **headers})  # noqa: S310 -- ours
        with urllib.request.build_opener(_FollowWithCookies()).open(asked, timeout=60) as answer:
            self.path = urllib.parse.urlparse(answer.url).path
            return str(answer.read().decode())


class _FollowWithCookies(urllib.request.HTTPRedirectHandler):
    """The library drops no cookie that it was given by hand, but keeps the form's length and kind: these go."""

    def redirect_request(self, *args: object) -> urllib.request.Request | None:
        made = super().redirect_request(*args)  # type: ignore[arg-type]
        if made is not None:
            made.remove_header("Content-type")
        return made


def imported(home: Path, session: str, departments: Sequence[str], positions: Sequence[str], people: int) -> bool:
    """Bring `people` into a copy of `home`; whether that was fast enough and its progress was to be seen. Printed."""
    there = home / "brought-in"
    shutil.copytree(home, there, ignore=shutil.ignore_patterns("brought-in"))
    port = free_port()
    command = [sys.executable, "-m", "kaibo.site", "serve", "--port", str(port), "--web-workers", "2"]
    with (there / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment(there), stdout=log, stderr=log)
        try:
            wait_for(f"http://127.0.0.1:{port}/sign-in/", process, there / "serve.log")
            owner = Owner(f"http://127.0.0.1:{port}", session)
            owner.get("/people/")
            # the second list finds everyone there and transfers them all
            lists = [_workbook(departments, positions, people, later) for later in (False, True)]
            fits = [_bring_in(owner, book, people, what) for book, what in zip(lists, ("new", "changed"), strict=True)]
            return all(fits)
        finally:
            process.terminate()
            process.wait(20)


def _bring_in(owner: Owner, book: bytes, people: int, what: str) -> bool:
    token, seen, began = _token(owner.get("/people/import/")), Seen(), time.monotonic()
    owner.post("/people/import/", token, book)
    sent = time.monotonic() - began
    _until("What the list makes", owner, seen, began)
    checked = time.monotonic() - began
    assert "Import all of it" in seen.page, seen.page
    owner.post(owner.path, _token(seen.page))
    _until("Imported:", owner, seen, began)
    took = time.monotonic() - began
    shown = any("rows" in told or "Writing" in told for _when, told in seen.told)
    print(f"\n{people:,} people, all {what}, from a workbook of {len(book) // 1024} KB through the page:")
    for when, told in seen.told:
        print(f"{when:7.1f} s  {told}")
    found = re.search(rf"Imported:.*?([\d,]+) {what}", seen.page)
    assert found, seen.page
    assert int(found[1].replace(",", "")) == people, seen.page
    fits = took <= SECONDS_AT_MOST and shown
    print(
        f"sent and read after {sent:.1f} s, checked after {checked:.1f}, imported after {took:.1f} "
        f"(promised: {SECONDS_AT_MOST:.0f}){'' if fits else '  MORE THAN PROMISED'}",
        flush=True,
    )
    return fits


def _until(words: str, owner: Owner, seen: Seen, began: float) -> None:
    """Ask for the part that tells how far it is, as the page does; the whole page once it is over."""
    path = owner.path
    while time.monotonic() - began < PATIENCE:
        part = owner.get(path, part=True)
        told = _progress(part)
        if told and (not seen.told or seen.told[-1][1] != told):
            seen.told.append((time.monotonic() - began, told))
        if "hx-get" not in part:
            seen.page = owner.get(path)
            assert words in seen.page, seen.page
            return
        time.sleep(EVERY_SECONDS)
    raise TimeoutError("it does not end")


def _progress(part: str) -> str:
    return (
        " ".join(unescape(re.sub(r"<progress.*?</progress>|<[^>]*>", " ", part)).split()) if "<progress" in part else ""
    )


def _token(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found, page
    return found[1]


def _parts(token: str, content: bytes) -> bytes:
    edge = b"--kaibo-bench\r\nContent-Disposition: form-data; name="
    kind = b"Content-Type: application/octet-stream\r\n\r\n"
    return (
        edge + b'"csrfmiddlewaretoken"\r\n\r\n' + token.encode() + b"\r\n"
        + edge + b'"file"; filename="people.xlsx"\r\n' + kind + content + b"\r\n--kaibo-bench--\r\n"
    )  # fmt: skip


def _workbook(departments: Sequence[str], positions: Sequence[str], people: int, later: bool) -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, HEAD)
        for n in range(people):
            since = date(2024, 1, 1) + timedelta(days=n % 700 + 700 * later)
            where = [departments[(n + later) % len(departments)], positions[n * 7 % len(positions)], "主岗"]
            sheet.write_row(n + 1, 0, [f"新人{n:05d}", *where])
            sheet.write_datetime(n + 1, 4, since, day)
            sheet.write(n + 1, 6, ("劳动合同", "经纪", "劳务派遣")[(n + later) % 3])
            sheet.write_datetime(n + 1, 7, since, day)
            sheet.write_row(n + 1, 8, [f"小新{n:05d}、新{n:05d}", f"new{n:05d}", f"new{n:05d}@example.org"])
    return buffer.getvalue()

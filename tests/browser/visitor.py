"""A person with cookies but without a browser: asks for pages, follows every kind of link."""

import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from html import unescape
from http.cookiejar import CookieJar

from tests.browser.conftest import PASSWORD

FILES = re.compile(r"\.(xlsx|csv|svg|pdf|toml)\b|/export/")
SECONDS = 60


@dataclass(frozen=True)
class Found:
    """`shape`: the address with its numbers and values taken out; `on`: the page whose link led here."""

    shape: str
    path: str
    status: int
    on: str


class Visitor:
    def __init__(self, url: str) -> None:
        self.url = url
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar())).open

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body."""
        try:
            with self._open(self.url + path, timeout=SECONDS) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def sign_in(self, username: str) -> "Visitor":
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get("/sign-in/")[1].decode())
        assert token
        said = {"csrfmiddlewaretoken": token[1], "username": username, "password": PASSWORD}
        self._open(self.url + "/sign-in/", urllib.parse.urlencode(said).encode(), timeout=SECONDS).close()
        return self

    def walk(self) -> list[Found]:
        """One address of every shape that links lead to, files included, from the front page on."""
        found, waiting = dict[str, Found](), [("/", "")]
        while waiting:
            path, on = waiting.pop(0)
            if (shape := shape_of(path)) in found:
                continue
            status, body = self.get(path)
            found[shape] = Found(shape, path, status, on)
            if not FILES.search(path):
                waiting += [(link, path) for link in self._links(path, body.decode())]
        return sorted(found.values(), key=lambda one: one.shape)

    def _links(self, path: str, page: str) -> list[str]:
        targets = [urllib.parse.urljoin(self.url + path, unescape(x)) for x in re.findall(r'href="([^"#]+)', page)]
        ours = [target.removeprefix(self.url) for target in targets if target.startswith(self.url + "/")]
        return [target for target in ours if not target.startswith("/static/")]


def shape_of(path: str) -> str:
    """`/people/3/2026-10/?session=8` → `/people/N/N-N/?session`."""
    bare, _mark, query = path.partition("?")
    names = sorted(set(re.findall(r"(?:^|&)(\w+)=", query)))
    return re.sub(r"\d+", "N", bare) + ("?" + ",".join(names) if names else "")

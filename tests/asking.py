"""What comes back from an address, in the words of the tables of test_access; and what a page offers to send."""

import csv
import re
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile

from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, resolve

# what a browser shows; the daily report's picture is drawn by us and holds no markup of others
PAGES = ("text/html", "application/json", "image/svg+xml")
# what a spreadsheet program would compute; a number is none
FORMULA = re.compile(r"[=+\-@\t\r](?![\d.]+$)")
# what its script tells where to send says so by `data-base`
FORMS = re.compile(r"<form\b(?![^>]*\bdata-base=)[^>]*\bmethod=\"post\".*?</form>", re.DOTALL | re.IGNORECASE)
HIDDEN = re.compile(r"<input\b[^>]*\btype=\"hidden\"[^>]*>")


def ask(client: Client, method: str, path: str, fields: dict[str, str] | None = None) -> HttpResponse:
    """What comes back; nothing that it changed stays."""
    with transaction.atomic():
        got = client.get(path) if method == "GET" else client.post(path, fields or {})
        transaction.set_rollback(True)
    return got


def answer(got: HttpResponse) -> str:
    """What came back, in the table's words."""
    if got.status_code == 404:
        return "no"
    if got.status_code == 302 and got["Location"].startswith("/sign-in/"):
        return "in"
    if got.status_code == 200 and (harm := handed_out(got)):
        return harm
    return "ok" if got.status_code in (200, 302, 422) else str(got.status_code)


def handed_out(got) -> str:
    """What is wrong with an answer that is no page; empty where it is one, or a file as files are to be."""
    body = b"".join(got.streaming_content) if got.streaming else got.content
    kind = got["Content-Type"].partition(";")[0]
    if got["X-Content-Type-Options"] != "nosniff":
        return "a browser may guess what it is"
    if kind in PAGES:
        return ""
    if not got.get("Content-Disposition", "").startswith("attachment"):
        return f"{kind} is shown, not saved"
    if kind == "text/csv":
        cells = [cell for line in csv.reader(body.decode("utf-8-sig").splitlines()) for cell in line]
        return next((f"a formula: {cell}" for cell in cells if FORMULA.match(cell)), "")
    if kind.endswith(".sheet"):
        with ZipFile(BytesIO(body)) as book:
            sheets = [book.read(name) for name in book.namelist() if name.startswith("xl/worksheets/")]
        return "a formula" if any(b"<f" in sheet for sheet in sheets) else ""
    return ""


def offered(got: HttpResponse, path: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Where each form of a page sends to, with the fields that it brings itself."""
    page = got.status_code == 200 and not got.streaming and got["Content-Type"].startswith("text/html")
    for form in FORMS.findall(got.content.decode()) if page else ():
        to = re.search(r"\baction=\"([^\"]*)\"", form.partition(">")[0])
        fields = [dict(re.findall(r"\b(name|value)=\"([^\"]*)\"", field)) for field in HIDDEN.findall(form)]
        yield (
            (to and to[1].partition("#")[0]) or path,
            {field["name"]: field.get("value", "") for field in fields if "name" in field},
        )


def refused_forms(client: Client, got: HttpResponse, path: str, tried: set[object]) -> Iterator[str]:
    """Forms that a page offers and whose sending is refused; of each kind, whose fields tell it, one is tried."""
    for to, fields in offered(got, path):
        kind = (resolve(to.partition("?")[0]).view_name, *sorted(fields))
        if kind in tried or kind[0] == "login:sign_out":
            continue
        tried.add(kind)
        status = ask(client, "POST", to, fields).status_code
        if status in (403, 404, 405):
            yield f"offers to send to {to}, which answers {status}"


def addresses(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    """The names of every address of the product."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else space)
        else:
            yield f"{space}{pattern.name}"

"""What a token opens: each address asks for one scope, the document and the docs say which, and no other opens it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import resolve
from django.utils import timezone
from tests import access_of_programs
from tests.asking import ask

from kaibo.audit.models import AuditEvent
from kaibo.home.openapi import document
from kaibo.home.records.kinds import KINDS
from kaibo.jobs.models import Job, JobState
from kaibo.login.models import ApiToken
from kaibo.login.token_scopes import MONEY, SCOPES, Area, covers, in_order, shortest
from kaibo.login.tokens import make_token

DOCS = Path(__file__).parents[4] / "docs" / "api.md"
# the first word of an address → its area; people/{id}/{month}/ is a score
AREAS = {
    "imports": "uploads batches facts jobs sources reach rejects left-out left-out-rows mappings",
    "live": "outages responsibilities room-departments ad-accounts rates readings decisions sessions simulcasts "
    "tag-rules tag-lists rooms targets",
    "people": "people protections departments positions processes",
    "rights": "roles",
    "scores": "months team",
    "cards": "cards card-drafts own-kpis formula-names",
    "reviews": "cycles cycle-changes cycle-template reviews review-raters review-asked review-notes calibration "
    "calibration-reviews appeals appeal-statistics appeal-files",
}
OF_WORD = {word: area for area, words in AREAS.items() for word in words.split()}
# verbs that change nothing
READING = {
    "sessions/history", "sessions/bridge", "targets/check", "people/check", "positions/check", "card-drafts/effect",
    "card-drafts/preview",
    "reviews/form",
}  # fmt: skip
# verbs that tell people's scores besides
OF_SCORES = {"card-drafts/effect", "card-drafts/preview"}
ANY = {"/api/v1/openapi.json", "/api/v1/nowhere/"}


def asked(method: str, path: str) -> list[str]:
    """The scopes that the tables above say."""
    words = path.partition("?")[0].removeprefix("/api/v1/").strip("/").split("/")
    if words[0] == "people" and len(words) == 3 and re.match(r"20\d\d-|{month}", words[2]):
        return ["scores:read"]
    verb = f"{words[0]}/{words[-1]}"
    reads = method == "GET" or verb in READING
    also = ["scores:read"] if verb in OF_SCORES else []
    return [f"{OF_WORD[words[0]]}:{'read' if reads else 'write'}", *also]


def addresses() -> Iterator[tuple[str, str]]:
    for _name, method, path, _answers in access_of_programs.rows():
        yield method, re.sub(r"{\w+}", "1", path)


def open_for(text: str, method: str, path: str) -> Any:
    return ask(Client(headers={"Authorization": f"Bearer {text}"}), method, path)


def say_for(text: str, path: str) -> Any:
    client = Client(headers={"Authorization": f"Bearer {text}"})
    return client.post(path, {}, content_type="application/json")


def test_every_address_asks_for_the_scope_of_its_area() -> None:
    """One without a scope, or of a kind that the table does not know, fails."""
    said = {(method, path): resolve(path.partition("?")[0]).func.scopes.get(method) for method, path in addresses()}  # type: ignore[attr-defined]
    bare = {path for (_method, path), scope in said.items() if scope is None}
    assert bare == {path for _method, path in addresses() if path in ANY}
    assert {key: scope for key, scope in said.items() if scope} == {
        key: asked(*key) for key in said if key[1] not in bare
    }
    assert {kind.key for kind in KINDS} <= OF_WORD.keys()


@pytest.mark.django_db
def test_a_token_without_the_scope_is_told_which_it_lacks_and_one_with_nothing_else_is_not(cast: Any) -> None:
    without = {
        scope: make_token(by=cast.owner, name="x", scopes=[one for one in SCOPES if one != scope and not (
            scope.endswith(":read") and one == scope.replace(":read", ":write"))])[1]
        for scope in SCOPES
    }  # fmt: skip
    alone: dict[tuple[str, ...], str] = {}
    wrong = []
    for method, path in addresses():
        if path in ANY:
            continue
        scopes = tuple(asked(method, path))
        if scopes not in alone:
            alone[scopes] = make_token(by=cast.owner, name="x", scopes=scopes)[1]
        for scope in scopes:
            refused = open_for(without[scope], method, path)
            if refused.status_code != 403 or refused.json()["scope"] != scope or scope not in refused.json()["error"]:
                wrong.append(f"{method} {path} without {scope}: {refused.status_code}")
        let_in = open_for(alone[scopes], method, path)
        if let_in.status_code in (401, 403):
            wrong.append(f"{method} {path} with {scopes}: {let_in.status_code}")
    assert wrong == []
    assert f'scope="{scope}"' in refused["WWW-Authenticate"]


def test_the_document_says_the_scope_of_every_address() -> None:
    told = document()["paths"]
    for path, methods in told.items():
        for method, said in methods.items():
            wanted = [] if path in ANY else asked(method.upper(), path)
            assert said["security"] == [{"token": wanted}], path


def test_the_docs_say_what_is_in_each_area() -> None:
    lines = [line for line in DOCS.read_text().splitlines() if line.startswith("| `") and ":read`" in line]
    for area in Area.values:
        line = next(line for line in lines if f"`{area}:read`" in line)
        assert set(AREAS[area].split()) <= set(re.findall(r"[a-z-]+", line)), area
    assert f"`{MONEY}`" in DOCS.read_text()


@pytest.mark.django_db
def test_a_scope_gives_nobody_more_than_their_rights(cast: Any) -> None:
    _token, text = make_token(by=cast.lead.user, name="x", scopes=["rights:write", "people:write"])
    given = Client(headers={"Authorization": f"Bearer {text}"}).post(
        "/api/v1/roles/give/", {"user": cast.lead.user.pk, "role": "owner"}, content_type="application/json"
    )
    assert given.status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "scope"),
    [("import_people", "people:write"), ("close_month", "scores:write"), ("compute_cycle", "reviews:write")],
)
def test_a_job_is_run_again_only_by_a_token_for_what_it_works_on(cast: Any, kind: str, scope: str) -> None:
    job = Job.objects.create(kind=kind, by=cast.owner, state=JobState.FAILED, about="人员名单.xlsx")
    path = f"/api/v1/jobs/{job.pk}/"
    reads = scope.replace("write", "read")
    _token, files = make_token(by=cast.owner, name="x", scopes=["imports:write", reads])
    _token, both = make_token(by=cast.owner, name="y", scopes=["imports:write", scope])
    for verb in ("again", "stop"):
        refused = say_for(files, f"{path}{verb}/")
        assert (refused.status_code, refused.json()["scope"]) == (403, scope)
    assert Job.objects.count() == 1
    assert say_for(both, f"{path}again/").status_code == 200
    assert Job.objects.count() == 2


@pytest.mark.django_db
def test_a_token_for_files_hears_of_no_list_of_people(cast: Any) -> None:
    job = Job.objects.create(kind="import_people", by=cast.owner, state=JobState.FAILED, about="人员名单.xlsx")
    _token, files = make_token(by=cast.owner, name="x", scopes=["imports:write"])
    assert "人员名单" not in str(open_for(files, "GET", "/api/v1/jobs/").json())
    assert say_for(files, f"/api/v1/jobs/{job.pk}/again/").status_code == 404
    _token, people = make_token(by=cast.owner, name="y", scopes=["imports:read", "people:read"])
    assert "人员名单" in str(open_for(people, "GET", "/api/v1/jobs/").json())


@pytest.mark.django_db
def test_an_expired_token_opens_nothing(cast: Any) -> None:
    token, text = make_token(by=cast.owner, name="x", expires_at=timezone.now() + timedelta(days=30))
    assert open_for(text, "GET", "/api/v1/batches/").status_code == 200
    ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now())
    assert open_for(text, "GET", "/api/v1/batches/").status_code == 401


def test_writing_covers_reading_and_nothing_else() -> None:
    assert covers(["people:write"], "people:read")
    assert not covers(["people:read"], "people:write")
    assert not covers(["people:write", MONEY], "rights:read")
    assert shortest(["people:read", "people:write", MONEY]) == ["people:write", MONEY]
    with pytest.raises(ValueError, match="nothing:read"):
        in_order(["nothing:read"])


@pytest.mark.django_db
def test_only_a_token_that_may_import_sends_as_much_as_a_file(cast: Any, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2000
    said = {}
    for scope in ("imports:read", "imports:write"):
        _token, text = make_token(by=cast.owner, name="x", scopes=[scope])
        client = Client(headers={"Authorization": f"Bearer {text}"})
        said[scope] = client.post("/api/v1/uploads/", {"file": ContentFile(b"x" * 5000, "a.csv")}).status_code
    assert said == {"imports:read": 413, "imports:write": 201}


@pytest.fixture
def owner(cast: Any) -> Client:
    client: Client = cast.client("owner")
    client.post("/confirm/?next=/tokens/", {"password": "kaibo-demo-1"})
    return client


def test_the_page_makes_what_was_chosen_and_the_audit_says_so(cast: Any, owner: Client) -> None:
    told = {"name": "夜间导入", "lasts": "30", "imports": "write", "scores": "read", "money": "on"}
    assert owner.post("/tokens/", told).status_code == 200
    token = ApiToken.objects.get()
    assert token.scopes == ["imports:read", "imports:write", "scores:read", "money"]
    assert token.expires_at is not None
    assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)
    assert "imports:write scores:read money" in owner.get("/tokens/").content.decode()
    assert AuditEvent.objects.get(verb="token made").data["scopes"] == token.scopes
    owner.post("/tokens/", {"revoke": token.pk})
    assert AuditEvent.objects.get(verb="token revoked").data == {"name": "夜间导入", "scopes": token.scopes}


def test_the_page_does_not_say_everything_of_a_token_that_opens_nothing(cast: Any, owner: Client) -> None:
    make_token(by=cast.owner, name="x", scopes=[])
    assert "全部" not in owner.get("/tokens/").content.decode()
    make_token(by=cast.owner, name="y")
    assert "全部" in owner.get("/tokens/").content.decode()


@pytest.mark.parametrize(
    "told", [{"lasts": "30"}, {"lasts": "30", "money": "on"}, {"lasts": "5", "people": "read"},
             {"lasts": "30", "people": "all"}, {"people": "read"}]
)  # fmt: skip
def test_a_token_that_opens_nothing_or_lasts_otherwise_is_not_made(owner: Client, told: dict[str, str]) -> None:
    assert owner.post("/tokens/", {"name": "x", **told}).status_code == 422
    assert not ApiToken.objects.exists()


@pytest.mark.django_db
def test_tokens_from_before_there_were_scopes_keep_what_they_had(cast: Any) -> None:
    ApiToken.objects.create(user=cast.owner, name="old", sha256="0" * 64)
    import_module("kaibo.login.migrations.0007_token_scopes").keep_what_they_had(apps, None)
    kept = ApiToken.objects.get()
    assert (sorted(kept.scopes), kept.expires_at) == (sorted(SCOPES), None)

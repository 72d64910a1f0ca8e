"""The whole API against its own description: nothing crashes, nothing answers otherwise than it says.

Requests are made up by schemathesis from the OpenAPI document, of the types it says and of others, for an owner's token
and for a host's, half of them about things that there are. Each is undone again.
"""

import logging
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.urls import resolve
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests import access_of_programs
from tests.things import one_of_each

from kaibo.home.openapi import document
from kaibo.home.records.kinds import KINDS
from kaibo.login.tokens import make_token

pytestmark = pytest.mark.django_db
# an address: in the slow tests, and where there is time
MORE = 60 if os.environ.get("KAIBO_LONG") else 10
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# fields of a body and of an address that name something there is
NAMED = {
    "room": "room", "person": "host", "review": "review", "cycle": "cycle", "user": "holder", "appointment": "held",
    "shift": "shift", "batch": "batch", "reviewer": "host",
}  # fmt: skip
LISTED = {"rooms": "room", "sessions": "session", "people": "host", "departments": "department"}


def _real_ids(things: dict[str, object]) -> dict[tuple[str, str], object]:
    """(method, documented path) → the number of what it names, as the table of access has it."""
    found = {}
    for _name, method, path, _answers in access_of_programs.rows():
        real, said = path.format(**things), path
        for part in real.strip("/").split("/"):
            if part.isdecimal() and "{" in said:
                matched = resolve(real.partition("?")[0])
                found[method, matched.route] = int(part)
                break
    return found


def _known(case: Any, things: dict[str, object], ids: dict[tuple[str, str], object]) -> None:
    """Put what there is in place of numbers that were made up."""
    route = case.operation.path.strip("/").replace("{id}", "<int:pk>").replace("{row}", "<int:row>") + "/"
    if "id" in (case.path_parameters or {}) and (case.method, route) in ids:
        case.path_parameters["id"] = ids[case.method, route]
    for told in (case.body, case.query):
        if not isinstance(told, dict):
            continue
        told |= {name: things[what] for name, what in NAMED.items() if name in told}
        told |= {name: [things[what]] for name, what in LISTED.items() if name in told}
        if "month" in told:
            told["month"] = "2026-10"


def _problems(tokens: dict[str, str], things: dict[str, object], examples: int) -> Iterator[str]:
    headers = {
        who: {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"} for who, token in tokens.items()
    }
    api = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application(), headers=headers["owner"])
    ids = _real_ids(things)
    for found in api.get_all_operations():
        operation = found.ok()
        # half of what is asked is of other types than the document says
        cases = operation.as_strategy()
        if operation.body:
            cases = st.one_of(cases, operation.as_strategy(GenerationMode.NEGATIVE))

        @settings(
            max_examples=examples, derandomize=True, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=cases, known=st.booleans())
        def answers_as_it_says(case: Any, known: bool) -> None:
            if known:
                _known(case, things, ids)
            for who, said in headers.items():
                with transaction.atomic():
                    response = case.call(headers=said)
                    transaction.set_rollback(True)
                try:
                    case.validate_response(response, checks=CHECKS)
                except FailureGroup as failures:
                    raise AssertionError(f"{who}, {case.body!r}: {failures.exceptions}") from None

        try:
            answers_as_it_says()
        except Exception as error:  # noqa: BLE001 -- of this address; the others are asked too
            yield f"{operation.label}: {error}"


@pytest.fixture
def _one_connection() -> Iterator[None]:
    """A real request closes its connection at both ends; here all of them share the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_one_connection")
@pytest.mark.parametrize("examples", [1, pytest.param(MORE, marks=pytest.mark.slow)])
def test_every_address_answers_as_it_says(cast, settings, examples: int) -> None:  # type: ignore[no-untyped-def]
    things = one_of_each(cast, settings)
    users = {"owner": cast.owner, "host": cast.host.user}
    tokens = {who: make_token(by=user, name="schemathesis")[1] for who, user in users.items()}
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    wrong = list(_problems(tokens, things, examples))
    assert wrong == [], "\n\n".join(wrong)


def test_every_address_is_in_the_document() -> None:
    told = document()["paths"]
    for kind in KINDS:
        for verb in kind.verbs:
            said = told[f"/api/v1/{kind.key}/{'{id}/' if verb.of_one else ''}{verb.key}/"]["post"]
            for content in said["requestBody"]["content"].values():
                assert set(content["schema"]["properties"]) == set(verb.names)
    there = set()
    for name, method, path, _answers in access_of_programs.rows():
        route = resolve(re.sub(r"{\w+}", "1", path).partition("?")[0]).route
        said = re.sub(r"<\w+:(\w+)>", r"{\1}", route).replace("{pk}", "{id}")
        there |= {(method, f"/{said}")} if name != "api:nowhere" else set()
    assert {(method.upper(), path) for path, methods in told.items() for method in methods} == there

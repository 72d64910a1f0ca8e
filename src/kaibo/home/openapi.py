"""The OpenAPI document of the API: made from the table of records, and a few lines about the addresses of files."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import resolve

from kaibo import __version__
from kaibo.appraisal.appeals.models import AppealAbout, Verdict
from kaibo.home.api_views import api
from kaibo.home.openapi_files import FILES
from kaibo.home.records.kinds import KINDS
from kaibo.home.records.row_shapes import GIVES, ROWS
from kaibo.home.records.saying import Kind, Verb
from kaibo.home.records.shapes import ANYTHING, Shape, schema
from kaibo.kpi.definition import Direction
from kaibo.kpi.measures import Unit
from kaibo.login.models import User
from kaibo.login.token_scopes import SCOPES

Schema = dict[str, Any]
ID: Schema = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
DAY: Schema = {"type": "string", "format": "date"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
MONTH: Schema = {"type": "string", "pattern": "^20[0-9]{2}-(0[1-9]|1[0-2])$"}
AMOUNT: Schema = {"type": ["string", "number"]}
YES: Schema = {"type": "boolean"}
IDS: Schema = {"type": "array", "items": ID, "minItems": 1}
TEXTS: Schema = {"type": "array", "items": TEXT}
OBJECT: Schema = {"type": "object"}
FILES_SENT: Schema = {
    "type": "array", "maxItems": 3,
    "items": {
        "type": "object", "properties": {"name": TEXT, "base64": {"type": "string", "format": "byte"}},
        "required": ["name", "base64"], "additionalProperties": False,
    },
}  # fmt: skip


def _one_of(names: Sequence[str]) -> Schema:
    return {"type": "string", "enum": list(names)}


# what a field takes, by its name; a text where it is not here
FIELDS: dict[str, Schema] = {
    **dict.fromkeys((
        "room", "person", "user", "to", "review", "reviewer", "shift", "run", "cycle", "batch", "list", "appointment",
    ), ID),
    **dict.fromkeys(("rooms", "sessions", "people", "departments", "corrections"), IDS),
    **dict.fromkeys(("roles", "other_names"), TEXTS),
    **dict.fromkeys(("parts", "choices", "deadlines", "days", "given", "card"), OBJECT),
    **dict.fromkeys(("points", "gmv", "times"), AMOUNT),
    **dict.fromkeys(("views", "orders", "comments", "new_followers", "online"), COUNT),
    **dict.fromkeys(("hand_in", "told", "replace"), YES),
    **dict.fromkeys(("day", "pay_on", "opened_on"), DAY),
    "at": MOMENT, "month": MONTH, "amount_minor": {"type": ["integer", "null"], "minimum": 0},
    "department": {"type": ["integer", "string", "null"]}, "parent": {"type": ["integer", "string", "null"]},
    "position": {"type": ["integer", "string"]}, "works_with": {}, "kpis": {}, "reports_to": {},
    "pay_day": {"type": "integer", "minimum": 1, "maximum": 31},
    "hour": {"type": "integer", "minimum": 0, "maximum": 23},
    "about": _one_of(AppealAbout.values), "verdict": _one_of(Verdict.values), "rater": _one_of(("self", "manager")),
    "unit": _one_of([one.value for one in Unit]), "direction": _one_of([one.value for one in Direction]),
    "evidence": FILES_SENT,
}  # fmt: skip
ERROR: Schema = {
    "type": "object", "required": ["error"], "additionalProperties": False,
    "properties": {
        "error": TEXT, "fields": {"type": "object", "additionalProperties": {"type": "array", "items": TEXT}},
        "scope": {"type": "string", "enum": list(SCOPES)},
    },
}  # fmt: skip
REFUSALS = {
    "400": "What was sent makes no sense.", "401": "No token, or one that was revoked or has expired.",
    "403": "The token lacks the `scope`, or the role asks for a second factor first.",
    "404": "Not there, or not for you.", "409": "Not in this state.",
    "413": "Too large.", "422": "It cannot be so; `fields` says which field and what helps.",
    "507": "The disk is full.",
}  # fmt: skip
ALWAYS = ("401", "403", "404")


@api("GET", area=None, personal=True)
def openapi(_request: HttpRequest, _user: User) -> JsonResponse:
    """The document, OpenAPI 3.1."""
    return JsonResponse(document())


def document() -> dict[str, Any]:
    """What every address takes and answers with."""
    paths: dict[str, dict[str, Any]] = {}
    for path, method, said in _operations():
        paths.setdefault(f"/api/v1/{path}", {})[method] = said | {"security": [{"token": _scopes(path, method)}]}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Kaibo", "version": __version__,
            "description": "What the pages do, for programs. docs/api.md has examples. Unknown is null and never 0; "
            "amounts are minor units; instants are UTC; exact numbers are text. A token has scopes: `area:write` "
            "is enough to read too, and without `money` amounts in people's numbers are left out.",
        },
        "security": [{"token": []}],
        "components": {
            "securitySchemes": {"token": {
                "type": "http", "scheme": "bearer", "description": f"Scopes: {', '.join(SCOPES)}.",
            }},
            "schemas": {"Error": ERROR},
        },
        "paths": paths,
    }  # fmt: skip


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for kind in KINDS:
        yield f"{kind.key}/", "get", _listing(kind)
        if kind.one is not None:
            yield f"{kind.key}/{{id}}/", "get", _showing(kind)
        for verb in kind.verbs:
            yield f"{kind.key}/{'{id}/' if verb.of_one else ''}{verb.key}/", "post", _doing(kind, verb)
    for file in FILES:
        yield file.path, file.method, _operation(
            file.says, file.path.partition("/")[0], {file.status: _json(schema(file.gives))}
            if file.gives is not None else {file.status: _saved()},
            refused=(*ALWAYS, *file.refused), parameters=[*_in_path(file.path), *_asked(file.asks)], body=file.body,
        )  # fmt: skip


def _scopes(path: str, method: str) -> list[str]:
    """What the address itself asks of a token; OpenAPI 3.1 lets them stand beside a bearer token too."""
    asked = path.replace("{month}", "2026-10").replace("{id}", "1").replace("{row}", "1")
    view: Any = resolve(f"/api/v1/{asked}").func
    return list(view.scopes.get(method.upper(), ()))


def row_shape(kind: Kind) -> Shape:
    return ROWS.get(kind.key, ANYTHING) if kind.shape is ANYTHING else kind.shape


def _listing(kind: Kind) -> dict[str, Any]:
    made = schema({kind.key: [row_shape(kind)], "page": "int", "pages": "int"})
    page = {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1}}
    return _operation(kind.says, kind.key, {"200": _json(made)}, refused=(*ALWAYS, "422"),
                      parameters=[page, *_asked(kind.asks)])  # fmt: skip


def _showing(kind: Kind) -> dict[str, Any]:
    return _operation(
        f"one of {kind.key}, with all that its page says", kind.key, {"200": _json(schema(kind.one_shape))},
        refused=(*ALWAYS, "422"), parameters=[*_in_path("{id}"), *_asked(kind.asks_one)],
    )  # fmt: skip


def _doing(kind: Kind, verb: Verb) -> dict[str, Any]:
    gives = verb.gives if verb.gives is not None else GIVES.get(f"{kind.key}/{verb.key}", row_shape(kind))
    body = _told(verb.fields)
    content = {"application/json": {"schema": body}}
    if verb.files:
        sent = {name: {"type": "array", "items": {"type": "string", "format": "binary"}} for name in verb.files}
        content["multipart/form-data"] = {"schema": {**body, "properties": {**body["properties"], **sent}}}
    return _operation(
        verb.says, kind.key, {"200": _json(schema(gives))}, refused=(*ALWAYS, "400", "409", "413", "422", "507"),
        parameters=_in_path("{id}") if verb.of_one else [],
        body={"required": any(not name.endswith("?") for name in verb.fields), "content": content},
    )  # fmt: skip


def _told(fields: Sequence[str]) -> Schema:
    return {
        "type": "object", "additionalProperties": False,
        "properties": {name.rstrip("?"): FIELDS.get(name.rstrip("?"), TEXT) for name in fields},
        "required": [name for name in fields if not name.endswith("?")],
    }  # fmt: skip


def _asked(names: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"name": name.rstrip("?"), "in": "query", "required": not name.endswith("?"),
         "schema": FIELDS.get(name.rstrip("?"), TEXT)}
        for name in names
    ]  # fmt: skip


def _in_path(path: str) -> list[dict[str, Any]]:
    kinds = {"{id}": ("id", ID), "{row}": ("row", ID), "{month}": ("month", MONTH)}
    return [
        {"name": name, "in": "path", "required": True, "schema": said}
        for part, (name, said) in kinds.items()
        if part in path
    ]


def _json(said: Schema) -> dict[str, Any]:
    return {"description": "Done.", "content": {"application/json": {"schema": said}}}


def _saved() -> dict[str, Any]:
    return {"description": "The file, to be saved.", "content": {"application/octet-stream": {"schema": {}}}}


def _operation(
    says: str, tag: str, answers: dict[str, Any], *, refused: Sequence[str],
    parameters: Sequence[dict[str, Any]] = (), body: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    responses = answers | {code: {"description": REFUSALS[code], "content": error} for code in sorted(refused)}
    made: dict[str, Any] = {"summary": says, "tags": [tag], "parameters": list(parameters), "responses": responses}
    return made | ({"requestBody": body} if body is not None else {})

"""Addresses of the API that are no records: files, batches, months. For the OpenAPI document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kaibo.home.records.shapes import Shape

TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}


@dataclass(frozen=True)
class Address:
    """`gives` None: a file. `refused`: codes besides those that every address may answer with."""

    method: str
    path: str
    says: str
    gives: Shape | None
    status: str = "200"
    body: Mapping[str, Any] | None = None
    refused: Sequence[str] = ()
    asks: Sequence[str] = ()


def _json(schema: Mapping[str, Any], *, required: bool = True) -> dict[str, Any]:
    return {"required": required, "content": {"application/json": {"schema": schema}}}


FILE = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object", "properties": {"file": {"type": "string", "format": "binary"}}, "required": ["file"],
            }
        }
    },
}  # fmt: skip
REASON = _json({
    "type": "object", "properties": {"reason": {"type": "string", "minLength": 1, "maxLength": 300}},
    "required": ["reason"],
})  # fmt: skip
SENT = ("400", "409", "413", "422", "507")
UPLOAD = {
    "upload": "int", "file": "str", "sha256": "str", "size": "int", "state": "str", "busy": "bool",
    "questions": ["any"], "answers": "object", "preview": "object", "batch": "int?",
    "progress": {"?": True, "doing": "str", "done": "int", "total": "int", "state": "str", "trouble": "str"},
}  # fmt: skip
BATCH = {
    "batch": "int", "source": "str", "tables": ["str"], "file": "str", "sha256": "str", "state": "str",
    "as_of_from": "str", "accepted": "int", "rejected": "int", "rejected_minor": "any", "held": "int",
    "legal_hold": "any", "as_of": "at?", "imported_at": "at?", "first_instant": "at?", "last_instant": "at?",
    "erased_at": "at?", "covers": "any", "covers_from": "str",
}  # fmt: skip
REJECT = {"line": "int?", "column": "str", "value": "str", "reason": "str", "held": "bool"}
BATCH_IN_FULL = {
    **BATCH, "warnings": ["str"], "rejects": [REJECT], "replaced": "any", "answers": "object", "erasable_on": "str?",
}  # fmt: skip
ROW = {
    "batch": "int", "file": "str", "row": "int", "table": "str", "text": "object", "facts": ["object"],
    "rejects": [REJECT],
}  # fmt: skip
MONTH = {
    "month": "month", "state": "str", "sessions": "int", "computing": "bool", "snapshot": "str?", "closed_at": "at?",
    "closed_by": "str?", "accepted": "any", "changed_since": "bool", "verification": "any",
}  # fmt: skip

FILES: tuple[Address, ...] = (
    Address("post", "uploads/", "receive a file; a worker reads it", UPLOAD, "201", FILE, SENT),
    Address("get", "uploads/{id}/", "an upload", UPLOAD),
    Address("post", "uploads/{id}/answers/", "say what the file does not", UPLOAD, body=_json(TEXTS), refused=SENT),
    Address("post", "uploads/{id}/confirm/", "import what the preview says", UPLOAD, "202", refused=SENT),
    Address("post", "uploads/{id}/cancel/", "put it away", UPLOAD, refused=SENT),
    Address("get", "uploads/{id}/columns/", "what each column probably is", "object", refused=("409",)),
    Address("post", "uploads/{id}/columns/", "the first rows as they will be understood so", "object",
            body=_json({"type": "object"}), refused=SENT),
    Address("get", "batches/", "batches, newest first", {"batches": [BATCH], "page": "int", "pages": "int"}),
    Address("get", "batches/{id}/", "a batch", BATCH_IN_FULL),
    Address("get", "batches/{id}/rows/{row}/", "one line of its file", ROW),
    Address("post", "batches/{id}/withdraw/", "take it back", BATCH, body=REASON, refused=SENT),
    Address("post", "batches/{id}/restore/", "let it count again", BATCH, body=REASON, refused=SENT),
    Address("post", "batches/{id}/hold/", "its rows about viewers stay", BATCH, body=REASON, refused=SENT),
    Address("post", "batches/{id}/release/", "the rule about viewers' rows applies again", BATCH, body=REASON,
            refused=SENT),
    Address("post", "batches/{id}/period/", "say which days it covers; without any, those of its rows", BATCH,
            body=_json(TEXTS), refused=SENT),
    Address("get", "facts/", "tables, orphans, what is due", "object"),
    Address("post", "facts/sweep/", "remove what is due", {"orphans": ["any"], "due": ["any"], "job": "int"}, "202",
            refused=SENT),
    Address("get", "months/", "how each month stands", {"months": [MONTH]}),
    Address("get", "months/{month}/", "one of them, with its cards", {**MONTH, "cards": ["object"]}),
    Address("post", "months/{month}/verify/", "check a closed month", {**MONTH, "job": "int"}, "202", refused=SENT),
    Address("get", "people/{id}/{month}/", "a person's month: the score and its lines", "object", asks=("role?",)),
    Address("get", "appeal-files/{id}/", "evidence, as it was handed in", None),
    Address("get", "reviews/{id}/review.pdf", "a published review on paper", None, refused=("422",)),
    Address("get", "cards/card.pdf", "a published scorecard on paper; without a version the one in use", None,
            refused=("422",), asks=("role", "version?")),
    Address("get", "cards/card.xlsx", "the same as a workbook", None, asks=("role", "version?")),
    Address("get", "openapi.json", "this document", "object"),
)  # fmt: skip

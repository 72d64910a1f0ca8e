"""What rows of kinds look like that do not say it beside themselves, and what their verbs give that is no row."""

from collections.abc import Mapping

from kaibo.home.records.shapes import Shape

_TARGET = {"room": "int", "month": "month", "amount_minor": "int?", "currency": "str"}
_APPOINTMENT = {
    "id": "int", "position": "str", "position_id": "int", "department": "int?", "kind": "str", "start": "day",
    "end": "day?",
}  # fmt: skip
_PLAN = {
    name: ["str"]
    for name in (
        "new_departments", "filled_departments", "new_positions", "filled_positions", "new_processes", "kept",
    )
}  # fmt: skip

ROWS: Mapping[str, Shape] = {
    "outages": {
        "id": "int", "room": "int", "start": "at", "end": "at", "cause": "str", "note": "str", "recorded_by": "str?",
        "confirmed_by": "str?", "confirmed_at": "at?", "taken_back": "bool",
    },
    "responsibilities": {
        "id": "int?", "room": "int", "person": "int", "duty": "str", "start": "day", "end": "day?",
    },
    "room-departments": {"id": "int?", "room": "int", "department": "int?", "start": "day"},
    "ad-accounts": {
        "id": "str", "rows": "int", "parts": [{"room": "int", "part": "int", "start": "day", "end": "day?"}],
    },
    "rates": {
        "id": "int", "currency": "str", "day": "day", "rate": "number", "source": "str", "act": "str", "by": "str?",
        "taken_back": "bool",
    },
    "readings": {
        "id": "int", "file": "str", "state": "str", "batch": "int?", "by": "str?", "written_at": "at",
    },
    "decisions": {
        "id": "str", "kind": "str", "title": "str", "facts": "str", "choices": {"...": "str"}, "orders": "int?",
        "amount_minor": "int?", "currency": "str?",
    },
    "sessions": {
        "id": "int", "room": "int", "start": "at", "end": "at?", "title": "str", "air_kind": "str", "by_hand": "bool",
        "joined_to": "int?",
    },
    "simulcasts": {"id": "int?", "name": "str", "rooms": ["int"], "start": "day", "end": "day?"},
    "tag-rules": {
        "id": "int", "tag": "str", "how": "str", "value": "str", "reason": "str", "saved_by": "str?", "saved_at": "at?",
        "retired_at": "at?", "retired_by": "str?", "retired_why": "str",
    },
    "tag-lists": {
        "id": "int", "name": "str", "tag": "str", "reason": "str", "state": "str", "rows": "int", "used": "any",
        "orders": "int?", "paid_minor": "int?", "by": "str?", "imported_at": "at",
    },
    "rooms": {
        "id": "int", "platform": "str", "handle": "str", "name": "str", "zone": "str", "currency": "str",
        "other_names": ["str"], "split_rule": "str", "categories": [{"since": "month", "category": "str"}],
        "departments": [{"start": "day", "department": "int?"}],
    },
    "targets": {"id": "int", **_TARGET},
    "people": {
        "id": "int", "name": "str", "active": "bool", "appointments": [_APPOINTMENT], "engagement": "str?",
        "stage": "str?",
    },
    "protections": {"id": "int", "person": "int", "start": "day", "end": "day", "reason": "str"},
    "departments": {
        "id": "int", "key": "str?", "name": "str", "name_en": "str", "purpose": "str", "purpose_en": "str",
        "parent": "int?", "opened_on": "day?", "closed_on": "day?",
        "before": [{"from": "day?", "until": "day?", "name": "str", "parent": "int?"}],
        "closed": [{"from": "day?", "until": "day?"}],
    },
    "processes": {
        "id": "int?", "key": "str?", "name": "str", "name_en": "str", "purpose": "str", "purpose_en": "str",
        "parts": {"...": "str"},
    },
    "roles": {
        "id": "int", "user": "int", "name": "str", "role": "str", "scope": "str", "department": "int?", "start": "day",
        "end": "day?", "lent_by": "int?", "reason": "str",
    },
    "jobs": {
        "id": "int", "kind": "str", "about": "str", "state": "str", "done": "int", "total": "int", "doing": "str",
        "trouble": "str", "stopping": "bool", "by": "str?", "at": "at", "ended_at": "at?",
    },
    "sources": {
        "source": "str", "title": "str", "name": "str", "platform": "str?", "table": "str", "makes_possible": "str",
        "kpis": ["str"], "to_get_it": "str", "imported_at": "at?", "unconfirmed": ["str"], "columns?": ["object"],
    },
    "reach": {
        "table": "str", "title": "str", "imported": "bool", "as_of": "at?", "last": "at?", "old": "bool",
        "batches": "int", "rejected": "int", "makes_possible": "str?", "kpis": ["str"],
    },
    "rejects": {
        "batch": "int", "file": "str", "row": "int?", "column": "str?", "value": "str", "why": "str", "held": "bool",
        "amount_minor": "int?",
    },
    "left-out": {
        "month": "month", "place": "str", "kind": "str", "why": "str", "todo": "str?", "orders": "int?",
        "amount_minor": "int?", "views": "int?", "readings": "int?",
        "waiting": [{"amount_minor": "int", "currency": "str"}],
    },
    "left-out-rows": {
        "at": "at?", "room": "str?", "session": "int?", "what": "str?", "amount_minor": "int?", "currency": "str?",
        "views": "int?", "tagged_by": {"?": True, "list": "int?", "rule": "int?", "name": "str", "reason": "str"},
        "batch": "int?", "row": "int?",
    },
}  # fmt: skip
GIVES: Mapping[str, Shape] = {
    "rates/add": {"act": "str", "rates": [ROWS["rates"]]},
    "rates/take-back": {"taken_back": "int"},
    "decisions/settle": {"act": "str"},
    "decisions/undo": {"act": "str", "undone": "int"},
    "sessions/join": {"act": "str"},
    "sessions/part": {"act": "str"},
    "sessions/history": {"id": "int", "exports": ["object"]},
    "sessions/bridge": "object",
    "tag-lists/paste": {"upload": "int", "state": "str"},
    "targets/set": _TARGET,
    "targets/check": {"targets": ["object"]},
    "targets/import": {"changed": "any", "targets": ["object"]},
    "people/invite": {
        "invited": [{"id": "int", "name": "str", "path": "str", "until": "at"}],
        "left_out": [{"id": "int", "name": "str", "why": "str"}],
    },
    "people/check": "object",
    "people/import": "object",
    "positions/check": _PLAN,
    "positions/apply": _PLAN,
}

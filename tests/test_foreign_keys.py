"""A foreign key is a dependency too: it points to the same room or one below it, like an import."""

import tomllib
from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent


def order() -> dict[str, int]:
    """Room → its height, as the import contract says."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return {room.strip(): -number for number, layer in enumerate(layers) for room in layer.replace("|", ":").split(":")}


def room_of(model) -> str:  # type: ignore[no-untyped-def]
    return ".".join(model.__module__.split(".")[:2])


def test_foreign_keys_point_downwards():
    heights, upwards, seen = order(), [], 0
    for model in apps.get_models():
        if not model.__module__.startswith("kaibo."):
            continue
        for field in model._meta.get_fields(include_parents=False):
            target = getattr(field, "related_model", None)
            if field.auto_created or target is None or not target.__module__.startswith("kaibo."):
                continue
            seen += 1
            if heights[room_of(target)] > heights[room_of(model)]:
                upwards.append(f"{model._meta.label}.{field.name} → {target._meta.label}")
    assert upwards == []
    assert seen > 10


def test_audit_rows_hang_on_nothing():
    """But a payload on its event, and that without a constraint of the database."""
    assert not [f for f in apps.get_model("audit", "AuditEvent")._meta.fields if f.is_relation]
    payload = apps.get_model("audit", "AuditPayload")
    assert [(f.name, f.db_constraint) for f in payload._meta.fields if f.is_relation] == [("event", False)]

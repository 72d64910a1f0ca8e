"""The digests that the chain is made of. The database computes `link_hash` too (`guards`): change neither alone."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

# what the first link points to
GENESIS = "0" * 64
# how the retention job's own event is called; the database's guard knows the word too
ERASING = "audit erased"


def payload_digest(*, salt: str, by_name: str, data: Mapping[str, Any], reason: str) -> str:
    """Of what may be erased: names, old and new values, reason."""
    return _sha256(salt, by_name, data, reason)


def event_digest(
    *, at: datetime, by_id: int | None, verb: str, target_type: str, target_id: str, payload_digest: str
) -> str:
    """Of what stays: time, ids, verb, and the digest of the payload."""
    time = at.astimezone(UTC).isoformat(timespec="microseconds")
    return _sha256(time, by_id, verb, target_type, target_id, payload_digest)


def link_hash(previous: str, event: int, digest: str) -> str:
    return hashlib.sha256(f"{previous}-{event}-{digest}".encode()).hexdigest()


def members_digest(members: Iterable[object]) -> dict[str, Any]:
    """What one row of a bulk verb says of the many things it changed: how many, and SHA-256 over their sorted names."""
    names = sorted(str(one) for one in members)
    return {"count": len(names), "sha256": _sha256(*names)}


def _sha256(*values: object) -> str:
    text = json.dumps([_same(value) for value in values], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _same(value: Any) -> Any:
    """As it reads after a way through the database: PostgreSQL gives 1e2 back as 100."""
    if isinstance(value, Mapping):
        return {str(key): _same(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_same(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value

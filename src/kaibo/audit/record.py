"""The one way to write an audit row: called by every verb, inside its transaction."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from kaibo.audit.chain import event_digest, members_digest, payload_digest
from kaibo.audit.models import AuditEvent, AuditPayload


def record(
    *,
    by: AbstractBaseUser | None,
    verb: str,
    target: Model,
    reason: str = "",
    members: Iterable[object] | None = None,
    **data: Any,
) -> AuditEvent:
    """Write who (`None` is the installation itself) did `verb` to `target`, with old and new values in `data`.

    `members`: what a bulk verb changed besides; the row says how many and a digest of them.
    Raises RuntimeError outside a transaction: a change and its audit row stand or fall together.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an audit row is written inside its verb's transaction")
    if members is not None:
        data["members"] = members_digest(members)
    payload = {"by_name": str(by) if by else "kaibo", "data": _plain(data), "reason": reason}
    salt = secrets.token_hex(16)
    lasting: dict[str, Any] = {
        "at": timezone.now(),
        "by_id": by.pk if by else None,
        "verb": verb,
        "target_type": target._meta.label_lower,
        "target_id": str(target.pk),
        "payload_digest": payload_digest(salt=salt, **payload),
    }
    event = AuditEvent.objects.create(**lasting, digest=event_digest(**lasting))
    # the database adds both to the chain
    AuditPayload.objects.create(event=event, **payload, salt=salt)
    return event


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(v) for v in value]
    return value if isinstance(value, str | int | bool | float | None) else str(value)

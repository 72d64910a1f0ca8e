"""The one way to write an audit row: called by every verb, inside its transaction."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection
from django.db.models import Model

from kaibo.audit.models import AuditEvent


def record(*, by: AbstractBaseUser | None, verb: str, target: Model, reason: str = "", **data: Any) -> AuditEvent:
    """Write who (`None` is the installation itself) did `verb` to `target`, with old and new values in `data`.

    Raises RuntimeError outside a transaction: a change and its audit row stand or fall together.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an audit row is written inside its verb's transaction")
    return AuditEvent.objects.create(
        by_id=by.pk if by else None,
        by_name=str(by) if by else "kaibo",
        verb=verb,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        data=_plain(data),
        reason=reason,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(v) for v in value]
    return value if isinstance(value, str | int | bool | float | None) else str(value)

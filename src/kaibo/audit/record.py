"""The one way to write an audit row: called by every verb, inside its transaction."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.audit.chain import event_digest, members_digest, payload_digest
from kaibo.audit.models import AuditEvent, AuditMember, AuditPayload

# as the column keeps it on every database
LONGEST_REASON = 500


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
    Raises RuntimeError outside a transaction: a change and its audit row stand or fall together; ValidationError for a
    reason longer than is kept.
    """
    if members is not None:
        data["members"] = members_digest(members)
    return _add_row(by, verb, target, reason, data, [])


def record_each(
    *,
    by: AbstractBaseUser | None,
    verb: str,
    each: Sequence[tuple[Model, Mapping[str, Any]]],
    reason: str = "",
    **data: Any,
) -> AuditEvent | None:
    """One row for a bulk verb on records of one kind: of each its own old and new values, `data` of all of them.

    The row names the first, says how many they are with a digest of their ids, and each finds it in its history
    (`AuditEvents.about`). Of one record it is a row like any other; of none there is none.
    """
    if len(each) < 2:
        return record(by=by, verb=verb, target=each[0][0], reason=reason, **data, **each[0][1]) if each else None
    ids = [str(one.pk) for one, _own in each]
    data["each"] = {pk: own for pk, (_one, own) in zip(ids, each, strict=True)}
    data["members"] = members_digest(ids)
    return _add_row(by, verb, each[0][0], reason, data, ids)


def _add_row(
    by: AbstractBaseUser | None, verb: str, target: Model, reason: str, data: Mapping[str, Any], ids: Sequence[str]
) -> AuditEvent:
    if not connection.in_atomic_block:
        raise RuntimeError("an audit row is written inside its verb's transaction")
    if len(reason) > LONGEST_REASON:
        said = {"n": len(reason), "most": LONGEST_REASON}
        raise ValidationError(_("A reason has at most %(most)s characters; this one has %(n)s.") % said)
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
    kind = lasting["target_type"]
    AuditMember.objects.bulk_create(
        [AuditMember(event=event.pk, target_type=kind, target_id=pk) for pk in ids], batch_size=500
    )
    # the database adds both to the chain
    AuditPayload.objects.create(event=event, **payload, salt=salt)
    return event


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(v) for v in value]
    return value if isinstance(value, str | int | bool | float | None) else str(value)

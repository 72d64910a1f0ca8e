"""A draft's changes, step by step: each is kept, undone and done again."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kaibo.appraisal.own_cards.models import CardState, CardStep, CardVersion, digest
from kaibo.audit.record import record
from kaibo.audit.seen import claim
from kaibo.login.models import User


def is_draft(draft: CardVersion) -> None:
    """Read anew, once it is locked. Raises ValidationError for what is published or thrown away."""
    draft.refresh_from_db()
    if draft.state != CardState.DRAFT:
        raise ValidationError(_("It is no draft any more. Begin a new version instead."))


def said_in(draft: CardVersion) -> dict[str, Any]:
    """All that a step keeps of it."""
    return {**draft.data, "note": draft.note}


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    return sorted(key for key in {*one, *other} if one.get(key) != other.get(key))


def kept_step(*, by: User | None, draft: CardVersion, former: Mapping[str, Any]) -> list[str]:
    """Part of a verb, once the draft says something else than `former`: the step is kept; which parts differ."""
    changed = differing(former, said_in(draft))
    if not changed:
        return []
    before = draft.step_id
    if before is None:
        data = {key: said for key, said in former.items() if key != "note"}
        first = CardStep.objects.create(
            draft=draft, data=data, note=former.get("note", ""), at=draft.made_at, by_id=draft.made_by_id
        )
        before = first.pk
    draft.step = CardStep.objects.create(
        draft=draft, former_id=before, data=draft.data, note=draft.note, changed=changed, by=by
    )
    draft.save(update_fields=["step"])
    return changed


@transaction.atomic
def undo_draft(*, by: User | None, draft: CardVersion, seen: str = "") -> CardVersion:
    """The draft says again what it said before its last change. Raises ValidationError: nothing to undo, no draft."""
    claim(draft, seen)
    is_draft(draft)
    former = draft.step.former if draft.step else None
    if former is None:
        raise ValidationError(_("There is nothing to undo."))
    return _at(by, draft, former, "undo_card")


@transaction.atomic
def redo_draft(*, by: User | None, draft: CardVersion, seen: str = "") -> CardVersion:
    """What was undone last is done again. Raises ValidationError: nothing was undone, no draft."""
    claim(draft, seen)
    is_draft(draft)
    later = CardStep.objects.filter(former=draft.step_id).last() if draft.step_id else None
    if later is None:
        raise ValidationError(_("There is nothing to do again."))
    return _at(by, draft, later, "redo_card")


def _at(by: User | None, draft: CardVersion, step: CardStep, verb: str) -> CardVersion:
    former = said_in(draft)
    draft.step, draft.data, draft.note, draft.digest = step, step.data, step.note, digest(step.data)
    draft.save(update_fields=["step", "data", "note", "digest"])
    changed = differing(former, said_in(draft))
    record(by=by, verb=verb, target=draft, role=draft.role, changed=changed, digest=draft.digest)
    return draft

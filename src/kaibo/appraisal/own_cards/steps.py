"""What a draft's page says of its last change: who did what and when, to be undone; and what can be done again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaibo.appraisal.own_cards.models import CardStep, CardVersion
from kaibo.look import numbers

PARTS: Mapping[str, object] = {
    "line": gettext_lazy("Items"), "rated": gettext_lazy("Rated items"), "note": gettext_lazy("Note"),
}  # fmt: skip


@dataclass(frozen=True)
class StepRow:
    """`what`: the parts that differ."""

    what: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Steps:
    undo: StepRow | None
    redo: StepRow | None


def steps_of(draft: CardVersion) -> Steps:
    """Two queries at most, however many steps there were."""
    if draft.step_id is None:
        return Steps(None, None)
    found = CardStep.objects.select_related("by__person").defer("data")
    now, later = found.get(pk=draft.step_id), found.filter(former=draft.step_id).last()
    return Steps(_row(now) if now.former_id else None, _row(later) if later else None)


def parts_named(changed: Iterable[str]) -> list[str]:
    """What the parts of a card that differ are called, each once."""
    return list(dict.fromkeys(str(PARTS.get(key, _("Sections, grades, gates, bonus"))) for key in changed))


def _row(step: CardStep) -> StepRow:
    return StepRow(numbers.listed(parts_named(step.changed)), str(step.by or ""), step.at)

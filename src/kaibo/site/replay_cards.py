"""Writes the sample's draft of a scorecard, as a person would on its pages; nobody is scored by it."""

from kaibo.appraisal import actions
from kaibo.appraisal.models import CardVersion
from kaibo.login.models import User
from kaibo.sample import draft_card


def draft(*, by: User) -> None:
    """Begin and write it, unless somebody has begun, published or thrown away a card of the role."""
    if CardVersion.objects.filter(role=draft_card.ROLE).exists():
        return
    begun = actions.begin_draft(by=by, role=draft_card.ROLE)
    lines = [{**line, "weight": draft_card.WEIGHTS.get(line["kpi"], line["weight"])} for line in begun.data["line"]]
    actions.save_draft(by=by, draft=begun, data={**begun.data, **draft_card.PARTS, "line": lines}, note=draft_card.NOTE)

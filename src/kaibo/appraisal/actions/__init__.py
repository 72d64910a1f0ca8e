"""Every change to scorecards and to the team's own KPIs."""

from kaibo.appraisal.actions.cards import begin_draft, discard_draft, import_cards, publish_card, save_draft
from kaibo.appraisal.actions.own_kpis import retire_kpi, save_kpi

__all__ = [
    "begin_draft",
    "discard_draft",
    "import_cards",
    "publish_card",
    "retire_kpi",
    "save_draft",
    "save_kpi",
]

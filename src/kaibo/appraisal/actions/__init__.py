"""Every change to scorecards, the team's own KPIs, and review cycles."""

from kaibo.appraisal.actions.appeals import (
    decide_appeal,
    hand_over_appeal,
    make_appeal,
    settle_appeal,
    take_appeal_further,
    withdraw_appeal,
)
from kaibo.appraisal.actions.calibrating import calibrate_line, lock_group, preview_rating, unlock_group
from kaibo.appraisal.actions.card_steps import redo_draft, undo_draft
from kaibo.appraisal.actions.cards import begin_draft, discard_draft, import_cards, publish_card, save_draft
from kaibo.appraisal.actions.cycles import (
    add_reviews,
    advance_cycle,
    compute_cycle,
    discard_cycle,
    drop_review,
    drop_reviews,
    open_cycle,
    reopen_cycle,
    save_cycle_template,
    set_deadlines,
    take_review_back_in,
    take_reviews_back_in,
)
from kaibo.appraisal.actions.from_below import ask_from_below
from kaibo.appraisal.actions.inviting import decline_invitation, invite_rater, propose_rater, withdraw_invitation
from kaibo.appraisal.actions.notes import acknowledge, add_note, record_delivery, take_back_note
from kaibo.appraisal.actions.own_kpis import retire_kpi, save_kpi
from kaibo.appraisal.actions.points import count_team_again, leave_team_out, write_times
from kaibo.appraisal.actions.ratings import hand_back, save_assessment
from kaibo.appraisal.actions.reviews import (
    ask_raters_again,
    change_reviewer,
    count_line_again,
    do_without_raters,
    leave_line_out,
    publish_reviews,
)

__all__ = [
    "acknowledge",
    "add_note",
    "add_reviews",
    "advance_cycle",
    "ask_from_below",
    "ask_raters_again",
    "begin_draft",
    "calibrate_line",
    "change_reviewer",
    "compute_cycle",
    "count_line_again",
    "count_team_again",
    "decide_appeal",
    "decline_invitation",
    "discard_cycle",
    "discard_draft",
    "do_without_raters",
    "drop_review",
    "drop_reviews",
    "hand_back",
    "hand_over_appeal",
    "import_cards",
    "invite_rater",
    "leave_line_out",
    "leave_team_out",
    "lock_group",
    "make_appeal",
    "open_cycle",
    "preview_rating",
    "propose_rater",
    "publish_card",
    "publish_reviews",
    "record_delivery",
    "redo_draft",
    "reopen_cycle",
    "retire_kpi",
    "save_assessment",
    "save_cycle_template",
    "save_draft",
    "save_kpi",
    "set_deadlines",
    "settle_appeal",
    "take_appeal_further",
    "take_back_note",
    "take_review_back_in",
    "take_reviews_back_in",
    "undo_draft",
    "unlock_group",
    "withdraw_appeal",
    "withdraw_invitation",
    "write_times",
]

"""Every change to rooms, broadcasts, shifts and what people explain once about them."""

from kaibo.live.actions.confirming import confirm_shifts, undo
from kaibo.live.actions.explaining import remove_code, remove_tag_rule, save_code, save_tag_rule
from kaibo.live.actions.rooms import add_account, edit_account, set_split_rule, set_target
from kaibo.live.actions.sessions import add_session, edit_session, remove_session
from kaibo.live.actions.shifts import (
    add_shift,
    cancel,
    edit_shift,
    flag_shift,
    mark_absent,
    set_lead,
    unflag,
)

__all__ = [
    "add_account", "add_session", "add_shift", "cancel", "confirm_shifts", "edit_account", "edit_session",
    "edit_shift", "flag_shift", "mark_absent", "remove_code", "remove_session", "remove_tag_rule", "save_code",
    "save_tag_rule", "set_lead", "set_split_rule", "set_target", "undo", "unflag",
]  # fmt: skip

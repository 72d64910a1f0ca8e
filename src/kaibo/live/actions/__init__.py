"""Every change to rooms, broadcasts, shifts and what people explain once about them."""

from kaibo.live.actions.aiming import import_targets, set_day_plan, set_targets
from kaibo.live.actions.answering import (
    assign_responsibility,
    end_responsibility,
    map_ad_account,
    remove_responsibility,
)
from kaibo.live.actions.belonging import place_room, take_room_out
from kaibo.live.actions.confirming import confirm_shifts, undo
from kaibo.live.actions.explaining import remove_code, save_code
from kaibo.live.actions.feeds import make_feed, stop_feed
from kaibo.live.actions.joining import call_tests, join_sessions, keep_apart, part_sessions
from kaibo.live.actions.leave import ask_leave, decide_leave, end_leave_early, withdraw_leave
from kaibo.live.actions.matching import choose_report, decide_matches, place_minutes, undo_matches
from kaibo.live.actions.merging import merge_rooms
from kaibo.live.actions.notes import edit_note, remove_note, restore_note, write_note
from kaibo.live.actions.outages import confirm_outages, edit_outage, record_outage, remove_outage, restore_outage
from kaibo.live.actions.planning import move_shift, plan_shift
from kaibo.live.actions.publishing import publish_roster
from kaibo.live.actions.readings import take_back_reading, take_reading
from kaibo.live.actions.rooms import add_account, edit_account, set_category, set_split_rule, set_target
from kaibo.live.actions.sessions import add_session, edit_session, remove_session
from kaibo.live.actions.shifts import (
    add_shift,
    cancel,
    edit_shift,
    flag_shift,
    mark_absent,
    set_aside_shifts,
    set_lead,
    unflag,
)
from kaibo.live.actions.simulcasting import remove_simulcast, save_simulcast
from kaibo.live.actions.tagging import paste_list, restore_tag_rule, retire_tag_rule, save_tag_rule

__all__ = [
    "add_account",
    "add_session",
    "add_shift",
    "ask_leave",
    "assign_responsibility",
    "call_tests",
    "cancel",
    "choose_report",
    "confirm_outages",
    "confirm_shifts",
    "decide_leave",
    "decide_matches",
    "edit_account",
    "edit_note",
    "edit_outage",
    "edit_session",
    "edit_shift",
    "end_leave_early",
    "end_responsibility",
    "flag_shift",
    "import_targets",
    "join_sessions",
    "keep_apart",
    "make_feed",
    "map_ad_account",
    "mark_absent",
    "merge_rooms",
    "move_shift",
    "part_sessions",
    "paste_list",
    "place_minutes",
    "place_room",
    "plan_shift",
    "publish_roster",
    "record_outage",
    "remove_code",
    "remove_note",
    "remove_outage",
    "remove_responsibility",
    "remove_session",
    "remove_simulcast",
    "restore_note",
    "restore_outage",
    "restore_tag_rule",
    "retire_tag_rule",
    "save_code",
    "save_simulcast",
    "save_tag_rule",
    "set_aside_shifts",
    "set_category",
    "set_day_plan",
    "set_lead",
    "set_split_rule",
    "set_target",
    "set_targets",
    "stop_feed",
    "take_back_reading",
    "take_reading",
    "take_room_out",
    "undo",
    "undo_matches",
    "unflag",
    "withdraw_leave",
    "write_note",
]  # fmt: skip

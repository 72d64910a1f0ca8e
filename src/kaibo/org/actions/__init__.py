"""Every change to people, departments, positions and who holds them."""

from kaibo.org.actions.appointments import appoint, end_appointment, take_back_appointment
from kaibo.org.actions.departments import close_department, reopen_department, save_department
from kaibo.org.actions.duties import remove_process, save_process, set_parts
from kaibo.org.actions.engagements import engage, take_back_engagement
from kaibo.org.actions.importing import check_people, import_people, receive_people, start_people_import
from kaibo.org.actions.lifecycle import move_host, take_back_stage
from kaibo.org.actions.people import (
    add_alias,
    add_department,
    create_person,
    deactivate,
    end_protection,
    protect,
    reactivate,
    remove_alias,
    rename,
)
from kaibo.org.actions.positions import apply_organisation, remove_position, save_position
from kaibo.org.actions.roles import end_role, give_role, lend_role
from kaibo.org.actions.sign_ins import (
    connect_sign_in,
    invite,
    invite_many,
    know_by_email,
    part_sign_in,
    reset_sign_in,
    take_links_back,
    take_off_second_factor,
)

__all__ = [
    "add_alias",
    "add_department",
    "apply_organisation",
    "appoint",
    "check_people",
    "close_department",
    "connect_sign_in",
    "create_person",
    "deactivate",
    "end_appointment",
    "end_protection",
    "end_role",
    "engage",
    "give_role",
    "import_people",
    "invite",
    "invite_many",
    "know_by_email",
    "lend_role",
    "move_host",
    "part_sign_in",
    "protect",
    "reactivate",
    "receive_people",
    "remove_alias",
    "remove_position",
    "remove_process",
    "rename",
    "reopen_department",
    "reset_sign_in",
    "save_department",
    "save_position",
    "save_process",
    "set_parts",
    "start_people_import",
    "take_back_appointment",
    "take_back_engagement",
    "take_back_stage",
    "take_links_back",
    "take_off_second_factor",
]  # fmt: skip

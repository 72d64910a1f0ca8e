"""Every change to people, departments, positions and who holds them."""

from kaibo.org.actions.departments import close_department, reopen_department, save_department
from kaibo.org.actions.duties import remove_process, save_process, set_parts
from kaibo.org.actions.people import (
    add_alias,
    add_department,
    appoint,
    create_person,
    deactivate,
    end_appointment,
    end_protection,
    make_sign_in,
    protect,
    reactivate,
    remove_alias,
    rename,
    set_role,
)
from kaibo.org.actions.positions import apply_organisation, remove_position, save_position

__all__ = [
    "add_alias",
    "add_department",
    "apply_organisation",
    "appoint",
    "close_department",
    "create_person",
    "deactivate",
    "end_appointment",
    "end_protection",
    "make_sign_in",
    "protect",
    "reactivate",
    "remove_alias",
    "remove_position",
    "remove_process",
    "rename",
    "reopen_department",
    "save_department",
    "save_position",
    "save_process",
    "set_parts",
    "set_role",
]  # fmt: skip

"""Every change to people, departments, positions and who holds them."""

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
    "add_alias", "add_department", "apply_organisation", "appoint", "create_person", "deactivate", "end_appointment",
    "end_protection", "make_sign_in", "protect", "reactivate", "remove_alias", "remove_position", "rename",
    "save_position", "set_role",
]  # fmt: skip

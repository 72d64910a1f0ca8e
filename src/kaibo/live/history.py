"""What happened to a shift, told in sentences from its audit rows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from kaibo.audit.models import AuditEvent
from kaibo.live.models import Shift
from kaibo.look.numbers import clock_range, day_short

TELLERS: dict[str, Callable[[dict[str, Any]], str]] = {
    "add_shift": lambda data: _("added it"),
    "plan_shift": lambda data: _("planned it for %(times)s") % {"times": _planned_times(data.get("now", {}))},
    "move_shift": lambda data: _moved(data),
    "confirm_shift": lambda data: _("confirmed %(times)s") % {"times": _times(data)},
    "edit_shift": lambda data: _("corrected it to %(times)s") % {"times": _times(data)},
    "mark_absent": lambda data: _("said that nobody came"),
    "cancel_shift": lambda data: _("cancelled it"),
    "undo": lambda data: _("took the last change back"),
    "flag_shift": lambda data: _("said that it is wrong"),
    "unflag": lambda data: _("closed the objection"),
    "set_lead": lambda data: _("named this one first"),
}


@dataclass(frozen=True)
class Step:
    at: datetime
    who: str
    what: str
    why: str


def history_of(shift: Shift) -> list[Step]:
    """Newest first."""
    events = AuditEvent.objects.about("live.shift", shift.pk).order_by("-at", "-pk")
    return [
        Step(
            event.at,
            event.by_name,
            TELLERS[event.verb](event.of(shift.pk)) if event.verb in TELLERS else event.verb,
            "" if event.verb == "undo" else event.reason,
        )
        for event in events
    ]


def _planned_times(times: dict[str, Any]) -> str:
    start, end = times.get("planned_start"), times.get("planned_end")
    if not start or not end:
        return ""
    begin = datetime.fromisoformat(start)
    return f"{day_short(begin)} {clock_range(begin, datetime.fromisoformat(end))}"


def _moved(data: dict[str, Any]) -> str:
    """From when to when it was and is; other words where only the person, the room or the role is another."""
    before, after = _planned_times(data["former"]), _planned_times(data["now"])
    if before == after:
        return _("planned it for someone else, or in another room or role")
    return _("moved it from %(before)s to %(after)s") % {"before": before, "after": after}


def _times(data: dict[str, Any]) -> str:
    """The times after the change; a change of one of them keeps the other."""
    merged = data.get("former", {}) | data.get("now", {})
    start, end = merged.get("confirmed_start"), merged.get("confirmed_end")
    if not start or not end:
        return ""
    return clock_range(datetime.fromisoformat(start), datetime.fromisoformat(end))

"""What a check found, and why a closing failed, in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from kaibo.imports.sentences import say
from kaibo.look import numbers
from kaibo.measurement.models import Closing
from kaibo.message import Message


@dataclass(frozen=True)
class Check:
    """`code`: 0 equal, 1 different, 2 it could not be checked."""

    code: int
    title: str
    text: str
    at: datetime | None
    differences: Sequence[Mapping[str, str]]
    more: int


def problem_text(closing: Closing) -> str:
    """Why the month could not be closed."""
    text, values = closing.problem.get("text", ""), closing.problem.get("values", {})
    return say(Message(text, values)) if text else ""


def level_text(told: Mapping[str, Any]) -> str:
    """From what it was computed again."""
    if told.get("level") == "segment_facts":
        days = ", ".join(told.get("erased", [])) or "—"
        return _("from segment facts; rows erased on %(days)s by rule") % {"days": days}
    return _("from rows")


def counts_text(told: Mapping[str, Any]) -> str:
    counts = told.get("counts", {})
    names = [
        ("segments", _("segments")), ("facts", _("segment facts")), ("credits", _("credits")), ("values", _("values")),
        ("rows", _("file rows")), ("parts", _("files")),
    ]  # fmt: skip
    return _(", ").join(f"{numbers.count(counts[key])} {word}" for key, word in names if key in counts)


def verification_words(told: Mapping[str, Any]) -> Check:
    code = int(told.get("code", 2))
    if code == 0:
        title, text = _("Equal"), f"{level_text(told)} · {counts_text(told)}"
    elif code == 1:
        title = _("Not equal in %(count)s places") % {"count": numbers.count(told["found"])}
        text = f"{level_text(told)} · {counts_text(told)}"
        if told.get("engine") != told.get("engine_here"):
            text += " · " + _("frozen by engine %(then)s, checked by engine %(now)s") % {
                "then": told.get("engine"), "now": told.get("engine_here")
            }  # fmt: skip
    else:
        title, text = _("It could not be checked"), str(told.get("problem", ""))
    shown = told.get("differences", [])
    at = datetime.fromisoformat(told["at"]) if told.get("at") else None
    return Check(code, title, text, at, shown[:20], max(0, int(told.get("found", 0)) - 20))

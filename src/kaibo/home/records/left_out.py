"""What of a month counts for nobody, and why: its reasons, and the rows of one."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from kaibo.home.records.saying import Kind, Plain, Told, Wrong, at, words
from kaibo.login.models import User
from kaibo.login.token_scopes import Area
from kaibo.measurement.left_out import Group, Line, TaggedBy
from kaibo.measurement.left_out_asked import Asked, asked
from kaibo.measurement.months import month_of


def _asked(user: User, told: Told) -> Asked:
    said = {name: words(told, name) for name in told}
    if said.get("month") and month_of(said["month"]) is None:
        raise Wrong({"month": [_("Say a month like 2026-11.")]})
    return asked(user, said)


def _reasons(user: User, told: Told) -> Sequence[tuple[Asked, Group]]:
    found = _asked(user, told)
    return [(found, group) for group in found.groups]


def _reason(one: tuple[Asked, Group]) -> Plain:
    found, group = one
    return {
        "month": f"{found.month:%Y-%m}", "place": group.place, "kind": group.kind, "why": group.title,
        "todo": group.todo or None, "orders": group.orders, "amount_minor": group.paid_minor, "views": group.views,
        "readings": group.readings,
        "waiting": [{"amount_minor": minor, "currency": currency} for minor, currency in group.waiting],
    }  # fmt: skip


def _rows(user: User, told: Told) -> Sequence[Line]:
    found = _asked(user, told)
    if found.chosen is None and not (found.listed and not told.get("place")):
        names = ", ".join(f"{one.place} {one.kind}".strip() for one in found.groups) or "—"
        raise Wrong({"place": [_("A place and kind of this month: %(names)s.") % {"names": names}]})
    return found.lines


def _row(line: Line) -> Plain:
    return {
        "at": at(line.at), "room": line.room or None, "session": line.session, "what": line.label or None,
        "amount_minor": line.minor, "currency": line.currency if line.minor is not None else None,
        "views": line.views, "tagged_by": _by(line.tagged_by), "batch": line.batch, "row": line.row,
    }  # fmt: skip


def _by(one: TaggedBy | None) -> Plain | None:
    return {"list": one.batch, "rule": one.rule, "name": one.name, "reason": one.reason} if one else None


LEFT_OUT = Kind(
    "left-out", "why orders, minutes, readings and ad spend of a month count for nobody, how much, and what to do; the "
    "newest month where none is said", _reasons, _reason, asks=("month?",), area=Area.IMPORTS,
)  # fmt: skip
LEFT_OUT_ROWS = Kind(
    "left-out-rows", "the file rows of one reason, by its place and kind as left-out names them, or of one tag list",
    _rows, _row, asks=("month?", "place?", "kind?", "list?"), area=Area.IMPORTS,
)  # fmt: skip

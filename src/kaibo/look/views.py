"""The living style guide: type, colours, textures and states as they really render."""

from datetime import UTC, datetime
from fractions import Fraction

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from kaibo.look import numbers

COLOURS = [
    ("ink", _("Text")), ("ink-2", _("Second")), ("ink-3", _("Labels")), ("line-2", _("Lines")),
    ("accent", _("Selected, oneself")), ("above", _("Above expected")), ("below", _("Below expected")),
    ("even", _("Cannot be told apart")), ("warn", _("A deadline is near")), ("danger", _("Blocked, fault")),
    ("ok", _("Checked")), ("onair", _("Live now")),
]  # fmt: skip
TEXTURES = [
    ("measured", _("Events, orders and minutes inside the segment")),
    ("allocated", _("A share of the session's total, by a rule")),
    ("rated", _("Judged by a person")),
    ("unassigned", _("Nobody's, but always listed")),
]
ROLES = ["host", "co_host", "floor_manager", "ads", "control", "service", "tech", "editor"]
START, END = datetime(2026, 11, 18, 10, 56, tzinfo=UTC), datetime(2026, 11, 18, 16, 4, tzinfo=UTC)


def states(request: HttpRequest) -> HttpResponse:
    """For leads and owners; nobody else has a use for it."""
    if not getattr(request.user, "sees_others", False):
        raise Http404
    return render(request, "look/states.html", {
        "colours": COLOURS, "textures": TEXTURES, "roles": ROLES,
        "written": _written(), "parts": _parts(), "steps": _steps(), "bands": _bands(),
    })  # fmt: skip


def _written() -> list[tuple[str, str]]:
    """Each way of writing a number, by the name of its filter."""
    return [
        ("money", numbers.money(9974170)), ("money_tile", numbers.money_tile(9974170)),
        ("count", numbers.count(122484)), ("count_tile", numbers.count_tile(122484)),
        ("rate", numbers.rate(Fraction(3956, 122484))), ("share", numbers.share(3, 41)),
        ("percentage_points", numbers.percentage_points(Fraction(-4, 1000))),
        ("times", numbers.times(Fraction(113, 100))),
        ("points", numbers.points(Fraction(43, 2))), ("signed", numbers.signed(2)),
        ("hours", numbers.hours(138600000)), ("minutes", numbers.minutes(420000)), ("seconds", numbers.seconds(52000)),
        ("clock_range", numbers.clock_range(START, END)), ("day", numbers.day(START)),
        ("day_clock", numbers.day_clock(START)), ("month", numbers.month(START)), ("missing", numbers.money(None)),
    ]  # fmt: skip


def _parts() -> list[dict[str, object]]:
    return [
        {"basis": "measured", "width": "86.5", "text": f"3,422 · {numbers.percent(Fraction(3422, 3956), 1)}"},
        {"basis": "allocated", "width": "13.5", "text": f"534 · {numbers.percent(Fraction(534, 3956), 1)}"},
    ]


def _steps() -> list[dict[str, object]]:
    labels = [_("Item"), _("KPI"), _("Sessions"), _("Segments"), _("Records"), _("File rows")]
    values = ["21.5", numbers.rate(Fraction(3956, 122484)), "22", "47", "7,623", "31"]
    return [
        {"label": label, "value": value, "href": "#path", "current": index == 3}
        for index, (label, value) in enumerate(zip(labels, values, strict=True))
    ]


def _bands() -> list[dict[str, object]]:
    return [
        {"points": "0", "width": 18}, {"points": "10", "width": 18, "from": numbers.percent(Fraction(7, 10), 0)},
        {"points": "20", "width": 18, "from": numbers.percent(Fraction(8, 10), 0), "current": True},
        {"gap": True, "width": 18, "from": numbers.percent(Fraction(9, 10), 0)},
        {"points": "30", "width": 27, "from": numbers.percent(1, 0)},
    ]  # fmt: skip

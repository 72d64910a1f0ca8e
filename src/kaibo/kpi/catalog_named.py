"""The KPIs of rows that name the person: customer service's results, cases, the clock."""

from typing import Any

from kaibo.kpi.definition import Direction, Kpi, Route, terms
from kaibo.kpi.measures import Unit
from kaibo.kpi.msgid import gettext_noop as _


def _direct(
    key: str, title: str, short: str, unit: Unit, sides: str, formula: str, table: str, **more: Any
) -> Kpi:  # fmt: skip
    top, _slash, bottom = sides.partition("/")
    source, basis = _DIRECT_SOURCES[table]
    return Kpi(
        key, title, short, unit, terms(top), formula, source, basis, (table,), terms(bottom),
        routes=(Route.DIRECT, Route.TEAM), **more,
    )  # fmt: skip


_DIRECT_SOURCES = {
    "service_result": (_("Service platform's results of each agent"), _("Period of the row, inside one month")),
    "service_case": (_("Cases with ratings"), _("Day the case was opened")),
    "clock_in": (_("Clock-in and planned shifts"), _("Day of the clock-in")),
}
_SERVICE, _CASES, _CLOCK = "service_result", "service_case", "clock_in"

NAMED = (
    _direct(
        "served", _("Conversations"), _("Conversations"), Unit.COUNT, "served", _("Conversations received"), _SERVICE,
    ),
    _direct(
        "satisfaction", _("Satisfaction (ratings)"), _("Satisfaction"), Unit.RATIO, "good_ratings / ratings",
        _("Good ratings ÷ ratings"), _SERVICE, variants=("case_satisfaction",),
    ),
    _direct(
        "reply_3min_rate", _("Answered within 3 minutes"), _("3-minute replies"), Unit.RATIO,
        "quick_replies_ppm / quick_replies_of",
        _("The platform's rate of each period, weighed by its conversations"), _SERVICE,
    ),
    _direct(
        "first_reply", _("First reply"), _("First reply"), Unit.TIME, "first_reply_ms / first_reply_of",
        _("The platform's mean of each period, weighed by its conversations"), _SERVICE, direction=Direction.DOWN,
        variants=("mean_reply", "case_wait"),
    ),
    _direct(
        "mean_reply", _("Mean reply"), _("Mean reply"), Unit.TIME, "mean_reply_ms / mean_reply_of",
        _("The platform's mean per message, weighed by conversations, since messages are not told"), _SERVICE,
        direction=Direction.DOWN, variants=("first_reply",),
    ),
    _direct(
        "ask_pay_rate", _("Asked and paid (people of each period)"), _("Asked and paid"), Unit.RATIO,
        "payers / askers", _("People who paid ÷ people who asked; added over periods"), _SERVICE,
    ),
    _direct("cases", _("Cases"), _("Cases"), Unit.COUNT, "cases", _("Cases opened"), _CASES),
    _direct(
        "case_satisfaction", _("Satisfaction (cases)"), _("Case satisfaction"), Unit.RATIO, "good_cases / rated_cases",
        _("Cases rated 4 or 5 ÷ rated cases"), _CASES, variants=("satisfaction",),
    ),
    _direct(
        "case_wait", _("First answer to a case"), _("First answer"), Unit.TIME, "case_wait_ms / answered_cases",
        _("Time from opening to the first answer ÷ answered cases"), _CASES, direction=Direction.DOWN,
        variants=("first_reply",),
    ),
    _direct(
        "case_handling", _("Handling time of a case"), _("Handling time"), Unit.TIME, "handling_ms / handled_cases",
        _("Handling time ÷ cases whose handling time is known"), _CASES, direction=Direction.DOWN,
    ),
    _direct(
        "late_times", _("Times late"), _("Late"), Unit.COUNT, "late_times",
        _("Days on which the first punch is after the planned beginning of the day's first shift, less approved leave"),
        _CLOCK, direction=Direction.DOWN,
    ),
    _direct(
        "absent_days", _("Days absent"), _("Absent"), Unit.COUNT, "absent_days",
        _("Days with a planned shift, less approved leave, and no punch"), _CLOCK, direction=Direction.DOWN,
    ),
)  # fmt: skip

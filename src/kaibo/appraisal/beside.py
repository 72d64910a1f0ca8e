"""What a month says besides the lines of its card, written out to keep: numbers as exact text, null where unknown."""

from fractions import Fraction
from typing import Any

from kaibo.appraisal.asked import counted_keys, duty_of, of_team
from kaibo.appraisal.month import MyMonth
from kaibo.appraisal.month_data import MonthData
from kaibo.kpi.catalog import KPIS, Route
from kaibo.kpi.values import Value

# beside the keys of KPIs
OPEN_TEAM = "-team"


def beside_of(data: MonthData, mine: MyMonth) -> dict[str, Any]:
    """{} where the card asks for nothing; else `counts`: key → number, `team`: the team's value, and `open`: what of
    them is not final or not whole, by key (OPEN_TEAM: of the team), see `_open`. `team_of`: the departments
    whose team the value is of, each in Chinese and in English; not there where it is the whole company's.

    A key that is no KPI is not in it: a person writes down how often it happened.
    """
    card = mine.card
    if card is None or card.faults or not (card.card.outside or card.card.gates or card.card.team):
        return {}
    kpis = data.definitions or KPIS
    values = {key: _value(data, mine, key, duty_of(card, kpis[key])) for key in counted_keys(card) if key in kpis}
    part = card.card.team
    asked = part if part and of_team(part.kpi, kpis) and data.computation else None
    team = data.of_team(asked.kpi, mine.person.pk, mine.role) if asked else None
    found: dict[str, Any] = {"counts": {key: _text(value) for key, value in values.items()}, "team": _text(team)}
    if asked and team is not None and (named := data.team_of(asked.kpi, mine.person.pk, mine.role)):
        found["team_of"] = named
    unsure = {key: told for key, value in (*values.items(), (OPEN_TEAM, team)) if (told := _open(value))}
    return found | ({"open": unsure} if unsure else {})


def _open(value: Value | None) -> dict[str, Any]:
    """What may still change of a number, or is missing: unconfirmed shifts, refunds to come, silent broadcasts."""
    if value is None or value.number is None:
        return {}
    found: dict[str, Any] = {"provisional": True} if value.provisional else {}
    if value.immature_until:
        found["immature_until"] = value.immature_until.isoformat()
    if value.sessions < value.of_sessions:
        found |= {"sessions": value.sessions, "of_sessions": value.of_sessions}
        found |= {"in_part": value.in_part} if value.in_part else {}
    return found


def _value(data: MonthData, mine: MyMonth, key: str, duty: str) -> Value | None:
    if data.computation is None:
        return None
    if (data.definitions or KPIS)[key].route in (Route.ACCOUNT, Route.TEAM):
        return data.rooms.value(key, mine.person.pk, duty, mine.role)
    return data.values.get(mine.person.pk, {}).get(mine.role, {}).get(key)


def _text(value: Value | None) -> str | None:
    number: Fraction | None = None if value is None else value.number
    return None if number is None else str(number)

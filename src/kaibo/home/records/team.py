"""The team's month: who has a score in a position, with each line's figures, as the team's table says it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kaibo.appraisal.models import KeptLine, KeptScore
from kaibo.appraisal.team import kpis_of, team_of
from kaibo.appraisal.team_filter import COLUMNS, STATES, TeamFilter
from kaibo.home.records.saying import (
    Kind,
    Plain,
    Told,
    Wrong,
    day,
    exact,
    month_as_text,
    month_in,
    number,
    scored,
    words,
)
from kaibo.home.scores_api import withheld
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.values import Value
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area
from kaibo.look import numbers
from kaibo.org.access import require, sees_amounts

LINE = {
    "number": "int", "kpi": "str", "weight": "str", "unit": "str?", "value": "exact?", "numerator": "int?",
    "denominator": "int?", "target": "exact?", "withheld?": "str", "attainment": "exact?", "points": "exact?",
    "waiting": "str?", "missing": "str?", "sessions": "int", "of_sessions": "int", "in_part": "int",
    "provisional": "bool", "immature_until": "day?",
}  # fmt: skip
ROW = {
    "id": "int", "month": "month", "role": "str", "person": "int", "name": "str", "department": "str?", "room": "str?",
    "main": "bool", "card_version": "int", "sessions": "int", "air_ms": "int?", "planned_ms": "int?",
    "points": "exact?", "of": "str", "waiting": "int", "waiting_weight": "str", "provisional": "bool",
    "immature_until": "day?", "newcomer": "bool", "lines": [LINE],
}  # fmt: skip


def _found(user: User, told: Told) -> QuerySet[KeptScore]:
    """Those whom the filter leaves. What the page overlooks, a word that means nothing, is refused here."""
    require(user, Right.SEE_NUMBERS)
    month, state, sort = month_in(told), words(told, "state"), words(told, "sort")
    if state not in ("", *STATES):
        raise Wrong({"state": [_("One of these: %(names)s.") % {"names": ", ".join(STATES)}]})
    asked = TeamFilter(
        month=month, role=words(told, "role"), department=_id(told, "department"), room=_id(told, "room"), state=state,
        q=words(told, "q").strip()[:60], sort=sort,
    )  # fmt: skip
    team = team_of(user, asked)
    if team.month is None:
        return KeptScore.objects.none()
    roles = dict(team.roles)
    if asked.role and asked.role not in roles:
        raise Wrong({"role": [_("One of these: %(names)s.") % {"names": ", ".join(roles) or "—"}]})
    columns = [*COLUMNS, *(line.kpi for line in (team.card.card.lines if team.card else ()))]
    if sort and asked.column not in columns:
        raise Wrong({"sort": [_("One of these: %(names)s.") % {"names": ", ".join(columns)}]})
    return team.rows.prefetch_related("lines")


def _id(told: Told, name: str) -> int | None:
    return None if told.get(name) in (None, "") else number(told, name)


def _rows(user: User, scores: Sequence[KeptScore]) -> list[Plain]:
    kpis = kpis_of(scores[0].month) if scores else {}
    with numbers.amounts_withheld(not sees_amounts(user)):
        return [_row(score, kpis) for score in scores]


def _row(score: KeptScore, kpis: Mapping[str, Kpi]) -> Plain:
    return {
        "id": score.pk, "month": month_as_text(score.month), "role": score.role, "person": score.person_id,
        "name": score.person.name, "department": score.department.name if score.department else None,
        "room": score.room.name if score.room else None, "main": score.main, "card_version": score.version,
        "sessions": score.sessions, "air_ms": score.air_ms, "planned_ms": score.planned_ms,
        "points": scored(score.points) if score.weights else None, "of": str(score.weights), "waiting": score.waiting,
        "waiting_weight": str(score.waiting_weights), "provisional": score.provisional,
        "immature_until": day(score.immature_until), "newcomer": score.protected,
        "lines": [_line(one, kpis.get(one.kpi)) for one in sorted(score.lines.all(), key=lambda one: one.number)],
    }  # fmt: skip


def _line(line: KeptLine, kpi: Kpi | None) -> Plain:
    value = Value(
        line.kpi, numerator=line.numerator, denominator=line.denominator, missing=line.missing, sessions=line.sessions,
        of_sessions=line.of_sessions, in_part=line.in_part, definition=kpi,
    )  # fmt: skip
    known = kpi is not None and not line.missing
    figures: dict[str, Any] = {
        "value": exact(value.number) if known else None, "numerator": line.top if known else None,
        "denominator": line.bottom if known else None, "target": exact(line.target),
        "attainment": exact(line.attainment),
    }  # fmt: skip
    # of a KPI that nobody knows any more nobody can tell whether its figures are amounts
    unknown = {**dict.fromkeys(figures), "attainment": scored(line.attainment, 3)}
    figures = unknown if kpi is None else withheld(kpi, figures)
    return {
        "number": line.number, "kpi": line.kpi, "weight": str(line.weight), "unit": kpi.unit.value if kpi else None,
        **figures, "points": scored(line.points),
        "waiting": line.waiting or None, "missing": line.missing or None, "sessions": line.sessions,
        "of_sessions": line.of_sessions, "in_part": line.in_part, "provisional": line.provisional,
        "immature_until": day(line.immature_until),
    }  # fmt: skip


TEAM = Kind(
    "team", "a month of everyone in a position, with each line's figures; without a month the newest, without a role "
    "the one with most people", _found, None, asks=("month?", "role?", "department?", "room?", "state?", "q?", "sort?"),
    rows=_rows, shape=ROW, area=Area.SCORES,
)  # fmt: skip

"""What the address of the team's table asks for: month, role, filters, order, page. Anything unknown is nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Exists, F, FilteredRelation, OrderBy, OuterRef, Q, QuerySet

from kaibo.appraisal.models import KeptRoom, KeptScore, KeptState
from kaibo.appraisal.period import month_text
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.measurement.months import month_of
from kaibo.org.access import Circle, people_of, reaching
from kaibo.org.models import PersonAlias

WAITING, PROVISIONAL, IMMATURE, SHARED = "waiting", "provisional", "immature", "shared"
STATES = (WAITING, PROVISIONAL, IMMATURE, SHARED)
# below this measured share of any line a person's figures are mostly shared out
MOSTLY = 0.8
# columns of the score one can sort by: name in the address → field
COLUMNS = {"name": "person__name", "sessions": "sessions", "hours": "air_ms", "points": "points_order"}


@dataclass(frozen=True)
class TeamFilter:
    """`sort`: a column or KPI key, with “-” before it for the largest first; empty: by department, then name."""

    month: date | None = None
    role: str = ""
    department: int | None = None
    room: int | None = None
    state: str = ""
    q: str = ""
    sort: str = ""
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "TeamFilter":
        return cls(
            month=month_of(query.get("month", "")),
            role=query.get("role", "")[:20],
            department=_id(query.get("department")),
            room=_id(query.get("room")),
            state=query.get("state", "") if query.get("state") in STATES else "",
            q=query.get("q", "").strip()[:60],
            sort=query.get("sort", "")[:42],
            page=_id(query.get("page")) or 1,
        )

    def query(self, **changes: object) -> str:
        """The address of another choice. What is filtered or sorted anew begins at its first page."""
        changed = replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]
        told = {field.name: getattr(changed, field.name) for field in fields(changed)}
        told["month"] = month_text(told["month"]) if told["month"] else ""
        told["page"] = told["page"] if told["page"] > 1 else ""
        return "?" + urlencode({name: value for name, value in told.items() if value})

    @property
    def narrows(self) -> bool:
        return bool(self.department or self.room or self.state or self.q)

    @property
    def column(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        return self.sort.startswith("-")


class Wanted(NamedTuple):
    """What chooses the shape of the queries about those whom a filter leaves; the values fill it."""

    circle: Circle
    state: str
    values: dict[str, Any]

    @classmethod
    def of(cls, user: User, asked: TeamFilter) -> "Wanted":
        """Of the month and role asked for."""
        circle, who = reaching(user, Right.SEE_NUMBERS)
        chosen = {"department": asked.department, "room": asked.room, "q": asked.q}
        filled = {name: value for name, value in chosen.items() if value}
        return cls(circle, asked.state, {"month": asked.month, "role": asked.role, **filled, **who})


def visible_scores(circle: Circle, *, month: Any, **who: Any) -> QuerySet[KeptScore]:
    """The kept scores of the month of whom one may see; see `reaching`."""
    scores = KeptScore.objects.filter(month=month, state=KeptState.CURRENT)
    return scores if circle.company else scores.filter(person__in=people_of(circle, **who))


def filtered(
    circle: Circle, state: str, *, role: Any, department: Any = None, room: Any = None, q: Any = None, **values: Any
) -> QuerySet[KeptScore]:
    """What the filter leaves, of the role asked for."""
    scores = visible_scores(circle, **values).filter(role=role)
    if department:
        scores = scores.filter(department=department)
    if room:
        scores = scores.filter(Exists(KeptRoom.objects.filter(score=OuterRef("pk"), account=room)))
    if q:
        aliases = PersonAlias.objects.filter(person=OuterRef("person"), alias__icontains=q)
        scores = scores.filter(Q(person__name__icontains=q) | Exists(aliases))
    by_state = {
        WAITING: Q(waiting__gt=0),
        PROVISIONAL: Q(provisional=True),
        IMMATURE: Q(immature_until__isnull=False),
        SHARED: Q(least_measured__lt=MOSTLY),
    }
    return scores.filter(by_state[state]) if state else scores


def ordered(scores: QuerySet[KeptScore], sort: str) -> QuerySet[KeptScore]:
    """By the column or KPI, unknown last; by department and name where none is given: nobody has a rank."""
    by_name = (F("person__name").asc(), F("pk").asc())
    column = sort.removeprefix("-")
    if column in COLUMNS:
        return scores.order_by(_by(COLUMNS[column], sort), *by_name)
    if column:
        line = FilteredRelation("lines", condition=Q(lines__kpi=column))
        return scores.alias(line=line).order_by(_by("line__order", sort), *by_name)
    return scores.order_by(F("department__name").asc(nulls_last=True), *by_name)


def _by(field: str, sort: str) -> OrderBy:
    return F(field).desc(nulls_last=True) if sort.startswith("-") else F(field).asc(nulls_last=True)


def _id(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None

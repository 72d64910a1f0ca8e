"""What the address of the team's table asks for: month, role, filters, order, page. Anything unknown is nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from urllib.parse import urlencode

from django.db.models import Exists, F, FilteredRelation, OrderBy, OuterRef, Q, QuerySet

from kaibo.appraisal.models import KeptRoom, KeptScore, KeptState
from kaibo.appraisal.period import month_text
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.measurement.months import month_of
from kaibo.org.access import people_within
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


def visible_scores(user: User, month: date) -> QuerySet[KeptScore]:
    """The kept scores of the month of whom this user may see."""
    scores = KeptScore.objects.filter(month=month, state=KeptState.CURRENT)
    if user.reach(Right.SEE_NUMBERS).company:
        return scores
    return scores.filter(person__in=people_within(user, Right.SEE_NUMBERS))


def filtered(scores: QuerySet[KeptScore], asked: TeamFilter) -> QuerySet[KeptScore]:
    """What the filter leaves, of the role asked for."""
    scores = scores.filter(role=asked.role)
    if asked.department:
        scores = scores.filter(department=asked.department)
    if asked.room:
        scores = scores.filter(Exists(KeptRoom.objects.filter(score=OuterRef("pk"), account=asked.room)))
    if asked.q:
        aliases = PersonAlias.objects.filter(person=OuterRef("person"), alias__icontains=asked.q)
        scores = scores.filter(Q(person__name__icontains=asked.q) | Exists(aliases))
    by_state = {
        WAITING: Q(waiting__gt=0),
        PROVISIONAL: Q(provisional=True),
        IMMATURE: Q(immature_until__isnull=False),
        SHARED: Q(least_measured__lt=MOSTLY),
    }
    return scores.filter(by_state[asked.state]) if asked.state else scores


def ordered(scores: QuerySet[KeptScore], asked: TeamFilter, kpis: tuple[str, ...]) -> QuerySet[KeptScore]:
    """By the column asked for, unknown last; by department and name where none is: nobody has a rank."""
    by_name = (F("person__name").asc(), F("pk").asc())
    if asked.column in COLUMNS:
        return scores.order_by(_by(COLUMNS[asked.column], asked), *by_name)
    if asked.column in kpis:
        line = FilteredRelation("lines", condition=Q(lines__kpi=asked.column))
        return scores.alias(line=line).order_by(_by("line__order", asked), *by_name)
    return scores.order_by(F("department__name").asc(nulls_last=True), *by_name)


def _by(field: str, asked: TeamFilter) -> OrderBy:
    return F(field).desc(nulls_last=True) if asked.descending else F(field).asc(nulls_last=True)


def _id(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None

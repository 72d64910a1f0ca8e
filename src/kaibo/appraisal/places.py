"""Where people work in a month: their rooms by time on air, how old those are, their level and stage.

Read only where a card asks for it: its figures or variants differ by that.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Min, Q, QuerySet, Subquery, Sum

from kaibo.appraisal.card import DefaultCard
from kaibo.appraisal.period import bounds
from kaibo.kpi.rules import Benchmarked, By, Line
from kaibo.live.models import Account, RoomCategory, Session
from kaibo.measurement.closed import Closed
from kaibo.measurement.closed_models import Closing
from kaibo.measurement.finders import credits_of_month
from kaibo.measurement.months import next_month
from kaibo.org.access import holding
from kaibo.org.models import WEIGHT, Appointment, StageChange

NEW, MATURE = "new", "mature"
# a room is new for so long after its first broadcast
NEW_FOR = timedelta(days=90)
ROOMS = frozenset({By.ROOM, By.ROOM_AGE, By.CATEGORY})

Keys = Mapping[By, Mapping[str, int]]


@dataclass(frozen=True)
class Places:
    """`of_roles`: by (person, crew role), `of_people`: by person, whatever they do."""

    of_roles: Mapping[tuple[int, str], Keys] = field(default_factory=dict)
    of_people: Mapping[int, Keys] = field(default_factory=dict)

    def of(self, person: int, role: str) -> Keys:
        return {**self.of_people.get(person, {}), **self.of_roles.get((person, role), {})}


def asked_by(line: Line) -> set[By]:
    """What a line's figures and variants hang on."""
    rules = [line.rule, *(one.rule for one in line.variants), line.newcomer.rule if line.newcomer else None]
    tables = [line.targets, *(rule.benchmark for rule in rules if isinstance(rule, Benchmarked))]
    return {one.by for one in line.variants} | {table.by for table in tables if table is not None and table.by}


def places_of(people: Sequence[int], month: date, cards: Iterable[DefaultCard], closed: Closed) -> Places:
    """No query where no card asks for anything; else at most one for each thing that is asked for."""
    asked = set().union(*(asked_by(line) for card in cards for line in card.card.lines))
    of_people: dict[int, dict[By, Mapping[str, int]]] = defaultdict(dict)
    last = next_month(month) - timedelta(days=1)
    if By.LEVEL in asked:
        for person, level in _levels(people, month, closed).items():
            of_people[person][By.LEVEL] = {level: 1}
    if By.STAGE in asked:
        changes = StageChange.objects.filter(person__in=people, day__lte=last).order_by("day", "pk")
        if month in closed:
            changes = changes.filter(made_at__lte=_closed_at(closed, month))
        for person, stage in changes.values_list("person", "stage"):
            of_people[person][By.STAGE] = {stage: 1}
    return Places(_rooms(people, month, asked, closed) if ROOMS & asked else {}, of_people)


def levels_in(month: date) -> dict[int, str]:
    """Person → the level of the main position that they hold on the month's last day, as it is known now. One query."""
    return _told_of(Appointment.objects.filter(holding(next_month(month) - timedelta(days=1))))


def _levels(people: Sequence[int], month: date, closed: Closed) -> dict[int, str]:
    """The same of these people; of a closed month as it was then.

    One that was closed before levels were kept knows what had been written down by then, and no level that a position
    had before.
    """
    if month in closed and (kept := closed[month].frozen.get("levels")) is not None:
        return {person: kept[str(person)] for person in people if str(person) in kept}
    held = Appointment.objects.filter(holding(next_month(month) - timedelta(days=1)), person__in=people)
    if month in closed:
        held = held.filter(Q(made_at=None) | Q(made_at__lte=_closed_at(closed, month)))
    return _told_of(held)


def _told_of(held: QuerySet[Appointment]) -> dict[int, str]:
    return dict(held.order_by(WEIGHT, "start", "pk").values_list("person", "position__level"))


def _rooms(people: Sequence[int], month: date, asked: set[By], closed: Closed) -> Mapping[tuple[int, str], Keys]:
    on_air = credits_of_month(month, closed).filter(person__in=people, measure="air_ms").order_by()
    time = list(on_air.values_list("person", "role", "session__account").annotate(Sum("amount")))
    accounts = {account for _person, _role, account, _time in time}
    names = {
        pk: f"{platform}:{handle}"
        for pk, platform, handle in Account.objects.filter(pk__in=accounts).values_list("pk", "platform", "handle")
    }
    begun = _begun(accounts, month, closed) if By.ROOM_AGE in asked else {}
    sells = _categories(accounts, month, closed) if By.CATEGORY in asked else {}
    found: dict[tuple[int, str], dict[By, dict[str, int]]] = {}
    for person, role, account, length in time:
        keys = found.setdefault((person, role), {By.ROOM: {}, By.ROOM_AGE: {}, By.CATEGORY: {}})
        age = MATURE if is_mature(begun.get(account), month) else NEW
        for by, key in ((By.ROOM, names.get(account, "")), (By.ROOM_AGE, age), (By.CATEGORY, sells.get(account, ""))):
            keys[by][key] = keys[by].get(key, 0) + length
    return found


def is_mature(begun: datetime | None, month: date) -> bool:
    """Whether a room that was first on air then is no new one any more when the month begins."""
    return begun is not None and begun + NEW_FOR <= bounds(month)[0]


def asks_age(cards: Iterable[DefaultCard]) -> bool:
    """Whether any figure or variant of these cards differs by how old a room is."""
    return any(By.ROOM_AGE in asked_by(line) for card in cards for line in card.card.lines)


def first_broadcasts(accounts: Collection[int] | None = None) -> dict[int, datetime]:
    """Room → when it was first on air, of these rooms or of all; one query."""
    there = Session.objects.filter(gone=False)
    if accounts is not None:
        there = there.filter(account__in=accounts)
    return dict(there.order_by().values_list("account").annotate(Min("start")))


def _begun(accounts: Collection[int], month: date, closed: Closed) -> Mapping[int, datetime]:
    """The same as the month's scores rest on it; of a closed month as it was known when it was closed."""
    kept = closed[month].frozen.get("first_broadcasts") if month in closed else None
    if kept is None:
        return first_broadcasts(accounts)
    return {int(room): datetime.fromisoformat(at) for room, at in kept.items()}


def _categories(accounts: Collection[int], month: date, closed: Closed) -> Mapping[int, str]:
    """Room → what it sells in the month; of a closed month as it was known when it was closed."""
    rows = RoomCategory.objects.filter(account__in=accounts, since__lte=month).order_by("since", "pk")
    if month in closed:
        rows = rows.filter(made_at__lte=_closed_at(closed, month))
    return dict(rows.values_list("account", "category"))


def _closed_at(closed: Closed, month: date) -> Subquery:
    """What is said later changes no closed month."""
    return Subquery(Closing.objects.filter(pk=closed[month].id).values("closed_at"))

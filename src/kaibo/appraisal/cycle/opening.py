"""Who is reviewed in a month: everyone who held a position with a card, or was on shift in one."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Min, Q
from django.db.models.functions import Coalesce

from kaibo.appraisal.cycle.managers import managers
from kaibo.appraisal.cycle.models import Cycle
from kaibo.appraisal.cycle.review_models import Review
from kaibo.appraisal.models import KeptScore, KeptState
from kaibo.appraisal.month_data import cards_of
from kaibo.kpi.due import length
from kaibo.live.business_days import business_start
from kaibo.live.instants import to_ms
from kaibo.live.models import Shift, ShiftState
from kaibo.measurement.months import next_month
from kaibo.org.models import WEIGHT, Appointment, Department, Departure, Person, Position


@dataclass(frozen=True)
class Asked:
    """Whom a bulk opening is for; empty: everyone. Departments count with those below them."""

    departments: frozenset[int] = frozenset()
    roles: frozenset[str] = frozenset()
    people: frozenset[int] = frozenset()

    def plain(self) -> dict[str, list[int] | list[str]]:
        return {
            "departments": sorted(self.departments), "roles": sorted(self.roles), "people": sorted(self.people),
        }  # fmt: skip


@dataclass
class Candidate:
    """Somebody to be reviewed in a position; see Review for the fields."""

    person: int
    role: str
    position: int | None
    department: int | None
    main: bool = False
    joined_on: date | None = None
    left_on: date | None = None


@dataclass(frozen=True)
class Found:
    """`without_card`: people whose positions have no card, and who are therefore not among the candidates."""

    candidates: Sequence[Candidate]
    without_card: frozenset[int] = field(default_factory=frozenset)


def candidates(month: date, asked: Asked | None = None) -> Found:
    """Everyone to be reviewed, in a position each. Six queries and those of the cards, however many people."""
    asked = asked or Asked()
    roles = frozenset(cards_of(month))
    last = next_month(month) - date.resolution
    during = Q(start__lte=last) & (Q(end__isnull=True) | Q(end__gt=month))
    rows = Appointment.objects.filter(during)
    if asked.people:
        rows = rows.filter(person__in=asked.people)
    held = list(
        rows.order_by(WEIGHT.desc(), "-start", "pk").values_list(
            "person", "position", "position__key", "department", "start", "end"
        )
    )
    firsts = _first_days(month, last)
    departures = Departure.objects.filter(day__gt=month, day__lte=last, back_on=None).order_by("day")
    gone = dict(departures.values_list("person", "day"))
    # what they held at the month's end goes before what they held earlier in it
    held.sort(key=lambda row: row[5] is not None and row[5] <= last)
    homes: dict[int, tuple[int, int]] = {}
    found: dict[tuple[int, str], Candidate] = {}
    for person, position, key, department, _start, _end in held:
        homes.setdefault(person, (position, department))
        if key in roles:
            found.setdefault((person, key), Candidate(person, key, position, department))
    positions = dict(Position.objects.values_list("key", "pk"))
    for person, role, main, air_ms, there in _kept(month, asked):
        if (person, role) not in found and (main or air_ms):
            home = homes.get(person)
            found[person, role] = Candidate(person, role, positions.get(role), home[1] if home else there)
    _set_main(found.values(), {person: position for person, (position, _department) in homes.items()})
    for one in found.values():
        one.joined_on, one.left_on = firsts.get(one.person), gone.get(one.person)
    with_card = {person for person, _role in found}
    chosen = _chosen(found.values(), asked)
    return Found(chosen, frozenset(homes.keys() - with_card) if not asked.roles else frozenset())


def _first_days(month: date, last: date) -> Mapping[int, date]:
    """Who came inside the month, and when."""
    begun = Appointment.objects.order_by().values("person").annotate(first=Min("start"))
    return dict(begun.filter(first__gt=month, first__lte=last).values_list("person", "first"))


def _kept(month: date, asked: Asked) -> Iterable[tuple[int, str, bool, int | None, int | None]]:
    rows = KeptScore.objects.filter(month=month, state=KeptState.CURRENT)
    if asked.people:
        rows = rows.filter(person__in=asked.people)
    return rows.order_by("person", "-main", "pk").values_list("person", "role", "main", "air_ms", "department")


def _set_main(found: Iterable[Candidate], homes: Mapping[int, int]) -> None:
    """One main review a person: that of the main position, else the first one found."""
    by_person: dict[int, list[Candidate]] = {}
    for one in found:
        by_person.setdefault(one.person, []).append(one)
    for theirs in by_person.values():
        first = next((one for one in theirs if one.position == homes.get(one.person)), theirs[0])
        for one in theirs:
            one.main = one is first


def _chosen(found: Iterable[Candidate], asked: Asked) -> list[Candidate]:
    wanted = sorted(found, key=lambda one: (one.person, not one.main, one.role))
    if asked.roles:
        wanted = [one for one in wanted if one.role in asked.roles]
    if asked.departments:
        below = _below(asked.departments)
        wanted = [one for one in wanted if one.department in below]
    return wanted


def _below(departments: Collection[int]) -> set[int]:
    """These departments and all below them."""
    children: dict[int | None, list[int]] = {}
    for pk, parent in Department.objects.values_list("pk", "parent"):
        children.setdefault(parent, []).append(pk)
    todo, seen = list(departments), set[int]()
    while todo:
        one = todo.pop()
        if one not in seen:
            seen.add(one)
            todo += children.get(one, [])
    return seen


@dataclass(frozen=True)
class Outside:
    """People who are in no review of a cycle: `can_join` in a position, by its key; the others have no scorecard."""

    can_join: Sequence[tuple[Person, str]]
    without_card: Sequence[Person]


def outside(cycle: Cycle) -> Outside:
    """By name."""
    found = candidates(cycle.month)
    there = set(Review.objects.filter(cycle=cycle).values_list("person", "role"))
    titles = {one.key: one.title for one in Position.objects.all()}
    missing = [one for one in found.candidates if (one.person, one.role) not in there]
    named = Person.objects.in_bulk({*found.without_card, *(one.person for one in missing)})
    join = [(named[one.person], titles.get(one.role, one.role)) for one in missing]
    return Outside(
        sorted(join, key=lambda pair: (pair[0].name, pair[1])),
        sorted((named[pk] for pk in found.without_card), key=lambda one: one.name),
    )


def reviews_for(cycle: Cycle, found: Sequence[Candidate]) -> list[Review]:
    """Unsaved reviews of whoever has none in the cycle, with their managers as of the month's last day."""
    there = set(Review.objects.filter(cycle=cycle).values_list("person", "role"))
    fresh = [one for one in found if (one.person, one.role) not in there]
    if not fresh:
        return []
    chain = managers(cycle.last_day)
    return [
        Review(
            cycle=cycle, person_id=one.person, role=one.role, position_id=one.position, department_id=one.department,
            reviewer_id=chain.of(one.person, one.department), main=one.main, joined_on=one.joined_on,
            left_on=one.left_on,
        )
        for one in fresh
    ]  # fmt: skip


def shares(month: date, people: Collection[int]) -> Mapping[tuple[int, str], int]:
    """(person, crew role) → confirmed shift time in ms, overlaps once. Shifts of the month by their business date."""
    start, end = business_start(month), business_start(next_month(month))
    confirmed = Shift.objects.filter(state=ShiftState.CONFIRMED).annotate(
        begins=Coalesce("planned_start", "confirmed_start")
    )
    confirmed = confirmed.filter(begins__gte=start, begins__lt=end)
    spans: dict[tuple[int, str], list[tuple[int, int]]] = {}
    rows = confirmed.filter(person__in=people).order_by("confirmed_start")
    for person, role, begin, until in rows.values_list("person", "role", "confirmed_start", "confirmed_end"):
        if begin and until:
            spans.setdefault((person, role), []).append((to_ms(begin), to_ms(until)))
    return {key: length(found) for key, found in spans.items()}

"""What changed since a month was closed: by person, role and KPI, shown beside and counted nowhere. Web process.

Of whom the reader sees numbers; how many others' figures would differ is all that is said of those.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import Q

from kaibo.appraisal import wording
from kaibo.appraisal.roles import title_of
from kaibo.kpi.measures import Unit
from kaibo.kpi.values import Value
from kaibo.live.due import due_shifts
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look import numbers
from kaibo.measurement.broadcast_plan import groups_then, plan_of
from kaibo.measurement.covered import coverage
from kaibo.measurement.finders import in_pieces, parts
from kaibo.measurement.models import Closing, ClosingState, ComputationState, Credit
from kaibo.measurement.months import next_month
from kaibo.measurement.named import named_of
from kaibo.measurement.person_values import OF_SESSIONS, kpi_values, of_people, values_from
from kaibo.measurement.planned import due_ms, planned_on, room_platforms
from kaibo.org.access import people_within
from kaibo.org.models import Person

Values = Mapping[tuple[int, str], Mapping[str, Value]]


@dataclass(frozen=True)
class Change:
    """One KPI of one person in one role: as closed, as it would be now, and the difference where both are numbers."""

    person: Person
    role: str
    kpi: str
    closed: str
    now: str
    difference: str


def values_now(closing: Closing) -> Values:
    """The KPI values that the month would have if it were open."""
    month, after = closing.month, next_month(closing.month)
    inside = Q(date__gte=month, date__lt=after)
    computation = closing.candidate or closing.computation
    others = Q(computation__state=ComputationState.CURRENT) & ~Q(computation=closing.computation)
    credits = Credit.objects.filter(inside & (Q(computation=computation) | others), person__isnull=False)
    found = of_people(in_pieces(parts(credits, *OF_SESSIONS), credits, *OF_SESSIONS))
    named = named_of(list(Person.objects.values_list("pk", flat=True)), month, computation)
    due = due_shifts(month, after)
    shows = plan_of(due, groups_then(month)).counts()
    return values_from(
        found, due_ms(due), coverage({}), month, named=named, broadcasts=shows, on=planned_on(due, room_platforms())
    )


@dataclass(frozen=True)
class Changes:
    """`rows` by person; `others`: how many people besides would have other figures, whose numbers one does not see."""

    rows: Sequence[Change] = ()
    others: int = 0


def changes(closing: Closing, user: User) -> Changes:
    """Every value that would differ of whose numbers this user sees; empty where nothing would."""
    if closing.state != ClosingState.CLOSED:
        return Changes()
    people = {person.pk: person for person in Person.objects.all()}
    was, now = kpi_values(people.values(), closing.month), values_now(closing)
    found = [
        (*key, kpi)
        for key in was.keys() | now.keys()
        for kpi in {*was.get(key, {}), *now.get(key, {})}
        if _number(was.get(key, {}).get(kpi)) != _number(now.get(key, {}).get(kpi))
    ]
    seen, with_amounts = (_whose(user, right) for right in (Right.SEE_NUMBERS, Right.SEE_MONEY))
    rows = []
    for person, role, kpi in found:
        if person in seen:
            with numbers.amounts_withheld(person not in with_amounts):
                key = person, role
                rows.append(_change(people[person], role, was.get(key, {}).get(kpi), now.get(key, {}).get(kpi)))
    others = len({person for person, _role, _kpi in found} - seen)
    return Changes(tuple(sorted(rows, key=lambda one: (one.person.name, one.role, one.kpi))), others)


def _whose(user: User, right: Right) -> set[int]:
    """The people over whom the user holds the right to read, oneself among them; none where a token lacks it."""
    return set() if right in user.withheld else set(people_within(user, right).values_list("pk", flat=True))


def _number(value: Value | None) -> Fraction | None:
    return None if value is None else value.number


def _change(person: Person, role: str, was: Value | None, now: Value | None) -> Change:
    before, after = _number(was), _number(now)
    declared = (was or now).declared  # type: ignore[union-attr]
    untold = before is None or after is None or (declared.unit is Unit.MONEY and numbers.withholds_amounts())
    apart = "" if untold else wording.figure(declared.unit, after - before)  # type: ignore[operator]
    rises = before is not None and after is not None and after > before
    return Change(
        person, title_of(role), wording.title(declared), _text(was), _text(now),
        f"+{apart}" if apart and rises else apart,
    )  # fmt: skip


def _text(value: Value | None) -> str:
    return numbers.MISSING if value is None or value.number is None else wording.value_text(value)

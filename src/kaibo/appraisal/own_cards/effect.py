"""What a draft would change: months as they were kept, scored once more under it. Nothing of it is written."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from django.db.models import Q

from kaibo.appraisal.card import DefaultCard
from kaibo.appraisal.cards import cards_in
from kaibo.appraisal.models import KeptLine, KeptMonth, KeptScore, KeptState
from kaibo.appraisal.month import MyMonth, month_from
from kaibo.appraisal.month_data import read
from kaibo.appraisal.own_cards.outcomes import NOTHING, Whole, called, whole_of, written_in
from kaibo.appraisal.roles import has_shifts
from kaibo.kpi.scoring import attainment
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look import numbers
from kaibo.measurement.closed import closed_months
from kaibo.measurement.holdings import holdings_in
from kaibo.org.access import people_within
from kaibo.org.models import Person

# people scored anew for one page; more of them would take too long
MOST = 60
NEWEST = 3
EDGES = (60, 70, 80, 90, 100)


@dataclass(frozen=True)
class Change:
    """A person under both cards: points per 100 of the weight that counts, None where nothing counts.

    Grades by their key and their title. With what is outside the hundred; `bare`: without, since under one of the cards
    nobody has said how often.
    """

    person: Person
    now: Fraction | None
    draft: Fraction | None
    grade_now: str = ""
    grade: str = ""
    bare: bool = False
    title_now: str = ""
    title: str = ""

    @property
    def by(self) -> Fraction | None:
        return None if self.now is None or self.draft is None else self.draft - self.now


@dataclass(frozen=True)
class Effect:
    """`coefficients`: Σ of the coefficients now and under the draft, of those whose are known under both.

    `of`: of how many people that is; `lacking`: what nobody has said → of how many people.
    """

    month: date
    role: str
    changes: Sequence[Change]
    left_out: int
    coefficients: tuple[Fraction | None, Fraction | None]
    of: int = 0
    lacking: Mapping[str, int] = field(default_factory=dict)

    @property
    def gains(self) -> list[Change]:
        return [one for one in self.changes if one.by is not None and one.by > 0]

    @property
    def loses(self) -> list[Change]:
        return [one for one in self.changes if one.by is not None and one.by < 0]

    @property
    def same(self) -> list[Change]:
        return [one for one in self.changes if one.by == 0]

    @property
    def unknown(self) -> list[Change]:
        return [one for one in self.changes if one.by is None]

    def spread(self) -> list[tuple[str, int, int]]:
        """How many have so many points per 100: now, under the draft. Everybody once: what is outside the 100 may take
        somebody below 0, and whoever has no points stands under —.
        """
        columns = ([c.now for c in self.changes], [c.draft for c in self.changes])
        found = []
        for low, high in zip((None, *EDGES), (*EDGES, None), strict=True):
            held = [
                sum(1 for p in points if p is not None and (low is None or p >= low) and (high is None or p < high))
                for points in columns
            ]
            name = f"< {high}" if low is None else f"{low}–{high}" if high else f"≥ {low}"
            found.append((name, held[0], held[1]))
        unknown = [sum(p is None for p in points) for points in columns]
        return found if not any(unknown) else [*found, (numbers.MISSING, unknown[0], unknown[1])]

    @property
    def highest(self) -> int:
        """Most people in one row of `spread`: the length of a whole bar."""
        return max((n for _name, *counts in self.spread() for n in counts), default=0)


@dataclass(frozen=True)
class Months:
    """Months to try a draft on, newest first. `unfinished`: month → until when its data reach, which is not its end."""

    every: Sequence[date]
    unfinished: Mapping[date, datetime]

    @property
    def complete(self) -> list[date]:
        return [one for one in self.every if one not in self.unfinished]

    def chosen(self, asked: date | None = None) -> date | None:
        """The one that was asked for; else the newest that is complete, else the newest."""
        return asked if asked in self.every else next(iter([*self.complete, *self.every]), None)


def months_kept(role: str) -> Months:
    """The newest three that are complete and have scores of the role, and those after them that still run; of a
    position that had no card yet the newest kept. Two queries, three without a card.
    """
    kept = KeptScore.objects.filter(role=role, state=KeptState.CURRENT).order_by("-month")
    months = list(kept.values_list("month", flat=True).distinct()[: NEWEST + 1])
    if not months and not has_shifts(role):
        newest = KeptMonth.objects.exclude(kept_at=None).order_by("-month")
        months = list(newest.values_list("month", flat=True)[: NEWEST + 1])
    running = KeptMonth.objects.filter(month__in=months, is_over=False, until__isnull=False) if months else ()
    unfinished = {one.month: one.until for one in running if one.until is not None}
    found = Months(months, unfinished)
    if len(found.complete) > NEWEST:
        found = Months([one for one in months if one >= found.complete[NEWEST - 1]], unfinished)
    return found


def seen_by(user: User, role: str, month: date) -> Sequence[Person]:
    """By name those whose figures the user may see, of whoever has a score or held a position without shifts."""
    kept = KeptScore.objects.filter(role=role, state=KeptState.CURRENT, month=month)
    theirs = Q(pk__in=kept.values("person"))
    if not has_shifts(role):
        theirs |= Q(pk__in=[one.person for one in holdings_in(month, closed_months()) if one.position == role])
    return list(people_within(user, Right.SEE_NUMBERS).filter(theirs).order_by("name", "pk"))


def effect(user: User, draft: DefaultCard, people: Sequence[Person], month: date) -> Effect:
    """Everyone's month under the card it was scored by and under the draft, with what `user` may read of reviews."""
    chosen = list(people[:MOST])
    data = read(chosen, month)
    under = read(chosen, month, cards={**data.cards, draft.role: draft})
    written = written_in(user, month, draft.role)
    changes: list[Change] = []
    paid: list[tuple[Fraction | None, Fraction | None]] = []
    lacking: Counter[str] = Counter()
    for person in chosen:
        now, new = (month_from(one, person, role=draft.role) for one in (data, under))
        if new.role != draft.role:
            continue
        said = written.get(person.pk) or {}
        # a position that had no card has no points now
        was = whole_of(data, now, said) if now.role == draft.role else NOTHING
        would = whole_of(under, new, said)
        bare = was.score is None or would.score is None
        points = (was.hundred, would.hundred) if bare else (was.score, would.score)
        changes.append(Change(person, *points, was.grade, would.grade, bare, was.title, would.title))
        paid.append((was.coefficient, would.coefficient))
        lacking.update({*(called(now.card, key) for key in was.lacking if now.card),
                        *(called(draft, key) for key in would.lacking)})  # fmt: skip
    return Effect(month, draft.role, changes, len(people) - len(chosen), *_paid(paid), lacking)


def _paid(
    coefficients: Sequence[tuple[Fraction | None, Fraction | None]],
) -> tuple[tuple[Fraction | None, Fraction | None], int]:
    """Σ under both cards and of how many: those that have one under both, else under the draft alone."""
    both = [(now, new) for now, new in coefficients if now is not None and new is not None]
    if both:
        return (sum((now for now, _ in both), Fraction(0)), sum((new for _, new in both), Fraction(0))), len(both)
    new_ones = [new for _, new in coefficients if new is not None]
    return (None, sum(new_ones, Fraction(0)) if new_ones else None), len(new_ones)


@dataclass(frozen=True)
class Under:
    """A month as it was, and under a draft, each with what it comes to. Of a position without a card it was nothing."""

    now: MyMonth
    draft: MyMonth
    was: Whole
    would: Whole


def under_draft(user: User, draft: DefaultCard, person: Person, month: date) -> Under:
    """A real person's month under both, with what `user` may read of their review."""
    data = read([person], month)
    under = read([person], month, cards={**data.cards, draft.role: draft})
    now, new = (month_from(one, person, role=draft.role) for one in (data, under))
    said = written_in(user, month, draft.role).get(person.pk) or {}
    was = whole_of(data, now, said) if now.role == draft.role else NOTHING
    return Under(now, new, was, whole_of(under, new, said))


def never_met(draft: DefaultCard, months: Sequence[date]) -> Mapping[str, int]:
    """Item → how many values there were, of those whose own target nobody met in these months; none where none were.

    Values that were kept, and of KPIs that the card is new to those that the months have: at most `MOST` people each.
    """
    wanted = {line.kpi: line for line in draft.card.lines if line.needs_target and line.target}
    kept = list(_kept_values(draft, months, wanted))
    known = {key for key, _number in kept}
    beyond = _new_values(draft, months, wanted.keys() - known) if wanted.keys() - known else []
    met: dict[str, bool] = {}
    count: dict[str, int] = {}
    for key, number in (*kept, *beyond):
        kpi, target = draft.known_kpis[key], wanted[key].target
        assert target is not None  # noqa: S101 -- only such are wanted
        reached = attainment(kpi.direction, number, target)
        count[key] = count.get(key, 0) + 1
        met[key] = met.get(key, False) or reached is None or reached >= 1
    return {key: count[key] for key, ever in met.items() if not ever}


def _kept_values(draft: DefaultCard, months: Sequence[date], wanted: Collection[str]) -> Iterator[tuple[str, Fraction]]:
    kept = KeptLine.objects.filter(
        score__role=draft.role, score__state=KeptState.CURRENT, score__month__in=months, kpi__in=wanted,
        top__isnull=False,
    )  # fmt: skip
    for key, top, bottom in kept.values_list("kpi", "top", "bottom"):
        kpi = draft.known_kpis.get(key)
        if kpi is not None and top is not None and (bottom or not kpi.denominator):
            yield key, Fraction(top * kpi.scale, bottom if kpi.denominator else 1)


def _new_values(draft: DefaultCard, months: Sequence[date], wanted: Collection[str]) -> Iterator[tuple[str, Fraction]]:
    for month in months:
        kept = KeptScore.objects.filter(role=draft.role, state=KeptState.CURRENT, month=month)
        people = list(Person.objects.filter(pk__in=kept.values("person")).order_by("pk")[:MOST])
        data = read(people, month, cards={**cards_in(month), draft.role: draft})
        for person in people:
            for line in month_from(data, person, role=draft.role).lines:
                if line.line.kpi in wanted and line.value.number is not None:
                    yield line.line.kpi, line.value.number

"""Kept scores and cycles for tests: rows as the keeping writes them, the rest through the verbs."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from django.utils import timezone

from kaibo.appraisal.actions import advance_cycle, compute_cycle, import_cards, open_cycle, publish_card
from kaibo.appraisal.cycle import stages
from kaibo.appraisal.cycle.computing import compute
from kaibo.appraisal.cycle.opening import Asked
from kaibo.appraisal.models import Cycle, CycleRun, CycleState, KeptLine, KeptMonth, KeptScore, KeptState, Review
from kaibo.appraisal.month_data import cards_of
from kaibo.jobs.queue import Progress
from kaibo.login.models import User
from kaibo.org.models import Person

OCTOBER = date(2026, 10, 1)


def kept(
    person: Person, role: str, points: Sequence[Fraction | int | None], *, month: date = OCTOBER, digest: str = "1",
    main: bool = True,
) -> KeptScore:  # fmt: skip
    """A kept score with a line of weight 20 a number; None: it waits for data."""
    KeptMonth.objects.get_or_create(month=month, defaults={"ground": "g", "is_over": True})
    KeptScore.objects.filter(month=month, person=person, role=role).delete()
    known = [Fraction(one) for one in points if one is not None]
    card = cards_of(month).get(role)
    score = KeptScore.objects.create(
        month=month, person=person, role=role, state=KeptState.CURRENT, run="r", digest=digest, main=main,
        version=card.version if card else 1,
        sessions=4, air_ms=3_600_000, points=sum(known, Fraction(0)), weights=Decimal(20 * len(known)),
        waiting_weights=Decimal(20 * (len(points) - len(known))), waiting=len(points) - len(known), provisional=False,
    )  # fmt: skip
    KeptLine.objects.bulk_create(
        KeptLine(
            score=score, month=month, number=number, kpi=f"kpi_{number}", weight=Decimal(20),
            numerator={"measured": 7 * number},
            top=None if one is None else 7 * number, missing="" if one is not None else "no_report",
            waiting="" if one is not None else "no_report", points=None if one is None else Fraction(one),
        )
        for number, one in enumerate(points, 1)
    )  # fmt: skip
    return score


def rated_card(by: User, role: str, **items: dict[str, int]) -> None:
    """A scorecard of the team's, in use since January: 80 by a KPI, and items of 20 together that these kinds rate."""
    share = 20 // len(items)
    text = [
        f'[[card]]\nrole = "{role}"\nversion = 1\n[[card.line]]\nkpi = "late_times"\nweight = 80\n'
        'rule = { form = "per_occurrence", start = "80", each = "-1", floor = "0", cap = "80" }\n'
    ]
    for key, raters in items.items():
        told = ", ".join(f'{{ rater = "{kind}", weight = "{weight}" }}' for kind, weight in raters.items())
        text.append(
            f'[[card.rated]]\nkey = "{key}"\nweight = {share}\nzh = "{key}"\nen = "{key}"\nraters = [{told}]\n'
            f'anchors = [{{ points = "{share}", zh = "好", en = "Good" }}, {{ points = "0", zh = "差", en = "Bad" }}]\n'
        )
    draft = import_cards(by=by, text="\n".join(text))[0]
    publish_card(by=by, draft=draft, since=date(2026, 1, 1), replace=True)


def opened(by: User | None, *, month: date = OCTOBER, asked: Asked | None = None) -> Cycle:
    """A cycle of the month by the template, deadlines from today on."""
    found = stages.template()
    pay_on = stages.pay_date(found, month, timezone.localdate() + timedelta(days=1))
    return open_cycle(by=by, month=month, pay_on=pay_on, deadlines=stages.deadlines(found, pay_on), asked=asked)


def computed(cycle: Cycle, *, by: User | None = None, reason: str = "") -> CycleRun:
    """Compute it here and now, as the worker does."""
    run = compute_cycle(by=by, cycle=cycle, reason=reason)
    compute(Progress(), cycle.pk, run.pk)
    run.refresh_from_db()
    cycle.refresh_from_db()
    return run


def went_to(cycle: Cycle, state: CycleState) -> None:
    """On, stage by stage, by nobody in particular."""
    while cycle.state != state:
        advance_cycle(by=None, cycle=cycle)
        cycle.refresh_from_db()


def review_of(cycle: Cycle, person: Person, role: str = "") -> Review:
    """The person's review in the cycle; `role`: of several, that of this position."""
    found = Review.objects.filter(cycle=cycle, person=person)
    return (found.filter(role=role) if role else found).get()

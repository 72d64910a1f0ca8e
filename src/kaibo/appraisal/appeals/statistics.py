"""How often whose ratings and which rules are appealed against, and how often rightly; counts, never a ranking."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from kaibo.appraisal.appeals.models import Appeal, AppealRound, AppealState, Verdict
from kaibo.appraisal.appeals.page import title_of
from kaibo.appraisal.cycle.graded import with_terms
from kaibo.appraisal.cycle.review_models import Review, ReviewLine


@dataclass
class Tally:
    """`of`: published reviews of the rater, or published lines under the rule."""

    title: str
    note: str = ""
    of: int = 0
    made: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)
    pending: int = 0
    withdrawn: int = 0

    @property
    def granted(self) -> int:
        return self.verdicts.get(Verdict.GRANTED, 0)

    @property
    def partly(self) -> int:
        return self.verdicts.get(Verdict.PARTLY, 0)

    @property
    def refused(self) -> int:
        return self.verdicts.get(Verdict.REFUSED, 0)

    @property
    def upheld(self) -> int:
        return self.granted + self.partly

    def add(self, state: str, verdict: str) -> None:
        self.made += 1
        if state == AppealState.WITHDRAWN:
            self.withdrawn += 1
        elif state == AppealState.DECIDED:
            self.verdicts[verdict] = self.verdicts.get(verdict, 0) + 1
        else:
            self.pending += 1


@dataclass(frozen=True)
class Statistics:
    """In the order of names."""

    raters: list[Tally]
    rules: list[Tally]
    total: Tally


def statistics(month: date | None = None) -> Statistics:
    """Of one cycle's month, or of all; five queries. An appeal counts by the last decision on it."""
    reviews = Review.objects.filter(version__gt=0, dropped_at=None)
    appeals = Appeal.objects.all()
    if month is not None:
        reviews, appeals = reviews.filter(cycle__month=month), appeals.filter(review__cycle__month=month)
    last = dict(AppealRound.objects.filter(appeal__in=appeals).order_by("level").values_list("appeal", "verdict"))
    raters: dict[int, Tally] = {}
    rated = reviews.order_by().values("reviewer", "reviewer__name").annotate(n=Count("pk"))
    for row in rated:
        raters[row["reviewer"] or 0] = Tally(row["reviewer__name"] or _("No rater"), of=row["n"])
    rules: dict[tuple[str, str], Tally] = {}
    total = Tally("", of=sum(one.of for one in raters.values()))
    chosen = list(appeals.select_related("review", "line"))
    with_terms([appeal.review for appeal in chosen if appeal.part])
    of_rule = _lines(month, {appeal.line.key for appeal in chosen if appeal.line})
    of_role = dict(reviews.order_by().values_list("role").annotate(n=Count("pk"))) if chosen else {}
    for appeal in chosen:
        verdict = last.get(appeal.pk, "")
        rule = (appeal.review.role, appeal.key)
        if rule not in rules:
            of = of_rule.get(rule, 0) if appeal.line else of_role.get(appeal.review.role, 0)
            rules[rule] = Tally(title_of(appeal), appeal.review.card, of)
        for count in (raters.setdefault(appeal.review.reviewer_id or 0, Tally(_("No rater"))), rules[rule], total):
            count.add(appeal.state, verdict)
    asked = [one for one in raters.values() if one.made]
    return Statistics(_by_name(asked), _by_name(rules.values()), total)


def _lines(month: date | None, keys: set[str]) -> dict[tuple[str, str], int]:
    there = ReviewLine.objects.filter(
        Q(review__version__gt=0, review__dropped_at=None, gone=False), key__in=keys
    )  # fmt: skip
    if month is not None:
        there = there.filter(review__cycle__month=month)
    found = there.order_by().values_list("review__role", "key").annotate(n=Count("pk"))
    return {(role, key): n for role, key, n in found}


def _by_name(found: Iterable[Tally]) -> list[Tally]:
    return sorted(found, key=lambda one: (one.title, one.note))

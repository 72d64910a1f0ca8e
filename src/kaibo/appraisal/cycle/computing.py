"""Computing a cycle: its reviews copy the month's kept scores, in bulk; what differs from before is written down.

Each review is whole at any moment; a run that was interrupted is repeated, and finds what it has done already.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.appraisal.cards import DefaultCard
from kaibo.appraisal.cycle import opening, writing
from kaibo.appraisal.cycle.copying import KEPT, WRITTEN, beside, digest, lines_of
from kaibo.appraisal.cycle.models import Cycle, CycleRun, CycleState, CycleStep
from kaibo.appraisal.cycle.rating import Given, handed_in, points_of, shares, shares_of
from kaibo.appraisal.cycle.review_models import CardTerms, ChangeKind, LineKind, Review, ReviewChange, ReviewLine
from kaibo.appraisal.cycle.scores import SUMS, differences, sum_up, told_sums
from kaibo.appraisal.cycle.terms import kept_terms
from kaibo.appraisal.models import KeptLine, KeptMonth, KeptScore, KeptState
from kaibo.appraisal.month_data import cards_of
from kaibo.appraisal.roles import has_shifts
from kaibo.facts.collecting import uncollected
from kaibo.jobs.queue import Progress
from kaibo.kpi.scoring import NOT_RATED

KIND = "compute_cycle"
# reviews copied in one transaction
CHUNK = 800
LINE_COLUMNS = (*WRITTEN, "left_out", "without")
REVIEW_COLUMNS = (*SUMS, "digest", "protected", "card", "card_version", "computed_at", "terms", "beside")
COMPARED = ("top", "bottom", "target", "weight", "missing", "points")
# why a line is another one than before, in this order
CARD, TARGET, DATA, FIGURES, RULE, KEPT_BY_HAND = "card", "target", "data", "figures", "rule", "kept_by_hand"
RATERS = "raters"


@dataclass
class Tally:
    """What a run did: reviews added, changed, unchanged, and `without` any figures to copy."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    without: int = 0


@dataclass
class Chunk:
    """Unsaved rows of some reviews."""

    reviews: list[Review] = field(default_factory=list)
    lines: list[ReviewLine] = field(default_factory=list)
    changes: list[ReviewChange] = field(default_factory=list)


def compute(progress: Progress, cycle: int, run: int) -> int:
    """Copy what differs into the cycle's reviews; gives how many were added or changed.

    What is published is left alone. Reads do not grow with the reviews but by chunks of them.
    """
    found = Cycle.objects.get(pk=cycle)
    this = CycleRun.objects.get(pk=run)
    if found.released:
        CycleRun.objects.filter(pk=run, ended_at=None).update(ended_at=timezone.now())
        return 0
    kept_month = KeptMonth.objects.filter(month=found.month).first()
    cards = cards_of(found.month)
    marks = {role: beside(card) for role, card in cards.items()}
    terms = kept_terms(cards)
    tally = Tally()
    added = _add(found)
    tally.added = len(added)
    kept = {
        (person, role): (pk, mark, protected, told, version)
        for pk, person, role, mark, protected, told, version in KeptScore.objects.filter(
            month=found.month, state=KeptState.CURRENT
        ).values_list("pk", "person", "role", "digest", "protected", "beside", "version")
    }
    reviews = list(Review.objects.filter(cycle=found, dropped_at=None, published_at=None).order_by("pk"))
    _share(found, list(Review.objects.filter(cycle=found, dropped_at=None).order_by("pk")))
    todo: list[tuple[Review, int]] = []
    for review in reviews:
        there = kept.get((review.person_id, review.role))
        card = cards.get(review.role)
        if there and card and there[4] != card.version:
            # the month is being kept by another card just now: its points are not this card's
            tally.without += 1
            continue
        mark = digest(there[1] if there else "", marks.get(review.role, ""))
        if mark == review.digest:
            tally.unchanged += 1
            continue
        tally.without += there is None
        tally.changed += bool(review.digest)
        review.digest, review.protected = mark, bool(there and there[2])
        review.beside = there[3] if there else {}
        todo.append((review, there[0] if there else 0))
    for start in range(0, len(todo), CHUNK):
        # a chunk's rows all live until they are written
        with uncollected():
            _copy(todo[start : start + CHUNK], cards, terms, this)
        progress.step(start, len(todo))
    _end(found, this, tally, kept_month.ground if kept_month else "")
    return tally.added + tally.changed


@transaction.atomic
def _copy(
    todo: Sequence[tuple[Review, int]], cards: Mapping[str, DefaultCard], terms: Mapping[str, CardTerms],
    run: CycleRun,
) -> None:  # fmt: skip
    """Locked from reading to writing, so that no rating, decision or publication of meanwhile is written over."""
    pks = [review.pk for review, _score in todo]
    # as they are now: what is outside the hundred may have been written down since
    free = {
        one.pk: one
        for one in Review.objects.select_for_update(of=("self",))
        .filter(pk__in=pks, published_at=None, dropped_at=None)
        .order_by("pk")
    }
    chosen = [(free[review.pk], review, score) for review, score in todo if review.pk in free]
    for now, review, _score in chosen:
        now.digest, now.protected, now.beside = review.digest, review.protected, review.beside
    write(copied([(now, score) for now, _review, score in chosen], cards, terms, run))


@transaction.atomic
def _add(cycle: Cycle) -> list[Review]:
    """Reviews of positions that the cycle's people turned out to have worked in."""
    people = frozenset(Review.objects.filter(cycle=cycle).values_list("person", flat=True).distinct())
    if not people:
        return []
    every = opening.candidates(cycle.month)
    fresh = opening.reviews_for(cycle, [one for one in every.candidates if one.person in people])
    return Review.objects.bulk_create(fresh, batch_size=500)


def _share(cycle: Cycle, reviews: Sequence[Review]) -> None:
    """How the month of those with several positions is split."""
    theirs: dict[int, list[Review]] = {}
    for review in reviews:
        theirs.setdefault(review.person_id, []).append(review)
    several = {person: found for person, found in theirs.items() if len(found) > 1}
    split = opening.shares(cycle.month, list(several)) if several else {}
    changed = []
    for person, found in theirs.items():
        # of a position without shifts no hours tell its part, and so none of the others' either
        known = len(found) > 1 and all(has_shifts(review.role) for review in found)
        parts = [split.get((person, review.role), 0) if known else 0 for review in found]
        whole = sum(parts)
        for review, part in zip(found, parts, strict=True):
            if review.published_at is None and (review.share_ms, review.shares_ms) != (part, whole):
                review.share_ms, review.shares_ms = part, whole
                changed.append(review)
    with transaction.atomic():
        Review.objects.bulk_update(changed, ["share_ms", "shares_ms"], batch_size=500)


def copied(
    todo: Sequence[tuple[Review, int]], cards: Mapping[str, DefaultCard], terms: Mapping[str, CardTerms], run: CycleRun,
    *, raters_stay: bool = False,
) -> Chunk:  # fmt: skip
    """Two reads, one where none of them was computed before; one more where other people rate than did before.

    `raters_stay`: of what is published nobody can rate anything any more, so that it keeps who rated it.
    """
    rows: dict[int, list[Sequence[Any]]] = {}
    scores = [score for _review, score in todo if score]
    for score, *row in (
        KeptLine.objects.filter(score__in=scores).order_by("score", "number").values_list("score", *KEPT)
    ):
        rows.setdefault(score, []).append(row)
    again = [review for review, _score in todo if review.computed_at]
    before: dict[int, dict[str, ReviewLine]] = {}
    for line in ReviewLine.objects.filter(review__in=again) if again else ():
        before.setdefault(line.review_id, {})[line.key] = line
    chunk, now = Chunk(), timezone.now()
    copies = [(review, score, lines_of(review, rows.get(score, ()), cards.get(review.role))) for review, score in todo]
    if raters_stay:
        _keep_raters(copies, before)
    given = handed_in(list(_other_raters(copies, before)))
    for review, _score, fresh in copies:
        card = cards.get(review.role)
        former = before.get(review.pk, {})
        # a card of the same version says the same
        other_card = bool(review.computed_at) and (card.version if card else 0) != review.card_version
        lines = [*_with_ratings(fresh, former, given), *_gone(fresh, former)]
        for line in lines:
            why, was, after = _differs(former.get(line.key), line, other_card=other_card)
            if review.computed_at and was != after:
                chunk.changes.append(_change(review, line, run, was, after, why))
        was_sums = told_sums(review)
        review.terms = terms.get(review.role)
        sum_up(review, lines)
        now_sums = told_sums(review)
        if review.computed_at and was_sums != now_sums:
            chunk.changes.append(_change(review, None, run, *differences(was_sums, now_sums), []))
        review.card, review.card_version = (card.title[:60], card.version) if card else ("", 0)
        review.computed_at = now
        chunk.reviews.append(review)
        chunk.lines += [line for line in lines if _moved(former.get(line.key), line)]
    return chunk


def _moved(was: ReviewLine | None, line: ReviewLine) -> bool:
    """Whether there is something to write."""
    if was is None or was is line:
        return True
    return any(getattr(was, name) != getattr(line, name) for name in LINE_COLUMNS)


def _keep_raters(
    copies: Sequence[tuple[Review, int, Sequence[ReviewLine]]], before: Mapping[int, Mapping[str, ReviewLine]]
) -> None:
    for review, _score, fresh in copies:
        former = before.get(review.pk, {})
        for line in fresh:
            was = former.get(line.key)
            if was is not None and was.kind == line.kind:
                line.raters = was.raters


def _other_raters(
    copies: Sequence[tuple[Review, int, Sequence[ReviewLine]]], before: Mapping[int, Mapping[str, ReviewLine]]
) -> Iterator[int]:
    """Lines that other people rate, or with other weights, than when they were computed last."""
    for review, _score, fresh in copies:
        former = before.get(review.pk, {})
        yield from (was.pk for line in fresh if (was := former.get(line.key)) and was.raters != line.raters)


def _with_ratings(
    fresh: Sequence[ReviewLine], former: Mapping[str, ReviewLine], given: Mapping[int, Given]
) -> Iterator[ReviewLine]:
    """What people said of a line stays: ratings within its anchors, points changed by hand, that it does not apply.

    `given`: what lines with other raters than before were given; their points are summed up by the weights of now.
    """
    for line in fresh:
        was = former.get(line.key)
        if was is not None:
            line.pk, line.left_out = was.pk, was.left_out
            line.without = {kind: why for kind, why in was.without.items() if kind in line.raters}
            if line.raters and not shares_of(line):
                # the card asks for none but those it did without: they are asked after all, else nobody rates it
                line.without = {}
            if was.raters != line.raters and line.kind == LineKind.RATED and not _calibrated(was, given):
                line.points = points_of(shares_of(line), given.get(was.pk, ()))
                line.points = line.points if _within(line, line.points) else None
                line.waiting = NOT_RATED if line.points is None else ""
            elif _by_hand(was) and (line.kind != LineKind.RATED or _within(line, was.points)):
                line.points, line.waiting = was.points, ""
        yield line


def _by_hand(was: ReviewLine) -> bool:
    return was.points is not None and was.points != was.computed_points


def _calibrated(was: ReviewLine, given: Mapping[int, Given]) -> bool:
    """Whether its points are others than its raters gave."""
    told = points_of(shares(was.raters, was.without), given.get(was.pk, ()))
    return was.points is not None and was.points != told


def _within(line: ReviewLine, points: Fraction | None) -> bool:
    given = [Decimal(anchor["points"]) for anchor in line.anchors]
    return bool(given) and points is not None and min(given) <= points <= max(given)


def _gone(fresh: Sequence[ReviewLine], former: Mapping[str, ReviewLine]) -> Iterator[ReviewLine]:
    """Lines that the card has no more: kept, counted nowhere."""
    keys = {line.key for line in fresh}
    for key, line in former.items():
        if key not in keys:
            line.gone = True
            yield line


def _differs(
    was: ReviewLine | None, line: ReviewLine, *, other_card: bool
) -> tuple[list[str], dict[str, str | None], dict[str, str | None]]:
    """(why, before, after) of a line that was computed again."""
    former = {name: getattr(was, name) if was and not was.gone else None for name in COMPARED}
    now = {name: None if line.gone else getattr(line, name) for name in COMPARED}
    before, after = differences(former, now)
    why = [CARD] if before and other_card else []
    if was is not None and not line.gone:
        why += [TARGET] if "target" in before else []
        why += [DATA] if "missing" in before else []
        why += [FIGURES] if ("top" in before or "bottom" in before) and "missing" not in before else []
        why += [RATERS] if "points" in before and was.raters != line.raters else []
        if line.points is not None and line.points != line.computed_points and line.kind == LineKind.KPI:
            why.append(KEPT_BY_HAND)
        elif before.keys() == {"points"} and not why:
            why.append(RULE)
    return why, before, after


def _change(
    review: Review, line: ReviewLine | None, run: CycleRun, before: Mapping[str, Any], after: Mapping[str, Any],
    why: Sequence[str],
) -> ReviewChange:  # fmt: skip
    return ReviewChange(
        review=review, line=line, kind=ChangeKind.COMPUTED, run=run, by_id=run.by_id, before=before, after=after,
        why=list(why), reason=run.reason,
    )  # fmt: skip


@transaction.atomic
def write(chunk: Chunk) -> None:
    """A few reviews, each whole."""
    told = {id(change.line) for change in chunk.changes}
    fresh = [line for line in chunk.lines if line.pk is None]
    made = {id(line) for line in fresh}
    # a change names its line, so that this line's key has to be known
    ReviewLine.objects.bulk_create([line for line in fresh if id(line) in told])
    for change in chunk.changes:
        # made before its line was: the key is known only now
        change.line_id = change.line.pk if change.line is not None else None
    writing.insert([line for line in fresh if id(line) not in told])
    writing.update([line for line in chunk.lines if line.pk is not None and id(line) not in made], LINE_COLUMNS)
    writing.update(chunk.reviews, REVIEW_COLUMNS)
    writing.insert(chunk.changes)


@transaction.atomic
def _end(cycle: Cycle, run: CycleRun, tally: Tally, ground: str) -> None:
    now = timezone.now()
    run.added, run.changed, run.unchanged, run.without = tally.added, tally.changed, tally.unchanged, tally.without
    run.ended_at = now
    run.save(update_fields=["added", "changed", "unchanged", "without", "ended_at"])
    cycle = Cycle.objects.select_for_update().get(pk=cycle.pk)
    fields = ["computed_at", "ground"]
    cycle.computed_at, cycle.ground = now, ground
    if cycle.before(CycleState.COMPUTED):
        CycleStep.objects.create(cycle=cycle, former=cycle.state, state=CycleState.COMPUTED, by_id=run.by_id, at=now)
        cycle.state = CycleState.COMPUTED
        fields.append("state")
    cycle.save(update_fields=fields)


def require_computable(cycle: Cycle) -> None:
    """Raises ValidationError where computing would change what people have read already, or there is nobody in it."""
    if cycle.released:
        raise ValidationError(_("The cycle is published. Reopen it with a reason to compute it again."))
    if not cycle.reviews.filter(dropped_at=None).exists():
        raise ValidationError(_("Nobody is in the cycle. Add people first."))

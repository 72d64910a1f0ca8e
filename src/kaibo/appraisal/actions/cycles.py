"""Verbs on a cycle: open it, say when its stages end, who is in it, compute it, go on, go back."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.appraisal.actions.from_below import count_from_below
from kaibo.appraisal.actions.told import not_about_oneself, reason_of, require_open, require_unpublished
from kaibo.appraisal.appeals.windows import require_none_pending
from kaibo.appraisal.calibration.models import PreviewRating
from kaibo.appraisal.cycle import looking, opening, stages
from kaibo.appraisal.cycle.computing import KIND, require_computable
from kaibo.appraisal.cycle.models import STATES, Cycle, CycleRun, CycleState, CycleStep, CycleTemplate, StageDeadline
from kaibo.appraisal.cycle.opening import Asked
from kaibo.appraisal.cycle.review_models import Assessment, ChangeKind, Review, ReviewChange
from kaibo.audit.record import record, record_each
from kaibo.audit.seen import Changed, who_changed
from kaibo.jobs.queue import enqueue
from kaibo.login.models import User
from kaibo.look import numbers


@transaction.atomic
def save_cycle_template(
    *, by: User | None, pay_day: int, hour: int, days: Mapping[CycleState, int], seen: str = ""
) -> CycleTemplate:
    """When the stages of cycles opened from now on end. `seen`: what the writer saw of it (stages.mark_of_template).

    Raises ValidationError by field, and Changed where somebody else saved it meanwhile.
    """
    stages.check_template(pay_day, hour, days)
    found = stages.locked_template()
    if seen and seen != stages.mark_of_template(found):
        raise Changed(who_changed(found))
    former = {"pay_day": found.pay_day, "hour": found.hour, "days": found.days_before}
    found.pay_day, found.hour, found.days_before = pay_day, hour, stages.plain(days)
    found.changed_at = timezone.now()
    found.save()
    record(
        by=by, verb="save_cycle_template", target=found, pay_day=pay_day, hour=hour, days=found.days_before,
        former=former,
    )  # fmt: skip
    return found


@transaction.atomic
def open_cycle(
    *, by: User | None, month: date, pay_on: date, deadlines: stages.Deadlines, asked: Asked | None = None
) -> Cycle:
    """Begin the review of a month for whoever is asked for (everyone).

    Raises ValidationError: there is a cycle of the month, a deadline is in the past or out of order, the month is yet
    to come, or there is nobody to review.
    """
    if Cycle.objects.filter(month=month).exists():
        raise ValidationError(_("%(month)s has a cycle already. Add people there.") % {"month": numbers.month(month)})
    if month > timezone.localdate():
        raise ValidationError(_("%(month)s has not begun yet.") % {"month": numbers.month(month)})
    stages.check_deadlines(deadlines, now=timezone.now())
    cycle = Cycle.objects.create(month=month, pay_on=pay_on, opened_by=by)
    StageDeadline.objects.bulk_create(
        StageDeadline(cycle=cycle, state=state, due_at=at) for state, at in deadlines.items()
    )
    CycleStep.objects.create(cycle=cycle, state=cycle.state, by=by)
    made = _add(cycle, asked or Asked())
    if not made:
        raise ValidationError(_("Nobody of these held a position with a scorecard in that month. Choose others."))
    record(
        by=by, verb="open_cycle", target=cycle, month=f"{month:%Y-%m}", pay_on=pay_on, asked=(asked or Asked()).plain(),
        deadlines={state: at.isoformat() for state, at in deadlines.items()}, reviews=made,
    )  # fmt: skip
    looking.look(cycle)
    return cycle


@transaction.atomic
def add_reviews(*, by: User | None, cycle: Cycle, asked: Asked) -> int:
    """Take more people into the cycle; gives how many reviews that made. Raises ValidationError once published."""
    cycle = locked(cycle)
    require_open(cycle)
    made = _add(cycle, asked)
    if not made:
        raise ValidationError(_("All of them are in the cycle already, or hold no position with a scorecard."))
    record(by=by, verb="add_reviews", target=cycle, month=f"{cycle.month:%Y-%m}", asked=asked.plain(), reviews=made)
    return made


def _add(cycle: Cycle, asked: Asked) -> int:
    fresh = opening.reviews_for(cycle, opening.candidates(cycle.month, asked).candidates)
    return len(Review.objects.bulk_create(fresh, batch_size=500))


@transaction.atomic
def drop_review(*, by: User | None, review: Review, reason: str) -> bool:
    """Take a review out of its cycle; False where it is out already. Raises ValidationError: published, no reason."""
    return bool(_in_or_out(by, [review], reason, out=True))


@transaction.atomic
def take_review_back_in(*, by: User | None, review: Review, reason: str) -> bool:
    """The opposite, likewise."""
    return bool(_in_or_out(by, [review], reason, out=False))


@transaction.atomic
def drop_reviews(*, by: User | None, reviews: Sequence[Review], reason: str) -> int:
    """Take many out, all or none, in one audit row; how many were not out yet. Raises ValidationError as for one."""
    return _in_or_out(by, reviews, reason, out=True)


@transaction.atomic
def take_reviews_back_in(*, by: User | None, reviews: Sequence[Review], reason: str) -> int:
    """The opposite, likewise."""
    return _in_or_out(by, reviews, reason, out=False)


def _in_or_out(by: User | None, reviews: Sequence[Review], reason: str, *, out: bool) -> int:
    """Says the wanted state, so that a second click changes nothing."""
    cycles = {review.cycle_id: locked(review.cycle) for review in reviews}
    for cycle in cycles.values():
        require_open(cycle)
    rows = Review.objects.select_for_update(of=("self",)).select_related("person")
    reason, changed = reason_of(reason), []
    for review in rows.filter(pk__in=[review.pk for review in reviews]).order_by("pk"):
        not_about_oneself(by, review)
        require_unpublished(review)
        if (review.dropped_at is not None) == out:
            continue
        review.dropped_at, review.dropped_reason = (timezone.now(), reason) if out else (None, "")
        review.save(update_fields=["dropped_at", "dropped_reason"])
        if not out and (back := cycles[review.cycle_id]).since(CycleState.CALIBRATION):
            # it was not there when the others' were counted
            count_from_below(cycle=back, of=review)
        changed.append(review)
    record_each(
        by=by, verb="drop_review" if out else "take_review_back_in", each=[(review, {}) for review in changed],
        reason=reason,
    )  # fmt: skip
    return len(changed)


@transaction.atomic
def set_deadlines(
    *, by: User | None, cycle: Cycle, deadlines: stages.Deadlines, pay_on: date | None = None, reason: str = ""
) -> None:
    """Other ends of the stages that are still to end. Raises ValidationError by stage; see stages.check_deadlines."""
    cycle = locked(cycle)
    former = {CycleState(one.state): one.due_at for one in cycle.deadlines.all()}
    # what is over stays as it was
    told = {state: former[state] if STATES.index(state) < cycle.place else deadlines.get(state) for state in STATES}
    said: dict[CycleState, datetime] = {state: at for state, at in told.items() if at is not None}
    stages.check_deadlines(said, now=timezone.now(), state=CycleState(cycle.state))
    for state, at in said.items():
        StageDeadline.objects.filter(cycle=cycle, state=state).update(due_at=at)
    if pay_on:
        cycle.pay_on = pay_on
        cycle.save(update_fields=["pay_on"])
    changed = {state: [former[state].isoformat(), at.isoformat()] for state, at in said.items() if former[state] != at}
    record(by=by, verb="set_cycle_deadlines", target=cycle, month=f"{cycle.month:%Y-%m}", changed=changed,
           pay_on=cycle.pay_on, reason=reason.strip())  # fmt: skip


@transaction.atomic
def compute_cycle(*, by: User | None, cycle: Cycle, reason: str = "") -> CycleRun:
    """Have the worker copy the month's figures into the cycle's reviews; until published, as often as one likes.

    Raises ValidationError: published, nobody in it, or a computing of it is under way.
    """
    cycle = locked(cycle)
    require_computable(cycle)
    again = cycle.computed_at is not None
    run = CycleRun.objects.create(cycle=cycle, by=by, reason=reason.strip()[:300])
    enqueue(kind=KIND, by=by, args={"cycle": cycle.pk, "run": run.pk}, about=f"{cycle.month:%Y-%m}")
    record(
        by=by, verb="compute_cycle", target=cycle, month=f"{cycle.month:%Y-%m}", again=again, run=run.pk,
        reason=run.reason,
    )  # fmt: skip
    return run


@transaction.atomic
def advance_cycle(*, by: User | None, cycle: Cycle) -> CycleState:
    """Go on to the next stage; gives it. Raises ValidationError where another verb leads there, or it is closed."""
    cycle = locked(cycle)
    state = stages.following(cycle)
    if state is None:
        raise ValidationError(_("The cycle is closed."))
    if state is CycleState.COMPUTED:
        raise ValidationError(_("Compute the cycle: that leads to the next stage."))
    if state is CycleState.PUBLISHED:
        raise ValidationError(_("Publish the reviews: that leads to the next stage."))
    if state is CycleState.CLOSED:
        require_none_pending(cycle)
    if state is CycleState.CALIBRATION:
        count_from_below(cycle=cycle)
    step(cycle, state, by=by)
    record(by=by, verb="advance_cycle", target=cycle, month=f"{cycle.month:%Y-%m}", state=state)
    return state


@transaction.atomic
def reopen_cycle(*, by: User | None, cycle: Cycle, state: CycleState, reason: str) -> None:
    """Go back to an earlier stage. What was published is hidden from the reviewed until it is published again.

    Raises ValidationError without a reason, or for a stage that is no earlier one.
    """
    cycle = locked(cycle)
    reason = reason_of(reason)
    if STATES.index(state) >= cycle.place:
        raise ValidationError({"state": _("Choose an earlier stage.")})
    if state is CycleState.PUBLISHED and not cycle.reviews.filter(version__gt=0).exists():
        raise ValidationError({"state": _("Nothing was published yet.")})
    former = cycle.state
    if STATES.index(state) < STATES.index(CycleState.PUBLISHED):
        cycle.reviews.exclude(published_at=None).update(published_at=None, published_by=None)
    step(cycle, state, by=by, reason=reason)
    record(
        by=by, verb="reopen_cycle", target=cycle, month=f"{cycle.month:%Y-%m}", former=former, state=state,
        reason=reason,
    )  # fmt: skip


@transaction.atomic
def discard_cycle(*, by: User | None, cycle: Cycle, reason: str) -> None:
    """Take back a cycle that was opened by mistake: it and its reviews are gone, the month's figures stay.

    Raises ValidationError without a reason, while it is computed, or once anybody wrote or was shown anything in it.
    """
    cycle = locked(cycle)
    reason = reason_of(reason)
    newest = cycle.runs.order_by("-pk").first()
    if newest is not None and newest.ended_at is None:
        raise ValidationError(_("The reviews are being computed. Wait until that is done."))
    if any(told.exists() for told in _written_in(cycle)):
        raise ValidationError(_("Somebody has written or read something in this cycle: it stays."))
    record(
        by=by, verb="discard_cycle", target=cycle, month=f"{cycle.month:%Y-%m}", state=cycle.state,
        reviews=cycle.reviews.count(), reason=reason,
    )  # fmt: skip
    cycle.delete()


def _written_in(cycle: Cycle) -> tuple[QuerySet[Any], ...]:
    reviews = cycle.reviews.all()
    return (
        reviews.filter(version__gt=0),
        Assessment.objects.filter(review__in=reviews),
        PreviewRating.objects.filter(review__in=reviews),
        ReviewChange.objects.filter(review__in=reviews).exclude(kind=ChangeKind.COMPUTED),
    )


def step(cycle: Cycle, state: CycleState, *, by: User | None, reason: str = "") -> None:
    """Part of a verb: the locked cycle is in another state from now on."""
    CycleStep.objects.create(cycle=cycle, former=cycle.state, state=state, by=by, reason=reason[:300])
    cycle.state = state
    cycle.save(update_fields=["state"])


def locked(cycle: Cycle) -> Cycle:
    """Two people who press at once: the second finds what the first did."""
    return Cycle.objects.select_for_update().get(pk=cycle.pk)

"""Review cycles: their stages, who is late, what their data lacks, their computings, and the verbs that run them."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from django.http import Http404
from django.utils import timezone

from kaibo.appraisal import actions
from kaibo.appraisal.cycle import looking, pages, stages
from kaibo.appraisal.cycle.access import (
    RUNS,
    counted_in,
    counted_reviews,
    find_cycle,
    find_cycle_to_approve,
    find_cycle_to_run,
    visible_cycles,
    visible_reviews,
)
from kaibo.appraisal.cycle.chasing import chase
from kaibo.appraisal.cycle.computing import KIND
from kaibo.appraisal.cycle.findings import findings, is_stale, require_none_blocking
from kaibo.appraisal.cycle.forms import AskedForm, DeadlinesForm, deadlines_of
from kaibo.appraisal.cycle.models import STATES, Cycle, CycleRun, CycleState
from kaibo.appraisal.cycle.opening import Asked
from kaibo.appraisal.cycle.publishing import Held, held_back, to_publish
from kaibo.appraisal.cycle.review_changes import TELLING, change_rows
from kaibo.appraisal.cycle.review_models import LineKind, Review, ReviewChange, ReviewLine
from kaibo.appraisal.cycle.unsaid import unsaid
from kaibo.home.records.saying import (
    Kind,
    Plain,
    Told,
    Verb,
    Wrong,
    at,
    checked,
    day,
    exact,
    found_all,
    held,
    mapping,
    month_as_text,
    needed_month,
    number,
    numbers,
    read,
    scored,
    typed,
    who,
    words,
)
from kaibo.jobs.models import Job
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area
from kaibo.look import numbers as look
from kaibo.org.access import find_person, require, sees_amounts

CYCLE = {
    "id": "int", "month": "month", "state": "str", "pay_on": "day", "opened_at": "at", "opened_by": "str?",
    "computed_at": "at?", "next": "str?", "computing": "bool",
    "counts": {"reviews": "int", "computed": "int", "self_assessed": "int", "rated": "int", "published": "int",
               "seen": "int", "waiting": "int"},
}  # fmt: skip
RUN = {
    "id": "int", "started_at": "at", "ended_at": "at?", "by": "str?", "reason": "str", "added": "int", "changed": "int",
    "unchanged": "int", "without": "int",
}  # fmt: skip
HELD = {"review": "int", "person": "str", "why": "str", "somebody_else_can": "bool"}
ONE = {
    **CYCLE, "stages": [{"state": "str", "title": "str", "due_at": "at?", "mark": "str", "late": "bool"}],
    "findings": [{"code": "str", "title": "str", "todo": "str", "blocking": "bool"}], "looked_at": "at?",
    "figures_since": "bool",
    "late": [{"name": "str", "what": "str", "count": "int"}], "held": [HELD],
    "without_card": ["int"],
    "steps": [{"former": "str?", "state": "str", "at": "at", "by": "str?", "reason": "str"}], "runs": [RUN],
}  # fmt: skip


def _cycle(user: User, one: Cycle) -> Plain:
    return _rows(user, [one])[0]


def _rows(user: User, found: Sequence[Cycle]) -> list[Plain]:
    """As many queries for a hundred as for one."""
    counted = pages.counts_of(counted_in(user, Review.objects.filter(cycle__in=found)))
    running, waiting = pages.running_of(found), pages.waiting_of(user, found)
    return [
        _row(one, counted.get(one.pk, pages.NONE), waiting.get(one.pk, 0), computing=one.pk in running) for one in found
    ]


def _row(one: Cycle, found: pages.Counts, waiting: int, *, computing: bool) -> Plain:
    following = pages.next_step(one)
    return {
        "id": one.pk, "month": month_as_text(one.month), "state": one.state, "pay_on": day(one.pay_on),
        "opened_at": at(one.opened_at), "opened_by": who(one.opened_by), "computed_at": at(one.computed_at),
        "next": str(following) if following else None, "computing": computing,
        "counts": {
            "reviews": found.reviews, "computed": found.computed, "self_assessed": found.own, "rated": found.rated,
            "published": found.published, "seen": found.seen, "waiting": waiting,
        },
    }  # fmt: skip


def _run_row(one: CycleRun) -> Plain:
    return {
        "id": one.pk, "started_at": at(one.started_at), "ended_at": at(one.ended_at), "by": who(one.by),
        "reason": one.reason, "added": one.added, "changed": one.changed, "unchanged": one.unchanged,
        "without": one.without,
    }  # fmt: skip


def _held(found: Sequence[Held]) -> list[Plain]:
    return [
        {"review": one.review.pk, "person": one.review.person.name, "why": one.why, "somebody_else_can": one.other}
        for one in found
    ]


def _cycles(user: User) -> Any:
    require(user, *RUNS, Right.SEE_NUMBERS)
    return visible_cycles(user).select_related("opened_by").order_by("-month")


def month_of_cycle(pk: int) -> date:
    """Raises Http404."""
    month = Cycle.objects.filter(pk=pk).values_list("month", flat=True).first()
    if month is None:
        raise Http404
    return month


def _one(user: User, pk: int, _told: Told) -> Plain:
    return _whole(user, find_cycle(user, month_of_cycle(pk)))


def _whole(user: User, found: Cycle) -> Plain:
    """What the cycle's page says to this reader."""
    now, reviews = timezone.now(), counted_reviews(user, found)
    runs = user.can(Right.RUN_CYCLES) and not found.released
    at_end = found.state == CycleState.CALIBRATION and user.can(Right.APPROVE_REVIEWS)
    counted = pages.counts(user, found)
    listed, looked = pages.stage_list(found, counted, now), getattr(found, "looked", None)
    lacks = findings(found, now, counted.no_reviewer, counted.no_sign_in) if runs else []
    stands = unsaid(found, listed, counted, now) if user.can(Right.RUN_CYCLES) else []
    return {
        **_cycle(user, found),
        "stages": [
            {"state": str(state), "title": one.title, "due_at": at(one.due_at), "mark": one.mark, "late": one.late}
            for state, one in zip(STATES, listed, strict=True)
        ],
        "findings": [
            {"code": one.code, "title": one.title, "todo": one.todo, "blocking": one.blocking}
            for one in [*stands, *lacks]
        ],
        "looked_at": at(looked.at) if looked and runs else None, "figures_since": runs and is_stale(found),
        "late": [
            {"name": one.name, "what": str(one.what), "count": one.count}
            for one in chase(user, found, reviews)
        ],
        "held": _held(held_back(user, to_publish(user, found)) if at_end else ()),
        "without_card": looked.without_card if looked and runs else [],
        "steps": [
            {"former": one.former or None, "state": one.state, "at": at(one.at), "by": who(one.by),
             "reason": one.reason}
            for one in found.steps.select_related("by").order_by("pk")
        ],
        "runs": [_run_row(one) for one in found.runs.select_related("by").order_by("-pk")],
    }  # fmt: skip


def _to_run(user: User, pk: int) -> Cycle:
    require(user, Right.RUN_CYCLES)
    return find_cycle_to_run(user, month_of_cycle(pk))


def _open(user: User, _pk: int, told: Told) -> Plain:
    """Without deadlines those of the template; of deadlines that are said the others stay as the template has them."""
    require(user, Right.RUN_CYCLES)
    month, found = needed_month(told), stages.template()
    plan: Plain = {"pay_on": told.get("pay_on") or stages.pay_date(found, month, _tomorrow())}
    pay_on = read(DeadlinesForm, {**plan, **_any_time()})["pay_on"]
    begins = {str(state): moment for state, moment in stages.deadlines(found, pay_on).items()}
    form = _deadlines_form({"pay_on": pay_on, **begins, **_deadlines_told(told)}, None)
    cycle = actions.open_cycle(
        by=user, month=month, pay_on=pay_on, deadlines=form.deadlines(), asked=_asked(user, told, month)
    )
    return _cycle(user, cycle)


def _tomorrow() -> date:
    return timezone.localdate() + timedelta(days=1)


def _any_time() -> Plain:
    """So that the form reads the pay day alone."""
    return {str(state): "2026-01-01T00:00" for state in STATES}


def _deadlines_told(told: Told) -> Plain:
    said = mapping(told, "deadlines")
    strange = sorted(said.keys() - set(CycleState.values))
    if strange:
        raise Wrong({"deadlines": [", ".join(strange)]})
    return said


def _deadlines_form(said: Plain, state: CycleState | None) -> DeadlinesForm:
    form = DeadlinesForm(typed(said), state=state)
    checked(form)
    return form


def _asked(user: User, told: Told, month: date) -> Asked:
    """Whom: departments and roles by the page's form; people among those whom the user sees."""
    got = {name: told[name] for name in ("departments", "roles") if name in told}
    form = AskedForm(typed({name: one if isinstance(one, list) else [one] for name, one in got.items()}), month=month)
    checked(form)
    asked = form.asked()
    if "people" not in told:
        return asked
    people = found_all(numbers(told, "people"), lambda pk: find_person(user, pk), "people")
    return Asked(asked.departments, asked.roles, frozenset(one.pk for one in people))


def _add(user: User, pk: int, told: Told) -> Plain:
    cycle = _to_run(user, pk)
    actions.add_reviews(by=user, cycle=cycle, asked=_asked(user, told, cycle.month))
    return _cycle(user, cycle)


def _set_deadlines(user: User, pk: int, told: Told) -> Plain:
    """What is not said stays."""
    cycle = _to_run(user, pk)
    with held(cycle):
        now: Plain = deadlines_of(cycle)
        said = {**now, **({"pay_on": told["pay_on"]} if "pay_on" in told else {}), **_deadlines_told(told)}
        form = _deadlines_form(said, CycleState(cycle.state))
        actions.set_deadlines(
            by=user, cycle=cycle, deadlines=form.deadlines(), pay_on=form.cleaned_data["pay_on"],
            reason=words(told, "reason"),
        )  # fmt: skip
    return _whole(user, _to_run(user, pk))


def _look(user: User, pk: int, _told: Told) -> Plain:
    looking.look(_to_run(user, pk))
    return _whole(user, _to_run(user, pk))


def _compute(user: User, pk: int, told: Told) -> Plain:
    cycle = _to_run(user, pk)
    require_none_blocking(cycle)
    run = actions.compute_cycle(by=user, cycle=cycle, reason=words(told, "reason"))
    job = Job.objects.filter(kind=KIND, args={"cycle": cycle.pk, "run": run.pk}).order_by("-pk").first()
    return {**_run_row(run), "cycle": cycle.pk, "job": job.pk if job else None}


def _advance(user: User, pk: int, _told: Told) -> Plain:
    cycle = _to_run(user, pk)
    actions.advance_cycle(by=user, cycle=cycle)
    cycle.refresh_from_db()
    return _cycle(user, cycle)


def _reopen(user: User, pk: int, told: Told) -> Plain:
    cycle, state = _to_run(user, pk), words(told, "state")
    if state not in CycleState.values:
        raise Wrong({"state": [", ".join(CycleState.values)]})
    actions.reopen_cycle(by=user, cycle=cycle, state=CycleState(state), reason=words(told, "reason"))
    cycle.refresh_from_db()
    return _cycle(user, cycle)


def _discard(user: User, pk: int, told: Told) -> Plain:
    cycle = _to_run(user, pk)
    month = f"{cycle.month:%Y-%m}"
    actions.discard_cycle(by=user, cycle=cycle, reason=words(told, "reason"))
    return {"month": month}


def _publish(user: User, pk: int, _told: Told) -> Plain:
    require(user, Right.APPROVE_REVIEWS)
    cycle = find_cycle_to_approve(user, month_of_cycle(pk))
    done = actions.publish_reviews(by=user, cycle=cycle)
    cycle.refresh_from_db()
    return {"published": done.count, "held": _held(done.held), "cycle": _cycle(user, cycle)}


def _changes(user: User, told: Told) -> Any:
    """What a computing changed, of the reviews that the user may see."""
    require(user, Right.SEE_NUMBERS)
    run = CycleRun.objects.filter(pk=number(told, "run")).select_related("cycle").first()
    if run is None:
        raise Http404
    find_cycle(user, run.cycle.month)
    seen = visible_reviews(user).filter(cycle=run.cycle).exclude(person__user=user)
    there = run.changes.filter(TELLING, review__in=seen.values("pk"))
    return there.select_related("review__person", "review__terms", "line", "by").order_by("review__person__name", "pk")


def _changed(user: User, found: Sequence[ReviewChange]) -> list[Plain]:
    with look.amounts_withheld(not sees_amounts(user)):
        return [_change(one) for one in found]


def _change(one: ReviewChange) -> Plain:
    [told] = change_rows([one])
    return {
        "id": one.pk, "review": one.review_id, "person": one.review.person.name, **change(one), "title": told.title,
        "what": told.what, "why": told.why,
    }  # fmt: skip


def change(one: ReviewChange) -> Plain:
    """A change of a line's points, or of the grade, without any figure beneath."""
    line = one.line.key if one.line else None
    return {"at": at(one.at), "line": line, "kind": one.kind, **moved(one), "by": who(one.by)}


def moved(one: ReviewChange) -> Plain:
    """The points before and after."""
    points, sides = points_of(one.line), {"before": one.before, "after": one.after}
    return {
        name: points(Fraction(side["points"])) if side.get("points") else None for name, side in sides.items()
    }  # fmt: skip


def points_of(line: ReviewLine | None) -> Callable[[Fraction | None], str | None]:
    """How points of such a line are told: what somebody gave says nothing of amounts."""
    return scored if line is None or line.kind == LineKind.KPI else exact


CHANGE = {
    "at": "at", "line": "str?", "kind": "str", "before": "exact?", "after": "exact?", "by": "str?", "title": "str",
    "what": "str", "why": "str",
}  # fmt: skip


CYCLES = Kind(
    "cycles", "review cycles: each the review of one month", _cycles, None,
    (
        Verb("open", "begin the review of a month; deadlines {stage: instant}, those not said as the template has "
             "them; nobody named: everyone with a scorecard",
             ("month", "pay_on?", "deadlines?", "departments?", "roles?", "people?"), _open, of_one=False),
        Verb("add", "take more people in", ("departments?", "roles?", "people?"), _add),
        Verb("deadlines", "other ends of stages that are still to end; what is left out stays",
             ("deadlines?", "pay_on?", "reason?"), _set_deadlines, gives=ONE),
        Verb("look", "look for what the data lacks now; it is kept as of looked_at, and looked for by itself whenever "
             "the month's figures are others, at least each hour", (), _look, gives=ONE),
        Verb("compute", "have the month's figures copied into the reviews; follow the job under jobs/", ("reason?",),
             _compute, gives={**RUN, "cycle": "int", "job": "int?"}),
        Verb("advance", "on to the next stage", (), _advance),
        Verb("reopen", "back to an earlier stage, with a reason", ("state", "reason"), _reopen),
        Verb("discard", "take back what was opened by mistake, while nobody wrote anything", ("reason",), _discard,
             gives={"month": "str"}),
        Verb("publish", "let everyone read whose review is ready; the others are named with why", (), _publish,
             gives={"published": "int", "held": [HELD], "cycle": CYCLE}),
    ),
    rows=_rows, one=_one, shape=CYCLE, one_shape=ONE, area=Area.REVIEWS,
)  # fmt: skip
CYCLE_CHANGES = Kind(
    "cycle-changes", "what one computing of a cycle changed, of the people whose scores you may see", _changes, None,
    asks=("run",), rows=_changed, shape={"id": "int", "review": "int", "person": "str", **CHANGE}, area=Area.REVIEWS,
)  # fmt: skip

"""Reviews two months of the sample as its people would: the month before is published, the newest is being rated."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import override

from kaibo.appraisal import actions
from kaibo.appraisal.actions.ratings import Given
from kaibo.appraisal.appeals.models import Appeal, AppealAbout, AppealState, Verdict
from kaibo.appraisal.appeals.points import bounds_of
from kaibo.appraisal.cycle import computing
from kaibo.appraisal.cycle.models import STATES, Cycle, CycleState
from kaibo.appraisal.cycle.publishing import not_ready
from kaibo.appraisal.cycle.rater_models import INVITED, InvitationState
from kaibo.appraisal.cycle.rating import owes_evidence, rated_by
from kaibo.appraisal.cycle.review_models import LineKind, NoteKind, RaterKind, Review, ReviewLine, ReviewNote
from kaibo.appraisal.models import CalibrationLock, PreviewRating
from kaibo.appraisal.month import month_of
from kaibo.appraisal.wording import waiting
from kaibo.jobs.models import Job, JobState
from kaibo.jobs.worker import claim_this
from kaibo.jobs.worker import run as run_job
from kaibo.login.models import User
from kaibo.org.models import Person
from kaibo.sample import reviews as said
from kaibo.sample.team_cards import FLOOR

# days from today on which the stages end; of the month before all but the appeal window is over
NEAR, NEXT = (1, 1, 1, 1, 1, 1, 1, 5, 6), (1, 1, 1, 1, 4, 6, 7, 12, 14)


def review(month: date) -> None:
    """The cycles of the sample's month and of the one before, or what is left to do of them."""
    before = (month - timedelta(days=1)).replace(day=1)
    by = {user.username: user for user in User.objects.all()}
    _publish(_begun(before, NEAR, by), by)
    _rate(_begun(month, NEXT, by), by)


def _begun(month: date, days: Iterable[int], by: dict[str, User]) -> Cycle:
    """The month's cycle, opened and computed."""
    cycle = Cycle.objects.filter(month=month).first()
    if cycle is None:
        today = timezone.localdate()
        due = {state: _at(today + timedelta(days=day)) for state, day in zip(STATES, days, strict=True)}
        pay_on = due[CycleState.CLOSED].date()
        cycle = actions.open_cycle(by=by[said.RUNS], month=month, pay_on=pay_on, deadlines=due)
    if cycle.before(CycleState.COMPUTED):
        if not Job.objects.filter(kind=computing.KIND, args__cycle=cycle.pk, state=JobState.QUEUED).exists():
            actions.compute_cycle(by=by[said.RUNS], cycle=cycle)
        for job in Job.objects.filter(kind=computing.KIND, args__cycle=cycle.pk, state=JobState.QUEUED).order_by("pk"):
            claim_this(job)
            run_job(job, {computing.KIND: computing.compute})
            job.refresh_from_db()
            if job.state != JobState.DONE:
                raise RuntimeError(job.error)
        _without_the_top(cycle, by)
    return cycle


def _without_the_top(cycle: Cycle, by: dict[str, User]) -> None:
    """Nobody stands above the CEO, in whatever position besides."""
    for one in _reviews(cycle).filter(person__user=by[said.CALIBRATES]):
        actions.drop_review(by=by[said.RUNS], review=one, reason=said.NOBODY_ABOVE)


def _publish(cycle: Cycle, by: dict[str, User]) -> None:
    _name_raters(cycle, by)
    _go(cycle, CycleState.SELF, by)
    _assess_themselves(cycle)
    _go(cycle, CycleState.MANAGER, by)
    if cycle.state == CycleState.MANAGER:
        _others_rate(cycle)
        for one in _reviews(cycle):
            _rated(one)
            _without_what_waits(one)
            _write_times(one)
    _go(cycle, CycleState.CALIBRATION, by)
    if cycle.state == CycleState.CALIBRATION:
        _calibrate(cycle, by)
        for one in _reviews(cycle):
            if not_ready(one):
                actions.drop_review(by=by[said.RUNS], review=one, reason=said.NOTHING_COUNTS)
        actions.publish_reviews(by=by[said.PUBLISHES], cycle=cycle)
    _go(cycle, CycleState.APPEAL_WINDOW, by)
    _see(cycle)
    _appeal(cycle, by)


def _rate(cycle: Cycle, by: dict[str, User]) -> None:
    """Self-assessments are in; some of the managers' ratings."""
    _go(cycle, CycleState.SELF, by)
    _assess_themselves(cycle)
    _go(cycle, CycleState.MANAGER, by)
    _others_rate(cycle, still=True)
    for one in _reviews(cycle):
        if one.person.name in said.RATED_BY_NOW:
            _rated(one)
            _write_times(one)
    people = {person.name: person for person in Person.objects.all()}
    for note in said.NOTES:
        person, day = people[note.person], cycle.month.replace(day=note.day)
        if not ReviewNote.objects.filter(person=person, month=cycle.month, text=note.text).exists():
            actions.add_note(
                by=by[note.by], person=person, month=cycle.month, kind=NoteKind(note.kind), text=note.text, day=day,
                told=note.told,
            )  # fmt: skip


def _reviews(cycle: Cycle) -> QuerySet[Review]:
    chosen = cycle.reviews.filter(dropped_at=None).select_related("person__user", "reviewer__user", "cycle")
    return chosen.order_by("pk")


def _go(cycle: Cycle, state: CycleState, by: dict[str, User]) -> None:
    """On to this stage, unless it is there or further already."""
    cycle.refresh_from_db()
    while cycle.before(state):
        actions.advance_cycle(by=by[said.RUNS], cycle=cycle)
        cycle.refresh_from_db()


def _name_raters(cycle: Cycle, by: dict[str, User]) -> None:
    if cycle.since(CycleState.CALIBRATION):
        return
    dumb = [one for one in _reviews(cycle) if one.reviewer is None or one.reviewer.user is None]
    instead = Person.objects.get(user=by[said.CALIBRATES])
    if dumb:
        actions.change_reviewer(by=by[said.RUNS], reviews=dumb, reviewer=instead, reason=said.NO_SIGN_IN)


def _assess_themselves(cycle: Cycle) -> None:
    if cycle.state != CycleState.SELF:
        return
    for one in _reviews(cycle):
        if one.person.user and one.person.name in said.SELF:
            _hand_in(one, RaterKind.SELF, one.person.user, said.SELF[one.person.name])


def _rated(one: Review) -> None:
    if one.reviewer and one.reviewer.user:
        words = said.MANAGER.get(one.person.name, said.USUAL)
        _hand_in(one, RaterKind.MANAGER, one.reviewer.user, words, said.BEST.get(one.person.name, ""))


def _others_rate(cycle: Cycle, *, still: bool = False) -> None:
    """Who is asked by name, and who rates from below. `still`: rating goes on, and some are late."""
    reviews = {one.person.name: one for one in _reviews(cycle) if one.main}
    people = {person.name: person for person in Person.objects.select_related("user")}
    whose, rater, why = said.PROPOSED
    proposed = reviews.get(whose)
    if proposed and proposed.person.user and not proposed.invitations.exists():
        actions.propose_rater(by=proposed.person.user, review=proposed, rater=people[rater], note=why)
    for told in said.INVITED:
        one, who = reviews.get(told.whose), people[told.rater]
        if one is None or one.reviewer is None or who.user is None:
            continue
        if not one.invitations.filter(rater=who, state=InvitationState.INVITED).exists():
            actions.invite_rater(by=one.reviewer.user, review=one, rater=who, note=told.what)
        if not (still and told.late):
            kind = RaterKind(one.invitations.get(rater=who).kind)
            _hand_in(one, kind, who.user, told.words, anchor=told.anchor)
    for told in said.BELOW:
        one, who = reviews.get(told.whose), people[told.rater]
        if one is not None and who.user and not (still and told.late):
            _hand_in(one, RaterKind.UPWARD, who.user, told.words, told.what, anchor=told.anchor)


def _write_times(one: Review) -> None:
    """How often what the card counts outside the hundred happened, where no file tells it."""
    reviewer = one.reviewer.user if one.reviewer else None
    one.refresh_from_db()
    for key in one.lacking if reviewer and one.role == FLOOR else ():
        times = Decimal(said.TIMES.get(one.person.name, {}).get(key, 0))
        reason = said.COUNTED if key in said.BY_PEOPLE else said.NO_ROWS
        actions.write_times(by=reviewer, review=one, key=key, times=times, reason=reason)


def _hand_in(
    one: Review, kind: RaterKind, by: User, words: said.Words, best: str = "", *, anchor: int = 1
) -> None:  # fmt: skip
    """An anchor of each rated item that is theirs, the second where they have three; the first for the `best`."""
    handed = one.assessments.exclude(submitted_at=None).filter(kind=kind)
    if (handed.filter(rater__user=by) if kind in (*INVITED, RaterKind.UPWARD) else handed).exists():
        return
    given = {}
    for line in rated_by(one.lines.filter(kind=LineKind.RATED, gone=False, left_out=""), kind):
        chosen = line.anchors[0 if best or len(line.anchors) < 3 else anchor]
        points = Decimal(chosen["points"])
        owed = chosen["zh"] if owes_evidence(line, points) else ""
        given[line.key] = Given(points, comment=chosen["zh"], evidence=best or owed)
    actions.save_assessment(
        by=by, review=one, kind=kind, given=given, strengths=words.strengths, next_steps=words.next_steps, hand_in=True
    )


def _without_what_waits(one: Review) -> None:
    """An item that waits for what will not come does not apply, as the reviewer says."""
    if one.reviewer is None or one.reviewer.user is None:
        return
    lacking = list(one.lines.filter(kind=LineKind.KPI, gone=False, points=None, left_out=""))
    why = _why_waiting(one) if lacking else {}
    for line in lacking:
        line.review = one
        reason = said.DOES_NOT_APPLY.format(why=why.get(line.key, said.NO_DATA))
        actions.leave_line_out(by=one.reviewer.user, line=line, reason=reason)


def _why_waiting(one: Review) -> dict[str, str]:
    """KPI → why the person's month has no points for it, as its page says."""
    with override("zh-hans"):
        lines = month_of(one.person, one.cycle.month, role=one.role).lines
        found = ((line.line.kpi, waiting(line)) for line in lines)
        return {kpi: told.why for kpi, told in found if told}


def _calibrate(cycle: Cycle, by: dict[str, User]) -> None:
    ceo = by[said.CALIBRATES]
    if CalibrationLock.objects.filter(cycle=cycle).exists():
        return
    reviews = {one.person.name: one for one in _reviews(cycle) if one.role == said.LOCKED}
    for name, points, note in said.PREVIEWED:
        if name in reviews and not PreviewRating.objects.filter(review=reviews[name], by=ceo).exists():
            actions.preview_rating(by=ceo, review=reviews[name], points=Decimal(points), note=note)
    name, kpi, more, why = said.CALIBRATED
    line = ReviewLine.objects.filter(review=reviews.get(name), key=kpi, left_out="", gone=False).first()
    if line is not None and line.points is not None and line.points == line.computed_points:
        points = min(line.points + Fraction(more), bounds_of(line)[1])
        if points != line.points:
            actions.calibrate_line(by=ceo, line=line, points=points, reason=why)
    actions.lock_group(by=ceo, cycle=cycle, role=said.LOCKED)


def _see(cycle: Cycle) -> None:
    reviews = {one.person.name: one for one in _reviews(cycle)}
    for name in said.SEEN:
        one = reviews.get(name)
        if one is not None and one.person.user and not one.acknowledgements.exists():
            actions.acknowledge(by=one.person.user, review=one)
    for name, note in said.DELIVERED:
        one = reviews.get(name)
        if one is not None and one.reviewer and one.reviewer.user and not one.acknowledgements.exists():
            actions.record_delivery(by=one.reviewer.user, review=one, note=note)
            actions.add_note(
                by=one.reviewer.user, person=one.person, month=cycle.month, kind=NoteKind.TALK, text=said.TALK
            )


def _appeal(cycle: Cycle, by: dict[str, User]) -> None:
    """One is decided and gave points back, another waits for its decision."""
    for who, text in ((said.DISPUTED_BY, ""), (said.UNDECIDED_BY, said.UNDECIDED)):
        one = _reviews(cycle).filter(person__user=by[who]).order_by("-main", "pk").first()
        found = _disputable(one) if one is not None else None
        if one is None or found is None:
            continue
        line, words = found
        appeal = Appeal.objects.filter(review=one).first() or actions.make_appeal(
            by=by[who], review=one, line=line, about=AppealAbout.LINE, text=text or words
        )
        if who == said.DISPUTED_BY and appeal.state == AppealState.OPEN:
            _grant(appeal)


def _disputable(one: Review) -> tuple[ReviewLine, str] | None:
    lines = {line.key: line for line in one.lines.filter(gone=False, left_out="")}
    for kpi, words in said.DISPUTED:
        line = lines.get(kpi)
        if line is not None and line.points is not None and line.points < bounds_of(line)[1]:
            return line, words
    return None


def _grant(appeal: Appeal) -> None:
    decider = appeal.rounds.get(level=1).reviewer
    line = appeal.line
    if decider is not None and line is not None and line.points is not None:
        points = min(line.points + 1, bounds_of(line)[1])
        actions.decide_appeal(by=decider, appeal=appeal, verdict=Verdict.GRANTED, reason=said.GRANTED, points=points)


def _at(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(18)))

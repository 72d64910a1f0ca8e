"""Verbs on appeals: make one, hand it over, decide it, put right what was wrong, take it further, withdraw it."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.appraisal.actions.points import change_points, count_after_all, published_of, put_in_writing
from kaibo.appraisal.actions.told import reason_of
from kaibo.appraisal.appeals import windows
from kaibo.appraisal.appeals.corrections import corrected_by
from kaibo.appraisal.appeals.evidence import Evidence, read
from kaibo.appraisal.appeals.independent import assigned, name_of, require_independent
from kaibo.appraisal.appeals.models import (
    PENDING,
    Appeal,
    AppealAbout,
    AppealFile,
    AppealRound,
    AppealState,
    Verdict,
)
from kaibo.appraisal.appeals.points import check_points, check_times
from kaibo.appraisal.appeals.recomputing import compute_again
from kaibo.appraisal.cycle.graded import named_parts
from kaibo.appraisal.cycle.review_models import ChangeKind, LineKind, Review, ReviewChange, ReviewLine
from kaibo.appraisal.cycle.scores import points_outside
from kaibo.appraisal.cycle.scores import text as as_text
from kaibo.appraisal.cycle.terms import terms_of
from kaibo.audit.record import record
from kaibo.audit.seen import Changed, claim
from kaibo.live.models import Shift
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look import numbers

LONGEST = 2000


@transaction.atomic
def make_appeal(
    *,
    by: User,
    review: Review,
    about: AppealAbout,
    text: str,
    line: ReviewLine | None = None,
    part: str = "",
    shift: Shift | None = None,
    named: str = "",
    files: Sequence[UploadedFile] = (),
) -> Appeal:
    """Appeal against a line of one's own published review, the rating it got, or one fact beneath it.

    Or against a `part`: an item outside the hundred or what a gate counts, by its key.
    The rule names who decides; see independent. Raises ValidationError: outside the window, somebody else's review, no
    text, no such fact, the same appeal is open already, or a file that is too large or no evidence.
    """
    review = _own_locked(by, review)
    windows.require_open(review)
    words = _words(text, "text", _("Say what is wrong, and how it was."))
    named = " ".join(named.split())[:120]
    if line is None:
        _check_part(review, part, about)
    else:
        part = ""
        _check_line(review, line, about)
    _check_fact(review, about, shift, named)
    evidence = read(files)
    same = Appeal.objects.filter(
        review=review, line=line, part=part, about=about, shift=shift, named=named, state__in=PENDING
    )
    if same.exists():
        raise ValidationError(_("You have appealed against this already; it is not decided yet."))
    appeal = Appeal.objects.create(
        review=review, line=line, part=part, version=review.version, about=about, shift=shift, named=named, by=by,
        points=line.points if line else points_outside(review, part),
    )  # fmt: skip
    told = _add_round(appeal, 1, words, evidence, by)
    record(
        by=by, verb="make_appeal", target=appeal, review=review.pk, line=appeal.key, about=about,
        shift=shift.pk if shift else None, named=named, files=[one.sha256 for one in evidence],
        reviewer=told.reviewer_id,
    )  # fmt: skip
    return appeal


@transaction.atomic
def withdraw_appeal(*, by: User, appeal: Appeal) -> None:
    """The appellant takes it back while it is not decided; it stays to be read. Raises ValidationError."""
    appeal = _locked(appeal)
    if appeal.review.person.user_id != by.pk:
        raise ValidationError(_("Only who appealed takes it back."))
    if appeal.state != AppealState.OPEN:
        raise ValidationError(_("It is decided already, or was taken back."))
    _end(appeal, AppealState.WITHDRAWN)
    record(by=by, verb="withdraw_appeal", target=appeal, review=appeal.review_id, level=appeal.level)


@transaction.atomic
def hand_over_appeal(*, by: User, appeal: Appeal, reviewer: User, reason: str) -> None:
    """Somebody else decides, for a reason. Raises ValidationError where they are not independent."""
    appeal = _locked(appeal)
    if appeal.review.person.user_id == by.pk:
        raise ValidationError(_("Nobody chooses who decides on their own appeal."))
    reason = reason_of(reason)
    if appeal.state != AppealState.OPEN:
        raise ValidationError(_("It is decided already, or was taken back."))
    if not reviewer.is_active:
        raise ValidationError({"reviewer": _("They cannot sign in. Choose somebody else.")})
    require_independent(reviewer, appeal, appeal.level)
    told = appeal.rounds.select_for_update(of=("self",)).get(level=appeal.level)
    former = told.reviewer_id
    if former == reviewer.pk:
        raise ValidationError({"reviewer": _("They decide it already.")})
    told.reviewer, told.assigned_by, told.assigned_reason = reviewer, by, reason
    told.save(update_fields=["reviewer", "assigned_by", "assigned_reason"])
    record(
        by=by, verb="hand_over_appeal", target=appeal, reason=reason, former=former, reviewer=reviewer.pk,
        level=appeal.level,
    )  # fmt: skip


@transaction.atomic
def decide_appeal(
    *, by: User, appeal: Appeal, verdict: Verdict, reason: str, points: Fraction | None = None,
    times: Decimal | None = None, seen: str = "",
) -> AppealRound:  # fmt: skip
    """Grant, grant in part or refuse, with a reason that the appellant reads. `points`: what the line is to get;
    `times`: how often happened what is outside the hundred.

    A rating is corrected at once, and so is an item where points are given; else a granted appeal waits for the fact
    beneath to be corrected (`settle_appeal`). Raises ValidationError: somebody decided it meanwhile (`Changed`), `by`
    is not independent, no reason, points that the line cannot have or that change nothing.
    """
    appeal = _locked(appeal)
    told = appeal.rounds.select_for_update(of=("self",)).get(level=appeal.level)
    if told.decided_at is not None:
        raise Changed(_decided_meanwhile(told))
    if appeal.state != AppealState.OPEN:
        raise Changed(_("It was taken back meanwhile: there is nothing to decide any more."))
    claim(told, seen)
    require_independent(by, appeal, appeal.level)
    if told.reviewer_id != by.pk and not by.can(Right.APPROVE_REVIEWS):
        raise ValidationError(_("Somebody else decides on this level."))
    review = published_of(appeal)
    why = _words(reason, "reason", _("Say why: the person reads it, and it is kept for good."))
    check_points(appeal, verdict, points)
    check_times(appeal, verdict, times)
    told.verdict, told.reason, told.decided_by, told.decided_at = verdict, why, by, timezone.now()
    if verdict != Verdict.REFUSED and points is None and times is None:
        appeal.state = AppealState.TO_CORRECT
        appeal.save(update_fields=["state"])
    else:
        told.change = _corrected(by, appeal, review, why, points, times)
        _end(appeal, AppealState.DECIDED)
    told.save(update_fields=["verdict", "reason", "decided_by", "decided_at", "change"])
    record(
        by=by, verb="decide_appeal", target=appeal, reason=why[:300], review=appeal.review_id, line=appeal.key,
        level=appeal.level, verdict=verdict, points=None if points is None else str(points), times=as_text(times),
    )  # fmt: skip
    return told


def _corrected(
    by: User, appeal: Appeal, review: Review, why: str, points: Fraction | None, times: Decimal | None
) -> ReviewChange | None:
    """What was appealed gets the points, or happened as often, as was decided; None where the decision says neither."""
    if times is not None:
        change = put_in_writing(
            by=by, review=review, key=appeal.part, now=as_text(times), kind=ChangeKind.APPEALED, reason=why
        )
        _new_version(review)
        return change
    if points is None or (line := appeal.line) is None:
        return None
    line.review = review
    applies = count_after_all(by=by, line=line, reason=why)
    changed = change_points(by=by, line=line, points=points, kind=ChangeKind.APPEALED, reason=why)
    _new_version(line.review)
    return changed or applies


@transaction.atomic
def settle_appeal(*, by: User, appeal: Appeal, corrections: Sequence[int] = (), note: str = "") -> bool:
    """Link what corrected the fact (ids of audit rows) and compute the review again; whether anything changed.

    `note`: why nothing is to change although it was granted; then only a review that stays the same is closed.
    Raises ValidationError: not granted, no correction named, nothing differs, or the month is being computed.
    """
    appeal = _locked(appeal)
    if appeal.state != AppealState.TO_CORRECT:
        raise ValidationError(_("Nothing waits to be corrected here."))
    require_independent(by, appeal, appeal.level)
    review = published_of(appeal)
    linked = corrected_by(appeal, corrections)
    note = " ".join(note.split())[:300]
    if not linked and not note:
        raise ValidationError(_("Choose the correction that was made, or say why nothing is to change."))
    told = appeal.rounds.get(level=appeal.level)
    again = compute_again(review, appeal, by=by, reason=told.reason)
    if again is None and not note:
        raise ValidationError(
            _(
                "The month's figures are as they were. Correct the fact first and let the month be computed; where the "
                "month is closed, open it. If nothing is to change, say why."
            )
        )
    if again is not None:
        _new_version(review)
    appeal.corrections, appeal.closing_note = [event.pk for event in linked], note
    _end(appeal, AppealState.DECIDED)
    appeal.save(update_fields=["corrections", "closing_note", "run"])
    record(
        by=by, verb="settle_appeal", target=appeal, review=review.pk, corrections=appeal.corrections, note=note,
        run=appeal.run_id, changed=again.changed if again else 0,
    )  # fmt: skip
    return again is not None


@transaction.atomic
def take_appeal_further(*, by: User, appeal: Appeal, text: str, files: Sequence[UploadedFile] = ()) -> AppealRound:
    """To the second and last level, where somebody else decides. Raises ValidationError: too late, no text."""
    appeal = _locked(appeal)
    if appeal.review.person.user_id != by.pk:
        raise ValidationError(_("Only who appealed takes it further."))
    first = appeal.rounds.get(level=1)
    windows.require_second(appeal, first)
    words = _words(text, "text", _("Say what is wrong, and how it was."))
    evidence = read(files)
    appeal.level, appeal.state, appeal.ended_at = 2, AppealState.OPEN, None
    appeal.save(update_fields=["level", "state", "ended_at"])
    told = _add_round(appeal, 2, words, evidence, by)
    record(
        by=by, verb="take_appeal_further", target=appeal, review=appeal.review_id, reviewer=told.reviewer_id,
        files=[one.sha256 for one in evidence],
    )  # fmt: skip
    return told


def _own_locked(by: User, review: Review) -> Review:
    found = Review.objects.select_for_update(of=("self",)).select_related("cycle", "person", "reviewer").get(
        pk=review.pk
    )  # fmt: skip
    if found.person.user_id != by.pk:
        raise ValidationError(_("One appeals against one's own review only."))
    return found


def _locked(appeal: Appeal) -> Appeal:
    """Two who decide at once: the second finds what the first did."""
    rows = Appeal.objects.select_for_update(of=("self",))
    return rows.select_related("review__cycle", "review__person", "review__reviewer", "line").get(pk=appeal.pk)


def _words(text: str, field: str, missing: str) -> str:
    words = text.strip()
    if not words:
        raise ValidationError({field: missing})
    if len(words) > LONGEST:
        raise ValidationError({field: _("At most 2,000 characters; these are %(n)d.") % {"n": len(words)}})
    return words


def _check_part(review: Review, part: str, about: AppealAbout) -> None:
    if part not in {one.key for one in named_parts(terms_of(review).card)}:
        raise ValidationError({"line": _("Choose an item of this review.")})
    if about == AppealAbout.RATING:
        raise ValidationError({"about": _("This is counted, not rated. Say what is wrong about it.")})


def _check_line(review: Review, line: ReviewLine, about: AppealAbout) -> None:
    if line.review_id != review.pk or line.gone or line.kind == LineKind.LATER:
        raise ValidationError({"line": _("Choose an item of this review.")})
    if about == AppealAbout.RATING and line.kind != LineKind.RATED:
        raise ValidationError({"about": _("This item is computed, not rated. Say which fact is wrong.")})
    if about in (AppealAbout.SHIFT, AppealAbout.RECORD) and line.kind == LineKind.RATED:
        raise ValidationError({"about": _("This item is rated by a person: choose the rating.")})


def _check_fact(review: Review, about: AppealAbout, shift: Shift | None, named: str) -> None:
    if about == AppealAbout.SHIFT and (shift is None or shift.person_id != review.person_id):
        raise ValidationError({"shift": _("Choose one of your shifts of the month.")})
    if about != AppealAbout.SHIFT and shift is not None:
        raise ValidationError({"shift": _("Leave the shift empty, or say that it is about a shift.")})
    if about == AppealAbout.RECORD and not named:
        raise ValidationError({"named": _("Say which one: an order's number, a day and a time.")})


def _add_round(appeal: Appeal, level: int, text: str, evidence: Sequence[Evidence], by: User) -> AppealRound:
    told = AppealRound.objects.create(appeal=appeal, level=level, text=text, reviewer=assigned(appeal, level))
    for one in evidence:
        AppealFile.objects.create(
            round=told, name=one.name, kind=one.kind, size=len(one.content), sha256=one.sha256, content=one.content,
            by=by,
        )  # fmt: skip
    return told


def _decided_meanwhile(told: AppealRound) -> str:
    text = _("%(who)s decided it %(when)s: %(verdict)s. Nothing of yours was saved; what you wrote stands below.")
    when = numbers.day_clock(told.decided_at)
    return text % {"who": name_of(told.decided_by), "when": when, "verdict": Verdict(told.verdict).label}


def _new_version(review: Review) -> None:
    """What the person saw is another version: they are asked once more whether they have seen it."""
    Review.objects.filter(pk=review.pk).update(version=F("version") + 1)


def _end(appeal: Appeal, state: AppealState) -> None:
    appeal.state, appeal.ended_at = state, timezone.now()
    appeal.save(update_fields=["state", "ended_at"])

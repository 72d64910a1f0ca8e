"""The verbs of reviews for programs: those of their pages, checked by the same forms."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from kaibo.appraisal import actions
from kaibo.appraisal.actions.ratings import ALONE
from kaibo.appraisal.cycle.access import (
    find_assessment_to_hand_back,
    find_line_to_change,
    find_own_review,
    find_review,
    find_review_to_approve,
    find_review_to_change,
    find_review_to_deliver,
    find_review_to_rate,
    find_review_to_run,
    find_review_to_say,
)
from kaibo.appraisal.cycle.forms import RatingForm, ReviewerForm, TalkForm, TimesForm
from kaibo.appraisal.cycle.rater_models import INVITED
from kaibo.appraisal.cycle.rating import rated_by
from kaibo.appraisal.cycle.review_models import LineKind, NoteKind, RaterKind, Review, ReviewLine
from kaibo.home.records.notes import NOTE, note_row
from kaibo.home.records.reviews import ONE, ROW, given_row, one_review, review_rows, reviews, row_of
from kaibo.home.records.saying import Kind, Plain, Told, Verb, Wrong, at, held, mapping, number, read, typed, words, yes
from kaibo.login.models import User
from kaibo.login.token_scopes import Area


def _times(user: User, pk: int, told: Told) -> Plain:
    found = find_review_to_change(user, pk)
    got = read(TimesForm, told)
    actions.write_times(
        by=user, review=found, key=got["key"], times=got["times"], reason=got["reason"], seen=words(told, "seen")
    )
    return row_of(user, pk)


def _without_team(user: User, pk: int, told: Told) -> Plain:
    actions.leave_team_out(by=user, review=find_review_to_approve(user, pk), reason=words(told, "reason"))
    return row_of(user, pk)


def _with_team(user: User, pk: int, told: Told) -> Plain:
    actions.count_team_again(by=user, review=find_review_to_approve(user, pk), reason=words(told, "reason"))
    return row_of(user, pk)


def _reviewer(user: User, pk: int, told: Told) -> Plain:
    found = find_review_to_run(user, pk)
    got = read(ReviewerForm, told)
    actions.change_reviewer(by=user, reviews=[found], reviewer=got["reviewer"], reason=got["reason"])
    return row_of(user, pk)


def _drop(user: User, pk: int, told: Told) -> Plain:
    actions.drop_review(by=user, review=find_review_to_run(user, pk), reason=words(told, "reason"))
    return row_of(user, pk)


def _take_back_in(user: User, pk: int, told: Told) -> Plain:
    actions.take_review_back_in(by=user, review=find_review_to_run(user, pk), reason=words(told, "reason"))
    return row_of(user, pk)


def _line_of(user: User, pk: int, told: Told) -> ReviewLine:
    """By its key, as the review says it. Raises Http404."""
    found = find_review(user, pk)
    line = found.lines.filter(key=words(told, "line"), gone=False).values_list("pk", flat=True).first()
    if line is None:
        raise Wrong({"line": [_("There is no such item. Say its key.")]})
    return find_line_to_change(user, line)


def _leave_out(user: User, pk: int, told: Told) -> Plain:
    actions.leave_line_out(by=user, line=_line_of(user, pk, told), reason=words(told, "reason"))
    return row_of(user, pk)


def _count_again(user: User, pk: int, told: Told) -> Plain:
    actions.count_line_again(by=user, line=_line_of(user, pk, told), reason=words(told, "reason"))
    return row_of(user, pk)


def _without(user: User, pk: int, told: Told) -> Plain:
    line = _line_of(user, pk, told)
    actions.do_without_raters(by=user, line=line, kind=_rater_kind(told), reason=words(told, "reason"))
    return row_of(user, pk)


def _ask_again(user: User, pk: int, told: Told) -> Plain:
    line = _line_of(user, pk, told)
    actions.ask_raters_again(by=user, line=line, kind=_rater_kind(told), reason=words(told, "reason"))
    return row_of(user, pk)


def _rater_kind(told: Told) -> RaterKind:
    kind = words(told, "rater")
    if kind not in RaterKind.values:
        raise Wrong({"rater": [_("Say one of: %(names)s.") % {"names": ", ".join(RaterKind.values)}]})
    return RaterKind(kind)


def _assessment(user: User, found: Review, kind: RaterKind) -> Plain:
    forms = found.assessments.filter(kind=kind)
    # of several who rate each sees their own alone
    form = (forms if kind in ALONE else forms.filter(rater__user=user)).first()
    given = list(form.ratings.select_related("line", "assessment").order_by("line__number", "pk")) if form else []
    return {
        "review": found.pk, "rater": kind, "strengths": form.strengths if form else "",
        "next_steps": form.next_steps if form else "", "saved_at": at(form.saved_at) if form else None,
        "submitted_at": at(form.submitted_at) if form else None,
        "given": [{"line": one.line.key, **given_row(one)} for one in given],
    }  # fmt: skip


FORM = {
    "review": "int", "rater": "str", "strengths": "str", "next_steps": "str", "saved_at": "at?", "submitted_at": "at?",
    "given": [{"line": "str", "rater": "str", "points": "str", "comment": "str", "evidence": "str", "at": "at"}],
}  # fmt: skip


def _assess(user: User, pk: int, told: Told) -> Plain:
    found = find_own_review(user, pk)
    with held(found):
        return _fill_in(user, found, RaterKind.SELF, told)


def _rate(user: User, pk: int, told: Told) -> Plain:
    found = find_review_to_rate(user, pk)
    with held(found):
        return _fill_in(user, found, RaterKind.MANAGER, told)


def _say(user: User, pk: int, told: Told) -> Plain:
    found, kind = find_review_to_say(user, pk)
    with held(found):
        return _fill_in(user, found, kind, told)


def _fill_in(user: User, found: Review, kind: RaterKind, told: Told) -> Plain:
    """Through the page's form; what is not said stays as the draft has it."""
    there = found.lines.filter(kind=LineKind.RATED, gone=False, left_out="")
    lines = {one.key: one for one in rated_by(there, kind)}
    draft = _assessment(user, found, kind)
    # what the draft says of an item that was left out since, or is gone, stays there and counts no more
    given: dict[str, Mapping[str, Any]] = {one["line"]: one for one in draft["given"] if one["line"] in lines}
    for key, one in mapping(told, "given").items():
        if key not in lines:
            raise Wrong({"given": [_("“%(line)s” is not rated here.") % {"line": key}]})
        given[key] = {**given.get(key, {}), **(one if isinstance(one, dict) else {"points": one})}
    filled = {name: words(told, name) if name in told else draft[name] for name in ("strengths", "next_steps")}
    names = {}
    for key, one in given.items():
        for name in ("points", "comment", "evidence"):
            names[f"{name}-{lines[key].pk}"] = key
            filled[f"{name}-{lines[key].pk}"] = one.get(name, "")
    form = RatingForm(typed(filled), lines=list(lines.values()), own=kind is RaterKind.SELF)
    if not form.is_valid():
        raise Wrong({names.get(name, name): [str(text) for text in texts] for name, texts in form.errors.items()})
    actions.save_assessment(
        by=user, review=found, kind=kind, given=form.given(), strengths=form.cleaned_data["strengths"],
        next_steps=form.cleaned_data["next_steps"], hand_in=yes(told, "hand_in"),
    )  # fmt: skip
    return _assessment(user, found, kind)


def _hand_back(user: User, pk: int, told: Told) -> Plain:
    kind = words(told, "rater")
    kinds = (*ALONE, *INVITED)
    if kind not in kinds:
        raise Wrong({"rater": [_("Say one of: %(names)s.") % {"names": ", ".join(map(str, kinds))}]})
    person = number(told, "person") if "person" in told else None
    found = find_assessment_to_hand_back(user, pk, RaterKind(kind), person)
    actions.hand_back(by=user, assessment=found, reason=words(told, "reason"))
    return row_of(user, pk)


def _acknowledge(user: User, pk: int, _told: Told) -> Plain:
    actions.acknowledge(by=user, review=find_own_review(user, pk))
    return row_of(user, pk)


def _deliver(user: User, pk: int, told: Told) -> Plain:
    actions.record_delivery(by=user, review=find_review_to_deliver(user, pk), note=words(told, "note"))
    return row_of(user, pk)


def _talk(user: User, pk: int, told: Told) -> Plain:
    found = find_review_to_deliver(user, pk)
    got = read(TalkForm, told)
    made = actions.add_note(
        by=user, person=found.person, month=found.cycle.month, kind=NoteKind.TALK, day=got["day"], text=got["text"]
    )
    return note_row(made)


def _form_now(user: User, pk: int, told: Told) -> Plain:
    """One's own form as it stands: of oneself, the manager's, or as others asked one to."""
    if words(told, "rater") == "asked":
        return _assessment(user, *find_review_to_say(user, pk))
    if words(told, "rater") == RaterKind.MANAGER:
        return _assessment(user, find_review_to_rate(user, pk), RaterKind.MANAGER)
    return _assessment(user, find_own_review(user, pk), RaterKind.SELF)


FILLED = ("given?", "strengths?", "next_steps?", "hand_in?")
REVIEWS = Kind(
    "reviews", "reviews that you may know of, with the scores that you may see: yours, those you rate, your people's",
    reviews, None,
    (
        Verb("reviewer", "somebody else rates it", ("reviewer", "reason"), _reviewer),
        Verb("drop", "take it out of its cycle", ("reason",), _drop),
        Verb("take-back-in", "it was taken out, and belongs to its cycle after all", ("reason",), _take_back_in),
        Verb("leave-out", "an item, by its key, does not apply: its weight moves to the others", ("line", "reason"),
             _leave_out),
        Verb("count-again", "it applies after all", ("line", "reason"), _count_again),
        Verb("without-raters", "a kind of rater does not rate an item this time: its weight is the other raters'",
             ("line", "rater", "reason"), _without),
        Verb("ask-raters-again", "it rates the item after all", ("line", "rater", "reason"), _ask_again),
        Verb("times", "how often something outside the hundred, or what a gate counts, happened; without times: nobody "
             "knows yet; seen: of the item, as the review gives it", ("key", "times?", "reason", "seen?"), _times),
        Verb("without-team", "the team's figure does not come: the coefficient is the grade's own", ("reason",),
             _without_team),
        Verb("with-team", "the team's part counts after all", ("reason",), _with_team),
        Verb("assess", "one's own assessment: given {item: points, or {points, comment, evidence}}; hand_in=true hands "
             "it in", FILLED, _assess, gives=FORM),
        Verb("rate", "the manager's ratings, in the same way", FILLED, _rate, gives=FORM),
        Verb("say", "what one gives who is invited, or from below, in the same way", FILLED, _say, gives=FORM),
        Verb("form", "one's own form as it stands; rater: self, manager or asked; changes nothing", ("rater?",),
             _form_now, gives=FORM, reads=True),
        Verb("hand-back", "give a form back to be corrected; rater: self, manager, or the kind of an invited person",
             ("rater", "person?", "reason"), _hand_back),
        Verb("acknowledge", "one has seen one's own review; that is no agreement", (), _acknowledge),
        Verb("deliver", "how it was handed over to who does not click", ("note",), _deliver),
        Verb("talk", "the feedback talk: when, and what was said", ("day", "text"), _talk, gives=NOTE),
    ),
    asks=("cycle?", "month?", "person?", "role?", "reviewer?", "state?", "q?"), rows=review_rows, one=one_review,
    shape=ROW, one_shape=ONE, personal=True, area=Area.REVIEWS,
)  # fmt: skip

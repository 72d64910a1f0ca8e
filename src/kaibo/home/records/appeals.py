"""Appeals: what is disputed, its levels, what was decided and changed, the verbs of their pages, statistics."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from kaibo.appraisal import actions
from kaibo.appraisal.appeals import access, page
from kaibo.appraisal.appeals.corrections import corrections_since
from kaibo.appraisal.appeals.forms import AppealForm, DecisionForm, HandOverForm, SecondForm, SettleForm
from kaibo.appraisal.appeals.independent import eligible, name_of
from kaibo.appraisal.appeals.models import Appeal, AppealAbout, AppealState, Verdict
from kaibo.appraisal.appeals.statistics import Tally
from kaibo.appraisal.appeals.statistics import statistics as counted
from kaibo.audit.seen import mark
from kaibo.home.records.saying import (
    Kind,
    Plain,
    Told,
    Verb,
    Wrong,
    at,
    checked,
    exact,
    found_all,
    month_as_text,
    month_in,
    number,
    typed,
    words,
)
from kaibo.login.models import User
from kaibo.login.token_scopes import Area
from kaibo.look import numbers
from kaibo.org.access import require, sees_amounts

ROW = {
    "id": "int", "review": "int", "month": "month", "person": "int", "name": "str", "role": "str", "line": "str",
    "title": "str", "about": "str", "what": "str", "shift": "int?", "named": "str?", "state": "str", "says": "str",
    "level": "int", "version": "int", "points": "exact?", "reviewer": "str?", "yours_to_decide": "bool", "at": "at",
    "ended_at": "at?",
}  # fmt: skip
FILE = {"id": "int", "name": "str", "kind": "str", "size": "int", "sha256": "str", "at": "at"}
ONE = {
    **ROW,
    "rounds": [{"level": "int", "text": "str", "at": "at", "reviewer": "str?", "assigned_by": "str?",
                "assigned_reason": "str?", "verdict": "str?", "reason": "str?", "decided_by": "str?",
                "decided_at": "at?", "files": [FILE], "seen": "str"}],
    "differences": [{"line": "str?", "name": "str", "before": "str", "after": "str", "why": "str", "at": "at"}],
    "corrections": ["int"], "closing_note": "str?", "own": "bool", "may_decide": "bool", "why_not": "str?",
    "may_settle": "bool", "may_hand_over": "bool", "further_until": "at?", "takes_points": "bool",
    "candidates": [{"user": "int", "name": "str"}], "possible_corrections": [{"id": "int", "says": "str"}],
}  # fmt: skip
STATISTIC = {
    "of": "str", "title": "str", "note": "str?", "published": "int", "made": "int", "granted": "int", "partly": "int",
    "refused": "int", "pending": "int", "withdrawn": "int",
}  # fmt: skip
STATES = ("pending", *AppealState.values)
OF = ("mine", "to_decide", "others")


def _appeals(user: User, told: Told) -> Any:
    state, whose, month = words(told, "state"), words(told, "of"), month_in(told)
    if state not in ("", *STATES):
        raise Wrong({"state": [_("Say one of: %(names)s.") % {"names": ", ".join(STATES)}]})
    if whose not in ("", *OF):
        raise Wrong({"of": [_("Say one of: %(names)s.") % {"names": ", ".join(OF)}]})
    text = month_as_text(month) if month else ""
    if whose == "others":
        found = page.others(user, state=state, month=text)
    else:
        chosen = {"mine": page.own, "to_decide": page.to_decide}.get(whose, access.visible_appeals)(user)
        chosen = chosen.filter(pk__in=access.visible_appeals(user).values("pk"))
        found = page.narrowed(chosen, state=state, month=text)
    return found.distinct().order_by("-pk")


def _rows(user: User, found: Sequence[Appeal]) -> list[Plain]:
    ids = [one.pk for one in found]
    return [_row(one) for one in page.rows_of(user, Appeal.objects.filter(pk__in=ids).order_by("-pk"))]


def _row(row: page.Row) -> Plain:
    one = row.appeal
    return {
        "id": one.pk, "review": one.review_id, "month": month_as_text(one.review.cycle.month),
        "person": one.review.person_id, "name": one.review.person.name, "role": one.review.role, "line": one.key,
        "title": row.title, "about": one.about, "what": row.what, "shift": one.shift_id, "named": one.named or None,
        "state": one.state, "says": row.label, "level": one.level, "version": one.version, "points": exact(one.points),
        "reviewer": row.reviewer or None, "yours_to_decide": row.mine, "at": at(one.at), "ended_at": at(one.ended_at),
    }  # fmt: skip


def _one(user: User, pk: int, _told: Told) -> Plain:
    found = access.find_appeal(user, pk)
    with numbers.amounts_withheld(not sees_amounts(user, found.review.person)):
        return _whole(user, found)


def _whole(user: User, found: Appeal) -> Plain:
    """What the appeal's page says to this reader; evidence for who may read it."""
    shown = page.shown(user, found)
    candidates = eligible(found, found.level) if shown.may_hand_over else []
    corrections = corrections_since(found) if shown.may_settle else []
    return {
        **_row(shown.row), "rounds": [_level(one, files=shown.files) for one in shown.levels],
        "differences": [
            {"line": one.line or None, "name": str(one.name), "before": one.before, "after": one.after, "why": one.why,
             "at": at(one.at)}
            for one in shown.differences
        ],
        "corrections": found.corrections, "closing_note": found.closing_note or None, "own": shown.own,
        "may_decide": shown.may_decide, "why_not": shown.why_not or None, "may_settle": shown.may_settle,
        "may_hand_over": shown.may_hand_over, "further_until": at(shown.further_until),
        "takes_points": shown.takes_points,
        "candidates": [{"user": one.pk, "name": name_of(one)} for one in candidates],
        "possible_corrections": [{"id": one.pk, "says": page.event_words(one)} for one in corrections],
    }  # fmt: skip


def _level(one: page.Level, *, files: bool) -> Plain:
    told = one.told
    return {
        "level": told.level, "text": told.text, "at": at(told.at), "reviewer": one.reviewer or None,
        "assigned_by": one.assigned_by or None, "assigned_reason": told.assigned_reason or None,
        "verdict": told.verdict or None, "reason": told.reason or None, "decided_by": one.decided_by or None,
        "decided_at": at(told.decided_at), "seen": mark(told),
        "files": [
            {"id": f.pk, "name": f.name, "kind": f.kind, "size": f.size, "sha256": f.sha256, "at": at(f.at)}
            for f in (one.files if files else ())
        ],
    }  # fmt: skip


def files_in(told: Told, name: str) -> list[UploadedFile]:
    """Files that were told: of a form as they are, of JSON as {"name", "base64"}. Raises Wrong."""
    said = told.get(name, [])
    found: list[UploadedFile] = []
    for one in said if isinstance(said, list) else [said]:
        if isinstance(one, UploadedFile):
            found.append(one)
            continue
        try:
            content = base64.b64decode(one["base64"], validate=True)
            # as a browser's names are cleaned: line breaks and the like are no part of them
            said_name = "".join(sign for sign in one["name"] if sign.isprintable()).strip()
            found.append(SimpleUploadedFile(said_name, content))
        except (TypeError, KeyError, ValueError, binascii.Error, SuspiciousFileOperation):
            raise Wrong({name: [_('Send files as multipart/form-data, or as {"name": …, "base64": …}.')]}) from None
    return found


def _filled(form: Any, told: Told, **more: Any) -> Any:
    """The page's form with what was told; its files apart. Raises Wrong."""
    said = typed({name: value for name, value in told.items() if name not in ("evidence", "seen", "review")})
    files = MultiValueDict({"evidence": files_in(told, "evidence")}) if "evidence" in told else None
    made = form(said, files, **more)
    checked(made)
    return made


def _make(user: User, _pk: int, told: Told) -> Plain:
    [review] = found_all([number(told, "review")], lambda pk: access.find_review_to_appeal(user, pk), "review")
    form = _filled(AppealForm, told, review=review)
    got = form.cleaned_data
    made = actions.make_appeal(
        by=user, review=review, **form.against, about=AppealAbout(got["about"]), text=got["text"],
        shift=got["shift"], named=got["named"], files=got["evidence"],
    )  # fmt: skip
    return _one(user, made.pk, {})


def _withdraw(user: User, pk: int, _told: Told) -> Plain:
    actions.withdraw_appeal(by=user, appeal=access.find_own_appeal(user, pk))
    return _one(user, pk, {})


def _hand_over(user: User, pk: int, told: Told) -> Plain:
    found = access.find_appeal_to_hand_over(user, pk)
    form = _filled(HandOverForm, told, appeal=found, now=found.rounds.get(level=found.level).reviewer_id)
    got = form.cleaned_data
    actions.hand_over_appeal(by=user, appeal=found, reviewer=form.users[got["reviewer"]], reason=got["reason"])
    return _one(user, pk, {})


def _decide(user: User, pk: int, told: Told) -> Plain:
    found = access.find_appeal_to_decide(user, pk)
    form = _filled(DecisionForm, told, appeal=found)
    actions.decide_appeal(
        by=user, appeal=found, verdict=Verdict(form.cleaned_data["verdict"]), reason=form.cleaned_data["reason"],
        points=form.said, times=form.cleaned_data.get("times"), seen=words(told, "seen"),
    )  # fmt: skip
    return _one(user, pk, {})


def _settle(user: User, pk: int, told: Told) -> Plain:
    found = access.find_appeal_to_settle(user, pk)
    form = _filled(SettleForm, told, events=corrections_since(found), words=page.event_words)
    got = form.cleaned_data
    actions.settle_appeal(by=user, appeal=found, corrections=[int(one) for one in got["corrections"]], note=got["note"])
    return _one(user, pk, {})


def _further(user: User, pk: int, told: Told) -> Plain:
    found = access.find_own_appeal(user, pk)
    got = _filled(SecondForm, told).cleaned_data
    actions.take_appeal_further(by=user, appeal=found, text=got["text"], files=got["evidence"])
    return _one(user, pk, {})


def _statistics(user: User, told: Told) -> list[tuple[str, Tally]]:
    require(user, *access.WHOLE)
    found = counted(month_in(told))
    raters, rules = (("rater", one) for one in found.raters), (("item", one) for one in found.rules)
    return [("all", found.total), *raters, *rules]


def _statistic(row: tuple[str, Tally]) -> Plain:
    of, one = row
    return {
        "of": of, "title": one.title, "note": one.note or None, "published": one.of, "made": one.made,
        "granted": one.granted, "partly": one.partly, "refused": one.refused, "pending": one.pending,
        "withdrawn": one.withdrawn,
    }  # fmt: skip


EVIDENCE = ("evidence",)
APPEALS = Kind(
    "appeals", "appeals that you may read; of=mine, to_decide or others", _appeals, None,
    (
        Verb("make", "against an item of one's own review, by its key (outside the hundred: outside-key); about: line, "
             "rating, shift or record; evidence: files (multipart, or name and base64)",
             ("review", "line", "about", "text", "shift?", "named?", "evidence?"), _make, of_one=False,
             files=EVIDENCE, gives=ONE),
        Verb("withdraw", "one's own, while it is not decided", (), _withdraw, gives=ONE),
        Verb("hand-over", "somebody else decides; reviewer: a user of its candidates", ("reviewer", "reason"),
             _hand_over, gives=ONE),
        Verb("decide", "verdict: granted, partly or refused; points: what the item gets instead; times: how often "
             "happened what is outside the hundred",
             ("verdict", "reason", "points?", "times?", "seen?"), _decide, gives=ONE),
        Verb("settle", "link what corrected the fact, or say why nothing is to change; the review is computed again",
             ("corrections?", "note?"), _settle, gives=ONE),
        Verb("further", "one's own to the second level", ("text", "evidence?"), _further, files=EVIDENCE, gives=ONE),
    ),
    asks=("state?", "month?", "of?"), rows=_rows, one=_one, shape=ROW, one_shape=ONE, personal=True, area=Area.REVIEWS,
)  # fmt: skip
APPEAL_STATISTICS = Kind(
    "appeal-statistics", "how many appeals and how many granted: in all, by rater, by item", _statistics, _statistic,
    asks=("month?",), shape=STATISTIC, area=Area.REVIEWS,
)  # fmt: skip

"""Calibration: the board of a position, each review with its items, changes and previews. People stand by name."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext as _

from kaibo.appraisal import actions
from kaibo.appraisal.appeals.page import names_of
from kaibo.appraisal.appeals.points import bounds_of
from kaibo.appraisal.calibration import access
from kaibo.appraisal.calibration.board import Board, board
from kaibo.appraisal.calibration.forms import CalibrateForm, PreviewForm
from kaibo.appraisal.cycle.access import visible_cycles
from kaibo.appraisal.cycle.models import Cycle
from kaibo.appraisal.cycle.review_models import ChangeKind, Review, ReviewChange, ReviewLine
from kaibo.appraisal.cycle.scores import counts
from kaibo.appraisal.line_words import line_title
from kaibo.audit.seen import mark
from kaibo.home.records.cycles import month_of_cycle, moved, points_of
from kaibo.home.records.saying import (
    Kind,
    Plain,
    Told,
    Verb,
    Wrong,
    at,
    exact,
    month_as_text,
    number,
    read,
    scored,
    words,
)
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area
from kaibo.look import numbers
from kaibo.org.access import require, sees_amounts

GROUP = {"role": "str", "title": "str", "people": "int", "locked": "bool"}
BOARD = {
    "id": "int", "month": "month", "state": "str", "groups": [GROUP], "role": "str?",
    "departments": [{"id": "int", "title": "str"}],
    "mean": "exact?", "scored": "int", "locked_at": "at?",
    "people": [{"review": "int", "person": "int", "name": "str", "score": "exact?", "changed": "int",
                "your_preview": "str?", "previews": "int"}],
    "spread": [{"points": "str", "count": "int"}],
    "raters": [{"rater": "int", "name": "str", "n": "int", "others": "int", "own": "exact?", "everybody": "exact?"}],
}  # fmt: skip
CALIBRATED = {
    "id": "int", "cycle": "int", "person": "int", "name": "str", "role": "str", "per_hundred": "exact?", "open": "bool",
    "lines": [{"id": "int", "key": "str", "title": "str", "weight": "str", "points": "exact?",
               "computed_points": "exact?", "least": "exact", "most": "exact", "counts": "bool", "seen": "str"}],
    "changes": [{"line": "str?", "before": "exact?", "after": "exact?", "reason": "str", "by": "str", "at": "at"}],
    "your_preview": "str?", "previews": [{"by": "str", "points": "str", "note": "str"}], "given": "int",
}  # fmt: skip


def _cycles(user: User) -> Any:
    require(user, Right.APPROVE_REVIEWS)
    return visible_cycles(user).order_by("-month")


def _cycle(one: Cycle) -> Plain:
    return {"id": one.pk, "month": month_as_text(one.month), "state": one.state}


def _found(user: User, pk: int) -> Cycle:
    require(user, Right.APPROVE_REVIEWS)
    return access.find_cycle_to_calibrate(user, month_of_cycle(pk))


def _board(user: User, pk: int, told: Told) -> Plain:
    department = number(told, "department") if "department" in told else None
    return _as_board(user, _found(user, pk), words(told, "role"), department)


def _as_board(user: User, cycle: Cycle, role: str, department: int | None = None) -> Plain:
    shown = board(user, cycle, role=role, department=department)
    with numbers.amounts_withheld(not sees_amounts(user)):
        return _shown(cycle, shown)


def _shown(cycle: Cycle, shown: Board) -> Plain:
    return {
        **_cycle(cycle),
        "groups": [
            {"role": one.role, "title": one.title, "people": one.count, "locked": one.locked} for one in shown.groups
        ],
        "role": shown.group.role if shown.group else None,
        "departments": [{"id": key, "title": title} for key, title in shown.departments],
        "mean": scored(shown.mean), "scored": shown.scored, "locked_at": at(shown.lock.at) if shown.lock else None,
        "people": [
            {"review": one.review.pk, "person": one.review.person_id, "name": one.review.person.name,
             "score": scored(one.score), "changed": one.changed,
             "your_preview": None if one.preview is None else str(one.preview), "previews": one.previews}
            for one in shown.rows
        ],
        "spread": [{"points": one.label, "count": one.count} for one in shown.bars],
        "raters": [
            {"rater": one.told.rater, "name": one.name, "n": one.told.n, "others": one.told.others,
             "own": scored(one.told.own), "everybody": scored(one.told.everybody)}
            for one in shown.raters
        ],
    }  # fmt: skip


def _lock(user: User, pk: int, told: Told) -> Plain:
    cycle, role = _found(user, pk), words(told, "role")
    actions.lock_group(by=user, cycle=cycle, role=role)
    return _as_board(user, cycle, role)


def _unlock(user: User, pk: int, told: Told) -> Plain:
    cycle, role = _found(user, pk), words(told, "role")
    actions.unlock_group(by=user, cycle=cycle, role=role, reason=words(told, "reason"))
    return _as_board(user, cycle, role)


def _reviews(user: User, told: Told) -> Any:
    cycle = _found(user, number(told, "cycle"))
    there = access.reviews_to_calibrate(user, cycle).select_related("person", "cycle")
    role = words(told, "role")
    return (there.filter(role=role) if role else there).order_by("person__name", "pk")


def _rows(user: User, found: Sequence[Review]) -> list[Plain]:
    """As many queries for a hundred as for one."""
    calibrated = ReviewChange.objects.filter(kind=ChangeKind.CALIBRATED).select_related("line").order_by("pk")
    prefetch_related_objects(
        found, "previews", Prefetch("lines", ReviewLine.objects.filter(gone=False), to_attr="there"),
        Prefetch("changes", calibrated, to_attr="calibrated"),
    )  # fmt: skip
    users = {one.by_id for review in found for one in _calibrated(review)}
    users |= {one.by_id for review in found for one in review.previews.all()}
    names, open_ones = names_of(users), access.open_ones(found)
    with numbers.amounts_withheld(not sees_amounts(user)):
        return [_whole(user, one, names, is_open=one.pk in open_ones) for one in found]


def _calibrated(review: Any) -> list[ReviewChange]:
    return list(review.calibrated)


def _one(user: User, pk: int, _told: Told) -> Plain:
    return _rows(user, [access.find_review_to_calibrate(user, pk)])[0]


def _whole(user: User, review: Any, names: Mapping[int, str], *, is_open: bool) -> Plain:
    """`review`: with what `_rows` read of it."""
    changes, previews = _calibrated(review), access.previews_of(user, review)
    lines = []
    for line in review.there:
        (least, most), points = bounds_of(line), points_of(line)
        lines.append({
            "id": line.pk, "key": line.key, "title": line_title(line), "weight": str(line.weight),
            "points": points(line.points), "computed_points": points(line.computed_points), "least": exact(least),
            "most": exact(most), "counts": counts(line) and line.points is not None, "seen": mark(line),
        })  # fmt: skip
    return {
        "id": review.pk, "cycle": review.cycle_id, "person": review.person_id, "name": review.person.name,
        "role": review.role, "per_hundred": scored(review.per_hundred), "open": is_open, "lines": lines,
        "changes": [
            {**moved(one), "line": one.line.key if one.line else None, "reason": one.reason,
             "by": names.get(one.by_id or 0, ""), "at": at(one.at)}
            for one in changes
        ],
        "your_preview": str(previews.mine.points) if previews.mine else None,
        "previews": [
            {"by": names.get(one.by_id, ""), "points": str(one.points), "note": one.note} for one in previews.shown
        ],
        "given": previews.given,
    }  # fmt: skip


def _calibrate(user: User, pk: int, told: Told) -> Plain:
    review = access.find_review_to_calibrate(user, pk)
    line = review.lines.filter(key=words(told, "line"), gone=False).values_list("pk", flat=True).first()
    if line is None:
        raise Wrong({"line": [_("There is no such item. Say its key.")]})
    got = read(CalibrateForm, {name: value for name, value in told.items() if name in ("points", "reason")})
    actions.calibrate_line(
        by=user, line=access.find_line_to_calibrate(user, line), points=Fraction(got["points"]), reason=got["reason"],
        seen=words(told, "seen"),
    )  # fmt: skip
    return _one(user, pk, {})


def _preview(user: User, pk: int, told: Told) -> Plain:
    review = access.find_review_to_calibrate(user, pk)
    got = read(PreviewForm, told)
    actions.preview_rating(by=user, review=review, points=got["points"], note=got["note"])
    return _one(user, pk, {})


CALIBRATION = Kind(
    "calibration", "cycles whose scores you may calibrate; one of them: the board of a position", _cycles, _cycle,
    (
        Verb("lock", "a position's scores are settled", ("role",), _lock, gives=BOARD),
        Verb("unlock", "open them again", ("role", "reason"), _unlock, gives=BOARD),
    ),
    one=_board, asks_one=("role?", "department?"), shape={"id": "int", "month": "month", "state": "str"},
    one_shape=BOARD, area=Area.REVIEWS,
)  # fmt: skip
CALIBRATION_REVIEWS = Kind(
    "calibration-reviews", "reviews of a cycle on your board, with what each item can be given", _reviews, None,
    (
        Verb("calibrate", "other points for an item, by its key, with a reason", ("line", "points", "reason", "seen?"),
             _calibrate),
        Verb("preview", "what one would give, points per 100, before one sees what others would",
             ("points", "note?"), _preview),
    ),
    asks=("cycle", "role?"), rows=_rows, one=_one, shape=CALIBRATED, one_shape=CALIBRATED, area=Area.REVIEWS,
)  # fmt: skip

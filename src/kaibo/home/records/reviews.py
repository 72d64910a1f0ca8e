"""Reviews for programs: who is reviewed by whom, scores line by line, what was said, what changed."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.appraisal.appeals import windows
from kaibo.appraisal.appeals.access import under_appeal
from kaibo.appraisal.cycle import pages, past_reviews, reading, review_changes, review_page
from kaibo.appraisal.cycle.access import (
    RUNS,
    find_review,
    visible_notes,
    visible_reviews,
)
from kaibo.appraisal.cycle.from_below import FromBelow
from kaibo.appraisal.cycle.graded import Graded, grade_title, graded, with_terms
from kaibo.appraisal.cycle.review_models import (
    Acknowledgement,
    Assessment,
    LineKind,
    RaterKind,
    Rating,
    Review,
)
from kaibo.appraisal.cycle.said import told
from kaibo.appraisal.own_cards.store import known_kpis, once_amounts, read_once
from kaibo.home.records.cycles import CHANGE, change, points_of
from kaibo.home.records.notes import NOTE, note_row
from kaibo.home.records.saying import (
    Plain,
    Told,
    Wrong,
    at,
    day,
    exact,
    month_as_text,
    month_in,
    number,
    scored,
    who,
    words,
)
from kaibo.home.records.shapes import ANYTHING
from kaibo.home.scores_api import withheld
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.values import Value
from kaibo.login.models import User
from kaibo.look import numbers
from kaibo.org.access import sees_amounts

ROW = {
    "id": "int", "cycle": "int", "month": "month", "state": "str", "person": "int", "name": "str", "role": "str",
    "position": "str", "department": "str?", "reviewer": "int?", "reviewer_name": "str?", "main": "bool",
    "share": "exact?", "joined_on": "day?", "left_on": "day?", "protected": "bool", "computed_at": "at?",
    "published_at": "at?", "version": "int", "self_assessed": "bool", "rated": "bool", "seen": "bool",
    "under_appeal": "bool", "dropped_at": "at?", "dropped_reason": "str?", "open_to_you": "bool", "points": "exact?",
    "of": "str?", "per_hundred": "exact?", "waiting": "int?", "waiting_weight": "str?", "provisional": "bool?",
    "immature_until": "day?", "outside_points": "exact?", "grade": "str?", "grade_title": "str?", "gate": "str?",
    "team_coefficient": "exact?", "coefficient": "exact?", "lacking": ["str"],
}  # fmt: skip
PART = {
    "key": "str",
    "title": "str",
    "rule": "str",
    "times": "str?",
    "points": "str?",
    "by_hand": "bool",
    "seen": "str",
}
LINE = {
    "id": "int", "number": "int", "key": "str", "kind": "str", "kpi": "str", "title": "str", "unit": "str?",
    "weight": "str", "value": "exact?", "numerator": "int?", "denominator": "int?", "target": "exact?",
    "withheld?": "str", "attainment": "exact?", "computed_points": "exact?", "measured_points": "exact?",
    "points": "exact?", "moved": "str?", "waiting": "str?", "missing": "str?", "note": "str?", "left_out": "str?",
    "provisional": "bool", "immature_until": "day?", "sessions": "int", "of_sessions": "int", "in_part": "int",
    "anchors": ["any"], "raters": ANYTHING, "without": ANYTHING, "waits_for": ["str"],
    "given": [{"rater": "str", "points": "str", "comment": "str", "evidence": "str", "at": "at"}],
}  # fmt: skip
ONE = {
    **ROW, "card": "str", "card_version": "int", "lines": [LINE], "together": "exact?", "others": ["int"],
    "past": [{"review": "int", "month": "month", "per_hundred": "exact?"}],
    "assessments": [{"rater": "str", "by": "str?", "strengths": "str", "next_steps": "str", "submitted_at": "at"}],
    "from_below": {
        "?": True, "n": "int", "lines": [{"line": "str", "mean": "exact", "n": "int", "words": ["str"]}],
        "strengths": ["str"], "next_steps": ["str"],
    },
    "changes": [CHANGE], "notes": [NOTE],
    "graded": {"?": True, "title": "str?", "why": ["str"], "waits": ["str"], "items": [PART], "gates": [PART]},
    "acknowledged": {"?": True, "at": "at", "by": "str?", "delivered": "bool", "note": "str"},
    "appeal_until": "at?", "appealable": "bool",
}  # fmt: skip


def _known(user: User) -> QuerySet[Review]:
    """Every review that one of the pages tells this user of: those they may see, their own, all for who runs cycles."""
    if user.can(*RUNS):
        return Review.objects.all()
    seen = Q(pk__in=visible_reviews(user).values("pk")) | Q(person__user=user, dropped_at=None)
    return Review.objects.filter(seen)


def reviews(user: User, told: Told) -> QuerySet[Review]:
    found = _known(user)
    if month := month_in(told):
        found = found.filter(cycle__month=month)
    for name, column in (("cycle", "cycle"), ("person", "person"), ("reviewer", "reviewer")):
        if name in told:
            found = found.filter(**{column: _fitting(number(told, name), name)})
    if role := words(told, "role"):
        found = found.filter(role=role)
    state = words(told, "state")
    if state not in ("", *pages.STATES_OF_REVIEWS):
        raise Wrong({"state": [_("Say one of: %(names)s.") % {"names": ", ".join(pages.STATES_OF_REVIEWS)}]})
    if state == "dropped" and not user.can(*RUNS):
        return Review.objects.none()
    if state == "waiting":
        # where the row hides what waits, the list does not tell it either
        found = found.filter(pk__in=visible_reviews(user).values("pk"))
    return _as_rows(pages.narrowed(found, state, words(told, "q"))).order_by(
        "-cycle__month", "person__name", "-main", "pk"
    )


def _fitting(value: int, name: str) -> int:
    if not 0 < value < 2**63:
        raise Wrong({name: [_("There is no %(n)s, or not for you.") % {"n": value}]})
    return value


def _as_rows(reviews: QuerySet[Review]) -> QuerySet[Any]:
    handed = Assessment.objects.filter(review=OuterRef("pk")).exclude(submitted_at=None)
    seen = Acknowledgement.objects.filter(review=OuterRef("pk"), version=OuterRef("version"))
    return reviews.select_related("cycle", "person", "department", "reviewer", "position").annotate(
        own_done=Exists(handed.filter(kind=RaterKind.SELF)), rated_done=Exists(handed.filter(kind=RaterKind.MANAGER)),
        seen_done=Exists(seen),
    )  # fmt: skip


def review_rows(user: User, found: Sequence[Review]) -> list[Plain]:
    """Scores where the user may see them: nothing of an open review of one's own, or of a superior's."""
    ids = [one.pk for one in found]
    open_to = set(visible_reviews(user).filter(pk__in=ids).values_list("pk", flat=True))
    pending = under_appeal(Review.objects.filter(pk__in=ids))
    # of all at once: a right that reaches some of them only is looked up for each on its own page
    with numbers.amounts_withheld(not sees_amounts(user)):
        return [_row(one, shown=one.pk in open_to, pending=one.pk in pending) for one in with_terms(found)]


def _row(one: Any, *, shown: bool, pending: bool) -> Plain:
    said = {
        "id": one.pk, "cycle": one.cycle_id, "month": month_as_text(one.cycle.month), "state": one.cycle.state,
        "person": one.person_id, "name": one.person.name, "role": one.role, "position": pages.position_of(one),
        "department": one.department.title if one.department else None, "reviewer": one.reviewer_id,
        "reviewer_name": one.reviewer.name if one.reviewer else None, "main": one.main, "share": exact(one.share),
        "joined_on": day(one.joined_on), "left_on": day(one.left_on), "protected": one.protected,
        "computed_at": at(one.computed_at), "published_at": at(one.published_at), "version": one.version,
        "self_assessed": one.own_done, "rated": one.rated_done, "seen": bool(one.published_at and one.seen_done),
        "under_appeal": pending, "dropped_at": at(one.dropped_at), "dropped_reason": one.dropped_reason or None,
        "open_to_you": shown,
    }  # fmt: skip
    told = shown and one.computed_at is not None
    score = {
        "points": scored(one.points) if one.weights else None, "of": str(one.weights),
        "per_hundred": scored(one.per_hundred), "waiting": one.waiting, "waiting_weight": str(one.waiting_weights),
        "provisional": one.provisional, "immature_until": day(one.immature_until),
        "outside_points": exact(one.outside_points), "grade": one.grade or None,
        "grade_title": grade_title(one) or None, "gate": one.gate or None,
        "team_coefficient": scored(one.team_coefficient, 3), "coefficient": scored(one.coefficient, 3),
    }  # fmt: skip
    lacking = list(one.lacking) if told else []
    return said | {name: value if told else None for name, value in score.items()} | {"lacking": lacking}


def row_of(user: User, pk: int) -> Plain:
    """One of the list, as it is after a verb."""
    return review_rows(user, list(_as_rows(Review.objects.filter(pk=pk))))[0]


def one_review(user: User, pk: int, _told: Told) -> Plain:
    found = find_review(user, pk)
    with numbers.amounts_withheld(not sees_amounts(user, found.person)):
        return {**row_of(user, pk), **_whole(user, found)}


@read_once()
def _whole(user: User, found: Review) -> Plain:
    """What the review's page says to this reader."""
    said, month = told(user, found), reading.positions(user, found)
    former, lines = past_reviews.former_lines(found), list(found.lines.filter(gone=False))
    rows = review_page.line_rows(found, lines, former, said.given, said.came)
    own = found.person.user_id == user.pk
    telling = found.changes.filter(review_changes.TELLING).select_related("line", "by__person")
    changes = list(telling.order_by("-pk")[:60])
    seen = found.acknowledgements.filter(version=found.version).select_related("by").first()
    until, kpis = windows.open_until(found.cycle), known_kpis()
    scored_by = {row.line.kpi for row in rows if row.line.kind == LineKind.KPI}
    amounts = once_amounts(scored_by) if numbers.withholds_amounts() else frozenset()
    return {
        "card": found.card, "card_version": found.card_version, "lines": [_line(row, kpis, amounts) for row in rows],
        "together": scored(month.together), "others": [one.pk for one in month.others],
        "past": [
            {"review": one.review.pk, "month": month_as_text(one.review.cycle.month),
             "per_hundred": scored(one.review.per_hundred)}
            for one in past_reviews.past_of(found)
        ],
        "assessments": [
            {"rater": kind, "by": one.rater.name if one.rater else None, "strengths": one.strengths,
             "next_steps": one.next_steps, "submitted_at": at(one.submitted_at)}
            for kind, one in [*sorted(said.shown.items()), *((one.kind, one) for one in said.invited)]
        ],
        "changes": [
            {**change(one), "title": row.title, "what": row.what, "why": row.why}
            for one, row in zip(changes, review_changes.change_rows(changes, found), strict=True)
        ],
        "from_below": _from_below(rows, said.below),
        "graded": _graded(graded(found, list(found.lines.all()))),
        "notes": [note_row(one) for one in visible_notes(user, found.person, found.cycle.month)],
        "acknowledged": {"at": at(seen.at), "by": who(seen.by), "delivered": seen.delivered, "note": seen.note}
        if seen and found.published_at else None,
        "appeal_until": at(until), "appealable": own and not windows.refusal(found, timezone.now()),
    }  # fmt: skip


def _from_below(rows: Sequence[review_page.LineRow], below: FromBelow | None) -> Plain | None:
    """Together, without names and times."""
    if below is None:
        return None
    lines = [
        {"line": row.line.key, "mean": exact(below.means[row.line.pk][0]), "n": below.means[row.line.pk][1],
         "words": list(below.words.get(row.line.pk, ()))}
        for row in rows if row.line.pk in below.means
    ]  # fmt: skip
    return {"n": below.n, "lines": lines, "strengths": list(below.strengths), "next_steps": list(below.next_steps)}


def _graded(said: Graded | None) -> Plain | None:
    if said is None:
        return None
    parts = {
        name: [
            {"key": one.key, "title": one.title, "rule": one.rule, "times": one.times or None,
             "points": one.points or None, "by_hand": one.by_hand, "seen": one.seen}
            for one in rows
        ]
        for name, rows in (("items", said.items), ("gates", said.gates))
    }  # fmt: skip
    return {"title": said.title or None, "why": list(said.why), "waits": list(said.waits), **parts}


def _line(row: review_page.LineRow, kpis: Mapping[str, Kpi], amounts: Collection[str]) -> Plain:
    line = row.line
    kpi = kpis.get(line.kpi) if line.kind == LineKind.KPI else None
    value = Value(
        line.kpi, numerator=line.numerator, denominator=line.denominator, missing=line.missing, sessions=line.sessions,
        of_sessions=line.of_sessions, in_part=line.in_part, definition=kpi,
    )  # fmt: skip
    figures = {
        "value": exact(value.number) if kpi and not line.missing else None,
        "numerator": line.top if kpi and not line.missing else None,
        "denominator": line.bottom if kpi and not line.missing else None, "target": exact(line.target),
        "attainment": exact(line.attainment),
    }  # fmt: skip
    # of a KPI that nobody knows any more nobody can tell whether its figures are amounts
    unknown = {**dict.fromkeys(figures), "attainment": scored(line.attainment, 3)}
    figures = unknown if kpi is None else withheld(kpi, figures, amounts=line.kpi in amounts)
    points = points_of(line)
    return {
        "id": line.pk, "number": line.number, "key": line.key, "kind": line.kind, "kpi": line.kpi, "title": row.title,
        "unit": kpi.unit.value if kpi else None, "weight": str(line.weight), **figures,
        "computed_points": points(line.computed_points), "measured_points": points(line.measured_points),
        "points": points(line.points), "moved": row.moved or None,
        "waiting": line.waiting or None, "missing": line.missing or None, "note": row.note or None,
        "left_out": line.left_out or None, "provisional": line.provisional, "immature_until": day(line.immature_until),
        "sessions": line.sessions, "of_sessions": line.of_sessions, "in_part": line.in_part, "anchors": line.anchors,
        "raters": line.raters, "without": line.without, "waits_for": [kind for kind, _name in row.waits_for],
        "given": [given_row(one) for one in row.given],
    }  # fmt: skip


def given_row(one: Rating) -> Plain:
    return {
        "rater": one.assessment.kind, "points": str(one.points), "comment": one.comment, "evidence": one.evidence,
        "at": at(one.at),
    }  # fmt: skip

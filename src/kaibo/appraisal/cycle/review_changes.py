"""What moved in a review after it was computed first, and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from django.db.models import Q
from django.utils.translation import gettext as _

from kaibo.appraisal.cycle.computing import CARD, DATA, FIGURES, KEPT_BY_HAND, RATERS, RULE, TARGET
from kaibo.appraisal.cycle.graded import named_parts, words_of
from kaibo.appraisal.cycle.review_models import ChangeKind, Review, ReviewChange
from kaibo.appraisal.cycle.review_page import title_of
from kaibo.appraisal.cycle.scores import TEAM_OUT
from kaibo.appraisal.cycle.terms import terms_of
from kaibo.look import numbers
from kaibo.org.holders import name_of


@dataclass(frozen=True)
class ChangeRow:
    at: datetime
    title: str
    what: str
    why: str
    by: str


WHYS = {
    CARD: lambda: _("another version of the scorecard"),
    TARGET: lambda: _("another target"),
    DATA: lambda: _("data came or went"),
    FIGURES: lambda: _("other figures"),
    RULE: lambda: _("other points for the same figures"),
    RATERS: lambda: _("other raters, or other weights of theirs"),
    KEPT_BY_HAND: lambda: _("what was changed by hand stays"),
}

# changes that say something: of the sums alone only another grade does beside those of the lines
TELLING = Q(line__isnull=False) | Q(kind__in=[ChangeKind.WRITTEN, ChangeKind.APPEALED]) | Q(after__has_key="grade")


def change_rows(changes: Iterable[ReviewChange], review: Review | None = None) -> list[ChangeRow]:
    """The newest first; see TELLING. `review`: whose they all are, if they are one's; else each has its own with it."""
    found, titles = [], dict[int | None, Mapping[str, str]]()
    for one in changes:
        if one.line_id is None and not _of_a_part(one) and "grade" not in one.after:
            continue
        of = review or one.review
        if of.terms_id not in titles:
            titles[of.terms_id] = _called(of)
        found.append(_change(one, titles[of.terms_id]))
    return found


def _of_a_part(one: ReviewChange) -> bool:
    """Whether it is of what a person says beside the lines: as often as it happened, or the team's part."""
    appealed = one.kind == ChangeKind.APPEALED and bool(one.why) and one.why[0] in one.after
    return one.line_id is None and (one.kind == ChangeKind.WRITTEN or appealed)


def _called(review: Review) -> dict[str, str]:
    """What the review's card calls its grades, gates and items outside the hundred."""
    card = terms_of(review).card
    return {one.key: words_of(one) for one in (*card.grades, *named_parts(card))}


def _change(one: ReviewChange, titles: Mapping[str, str]) -> ChangeRow:
    before, after = one.before.get("points"), one.after.get("points")
    graded = ""
    if "grade" in one.after:
        names = [
            titles.get(told or "", told or numbers.MISSING) for told in (one.before.get("grade"), one.after["grade"])
        ]
        graded = _("grade %(before)s → %(after)s") % {"before": names[0], "after": names[1]}
    if _of_a_part(one):
        key = one.why[0] if one.why else ""
        was, now = (numbers.MISSING if told.get(key) is None else told[key] for told in (one.before, one.after))
        title = _("How often: %(what)s") % {"what": titles.get(key, key)}
        if key == TEAM_OUT:
            title = _("The team's part")
            was, now = (_("left out") if told.get(key) else _("counts") for told in (one.before, one.after))
        return ChangeRow(one.at, title, _(", ").join(filter(None, [f"{was} → {now}", graded])), one.reason, _by(one))
    if one.line is None:
        return ChangeRow(one.at, _("The whole review"), graded, one.reason, _by(one))
    if one.kind == ChangeKind.LEFT_OUT:
        what = _("does not apply") if one.after.get("left_out") else _("applies after all")
    elif "points" in one.after:
        what = f"{_points(before)} → {_points(after)}"
    else:
        what = _("the points are the same")
    what = _(", ").join(filter(None, [what, graded]))
    why = _(", ").join([WHYS[code]() for code in one.why if code in WHYS] + ([one.reason] if one.reason else []))
    return ChangeRow(one.at, title_of(one.line), what, why, _by(one))


def _by(one: ReviewChange) -> str:
    """By name, as everywhere; "" of what nobody did by hand."""
    return name_of(one.by) if one.by else ""


def _points(text: str | None) -> str:
    return numbers.MISSING if text is None else numbers.points(Fraction(text))

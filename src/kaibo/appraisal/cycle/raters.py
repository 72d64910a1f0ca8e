"""Who rates a line and for whom it waits, in words."""

from collections.abc import Collection, Sequence

from django.utils.translation import gettext as _

from kaibo.appraisal.cycle.rater_models import INVITED
from kaibo.appraisal.cycle.rating import ANONYMOUS_FROM, shares_of
from kaibo.appraisal.cycle.review_models import Assessment, LineKind, RaterKind, ReviewLine
from kaibo.kpi.scoring import NOT_RATED
from kaibo.look import numbers


def text_of(line: ReviewLine) -> str:
    """“Self 20%, Manager 80%”; "" where the manager rates alone."""
    weights = shares_of(line) if line.kind == LineKind.RATED else {}
    if not weights or weights.keys() == {RaterKind.MANAGER}:
        return ""
    whole = sum(weights.values())
    return _comma().join(f"{name_of(kind)} {numbers.percent(weight / whole, 0)}" for kind, weight in weights.items())


def waits_for(line: ReviewLine, came: Collection[str]) -> list[tuple[str, str]]:
    """The kinds of raters that have not handed in yet, and what they are called. Nobody of them is named."""
    if line.kind != LineKind.RATED or line.left_out or line.waiting != NOT_RATED:
        return []
    return [(kind, name_of(kind)) for kind in shares_of(line) if kind not in came]


def waits_text(line: ReviewLine, asked: Sequence[tuple[str, str]], *, over: bool = False) -> str:
    """Nothing too where the manager rates alone: whom it waits for goes without saying. `over`: rating is over."""
    if not asked or not text_of(line):
        return ""
    text = _("waits for ratings: %(who)s") % {"who": _comma().join(name for _kind, name in asked)}
    if over and RaterKind.UPWARD in dict(asked):
        few = _("fewer than %(n)d rated from below: what they gave is shown to nobody and counts nothing")
        return f"{text} · {few % {'n': ANONYMOUS_FROM}}"
    return text


def without_of(line: ReviewLine) -> list[tuple[str, str]]:
    """The kinds that it does without, each with why."""
    told = line.without if line.kind == LineKind.RATED else {}
    return [(kind, _("without %(who)s: %(why)s") % {"who": name_of(kind), "why": why}) for kind, why in told.items()]


def name_of(kind: str) -> str:
    return str(RaterKind(kind).label)


def of_form(form: Assessment) -> str:
    """Whose form: the kind, and of those who were invited the name."""
    return f"{name_of(form.kind)} {form.rater}" if form.kind in INVITED and form.rater else name_of(form.kind)


def _comma() -> str:
    return "，" if numbers.in_chinese() else ", "

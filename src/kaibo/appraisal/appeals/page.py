"""What the pages of appeals show: rows of the list, one appeal with its levels, its evidence and its diff."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.appraisal import wording
from kaibo.appraisal.appeals.access import sees_files, visible_appeals
from kaibo.appraisal.appeals.forms import shift_words
from kaibo.appraisal.appeals.independent import why_not
from kaibo.appraisal.appeals.models import (
    PENDING,
    Appeal,
    AppealAbout,
    AppealFile,
    AppealRound,
    AppealState,
    Verdict,
)
from kaibo.appraisal.appeals.points import takes_points
from kaibo.appraisal.appeals.windows import second_until
from kaibo.appraisal.cycle.graded import named_parts, with_terms, words_of
from kaibo.appraisal.cycle.review_models import LineKind, Review, ReviewChange
from kaibo.appraisal.cycle.terms import terms_of
from kaibo.appraisal.line_words import line_title
from kaibo.appraisal.own_cards.store import adds_amounts, known_kpis, once_amounts
from kaibo.audit.models import AuditEvent
from kaibo.kpi.catalog import Kpi
from kaibo.kpi.measures import Unit
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.look import numbers
from kaibo.measurement.months import month_of
from kaibo.org.models import Person

WHY = {
    "card": lambda: _("another scorecard"),
    "target": lambda: _("another target"),
    "data": lambda: _("data that came"),
    "figures": lambda: _("other figures"),
    "rule": lambda: _("the rule gives other points"),
    "kept_by_hand": lambda: _("points by hand stay"),
}


@dataclass(frozen=True)
class Row:
    """One appeal in a list. `mine`: it waits for the reader's decision or correction."""

    appeal: Appeal
    title: str
    what: str
    reviewer: str
    tone: str
    label: str
    mine: bool


@dataclass(frozen=True)
class Difference:
    """One figure before and after; `line` "": of the whole review."""

    line: str
    name: str
    before: str
    after: str
    why: str
    at: datetime


@dataclass(frozen=True)
class Level:
    told: AppealRound
    reviewer: str
    assigned_by: str
    decided_by: str
    files: Sequence[AppealFile]


@dataclass(frozen=True)
class Shown:
    """One appeal, and what this reader may do with it. `why_not`: why they may not decide, although they look."""

    row: Row
    levels: Sequence[Level]
    now: AppealRound
    differences: Sequence[Difference]
    files: bool
    own: bool
    may_decide: bool
    why_not: str
    may_settle: bool
    may_hand_over: bool
    further_until: datetime | None
    takes_points: bool


def names_of(users: Iterable[int | None]) -> Mapping[int, str]:
    """Sign-in → the person's name, else the sign-in's; two queries."""
    ids = {pk for pk in users if pk}
    if not ids:
        return {}
    found = {pk: str(user) for pk, user in User.objects.in_bulk(list(ids)).items()}
    return found | dict(Person.objects.filter(user__in=ids).values_list("user", "name"))


def rows_of(user: User, appeals: QuerySet[Appeal]) -> list[Row]:
    """Four queries, however many there are."""
    chosen = list(
        appeals.select_related("review__person", "review__cycle", "line", "shift__account").prefetch_related(
            Prefetch("rounds", AppealRound.objects.order_by("level"))
        )
    )
    names = names_of(told.reviewer_id for appeal in chosen for told in appeal.rounds.all())
    with_terms([appeal.review for appeal in chosen if appeal.part])
    return [_row(user, appeal, names) for appeal in chosen]


def _row(user: User, appeal: Appeal, names: Mapping[int, str]) -> Row:
    told = next(one for one in appeal.rounds.all() if one.level == appeal.level)
    mine = appeal.pending and told.reviewer_id == user.pk
    tone, label = _state(appeal, told)
    return Row(appeal, title_of(appeal), what_of(appeal), names.get(told.reviewer_id or 0, ""), tone, label, mine)


def title_of(appeal: Appeal) -> str:
    """What it is against: the line's title, or what the card calls the part, else its key."""
    if appeal.line is not None:
        return line_title(appeal.line)
    return parts_called(appeal.review).get(appeal.part, appeal.part)


def parts_called(review: Review) -> dict[str, str]:
    """Key → what the review's card calls what is outside its hundred."""
    return {one.key: words_of(one) for one in named_parts(terms_of(review).card)}


def _state(appeal: Appeal, told: AppealRound) -> tuple[str, str]:
    if appeal.state == AppealState.DECIDED:
        tone = "" if told.verdict == Verdict.REFUSED else "ok"
        return tone, str(Verdict(told.verdict).label)
    label = str(AppealState(appeal.state).label)
    if appeal.state == AppealState.OPEN and appeal.level == 2:
        label = _("Open, second level")
    return ("warn" if appeal.pending else ""), label


def what_of(appeal: Appeal) -> str:
    """What is disputed, in words: the shift with its times, the record by its name."""
    if appeal.about == AppealAbout.SHIFT and appeal.shift is not None:
        return _("Shift: %(shift)s") % {"shift": shift_words(appeal.shift)}
    if appeal.about == AppealAbout.RECORD:
        return _("Record: %(name)s") % {"name": appeal.named}
    if appeal.about == AppealAbout.RATING:
        return _("The rating")
    if appeal.part:
        return _("How often")
    return _("The item") if appeal.about == AppealAbout.LINE else _("A shift")


def to_decide(user: User) -> QuerySet[Appeal]:
    """Given to this user and neither decided nor put right."""
    return Appeal.objects.filter(state__in=PENDING, rounds__reviewer=user, rounds__level__in=[1, 2]).filter(
        Q(level=1, rounds__level=1) | Q(level=2, rounds__level=2)
    )


def own(user: User) -> QuerySet[Appeal]:
    return Appeal.objects.filter(review__person__user=user)


def others(user: User, *, state: str = "", month: str = "") -> QuerySet[Appeal]:
    """What else this user may read, newest first. `state`: "pending", or one of AppealState; `month`: YYYY-MM."""
    return narrowed(visible_appeals(user).exclude(review__person__user=user), state=state, month=month)


def narrowed(found: QuerySet[Appeal], *, state: str = "", month: str = "") -> QuerySet[Appeal]:
    """Those in the state, of the month; see `others`."""
    if state == "pending":
        found = found.filter(state__in=PENDING)
    elif state in AppealState.values:
        found = found.filter(state=state)
    first = month_of(month)
    if first is not None:
        found = found.filter(review__cycle__month=first)
    return found


def changes_of(appeal: Appeal) -> list[ReviewChange]:
    """What the appeal changed, in order: points by hand, and what the computing after a correction found."""
    by_hand = appeal.rounds.exclude(change=None).values("change")
    found = Q(pk__in=by_hand)
    if appeal.run_id:
        found |= Q(run=appeal.run_id, review=appeal.review_id)
    return list(ReviewChange.objects.filter(found).select_related("line").order_by("pk"))


def shown(user: User, appeal: Appeal) -> Shown:
    """Everything that one appeal's page says."""
    files = sees_files(user, appeal)
    evidence = AppealFile.objects.defer("content")
    rounds = list(appeal.rounds.order_by("level").prefetch_related(Prefetch("files", evidence)))
    names = names_of(pk for one in rounds for pk in (one.reviewer_id, one.assigned_by_id, one.decided_by_id))
    levels = [
        Level(
            one, names.get(one.reviewer_id or 0, ""), names.get(one.assigned_by_id or 0, ""),
            names.get(one.decided_by_id or 0, ""), list(one.files.all()),
        )
        for one in rounds
    ]  # fmt: skip
    now = rounds[-1]
    is_own = appeal.review.person.user_id == user.pk
    called = not is_own and (now.reviewer_id == user.pk or user.can(Right.APPROVE_REVIEWS))
    waits = appeal.state == AppealState.OPEN
    why = why_not(user, appeal, appeal.level) if called and waits else ""
    until = second_until(appeal, rounds[0]) if is_own else None
    row = _row(user, appeal, names)
    return Shown(
        row=row, levels=levels, now=now, differences=differences_of(appeal), files=files, own=is_own,
        may_decide=called and waits and not why, why_not=why,
        may_settle=appeal.state == AppealState.TO_CORRECT
        and (called or (not is_own and user.can(Right.RUN_CYCLES)))
        and not why_not(user, appeal, appeal.level),
        may_hand_over=waits and not is_own and user.can(Right.RUN_CYCLES),
        further_until=until if until and until > timezone.now() else None,
        takes_points=takes_points(appeal),
    )  # fmt: skip


def differences_of(appeal: Appeal) -> list[Difference]:
    """Old and new, one row a figure."""
    labels = {
        "points": _("Points"), "weights": _("Weight that counts"), "target": _("Target"), "top": _("Numerator"),
        "bottom": _("Denominator"), "missing": _("What is missing"), "weight": _("Weight"), "grade": _("Grade"),
        "gate": _("Held down by"), "coefficient": _("Coefficient"), "outside_points": _("Points outside the 100"),
        "hundred": _("Score, with what is outside the 100"),
    }  # fmt: skip
    changes, titles = changes_of(appeal), dict[str, str]()
    if any({"grade", "gate"} & change.after.keys() for change in changes):
        card = terms_of(appeal.review).card
        titles = {one.key: words_of(one) for one in card.grades} | {one.key: words_of(one) for one in card.gates}
    if any(change.line is None for change in changes):
        labels = {**parts_called(appeal.review), **labels}
    kpis = _kpis_of(changes)
    whole = labels | {"points": _("Points of all items")}
    # what was said first, then what follows; each database keeps the names of a change in an order of its own
    place = {name: number for number, name in enumerate(labels)}
    return [
        Difference(
            line_title(change.line) if change.line and name != "hundred" else "",
            _label(change, name, labels if change.line else whole, kpis),
            _figure(change, name, change.before, kpis, titles), _figure(change, name, change.after, kpis, titles),
            _why(change), change.at,
        )
        for change in changes
        for name in sorted(change.before, key=lambda name: (place.get(name, len(place)), name))
    ]  # fmt: skip


def _label(change: ReviewChange, name: str, labels: Mapping[str, str], kpis: Mapping[str, Kpi]) -> str:
    """What a KPI adds up is its value, unless it is divided by something."""
    kpi = kpis.get(change.line.kpi) if change.line is not None and change.line.kind == LineKind.KPI else None
    if name == "top" and kpi is not None and not kpi.denominator:
        return _("The value")
    return labels.get(name, name)


def _kpis_of(changes: Iterable[ReviewChange]) -> Mapping[str, Kpi]:
    """Without those of which nobody can tell what their figures of then were, where amounts are withheld."""
    kpis = known_kpis()
    if not numbers.withholds_amounts():
        return kpis
    scored = {one.line.kpi for one in changes if one.line is not None and one.line.kind == LineKind.KPI}
    unsure = {key for key in once_amounts(scored) if key in kpis and not adds_amounts(kpis[key])}
    return {key: kpi for key, kpi in kpis.items() if key not in unsure} if unsure else kpis


def _figure(
    change: ReviewChange, name: str, side: Mapping[str, str | None], kpis: Mapping[str, Kpi],
    titles: Mapping[str, str],
) -> str:  # fmt: skip
    """In the figure's own unit, so that an amount is written, or withheld, as everywhere; `titles`: of the card."""
    text = side.get(name)
    if text is None or text == "":
        return numbers.MISSING
    if name in ("grade", "gate"):
        return titles.get(text, text)
    try:
        value = Fraction(text)
    except ValueError:
        return text
    if name == "coefficient":
        return wording.plain(value)
    unit = _unit(change, name, kpis)
    if unit is not None:
        return wording.figure(unit, value, tile=True)
    if name in ("points", "outside_points", "hundred") or value.denominator != 1:
        return numbers.points(value)
    return numbers.fixed(value, 0)


def _unit(change: ReviewChange, name: str, kpis: Mapping[str, Kpi]) -> Unit | None:
    """Of a target the KPI's; of its two parts what they add up: amounts, lengths of time, or just numbers."""
    line = change.line
    if line is None or line.kind != LineKind.KPI:
        return None
    kpi = kpis.get(line.kpi)
    if kpi is None:
        # nobody can tell any more whether it was an amount
        return Unit.MONEY if name in ("target", "top", "bottom") and numbers.withholds_amounts() else None
    if name == "target":
        return kpi.unit
    terms = {"top": kpi.numerator, "bottom": kpi.denominator}.get(name, ())
    if any("minor" in term.measure for term in terms):
        return Unit.MONEY
    return Unit.DURATION if any(term.measure.endswith("_ms") for term in terms) else None


def _why(change: ReviewChange) -> str:
    told = [WHY[code]() for code in change.why if code in WHY]
    return _(", ").join(told) or change.reason


def event_words(event: AuditEvent) -> str:
    """One correction, to be chosen: when, by whom, why."""
    text = f"{numbers.day_clock(event.at)} · {event.by_name}"
    return f"{text} · {event.reason}" if event.reason else text

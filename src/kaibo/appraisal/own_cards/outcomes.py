"""What a month comes to under a card with all that is beside its lines: items outside the hundred, gates, the team."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from kaibo.appraisal.beside import beside_of
from kaibo.appraisal.card import DefaultCard
from kaibo.appraisal.cycle.access import visible_reviews
from kaibo.appraisal.cycle.graded import named_parts, words_of
from kaibo.appraisal.cycle.scores import TEAM_OUT
from kaibo.appraisal.month import MyMonth
from kaibo.appraisal.month_data import MonthData
from kaibo.appraisal.wording import short
from kaibo.kpi.card_result import TEAM_PART, Counted, OutsideScore, outcome
from kaibo.kpi.rules import Card
from kaibo.kpi.scoring import NOT_APPLICABLE
from kaibo.login.models import User

# of a review: what people wrote down beside its lines
Written = Mapping[str, str]


@dataclass(frozen=True)
class Whole:
    """`hundred`: points per 100 of the weight that counts; `score`: with what is outside, None where that is not known.

    `grade` "" and `coefficient` None: the card has none, or something is not known. `lacking`: what nobody has said.
    `outside`: what each item outside the hundred gives; `times`: how often what gates count happened, as far as known;
    `gate`: the one that holds the grade down.
    """

    hundred: Fraction | None
    score: Fraction | None
    grade: str = ""
    coefficient: Fraction | None = None
    lacking: tuple[str, ...] = ()
    title: str = ""
    outside: tuple[OutsideScore, ...] = ()
    times: Mapping[str, Fraction | None] = field(default_factory=dict)
    gate: str = ""


NOTHING = Whole(None, None)


def written_in(user: User, month: date, role: str) -> dict[int, Written]:
    """Person → what was written down in their review of the month, of those whose review the user may see.

    So nothing of one's own open review, nor of a superior's.
    """
    found = visible_reviews(user).filter(cycle__month=month, role=role)
    return dict(found.values_list("person", "written"))


def whole_of(data: MonthData, mine: MyMonth, written: Written) -> Whole:
    """The kept month under its card. What waits counts nothing, as on the person's page, nor does what people rate."""
    if mine.card is None:
        return Whole(mine.total.per_hundred, mine.total.per_hundred)
    card, told = _card(mine.card, written), beside_of(data, mine)
    counts = {**told.get("counts", {}), **{key: said for key, said in written.items() if key != TEAM_OUT}}
    lines = [
        Counted(one.line.kpi, Fraction(one.line.weight), one.points, one.waiting == NOT_APPLICABLE)
        for one in mine.total.lines
        if one.points is not None or one.waiting == NOT_APPLICABLE
    ]
    team = told.get("team")
    kpi = mine.card.known_kpis.get(card.team.kpi) if card.team else None
    times = {key: None if said is None else Fraction(said) for key, said in counts.items()}
    found = outcome(
        card, lines, times,
        None if team is None else Fraction(team), better=kpi.direction if kpi else None,
    )  # fmt: skip
    hundred = mine.total.per_hundred
    known = all(one.points is not None for one in found.outside)
    return Whole(
        hundred, hundred + found.outside_points if known and hundred is not None else None,
        found.grade.key if found.grade else "", found.coefficient, found.lacking,
        words_of(found.grade) if found.grade else "", found.outside, times, found.gate.key if found.gate else "",
    )  # fmt: skip


def _card(card: DefaultCard, written: Written) -> Card:
    return replace(card.whole, team=None) if TEAM_OUT in written else card.whole


def called(card: DefaultCard, key: str) -> str:
    """What nobody has said, in the card's words."""
    part = next((one for one in named_parts(card.card) if one.key == key), None)
    if part is not None:
        return words_of(part)
    kpi = card.known_kpis.get(card.card.team.kpi) if key == TEAM_PART and card.card.team else None
    return short(kpi) if kpi else key

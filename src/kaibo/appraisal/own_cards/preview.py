"""One real month under a draft, as a review of it would show it: items, what is outside the hundred, gates, grade."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from django.utils.translation import gettext as _

from kaibo.appraisal import wording
from kaibo.appraisal.card import DefaultCard
from kaibo.appraisal.cycle.graded import coefficient_text, gate_rule, words_of
from kaibo.appraisal.own_cards import effect as effects
from kaibo.appraisal.own_cards.outcomes import Whole, called
from kaibo.appraisal.own_cards.pages import CardPage
from kaibo.login.models import User
from kaibo.look import numbers


@dataclass(frozen=True)
class PreviewRow:
    """`value`: what was reached; of what is outside the hundred, and of what gates count, how often it happened."""

    title: str
    value: str
    now: str
    draft: str


@dataclass(frozen=True)
class Preview:
    """One real month under the draft, beside what it was. `lacking`: what nobody has said, in words."""

    people: Sequence[tuple[int, str]]
    month: date
    months: effects.Months
    person: int | None = None
    rows: Sequence[PreviewRow] = ()
    parts: Sequence[PreviewRow] = ()
    sums: Sequence[PreviewRow] = ()
    lacking: str = ""

    @property
    def until(self) -> datetime | None:
        """Until when the data reach, of a month that is not over."""
        return self.months.unfinished.get(self.month)


def preview(user: User, page: CardPage, asked: str, asked_month: date | None = None) -> Preview | None:
    """Of somebody whose figures the user may see; None where nobody has a month in the role."""
    months = effects.months_kept(page.card.role)
    month = months.chosen(asked_month)
    if month is None or not page.sound:
        return None
    people = effects.seen_by(user, page.card.role, month)
    names = [(one.pk, one.name) for one in people]
    person = next((one for one in people if str(one.pk) == asked), None)
    if person is None:
        return Preview(names, month, months)
    found = effects.under_draft(user, page.card, person, month)
    lacking = _("; ").join(called(page.card, key) for key in found.would.lacking)
    rows, parts, sums = _lines(found, page.card.role), _parts(page.card, found), _sums(page.card, found)
    return Preview(names, month, months, person.pk, rows, parts, sums, lacking)


def _lines(found: effects.Under, role: str) -> list[PreviewRow]:
    known = found.now.role == role
    before = {line.line.kpi: line.score.points for line in found.now.lines} if known else {}
    return [
        PreviewRow(
            wording.title(line.kpi),
            wording.value_text(line.value),
            numbers.points(before.get(line.line.kpi)),
            numbers.points(line.score.points),
        )
        for line in found.draft.lines
    ]


def _parts(card: DefaultCard, found: effects.Under) -> list[PreviewRow]:
    before = {one.item.key: one.points for one in found.was.outside}
    rows = [
        PreviewRow(words_of(one.item), _times(one.times), _given(before.get(one.item.key)), _given(one.points))
        for one in found.would.outside
    ]
    for gate in card.card.gates:
        times = found.would.times.get(gate.key)
        holds = numbers.MISSING if times is None else _("holds") if gate.shuts(times) else _("does not hold")
        rows.append(PreviewRow(f"{words_of(gate)} · {gate_rule(gate, card.card.grades)}", _times(times), "", holds))
    return rows


def _times(times: Fraction | None) -> str:
    return numbers.MISSING if times is None else wording.plain(times)


def _given(points: Fraction | None) -> str:
    return numbers.MISSING if points is None else numbers.signed(points) or numbers.points(points)


def _sums(card: DefaultCard, found: effects.Under) -> list[PreviewRow]:
    known = found.now.role == card.role
    points = [f"{numbers.points(one.total.points)} / {wording.plain(one.total.weights)}"
              for one in (found.now, found.draft)]  # fmt: skip
    rows = [PreviewRow(_("Points / weight that counts"), "", points[0] if known else numbers.MISSING, points[1])]
    was, would = found.was, found.would
    if card.card.outside or was.outside:
        title = _("Score, with what is outside the 100")
        rows.append(PreviewRow(title, "", numbers.points(was.score), numbers.points(would.score)))
    if card.card.grades or was.grade:
        rows.append(PreviewRow(_("Grade"), "", _graded(was), _graded(would)))
    return rows


def _graded(whole: Whole) -> str:
    return f"{whole.title} {coefficient_text(whole.coefficient)}".strip() or numbers.MISSING

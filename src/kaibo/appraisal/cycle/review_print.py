"""A published review on paper: score, every item and where it comes from, what was said, what changed, who saw it."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.appraisal import line_sides, wording
from kaibo.appraisal.appeals.models import PENDING, Appeal
from kaibo.appraisal.cycle import pages, past_reviews, raters, review_changes, review_page
from kaibo.appraisal.cycle.graded import Graded, graded
from kaibo.appraisal.cycle.review_models import RaterKind, Rating, Review, ReviewLine
from kaibo.appraisal.cycle.review_page import LineRow
from kaibo.appraisal.cycle.said import Said, told
from kaibo.kpi.values import MEASURED
from kaibo.login.models import User
from kaibo.look import numbers
from kaibo.look.printing.document import Cell, Column, Document, Entries, Entry, Score, Table


def document(user: User, review: Review, address: str) -> Document:
    """What its page shows this reader, at one moment. `address`: of the page, where every figure can be followed on."""
    said = told(user, review)
    lines = list(review.lines.all())
    rows = review_page.line_rows(review, lines, past_reviews.former_lines(review), said.given, said.came)
    grade = graded(review, lines)
    pending = Appeal.objects.filter(review=review, state__in=PENDING).count()
    printed = _("Printed %(at)s for %(who)s.") % {"at": _moment(timezone.now()), "who": _name(user)}
    on_page = _("Down to the file's rows: %(address)s") % {"address": address}
    month = numbers.month(review.cycle.month)
    return Document(
        _("Review of %(month)s: %(person)s") % {"month": month, "person": review.person},
        _facts(review),
        [_items(rows), *_graded(grade), _said(said), *_below(said, rows), _changes(review), _seen(review)],
        f"{printed} {on_page}",
        _score(review, grade),
        _("Under appeal: no consequence yet") if pending else "",
    )


def _facts(review: Review) -> list[str]:
    facts = [pages.position_of(review)]
    if review.department:
        facts.append(str(review.department))
    if review.card_version:
        said = {"card": review.card, "version": review.card_version}
        facts.append(_("scorecard “%(card)s v%(version)s”") % said)
    if review.reviewer:
        facts.append(_("rated by %(who)s") % {"who": review.reviewer})
    facts += pages.flags(review, review.cycle.month)
    at = {"n": review.version, "at": _moment(review.published_at), "who": _name(review.published_by)}
    facts.append(_("published version %(n)s, %(at)s, by %(who)s") % at)
    return facts


def _score(review: Review, grade: Graded | None) -> Score:
    said = {"points": numbers.points(review.points), "weights": wording.plain(review.weights)}
    beside = [_("%(points)s points of %(weights)s that count") % said]
    if review.outside_points:
        beside.append(_("%(points)s outside the 100") % {"points": numbers.signed(review.outside_points)})
    if grade is not None and grade.title:
        told = _("Grade %(grade)s") % {"grade": grade.title}
        number = _("coefficient %(number)s") % {"number": grade.coefficient} if grade.coefficient else ""
        beside.append(" · ".join(filter(None, (told, number))))
    elif grade is not None and grade.has_grades:
        beside.append(_("No grade yet"))
    if review.provisional:
        beside.append(_("Provisional: some shifts are not confirmed"))
    return Score(_("Score, per 100 of what counts"), numbers.points(review.per_hundred), "/ 100", beside)


def _graded(grade: Graded | None) -> list[Entries]:
    """Why this grade, and every item outside the hundred and gate with how often it happened."""
    if grade is None:
        return []
    said = [Entry("", "\n".join(grade.why))] if grade.why else []
    if grade.waits:
        said.append(Entry(_("Not known yet, so nothing is final:"), _("; ").join(grade.waits)))
    for one in (*grade.items, *grade.gates):
        often = _("%(n)s times") % {"n": one.times} if one.times else _("nobody has said how often")
        note = " · ".join(filter(None, (one.rule, often, _("written down") if one.by_hand else "")))
        said.append(Entry(f"{one.title}  {one.points}".strip(), note=note))
    return [Entries(_("Why this grade") if grade.has_grades else _("Outside the 100"), said)]


def _items(rows: Sequence[LineRow]) -> Table:
    columns = [
        Column(_("Item"), 5), Column(_("Value reached"), 2, number=True), Column(_("Target"), 3, number=True),
        Column(_("Points"), 2, number=True), Column(_("Weight"), 1, number=True), Column(_("Where it comes from"), 5),
    ]  # fmt: skip
    return Table(_("Every item"), columns, [_item(row) for row in rows], empty=_("No items."))


def _item(row: LineRow) -> list[Cell | str]:
    notes = [*filter(None, (row.note, row.raters)), *(why for _kind, why in row.without)]
    if row.moved:
        notes.append(_("%(points)s against the month before") % {"points": row.moved})
    target = review_page.target_of(row.line)
    source = [*_source(row.line), *(text for rating in row.given for text in _given(rating))]
    first, *rest = source or [numbers.MISSING]
    return [
        Cell(row.title, notes), row.value or numbers.MISSING, target or numbers.MISSING, row.points, row.weight,
        Cell(first, rest),
    ]  # fmt: skip


def _source(line: ReviewLine) -> list[str]:
    """Σ ÷ Σ, from how many broadcasts, and how much of it was measured; of what no file told, nothing.

    That it is made of some broadcasts only stands beside the item, as on the page.
    """
    value = review_page.value_of(line)
    if value is None or line.missing:
        return []
    said = [line_sides.sides_text(value)]
    if line.sessions and not value.is_partial:
        said.append(wording.sessions(line.sessions))
    side = line.denominator or line.numerator
    whole = sum(side.values())
    if whole > 0:
        share = Fraction(side.get(MEASURED, 0), whole)
        said.append(_("%(share)s of it measured") % {"share": numbers.percent(share, 0)})
    return [one for one in said if one]


def _given(rating: Rating) -> list[str]:
    """Who gave which points, why, and on what evidence."""
    who = raters.of_form(rating.assessment)
    said = [f"{who} {wording.plain(rating.points)}"]
    if rating.comment:
        said.append(rating.comment)
    if rating.evidence:
        said.append(_("evidence: %(text)s") % {"text": rating.evidence})
    return said


def _below(said: Said, rows: Sequence[LineRow]) -> list[Entries]:
    """What was rated from below: together, without names."""
    if said.below is None:
        return []
    entries = [
        Entry(f"{title}  {points}", "\n".join(words), _("mean of %(n)d") % {"n": n})
        for title, points, n, words in review_page.below_items(rows, said.below)
    ]
    told = [*said.below.strengths, *said.below.next_steps]
    entries += [Entry(_("In words"), "\n".join(told))] if told else []
    return [Entries(_("From below, without names"), entries, _("Nothing."))]


def _said(said: Said) -> Entries:
    entries = []
    for kind, one in [*said.shown.items(), *((one.kind, one) for one in said.invited)]:
        own = kind == RaterKind.SELF
        who = _("Self-assessment") if own else _("What %(who)s says") % {"who": one.rater or numbers.MISSING}
        label = _("Hard, and help needed") if own else _("Next month")
        words = [one.strengths, f"{label}: {one.next_steps}" if one.next_steps else ""]
        entries.append(Entry(who, "\n".join(filter(None, words)) or _("No words, only points.")))
    return Entries(_("Words of both sides"), entries, _("Nothing."))


def _changes(review: Review) -> Entries:
    """Every change with its reason, the newest first."""
    changes = review.changes.filter(review_changes.TELLING).select_related("line", "by__person").order_by("-pk")
    entries = [
        Entry(f"{one.title}  {one.what}", one.why, " · ".join(filter(None, (_moment(one.at), one.by))))
        for one in review_changes.change_rows(changes, review)
    ]
    return Entries(_("What changed, and why"), entries, _("Nothing."))


def _seen(review: Review) -> Entries:
    entries = []
    for one in review.acknowledgements.select_related("by__person").order_by("version", "pk"):
        version = _("Published version %(n)s") % {"n": one.version}
        said = {"at": _moment(one.at), "who": _name(one.by)}
        if one.delivered:
            entries.append(Entry(version, _("Handed over by %(who)s, %(at)s") % said, one.note))
        else:
            entries.append(Entry(version, _("Seen %(at)s by %(who)s; that is no agreement") % said))
    return Entries(_("Seen"), entries, _("Not seen yet."))


def _moment(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else numbers.MISSING


def _name(user: User | None) -> str:
    return str(getattr(user, "person", None) or user or numbers.MISSING)

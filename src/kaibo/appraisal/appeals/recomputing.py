"""A review computed again after a fact beneath it was corrected: the same copying as the cycle's, with its own diff."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo.appraisal.appeals.models import Appeal
from kaibo.appraisal.cycle.computing import copied, write
from kaibo.appraisal.cycle.copying import beside, digest
from kaibo.appraisal.cycle.models import CycleRun
from kaibo.appraisal.cycle.review_models import ChangeKind, Review
from kaibo.appraisal.cycle.terms import kept_terms
from kaibo.appraisal.finders import is_unkept
from kaibo.appraisal.models import KeptScore, KeptState
from kaibo.appraisal.month_data import cards_of
from kaibo.login.models import User
from kaibo.measurement.due import is_computing
from kaibo.measurement.finders import computation_of


@dataclass(frozen=True)
class Again:
    """`run`: under which the changes stand; `changed`: how many lines and sums differ."""

    run: CycleRun
    changed: int


def compute_again(review: Review, appeal: Appeal, *, by: User | None, reason: str) -> Again | None:
    """Part of a verb: copy what the month's figures say now into the locked review; None where they say the same.

    Raises ValidationError while the month is being computed.
    """
    month = review.cycle.month
    if is_computing(month) or is_unkept(computation_of(month)):
        raise ValidationError(_("The month is being computed. Try again when it is done, in a minute or two."))
    kept = KeptScore.objects.filter(
        month=month, person=review.person_id, role=review.role, state=KeptState.CURRENT
    ).first()  # fmt: skip
    cards = {role: card for role, card in cards_of(month).items() if role == review.role}
    card = cards.get(review.role)
    if kept and card and kept.version != card.version:
        raise ValidationError(_("The month is being computed. Try again when it is done, in a minute or two."))
    mark = digest(kept.digest if kept else "", beside(card) if card else "")
    if mark == review.digest:
        return None
    run = CycleRun.objects.create(cycle=review.cycle, by=by, reason=reason[:300])
    was = _beside_lines(review)
    review.digest = mark
    review.protected = bool(kept and kept.protected)
    review.beside = kept.beside if kept else {}
    chunk = copied([(review, kept.pk if kept else 0)], cards, kept_terms(cards), run, raters_stay=True)
    if not chunk.changes and not chunk.lines and _beside_lines(review) == was:
        # another release copies more, and so by another mark; the figures are as they were
        run.delete()
        return None
    for change in chunk.changes:
        change.kind = ChangeKind.APPEALED
    write(chunk)
    run.changed, run.ended_at = 1, timezone.now()
    run.save(update_fields=["changed", "ended_at"])
    appeal.run = run
    return Again(run, len(chunk.changes))


def _beside_lines(review: Review) -> tuple[object, ...]:
    return review.protected, review.beside, review.card_version

"""The one way in which a line's points change by hand: beside what they were, who changed them and why."""

from fractions import Fraction

from kaibo.appraisal.cycle.review_models import ChangeKind, ReviewChange, ReviewLine
from kaibo.appraisal.cycle.scores import save_sums, text
from kaibo.login.models import User


def change_points(
    *, by: User | None, line: ReviewLine, points: Fraction | None, kind: ChangeKind, reason: str = "", waiting: str = ""
) -> ReviewChange | None:
    """Part of a verb, inside its transaction and before its audit row: the line's points are others from now on.

    Writes the change beside it and sums the review up. None where they are what they were.
    """
    if line.points == points:
        return None
    before, after = {"points": text(line.points)}, {"points": text(points)}
    line.points, line.waiting = points, waiting if points is None else ""
    line.save(update_fields=["points", "waiting"])
    made = ReviewChange.objects.create(
        review=line.review, line=line, kind=kind, by=by, before=before, after=after, reason=reason[:500]
    )
    save_sums(line.review)
    return made

"""Which points a decision may give a line."""

from decimal import Decimal
from fractions import Fraction

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kaibo.appraisal.appeals.models import Appeal, AppealAbout, Verdict
from kaibo.appraisal.cycle.rating import range_of
from kaibo.appraisal.cycle.review_models import LineKind, ReviewLine
from kaibo.appraisal.cycle.scores import MOST_TIMES, times_of
from kaibo.look import numbers


def bounds_of(line: ReviewLine) -> tuple[Fraction, Fraction]:
    """The least and the most that a line can be given by hand: its anchors', else nothing to its weight.

    What its rule gave is always within them: items that deduct, and those that reward more than their weight.
    """
    if line.kind == LineKind.RATED:
        least, most = range_of(line)
        return Fraction(least), Fraction(most)
    ends = [Fraction(0), Fraction(Decimal(line.weight))]
    ends += [one for one in (line.points, line.computed_points) if one is not None]
    return min(ends), max(ends)


def takes_points(appeal: Appeal) -> bool:
    """Whether a decision may say the points itself: not where a fact is wrong, which is corrected instead."""
    return appeal.line_id is not None and appeal.about in (AppealAbout.RATING, AppealAbout.LINE)


def check_times(appeal: Appeal, verdict: Verdict, times: Decimal | None) -> None:
    """Raises ValidationError for a number of times that does not fit the verdict or what the appeal is against."""
    if times is not None and (verdict == Verdict.REFUSED or not appeal.part):
        raise ValidationError({"times": _("This changes no number of times: leave it empty.")})
    if verdict == Verdict.REFUSED or not appeal.part:
        return
    if times is None:
        if appeal.part in appeal.review.written:
            raise ValidationError({"times": _("Somebody wrote it down: say how often it happened instead.")})
        return
    if not 0 <= times <= MOST_TIMES:
        raise ValidationError({"times": _("How often: from 0 to %(most)d.") % {"most": MOST_TIMES}})
    if times_of(appeal.review).get(appeal.part) == Fraction(times):
        raise ValidationError({"times": _("It happened as often already. Say another number, or refuse.")})


def check_points(appeal: Appeal, verdict: Verdict, points: Fraction | None) -> None:
    """Raises ValidationError for points that do not fit the verdict, the line or its bounds."""
    line = appeal.line
    if verdict == Verdict.REFUSED or line is None:
        if points is not None:
            raise ValidationError({"points": _("Refused changes no points: leave them empty.")})
        return
    if points is None:
        if line.kind == LineKind.RATED:
            raise ValidationError({"points": _("Say which points the item gets instead.")})
        return
    if not takes_points(appeal):
        raise ValidationError(
            {"points": _("A wrong fact is corrected, and the points follow from it: leave them empty.")}
        )
    least, most = bounds_of(line)
    if not least <= points <= most:
        told = {"least": numbers.points(least), "most": numbers.points(most)}
        raise ValidationError({"points": _("From %(least)s to %(most)s points.") % told})
    if points == line.points and not line.left_out:
        raise ValidationError({"points": _("These are the points it has. Say others, or refuse.")})

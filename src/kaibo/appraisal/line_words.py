"""What the lines of a review are called."""

from kaibo.appraisal import wording
from kaibo.appraisal.cycle.review_models import ReviewLine
from kaibo.appraisal.own_cards.store import known_kpi
from kaibo.look.numbers import either


def line_title(line: ReviewLine) -> str:
    """In the reader's language; a key that no catalog knows stands for itself."""
    if told := either(line.zh, line.en):
        return told
    kpi = known_kpi(line.kpi)
    return wording.title(kpi) if kpi else line.kpi

"""The scoring arithmetic once more, over the parts of the path: it must give the points that are shown."""

from kaibo.appraisal.month import MonthLine
from kaibo.appraisal.path import NumberPath
from kaibo.kpi.catalog import PLANNED
from kaibo.kpi.scoring import score
from kaibo.kpi.values import value_of


def recomputed_equal(line: MonthLine, path: NumberPath) -> bool:
    """Whether value and points, made again from the segments, equal those on the card."""
    amounts: dict[tuple[str, str], int] = {}
    for segment in path.segments:
        for key, amount in segment.amounts.items():
            amounts[key] = amounts.get(key, 0) + amount
    again = value_of(
        line.line.kpi,
        amounts,
        covered=path.kpi.needs,
        planned_ms=line.value.bottom if PLANNED in path.kpi.measures else None,
    )
    if line.value.missing:
        # nothing is shown, so there is nothing that could differ
        return True
    return again.number == line.value.number and score(line.line, again, line.score.target).points == line.score.points

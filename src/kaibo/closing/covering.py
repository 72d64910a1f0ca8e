"""Closed months of which files speak of other broadcasts now than at closing: somebody stated which days they cover.

No computation tells it: what it is made from is the same. Two queries, however many months.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from kaibo.measurement.closed import closed_by
from kaibo.measurement.covered import Coverage, coverage, days_of_month
from kaibo.measurement.file_spans import OF_A_PLATFORM
from kaibo.measurement.models import ClosedSession, Closing, ClosingState

# number, platform and beginning of a fixed broadcast
Fixed = tuple[int, str, datetime]


def covered_otherwise(closings: Iterable[Closing]) -> set[int]:
    """Those of these closings whose months' broadcasts, or plans without one, files tell otherwise now, by id."""
    held = {one.pk: one for one in closings if one.state == ClosingState.CLOSED}
    if not held:
        return set()
    rows = ClosedSession.objects.filter(closing__in=held).order_by()
    fixed: dict[int, list[Fixed]] = defaultdict(list)
    for closing, session, platform, began in rows.values_list(
        "closing", "session", "session__account__platform", "start"
    ):
        fixed[closing].append((session, platform, began))
    now = coverage({})
    return {pk for pk, one in held.items() if _differs(one, fixed[pk], now)}


def _differs(closing: Closing, fixed: Iterable[Fixed], now: Coverage) -> bool:
    (then,) = (Coverage.from_frozen(one.frozen) for one in closed_by(closing).values())
    # asked as it was then: another rule is no other word about a file
    now = replace(now, leaves_out=then.leaves_out, by_day=then.by_day)
    if any(
        then.silent(closing.month, *one[1:], one[0]) != now.silent(closing.month, *one[1:], one[0]) for one in fixed
    ):
        return True
    return _spoken_of(then, closing.month) != _spoken_of(now, closing.month)


def _spoken_of(imported: Coverage, month: date) -> set[str]:
    """Orders, after-sales: of which any file speaks of the month: who was planned and not on air sold nothing."""
    return imported.tables(*days_of_month(month)) & set(OF_A_PLATFORM)

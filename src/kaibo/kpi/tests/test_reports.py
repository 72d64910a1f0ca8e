"""What a session's reports say together: never the same broadcast twice."""

from typing import Any

import pytest

from kaibo.kpi.inputs import AccountIn, SessionIn
from kaibo.kpi.reports import FIELDS, matched, totals

MINUTE = 60_000
ROOM = AccountIn(1, ("room1",), "Asia/Shanghai", "CNY")
SESSION = SessionIn(7, 1, 0, 300 * MINUTE)


def row(start: float, end: float, batch: int, **said: Any) -> dict[str, Any]:
    known = {"platform": None, "account": "room1", "currency": "CNY", "as_of": batch, "row": 2, "batch": batch}
    figures: dict[str, Any] = dict.fromkeys(FIELDS)
    return {**figures, **known, "start_ms": int(start * MINUTE), "end_ms": int(end * MINUTE), **said}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        # two sources of one broadcast: the newer counts, the other says only what it leaves open
        ([row(0, 300, 1, views=90, comments=7), row(0, 299, 2, views=100)], {"views": 100, "comments": 7}),
        # the older gave the session its seconds, the numbers are the newer's
        ([row(0, 300, 1, views=90), row(-0.2, 299, 2, views=100)], {"views": 100}),
        # so viewers of one broadcast stay known
        ([row(0, 300, 1, viewers=40), row(0, 299, 2, viewers=50)], {"viewers": 50}),
        # two parts of a broken broadcast add up, and their viewers do not
        ([row(0, 100, 1, views=60, viewers=9), row(110, 300, 1, views=40, viewers=8)], {"views": 100}),
        # a broadcast that merely reaches into this one's time is not its report
        ([row(0, 300, 2, views=100), row(200, 700, 1, views=500, comments=3)], {"views": 100}),
        # a part that leaves a figure open leaves their sum open
        ([row(0, 100, 1, views=60, orders=1), row(110, 300, 1, views=40)], {"views": 100}),
    ],
)
def test_overlapping_reports_are_not_added(rows: list[dict[str, Any]], said: dict[str, int]) -> None:
    assert totals(matched(rows, [ROOM], [SESSION])) == {7: said}
    assert totals(matched(rows[::-1], [ROOM], [SESSION])) == {7: said}

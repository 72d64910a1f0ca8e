"""Amounts of minutes that no room has: of a room that is not known, or in other money than the room's.

The minute itself may well be on air and count there; its amount is named here, in its own currency.
"""

from collections.abc import Iterator
from typing import Any

import ibis

from kaibo.facts.schema import MINUTE
from kaibo.kpi.engine.run import Run, total
from kaibo.kpi.inputs import FactOut
from kaibo.kpi.money import UNKNOWN
from kaibo.kpi.off_air import NO_ROOM, OTHER_MONEY, TWICE

AMOUNT = "gmv_minor"
WHERE = ("kind", "account", "date", "money")


def place(run: Run) -> None:
    """Step `minute_money`: those amounts of the month's days, if there are any minutes at all."""
    if run.has("minute_parts"):
        run.keep("minute_money", _amounts)
    run.drop(MINUTE, "minutes")


def _amounts(run: Run) -> Any:
    rows = ["batch", "row"]
    found = run.table(MINUTE).filter(ibis._[AMOUNT].notnull() & ibis._.minute_ms.notnull())
    found = found.rename(said="account").left_join(run.table("scopes"), "batch").drop("batch_right")
    found = found.mutate(whose=ibis.coalesce(found.said, found.scope).strip())
    rooms = run.table("rooms_by_name").rename(owner="account", of_room="money")
    found = found.left_join(rooms, [found.platform == rooms.on, found.whose == rooms.name])
    other = found.currency.notnull() & (found.currency != found.of_room)
    found = found.filter(found.owner.isnull() | other)
    timed = run.table("minutes").select(*rows).distinct().mutate(timed=True)
    found = found.left_join(timed, rows).drop("batch_right", "row_right")
    found = found.mutate(day=run.local_day(found.minute_ms))
    found = found.filter(run.in_month(found.day)).left_join(run.table("days"), "day")
    kind = ibis.cases((found.owner.isnull(), NO_ROOM), (found.timed.isnull(), TWICE), else_=OTHER_MONEY)
    found = found.mutate(kind=kind, money=found.currency.fill_null(UNKNOWN), account=found.owner, date=found.day_text)
    return found.select(*WHERE, *rows, "minute_ms", "whose", AMOUNT)


def facts(run: Run) -> Iterator[FactOut]:
    """What they come to, of each kind, room, day and currency."""
    if not run.has("minute_money"):
        return
    for row in run.rows(_sums):
        if row["amount"]:
            where = ("unmatched", row["kind"], row["account"], None, None, row["date"])
            yield FactOut(*where, AMOUNT, "measured", row["amount"], run.foreign(row["money"]))


def _sums(run: Run) -> Any:
    table = run.table("minute_money")
    return table.group_by(*WHERE).aggregate(amount=total(table[AMOUNT]))


def rows(run: Run) -> Any:
    """Placed rows of those whose minute counts without its amount; None: there are none.

    Minutes that do not count at all have rows of their own.
    """
    if not run.has("minute_money"):
        return None
    found = run.table("minute_money")
    found = found.filter(found.kind == OTHER_MONEY)
    literals = {"table": MINUTE, "measure": AMOUNT, "count": 1, "basis": "measured", "place": "unmatched"}
    named = found.rename(instant_ms="minute_ms", amount=AMOUNT, label="whose", currency="money")
    return named.mutate(**{name: ibis.literal(value) for name, value in literals.items()})

"""Minutes that lie in no segment: where they stand, so that the places of a minutes' source add up to its rows."""

from collections.abc import Iterator
from typing import Any

import ibis

from kaibo.facts.schema import MINUTE
from kaibo.kpi.engine.minutes import SAID
from kaibo.kpi.engine.run import FLAG, INTEGER, TEXT, Run, total
from kaibo.kpi.inputs import FactOut
from kaibo.kpi.local_days import HOUR_MS
from kaibo.kpi.money import is_money
from kaibo.kpi.off_air import FAR, NO_ROOM, TWICE, beside

WHERE = ("place", "kind", "account", "session", "date")


def place(run: Run) -> None:
    """Step `off_air`: the month's minutes that lie in no segment, if there are any minutes at all."""
    if run.has("minute_parts"):
        _near(run)
        run.keep("off_air", _off_air)


def _off_air(run: Run) -> Any:
    rows = ["batch", "row"]
    found = run.table(MINUTE).anti_join(run.table("minute_parts"), rows)
    found = found.rename(said="account").left_join(run.table("scopes"), "batch").drop("batch_right")
    found = found.mutate(whose=ibis.coalesce(found.said, found.scope).strip())
    rooms = run.table("rooms_by_name").select("on", "name", "money", owner="account")
    found = found.left_join(rooms, [found.platform == rooms.on, found.whose == rooms.name])
    # money of another currency than the room's is not known, as in segments
    fits = found.money.notnull() & (found.currency.isnull() | (found.currency == found.money))
    found = found.mutate(**{c: ibis.cases((fits, found[c]), else_=None) for c in SAID.values() if is_money(c)})
    # another row of this room tells of the same minute, and counts
    timed = run.table("minutes").select("batch", "row").distinct().mutate(timed=True)
    found = found.left_join(timed, rows).drop("batch_right", "row_right")
    found = found.mutate(at_hour=ibis.cases((found.timed, found.minute_ms // HOUR_MS), else_=None))
    near = run.table("near")
    here = [found.owner == near.room, found.at_hour == near.hour]
    found = found.left_join(near, [*here, found.minute_ms >= near.start, found.minute_ms < near.end])
    found = found.mutate(day=run.local_day(found.minute_ms))
    found = found.left_join(run.table("days"), "day")
    known = found.session.notnull()
    found = found.mutate(
        account=found.owner,
        place=ibis.cases(
            (known, found.of_place), (found.owner.isnull() | found.timed.isnull(), "unmatched"), else_="outside"
        ),
        kind=ibis.cases(
            (known, found.of_kind), (found.owner.isnull(), NO_ROOM), (found.timed.isnull(), TWICE), else_=FAR
        ),
        date=found.of_date.fill_null(found.day_text),
        mine=found.own.fill_null(run.in_month(found.day)),
    )
    columns = (*WHERE, *rows, "minute_ms", "whose", *SAID.values())
    return found.filter(found.mine).select(*columns)


def _near(run: Run) -> None:
    """Step `near`: the time off air that is told with a broadcast, by the hour."""
    own = {session.id for session in run.inputs.sessions}
    rows = [
        (
            one.session.account, one.session.id, one.place, one.kind, one.start_ms, one.end_ms,
            run.month.days.get(one.session.id, ""), one.session.id in own, hour,
        )
        for one in beside([*run.inputs.sessions, *run.month.near])
        for hour in range(one.start_ms // HOUR_MS, (one.end_ms - 1) // HOUR_MS + 1)
    ]  # fmt: skip
    columns = {
        "room": INTEGER, "session": INTEGER, "of_place": TEXT, "of_kind": TEXT, "start": INTEGER, "end": INTEGER,
        "of_date": TEXT, "own": FLAG, "hour": INTEGER,
    }  # fmt: skip
    run.make("near", columns, rows)


def facts(run: Run) -> Iterator[FactOut]:
    """What the minutes in no segment say, of each measure and place."""
    if not run.has("off_air"):
        return
    for row in run.rows(_sums):
        for measure in SAID:
            if row[measure]:
                where = (row["place"], row["kind"], row["account"], row["session"], None, row["date"])
                money = run.month.accounts[row["account"]].currency if is_money(measure) else ""
                yield FactOut(*where, measure, "measured", row[measure], run.foreign(money) if money else "")


def _sums(run: Run) -> Any:
    table = run.table("off_air")
    return table.group_by(*WHERE).aggregate(**{measure: total(table[column]) for measure, column in SAID.items()})


def rows(run: Run) -> Any:
    """Placed rows of those with entries; None: there are none."""
    if not run.has("off_air"):
        return None
    found = run.table("off_air")
    found = found.filter(found.entries.notnull())
    literals = {"table": MINUTE, "measure": "entries", "count": 1, "basis": "measured"}
    named = found.rename(instant_ms="minute_ms", amount="entries", label="whose")
    return named.mutate(**{name: ibis.literal(value) for name, value in literals.items()})

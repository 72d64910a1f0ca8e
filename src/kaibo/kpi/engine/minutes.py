"""Minutes of rooms: which segments they lie in, and what they sum up to there."""

from collections import defaultdict
from typing import Any

import ibis

from kaibo.facts.schema import MINUTE
from kaibo.kpi import totals
from kaibo.kpi.crowd import Online
from kaibo.kpi.engine import readings
from kaibo.kpi.engine.run import INTEGER, TEXT, Run, total
from kaibo.kpi.local_days import HOUR_MS
from kaibo.kpi.matching import accounts_by_name
from kaibo.kpi.measures import TOTALS
from kaibo.kpi.money import is_money
from kaibo.kpi.segments import stretches
from kaibo.kpi.totals import Knowledge, Known, Part

USUAL_MS = 60_000
SAID = {measure.key: measure.minute for measure in TOTALS if measure.minute}


def read(run: Run) -> tuple[Knowledge, dict[tuple[int, int], Online]]:
    """What minutes, else readings, say, and viewers online by segment.

    Step `minute_parts`: each minute, if any, once for each segment it lies in.
    """
    found, seen = {}, {}
    if run.rows(_any)[0]["n"]:
        _rooms(run)
        run.keep("minutes", _minutes)
        _pieces(run)
        run.keep("minute_parts", _parts)
        found, seen = _sums(run), _online(run)
    readings.read(run, found)
    return found, seen


def _any(run: Run) -> Any:
    return run.table(MINUTE).aggregate(n=ibis._.count())


def _parts(run: Run) -> Any:
    minutes, pieces = run.table("minutes"), run.table("pieces")
    inside = (minutes.a < pieces.end) & (minutes.b > pieces.start)
    found = minutes.join(pieces, [minutes.account == pieces.room, minutes.hour == pieces.hour_, inside])
    begins = ibis.greatest(found.a, found.start)
    # a minute and a segment may meet in two hours: once is enough
    found = found.filter(begins // HOUR_MS == found.hour)
    found = found.mutate(overlap=ibis.least(found.b, found.end) - begins)
    places = found.count().over(group_by=["account", "a"])
    return found.mutate(places=places)


def _rooms(run: Run) -> None:
    """Steps `rooms_by_name` and `scopes`: the room that is said of a whole file."""
    names = accounts_by_name(run.inputs.accounts)
    owners = [(*name, owner, run.month.accounts[owner].currency) for name, owner in names.items() if owner is not None]
    run.make("rooms_by_name", {"on": TEXT, "name": TEXT, "account": INTEGER, "money": TEXT}, owners)
    run.make("scopes", {"batch": INTEGER, "scope": TEXT}, [(b.id, b.scope) for b in _files(run)])


def _minutes(run: Run) -> Any:
    """Visible minutes of known rooms as [a, b), once for each hour they touch. Where two overlap the later cuts off."""
    rooms, scopes = run.table("rooms_by_name"), run.table("scopes")
    found = run.table(MINUTE).rename(said="account").left_join(scopes, "batch").drop("batch_right")
    found = found.mutate(whose=ibis.coalesce(found.said, found.scope).strip())
    found = found.join(rooms, [found.platform == rooms.on, found.whose == rooms.name])
    found = found.filter(found.minute_ms.notnull())
    follows = found.minute_ms.lead().over(group_by="account", order_by=["minute_ms", "batch", "row"])
    length = ibis.least(found.length_ms.fill_null(USUAL_MS), HOUR_MS)
    found = found.mutate(a=found.minute_ms, b=ibis.least(found.minute_ms + length, follows.fill_null(2**62)))
    found = found.filter(found.a < found.b)
    fits = found.currency.isnull() | (found.currency == found.money)
    # money of another currency than the room's is not known
    found = found.mutate(**{c: ibis.cases((fits, found[c]), else_=None) for c in SAID.values() if is_money(c)})
    columns = ("batch", "row", "account", "a", "b", "online", *SAID.values(), "whose")
    first = found.mutate(hour=found.a // HOUR_MS)
    second = found.mutate(hour=(found.b - 1) // HOUR_MS)
    second = second.filter(second.hour != second.a // HOUR_MS)
    return first.select(*columns, "hour").union(second.select(*columns, "hour"))


def _files(run: Run) -> list[Any]:
    return [batch for batch in run.inputs.batches if batch.table == MINUTE and batch.scope]


def _pieces(run: Run) -> None:
    """Step `pieces`: the month's segments and the other sessions' stretches on air, by the hour."""
    own = {s.id: s for s in run.inputs.sessions}
    pieces = [(own[s.session], s.number, s.start_ms, s.end_ms, s.date) for s in run.month.segments]
    pieces += [(near, 0, start, end, "") for near in run.month.near for start, end in stretches(near)]
    rows = [
        (s.account, s.id, s.start_ms, number, start, end, date, hour)
        for s, number, start, end, date in pieces
        for hour in range(start // HOUR_MS, (end - 1) // HOUR_MS + 1)
    ]
    columns = {
        "room": INTEGER, "session": INTEGER, "session_start": INTEGER, "segment": INTEGER, "start": INTEGER,
        "end": INTEGER, "date": TEXT, "hour_": INTEGER,
    }  # fmt: skip
    run.make("pieces", columns, rows)


def _by_segment(run: Run) -> Any:
    parts, sums = run.table("minute_parts"), {}
    for measure, column in SAID.items():
        told = parts[column].notnull()
        sums[f"{measure} n"] = told.sum()
        sums[f"{measure} ms"] = total(ibis.cases((told, parts.overlap), else_=0))
        sums[measure] = total(ibis.cases((told & (parts.places == 1), parts[column]), else_=0))
    return parts.group_by("session", "segment").aggregate(**sums)


def _cut(run: Run) -> Any:
    parts = run.table("minute_parts")
    return parts.filter(parts.places > 1)


def _sums(run: Run) -> Knowledge:
    """Minutes inside one segment are added up by the engine, those on a boundary one by one."""
    found: Knowledge = {}
    own = {session.id for session in run.inputs.sessions}
    for row in run.rows(_by_segment):
        for measure in SAID if row["session"] in own else ():
            if row[f"{measure} n"]:
                known = found.setdefault((row["session"], measure), Known())
                known.measured[row["segment"]] += row[measure]
                known.covered[row["segment"]] += row[f"{measure} ms"]
    cut: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    for row in run.rows(_cut):
        cut[row["account"], row["a"]].append(row)
    for rows in cut.values():
        places = [Part(r["session"], r["segment"], r["start"], r["session_start"], r["overlap"]) for r in rows]
        for measure, column in SAID.items():
            if rows[0][column] is not None:
                for part, amount in totals.split_minute(places, rows[0][column]):
                    if part.session in own:
                        found[part.session, measure].measured[part.segment] += amount
    return found


def _levels(run: Run) -> Any:
    """A minute's level holds through it, in each segment it lies in; its peak is where it begins."""
    parts = run.table("minute_parts")
    known = parts.filter(parts.online.notnull())
    begun = ibis.cases((known.a >= known.start, known.online), else_=None)
    sums = {"level": total(known.online * known.overlap), "ms": total(known.overlap), "peak": begun.max()}
    return known.group_by("session", "segment").aggregate(**sums)


def _online(run: Run) -> dict[tuple[int, int], Online]:
    own = {session.id for session in run.inputs.sessions}
    return {
        (row["session"], row["segment"]): Online(row["level"], row["ms"], row["peak"])
        for row in run.rows(_levels)
        if row["session"] in own
    }


def narrow(run: Run) -> None:
    """Step `minute_rows`, of what rows need, in place of `minute_parts`."""
    if run.has("minute_parts"):
        run.keep("minute_rows", _of_segments)
        run.drop("minute_parts")


def _of_segments(run: Run) -> Any:
    parts = run.table("minute_parts")
    columns = ("batch", "row", "account", "session", "segment", "a", "date", "entries", "whose", "places")
    return parts.filter(parts.segment > 0).select(*columns)


def rows(run: Run) -> Any:
    """Placed rows of minutes: one on a boundary stands in each segment, whole. None: no minutes."""
    if not run.has("minute_rows"):
        return None
    parts = run.table("minute_rows")
    basis = ibis.cases((parts.places == 1, "measured"), else_="allocated")
    literals = {"table": MINUTE, "place": "segment", "kind": "", "measure": "entries", "count": 1}
    named = parts.rename(instant_ms="a", amount="entries", label="whose")
    return named.mutate(basis=basis, **{name: ibis.literal(value) for name, value in literals.items()})

"""The same figures in five ways. Each gives {name: {key: figure}}; those that a way does not make are left out.

`sums`: (session, segment, measure). `people`: the same, distinct. `credited`: (session, role, person, measure) → while
the person was on shift; `met`: the same, distinct. `inside`: (session, segment) → (viewer-ms, peak, carried in).
`behaviour`: (session, measure, segment) → people: where each was first, who had been in the room before, who stayed.

The baselines are fixed: changing one needs a commit and a reason of its own. Each is a whole (`hand`,
`naive`, `pandas`, `pandas_by_segment`, each with the helpers below it); they stand in one file to be read side by side.
"""

# ruff: noqa: S608 - our own names and numbers

import resource
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
from bench.events import world

from kaibo.facts.schema import EVENT
from kaibo.facts.store import table_path
from kaibo.kpi import counted, redo
from kaibo.kpi.crowd import (
    BACK_MS,
    CAME_BACK,
    CARRIED_IN,
    COUNTED,
    COUNTED_PEOPLE,
    FIRST,
    PRESENT,
    STAY_MS,
    Crowd,
)
from kaibo.kpi.engine import event_files, events
from kaibo.kpi.engine.run import MEMORY, Run
from kaibo.kpi.inputs import MonthInputs, SessionIn
from kaibo.kpi.month import Month

Figures = dict[str, dict[Any, Any]]
HOUR_MS = 3_600_000
PRESENT_SQL = ", ".join(f"'{kind}'" for kind in PRESENT)


def measured(way: str, seed: int, events: int, folder: str) -> tuple[float, float, float, dict[str, Any]]:
    """CPU s, wall s, peak MB, figures; in a process of its own."""
    inputs = world.inputs(seed, events, Path(folder) / "1")
    out = Path(folder) / "out"
    out.mkdir(exist_ok=True)
    made = globals()[way.replace(" ", "_") if way == "one session" else way.partition(" ")[0]]
    if way.endswith("again"):
        made(inputs, out)
    elif way == "one session":
        made = made(inputs, out)
    cpu, wall = time.process_time(), time.perf_counter()
    found = made(inputs, out)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    # what the process itself took at most, not the parent it came from
    status = Path("/proc/self/status").read_text() if sys.platform == "linux" else ""
    peak = next((int(x.split()[1]) / 1024 for x in status.splitlines() if x.startswith("VmHWM")), 0.0)
    peak = peak or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return cpu, wall, peak, found() if callable(found) else found


def engine(inputs: MonthInputs, out: Path) -> Any:
    """What the product does; gives what makes the figures of what it computed."""
    with Run(Month(inputs), out) as run:
        event_files.know(run)
        crowd, _kept = events.read(run)
        return partial(_of_engine, crowd, run.month)


def one_session(inputs: MonthInputs, out: Path) -> Any:
    """Computes the month, corrects a handover in its middle; gives what computes that again, to be timed."""
    engine(inputs, out)
    before = out.with_name("before")
    out.rename(before)
    out.mkdir()
    session = sorted(inputs.sessions, key=lambda one: one.start_ms)[len(inputs.sessions) // 2]
    old = next(one for one in inputs.shifts if one.account == session.account and one.end_ms > session.start_ms
               and one.start_ms >= session.start_ms)  # fmt: skip
    new = replace(old, end_ms=old.end_ms + 60_000)
    corrected = replace(inputs, shifts=[new if one is old else one for one in inputs.shifts])

    def again(_inputs: MonthInputs, to: Path) -> Any:
        dirty = redo.touched(corrected, {old, new}, ())
        with Run(Month(redo.part(corrected, dirty)), to, before) as run:
            event_files.know(run)
            crowd, _kept = events.read(run)
        counted.carry(before, to, dirty)
        return partial(_compared, crowd, corrected, dirty, before.with_name("whole"))

    return again


def _compared(crowd: Crowd, corrected: MonthInputs, dirty: set[int], out: Path) -> Figures:
    out.mkdir()
    with Run(Month(corrected), out) as run:
        event_files.know(run)
        whole, _kept = events.read(run)
    for name in ("sums", "people", "behaviour", "met", "online", "lines"):
        part, every = getattr(crowd, name), getattr(whole, name)
        if not dirty or part != {key: value for key, value in every.items() if key[0] in dirty}:
            raise AssertionError(f"{name} of the sessions {dirty} differ from the whole month's")
    return {}


def _of_engine(crowd: Crowd, month: Month) -> Figures:
    found: Figures = {"sums": {}, "people": {}, "credited": {}, "met": {}, "inside": {}, "behaviour": {}}
    for (session, measure), segments in crowd.behaviour.items():
        # whom a segment carried in stands with those who are inside
        if measure != CARRIED_IN:
            found["behaviour"] |= {(session, measure, number): n for number, n in segments.items() if n}
    for name, told in (("sums", crowd.sums), ("people", crowd.people)):
        for (session, measure), segments in told.items():
            found[name] |= {(session, number, measure): n for number, n in segments.items() if n}
    for (session, role, person), numbers in crew(month).items():
        for measure in COUNTED:
            by_segment = crowd.sums.get((session, measure), {})
            found["credited"][session, role, person, measure] = sum(by_segment.get(n, 0) for n in numbers)
        for measure in COUNTED_PEOPLE:
            several = crowd.met.get((session, tuple(numbers), measure))
            alone = crowd.people.get((session, measure), {}).get(numbers[0], 0)
            found["met"][session, role, person, measure] = alone if several is None else sum(several.values())
    for (session, number), online in crowd.online.items():
        carried = crowd.behaviour[session, "carried_in"][number]
        found["inside"][session, number] = (online.level_ms, online.peak, carried)
    return found


def crew(month: Month) -> dict[tuple[int, str, int], list[int]]:
    """(session, role, person) → their segments."""
    found: dict[tuple[int, str, int], list[int]] = defaultdict(list)
    for segment in month.segments:
        for role, members in segment.crew.items():
            for member in members:
                found[segment.session, role, member.person].append(segment.number)
    return found


def hand(inputs: MonthInputs, out: Path) -> Figures:
    """The same plan, written by hand in DuckDB's SQL."""
    month = Month(inputs)
    con = duckdb.connect(config={"threads": 2, "memory_limit": MEMORY, "temp_directory": str(out / "spill")})
    rooms = {s.id: s.account for s in inputs.sessions}
    parts = [(s.session, s.number, s.start_ms, s.end_ms, rooms[s.session]) for s in month.segments]
    fill(con, "parts(session int, segment int, a bigint, b bigint, room int)", parts)
    hours = [(*p, h) for p in parts for h in range(p[2] // HOUR_MS, (p[3] - 1) // HOUR_MS + 1)]
    fill(con, "hours(session int, segment int, a bigint, b bigint, room int, hour bigint)", hours)
    fill(con, "rooms(name text, room int)", [(name, a.id) for a in inputs.accounts for name in a.names])
    file = table_path(inputs.batches[0].folder, EVENT)
    con.execute(f"""create temp table told as
        select h.session, h.segment, e.kind, e.viewer, e.event_id, e."row" as r, e.instant_ms as t,
               coalesce(e."count", 1) as n
        from read_parquet('{file}') e join rooms on e.account = rooms.name
        join hours h on h.room = rooms.room and h.hour = e.instant_ms // {HOUR_MS}
             and e.instant_ms >= h.a and e.instant_ms < h.b""")
    con.execute("""create temp table twice as select session, event_id from told where event_id is not null
                   group by all having count(*) > 1""")
    con.execute("""create temp table late as select r, session from (
        select r, session, row_number() over (partition by session, event_id order by t, r) as place
        from told semi join twice using (session, event_id)) where place > 1""")
    con.execute("create temp table here as select * exclude event_id from told anti join late using (session, r)")
    sums = ", ".join(f"sum(case when kind = '{k}' then n else 0 end)::bigint as {m}" for m, k in COUNTED.items())
    found: Figures = {"sums": {}, "people": {}, "met": {}, "inside": {}}
    for session, segment, *values in con.execute(f"select session, segment, {sums} from here group by all").fetchall():
        found["sums"] |= {(session, segment, m): v for m, v in zip(COUNTED, values, strict=True) if v}
    flags = ", ".join(
        f"bool_or(kind in ({PRESENT_SQL}))::int as {m}" if m == "viewers" else f"bool_or(kind = '{k}')::int as {m}"
        for m, k in COUNTED_PEOPLE.items()
    )
    con.execute(f"create temp table sets as select session, segment, viewer, {flags} from here group by all")
    people = ", ".join(f"sum({m})::bigint" for m in COUNTED_PEOPLE)
    for session, segment, *values in con.execute(
        f"select session, segment, {people} from sets group by all"
    ).fetchall():
        found["people"] |= {(session, segment, m): v for m, v in zip(COUNTED_PEOPLE, values, strict=True) if v}
    _hand_met(con, month, found)
    _hand_inside(con, found)
    return found


def fill(con: Any, table: str, rows: list[tuple[Any, ...]]) -> None:
    """A small table of ours, by way of Arrow: row by row DuckDB would take longer than the query."""
    import pyarrow as pa

    name, _, columns = table.partition("(")
    con.execute(f"create temp table {table}")
    made = pa.table({c.split()[0]: list(v) for c, v in zip(columns.strip(")").split(","), zip(*rows, strict=True),
                                                           strict=True)})  # fmt: skip
    con.register("made", made)
    con.execute(f"insert into {name} from made")
    con.unregister("made")


def _hand_met(con: Any, month: Month, found: Figures) -> None:
    alike: dict[tuple[int, tuple[int, ...]], list[tuple[str, int]]] = defaultdict(list)
    for (session, role, person), numbers in crew(month).items():
        alike[session, tuple(numbers)].append((role, person))
    spans = list(alike)
    rows = [(n, session, s) for n, (session, numbers) in enumerate(spans) if len(numbers) > 1 for s in numbers]
    fill(con, "spans(span int, session int, segment int)", rows)
    seen = ", ".join(f"max({m}) as {m}" for m in COUNTED_PEOPLE)
    sums = ", ".join(f"sum({m})::bigint" for m in COUNTED_PEOPLE)
    query = f"""select span, {sums} from (select span, viewer, {seen} from sets join spans using (session, segment)
                group by all) group by all"""
    several = {row[0]: dict(zip(COUNTED_PEOPLE, row[1:], strict=True)) for row in con.execute(query).fetchall()}
    for n, (session, numbers) in enumerate(spans):
        for role, person in alike[session, numbers]:
            for measure in COUNTED_PEOPLE:
                alone = found["people"].get((session, numbers[0], measure), 0)
                known = alone if len(numbers) == 1 else several.get(n, {}).get(measure, 0)
                found["met"][session, role, person, measure] = known


def _hand_inside(con: Any, found: Figures) -> None:
    query = """
        with moves as (select session, viewer, t, r, kind from here where kind in ('enter', 'leave')),
        turned as (select *, lag(kind, 1, 'leave') over (partition by session, viewer order by t, r) as before
                   from moves),
        turns as (select session, t, case kind when 'enter' then 1 else -1 end as step,
                         lag(t) over (partition by session, viewer order by t, r) as since
                  from turned where kind <> before),
        steps as (select session, t, sum(step) as step, sum((step < 0 and since < t)::int) as gone, null as segment,
                         null as b from turns group by all
                  union all select session, a, 0, 0, segment, b from parts),
        once as (select session, t, sum(step) as step, sum(gone) as gone, max(segment) as segment, max(b) as b
                 from steps group by all),
        levels as (select *, sum(step) over w as level, max(segment) over w as place, max(b) over w as until,
                          lead(t) over (partition by session order by t) as following
                   from once window w as (partition by session order by t rows unbounded preceding))
        select session, place, sum(level * (least(coalesce(following, until), until) - t))::bigint, max(level)::bigint,
               sum(case when segment is not null then level - step - gone else 0 end)::bigint
        from levels group by all"""
    for session, segment, level, peak, carried in con.execute(query).fetchall():
        found["inside"][session, segment] = (level, peak, carried)


def naive(inputs: MonthInputs, out: Path) -> Figures:
    """Every event with everyone on shift, counted distinct: the query that comes to mind first."""
    month = Month(inputs)
    con = duckdb.connect(config={"threads": 2, "memory_limit": "2GB", "temp_directory": str(out / "spill")})
    con.execute("set enable_progress_bar = false")
    spans = {(s.session, s.number): (s.start_ms, s.end_ms) for s in month.segments}
    rooms = {s.id: next(n for a in inputs.accounts if a.id == s.account for n in a.names) for s in inputs.sessions}
    rows = [
        (session, role, person, rooms[session], *spans[session, n])
        for (session, role, person), numbers in crew(month).items()
        for n in numbers
    ]
    fill(con, "crew(session int, role text, person int, account text, a bigint, b bigint)", rows)
    file = table_path(inputs.batches[0].folder, EVENT)
    counts = ", ".join(
        f"count(distinct case when e.kind {'in (' + PRESENT_SQL + ')' if m == 'viewers' else '= ' + repr(k)} "
        f"then e.viewer end)"
        for m, k in COUNTED_PEOPLE.items()
    )
    query = f"""select session, role, person, {counts} from read_parquet('{file}') e join crew c
                on e.account = c.account and e.instant_ms >= c.a and e.instant_ms < c.b group by all"""
    met: dict[Any, Any] = {(*key, m): 0 for key in crew(month) for m in COUNTED_PEOPLE}
    for session, role, person, *values in con.execute(query).fetchall():
        met |= {(session, role, person, m): v for m, v in zip(COUNTED_PEOPLE, values, strict=True)}
    return {"met": met}


def pandas(inputs: MonthInputs, _out: Path) -> Figures:
    """As an analyst would write it: every event of a broadcast with every shift of it, those on shift then kept, and
    nunique by person; the same by segment, from the last cut before each event; and a running sum of who is inside.
    """
    import pandas as pd

    month = Month(inputs)
    rooms = {s.id: next(n for a in inputs.accounts if a.id == s.account for n in a.names) for s in inputs.sessions}
    sessions = pd.DataFrame(
        [(rooms[s.id], s.start_ms, s.end_ms, s.id) for s in inputs.sessions],
        columns=["account", "instant_ms", "over", "session"],
    ).sort_values("instant_ms")
    columns = ["account", "instant_ms", "kind", "viewer", "event_id"]
    told = pd.read_parquet(table_path(inputs.batches[0].folder, EVENT), columns=columns)
    told["kind"] = told["kind"].astype("category")
    events = pd.merge_asof(told.sort_values("instant_ms"), sessions, on="instant_ms", by="account")
    events = events[events.instant_ms < events.over]
    events = events[events.event_id.isna() | ~events.duplicated(["session", "event_id"])]
    shifts = pd.DataFrame(on_shift(month), columns=["session", "role", "person", "start", "end"])
    shifts["role"] = shifts["role"].astype("category")
    found = events[["session", "instant_ms", "kind", "viewer"]].merge(shifts, on="session")
    found = found[(found.instant_ms >= found.start) & (found.instant_ms < found.end)]
    credited = {(*key, m): 0 for key in crew(month) for m in COUNTED}
    met = {(*key, m): 0 for key in crew(month) for m in COUNTED_PEOPLE}
    for measure, kind in COUNTED.items():
        some = found[found.kind == kind].groupby(["session", "role", "person"], observed=True).size()
        credited |= {(int(s), role, int(p), measure): int(v) for (s, role, p), v in some.items()}
    for measure, kind in COUNTED_PEOPLE.items():
        some = found[found.kind.isin(PRESENT)] if measure == "viewers" else found[found.kind == kind]
        of_each = some.groupby(["session", "role", "person"], observed=True).viewer.nunique()
        met |= {(int(s), role, int(p), measure): int(v) for (s, role, p), v in of_each.items()}
    del found
    return {"credited": credited, "met": met, **_pandas_segments(month, inputs.sessions, rooms, events)}


def _pandas_segments(month: Month, broadcasts: Sequence[SessionIn], rooms: dict[int, str], events: Any) -> Figures:
    import pandas as pd

    cuts = pd.DataFrame(
        [(s.session, s.number, s.start_ms, s.start_ms, s.end_ms, rooms[s.session]) for s in month.segments],
        columns=["of", "segment", "start", "instant_ms", "end", "account"],
    ).sort_values("instant_ms")
    told = pd.merge_asof(events, cuts, on="instant_ms", by="account")
    told = told[told.instant_ms < told.end]
    sums: dict[Any, int] = {}
    people: dict[Any, int] = {}
    for measure, kind in COUNTED.items():
        some = told[told.kind == kind].groupby(["session", "segment"]).size()
        sums |= {(int(s), int(n), measure): int(v) for (s, n), v in some.items()}
    for measure, kind in COUNTED_PEOPLE.items():
        some = told[told.kind.isin(PRESENT)] if measure == "viewers" else told[told.kind == kind]
        counted = some.groupby(["session", "segment"]).viewer.nunique()
        people |= {(int(s), int(n), measure): int(v) for (s, n), v in counted.items()}
    moves = told[told.kind.isin(["enter", "leave"])].sort_values(["session", "viewer", "instant_ms"], kind="stable")
    moves = moves.assign(enters=moves.kind == "enter")
    before = moves.groupby(["session", "viewer"]).enters.shift(fill_value=False)
    turns = moves[moves.enters != before]
    since = turns.groupby(["session", "viewer"]).instant_ms.shift()
    turns = turns.assign(step=turns.enters * 2 - 1, gone=(~turns.enters & (since < turns.instant_ms)).astype("int64"))
    marks = cuts.assign(session=cuts.of, step=0, gone=0)
    steps = pd.concat(
        [turns[["session", "instant_ms", "step", "gone"]], marks[["session", "instant_ms", "step", "gone"]]]
    )
    steps = steps.groupby(["session", "instant_ms"], as_index=False)[["step", "gone"]].sum()
    steps["level"] = steps.groupby("session").step.cumsum()
    steps["following"] = steps.groupby("session").instant_ms.shift(-1)
    steps = steps.merge(marks[["session", "instant_ms", "segment", "end"]], on=["session", "instant_ms"], how="left")
    steps["carried"] = (steps.level - steps.step - steps.gone).where(steps.segment.notna(), 0)
    steps[["segment", "end"]] = steps[["segment", "end"]].ffill()
    steps["ms"] = steps.level * (steps.following.fillna(steps.end).clip(upper=steps.end) - steps.instant_ms)
    inside = steps.groupby(["session", "segment"]).agg(
        ms=("ms", "sum"), peak=("level", "max"), carried=("carried", "sum")
    )
    found = {(int(s), int(n)): (int(ms), int(peak), int(c)) for (s, n), ms, peak, c in inside.itertuples()}
    behaviour = _pandas_behaviour(told, turns, broadcasts)
    return {"sums": sums, "people": people, "inside": found, "behaviour": behaviour}


def _pandas_behaviour(told: Any, turns: Any, broadcasts: Sequence[SessionIn]) -> dict[Any, int]:
    """Where everyone was first in a broadcast, who of them had been in one of the room before, how long they stayed."""
    import pandas as pd

    sessions = pd.DataFrame([(s.id, s.start_ms, s.end_ms) for s in broadcasts], columns=["session", "begun", "over"])
    counts = {}
    for measure, kind in COUNTED_PEOPLE.items():
        some = told[told.kind.isin(PRESENT)] if measure == "viewers" else told[told.kind == kind]
        # events are in the order of time
        first = some.drop_duplicates(["session", "viewer"])[["account", "session", "segment", "viewer"]]
        counts[FIRST[measure]] = first.groupby(["session", "segment"]).size()
        if measure == "viewers":
            faces = first.merge(sessions, on="session").sort_values("begun")
            back = faces[faces.begun - faces.groupby(["account", "viewer"]).begun.shift() <= BACK_MS]
            counts[CAME_BACK] = back.groupby(["session", "segment"]).size()
    turns = turns[["session", "viewer", "segment", "instant_ms", "enters"]]
    turns = turns.assign(until=turns.groupby(["session", "viewer"]).instant_ms.shift(-1))
    visits = turns[turns.enters].drop_duplicates(["session", "viewer"]).merge(sessions, on="session")
    visits["stayed"] = visits.until.fillna(visits.over).clip(upper=visits.over) - visits.instant_ms
    counts["came"] = visits.groupby(["session", "segment"]).size()
    for key, ms in STAY_MS.items():
        could = visits[visits.over - visits.instant_ms >= ms]
        counts[f"could_stay_{key}"] = could.groupby(["session", "segment"]).size()
        counts[f"stayed_{key}"] = visits[visits.stayed >= ms].groupby(["session", "segment"]).size()
    return {(int(s), measure, int(n)): int(v) for measure, of in counts.items() for (s, n), v in of.items()}


def on_shift(month: Month) -> list[tuple[int, str, int, int, int]]:
    """(session, role, person, start, end): when somebody was there without a break."""
    spans = {(s.session, s.number): (s.start_ms, s.end_ms) for s in month.segments}
    found: list[tuple[int, str, int, int, int]] = []
    for (session, role, person), numbers in crew(month).items():
        for number in numbers:
            start, end = spans[session, number]
            if found and found[-1][:3] == (session, role, person) and found[-1][4] == start:
                found[-1] = (*found[-1][:4], end)
            else:
                found.append((session, role, person, start, end))
    return found


def pandas_by_segment(inputs: MonthInputs, _out: Path) -> Figures:
    """What somebody writes who knows segments: the last cut before each event, viewers once each, then the crew."""
    import pandas as pd

    month = Month(inputs)
    rooms = {s.id: next(n for a in inputs.accounts if a.id == s.account for n in a.names) for s in inputs.sessions}
    cuts = pd.DataFrame(
        [(rooms[s.session], s.start_ms, s.end_ms, s.session, s.number) for s in month.segments],
        columns=["account", "instant_ms", "end", "session", "segment"],
    ).sort_values("instant_ms")
    columns = ["account", "instant_ms", "kind", "viewer", "event_id"]
    told = pd.read_parquet(table_path(inputs.batches[0].folder, EVENT), columns=columns).sort_values("instant_ms")
    found = pd.merge_asof(told, cuts, on="instant_ms", by="account")
    found = found[found.instant_ms < found.end]
    twice = found.event_id.notna() & found.duplicated(["session", "event_id"])
    found = found[~twice]
    sums, people = {}, {}
    for measure, kind in COUNTED.items():
        some = found[found.kind == kind].groupby(["session", "segment"]).size()
        sums |= {(int(s), int(n), measure): int(v) for (s, n), v in some.items()}
    members = pd.DataFrame(
        [(session, n, role, person) for (session, role, person), numbers in crew(month).items() for n in numbers],
        columns=["session", "segment", "role", "person"],
    )
    met = {(*key, m): 0 for key in crew(month) for m in COUNTED_PEOPLE}
    for measure, kind in COUNTED_PEOPLE.items():
        some = found[found.kind.isin(PRESENT)] if measure == "viewers" else found[found.kind == kind]
        some = some[["session", "segment", "viewer"]].drop_duplicates()
        counted = some.groupby(["session", "segment"]).size()
        people |= {(int(s), int(n), measure): int(v) for (s, n), v in counted.items()}
        of_each = some.merge(members, on=["session", "segment"]).groupby(["session", "role", "person"]).viewer.nunique()
        met |= {(int(s), role, int(p), measure): int(v) for (s, role, p), v in of_each.items()}
    return {"sums": sums, "people": people, "met": met}

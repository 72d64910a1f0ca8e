"""A part of a month computed by itself gives what the whole month gives of it, and nothing else changes with a crew."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings

from kaibo.kpi import redo
from kaibo.kpi.inputs import MatchIn, MonthInputs, MonthResult, OutageIn, SessionIn, ShiftIn
from kaibo.kpi.off_air import READ_MONEY
from kaibo.kpi.tests.effort import many
from kaibo.kpi.tests.generated import HOUR, MINUTE, NUDGES, Case
from kaibo.kpi.tests.generated_more import every_case, more
from kaibo.kpi.tests.month_files import run, write

few = settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
often = settings(max_examples=many(10, 50), deadline=None, suppress_health_check=list(HealthCheck))


def computed(inputs: MonthInputs, folder: Path, before: Path | None = None) -> tuple[MonthResult, list[dict]]:
    result = run(inputs, folder, before)
    return result, pq.read_table(result.rows_path).to_pylist()


def of_sessions(found: tuple[MonthResult, list[dict]], sessions: Iterable[int]) -> list[Counter]:
    result, rows = found
    tables = (result.segments, result.facts, result.credits)
    kept = [Counter(repr(one) for one in table if one.session in sessions) for table in tables]
    return [*kept, Counter(tuple(row.items()) for row in rows if row["session"] in sessions)]


def edited(inputs: MonthInputs, rng: Random) -> MonthInputs:
    """One shift taken away, moved, given to someone else or made longer, one added, an outage or a decision on orders
    that comes or goes.
    """
    shifts, outages, matches = list(inputs.shifts), list(inputs.outages), list(inputs.matches)
    act = rng.choice(["without", "moved", "given", "added", "outage", "several", "decided", "decided"])
    if act == "decided":
        own = [one for one in matches if redo.among_sessions(one)]
        if own and rng.random() < 0.5:
            matches.remove(rng.choice(own))
        else:
            matches.insert(rng.randint(0, len(matches)), decided(rng, [*inputs.sessions, *inputs.neighbours]))
    if act == "outage" and inputs.sessions:
        one = rng.choice(list(inputs.sessions))
        new = OutageIn(one.account, one.start_ms + 11 * MINUTE, one.start_ms + 37 * MINUTE, "platform")
        outages = outages[1:] if outages and rng.random() < 0.5 else [*outages, new]
    for _ in range(rng.randint(2, 5) if act == "several" else 0 if act == "decided" else 1):
        place = rng.randrange(len(shifts)) if shifts else None
        if act == "added" or place is None:
            one = rng.choice([*inputs.sessions, *inputs.neighbours])
            start = one.start_ms + rng.choice(NUDGES) * MINUTE
            new = ShiftIn(
                1000, one.account, rng.randint(1, 6), rng.choice(["host", "control"]), start, start + 2 * HOUR
            )
            shifts.append(new)
        elif act == "without":
            del shifts[place]
        elif act == "given":
            shifts[place] = replace(shifts[place], person=rng.randint(1, 6), confirmed=rng.random() < 0.5)
        elif act in ("moved", "several"):
            start = shifts[place].start_ms + rng.choice(NUDGES) * MINUTE
            end = max(start + 1, shifts[place].end_ms + rng.choice(NUDGES) * MINUTE)
            shifts[place] = replace(shifts[place], start_ms=start, end_ms=end)
    return replace(inputs, shifts=shifts, outages=outages, matches=matches)


def longer(session: SessionIn, rng: Random) -> SessionIn:
    """What is said of a broadcast's end, of one in ten."""
    return replace(session, end_ms=session.end_ms + 7 * MINUTE) if rng.random() < 0.1 else session


def decided(rng: Random, sessions: list[SessionIn]) -> MatchIn:
    """Whose the orders around a broadcast are: those of its room, or those that name none."""
    one = rng.choice(sessions)
    near = [other for other in sessions if other.start_ms < one.end_ms and one.start_ms < other.end_ms]
    chosen = tuple(other.id for other in rng.sample(near, k=rng.randint(1, len(near))))
    start = one.start_ms + rng.choice([0, 0, -HOUR, 11 * MINUTE])
    lane = rng.choice([(one.account, "", ""), (None, "", ""), (None, "CNY", ""), (None, "CNY", "douyin")])
    weights = tuple(rng.randint(1, 3) for _ in chosen) if rng.random() < 0.5 else ()
    return MatchIn(
        start, start + rng.choice([10 * MINUTE, HOUR, 5 * HOUR]), rng.choice(["", "", "p1"]), "", chosen, weights, *lane
    )


def _no_sales(found: tuple[MonthResult, list[dict]], sessions: Iterable[int]) -> set[tuple]:
    return {
        (row["table"], row["batch"], row["row"], row["session"])
        for row in found[1]
        if row["place"] in ("tagged", "unpaid") and row["session"] in sessions
    }


def agree(case: Case) -> None:
    rng = Random(case.seed)
    with TemporaryDirectory() as name:
        folder = Path(name)
        before = replace(case.inputs, batches=write(folder / "facts", case.tables, case.said))
        after = edited(before, rng)
        changed = [set(getattr(before, name)) ^ set(getattr(after, name)) for name in ("shifts", "outages", "matches")]
        dirty = redo.touched(after, *changed)
        dirty |= {s.id for s in after.sessions if rng.random() < 0.2}
        old, new = computed(before, folder / "old"), computed(after, folder / "new")
        part = computed(redo.part(after, dirty), folder / "part")
        # some files come or go too, and sessions about which nothing differs keep the counts of their events
        files = [one for one in after.batches if rng.random() < 0.8]
        later = replace(after, batches=files, sessions=[longer(one, rng) for one in after.sessions])
        again, scratch = computed(later, folder / "again", folder / "old"), computed(later, folder / "scratch")
    assert [again[0].facts, again[0].credits, again[0].crowds] == [
        scratch[0].facts,
        scratch[0].credits,
        scratch[0].crowds,
    ]
    assert Counter(map(repr, again[1])) == Counter(map(repr, scratch[1]))
    assert of_sessions(part, dirty) == of_sessions(new, dirty)
    rest = {None, *(s.id for s in after.sessions)} - dirty
    if _no_sales(old, dirty) != _no_sales(new, dirty):
        # a tagged or unpaid line that several may claim stands in none: then all of a month is computed
        rest -= {None}
    if any(fact.kind == READ_MONEY for result, _rows in (old, new) for fact in result.facts):
        # such sales stand in no session, by the handovers of one: then all of a month is computed
        rest -= {None}
    assert of_sessions(new, rest) == of_sessions(old, rest)
    assert {one.session for one in part[0].facts} <= {None, *dirty}


@few
@given(every_case())
def test_a_part_equals_the_whole(case: Case) -> None:
    agree(case)


@pytest.mark.slow
@often
@given(every_case())
def test_parts_equal_many_whole_months(case: Case) -> None:
    agree(case)


def test_a_decision_on_what_is_no_sale_reaches_further() -> None:
    """A month in which an unpaid line that two broadcasts may claim is decided upon."""
    agree(more(4085733435))

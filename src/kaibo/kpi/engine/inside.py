"""Who is inside, over time, from events of entering and leaving: levels, who was carried into a segment, who stayed."""

from typing import Any

import ibis

from kaibo.kpi.crowd import CARRIED_IN, MOVES, STAY_MS, Crowd, Online
from kaibo.kpi.engine.run import INTEGER, Run, total


def read(run: Run, crowd: Crowd) -> None:
    """Nothing where no session's events tell both."""
    if any(kinds >= set(MOVES) for kinds in run.named.values()):
        _moves(run)
        _inside(run, crowd)
        _stays(run, crowd)


def _moves(run: Run) -> None:
    """Step `event_moves`: comings in (1) and goings (−1) that change anything, of sessions that tell both.

    Entering twice is being inside; a leave of someone who is not inside says nothing.
    """
    told = [(session,) for session, kinds in run.named.items() if set(MOVES) <= kinds]
    sessions = run.make("event_leavers", {"known": INTEGER}, told)
    found = run.table("event_at")
    found = found.filter(found.kind.isin(("enter", "leave")) & found.viewer.notnull())
    found = found.semi_join(sessions, [found.session == sessions.known])
    order = [found["at"], found.batch, found["row"]]
    before = found.kind.lag().over(group_by=["session", "viewer"], order_by=order)
    found = found.mutate(before=before.fill_null("leave"))
    turns = found.filter(found.kind != found.before)
    step = ibis.cases((turns.kind == "enter", 1), else_=-1).cast("int64")
    since = turns["at"].lag().over(group_by=["session", "viewer"], order_by=[turns["at"], turns.batch, turns["row"]])
    turns = turns.select("session", "part", "segment", "viewer", "at", "batch", "row", step=step, since=since)
    run.keep("event_moves", turns)


def _inside(run: Run, crowd: Crowd) -> None:
    """How many are inside, over time: the steps of every instant, and a mark at the start of each part."""
    moves, parts = run.table("event_moves"), run.table("event_parts")
    sessions = run.table("event_leavers")
    parts = parts.semi_join(sessions, [parts.of_session == sessions.known])
    marks = parts.select(
        session="of_session", at="start", step=ibis.literal(0, "int64"), left=ibis.literal(0, "int64"), part="part",
        end="end",
    )  # fmt: skip
    # gone at this very instant, and inside before it
    left = ibis.cases(((moves.step < 0) & (moves.since < moves["at"]), 1), else_=0)
    nothing = ibis.null("int64")
    steps = moves.select("session", "at", "step", left=left.cast("int64"), part=nothing, end=nothing)
    every = marks.union(steps)
    every = every.group_by("session", "at").aggregate(
        step=total(every.step), left=total(every.left), part=every.part.max(), end=every.end.max()
    )
    so_far = ibis.window(group_by="session", order_by="at", preceding=None, following=0)
    every = every.mutate(
        level=total_over(every.step, so_far), place=every.part.max().over(so_far), until=every.end.max().over(so_far),
        following=every["at"].lead().over(group_by="session", order_by="at"),
    )  # fmt: skip
    every = run.keep("event_levels", every)
    length = ibis.least(every.following.fill_null(2**62), every.until) - every["at"]
    every = every.mutate(
        length=length, carried=ibis.cases((every.part.notnull(), every.level - every.step - every.left), else_=0)
    )
    sums = every.group_by("session", "place").aggregate(
        level_ms=total(every.level * every.length), known_ms=total(every.length), peak=every.level.max(),
        carried=total(every.carried),
    )  # fmt: skip
    numbers = {(row["of_session"], row["part"]): row["segment"] for row in run.rows(run.table("event_parts"))}
    for row in run.rows(sums):
        session, segment = row["session"], numbers[row["session"], row["place"]]
        if segment:
            crowd.online[session, segment] = Online(row["level_ms"], row["known_ms"], row["peak"])
            crowd.behaviour.setdefault((session, CARRIED_IN), {})[segment] = row["carried"]


def total_over(column: Any, window: Any) -> Any:
    return column.sum().over(window).cast("int64")


def _stays(run: Run, crowd: Crowd) -> None:
    """Who came first in which segment, and how many of them stayed so long, where the broadcast was on so long."""
    moves, parts = run.table("event_moves"), run.table("event_parts")
    ends = parts.group_by("of_session").aggregate(over=parts.end.max())
    order = [moves["at"], moves.batch, moves["row"]]
    turns = moves.mutate(
        place=ibis.row_number().over(group_by=["session", "viewer"], order_by=order),
        until=moves["at"].lead().over(group_by=["session", "viewer"], order_by=order),
    )
    came = turns.filter((turns.place == 0) & (turns.segment > 0))
    came = came.join(ends, [came.session == ends.of_session])
    stayed = ibis.least(came.until.fill_null(2**62), came.over) - came["at"]
    could = came.over - came["at"]
    sums = {f"could_stay_{key}": total((could >= ms).cast("int64")) for key, ms in STAY_MS.items()}
    sums |= {f"stayed_{key}": total((stayed >= ms).cast("int64")) for key, ms in STAY_MS.items()}
    for row in run.rows(came.group_by("session", "segment").aggregate(came=came.count(), **sums)):
        for measure in ("came", *sums):
            crowd.behaviour.setdefault((row["session"], measure), {})[row["segment"]] = row[measure]

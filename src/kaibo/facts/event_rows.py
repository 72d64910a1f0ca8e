"""The events of a room in a stretch of a broadcast, as they count: how many, of how many viewers, and a page of them.

Like facts.reader: for the web process, DuckDB on first use, one thread, little memory.
"""

# ruff: noqa: S608 - our own names, and literals that reader quotes

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kaibo.facts.reader import literal, opened
from kaibo.facts.schema import DEFAULT_PLATFORM, EVENT
from kaibo.facts.visible import BatchFile, visible_sql

COLUMNS = ("row", "platform", "account", "instant_ms", "kind", "viewer", "event_id", "item", "count")


@dataclass(frozen=True)
class Stretch:
    """[start_ms, end_ms) of a room in its broadcast [session_start_ms, session_end_ms). `names`: of the room."""

    platform: str
    names: tuple[str, ...]
    session_start_ms: int
    session_end_ms: int
    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class Counted:
    """Rows, what they count together, and different viewers among them."""

    rows: int
    count: int
    viewers: int


def counted(files: Sequence[BatchFile], stretch: Stretch, kinds: Sequence[str]) -> Counted:
    """Raises FileNotFoundError where a file is gone."""
    sql = f"""{_here(files, stretch, kinds)}
              select count(*), coalesce(sum(n), 0)::bigint, count(distinct viewer) from here"""
    with opened(*[file.path for file in files]) as connection:
        return Counted(*connection.execute(sql).fetchall()[0])


def page(
    files: Sequence[BatchFile], stretch: Stretch, kinds: Sequence[str], *, limit: int, offset: int = 0
) -> list[dict[str, Any]]:
    """In the order of time: batch, row, instant_ms, kind, viewer, item, n; `first`: the viewer's first of them here."""
    sql = f"""{_here(files, stretch, kinds)}
              select batch, "row", instant_ms, kind, viewer, item, n, viewer is not null and place = 1 as first
              from here order by instant_ms, batch, "row" limit {int(limit)} offset {int(offset)}"""
    with opened(*[file.path for file in files]) as connection:
        found = connection.execute(sql)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, values, strict=True)) for values in found.fetchall()]


def _here(files: Sequence[BatchFile], stretch: Stretch, kinds: Sequence[str]) -> str:
    """`here`: the events of these kinds; one told twice in a broadcast counts where it was told first."""
    scopes = " ".join(f"when {int(file.batch)} then {literal(file.scope)}" for file in files if file.scope)
    whose = f"coalesce(account, case batch {scopes} end)" if scopes else "account"
    return f"""
      with told as (
        select batch, "row", instant_ms, kind, viewer, event_id, item, coalesce("count", 1) as n
        from ({visible_sql(EVENT, files, COLUMNS)})
        where instant_ms >= {int(stretch.session_start_ms)} and instant_ms < {int(stretch.session_end_ms)}
          and coalesce(platform, {literal(DEFAULT_PLATFORM)}) = {literal(stretch.platform)}
          and list_contains({literal(list(stretch.names))}, trim({whose}))),
      once as (
        select * from told qualify event_id is null
        or row_number() over (partition by event_id order by instant_ms, batch, "row") = 1),
      here as (
        select *, row_number() over (partition by viewer order by instant_ms, batch, "row") as place from once
        where instant_ms >= {int(stretch.start_ms)} and instant_ms < {int(stretch.end_ms)}
          and list_contains({literal(list(kinds))}, kind))"""

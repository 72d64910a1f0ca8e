"""The minutes of one room over a stretch of time, as they count, for a page or an export.

Like facts.reader: for the web process, DuckDB on first use, one thread, little memory.
"""

# ruff: noqa: S608 - our own names, and literals that facts.visible quotes

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kaibo.facts import reader
from kaibo.facts.remembered import remembered
from kaibo.facts.schema import DEFAULT_PLATFORM, MINUTE
from kaibo.facts.visible import BatchFile, visible_sql

USUAL_MS = 60_000
# a row may speak of more than a minute, but of no more than this (as the engine takes it)
LONGEST_MS = 3_600_000
# a level: it is never added up, only weighed by time
ONLINE = "online"
# what happened in the minute alone, and adds up
ADDED = (
    "entries", "enter_users", "leave_users", "impressions", "comments", "likes", "shares", "new_followers", "fan_club",
    "product_impressions", "product_clicks", "orders", "items", "gmv_minor", "spend_minor",
)  # fmt: skip
_COLUMNS = ("row", "platform", "account", "minute_ms", "length_ms", ONLINE, *ADDED)


@dataclass(frozen=True)
class MinuteRow:
    """[start_ms, end_ms) of a room. `values`: field of schema.MINUTE → its number; what is unknown is not in it."""

    start_ms: int
    end_ms: int
    batch: int
    row: int
    values: Mapping[str, int]

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms


@remembered
def minutes(
    files: Sequence[BatchFile], *, platform: str, names: Sequence[str], start_ms: int, end_ms: int
) -> list[MinuteRow]:
    """The minutes that count and touch [start_ms, end_ms), in order; where two overlap the later one cuts off.

    `names`: handle, name and other names of the room. A file whose rows name no room has it as its `scope`. Raises
    FileNotFoundError where a file is gone.
    """
    if not files:
        return []
    columns = ", ".join(f'"{name}"' for name in _COLUMNS)
    sql = f"""select batch, {columns} from ({visible_sql(MINUTE, files, _COLUMNS)})
              where minute_ms < {int(end_ms)} and minute_ms > {int(start_ms) - LONGEST_MS}
              order by minute_ms, as_of, batch, "row" """
    with reader.opened(*[file.path for file in files]) as connection:
        found = connection.execute(sql).fetchall()
    scopes = {file.batch: file.scope for file in files}
    rooms = {name.strip() for name in names}
    ours = []
    for batch, row, on, account, begin, length, *values in found:
        if (on or DEFAULT_PLATFORM) == platform and (account or scopes[batch]).strip() in rooms:
            known = {name: n for name, n in zip((ONLINE, *ADDED), values, strict=True) if n is not None}
            end = begin + min(length or USUAL_MS, LONGEST_MS)
            ours.append(MinuteRow(begin, end, batch, row, known))
    return [one for one in _cut_off(ours) if one.end_ms > start_ms]


def _cut_off(rows: Sequence[MinuteRow]) -> list[MinuteRow]:
    """Each ends where the next begins; two that begin together: the later stands."""
    kept = []
    for number, one in enumerate(rows, 1):
        end = min(one.end_ms, rows[number].start_ms) if number < len(rows) else one.end_ms
        if one.start_ms < end:
            kept.append(MinuteRow(one.start_ms, end, one.batch, one.row, one.values))
    return kept

"""What a file of minutes adds up to, by which its session is recognised where the file names no room."""

# ruff: noqa: S608 - our own names, and literals that facts.visible quotes

from collections.abc import Sequence
from dataclasses import dataclass

from kaibo.facts import reader
from kaibo.facts.schema import MINUTE
from kaibo.facts.visible import BatchFile, told_sql


@dataclass(frozen=True)
class MinuteSum:
    """The minutes of a batch: from the first to the end of the last, and sums where every minute is known."""

    batch: int
    platform: str
    first_ms: int
    end_ms: int
    rows: int
    comments: int | None
    new_followers: int | None


def nameless(files: Sequence[BatchFile]) -> list[MinuteSum]:
    """The batches whose rows name no room, oldest first."""
    if not files:
        return []
    sums = ", ".join(
        f"case when count({name}) = count(*) then sum({name})::bigint end" for name in ("comments", "new_followers")
    )
    told = told_sql(MINUTE, files, ["platform", "account", "minute_ms", "length_ms", "comments", "new_followers"])
    sql = f"""select batch, coalesce(max(platform), ''), min(minute_ms), max(minute_ms + coalesce(length_ms, 60000)),
                     count(*), {sums} from ({told}) where minute_ms is not null
              group by batch having count(nullif(account, '')) = 0 order by min(as_of), batch"""
    with reader.opened(*[file.path for file in files]) as connection:
        return [MinuteSum(*row) for row in connection.execute(sql).fetchall()]

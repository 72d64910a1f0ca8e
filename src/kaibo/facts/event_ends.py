"""When a file of events speaks: said in its foot as it is written, so that nobody has to read its rows to know.

The same as `visible.event_ends_sql` finds out of a file that does not say it.
"""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

KEY = b"kaibo.event_ends"
BY = ("platform", "account", "kind")
# a file in which more is told apart than any team has says nothing: its rows are asked
MOST = 10_000


class Ends:
    """Of each platform, account and kind the first and last instant and how many rows have one."""

    def __init__(self) -> None:
        self._found: dict[tuple[str | None, ...], tuple[int, int, int]] = {}

    def add(self, rows: pa.Table) -> None:
        known = rows.select([*BY, "instant_ms"]).filter(pc.is_valid(rows["instant_ms"]))
        about = known.group_by(list(BY)).aggregate([("instant_ms", what) for what in ("min", "max", "count")])
        names = [*BY, *(f"instant_ms_{what}" for what in ("min", "max", "count"))]
        for *key, first, last, lines in zip(*(about[name].to_pylist() for name in names), strict=True):
            low, high, so_far = self._found.get(tuple(key), (first, last, 0))
            self._found[tuple(key)] = min(low, first), max(high, last), so_far + lines

    def foot(self) -> dict[bytes, str]:
        """What the file says of itself."""
        if len(self._found) > MOST:
            return {}
        told = [[*key, first, last + 1, lines] for key, (first, last, lines) in self._found.items()]
        return {KEY: json.dumps(sorted(told, key=repr), ensure_ascii=False, separators=(",", ":"))}


def said(path: Path) -> list[list[Any]] | None:
    """[platform, account, kind, first_ms, end_ms, lines] each; None: the file does not say it."""
    found = (pq.read_metadata(path).metadata or {}).get(KEY)
    return None if found is None else list(json.loads(found))

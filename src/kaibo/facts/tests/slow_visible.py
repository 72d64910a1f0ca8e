"""Which rows count, said slowly and plainly: what facts.visible is held against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kaibo.facts.schema import AD_SPEND, EVENT, INSTANT, KEYS, MINUTE, SCOPES, SCOPES_WITHIN

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """A batch: its rank is (as_of, id)."""

    id: int
    as_of: int
    rows: Sequence[Row]

    @property
    def rank(self) -> tuple[int, int]:
        return self.as_of, self.id


def visible(table: str, batches: Sequence[Told]) -> set[tuple[int, int]]:
    """(batch, line) of every row that counts."""
    rows = [(batch, row) for batch in batches for row in batch.rows]
    if table in SCOPES:
        return {(b.id, row["row"]) for b, row in rows if not any(covers(table, n, b, row) for n in batches)}
    best: dict[tuple[Any, ...], tuple[Told, Row]] = {}
    for batch, row in rows:
        key = tuple(row.get(name) for name in KEYS[table])
        held = best.get(key)
        if held is None or (batch.rank, row["row"]) > (held[0].rank, held[1]["row"]):
            best[key] = batch, row
    return {(batch.id, row["row"]) for batch, row in best.values()}


def covers(table: str, newer: Told, older: Told, row: Row) -> bool:
    there = [one for one in newer.rows if scope_of(table, one) == scope_of(table, row)]
    if newer.rank <= older.rank or row.get(SCOPES[table]) is None or not there:
        return False
    instant = INSTANT[table]
    end = max(max(end_of(table, one), one[instant] + 1) for one in there)
    return bool(min(one[instant] for one in there) <= row[instant] < end)


def scope_of(table: str, row: Row) -> list[Any]:
    within = [row.get(name) or ("douyin" if name == "platform" else "") for name in SCOPES_WITHIN.get(table, ())]
    return [row.get(SCOPES[table]), *within]


def end_of(table: str, row: Row) -> int:
    if table == MINUTE:
        return int(row["minute_ms"] + (1 if row.get("length_ms") is None else row["length_ms"]))
    if table == AD_SPEND:
        return int(row["start_ms"] + 1 if row.get("end_ms") is None else row["end_ms"])
    assert table == EVENT
    return int(row["instant_ms"] + 1)

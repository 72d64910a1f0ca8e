"""Every placed row of a computation, for tests to compare."""

from pathlib import Path
from typing import Any

from kaibo.facts.placed import placed_sql
from kaibo.facts.reader import fetch


def placed_rows(rows_parquet: Path, session: int | None) -> list[dict[str, Any]]:
    """Those of a session; None: of no session."""
    where = "session is null" if session is None else f"session = {session}"
    return fetch(
        rows_parquet, f'{where} order by instant_ms, batch, "row", segment, measure', [], placed_sql(rows_parquet)
    )

"""The order lines of a computation that are credited to nobody, wherever their time lies."""

from pathlib import Path
from typing import Any

from kaibo.facts.reader import Total, _conditions, _page, _total
from kaibo.facts.schema import ORDER_LINE

# and what waits for a rate is named `paid_minor@IDR 2026-04-03`
MEASURE = "(measure = 'paid_minor' or measure like 'paid_minor@%')"


def left_out_rows(
    rows_parquet: Path,
    *,
    place: str,
    kind: str | None,
    account: int | None = None,
    tag_batch: int | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[dict[str, Any]]:
    """Order lines (kpi.inputs.PLACED_ROW) of this place and kind, in the order of their time.

    `kind` None: of any. `tag_batch`: only those that this list names.
    """
    where, values = _where(place, kind, account, tag_batch)
    return _page(rows_parquet, where, values, limit, offset)


def left_out_total(
    rows_parquet: Path, *, place: str, kind: str, account: int | None = None, tag_batch: int | None = None
) -> Total:
    """What `left_out_rows` with the same conditions would show on all its pages together."""
    where, values = _where(place, kind, account, tag_batch)
    return _total(rows_parquet, where, values)


def _where(place: str, kind: str | None, account: int | None, tag_batch: int | None) -> tuple[str, list[Any]]:
    wanted = {"place": place, "coalesce(kind, '')": kind, "account": account, "tag_batch": tag_batch}
    where, values = _conditions({**wanted, '"table"': ORDER_LINE})
    return f"{where} and {MEASURE}", values

"""A computation's placed rows (kpi.inputs.PLACED_ROW): one file, and one more for each time that some of its sessions
were computed again. Their folder says which file still speaks of which sessions.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from kaibo.facts.linking import link

ROWS, PARTS = "rows.parquet", "parts.json"


def placed_sql(rows_parquet: Path) -> str:
    """What stands in a FROM for all rows of the computation whose first file this is. No parameters."""
    parts = _parts(rows_parquet.parent)
    if len(parts) == 1:
        return f"read_parquet({_text(rows_parquet)})"
    return f"({' union all by name '.join(_part(rows_parquet.parent / name, gone) for name, gone in parts)})"


def amend(old: Path, new: Path, written: Path | None, sessions: Iterable[int]) -> None:
    """Makes the folder `new` of the files of `old` and the one just `written`, which now speaks of these sessions.

    None: nothing was. Files are linked, not copied, where the disk can. Raises FileNotFoundError where one of `old` is
    gone.
    """
    redone = set(sessions)
    parts = [(name, sorted({*gone, *redone})) for name, gone in _parts(old)]
    new.mkdir(parents=True, exist_ok=True)
    added: list[tuple[str, list[int]]] = []
    if written:
        name = f"rows-{len(parts)}.parquet"
        written.replace(new / name)
        added = [(name, [])]
    for name, _gone in parts:
        link(old / name, new / name)
    said = [{"file": name, "without": gone} for name, gone in [*parts, *added]]
    (new / PARTS).write_text(json.dumps({"parts": said}), encoding="utf-8")


def files(folder: Path) -> list[Path]:
    """Everything in the folder that its rows are read from."""
    listed = [folder / PARTS] if (folder / PARTS).is_file() else []
    return [*(folder / name for name, _gone in _parts(folder)), *listed]


def no_sales(rows_parquet: Path, sessions: Iterable[int]) -> set[tuple[object, ...]]:
    """(table, batch, row, session) of what stands in these sessions and is no sale: tagged, or not paid."""
    # not at the top: the web process imports this, and only the engine asks
    import duckdb

    these = ", ".join(str(int(one)) for one in sessions) or "null"
    sql = f"""select distinct "table", batch, "row", session from {placed_sql(rows_parquet)}
              where place in ('tagged', 'unpaid') and session in ({these})"""  # noqa: S608 - our own names
    with duckdb.connect() as connection:
        return set(connection.execute(sql).fetchall())


def _parts(folder: Path) -> list[tuple[str, list[int]]]:
    """(file, sessions that it no longer speaks of), oldest first."""
    try:
        said = json.loads((folder / PARTS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return [(ROWS, [])]
    return [(part["file"], part["without"]) for part in said["parts"]]


def _part(path: Path, gone: list[int]) -> str:
    kept = f" where session is null or session not in ({', '.join(str(int(one)) for one in gone)})" if gone else ""
    return f"select * from read_parquet({_text(path)}){kept}"  # noqa: S608 - our own names


def _text(path: Path) -> str:
    """A literal without a question mark, which facts.reader fills in."""
    return "'" + str(path).replace("'", "''").replace("?", "' || chr(63) || '") + "'"

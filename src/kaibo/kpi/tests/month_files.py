"""Makes small months for tests: facts with every field, batches on disk, and one call to compute them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kaibo.facts.schema import TABLES
from kaibo.facts.store import write_batch
from kaibo.kpi.engine import compute, event_files
from kaibo.kpi.engine import rows as placed_rows
from kaibo.kpi.engine.run import Run
from kaibo.kpi.inputs import BatchIn, MonthInputs, MonthResult

# what a step looks at besides the run's shape is seen when it is said again
Run.again = True
# a small month's events are read in several slices
event_files.SLICE = 30
# and its placed rows are sorted in several
placed_rows.SLICE = 100

# (batch, as_of, fact)
Rows = Sequence[tuple[int, int, Mapping[str, Any]]]


def fact(table: str, row: int, **said: Any) -> dict[str, Any]:
    """A fact with nothing known but what is said."""
    return dict.fromkeys(TABLES[table]) | {"row": row, "raw": "{}"} | said


def write(
    folder: Path, tables: Mapping[str, Rows], said: Mapping[int, tuple[str, str]] = MappingProxyType({})
) -> list[BatchIn]:
    """One Parquet batch for each batch id. `said`: batch → platform and room of the whole file."""
    batches: dict[int, tuple[str, int, list[Mapping[str, Any]]]] = {}
    for table, rows in tables.items():
        for batch, as_of, one in rows:
            batches.setdefault(batch, (table, as_of, []))[2].append(one)
    for batch, (table, _, facts) in batches.items():
        write_batch(folder / str(batch), table, facts)
    return [
        BatchIn(b, table, as_of, folder / str(b), *said.get(b, ("", "")))
        for b, (table, as_of, _) in sorted(batches.items())
    ]


def run(inputs: MonthInputs, out: Path, before: Path | None = None) -> MonthResult:
    out.mkdir(parents=True, exist_ok=True)
    return compute(inputs, out, lambda done, total, what: None, before)

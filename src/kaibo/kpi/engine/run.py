"""One computation's private in-memory database, whose tables are the steps."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import ibis
import pyarrow as pa

from kaibo.kpi.crowd import Crowd, Online
from kaibo.kpi.doubts import Doubts
from kaibo.kpi.inputs import CrowdIn, FactOut
from kaibo.kpi.local_days import DAY_MS
from kaibo.kpi.month import Month
from kaibo.kpi.reports import Report
from kaibo.kpi.totals import Knowledge

INTEGER, TEXT, FLAG = pa.int64(), pa.string(), pa.bool_()
# where a line stands until the sums are made, if several sessions may claim it
MANY = "many"
# of a worker that shares the machine with a web process; what is more goes to disk
MEMORY = "512MB"
# expressions are values: equal ones give the same SQL. A month has some 60, and a few months may be in turn
COMPILED: dict[Any, str] = {}
MANY_STEPS = 1000


class Run:
    """`reports`: the visible session reports; `known`, `seen`, `crowd`: what minutes, readings and events say;
    `offsets`: the zone's, over every instant that was read; `ad_facts`: of ad spend, in the team's money.
    """

    def __init__(self, month: Month, out_dir: Path) -> None:
        self.month, self.inputs, self.out_dir = month, month.inputs, out_dir
        self.reports: list[Report] = []
        self.known: Knowledge = {}
        self.seen: dict[tuple[int, int], Online] = {}
        self.crowd = Crowd()
        # what of events is to be kept
        self.crowds: Sequence[CrowdIn] = ()
        # session → kinds of events that it has
        self.said: Mapping[int, set[str]] = {}
        self.offsets: list[tuple[int, int]] = [(0, 0)]
        self.ad_facts: list[FactOut] = []
        self._spill = out_dir / "spill"
        self._tables: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self.con = ibis.duckdb.connect(threads=2, memory_limit=MEMORY, temp_directory=str(self._spill))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.con.disconnect()
        shutil.rmtree(self._spill, ignore_errors=True)

    @cached_property
    def doubts(self) -> Doubts:
        return Doubts(self.month.cells, self.inputs.matches, self.inputs.accounts)

    def foreign(self, currency: str) -> str:
        """The currency where it is not the team's, else empty."""
        return "" if currency == self.inputs.settings.currency else currency

    def table(self, name: str) -> Any:
        """A step made before."""
        if name not in self._tables:
            self._tables[name] = ibis.table(self.con.get_schema(name), name=name)
        return self._tables[name]

    def has(self, name: str) -> bool:
        """Whether the step was made: some are left out where there is nothing to do."""
        return name in self._tables

    def keep(self, name: str, expression: Any) -> Any:
        """Materialise a step."""
        self.con.raw_sql(f'create temp table "{name}" as {self.sql(expression)}')
        self._tables[name] = ibis.table(expression.schema(), name=name)
        return self._tables[name]

    def make(self, name: str, columns: Mapping[str, pa.DataType], rows: Iterable[Sequence[Any]]) -> Any:
        """A table from Python's rows."""
        by_column = zip(*rows, strict=True)
        values = list(by_column) or [()] * len(columns)
        arrays = {c: pa.array(v, kind) for (c, kind), v in zip(columns.items(), values, strict=True)}
        made = pa.table(arrays)
        self.con.con.register("made", made)
        self.con.raw_sql(f'create temp table "{name}" as from made')
        self.con.con.unregister("made")
        self._tables[name] = ibis.table(ibis.Schema.from_pyarrow(made.schema), name=name)
        return self._tables[name]

    def rows(self, expression: Any) -> list[dict[str, Any]]:
        """Few rows, as Python's."""
        table = self.con.raw_sql(self.sql(expression)).to_arrow_table()
        found: list[dict[str, Any]] = table.cast(expression.schema().to_pyarrow()).to_pylist()
        return found

    def sql(self, expression: Any) -> str:
        """The step as the engine's SQL. One of the same tables and constants is compiled once in a process: compiling a
        small month takes longer than computing it.
        """
        op = expression.op()
        compiled = COMPILED.get(op)
        if compiled is None:
            if len(COMPILED) >= MANY_STEPS:
                COMPILED.clear()
            compiled = COMPILED[op] = str(self.con.compile(expression))
        return compiled

    def write(self, expression: Any, path: Path) -> None:
        """A step as a Parquet file."""
        quoted = str(path).replace("'", "''")
        self.con.raw_sql(f"copy ({self.sql(expression)}) to '{quoted}' (format parquet, compression zstd)")

    def local_day(self, ms: Any) -> Any:
        """The local date of an instant, as whole days since 1970."""
        first, *changes = self.offsets
        offset = ibis.literal(first[1])
        if changes:
            tests = [(ms >= at, ahead) for at, ahead in reversed(changes)]
            offset = ibis.cases(*tests, else_=first[1])
        return (ms + offset) // DAY_MS

    def in_month(self, day: Any) -> Any:
        return (day >= self.month.first_day) & (day < self.month.next_day)


def total(column: Any) -> Any:
    """A sum that stays a 64-bit integer."""
    return column.sum().cast("int64")

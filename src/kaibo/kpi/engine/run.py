"""One computation's private in-memory database, whose tables are the steps."""

import shutil
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from kaibo.facts.collecting import uncollected
from kaibo.kpi.crowd import Crowd, Online
from kaibo.kpi.doubts import Doubts
from kaibo.kpi.engine.event_spans import Read
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
# what a step's builder said, by builder, shape and the steps before it; a month has some 60, and a few may be in turn
BUILT: "dict[Any, Step]" = {}
COMPILED: dict[Any, str] = {}
MANY_STEPS = 1000
# rows of a Parquet file that are read or left aside together
ROW_GROUP = 120_000


@dataclass(frozen=True)
class Step:
    """An expression as the engine's SQL, and what it gives."""

    sql: str
    schema: Any
    arrow: pa.Schema


# says what a step is, from the steps before it and the run's shape alone
Builder = Callable[["Run"], Any]


class Run:
    """`again`: builders of steps are asked again each time, and must say the same (for tests).

    `shown`: marks of who is in sessions (event_files.Marks).

    `reports`: the visible session reports; `known`, `seen`, `crowd`: what minutes, readings and events say; `events`:
    when their files speak; `before`: the folder of a computation whose counts of events may still be true;
    `offsets`: the zone's, over every instant that was read; `ad_facts`: of ad spend, in the team's money.
    """

    again = False

    def __init__(self, month: Month, out_dir: Path, before: Path | None = None) -> None:
        self.month, self.inputs, self.out_dir, self.before = month, month.inputs, out_dir, before
        self.reports: list[Report] = []
        self.known: Knowledge = {}
        self.seen: dict[tuple[int, int], Online] = {}
        self.crowd = Crowd()
        # what of events is to be kept
        self.crowds: Sequence[CrowdIn] = ()
        self.events = Read()
        self.shown: Mapping[int, str] = {}
        self.offsets: list[tuple[int, int]] = [(0, 0)]
        self.ad_facts: list[FactOut] = []
        self._spill = out_dir / "spill"
        self._tables: dict[str, Any] = {}
        self._once: dict[Any, Any] = {}

    def __enter__(self) -> Self:
        # hundreds of thousands of plain values live to the end: looking for circles among them took a quarter
        self._exits = ExitStack()
        self._exits.enter_context(uncollected())
        # of some sessions there is too little to share between threads: waking them costs more
        threads = 2 if self.inputs.within is None else 1
        self.con = ibis.duckdb.connect(threads=threads, memory_limit=MEMORY, temp_directory=str(self._spill))
        # it would be drawn into a worker's log
        self.con.raw_sql("set enable_progress_bar = false")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._exits:
            self.con.disconnect()
            shutil.rmtree(self._spill, ignore_errors=True)

    @cached_property
    def doubts(self) -> Doubts:
        return Doubts(self.month.cells, self.inputs.matches, self.inputs.accounts)

    def foreign(self, currency: str) -> str:
        """The currency where it is not the team's, else empty."""
        return "" if currency == self.inputs.settings.currency else currency

    def once(self, what: Hashable, make: Callable[[Any], Any]) -> Any:
        """What was made of it in this computation, which is made once."""
        if what not in self._once:
            self._once[what] = make(what)
        return self._once[what]

    def table(self, name: str) -> Any:
        """A step made before."""
        return self._tables[name]

    def know(self, name: str, columns: Iterable[tuple[str, pa.DataType]]) -> None:
        """A step that was made by SQL of our own."""
        self._tables[name] = _unbound(name, _schema_of(pa.schema(columns)))

    def drop(self, *names: str) -> None:
        """Steps that no later one reads make room: what is sorted last needs most of the memory."""
        for name in names:
            if self._tables.pop(name, None) is not None:
                self.con.raw_sql(f'drop table "{name}"')

    def add(self, name: str, step: Any) -> None:
        """Rows more of a step, of the same columns; the first ones make it."""
        if not self.has(name):
            self.keep(name, step)
            return
        self.con.raw_sql(f'insert into "{name}" {self.step(step).sql}')

    def has(self, name: str) -> bool:
        """Whether the step was made: some are left out where there is nothing to do."""
        return name in self._tables

    def held(self) -> int:
        """How many rows all steps have together, nearly."""
        return int(self.con.raw_sql("select coalesce(sum(estimated_size), 0) from duckdb_tables()").fetchone()[0])

    def keep(self, name: str, step: Any) -> Any:
        """Materialise a step: an expression, or what says it (see `step`)."""
        made = self.step(step)
        self.con.raw_sql(f'create temp table "{name}" as {made.sql}')
        self._tables[name] = _unbound(name, made.schema)
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
        self._tables[name] = _unbound(name, _schema_of(made.schema))
        return self._tables[name]

    def rows(self, step: Any) -> list[dict[str, Any]]:
        """Few rows, as Python's, of an expression or what says it."""
        made = self.step(step)
        found: list[dict[str, Any]] = self.con.raw_sql(made.sql).to_arrow_table().cast(made.arrow).to_pylist()
        return found

    def columns(self, step: Any) -> list[pa.ChunkedArray]:
        """Many rows, column by column."""
        return list(self.con.raw_sql(self.step(step).sql).to_arrow_table().itercolumns())

    def step(self, step: Any) -> Step:
        """An expression, or the one that a builder says, compiled.

        A builder is asked once in a process for each shape and set of steps before it, since saying and compiling the
        expressions of a small month takes longer than computing it. It may look at nothing else: no row of a file, no
        session, no shift, which stand in the tables of steps.
        """
        if isinstance(step, ibis.Expr):
            return self._compiled(step)
        key = (step, self._shape, tuple(self.offsets[1:]), self.offsets[0][1], tuple(self._tables))
        found = BUILT.get(key)
        if found is None or self.again:
            made = self._compiled(step(self))
            if found is not None and made != found:
                raise AssertionError(f"{step.__module__}.{step.__name__} looks at more than the run's shape")
            if len(BUILT) >= MANY_STEPS:
                BUILT.clear()
            found = BUILT[key] = made
        return found

    @property
    def part(self) -> bool:
        """Whether only some sessions of the month are computed."""
        return self.inputs.within is not None

    @cached_property
    def _shape(self) -> tuple[Any, ...]:
        """What expressions have constants from."""
        of = self.inputs
        return (of.month, of.settings, tuple(of.accounts), tuple(of.tag_rules), self.part)

    def _compiled(self, expression: Any) -> Step:
        """Expressions are values: one of the same tables and constants is compiled once in a process."""
        op = expression.op()
        schema = expression.schema()
        compiled = COMPILED.get(op)
        if compiled is None:
            if len(COMPILED) >= MANY_STEPS:
                COMPILED.clear()
            compiled = COMPILED[op] = str(self.con.compile(expression))
        return Step(compiled, schema, schema.to_pyarrow())

    def write(self, step: Any, path: Path, order: Sequence[str], slices: Sequence[str]) -> None:
        """A step's rows as a Parquet file, in this order of columns; rows without a value come last.

        `slices`: conditions that follow one another in that order. Each is sorted by itself: all rows of a large month
        at once need more than the memory there is, and so do two threads that sort.
        """
        made = self.step(step)
        columns = ", ".join(f'"{name}"' for name in order)
        self.con.raw_sql("set threads = 1")
        with pq.ParquetWriter(path, made.arrow, compression="zstd") as writer:
            for condition in slices:
                sql = f"select * from ({made.sql}) where {condition} order by {columns}"  # noqa: S608 - our own names
                writer.write_table(self.con.raw_sql(sql).to_arrow_table().cast(made.arrow), row_group_size=ROW_GROUP)

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


@lru_cache(maxsize=1000)
def _unbound(name: str, schema: Any) -> Any:
    """The table of a step; a value like any expression."""
    return ibis.table(schema, name=name)


@lru_cache(maxsize=1000)
def _schema_of(schema: pa.Schema) -> Any:
    return ibis.Schema.from_pyarrow(schema)


def quoted(text: str) -> str:
    """A name as the engine's SQL writes it."""
    return "'" + text.strip().replace("'", "''") + "'"


def total(column: Any) -> Any:
    """A sum that stays a 64-bit integer."""
    return column.sum().cast("int64")

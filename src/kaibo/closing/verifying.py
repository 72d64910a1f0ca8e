"""Computes a closed month again from its bundle alone and compares: integer for integer, decimal for decimal.

Worker and command line only.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
from django.db.models import Model
from django.utils import timezone

from kaibo.closing import figures
from kaibo.closing.bundle import OF_VIEWERS, BadBundle, Bundle, closed_root
from kaibo.imports.models import Batch
from kaibo.jobs.queue import Progress
from kaibo.kpi.canonical import dumps, plain, restored
from kaibo.kpi.catalog import Kpi, Route
from kaibo.kpi.engine import VERSION
from kaibo.kpi.engine import compute as compute_with_engine
from kaibo.kpi.inputs import PLACED_ROW, CreditOut, CrowdIn, FactOut, MonthInputs, MonthResult
from kaibo.kpi.measures import MEASURES
from kaibo.live.models import Shift
from kaibo.measurement.broadcast_plan import groups_from
from kaibo.measurement.closed import EPOCH
from kaibo.measurement.covered import Coverage
from kaibo.measurement.models import Closing, ClosingState
from kaibo.measurement.months import month_of

FROM_ROWS, FROM_SEGMENT_FACTS = "rows", "segment_facts"
EQUAL, DIFFERENT, IMPOSSIBLE = 0, 1, 2
# how many differences are named; all are counted
MOST = 200

# what names a row of a table; the rest of its columns are compared
KEYS: Mapping[str, tuple[str, ...]] = {
    "segments": ("session", "number"),
    "facts": ("place", "kind", "account", "session", "segment", "date", "measure", "basis", "currency"),
    "credits": ("session", "segment", "role", "person", "shift", "measure", "basis", "reason", "date"),
    "direct": ("table", "batch", "row", "name", "measure"),
    "values": ("person", "role", "kpi", "route"),
}


@dataclass(frozen=True)
class Difference:
    """Where it is not equal: a row's key in a table, or a part of the bundle; `frozen` against `computed`, as text."""

    table: str
    key: str
    frozen: str
    computed: str


@dataclass
class Verification:
    """What a check found. `code`: 0 equal, 1 different, 2 it could not be checked (`problem` says why)."""

    month: str
    snapshot: str = ""
    level: str = FROM_ROWS
    erased: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    found: int = 0
    differences: list[Difference] = field(default_factory=list)
    engine: str = ""
    engine_here: str = VERSION
    problem: str = ""
    at: str = ""

    @property
    def code(self) -> int:
        return IMPOSSIBLE if self.problem else DIFFERENT if self.found else EQUAL

    def add(self, table: str, key: str, frozen: Any, computed: Any) -> None:
        self.found += 1
        if len(self.differences) < MOST:
            self.differences.append(Difference(table, key, _text(frozen), _text(computed)))

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "code": self.code, "equal": self.code == EQUAL}


def verify_closing(closing: Closing, progress: Progress | None = None) -> Verification:
    """Check a closing's bundle, and that what pages show is what the bundle says."""
    found = verify(closed_root() / closing.folder, progress)
    found.month = f"{closing.month:%Y-%m}"
    if not found.problem:
        if found.snapshot != closing.snapshot:
            found.add("manifest.json", "sha256", closing.snapshot, found.snapshot)
        if closing.state == ClosingState.CLOSED:
            try:
                _compare_published(found, closing)
            except (BadBundle, KeyError, TypeError, ValueError) as error:
                # its hash was found to be wrong already
                found.add("bundle", "read", "", error)
    return found


def verify_month(progress: Progress, closing: int) -> None:
    """The job: what it finds is kept on the closing."""
    row = Closing.objects.get(pk=closing)
    found = verify_closing(row, progress)
    row.verification = found.as_json()
    row.save(update_fields=["verification"])


def verify(folder: Path, progress: Progress | None = None) -> Verification:
    """Check a bundle by itself, wherever it lies."""
    found = Verification(month="", at=timezone.now().isoformat(timespec="seconds"))
    try:
        bundle = Bundle(folder)
        found.month, found.snapshot, found.engine = bundle.month, bundle.snapshot, str(bundle.about["engine"])
        _compare_parts(found, bundle)
        _compare_numbers(found, bundle, progress or Progress())
    except (BadBundle, KeyError, TypeError, ValueError, OSError, duckdb.Error) as error:
        if not found.found:
            found.problem = f"{type(error).__name__}: {error}" if not isinstance(error, BadBundle) else str(error)
    return found


def _compare_parts(found: Verification, bundle: Bundle) -> None:
    for part, sha256 in bundle.damaged():
        found.add(part.name, "sha256", part.sha256, sha256 or "—")
    for name in bundle.unknown():
        found.add(name, "sha256", "—", "?")
    found.counts["parts"] = len(bundle.parts)


def _compare_numbers(found: Verification, bundle: Bundle, progress: Progress) -> None:
    inputs = bundle.inputs()
    gone = [batch for batch in inputs.batches if not (batch.folder / f"{batch.table}.parquet").is_file()]
    allowed = {part.name for part in bundle.parts if part.missing}
    erased = [b for b in gone if f"facts/{b.folder.name}/{b.table}.parquet" in allowed]
    if len(erased) < len(gone):
        # said already: the file's hash is not the manifest's
        return
    frozen = {name: list(bundle.lines(name)) for name in ("segments", "facts", "credits", "direct", "values")}
    if erased:
        found.level, found.erased = FROM_SEGMENT_FACTS, _erased_on({batch.id for batch in erased})
        inputs = _from_counts(inputs, bundle)
    with tempfile.TemporaryDirectory(prefix="kaibo-verify-") as scratch:
        computed = compute_with_engine(inputs, Path(scratch), lambda *said: progress.step(*said))
        _compare_rows(found, bundle.folder / "rows.parquet", computed.rows_path)
    newer = _newer(bundle, frozen)
    _compare(found, "segments", frozen["segments"], [plain(one) for one in computed.segments])
    _compare(found, "facts", frozen["facts"], [plain(one) for one in computed.facts if one.measure not in newer])
    _compare(found, "credits", frozen["credits"], [plain(one) for one in computed.credits if one.measure not in newer])
    if bundle.has("direct"):
        _compare(found, "direct", frozen["direct"], [plain(one) for one in computed.direct])
    _compare(found, "values", frozen["values"], list(_values(bundle, computed)))


def _from_counts(inputs: MonthInputs, bundle: Bundle) -> MonthInputs:
    """With the counts of all sessions' events instead of the events, where those are gone by rule."""
    batches = [batch for batch in inputs.batches if batch.table not in OF_VIEWERS]
    crowds = [restored(CrowdIn, row) for row in bundle.lines("crowds")]
    return replace(inputs, batches=batches, crowds=crowds)


def _newer(bundle: Bundle, frozen: Mapping[str, Sequence[Mapping[str, Any]]]) -> set[str]:
    """Measures that Kaibo learnt after the month was closed: nothing in the bundle has them, nor any KPI of it."""
    known = {row["measure"] for name in ("facts", "credits") for row in frozen[name]}
    for row in bundle.lines("kpis"):
        known |= set(restored(Kpi, row).measures)
    return set(MEASURES) - known


def _erased_on(batches: set[int]) -> list[str]:
    days = Batch.objects.filter(pk__in=batches, erased_at__isnull=False).values_list("erased_at", flat=True)
    return sorted({timezone.localdate(at).isoformat() for at in days if at})


def _values(bundle: Bundle, computed: MonthResult) -> Iterator[dict[str, Any]]:
    month = month_of(bundle.month) or date.min
    carried = [
        CreditOut(**{name: value for name, value in row.items() if name != "snapshot"})
        for row in bundle.lines("carried")
    ]
    definitions = [restored(Kpi, row) for row in bundle.lines("kpis")]
    rows = (row for row in bundle.lines("plan") if row["planned_start_ms"] is not None)
    plan = [_shift(row) for row in rows if row["date"].startswith(bundle.month)]
    context = bundle.value("context")
    imported = Coverage.from_frozen(context)
    named = figures.named_from(
        computed.direct, {int(person): key for person, key in context.get("positions", {}).items()}
    )
    kpis = {one.key: one for one in definitions}
    broadcasts = figures.broadcasts_of(plan, groups_from(context.get("simulcasts", ())))
    # bundles of before files were a platform's have none: then any file speaks of every room
    platforms = context.get("platforms", {"rooms": {}, "sessions": {}})
    of_session, of_room = platforms["sessions"], platforms["rooms"]
    credits = [*computed.credits, *carried]
    by_shift = figures.values_of(credits, plan, imported, month, kpis, named, broadcasts, of_session, of_room)
    yield from figures.told(by_shift)
    if "answers" in context:
        # bundles of before rooms had values do not have them
        facts = [*computed.facts, *(restored(FactOut, row) for row in bundle.lines("carried_facts"))]
        answers = bundle.inputs().answers
        by_room = figures.RoomFigures(facts, imported, month, kpis, broadcasts, of_room)
        yield from figures.told(by_room.of_duties(answers), route=Route.ACCOUNT.value)
        if "teams" in context:
            # bundles of before rooms had departments do not have them: everybody's team was every room
            people = [*by_shift, *map(tuple, context["held"])]
            of_teams = by_room.of_teams(context["teams"], people, computed.direct)
            yield from figures.told(of_teams, route=Route.TEAM.value)


def _shift(row: Mapping[str, Any]) -> Shift:
    start, end = (EPOCH + timedelta(milliseconds=row[f"planned_{edge}_ms"]) for edge in ("start", "end"))
    made = Shift(
        pk=row["shift"], account_id=row["account"], person_id=row["person"], role=row["role"], planned_start=start,
        planned_end=end,
    )  # fmt: skip
    # bundles of before leave was known have no such word
    made.due = row.get("due")
    return made


def _compare(found: Verification, table: str, frozen: Sequence[Any], computed: Sequence[Any]) -> None:
    """Rows by key; several rows of one key are compared as a whole."""
    found.counts[table] = len(frozen)
    was, now = _by_key(table, frozen), _by_key(table, computed)
    for key in sorted(was.keys() | now.keys()):
        if was.get(key) != now.get(key):
            found.add(table, key, *_apart(was.get(key), now.get(key)))


def _by_key(table: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for row in rows:
        key = " ".join(f"{name}={row.get(name)}" for name in KEYS[table] if row.get(name) not in (None, ""))
        rest = dumps({name: value for name, value in row.items() if name not in KEYS[table]})
        found.setdefault(key, Counter())[rest] += 1
    return found


def _apart(was: Counter[str] | None, now: Counter[str] | None) -> tuple[str, str]:
    """Only the columns that differ, where one row stands against one row."""
    if was and now and was.total() == now.total() == 1:
        before, after = (json.loads(next(iter(one))) for one in (was, now))
        differ = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
        return tuple(dumps({name: one.get(name) for name in differ}) for one in (before, after))  # type: ignore[return-value]
    return tuple("—" if not one else " ".join(f"{n}×{row}" for row, n in sorted(one.items())) for one in (was, now))  # type: ignore[return-value]


def _compare_rows(found: Verification, frozen: Path, computed: Path) -> None:
    """Where each file row went."""
    columns = ", ".join(f'"{name}"' for name in PLACED_ROW)
    with duckdb.connect() as connection:
        one, two = (f"select {columns} from read_parquet('{_quoted(p)}')" for p in (frozen, computed))  # noqa: S608
        try:
            found.counts["rows"] = _count(connection, one)
            for was, sql in ((True, f"({one}) except all ({two})"), (False, f"({two}) except all ({one})")):
                for row in connection.execute(f"{sql} limit {MOST}").fetchall():
                    told = dict(zip(PLACED_ROW, row, strict=True))
                    key = f"{told['table']} batch={told['batch']} row={told['row']} {told['measure']}"
                    text = dumps({k: v for k, v in told.items() if v is not None})
                    found.add("rows", key, text if was else "—", "—" if was else text)
        except duckdb.Error as error:
            found.add("rows.parquet", "read", "", error)


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int((connection.execute(f"select count(*) from ({sql})").fetchone() or [0])[0])  # noqa: S608


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _compare_published(found: Verification, closing: Closing) -> None:
    """The rows that pages read against those of the bundle."""
    bundle = Bundle(closed_root() / closing.folder)
    computation = closing.computation
    if computation is None:
        return
    for table, kind, rows in (("facts", FactOut, computation.facts), ("credits", CreditOut, computation.credits)):
        columns = _shared(kind, rows.model)
        shown = [
            {name: _iso(value) for name, value in row.items()}
            for row in rows.order_by().values(*columns).iterator(chunk_size=2000)
        ]
        was = _by_key(table, ({name: row.get(name) for name in columns} for row in bundle.lines(table)))
        now = _by_key(table, shown)
        for key in sorted(was.keys() | now.keys()):
            if was.get(key) != now.get(key):
                found.add(f"published {table}", key, *_apart(was.get(key), now.get(key)))
    segments = {(row["session"], row["number"]): (row["start_ms"], row["end_ms"]) for row in bundle.lines("segments")}
    for session, number, start, end in computation.segments.order_by().values_list("session", "number", "start", "end"):
        times = tuple((at - EPOCH) // timedelta(milliseconds=1) for at in (start, end))
        if segments.pop((session, number), None) != times:
            found.add("published segments", f"session={session} number={number}", "", times)
    for (session, number), times in segments.items():
        found.add("published segments", f"session={session} number={number}", times, "—")


def _shared(kind: type, model: type[Model]) -> list[str]:
    """The columns that the engine's rows and the database's have both."""
    kept = {field.name for field in model._meta.concrete_fields}
    return [field.name for field in fields(kind) if field.name in kept]


def _iso(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)

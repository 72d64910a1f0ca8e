"""Which rows of which batches count: the one definition, as SQL for DuckDB.

Rank of a batch: (as_of, batch). *Upsert by key* (schema.KEYS): of each key the row of the highest rank counts; of a key
twice in one file, the later line. *Replace scope* (schema.SCOPES and SCOPES_WITHIN): a row counts unless a batch of
higher rank covers its instant in its scope, that is, lies between the first instant and the end of the last row that
the batch has there; what it does not cover stays. A row whose scope is unknown is replaced by nothing. Unknown parts of
a key are equal.

The rows of a set of batches depend on that set alone, not on the order in which they came.
"""

# ruff: noqa: S608 - our own names, and literals that _text quotes

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kaibo.facts.schema import (
    AD_SPEND,
    DEFAULT_PLATFORM,
    EVENT,
    INSTANT,
    INT,
    KEYS,
    MINUTE,
    SCOPES,
    SCOPES_WITHIN,
    TABLES,
)

# end (exclusive) of what a row of a scope table speaks of: a day's total replaces the hours of that day
ENDS = {
    MINUTE: "minute_ms + coalesce(length_ms, 1)",
    AD_SPEND: "coalesce(end_ms, start_ms + 1)",
    EVENT: "instant_ms + 1",
}

COVERED = """told.batch = covers.batch and told.scope = covers.scope
             and covers.first_ms <= told.instant and told.instant < covers.end_ms"""


@dataclass(frozen=True)
class BatchFile:
    """A batch's file of one table, and what someone said of the whole file where its rows leave it open.

    `platform`, `scope`: stand in for an unknown platform, and an unknown account (or ad account).
    """

    batch: int
    as_of_ms: int
    path: Path
    platform: str = ""
    scope: str = ""


def visible_sql(
    table: str, files: Sequence[BatchFile], columns: Sequence[str] = (), among: str = "", *, alike: bool = False
) -> str:
    """A query that gives `columns` (all but `raw` where empty), `batch` and `as_of` of every row that counts.

    It holds its values as literals, so it can stand in a FROM and takes no parameters. Columns that a file does not
    have are null. `among`: a condition on columns of a table with KEYS; only keys of which any row meets it, the one
    that counts or one that it replaced. `alike`: all rows of a key meet it or none does (see `apart_sql`): faster.
    Raises KeyError for a column that the table does not have.
    """
    wanted = _quoted(table, columns or [name for name in TABLES[table] if name != "raw"])
    chosen = f"{wanted}, batch, as_of"
    if table in SCOPES and len(files) < 2:
        # no file replaces its own rows
        return f"{_told(table, files)} select {chosen} from told"
    if table in SCOPES:
        return f"{_covers(table, files)} select {chosen} from told anti join covers on {COVERED}"
    newest = 'order by as_of desc, batch desc, "row" desc'
    near = ""
    if among and alike:
        near = f"where {among}"
    elif among:
        same = " and ".join(f'told."{key}" is not distinct from near."{key}"' for key in KEYS[table])
        near = f"semi join (select {_quoted(table, KEYS[table])} from told where {among}) as near on {same}"
    return f"""{_told(table, files)} select {chosen} from told {near}
               qualify row_number() over (partition by {_quoted(table, KEYS[table])} {newest}) = 1"""


def apart_sql(table: str, files: Sequence[BatchFile], among: str) -> str:
    """A query that gives a row where a condition, for `visible_sql`, holds of some rows of a key and not of others."""
    keys = _quoted(table, KEYS[table])
    same = " and ".join(f'other."{key}" is not distinct from near."{key}"' for key in KEYS[table])
    return f"""{_told(table, files)} select 1 from (select {keys} from told where not coalesce({among}, false)) as other
               semi join (select {keys} from told where {among}) as near on {same} limit 1"""


def told_sql(table: str, files: Sequence[BatchFile], columns: Sequence[str] = ()) -> str:
    """The same columns of every row, whether it counts or not."""
    wanted = _quoted(table, columns or [name for name in TABLES[table] if name != "raw"])
    return f"{_told(table, files)} select {wanted}, batch, as_of from told"


def marked_sql(table: str, files: Sequence[BatchFile], columns: Sequence[str]) -> str:
    """The same of a table with KEYS, with `counts`: whether the row is one of those that `visible_sql` gives."""
    wanted, keys = _quoted(table, columns), _quoted(table, KEYS[table])
    newest = 'order by as_of desc, batch desc, "row" desc'
    return f"""{_told(table, files)} select {wanted}, batch, as_of,
               row_number() over (partition by {keys} {newest}) = 1 as counts from told"""


def event_ends_sql(files: Sequence[BatchFile]) -> str:
    """Few rows: of each `filename`, platform, account and kind of its events how many `lines` there are, whether they
    count or not, and from when (`first_ms`) until when (`end_ms`, exclusive). One pass over three columns.
    """
    rows, _about = _rows(EVENT, files)
    return f"""select filename, platform, account, kind, min(instant_ms) as first_ms, max(instant_ms) + 1 as end_ms,
                      count(*) as lines from ({rows}) where instant_ms is not null group by all"""


def event_spans_sql(files: Sequence[BatchFile], ends: str) -> str:
    """The same as each batch says it, with its `scope`. `ends`: a table of what `event_ends_sql` gave of all files."""
    if not files:
        return """select 0::bigint as batch, 0::bigint as as_of, '' as platform, '' as account, '' as kind,
                  '' as scope, 0::bigint as first_ms, 0::bigint as end_ms, 0::bigint as lines where false"""
    _, about = _rows(EVENT, files)
    # the text of a scope is made of the groups: of every row it would cost more than reading it
    return f"""with batches as ({about}), files as (from "{ends}")
      select batch, as_of, coalesce(platform, nullif(file_platform, '')) as platform,
             coalesce(account, nullif(s, '')) as account, kind, {_scope(EVENT)} as scope, first_ms, end_ms, lines
      from files join batches on files.filename = batches.filename"""


def event_covers_sql(spans: str) -> str:
    """What of older batches is replaced, from a table `spans` of what `event_spans_sql` gave."""
    ends = "min(first_ms) as first_ms, max(end_ms) as end_ms"
    known = f'from "{spans}" where scope is not null group by batch, as_of, scope'
    return f"with spans as (select batch, as_of, scope, {ends} {known}) {COVERS}"


def events_sql(files: Sequence[BatchFile], columns: Sequence[str], where: str, covers: str = "") -> str:
    """As `visible_sql` of events, of some files and those rows alone that meet a condition on columns of a file.

    `covers`: a table of what `event_covers_sql` gave of all files; empty: nothing is replaced.
    """
    chosen = f"{_quoted(EVENT, columns)}, batch"
    replaced = f'anti join "{covers}" as covers on {COVERED}' if covers else ""
    return f"{_told(EVENT, files)} select {chosen} from told {replaced} where {where}"


COVERS = """select older.batch, older.scope, newer.first_ms, newer.end_ms
                 from spans as older join spans as newer on older.scope = newer.scope
                 and older.first_ms < newer.end_ms and newer.first_ms < older.end_ms
                 and (newer.as_of, newer.batch) > (older.as_of, older.batch)"""


def _covers(table: str, files: Sequence[BatchFile]) -> str:
    """`told`, and `covers`: for each batch and scope the stretches that a batch of higher rank speaks of too.

    Few rows, and equal in batch and scope: what a row is compared with.
    """
    return f"""{_told(table, files)},
      spans as (select batch, as_of, scope, min(instant) as first_ms,
                       max(greatest({ENDS[table]}, instant + 1)) as end_ms from told
                where scope is not null and instant is not null group by batch, as_of, scope),
      covers as ({COVERS})"""


def _told(table: str, files: Sequence[BatchFile]) -> str:
    """`told`: every row of the files, typed as the schema says, with its batch's id and as_of."""
    names = TABLES[table]
    rows, about = _rows(table, files)
    extra = ""
    if table in SCOPES:
        # no instant: nothing can cover it
        extra = f""", {_scope(table)} as scope, "{INSTANT[table]}" as instant"""
    known = ["coalesce(platform, nullif(file_platform, '')) as platform"] if "platform" in names else []
    replaced = f"replace ({', '.join(known)})" if known else ""
    return f"""with files as ({rows}), batches as ({about}),
      told as (select files.* exclude (filename) {replaced}, batch, as_of{extra}
               from files join batches on files.filename = batches.filename)"""


def _rows(table: str, files: Sequence[BatchFile]) -> tuple[str, str]:
    """Queries: every row of the files, and what is known of each file."""
    names = TABLES[table]
    nulls = ", ".join(f'null::{_kind(kind)} as "{name}"' for name, kind in names.items())
    empty = f"select {nulls}, ''::varchar as filename where false"
    if not files:
        rows = empty
        about = "select ''::varchar as filename, 0::bigint as batch, 0::bigint as as_of, '' as file_platform, '' as s"
    else:
        paths = ", ".join(_text(str(file.path)) for file in files)
        rows = f"{empty} union all by name select * from read_parquet([{paths}], union_by_name=true, filename=true)"
        values = ", ".join(
            f"({_text(str(f.path))}, {int(f.batch)}::bigint, {int(f.as_of_ms)}::bigint, "
            f"{_text(f.platform)}, {_text(f.scope)})"
            for f in files
        )
        about = f"select * from (values {values}) as v(filename, batch, as_of, file_platform, s)"
    return rows, about


def _scope(table: str) -> str:
    """What of a row must be equal for a newer row to replace it, as one text; null where its account is unknown."""
    within = {
        "platform": f"coalesce(files.platform, nullif(file_platform, ''), '{DEFAULT_PLATFORM}')",
        "kind": "coalesce(kind, '')",
    }
    parts = [
        f"""coalesce("{SCOPES[table]}", nullif(s, ''))""",
        *[within[name] for name in SCOPES_WITHIN.get(table, ())],
    ]
    return " || chr(31) || ".join(parts)


def _quoted(table: str, names: Sequence[str]) -> str:
    unknown = [name for name in names if name not in TABLES[table]]
    if unknown:
        raise KeyError(f"{table} has no {unknown}")
    return ", ".join(f'"{name}"' for name in names)


def _kind(kind: str) -> str:
    return "bigint" if kind == INT else "varchar"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"

"""PostgreSQL's tables as files and back, through its own COPY; of one instant, and of one set of migrations."""

import json
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from kaibo.audit import guards

TABLES = "tables.json"
MIGRATIONS = "django_migrations"
BLOCK = 1024 * 1024


def dump(folder: Path) -> None:
    """Every table of the database, in the caller's transaction."""
    columns: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            described = connection.introspection.get_table_description(cursor, table)
            columns[table] = [column.name for column in described]
            with (
                (folder / f"{table}.copy").open("wb") as file,
                cursor.copy(_sql(table, columns[table], "to stdout")) as copy,
            ):
                for block in copy:
                    file.write(block)
        cursor.execute(f"select app, name from {MIGRATIONS} order by id")  # noqa: S608 - our own name
        migrations = cursor.fetchall()
    about = {"columns": columns, "migrations": [list(pair) for pair in migrations]}
    (folder / TABLES).write_text(json.dumps(about, sort_keys=True))


def is_empty() -> bool:
    """Whether nobody has used this database yet."""
    with connection.cursor() as cursor:
        return MIGRATIONS not in connection.introspection.table_names(cursor)


def load(folder: Path) -> None:
    """Fill an empty database: make the tables as they were, copy the rows in, then bring all up to date."""
    about = json.loads((folder / TABLES).read_text())
    executor = MigrationExecutor(connection)
    executor.migrate(_last_ones(executor, {tuple(pair) for pair in about["migrations"]}))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set constraints all deferred")
        tables = [table for table in about["columns"] if table != MIGRATIONS]
        quoted = ", ".join(connection.ops.quote_name(table) for table in tables)
        # what the migrations wrote themselves is in the dump too
        # the audit's rows come with their chain: they are neither guarded nor chained while they are put back
        with guards.lifted(connection):
            cursor.execute(f"truncate {quoted} cascade")
            for table in tables:
                _load_table(folder, table, about["columns"][table])
        for table in tables:
            if "id" in about["columns"][table]:
                name = connection.ops.quote_name(table)
                cursor.execute(
                    f"select setval(pg_get_serial_sequence(%s, 'id'), coalesce(max(id), 0) + 1, false) from {name}",  # noqa: S608
                    [name],
                )
    call_command("migrate", verbosity=0)
    _analyze()


def _analyze() -> None:
    """Count what is there, as the server would in a while: else the first pages are planned as for empty tables."""
    with connection.cursor() as cursor:
        tables = [connection.ops.quote_name(one) for one in connection.introspection.table_names(cursor)]
        cursor.execute(f"analyze {', '.join(tables)}")


def _last_ones(executor: MigrationExecutor, wanted: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of `wanted` that none other of them builds on: naming an earlier one too would take its followers back."""
    graph = executor.loader.graph
    known = sorted(one for one in wanted if one in graph.nodes)
    return [one for one in known if not any(child.key in wanted for child in graph.node_map[one].children)]


def _load_table(folder: Path, table: str, columns: list[str]) -> None:
    with (
        connection.cursor() as cursor,
        (folder / f"{table}.copy").open("rb") as file,
        cursor.copy(_sql(table, columns, "from stdin")) as copy,
    ):
        while block := file.read(BLOCK):
            copy.write(block)


def _sql(table: str, columns: list[str], way: str) -> str:
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    return f"copy {connection.ops.quote_name(table)} ({names}) {way}"

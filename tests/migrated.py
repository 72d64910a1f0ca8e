"""A database with every migration applied, kept between runs of the tests: to apply them takes longer than most tests.

On SQLite it is a file, on PostgreSQL a template database. Its name tells what it was made of (`digest`), so another
migration makes another one.
"""

import ast
import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest import mock

import django.core.management
from django.db import OperationalError, connection
from django.db.backends.base.creation import BaseDatabaseCreation

SOURCES = Path(__file__).parents[1] / "src"
KEPT = Path(__file__).parents[1] / ".pytest_cache" / "kaibo"
# whose migrations are applied, or whose work writes rows
LIBRARIES = ("django", "django-allauth")


def _modules(file: Path) -> Iterator[Path]:
    """The files of Kaibo's modules that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    for name in names:
        if name.startswith("kaibo"):
            whole = SOURCES / name.replace(".", "/")
            yield from (path for path in (whole.with_suffix(".py"), whole / "__init__.py") if path.exists())


@cache
def digest() -> str:
    """Of all migrations, of every module of Kaibo they lean on, and of the libraries with migrations of their own."""
    found: set[Path] = set()
    left = list(SOURCES.glob("kaibo/*/migrations/*.py"))
    while left:
        file = left.pop()
        if file not in found:
            found.add(file)
            left += _modules(file)
    said = hashlib.sha256(" ".join(f"{name} {version(name)}" for name in LIBRARIES).encode())
    for file in sorted(found):
        said.update(str(file.relative_to(SOURCES)).encode() + b"\0" + file.read_bytes())
    return said.hexdigest()[:16]


@contextmanager
def _alone() -> Iterator[None]:
    """Among the processes of a run, one makes what all wait for."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _migrate(url: str) -> None:
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {
            "KAIBO_HOME": home,
            "KAIBO_DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "kaibo.site.settings",
            "PYTHONPATH": str(SOURCES),
        }
        command = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
        subprocess.run(command, env=environment, check=True)


def file() -> Path:
    """The SQLite database; made where it is not there."""
    kept = KEPT / f"{digest()}.sqlite3"
    with _alone():
        if not kept.exists():
            for old in KEPT.glob("*.sqlite3*"):
                old.unlink()
            with tempfile.TemporaryDirectory(dir=KEPT) as folder:
                made = Path(folder) / "made.sqlite3"
                _migrate(f"sqlite:///{made}")
                with sqlite3.connect(made) as database:
                    database.execute("PRAGMA journal_mode=DELETE")
                database.close()
                made.rename(kept)
    return kept


def into(home: Path) -> None:
    """An installation under `home` that is to be on SQLite begins with its tables."""
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file(), home / "kaibo.sqlite3")


def _template() -> str:
    """The name of PostgreSQL's template database; made where it is not there."""
    name = f"kaibo_migrated_{digest()}"
    with _alone(), connection.creation._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not cursor.fetchone():
            making = f"{name}_making"
            cursor.execute(f"DROP DATABASE IF EXISTS {making}")
            cursor.execute(f"CREATE DATABASE {making}")
            _migrate(os.environ["KAIBO_DATABASE_URL"].rpartition("/")[0] + f"/{making}")
            cursor.execute(f"ALTER DATABASE {making} RENAME TO {name}")
            _drop_outdated(cursor, name)
    return name


def _drop_outdated(cursor: Any, name: str) -> None:
    """Templates of other migrations, but for one that is being copied just now: whoever needs it makes it anew."""
    cursor.execute("SELECT datname FROM pg_database WHERE datname ~ '^kaibo_migrated_[0-9a-f]{16}$' ORDER BY datname")
    for (old,) in cursor.fetchall():
        if old != name:
            with suppress(OperationalError):
                cursor.execute(f"DROP DATABASE IF EXISTS {old}")


def create_test_db(self: BaseDatabaseCreation, *given: Any, **named: Any) -> str:
    """As Django's own, but that the migrations are there already."""
    call_command = django.core.management.call_command
    if self.connection.vendor == "postgresql":
        self.connection.settings_dict["TEST"]["TEMPLATE"] = _template()

    def but_migrate(name: str, *rest: Any, **options: Any) -> Any:
        if name != "migrate":
            return call_command(name, *rest, **options)
        if self.connection.vendor == "sqlite":
            self.connection.ensure_connection()
            source = sqlite3.connect(file())
            source.backup(self.connection.connection)
            source.close()
        return None

    with mock.patch.object(django.core.management, "call_command", but_migrate):
        return _create(self, *given, **named)


_create = BaseDatabaseCreation.create_test_db

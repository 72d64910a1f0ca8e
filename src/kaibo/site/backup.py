"""Copies a running installation into one file: the database as of one instant, the files that it names, and its keys.

The database first, then its files: facts are written before the row that names them and are never changed, so every
file of that instant is there. Nothing is swept meanwhile; hard links hold the files while they are packed.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import tarfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from kaibo import __version__
from kaibo.facts.linking import link
from kaibo.imports.models import Batch, Upload
from kaibo.imports.sweeping import WAITING
from kaibo.measurement.models import Closing, ClosingState, Computation, ComputationState
from kaibo.measurement.sweeping import STAGE, unswept
from kaibo.site import dumping

# 1: the manifest without a digest of its own
FORMAT = 2
MANIFEST = "manifest.json"
SQLITE = "database/kaibo.sqlite3"
KEYS = {"secret_key": "SECRET_KEY", "installation_key": "INSTALLATION_KEY"}
# further files of the home that an installation is not the same without
SMALL = ("sample",)
TRIES = 5
BLOCK = 1024 * 1024


class NoBackup(Exception):
    """It could not be made, and why; nothing is left behind."""


@dataclass
class Named:
    """What the database of that instant names: folders below FACTS_ROOT, files below UPLOADS_ROOT.

    `needed`: without one of these the database was older than the files already; another try is newer.
    """

    folders: list[str] = field(default_factory=list)
    needed: list[str] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)
    closed: dict[str, str] = field(default_factory=dict)


def make_backup(target: Path, tell: Callable[[str], None] = lambda _text: None) -> dict[str, Any]:
    """Write the backup; gives its manifest. Raises NoBackup where the file exists, or the disk is full."""
    if target.exists():
        raise NoBackup(_("%(file)s is there already; choose another name") % {"file": target})
    draft = target.with_name(f".{target.name}.part")
    with unswept(), _staging() as stage:
        named = _copied(stage)
        manifest = _manifest(stage, named)
        try:
            _pack(stage, manifest, draft, tell)
            draft.replace(target)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    return manifest


@contextmanager
def _staging() -> Iterator[Path]:
    """A folder on the disk of the facts, so that they can be linked; for the owner's eyes only."""
    root = Path(settings.FACTS_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    stage = root / f"{STAGE}{uuid.uuid4().hex}"
    stage.mkdir(mode=0o700)
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _copied(stage: Path) -> Named:
    for _try in range(TRIES):
        shutil.rmtree(stage / "database", ignore_errors=True)
        shutil.rmtree(stage / "facts", ignore_errors=True)
        (stage / "database").mkdir()
        named = _sqlite(stage) if connection.vendor == "sqlite" else _postgres(stage)
        if all(_linked(stage, name, needed=name in named.needed) for name in named.folders):
            _uploads(stage, named)
            return named
    raise NoBackup(_("figures were replaced again and again while they were copied; try once more"))


def _sqlite(stage: Path) -> Named:
    """SQLite's own backup: one step, so that it is of one instant; writers go on meanwhile."""
    if connection.in_atomic_block:
        raise NoBackup(_("a transaction is open, and SQLite would wait for its end for ever"))
    connection.ensure_connection()
    copy = sqlite3.connect(stage / SQLITE)
    try:
        connection.connection.backup(copy, pages=-1)
        copy.execute("pragma journal_mode=delete")
        return _named_in(copy)
    finally:
        copy.close()


def _named_in(copy: sqlite3.Connection) -> Named:
    """The same questions as `_named`, asked of the copy."""

    def ask(query: Any) -> list[tuple[Any, ...]]:
        sql, values = query.query.sql_with_params()
        return copy.execute(sql.replace("%s", "?"), values).fetchall()

    return _named(ask)


def _postgres(stage: Path) -> Named:
    """Every table in one repeatable-read transaction."""
    with transaction.atomic(durable=False):
        with connection.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read, read only")
        dumping.dump(stage / "database")
        return _named(lambda query: list(query))


def _named(ask: Callable[[Any], Sequence[tuple[Any, ...]]]) -> Named:
    shown = Computation.objects.filter(state__in=[ComputationState.CURRENT, ComputationState.CANDIDATE]).order_by()
    closings = Closing.objects.exclude(folder="").order_by("month", "pk")
    computed = [f"derived/{folder}" for (folder,) in ask(shown.values_list("folder"))]
    bundles = ask(closings.values_list("month", "folder", "snapshot", "state"))
    kept = [f"closed/{folder}" for _month, folder, _snapshot, state in bundles if state != ClosingState.FREEZING]
    batches = [folder for (folder,) in ask(Batch.objects.order_by("pk").values_list("folder"))]
    waiting = [name for (name,) in ask(Upload.objects.filter(Q(WAITING)).order_by("pk").values_list("stored_as"))]
    closed = {str(month)[:7]: snapshot for month, _f, snapshot, state in bundles if state == ClosingState.CLOSED}
    return Named([*batches, *computed, *kept], [*computed, *kept], waiting, closed)


def _linked(stage: Path, name: str, *, needed: bool) -> bool:
    """The folder's files beside; False where one that is needed is gone."""
    source, target = Path(settings.FACTS_ROOT) / name, stage / "facts" / name
    if not source.is_dir():
        return not needed
    try:
        for path in source.rglob("*"):
            if path.is_file():
                link(path, target / path.relative_to(source))
    except FileNotFoundError:
        return not needed
    return True


def _uploads(stage: Path, named: Named) -> None:
    """Files that wait for someone's yes; one put away meanwhile is not needed any more."""
    for name in named.uploads:
        source = Path(settings.UPLOADS_ROOT) / name
        for path in (source, source.with_name(f"{source.name}.head")):
            if path.is_file():
                link(path, stage / "uploads" / path.name)


def _manifest(stage: Path, named: Named) -> dict[str, Any]:
    keys = stage / "keys"
    keys.mkdir(exist_ok=True)
    for name, setting in KEYS.items():
        (keys / name).write_text(str(getattr(settings, setting)))
    for name in SMALL:
        if (Path(settings.KAIBO_HOME) / name).is_file():
            shutil.copy2(Path(settings.KAIBO_HOME) / name, stage / name)
    return {
        "format": FORMAT, "kaibo": __version__, "database": connection.vendor,
        "made_at": timezone.now().isoformat(timespec="seconds"), "closed": named.closed,
    }  # fmt: skip


def _pack(stage: Path, manifest: dict[str, Any], draft: Path, tell: Callable[[str], None]) -> None:
    """A tar file; the manifest comes last, so that one cut short is known by its absence."""
    files: dict[str, Mapping[str, Any]] = {}
    paths = sorted(path for path in stage.rglob("*") if path.is_file())
    mode = "w:gz" if draft.name.removesuffix(".part").endswith((".gz", ".tgz")) else "w"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        with tarfile.open(fileobj=file, mode=mode) as tar:  # type: ignore[call-overload]
            for path in paths:
                name = path.relative_to(stage).as_posix()
                files[name] = {"sha256": sha256_of(path), "bytes": path.stat().st_size}
                tar.add(path, name, recursive=False)
            manifest["files"] = files
            whole = stage / MANIFEST
            whole.write_text(sealed(manifest), encoding="utf-8")
            tar.add(whole, MANIFEST, recursive=False)
        file.flush()
        os.fsync(file.fileno())
    tell(str(len(files)))


def sealed(manifest: Mapping[str, Any]) -> str:
    """The manifest as it is written: JSON with the SHA-256 of what it says without that one."""
    said = {key: value for key, value in manifest.items() if key != "sha256"}
    digest = hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    return json.dumps({**said, "sha256": digest}, sort_keys=True, ensure_ascii=False)


def sha256_of(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
    return found.hexdigest()

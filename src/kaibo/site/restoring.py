"""Makes an installation of a backup, in an empty home. Every file is checked before any is put in place."""

import json
import os
import shutil
import sqlite3
import tarfile
import uuid
from pathlib import Path
from typing import Any

from django.db import connection

from kaibo.site import dumping
from kaibo.site.backup import FORMAT, KEYS, MANIFEST, SMALL, SQLITE, sealed, sha256_of

# what an installation that is in use has
IN_USE = ("kaibo.sqlite3", "facts", *KEYS)


class NotRestored(Exception):
    """Why not, and what to do; nothing was put in place."""


def restore(source: Path, home: Path) -> dict[str, Any]:
    """Put the backup into `home`; gives its manifest. Raises NotRestored: a home in use, a file cut short."""
    taken = [name for name in IN_USE if (home / name).exists()]
    if taken:
        raise NotRestored(f"{home} is in use: {', '.join(taken)}. Restore into an empty folder: KAIBO_HOME=…")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    stage = home / f".restore-{uuid.uuid4().hex}"
    stage.mkdir(mode=0o700)
    try:
        manifest = _unpacked(source, stage)
        _check_database(stage, manifest)
        if manifest["database"] == "postgresql":
            dumping.load(stage / "database")
        _put(stage, home, manifest)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return manifest


def _unpacked(source: Path, stage: Path) -> dict[str, Any]:
    try:
        with tarfile.open(source) as tar:
            tar.extractall(stage, filter="data")
        text = (stage / MANIFEST).read_bytes().decode()
        manifest: dict[str, Any] = json.loads(text)
    except (OSError, EOFError, ValueError, tarfile.TarError) as error:
        raise NotRestored(f"{source} is no whole backup: {error}") from error
    kind = manifest.get("format") if isinstance(manifest, dict) else None
    if kind not in (1, FORMAT):
        raise NotRestored(f"{source} has format {kind}, which this version does not know")
    if kind == FORMAT and text != sealed(manifest):
        raise NotRestored(f"{source}: {MANIFEST} is not what was backed up")
    there = {path.relative_to(stage).as_posix() for path in stage.rglob("*") if path.is_file()} - {MANIFEST}
    try:
        told = {name: file["sha256"] for name, file in manifest["files"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise NotRestored(f"{source}: {MANIFEST} is damaged") from error
    for name in sorted(there | told.keys()):
        if name not in told or name not in there or sha256_of(stage / name) != told[name]:
            raise NotRestored(f"{source}: {name} is not what was backed up")
    return manifest


def _check_database(stage: Path, manifest: dict[str, Any]) -> None:
    kind = manifest["database"]
    if kind != connection.vendor:
        raise NotRestored(f"the backup is of {kind}, KAIBO_DATABASE_URL names {connection.vendor}")
    if kind == "postgresql":
        if not dumping.is_empty():
            raise NotRestored("the database of KAIBO_DATABASE_URL is in use; restore into an empty one")
        return
    copy = sqlite3.connect(stage / SQLITE)
    try:
        answer = copy.execute("pragma integrity_check").fetchone()[0]
    finally:
        copy.close()
    if answer != "ok":
        raise NotRestored(f"the database in the backup is damaged: {answer}")


def _put(stage: Path, home: Path, manifest: dict[str, Any]) -> None:
    """The database comes last: until then the home is not one that could be served."""
    for name in ("facts", "uploads"):
        (stage / name).mkdir(exist_ok=True)
        shutil.rmtree(home / name, ignore_errors=True)
        (stage / name).replace(home / name)
    for name in KEYS:
        (stage / "keys" / name).chmod(0o600)
        (stage / "keys" / name).replace(home / name)
    for name in SMALL:
        if (stage / name).is_file():
            (stage / name).replace(home / name)
    if manifest["database"] == "sqlite":
        (stage / SQLITE).replace(home / "kaibo.sqlite3")
    handle = os.open(home, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

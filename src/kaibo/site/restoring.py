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
from django.utils.translation import gettext as _

from kaibo.site import dumping
from kaibo.site.backup import FORMAT, KEYS, MANIFEST, SMALL, SQLITE, sealed, sha256_of
from kaibo.site.why import why

# what an installation that is in use has
IN_USE = ("kaibo.sqlite3", "facts", *KEYS)


class NotRestored(Exception):
    """Why not, and what to do; nothing was put in place."""


def restore(source: Path, home: Path) -> dict[str, Any]:
    """Put the backup into `home`; gives its manifest. Raises NotRestored: a home in use, a file cut short."""
    taken = [name for name in IN_USE if (home / name).exists()]
    if taken:
        text = _("%(home)s is in use: %(names)s. Restore into an empty folder: KAIBO_HOME=…")
        raise NotRestored(text % {"home": home, "names": ", ".join(taken)})
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
    if not source.is_file():
        raise NotRestored(_("there is no file %(file)s") % {"file": source})
    try:
        with tarfile.open(source) as tar:
            tar.extractall(stage, filter="data")
        text = (stage / MANIFEST).read_bytes().decode()
        manifest: dict[str, Any] = json.loads(text)
    except (OSError, EOFError, ValueError, tarfile.TarError) as error:
        raise NotRestored(
            _("%(file)s is no whole backup: %(why)s") % {"file": source, "why": why(error, source)}
        ) from error
    kind = manifest.get("format") if isinstance(manifest, dict) else None
    if kind not in (1, FORMAT):
        text = _("%(file)s has format %(format)s, which this version does not know")
        raise NotRestored(text % {"file": source, "format": kind})
    if kind == FORMAT and text != sealed(manifest):
        raise _altered(source, MANIFEST)
    there = {path.relative_to(stage).as_posix() for path in stage.rglob("*") if path.is_file()} - {MANIFEST}
    try:
        told = {name: file["sha256"] for name, file in manifest["files"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise NotRestored(_("%(file)s: %(name)s is damaged") % {"file": source, "name": MANIFEST}) from error
    for name in sorted(there | told.keys()):
        if name not in told or name not in there or sha256_of(stage / name) != told[name]:
            raise _altered(source, name)
    return manifest


def _altered(source: Path, name: str) -> NotRestored:
    return NotRestored(_("%(file)s: %(name)s is not what was backed up") % {"file": source, "name": name})


def _check_database(stage: Path, manifest: dict[str, Any]) -> None:
    kind = manifest["database"]
    if kind != connection.vendor:
        text = _("the backup is of %(kind)s, KAIBO_DATABASE_URL names %(other)s")
        raise NotRestored(text % {"kind": kind, "other": connection.vendor})
    if kind == "postgresql":
        if not dumping.is_empty():
            raise NotRestored(_("the database of KAIBO_DATABASE_URL is in use; restore into an empty one"))
        return
    copy = sqlite3.connect(stage / SQLITE)
    try:
        answer = copy.execute("pragma integrity_check").fetchone()[0]
    finally:
        copy.close()
    if answer != "ok":
        raise NotRestored(_("the database in the backup is damaged: %(why)s") % {"why": answer})


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

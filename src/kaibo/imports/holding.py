"""The files dropped and not yet imported: where they lie, and that they go away again."""

import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

# beside a stored file: the first rows of its sheets
HEAD = ".head.json"
# formats.md: a reader goes by content first, but a workbook and a text file need their ending kept
ENDINGS = {".xlsx", ".xls", ".csv", ".txt"}


class TooLarge(Exception):
    """More bytes than UPLOAD_LIMIT; nothing was kept."""


def keep(chunks: Iterable[bytes], file_name: str) -> tuple[str, str, int]:
    """Store a dropped file; (stored name, sha256, size). Raises TooLarge, and then nothing is left."""
    root = Path(settings.UPLOADS_ROOT)
    # buyers' data may be in it until it is imported
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    ending = Path(file_name).suffix.lower()
    name = secrets.token_hex(16) + (ending if ending in ENDINGS else "")
    digest, size = hashlib.sha256(), 0
    path = root / name
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > settings.UPLOAD_LIMIT:
                    raise TooLarge
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        # on a full disk most of all
        path.unlink(missing_ok=True)
        raise
    return name, digest.hexdigest(), size


def held_path(stored_as: str) -> Path:
    return Path(settings.UPLOADS_ROOT) / stored_as


def keep_head(stored_as: str, head: Sequence[Mapping[str, Any]]) -> None:
    """Keep a table's first rows (sources.heads) beside it, for a page that asks what its columns are."""
    path = held_path(stored_as + HEAD)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(head, file, ensure_ascii=False)


def kept_head(stored_as: str) -> list[dict[str, Any]]:
    """Those first rows; none where they are gone with the file."""
    try:
        found: list[dict[str, Any]] = json.loads(held_path(stored_as + HEAD).read_text())
    except FileNotFoundError:
        return []
    return found


def drop(stored_as: str) -> None:
    """The original is not kept once it is imported, refused or discarded: it may hold buyers' data."""
    if stored_as:
        held_path(stored_as).unlink(missing_ok=True)
        held_path(stored_as + HEAD).unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

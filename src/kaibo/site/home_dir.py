"""Where an installation keeps its database, its facts, its uploads and its secrets."""

import os
import secrets
from pathlib import Path


def home_dir() -> Path:
    """The installation's folder: KAIBO_HOME, else ~/.local/share/kaibo; made when missing, for its owner only."""
    path = Path(os.environ.get("KAIBO_HOME") or Path.home() / ".local/share/kaibo").resolve()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def secret(home: Path, name: str) -> str:
    """The secret of this name, generated at the first start and readable by its owner only."""
    path = home / name
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    value = secrets.token_urlsafe(48)
    draft = home / f".{name}.{os.getpid()}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(value)
        file.flush()
        os.fsync(file.fileno())
    try:  # two processes may start at once: the first link wins, and both read the winner
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()

"""What must hold for every tracked file."""

import hashlib
import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
# written so that this file does not contain what it looks for
HOSTS = re.compile(
    r"(py"
    r"pi\.org|python"
    r"hosted|npm"
    r"js\.(org|com)|deb\.deb"
    r"ian\.org|registry\.|jsdel"
    r"ivr|unp"
    r"kg)",
    re.I,
)


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in names.decode().split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_package_registry() -> None:
    found = []
    for path in tracked():
        text = path.read_bytes()
        if b"\0" not in text and (hit := HOSTS.search(text.decode("utf-8", "replace"))):
            found.append(f"{path.relative_to(ROOT)}: {hit.group()}")
    assert not found


def test_every_locked_requirement_has_a_hash() -> None:
    for name in ("run", "test", "build", "uv"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        entries = re.split(r"\n(?=[a-zA-Z0-9])", re.sub(r"^\s*#.*\n", "", text, flags=re.M))
        assert entries
        assert all("--hash=sha256:" in entry for entry in entries if entry.strip()), name


def test_vendored_files_are_what_the_list_says() -> None:
    lists = list((ROOT / "src").rglob("VENDORED.md"))
    assert lists
    for page in lists:
        rows = re.findall(r"`([^`]+)`[^\n]*?`?([0-9a-f]{64})`?", page.read_text(encoding="utf-8"))
        assert rows
        for name, sha256 in rows:
            assert hashlib.sha256((page.parent / name).read_bytes()).hexdigest() == sha256, name


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(page.name[:4]) for page in sorted((ROOT / "docs/adr").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))

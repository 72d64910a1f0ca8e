"""A backup of a running installation, restored elsewhere, is the same installation; a damaged one is refused."""

import json
import os
import sqlite3
import subprocess
import sys
import tarfile
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.utils.translation import override

from kaibo.closing.tests.conftest import Autumn, autumn  # noqa: F401
from kaibo.closing.verifying import EQUAL, verify
from kaibo.imports.models import Batch
from kaibo.site import backup_cli
from kaibo.site.backup import FORMAT, NoBackup, make_backup, sealed
from kaibo.site.restoring import NotRestored, restore

ROOT = Path(__file__).parents[4]
# SQLite copies nothing while its own connection is writing
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def made(autumn: Autumn, tmp_path: Path) -> Path:  # noqa: F811
    if connection.vendor != "sqlite":
        pytest.skip("SQLite's own backup")
    closing = autumn.close()
    file = tmp_path / "kaibo.tar"
    manifest = make_backup(file)
    assert manifest["closed"] == {"2026-10": closing.snapshot}
    assert file.stat().st_mode & 0o077 == 0
    assert not list(Path(settings.FACTS_ROOT).glob(".backup-*"))
    return file


def test_what_is_restored_is_the_same(made: Path, tmp_path: Path) -> None:
    home = tmp_path / "restored"
    restore(made, home)
    copy = sqlite3.connect(home / "kaibo.sqlite3")
    assert copy.execute("select count(*) from imports_batch").fetchone() == (Batch.objects.count(),)
    folders = [folder for (folder,) in copy.execute("select folder from imports_batch")]
    bundle = copy.execute("select folder from measurement_closing").fetchone()[0]
    current = copy.execute("select folder from measurement_computation where state = 'current'").fetchall()
    copy.close()
    for folder in folders:
        for path in (Path(settings.FACTS_ROOT) / folder).iterdir():
            assert (home / "facts" / folder / path.name).read_bytes() == path.read_bytes()
    assert all((home / "facts" / "derived" / folder / "rows.parquet").is_file() for (folder,) in current)
    assert verify(home / "facts" / "closed" / bundle).code == EQUAL
    for name, key in (("secret_key", settings.SECRET_KEY), ("installation_key", settings.INSTALLATION_KEY)):
        assert (home / name).read_text() == key
        assert (home / name).stat().st_mode & 0o077 == 0


def test_a_home_in_use_is_not_overwritten(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "used"
    home.mkdir()
    (home / "installation_key").write_text("mine")
    with pytest.raises(NotRestored, match="installation_key"):
        restore(made, home)
    assert backup_cli.restore_home([str(made)], home) == 1
    said = f"没有恢复任何东西：{home} 正在使用：installation_key。请恢复到空文件夹：KAIBO_HOME=…"
    assert said in capsys.readouterr().err
    assert [path.name for path in home.iterdir()] == ["installation_key"]
    with pytest.raises(NoBackup, match="已经存在"):
        make_backup(made)


def test_a_file_that_is_not_there_is_said_in_the_installations_language(
    db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    assert backup_cli.restore_home([str(tmp_path / "gone.tar")], home) == 1
    assert capsys.readouterr().err == f"没有恢复任何东西：没有文件 {tmp_path / 'gone.tar'}\n"
    with override("en"):
        assert backup_cli.restore_home([str(tmp_path / "gone.tar")], home) == 1
    assert capsys.readouterr().err == f"Nothing was restored: there is no file {tmp_path / 'gone.tar'}\n"
    assert list(home.iterdir()) == []


def test_a_damaged_or_shortened_backup_is_refused(made: Path, tmp_path: Path) -> None:
    whole, dice, bad = made.read_bytes(), Random(7), tmp_path / "bad.tar"
    with tarfile.open(made) as tar:
        spans = [(one.offset_data, one.size, one.name) for one in tar.getmembers() if one.size]
    assert spans[-1][2] == "manifest.json"
    for start, size, name in [*spans[:8], *spans[-2:], *spans[-1:] * 5]:
        damaged = bytearray(whole)
        damaged[start + dice.randrange(size)] ^= 1 << dice.randrange(8)
        bad.write_bytes(bytes(damaged))
        home = tmp_path / "home"
        with pytest.raises(NotRestored):
            restore(bad, home)
        assert list(home.iterdir()) == [], name
    bad.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(NotRestored, match="不是完整的备份"):
        restore(bad, tmp_path / "home")


def test_every_flipped_bit_of_the_manifest_is_seen() -> None:
    manifest = {"format": FORMAT, "database": "sqlite", "files": {"facts/a": {"sha256": "0" * 64, "bytes": 3}}}
    text = sealed(manifest)
    assert sealed(json.loads(text)) == text
    for place in range(len(text)):
        for bit in range(7):
            flipped = f"{text[:place]}{chr(ord(text[place]) ^ 1 << bit)}{text[place + 1 :]}"
            try:
                read = json.loads(flipped)
            except ValueError:
                continue
            assert read.get("format") not in (1, FORMAT) or sealed(read) != flipped, flipped


@pytest.mark.slow
def test_backed_up_while_files_come_in_and_months_are_computed(tmp_path: Path) -> None:
    _backed_up_and_restored(tmp_path)


@pytest.mark.django_db(transaction=False)
def test_postgres_is_backed_up_while_files_come_in(tmp_path: Path) -> None:
    """The same story from one database of the server into an empty one."""
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL's own backup")
    import psycopg
    from psycopg import sql

    server = os.environ["KAIBO_DATABASE_URL"]
    names = [f"kaibo_backup_{uuid4().hex}" for _ in range(2)]
    urls = [f"{server.rpartition('/')[0]}/{name}" for name in names]
    with psycopg.connect(server, autocommit=True) as admin:
        for name in names:
            admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        try:
            _backed_up_and_restored(tmp_path, *urls)
        finally:
            for name in names:
                admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def _backed_up_and_restored(folder: Path, *urls: str) -> None:
    """`urls`: PostgreSQL's database that is backed up, then one for each restored home; none: SQLite, twice."""
    environment = {key: value for key, value in os.environ.items() if key != "KAIBO_DATABASE_URL"}
    environment |= {
        "KAIBO_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT / "src"),
        "DJANGO_SETTINGS_MODULE": "kaibo.site.settings",
    }  # fmt: skip
    if urls:
        environment["KAIBO_DATABASE_URL"] = urls[0]
    script = Path(__file__).with_name("backing.py")
    done = subprocess.run(
        [sys.executable, str(script), str(folder), str(len(urls[1:]) or 2), *urls[1:]],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all equal" in done.stdout

"""A disk that is full at any moment of an import or a withdrawal: said clearly, nothing half in use."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kaibo.home import body_limit
from kaibo.imports import holding

RUNS = 50
SCRIPT = Path(__file__).with_name("filling.py")
# a mount namespace of its own: the disk goes with the process
OWN_MOUNTS = ["unshare", "--map-root-user", "--mount"]


def can_mount() -> bool:
    try:
        return subprocess.run([*OWN_MOUNTS, "true"], capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@pytest.mark.slow
def test_on_a_full_disk_nothing_is_half_written_and_it_says_so(tmp_path: Path) -> None:
    if not can_mount():
        pytest.skip("no small disk can be made here")
    environment = {
        **os.environ, "KAIBO_HOME": str(tmp_path / "home"), "DJANGO_SETTINGS_MODULE": "kaibo.site.settings",
        "KAIBO_LOG": "CRITICAL",
    }  # fmt: skip
    environment.pop("KAIBO_DATABASE_URL", None)
    done = subprocess.run(
        [*OWN_MOUNTS, sys.executable, str(SCRIPT), str(tmp_path), str(RUNS)],
        env=environment, capture_output=True, text=True, timeout=1800, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    said, _, hit = done.stdout.splitlines()[-1].partition(" runs, ")
    assert int(said) == RUNS
    # else it proves nothing
    assert int(hit.partition(" ")[0]) > RUNS // 3, done.stdout


def test_what_was_received_of_a_file_is_put_away_when_the_disk_is_full(settings) -> None:
    def chunks():
        yield b"x"
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        holding.keep(chunks(), "a.csv")
    assert list(Path(settings.UPLOADS_ROOT).iterdir()) == []


def test_a_drop_that_does_not_fit_is_told_so_before_it_is_read(cast, monkeypatch, settings) -> None:
    monkeypatch.setattr(body_limit, "_fits", lambda _length: False)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    told = cast.client("owner").post("/upload/", {"files": "x" * 100})
    assert told.status_code == 507
    assert "磁盘已满" in told.content.decode()

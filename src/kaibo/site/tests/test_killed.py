"""A process killed at any moment of an import or a withdrawal: all of it or nothing, and the next run succeeds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests import migrated

KILLS = 300 if os.environ.get("KAIBO_LONG") else 100
# a process of its own, with a database of its own; it starts one for each kill
SCRIPT = Path(__file__).with_name("killing.py")


@pytest.mark.slow
def test_killed_at_random_points_nothing_is_half_written(tmp_path: Path) -> None:
    home = tmp_path / "home"
    environment = {**os.environ, "KAIBO_HOME": str(home), "DJANGO_SETTINGS_MODULE": "kaibo.site.settings"}
    environment.pop("KAIBO_DATABASE_URL", None)
    migrated.into(home)
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path), str(KILLS)],
        env=environment, capture_output=True, text=True, timeout=1800, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert done.stdout.splitlines()[-1] == f"{KILLS} kills", done.stdout

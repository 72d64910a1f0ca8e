"""A whole month in five browsers: files, figures, both sides' words, calibration, publication, an appeal, the end."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import migrated
from tests.browser import month_team, review_walk
from tests.browser.checks import axe_faults, width_faults
from tests.browser.conftest import Desk, OpenDesk, environment, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROOT = Path(__file__).parents[2]


def test_a_month_from_its_files_to_the_closed_cycle(desk: OpenDesk, tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "files"
    folder.mkdir()
    migrated.into(home)
    subprocess.run([sys.executable, "-m", "tests.browser.month_team"], env=environment(home), cwd=ROOT, check=True)
    evidence = folder / "门禁记录.pdf"
    evidence.write_bytes(review_walk.NOTE)
    faults = list[str]()

    def look(name: str, at: Desk) -> None:
        size = at.page.viewport_size
        faults.extend(f"{name}: {fault}" for fault in width_faults(at.page, 390) + axe_faults(at.page, "phone"))
        assert size
        at.page.set_viewport_size(size)
        faults.extend(f"{name}: {fault}" for fault in width_faults(at.page, size["width"]) + axe_faults(at.page, ""))

    with serving(home) as server:
        five = review_walk.Five(**{who: desk(server, **told).sign_in(who) for who, told in review_walk.WHO.items()})
        review_walk.review_month(five, month_team.write_files(folder), evidence, look)
    assert not faults, "\n".join(faults)

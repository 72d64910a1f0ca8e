"""A whole month in five browsers: files, figures, both sides' words, calibration, publication, an appeal, the end."""

from pathlib import Path

import pytest

from tests.browser import review_walk
from tests.browser.checks import axe_faults, width_faults
from tests.browser.conftest import Desk, OpenDesk, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_month_from_its_files_to_the_closed_cycle(desk: OpenDesk, tmp_path: Path) -> None:
    """What everyone must see is said in the walk; each page of it has no serious fault, on a desk and on a phone."""
    faults = list[str]()

    def look(name: str, at: Desk) -> None:
        size = at.page.viewport_size
        assert size
        for width in (390, 1280):
            found = width_faults(at.page, width) + axe_faults(at.page, "axe")
            faults.extend(f"{name} at {width}: {fault}" for fault in found)
        at.page.set_viewport_size(size)

    review_walk.prepare(tmp_path / "home")
    with serving(tmp_path / "home") as server:
        five = review_walk.sign_in(lambda **told: desk(server, **told))
        review_walk.review_month(five, tmp_path, look)
    assert not faults, "\n".join(faults)

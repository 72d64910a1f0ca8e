"""A host signs in: the score is there, and one click says why."""

import pytest

from tests.browser.conftest import OpenDesk, Server

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1280, 390])
def test_from_sign_in_to_my_score_and_why_in_one_click(desk: OpenDesk, sample: Server, width: int) -> None:
    host = desk(sample, width=width).sign_in("host")
    score = host.page.locator("#content .head-value").first.inner_text()
    assert float(score) > 0
    host.press("#content a[href='/me/']")
    assert host.page.locator("#content .the-number").inner_text() == score
    lines = host.page.locator("a.line-row:not(.waiting)")
    assert lines.count() >= 3
    # the points of the lines are the score
    points = [float(one.inner_text()) for one in lines.locator(".line-points b").all()]
    assert abs(sum(points) - float(score)) <= 0.05 * len(points)


def test_the_first_line_on_the_front_page_opens_its_why(desk: OpenDesk, sample: Server) -> None:
    host = desk(sample).sign_in("host")
    host.press("#content a.item[href*='/people/']")
    assert host.page.locator("#path .column-foot:not(.wrong)").count() >= 3

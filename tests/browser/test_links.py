"""No link leads nowhere, whoever follows it."""

import pytest

from tests.browser.conftest import Server
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("who", ["owner", "lead", "host"])
def test_every_kind_of_link_answers(sample: Server, who: str) -> None:
    found = Visitor(sample.url).sign_in(who).walk()
    assert len(found) >= 20
    assert [f"{one.path} on {one.on}: {one.status}" for one in found if one.status >= 400] == []

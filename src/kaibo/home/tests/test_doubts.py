"""Home says how many things wait on the page of matches, to those who can settle them, and is silent after."""

from datetime import UTC, datetime, timedelta

import pytest

from kaibo.live import actions
from kaibo.live.models import Account, Session

pytestmark = pytest.mark.django_db
START = datetime(2026, 10, 30, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_home_names_what_is_in_doubt_until_it_is_settled(cast) -> None:
    account = Account.objects.create(handle="一", name="一")
    two = [
        Session.objects.create(account=account, start=START + n * HOUR, end=START + (n + 0.9) * HOUR) for n in (0, 1)
    ]
    said = cast.client("lead").get("/").content.decode()
    assert "1 组对不上" in said
    assert 'href="/matches/"' in said
    assert "对不上" not in cast.client("host").get("/").content.decode()
    actions.keep_apart(by=cast.owner, sessions=two[1:], reason="两场")
    assert "1 组对不上" not in cast.client("lead").get("/").content.decode()

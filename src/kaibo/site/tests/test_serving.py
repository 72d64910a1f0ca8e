"""Where a server listens."""

import pytest

from kaibo.login.models import User
from kaibo.site.serving import lan_host


@pytest.mark.django_db
def test_phones_are_let_in_only_after_there_is_an_owner(capsys: pytest.CaptureFixture[str]) -> None:
    assert lan_host("127.0.0.1") == "127.0.0.1"
    assert "--lan" in capsys.readouterr().out
    User.objects.create_user("owner", password="kaibo-demo-1", role="owner")
    assert lan_host("127.0.0.1") == "0.0.0.0"  # noqa: S104

"""What a month's page says of people, and which links it gives whom."""

from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from kaibo.login.models import Role, User
from kaibo.measurement.models import Closing, ClosingState
from kaibo.org.models import Person

pytestmark = pytest.mark.django_db
OCTOBER = date(2026, 10, 1)


@pytest.fixture
def finance(cast):
    user = User.objects.create_user("fin1", password="kaibo-demo-1", role=Role.FINANCE)
    Person.objects.create(name="钱会计", user=user)
    client = Client()
    client.force_login(user)
    return client


def test_who_closed_and_reopened_a_month_is_called_by_name(cast, finance):
    by, now = User.objects.get(username="fin1"), timezone.now()
    told = {"month": OCTOBER, "by": by, "closed_at": now}
    Closing.objects.create(
        state=ClosingState.REOPENED, reopened_by=by, reopened_at=now, reopen_reason="补单", **told
    )  # fmt: skip
    Closing.objects.create(state=ClosingState.CLOSED, frozen={"coverage": {}, "refund_days": 15}, **told)
    for path, times in (("/months/2026-10/", 4), ("/months/", 1)):
        page = finance.get(path).content.decode().split("<main", 1)[1]
        assert (page.count("钱会计"), "fin1" in page) == (times, False)


def test_finance_is_sent_to_no_upload_that_is_not_theirs(cast, finance):
    Closing.objects.create(month=OCTOBER, state=ClosingState.REOPENED)
    page = finance.get("/months/2026-10/").content.decode()
    assert "请先上传本月的文件。 需要“导入和撤回文件”权限" in page
    assert ('href="/upload/"' in page, finance.get("/upload/").status_code) == (False, 404)

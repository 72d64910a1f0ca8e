"""An installation in which there is nothing yet: pages say in words what is missing and what comes first."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from kaibo.imports.models import Batch
from kaibo.live.models import Account
from kaibo.login.actions import make_owner
from kaibo.login.models import User
from kaibo.org.models import Person

# what a page's own part says, without its tags
TAGS = re.compile(r"<[^>]+>")


@pytest.fixture
def owner(db) -> Client:
    make_owner(name="周岚", username="zhoulan", password="kaibo-Test-1", language="zh-hans")
    client = Client()
    client.force_login(User.objects.get(username="zhoulan"))
    return client


def said(client: Client, path: str) -> str:
    page = client.get(path).content.decode()
    return " ".join(TAGS.sub(" ", page.partition("<main")[2].partition("</main")[0]).split())


PAGES = [
    ("/", "手册里有现成的"),
    ("/me/", "把自己添加为人员"),
    ("/duties/mine/", "把自己添加为人员"),
    ("/shifts/", "昨晚没有班次"),
    ("/shifts/?open=1", "没有待确认的班次"),
    ("/shifts/?from=2026-01-01&to=2026-01-02", "没有班次"),
    ("/calendar/", "还没有排班"),
    ("/calendar/?view=month", "这几天还没有排班"),
    ("/roster/publish/", "还没有排班"),
    ("/calendar/plan/", "还没有直播间"),
    ("/calendar/plan/", "还没有人员"),
    ("/shifts/add/", "还没有直播间"),
    ("/outages/", "还没有直播间"),
    ("/simulcasts/", "还没有直播间"),
    ("/codes/", "还没有直播间"),
    ("/readings/", "还没有直播间"),
    ("/people/", "还没有人"),
    ("/organisation/", "还没有人任职"),
    ("/duties/", "还没有流程"),
]


@pytest.mark.parametrize(("path", "expected"), PAGES)
def test_a_page_says_what_is_missing_and_counts_no_nothing(owner, path, expected):
    told = said(owner, path)
    assert expected in told
    # a count of nothing is no sentence
    assert re.findall(r"(?<![\d.:-])0 (?:班|人|个直播间|个流程)", told) == []
    assert "---------" not in told


def test_what_is_there_is_not_said_to_be_missing(owner):
    Account.objects.create(platform="douyin", handle="a", name="旗舰店")
    Person.objects.create(name="林晓彤")
    for path, missing in [
        ("/calendar/plan/", "还没有直播间"),
        ("/calendar/plan/", "还没有人员"),
        ("/codes/", "还没有直播间"),
    ]:
        assert missing not in said(owner, path)


def test_a_duty_matrix_without_processes_is_not_typed_into(owner):
    assert owner.get("/duties/edit/").url == "/duties/"


def test_setting_up_by_hand_is_offered_while_there_is_nothing(owner):
    assert "也可以先手工建" in said(owner, "/")
    Batch.objects.create(
        source="x", table="order_line", file_name="x.csv", sha256="1" * 64, as_of=timezone.now(), folder="b",
        accepted=1, rejected=0,
    )  # fmt: skip
    told = said(owner, "/")
    assert "看到第一个数字" in told
    assert "也可以先手工建" not in told

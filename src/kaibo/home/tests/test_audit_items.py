"""Items that only one card knows are told in the audit by what that card calls them, each review by its own."""

from datetime import date
from decimal import Decimal as D  # noqa: N817
from typing import Any

import pytest
from conftest import Cast
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from kaibo.appraisal.cycle.terms import Terms, digest_of
from kaibo.appraisal.models import CardTerms, Cycle, CycleState, Review, ReviewLine
from kaibo.audit.record import record
from kaibo.kpi.canonical import dumps, plain
from kaibo.kpi.rules import Card, Gate, Outside
from kaibo.org.models import Person


def terms(zh: str, en: str) -> CardTerms:
    """Of a card whose gate `serious` and item outside the hundred `item_1` are called like this."""
    card = Card((), outside=(Outside("item_1", D(-1), D(-5), D(0), f"{zh}乙", f"{en} two"),),
                gates=(Gate("serious", D(1), "C", zh, en),))  # fmt: skip
    text = dumps(plain(Terms(card)))
    return CardTerms.objects.create(digest=digest_of(text), data=text)


@pytest.fixture
def reviews(cast: Cast) -> list[Review]:
    cycle = Cycle.objects.create(month=date(2026, 10, 1), state=CycleState.PUBLISHED, pay_on=date(2026, 11, 10))
    made = [
        Review.objects.create(
            cycle=cycle, person=cast.host, role="host", terms=terms("平台严重违规", "Serious violation")
        ),
        Review.objects.create(cycle=cycle, person=cast.host2, role="host", terms=terms("改错价", "A wrong price")),
    ]
    ReviewLine.objects.create(review=made[0], number=1, key="item_2", zh="责任心", en="Responsibility", weight=10)
    ReviewLine.objects.create(review=made[1], number=1, key="item_2", zh="团队协作", en="Team work", weight=10)
    return made


def told(cast: Cast, language: str = "zh-hans") -> str:
    client = cast.client("owner")
    client.cookies["django_language"] = language
    return str(client.get("/audit/").content.decode()).split("<tbody>")[-1].partition("</table>")[0]


def test_each_review_is_told_by_the_words_of_its_card(cast: Cast, reviews: list[Review]) -> None:
    with transaction.atomic():
        for one in reviews:
            record(by=cast.owner, verb="write_times", target=one, item="serious", former=None, times="1")
            record(by=cast.owner, verb="write_times", target=one, item="item_1", former="1", times="2")
            record(by=cast.owner, verb="leave_line_out", target=one, line="item_2", reason="当月没有")
        # an appeal names the review beside it
        record(by=cast.owner, verb="make_appeal", target=cast.host, review=reviews[1].pk, line="item_1", about="fact")
    page = told(cast)
    for title in ("平台严重违规", "平台严重违规乙", "改错价", "责任心", "团队协作"):
        assert f"<b>{title}</b>" in page, title
    assert page.count("<b>改错价乙</b>") == 2
    assert "item_1" not in page
    assert "serious" not in page
    english = told(cast, "en")
    assert "<b>A wrong price two</b>" in english
    assert "<b>Team work</b>" in english


def test_what_is_gone_is_told_by_its_key(cast: Cast, reviews: list[Review]) -> None:
    with transaction.atomic():
        record(by=cast.owner, verb="write_times", target=reviews[0], item="long_gone", former=None, times="1")
        record(by=cast.owner, verb="write_times", target=Person(pk=10**30), item="serious", former=None, times="1")
    page = told(cast)
    assert "<b>long_gone</b>" in page
    assert "<b>serious</b>" in page


def test_forty_rows_ask_no_more_than_two(cast: Cast, reviews: list[Review]) -> None:
    def asked(count: int) -> int:
        with transaction.atomic():
            for n in range(count):
                record(
                    by=cast.owner, verb="write_times", target=reviews[n % 2], item="serious", former=str(n), times="1"
                )
        client: Any = cast.client("owner")
        with CaptureQueriesContext(
            connection,
        ) as found:
            client.get("/audit/")
        return len(found)

    few = asked(2)
    assert asked(40) == few

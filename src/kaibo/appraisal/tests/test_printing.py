"""A review and a scorecard to be taken along: what stands on the pages stands on paper, for the same readers."""

from datetime import UTC, datetime
from fractions import Fraction
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from pypdf import PdfReader
from python_calamine import load_workbook

from kaibo.appraisal.cards import cards_in
from kaibo.appraisal.cycle import review_print
from kaibo.appraisal.models import Acknowledgement, Assessment, Cycle, Rating, Review, ReviewChange, ReviewLine
from kaibo.appraisal.tests.cycles import OCTOBER
from kaibo.login.models import Role, User
from kaibo.look.numbers import THIN

pytestmark = pytest.mark.django_db


def said(answer) -> str:
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    return squeezed(" ".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages))


def squeezed(text: str) -> str:
    """Without the spaces that setting puts between scripts and at the ends of lines."""
    return "".join(text.split())


@pytest.fixture
def review(cast):
    """The host's October: ¥120 of sales in 3 broadcasts, a rated item that was changed; published, seen."""
    cycle = Cycle.objects.create(month=OCTOBER, state="published", pay_on=OCTOBER)
    made = Review.objects.create(
        cycle=cycle, person=cast.host, role="host", reviewer=cast.lead, card="主播", card_version=2, version=1,
        published_at=datetime(2026, 11, 20, 2, tzinfo=UTC), published_by=cast.owner, points=Fraction(47, 2), weights=30,
    )  # fmt: skip
    ReviewLine.objects.create(
        review=made, number=1, key="net_paid", kpi="net_paid", weight=20, points=Fraction(33, 2), target=15_000,
        computed_points=Fraction(33, 2), numerator={"measured": 9_000, "allocated": 3_000}, top=12_000, sessions=3,
        of_sessions=3,
    )  # fmt: skip
    rated = ReviewLine.objects.create(
        review=made, number=2, key="look", kpi="look", kind="rated", zh="镜头表现", en="On camera", weight=10, points=7
    )
    form = Assessment.objects.create(
        review=made, kind="manager", rater=cast.lead, strengths="节奏稳", submitted_at=made.published_at
    )
    Rating.objects.create(assessment=form, line=rated, points=6, comment="开场好", evidence="10-14 回放")
    change = {"before": {"points": "6"}, "after": {"points": "7"}, "reason": "补看了回放", "kind": "calibrated"}
    ReviewChange.objects.create(review=made, line=rated, by=cast.owner, **change)
    Acknowledgement.objects.create(review=made, version=1, by=cast.host.user)
    return made


@pytest.mark.parametrize(
    ("numerator", "share"),
    [
        ({"measured": 9, "allocated": 3}, [f"75{THIN}% of it measured"]),
        ({"allocated": 3}, [f"0{THIN}% of it measured"]),
        ({}, []),
    ],
)
def test_what_was_shared_out_says_that_nothing_of_it_was_measured(numerator, share):
    line = ReviewLine(kpi="views", numerator=numerator, top=sum(numerator.values()))
    with override("en"):
        assert review_print._source(line) == share


def test_a_review_on_paper_is_what_its_page_shows_its_reader(cast, review):
    path = f"/reviews/{review.pk}/review.pdf"
    own = said(cast.client("host").get(path))
    for text in [
        "2026年10月考核：林晓彤", "78.3 / 100", "¥120.00", "¥150.00", "16.5", "3 场", "其中 75 % 为实测", "镜头表现",
        "开场好", "10-14 回放", "节奏稳", "6.0 → 7.0", "补看了回放", "已阅不代表同意", f"/reviews/{review.pk}/",
    ]:  # fmt: skip
        assert squeezed(text) in own, text
    hr = User.objects.create_user("hr", password="kaibo-demo-1", role=Role.HR)
    client = cast.client("nobody")
    client.force_login(hr)
    client.cookies["django_language"] = "en"
    told = said(client.get(path))
    assert [one for one in ("October2026", "16.5", "norighttoamounts") if one not in told] == []
    assert [one for one in ("¥", "120.00", "12,000", "150.00") if one in told] == []
    # what is not published is not printed, and a name beyond the font is told on the page
    Review.objects.filter(pk=review.pk).update(published_at=None)
    assert cast.client("lead").get(path).status_code == 404
    Review.objects.filter(pk=review.pk).update(published_at=review.published_at, card="𠮷")
    refused = cast.client("lead").get(path)
    assert refused.status_code == 422
    assert "𠮷 (U+20BB7)" in refused.content.decode()


def test_changes_on_paper_are_by_people_and_many_ask_no_more_than_few(cast, review):
    client, path = cast.client("host"), f"/reviews/{review.pk}/review.pdf"
    told = {"by": cast.host2.user, "kind": "written", "reason": "登记", "why": ["praised"]}

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            paper = said(client.get(path))
        assert ("陈嘉禾" in paper, cast.host2.user.username in paper) == (True, False)
        return len(queries)

    ReviewChange.objects.create(review=review, before={"praised": None}, after={"praised": "1"}, **told)
    asked()
    few = asked()
    for number in range(12):
        after = {"praised": str(number + 2)}
        ReviewChange.objects.create(review=review, before={"praised": str(number + 1)}, after=after, **told)
    assert asked() == few


def test_a_scorecard_on_paper_and_as_a_workbook_says_every_item_in_words(cast):
    card = cards_in(OCTOBER)["floor_manager"]
    with override("zh-hans"):
        titles = [one.title for one in (*card.rated, *card.later)]
    path = "/cards/floor_manager/card"
    paper = said(cast.client("host").get(f"{path}.pdf?version={card.version}"))
    book = load_workbook(BytesIO(cast.client("host").get(f"{path}.xlsx?version={card.version}").content))
    rows = book.get_sheet_by_index(0).to_python()
    anchors = [anchor.zh for one in card.rated for anchor in one.anchors]
    assert min(len(titles), len(anchors)) > 0
    assert [one for one in (*titles, *anchors) if squeezed(one) not in paper] == []
    assert set(titles) <= {row[2] for row in rows}
    # numbers as numbers, and all together what the card weighs
    weights = [row[3] for row in rows[1:] if isinstance(row[1], float)]
    assert sum(weights) == 100 == next(row[3] for row in rows if row[3] and not row[1] and row[0] != rows[0][0])
    assert cast.client("host").get(f"{path}.pdf?version=999").status_code == 200
    assert cast.client("host").get("/cards/nothing/card.pdf").status_code == 404
